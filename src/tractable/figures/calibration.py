"""Whether uncertainties are right: how often intervals of each width hold the truth."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.curves import by_speaker, count_speakers, means
from tractable.figures.sheet import PAGE, counted, listed
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Whether uncertainties are right"
NOUNS = ("scores",)
PANELS = {
    "boundaries": {"boundary": "#000000"},
    "shapes": {"distance": "#0072B2", "tract length": "#D55E00"},
    "formants of shapes": {"F1": "#009E73", "F2": "#CC79A7", "F3": "#E69F00"},
}
COLUMNS = {"quantity": str, "nominal": float, "speaker": str} | INTERVAL
QUOTED = 0.9  # the interval whose coverage the caption tells


def numbers(corpus: Speakers, *, confidence: float) -> pd.DataFrame:
    """Coverage of intervals by what was measured, of every speaker and in the mean.

    Parameters
    ----------
    confidence : of Student's intervals over speakers.

    Returns
    -------
    quantity, nominal (%), speaker, value (%), low, high.
    """
    table = by_speaker(corpus, "coverage", confidence=confidence)
    if table.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    shares = ["nominal", "value", "low", "high"]
    return table.assign(**{name: 100 * table[name] for name in shares})[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Covered against nominal, a panel for boundaries, for shapes and for formants."""
    figure = Figure(figsize=(PAGE, 2.55), layout="constrained")
    panels = figure.subplots(1, len(PANELS), sharey=True)
    mean = means(numbers)
    for axes, (title, colours) in zip(panels, PANELS.items(), strict=True):
        axes.plot([0, 100], [0, 100], "--", color="#777777", linewidth=0.8, zorder=0)
        for quantity, colour in colours.items():
            draw_quantity(axes, mean[mean.quantity == quantity], quantity, colour)
        axes.set(title=title, xlim=(0, 100), ylim=(0, 100), aspect="equal")
        axes.set(xlabel="interval is meant to hold (%)")
        axes.grid()
        axes.legend(loc="lower right")
    panels[0].set_ylabel("interval holds (%)")
    panels[0].text(6, 94, "too wide", va="top", color="#777777", style="italic")
    panels[0].text(70, 42, "too narrow", color="#777777", style="italic")
    return figure


def draw_quantity(axes: Axes, rows: pd.DataFrame, quantity: str, colour: str) -> None:
    axes.fill_between(rows.nominal, rows.low, rows.high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(rows.nominal, rows.value, "o-", color=colour, markersize=2.5, label=quantity)


def caption(numbers: pd.DataFrame) -> str:
    """What the intervals are, and how much those of 90 % hold."""
    mean = means(numbers)
    nine_tenths = mean[(mean.nominal - 100 * QUOTED).abs() < 1e-6]
    said = listed(
        f"{row.quantity} {quote(row.value, row.low, row.high)}" for row in nine_tenths.itertuples()
    )
    return (
        "How often the truth lies in an interval around what was measured, against how often it "
        "should, were errors normal with the standard deviation that is told with each value. On "
        "the dashed line uncertainties are right, above it they are too large. (Those of "
        "boundaries were fitted by Laplace's distribution, which agrees with the normal one near "
        "90 % and has more errors close to none.) Means of "
        f"{counted(count_speakers(numbers), 'speaker')}, bands are Student's intervals over "
        f"speakers. Of intervals of {100 * QUOTED:g} % so many hold the truth (%): {said}. "
        "Formants are those of the measured shape against those of the true one, by the same law "
        "of area and the same tube."
    )
