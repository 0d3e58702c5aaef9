"""How much of another articulator's movement each takes on, as said, exchanged and planted."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tractable.figures.curves import count_speakers, means, of_speakers
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Coupling of articulators"
NOUNS = ("scores",)
COLUMNS = {"kind": str, "way": str, "model": str, "speaker": str} | INTERVAL | {"truth": float}
SAID, PLANTED = "as said", "planted"
#: How names of scores begin; what follows is which articulator carries which.
BEGINS = {SAID: "V9 coupling ", PLANTED: "V9 planted coupling "}
TITLES = {SAID: "as said, and where there is none (white)", PLANTED: "planted"}
MEASURED = "measured_utterances"  # of models as said the only one that may have a coupling
APART = 0.72  # of a row, over which its models are spread


def numbers(corpus: Speakers, *, confidence: float) -> pd.DataFrame:
    """Couplings by every speaker and in the mean.

    Parameters
    ----------
    confidence : of Student's intervals over speakers.

    Returns
    -------
    kind (``as said``, ``planted``), way (``tongue body to lip``), model (of what utterances),
    speaker, value, low, high, truth (what was planted; NaN: nothing that way, or nobody knows);
    empty where there is no coupling.
    """
    ((_, stores),) = corpus.items()
    scores = stores["scores"].sel(formant="all", drop=True)
    tables = [pd.DataFrame(columns=[*COLUMNS])]
    for kind, begin in BEGINS.items():
        for name in map(str, scores.score.values):
            if name.startswith(begin):
                of = scores.sel(score=name, drop=True)
                rows = of_speakers(of.value, confidence=confidence)
                truth = float(of.ceiling.mean())
                told = {"kind": kind, "way": name.removeprefix(begin), "truth": truth}
                tables.append(rows.assign(**told))
    known = [table for table in tables if len(table)]
    return pd.concat(known or tables, ignore_index=True)[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """What was said and has none left, plants right; a row per way, a line in it per model."""
    ways, everybody = (list(dict.fromkeys(numbers[name])) for name in ("way", "model"))
    figure = Figure(figsize=(PAGE, 1.1 + 0.55 * len(ways)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    known = looks(everybody, families)
    for axes, kind in zip(panels, BEGINS, strict=True):
        rows = numbers[numbers.kind == kind]
        axes.axvline(0, color="#444444", linewidth=0.9, dashes=(4, 3), zorder=0, gid="null")
        models = list(dict.fromkeys(rows.model))
        for (way, model), own in rows.groupby(["way", "model"], sort=False):
            step = APART / max(len(models), 1)
            y = ways.index(way) + step * (models.index(model) - (len(models) - 1) / 2)
            draw_couplings(axes, own, known[model], y)
            ends = y - step / 2, y + step / 2
            axes.vlines(own.truth.iloc[:1].dropna(), *ends, color="#444444", gid="truth")
        axes.set_title(TITLES[kind])
        axes.set_xlabel("share of the other's movement")
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x")
    panels[0].set_yticks(range(len(ways)), ways)
    panels[0].set_ylim(len(ways) - 0.5, -0.5)
    signs = [Line2D([], [], **style(known[model]), markersize=5) for model in everybody]
    figure.legend(signs, map(spoken, everybody), loc="outside lower center", ncols=3)
    return figure


def style(look: Look) -> dict[str, Any]:
    """White: a control."""
    face = "white" if look.is_control else look.colour
    return {
        "color": look.colour,
        "marker": look.marker,
        "markerfacecolor": face,
        "linestyle": "none",
    }


def draw_couplings(axes: Axes, rows: pd.DataFrame, look: Look, y: float) -> None:
    """Speakers as dots, their mean as the model's sign with its interval."""
    mean, speakers = means(rows), rows.drop(means(rows).index)
    dots = style(look) | {"marker": "o", "markersize": 1.8, "alpha": 0.6, "gid": "speakers"}
    axes.plot(speakers.value, [y] * len(speakers), **dots)
    axes.hlines([y] * len(mean), mean.low, mean.high, color=look.colour, linewidth=1)
    axes.plot(mean.value, [y] * len(mean), **style(look), markersize=4.5, gid="mean")


def caption(numbers: pd.DataFrame) -> str:
    """What was said, what was planted, and how much a fit sees where there is nothing."""
    people = counted(count_speakers(numbers), "speaker")
    mean = means(numbers)
    said, planted = (mean[mean.kind == kind] for kind in BEGINS)
    none = said.model != MEASURED
    back = planted[planted.truth.isna()].value.abs().max()
    return (
        "Share of another articulator's movement that each takes on: fits of both their "
        "trajectories from pause to pause, with targets that change where phones do, a little "
        f"before; {people}. Left: as said, and white where there is no coupling: one of both taken "
        "from another utterance; planted without any in the same utterances, with as much noise as "
        "the fit leaves of what was said, by the law that is fitted, by another, and with either "
        "setting out before the other. Right: what the same fit sees of a coupling that is known "
        "(upright), planted there with the noise of plateaus and with as much as the fit leaves. "
        "Dots are speakers, signs their means, bars Student's intervals. "
        f"Means as said: {told(said[~none])}. Where there is none, no mean is further from 0 than "
        f"{quote(said[none].value.abs().max())}. Planted: {told(planted[planted.truth.notna()])}; "
        f"the other way no mean is further from 0 than {quote(back)}."
    )


def told(rows: pd.DataFrame) -> str:
    """``tongue body to lip 0.00 [-0.05, 0.05] (measured utterances) and ...``, way by way."""
    ways = rows.groupby("way", sort=False)
    return "; ".join(f"{way} {listed(said_of(own))}" for way, own in ways) or "nothing"


def said_of(rows: pd.DataFrame) -> Iterator[str]:
    for row in rows.itertuples():
        yield f"{quote(*(getattr(row, name) for name in INTERVAL))} ({spoken(row.model)})"
