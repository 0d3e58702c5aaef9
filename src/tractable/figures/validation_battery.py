"""Every model and every control on every score: which scores tell them apart?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tractable.figures.sheet import PAGE, Look, counted, looks, spoken
from tractable.figures.table import INTERVAL

TITLE = "The validation battery: models and controls on every score"
COLUMNS = (
    {"corpus": str, "score": str, "model": str}
    | INTERVAL
    | {"null": float, "ceiling": float, "n_speakers": int}
)


def numbers(scores: pd.DataFrame, *, scores_shown: list[str]) -> pd.DataFrame:
    """The rows of the score table that are drawn, means over formants."""
    rows = scores[scores.score.isin(scores_shown) & (scores.formant == "mean")]
    order = rows.score.map({name: k for k, name in enumerate(scores_shown)})
    rows = rows.assign(order=order).sort_values("order", kind="stable")
    return rows[[*COLUMNS]].dropna(subset="value").reset_index(drop=True)


def draw(
    numbers: pd.DataFrame,
    *,
    families: Mapping[str, list[str]],
    narrowest: dict[str, list[int | float]],
) -> Figure:
    """A row of panels per corpus, a panel per score, models from top to bottom.

    Parameters
    ----------
    narrowest : score -> [low, high] beyond which values are drawn as arrows at the edge.
    """
    corpora = list(dict.fromkeys(numbers.corpus))
    scores = list(dict.fromkeys(numbers.score))
    known = looks(numbers.model, families)
    models = [model for model in known if model in set(numbers.model)]
    height = 0.75 + 0.15 * len(models)
    figure = Figure(figsize=(PAGE, height * len(corpora)), layout="constrained")
    panels = figure.subplots(len(corpora), len(scores), squeeze=False, sharey=True)
    for line, corpus in zip(panels, corpora, strict=True):
        for axes, score in zip(line, scores, strict=True):
            rows = numbers[(numbers.corpus == corpus) & (numbers.score == score)]
            draw_score(axes, rows, models, known, narrowest.get(score))
            axes.set_title(wrapped(score), fontsize=7)
        people = numbers.n_speakers[numbers.corpus == corpus].max()
        line[0].set_ylabel(f"{corpus}, {counted(int(people), 'speaker')}")
    return figure


def draw_score(
    axes: Axes,
    rows: pd.DataFrame,
    models: list[str],
    known: Mapping[str, Look],
    limits: list[int | float] | None,
) -> None:
    """Values with intervals; dashed what a guess gets, dotted what the truth gets."""
    axes.set_yticks(range(len(models)), [spoken(model) for model in models])
    axes.set_ylim(len(models) - 0.4, -0.6)
    axes.grid(axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    if limits:
        axes.set_xlim(*limits)
    for kind, dashes in (("null", (4, 3)), ("ceiling", (1, 1.5))):
        at = rows[kind].mean()
        if np.isfinite(at):
            axes.axvline(at, color="#999999", linewidth=0.8, dashes=dashes, zorder=0, gid=kind)
    for row in rows.itertuples():
        look, y = known[row.model], models.index(row.model)
        low, high = limits or (-np.inf, np.inf)
        x = float(np.clip(row.value, low, high))
        outside = "<" if row.value < low else ">" if row.value > high else ""
        if np.isfinite(row.low) and not outside:
            axes.plot([max(row.low, low), min(row.high, high)], [y, y], color=look.colour, zorder=2)
        axes.plot(
            [x],
            [y],
            outside or look.marker,
            markeredgecolor=look.colour,
            markerfacecolor="white" if look.is_control else look.colour,
            zorder=3,
            clip_on=False,
            gid=row.model,
        )


def wrapped(score: str) -> str:
    """A word a line: a narrow panel has a narrow title."""
    return score.replace(" ", "\n")


def caption(numbers: pd.DataFrame) -> str:
    """What the panels show, and where a control does as well as the models."""
    return (
        f"Every model and control on {counted(numbers.score.nunique(), 'score')}, means over "
        "formants with intervals of Student's t over speakers. Dashed: what an uninformed guess "
        "gets; dotted: what the truth gets. Open grey signs are controls that should fail: a score "
        "on which they do as well as the models does not show that a model has understood "
        "anything. A model without a sign on a score cannot be asked. Arrows lie beyond the edge."
    )
