"""What is left of an explanation while a network forgets: it must fall to the null."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.curves import count_speakers, means, one_below_the_other
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Explanations while networks forget"
NOUNS = ("scores",)
MEASURES = {"cascade_skill": "natural skill", "cascade_agreement": "agreement"}
PANELS = {
    "natural skill": "agreement with physics (natural skill)",
    "agreement": "agreement with what was learnt (cosine)",
}
COLUMNS = {"measure": str, "model": str, "cascade": int, "speaker": str} | INTERVAL
SPREAD = 0.07  # layers, between the intervals of two networks


def numbers(corpus: Speakers, *, confidence: float) -> pd.DataFrame:
    """Natural skill and agreement by how many layers are random, of every speaker and in the mean.

    Parameters
    ----------
    confidence : of Student's intervals over speakers.

    Returns
    -------
    measure, model, cascade (layers that are random), speaker, value, low, high.
    """
    rows = one_below_the_other(corpus, MEASURES, confidence=confidence)
    return rows.reindex(columns=[*COLUMNS])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Skill on the left, agreement on the right, a line per network; dashed the null."""
    figure = Figure(figsize=(PAGE, 2.9), layout="constrained")
    mean = means(numbers)
    known = looks(dict.fromkeys(mean.model), families)
    models = [model for model in known if model in set(mean.model)]
    for axes, (measure, label) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        axes.axhline(0, color="#444444", linewidth=0.9, dashes=(4, 3), gid="null")
        for k, model in enumerate(models):
            rows = mean[(mean.measure == measure) & (mean.model == model)]
            draw_network(axes, rows, known[model], SPREAD * (k - (len(models) - 1) / 2))
        axes.set_xticks(sorted(set(mean.cascade)))
        axes.set(xlabel="layers with random weights, from the output on", ylabel=label)
        axes.grid(axis="y")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def draw_network(axes: Axes, rows: pd.DataFrame, look: Look, away: float) -> None:
    """One line with its intervals, a little aside from the others."""
    model, at = rows.model.iloc[0], rows.cascade + away
    axes.vlines(at, rows.low, rows.high, color=look.colour, linewidth=0.9, gid=f"{model} interval")
    axes.plot(
        at,
        rows.value,
        color=look.colour,
        linestyle="--" if look.is_control else "-",
        marker=look.marker,
        markerfacecolor="white" if look.is_control else look.colour,
        label=spoken(model),
        gid=model,
    )


def caption(numbers: pd.DataFrame) -> str:
    """What networks have as they learnt, and what is left in the end."""
    mean = means(numbers)
    skill = mean[mean.measure == "natural skill"]
    people = counted(count_speakers(numbers), "speaker")
    passed = [row.high < 0 for row in last(skill).itertuples() if np.isfinite(row.high)]
    verdict = (
        f" In the end {sum(passed)} of {len(passed)} lie below the null beyond chance."
        if passed
        else ""
    )
    return (
        "Sensitivities of networks whose layers are given random weights one after the other, the "
        "output's first, drawn as before training (cascading randomisation). Left: natural skill, "
        "on a part of the frames that the table of scores is of; dashed, the neutral map's. Right: "
        "cosine, in the natural metric, to the sensitivities that the network had learnt. "
        f"Means of F1 to F3 over {people}, bars are Student's "
        f"intervals over speakers. As learnt, and with all layers random: {listed(quoted(skill))}."
        f"{verdict} Hybrids are not among them: a tube has no weights to forget, and keeps its "
        "sensitivities."
    )


def last(rows: pd.DataFrame) -> pd.DataFrame:
    """The row of every network in which all its layers are random."""
    return rows.sort_values("cascade", kind="stable").drop_duplicates("model", keep="last")


def quoted(skill: pd.DataFrame) -> list[str]:
    """``mlp 0.62 [0.59, 0.65] and -1.2 [-1.4, -1.0]``, in the order of the table."""
    first, end = skill[skill.cascade == 0].set_index("model"), last(skill).set_index("model")
    pairs = ((model, first.loc[model], end.loc[model]) for model in first.index)
    return [
        f"{spoken(model)} {quote(*one[[*INTERVAL]])} and {quote(*other[[*INTERVAL]])}"
        for model, one, other in pairs
    ]
