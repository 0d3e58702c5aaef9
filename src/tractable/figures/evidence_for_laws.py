"""Which law of movement a speaker's gestures speak for, and whether any is adequate."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.contracts import BadInput, likely
from tractable.figures.curves import MEAN, count_speakers, means, of_speakers
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote
from tractable.statistics import geometric_interval, student_interval

TITLE = "Evidence for laws of movement"
NOUNS = ("scores",)
EVIDENCE, ADEQUACY = "evidence", "adequacy"
SCORE = {ADEQUACY: "V9 adequacy", "gestures": "V9 gestures in evidence"}
COLUMNS = {"measure": str, "model": str, "speaker": str} | INTERVAL | {"n_gestures": int}


def numbers(corpus: Speakers, *, evidence: str, confidence: float) -> pd.DataFrame:
    """Evidence and adequacy of every law, by every speaker and in the mean, adequacy's geometric.

    Parameters
    ----------
    evidence : the score, which names the law that all others are held against.
    confidence : of Student's intervals over speakers.

    Returns
    -------
    measure, model (the law), speaker, value, low, high, n_gestures (of all speakers); empty where
    no speaker has enough gestures.

    Raises
    ------
    BadInput : no such score.
    """
    ((_, stores),) = corpus.items()
    scores = stores["scores"].sel(formant="all", drop=True)
    known = [str(name) for name in scores.score.values if "evidence over" in str(name)]
    if known and evidence not in known:
        raise BadInput(f"evidence_for_laws: no score {evidence!r}; {likely(evidence, known)}")
    if not known:
        return pd.DataFrame(columns=[*COLUMNS])
    gestures = int(scores.value.sel(score=SCORE["gestures"]).sum())
    tables = [
        of_speakers(
            scores.value.sel(score=name, drop=True), confidence=confidence, interval=interval
        ).assign(measure=measure, n_gestures=gestures)
        for measure, name, interval in (
            (EVIDENCE, evidence, student_interval),
            (ADEQUACY, SCORE[ADEQUACY], geometric_interval),
        )
    ]
    return pd.concat(tables, ignore_index=True)[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]], straight: float) -> Figure:
    """Evidence on the left, adequacy on the right, a row per law, a dot per speaker.

    Parameters
    ----------
    straight : evidence within which its axis is linear, beyond it logarithmic [nats].
    """
    laws = list(dict.fromkeys(numbers.model))
    known = looks(laws, families)
    figure = Figure(figsize=(PAGE, 0.9 + 0.24 * len(laws)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, measure, at in ((left, EVIDENCE, 0.0), (right, ADEQUACY, 1.0)):
        axes.axvline(at, color="#444444", linewidth=0.9, dashes=(4, 3), zorder=0, gid="null")
        rows = numbers[numbers.measure == measure]
        for y, law in enumerate(laws):
            draw_law(axes, rows[rows.model == law], known[law], y)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    left.set_xscale("symlog", linthresh=straight)
    right.set_xscale("log")
    left.set_yticks(range(len(laws)), [spoken(law) for law in laws])
    left.set_ylim(len(laws) - 0.5, -0.5)
    left.set_xlabel("evidence of a speaker (nats), the dashed law's taken off")
    right.set_xlabel("squares left over those that noise would leave")
    return figure


def draw_law(axes: Axes, rows: pd.DataFrame, look: Look, y: int) -> None:
    """Speakers as dots, their mean as the law's sign with its interval; white: a control."""
    face = "white" if look.is_control else look.colour
    of_one, mean = rows.drop(means(rows).index), means(rows)
    style: dict[str, Any] = {"color": look.colour, "markerfacecolor": face, "clip_on": False}
    axes.plot(of_one.value, [y + 0.2] * len(of_one), "o", **style, markersize=2.5, gid="speakers")
    axes.hlines([y - 0.1] * len(mean), mean.low, mean.high, color=look.colour, linewidth=1)
    axes.plot(mean.value, [y - 0.1] * len(mean), look.marker, **style, markersize=5, gid="mean")


def caption(numbers: pd.DataFrame) -> str:
    """Of how many gestures, what each law has, and how far the best is from adequate."""
    mean = means(numbers)
    evidence, adequacy = (mean[mean.measure == name] for name in (EVIDENCE, ADEQUACY))
    dashed = [spoken(row.model) for row in evidence.itertuples() if row.value == 0]
    told = [f"{spoken(row.model)} {quoted(row)}" for row in evidence.itertuples()]
    best = adequacy.loc[adequacy.value.idxmin()]
    lowest = numbers[(numbers.measure == ADEQUACY) & (numbers.speaker != MEAN)].value.min()
    people = counted(count_speakers(numbers), "speaker")
    return (
        "Evidence that gestures give for laws of movement, by a likelihood calibrated on the same "
        f"gestures with the noise of plateaus: {counted(int(numbers.n_gestures.max()), 'gesture')} "
        f"of {people}. Left: ln likelihood less that of the law {listed(dashed or ['dashed'])}, "
        "summed over a speaker's variables; dots are speakers, signs their means, bars Student's "
        f"intervals, the axis logarithmic away from its middle. Means: {listed(told)}. White: "
        "controls, among them the mean trajectory, which is no law. Right: adequacy, squares that "
        "a fit leaves over those that it would if the law were true and noise as on plateaus "
        f"(dashed); least in the geometric mean is {spoken(best.model)} with {quoted(best)}, least "
        f"of any speaker and law {quote(lowest)}. Where none is adequate, evidence says which law "
        "is less wrong, and its nats are too many."
    )


def quoted(row) -> str:
    return str(quote(*(getattr(row, name) for name in INTERVAL)))
