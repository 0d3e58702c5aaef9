"""Phase portraits: velocity over position of mean gestures, and what laws of movement predict.

A mean gesture is no better than what lays gestures on each other: of simulated ones with half a
millimetre of noise it misses the law that made them by up to .07 way / rise (root mean square).
"""

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.contracts import BadInput, likely
from tractable.figures.curves import MEAN, count_speakers, means, of_speakers
from tractable.figures.gesture_with_fits import DASHES, MEASURED
from tractable.figures.sheet import PAGE, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.movement import Fits, NoMeanTrajectory, as_gestures, fit, pooled
from tractable.movement.laws import LAWS, law
from tractable.movement.mean_shape import mean_shape
from tractable.movement.shapes import GRID, Shapes

TITLE = "Phase portraits of gestures"
NOUNS = ("dynamics",)
COLUMNS = (
    {"variable": str, "curve": str, "speaker": str, "position": float}
    | INTERVAL
    | {"n_gestures": int}
)
POSITION = np.linspace(0.02, 0.98, 33)  # shares of the way from start to target


def numbers(
    speakers: Speakers, *, variables: list[str], laws: list[str], least: int, confidence: float
) -> pd.DataFrame:
    """Velocity by position of every speaker's mean gesture and of laws, and means over speakers.

    Position is the share of the way that is gone, velocity that share by the rise, the time from
    20 to 80 %: amplitude and pace are not in it, and every curve takes one rise between these.

    Parameters
    ----------
    variables : in the order of panels; gestures of both directions together.
    laws : without a scale of length, their parameter fitted to the speaker's gestures together.
    least : gestures of a speaker below which there is no mean gesture.
    confidence : of Student's intervals over speakers.

    Returns
    -------
    variable, curve (``measured``, or a law), speaker (of laws the mean alone), position, value
    (velocity), low, high, and n_gestures of all speakers. Empty where nobody has enough.

    Raises
    ------
    BadInput : a variable or a law that is none, or a law with a scale of length.
    """
    for name in laws:
        if law(name).amplitude_power:
            raise BadInput(
                f"phase_portraits: under the law {name!r} small gestures move otherwise than large "
                "ones, and it has no portrait; take one without a scale of length"
            )
    tables = [
        table for name in variables for table in portraits(speakers, name, laws, least, confidence)
    ]
    if not tables:
        return pd.DataFrame(columns=[*COLUMNS])
    return pd.concat(tables, ignore_index=True)[[*COLUMNS]]


def portraits(
    speakers: Speakers, variable: str, laws: list[str], least: int, confidence: float
) -> Iterator[pd.DataFrame]:
    """A table of one variable; none where nobody has enough gestures."""
    found: dict[str, list[Float[np.ndarray, " position"]]] = {}
    gestures = 0
    for speaker, stores in speakers.items():
        fits = settled_fits(stores["dynamics"], variable, least)
        try:
            mean = mean_shape(fits) if fits else None
        except NoMeanTrajectory:
            mean = None
        if fits and mean:
            own = [int(pooled(fits, law(name)).shape[0]) for name in laws]
            found[speaker] = [portrait(mean, 0), *(portrait(fits.shapes, shape) for shape in own)]
            gestures += len(fits.gestures)
    if found:
        coordinates = {"speaker": [*found], "curve": [MEASURED, *laws], "position": POSITION}
        values = xr.DataArray(list(found.values()), coordinates, [*coordinates])
        values = values.transpose("curve", "speaker", "position")
        rows = of_speakers(values, confidence=confidence)
        rows = rows[(rows.curve == MEASURED) | (rows.speaker == MEAN)]
        yield rows.assign(variable=variable, n_gestures=gestures)


def settled_fits(found: xr.Dataset, variable: str, least: int) -> Fits | None:
    """Of a speaker's gestures of a variable, if there are enough of them."""
    known = list(map(str, found.variable.values))
    if variable not in known:
        raise BadInput(f"phase_portraits: no variable {variable!r}; {likely(variable, known)}")
    own = found.isel(gesture=np.flatnonzero(found.moves.values == variable))
    still = found.noise_autocovariance.sel(variable=variable).values[0]
    if own.sizes["gesture"] < least or not still > 0:
        return None
    fits = fit(as_gestures(own))
    fits = fits.chosen(np.flatnonzero(fits.settled))
    return fits if len(fits.gestures) >= least else None


def portrait(shapes: Shapes, which: int) -> Float[np.ndarray, " position"]:
    """Velocity [way / rise] where a shape first gets to each position."""
    gone = np.maximum.accumulate(shapes.displacement[which])
    return np.interp(np.interp(POSITION, gone, GRID), GRID, shapes.slope[which])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel for each variable: speakers thin, their mean with its interval, laws in colour."""
    variables = list(dict.fromkeys(numbers.variable))
    figure = Figure(figsize=(PAGE, 2.6), layout="constrained")
    panels = figure.subplots(1, len(variables), sharex=True, sharey=True, squeeze=False)[0]
    for axes, variable in zip(panels, variables, strict=True):
        rows = numbers[numbers.variable == variable]
        draw_speakers(axes, rows[rows.curve == MEASURED])
        draw_laws(axes, means(rows[rows.curve != MEASURED]), families)
        axes.set_title(fill(variable, 24))
        axes.grid()
    panels[0].set(xlim=(0, 1), xticks=(0, 0.5, 1), ylim=(0, None), ylabel="velocity (way / rise)")
    figure.supxlabel("position (share of the way)", fontsize=7.5)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def draw_speakers(axes: Axes, rows: pd.DataFrame) -> None:
    """Mean gestures of all speakers, and the mean of these."""
    for _, own in rows[rows.speaker != MEAN].groupby("speaker", sort=False):
        axes.plot(own.position, own.value, color="#bbbbbb", linewidth=0.5, gid="speaker")
    mean = means(rows)
    band: dict[str, Any] = {"color": "#000000", "alpha": 0.15, "linewidth": 0, "gid": "interval"}
    axes.fill_between(mean.position, mean.low, mean.high, **band)
    axes.plot(mean.position, mean.value, "k-", linewidth=1.6, label=MEASURED, gid=MEASURED)


def draw_laws(axes: Axes, rows: pd.DataFrame, families: Mapping[str, list[str]]) -> None:
    """Means over speakers of what each law predicts."""
    known, seen = looks(LAWS, families), []
    for name, own in rows.groupby("curve", sort=False):
        look = known[str(name)]
        seen.append(look.colour)
        dash = DASHES[(seen.count(look.colour) - 1 + look.is_control) % len(DASHES)]
        style: dict[str, Any] = {
            "color": look.colour,
            "linestyle": dash,
            "label": spoken(str(name)),
        }
        axes.plot(own.position, own.value, linewidth=1, **style, gid=str(name))


def caption(numbers: pd.DataFrame) -> str:
    """Of how many gestures, where each variable is fastest, and where laws say that it is."""
    mean = means(numbers)
    count = int(numbers.groupby("variable").n_gestures.first().sum())
    told = [
        f"{variable} {fastest(rows[rows.curve == MEASURED])}"
        for variable, rows in mean.groupby("variable", sort=False)
    ]
    laws = mean[mean.curve != MEASURED]
    by_law = [
        f"{spoken(str(name))} {span([fastest(one) for _, one in rows.groupby('variable')])}"
        for name, rows in laws.groupby("curve", sort=False)
    ]
    return (
        f"Velocity against position of {counted(count, 'gesture')} of "
        f"{counted(count_speakers(numbers), 'speaker')}, both directions together. Grey: each "
        "speaker's mean gesture; black: their mean with Student's interval over speakers. "
        "Position is the share of the way that is gone, velocity that share by the rise, the time "
        "from 20 to 80 % of the way, so that amplitude and pace are taken out. Gestures were laid "
        "on each other by fits of the critically damped law, and averaging smears what they have "
        "not in common. Lines in colour or dashed: laws, their parameter fitted to each speaker's "
        "gestures of the variable together; grey ones are controls. Fastest after this share of "
        f"the way: {listed(told)}; by law, least and most of these variables: {listed(by_law)}."
    )


def fastest(rows: pd.DataFrame) -> str:
    """Position at which a curve is fastest."""
    return f"{rows.position[rows.value.idxmax()]:.2f}"


def span(values: list[str]) -> str:
    least, most = min(values), max(values)
    return least if least == most else f"{least} to {most}"
