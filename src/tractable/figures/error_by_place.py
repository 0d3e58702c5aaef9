"""Where measuring errs: distances and areas by place along the tract, boundaries by articulator."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.curves import MEAN, by_speaker, count_speakers, means
from tractable.figures.sheet import PAGE, counted
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Where measuring errs"
NOUNS = ("scores",)
SIGNED, SIZE = "measured minus true distance (mm)", "error of distance (mm)"
AREA, BOUNDARY = "error of area (%)", "error of boundary (mm)"
#: Measure -> variable of the contract ``scores``, and what turns its unit into that of the measure.
MEASURES = {
    SIGNED: ("distance_error", 1e3),
    SIZE: ("absolute_distance_error", 1e3),
    AREA: ("area_error", 1e2),
    BOUNDARY: ("boundary_error", 1e3),
}
COLUMNS = {"measure": str, "place": float, "articulator": str, "speaker": str} | INTERVAL
BY_PLACE = {SIGNED: "#0072B2", SIZE: "#D55E00", AREA: "#009E73"}
ONE_SPEAKER = "#bbbbbb"


def numbers(corpus: Speakers, *, confidence: float) -> pd.DataFrame:
    """Errors of every speaker, and their mean with its interval.

    Parameters
    ----------
    confidence : of Student's intervals over speakers.

    Returns
    -------
    measure, place (x/L) or articulator, speaker, value, low, high.
    """
    tables = []
    for measure, (name, factor) in MEASURES.items():
        table = by_speaker(corpus, name, confidence=confidence)
        if len(table):
            scaled = {column: factor * table[column] for column in ("value", "low", "high")}
            tables.append(table.assign(measure=measure, **scaled))
    return pd.concat(tables)[[*COLUMNS]] if tables else pd.DataFrame(columns=[*COLUMNS])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Three panels from glottis to lips, and one with a row per articulator."""
    figure = Figure(figsize=(PAGE, 3.8), layout="constrained")
    panels = figure.subplots(2, 2).ravel()
    for axes, (measure, colour) in zip(panels, BY_PLACE.items(), strict=False):
        draw_along(axes, numbers[numbers.measure == measure], colour)
        if measure == SIGNED:
            axes.axhline(0, color="#444444", linewidth=0.6, zorder=0)
        else:
            axes.set_ylim(bottom=0)
    draw_articulators(panels[-1], numbers[numbers.measure == BOUNDARY])
    return figure


def draw_along(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    """A thin line per speaker, the mean in colour with its interval."""
    axes.set_title(rows.measure.iloc[0])
    for speaker, line in rows.groupby("speaker", sort=False):
        if speaker != MEAN:
            axes.plot(line.place, line.value, color=ONE_SPEAKER, linewidth=0.5, gid=speaker)
    mean = means(rows)
    axes.fill_between(mean.place, mean.low, mean.high, color=colour, alpha=0.3, linewidth=0)
    axes.plot(mean.place, mean.value, color=colour, linewidth=1.6, gid=MEAN)
    axes.set(xlim=(0, 1), xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels(["glottis", "0.25", "0.5", "0.75", "lips"])
    axes.set_xlabel("x / L")
    axes.grid(axis="y")


def draw_articulators(axes: Axes, rows: pd.DataFrame) -> None:
    axes.set_title(BOUNDARY)
    names = list(dict.fromkeys(rows.articulator))
    for speaker, of_one in rows.groupby("speaker", sort=False):
        at = [names.index(name) for name in of_one.articulator]
        if speaker == MEAN:
            axes.hlines(at, of_one.low, of_one.high, color="#000000", linewidth=1.2)
            axes.plot(of_one.value, at, "o", color="#000000", gid=MEAN, zorder=3)
        else:
            axes.plot(of_one.value, at, "|", color="#999999", markersize=6, gid=speaker)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.grid(axis="x")


def caption(numbers: pd.DataFrame) -> str:
    """How far off, where most and where least."""
    mean = means(numbers)
    size, area, boundary = (mean[mean.measure == name] for name in (SIZE, AREA, BOUNDARY))
    worst, best = (size.loc[at] for at in extremes(size))
    far, near = (boundary.loc[at] for at in extremes(boundary))
    wide = mean[mean.measure == SIGNED]
    narrow, widest = (wide.high < 0).sum(), wide.loc[wide.value.idxmax()]
    of_far = numbers[(numbers.articulator == far.articulator) & (numbers.speaker != MEAN)]
    odd = of_far.loc[of_far.value.idxmax()]
    people = counted(count_speakers(numbers), "speaker")
    return (
        "Errors of what was measured from the pictures, against the simulator's own outlines: a "
        f"thin line or a tick for each of {people}, their mean in colour or black with Student's "
        "interval over speakers. Cross-distances are off by "
        f"{quote(size.value.mean())} mm in the mean of all places, least ({quote(best.value)} mm) "
        f"at x/L = {best.place:.2f} and most ({quote(worst.value, worst.low, worst.high)} mm) at "
        f"{worst.place:.2f}; the tract is measured too narrow beyond chance at {narrow} of "
        f"{len(wide)} places, and too wide most ({quote(widest.value)} mm) at {widest.place:.2f}. "
        "The law of area, the same for measured and true distances, makes of that "
        f"{quote(area.value.mean())} % of area in the mean and {quote(area.value.max())} % at "
        "worst (differences of the logarithm). Boundaries are farthest off at the "
        f"{far.articulator} (median speaker {quote(of_far.value.median())} mm, most "
        f"{quote(odd.value)} of {odd.speaker}) and nearest at the "
        f"{near.articulator} ({quote(near.value, near.low, near.high)} mm)."
    )


def extremes(rows: pd.DataFrame) -> tuple[int, int]:
    """Index of the largest and of the smallest value."""
    return int(rows.value.idxmax()), int(rows.value.idxmin())
