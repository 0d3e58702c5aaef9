"""What every textbook says, put to every model: in how many frames does it hold?"""

from collections.abc import Mapping
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tractable.figures.sheet import PAGE, counted, ink, looks, spoken
from tractable.figures.table import INTERVAL

TITLE = "What every textbook says, put to the models"
COLUMNS = {"corpus": str, "fact": str, "model": str} | INTERVAL | {"n_speakers": int}


def numbers(scores: pd.DataFrame, *, named: str) -> pd.DataFrame:
    """Rows of the scores whose name begins with ``named``, one per corpus, fact and model.

    Means over formants, or F1 where the fact is of F1 alone.

    Returns
    -------
    corpus, fact, model, value, low, high, n_speakers.
    """
    rows = scores[scores.score.str.startswith(named)].dropna(subset="value")
    of_one = rows.groupby("score").formant.transform("nunique") == 1
    rows = rows[of_one | (rows.formant == "mean")]
    rows = rows.assign(fact=rows.score.str.removeprefix(named).str.strip())
    return rows[[*COLUMNS]].reset_index(drop=True)


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A table per corpus, a row per model and a column per fact; white is a coin's half."""
    corpora, facts = (list(dict.fromkeys(numbers[name])) for name in ("corpus", "fact"))
    models = [m for m in looks(numbers.model, families) if m in set(numbers.model)]
    size = (PAGE, 0.9 + 0.21 * len(models) * len(corpora))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(corpora), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (corpus, rows) in zip(panels, numbers.groupby("corpus", sort=False), strict=True):
        table = rows.pivot(index="model", columns="fact", values="value")
        values = table.reindex(index=models, columns=facts).to_numpy()
        picture = axes.imshow(values, cmap="PuOr", vmin=0, vmax=1, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            words = f"{100 * value:.0f}" if np.isfinite(value) else ""
            colour = ink(picture.to_rgba(value))
            axes.text(column, row, words, ha="center", va="center", color=colour, fontsize=7)
        axes.set_yticks(range(len(models)), [spoken(model) for model in models])
        axes.set_ylabel(f"{corpus}, {counted(int(rows.n_speakers.max()), 'speaker')}")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    panels[0].set_xticks(range(len(facts)), [in_lines(fact) for fact in facts], fontsize=7)
    panels[0].tick_params(top=False, labeltop=True, labelbottom=False)
    return figure


def in_lines(fact: str) -> str:
    """In short lines: a narrow column has a narrow head."""
    return "\n".join(wrap(fact, 13))


def caption(numbers: pd.DataFrame) -> str:
    """How many facts, and how many of them a map knows that is the same for all shapes."""
    constant = numbers[numbers.model == "mean_map"].value
    told = (
        f" One map for all shapes obeys them in {100 * constant.mean():.0f} %."
        if len(constant)
        else ""
    )
    return (
        "Percentage of held-out frames in which a model obeys what textbooks say of "
        f"{counted(numbers.fact.nunique(), 'change')} of the tract: means over formants, F1 alone "
        "where they speak of F1. A coin gets 50. The row of physics says how far the fact is one, "
        f"of these shapes.{told} A model that fails knows less than a textbook; one that passes "
        "has not shown that it knows more."
    )
