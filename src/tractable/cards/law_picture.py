"""Laws from distance to area along the tract: the learnt one beside those that others know."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.cards.seam import AREA, EXPONENT, MINE, SCALE, TRUTH
from tractable.figures.sheet import COLOURS, PAGE, spoken

TITLES = {
    EXPONENT: "exponent β",
    SCALE: "area at 1 cm, over its mean",
    AREA: "area at the usual distance",
}
LINES = {MINE: (COLOURS["tube"][0], "-", 1.8), TRUTH: (COLOURS["physics"][0], "-", 1.2)}
OTHERS = (("#0072B2", "--", 1.1), ("#009E73", ":", 1.4), ("#CC79A7", "-.", 1.1))


def draw(curves: pd.DataFrame) -> Figure:
    """A panel per measure, a line per law with its band.

    Parameters
    ----------
    curves : measure, law, place (x / L), value, low, high.
    """
    panels = [measure for measure in TITLES if (curves.measure == measure).any()]
    figure = Figure(figsize=(PAGE, 2.5), layout="constrained")
    for axes, measure in zip(figure.subplots(1, len(panels)), panels, strict=True):
        draw_measure(axes, curves[curves.measure == measure])
        axes.set_title(TITLES[measure])
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def draw_measure(axes: Axes, rows: pd.DataFrame) -> None:
    others = iter(OTHERS * len(rows))
    for law, line in rows.groupby("law", sort=False):
        colour, dashes, width = LINES[law] if law in LINES else next(others)
        axes.fill_between(line.place, line.low, line.high, color=colour, alpha=0.2, linewidth=0)
        (drawn,) = axes.plot(line.place, line.value, dashes, color=colour, linewidth=width)
        drawn.set(label=spoken(str(law)), gid=str(law))
    axes.set(xlim=(0, 1), xticks=[0, 0.25, 0.5, 0.75, 1], ylim=(0, None), xlabel="x / L")
    axes.set_xticklabels(["glottis", "0.25", "0.5", "0.75", "lips"])
    axes.grid(axis="y")
