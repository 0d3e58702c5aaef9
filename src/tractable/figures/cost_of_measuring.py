"""What measuring costs: the same physics on the simulator's own areas and on measured ones."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tractable.figures.sheet import COLUMN, counted, spoken
from tractable.figures.table import INTERVAL
from tractable.score_table import quote

TITLE = "The cost of measuring"
COLUMNS = {"corpus": str, "model": str, "formant": str} | INTERVAL | {"n_speakers": int}
COLOURS = ("#000000", "#E69F00", "#0072B2", "#CC79A7")


def numbers(scores: pd.DataFrame, *, score: str) -> pd.DataFrame:
    """Rows of the score that is measured on the way, by source and formant."""
    rows = scores[(scores.score == score) & (scores.direction == "measurement")]
    return rows[[*COLUMNS]].dropna(subset="value").reset_index(drop=True)


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Error by formant, one colour per source, with intervals."""
    figure = Figure(figsize=(COLUMN, 2.4), layout="constrained")
    axes = figure.subplots()
    formants = list(dict.fromkeys(numbers.formant))
    sources = list(dict.fromkeys(numbers.model))
    for k, source in enumerate(sources):
        rows = numbers[numbers.model == source].set_index("formant").reindex(formants)
        at = np.arange(len(formants)) + 0.8 * ((k + 0.5) / len(sources) - 0.5)
        colour = COLOURS[k % len(COLOURS)]
        axes.vlines(at, rows.low, rows.high, color=colour, linewidth=1)
        axes.plot(at, rows.value, "o", color=colour, label=spoken(source))
    axes.set_xticks(range(len(formants)), formants)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.set_ylabel("error against the simulator's poles (%)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def caption(numbers: pd.DataFrame) -> str:
    """The errors of all sources, mean over formants."""
    mean = numbers[numbers.formant == "mean"]
    said = [
        f"{spoken(row.model)} {quote(row.value, row.low, row.high)} %" for row in mean.itertuples()
    ]
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "Formants against the poles of the simulator's own transfer function, with intervals of "
        f"Student's t over {people}, on the values that all of them know. Mean over formants: "
        f"{'; '.join(said)}. The tube on true areas and the tube on measured ones, by the "
        "published law, differ in nothing else: what is lost between them is the cost of "
        "measuring. The tube that judges recordings, by the same law, has Sondhi and Schroeter's "
        "losses and no piriform fossa."
    )
