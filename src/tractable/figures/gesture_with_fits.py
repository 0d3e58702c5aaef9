"""One gesture as it was measured, what laws of movement make of it, and what they leave."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.contracts import BadInput, likely
from tractable.figures.sheet import COLUMN, Look, counted, ipa, listed, looks, spoken
from tractable.figures.vowels import Speakers
from tractable.movement import Fits, as_gestures, fit, pooled
from tractable.movement.fitting import interpolated
from tractable.movement.laws import LAWS, law
from tractable.score_table import quote

TITLE = "A gesture and its fits"
NOUNS = ("dynamics",)
COLUMNS = (
    {"curve": str, "time": float, "value": float, "sd": float, "noise": float}
    | {"residual": float, "parameter": float, "misfit": float, "speaker": str, "variable": str}
    | {"direction": str, "phone_before": str, "phone_after": str, "n_gestures": int}
)
MEASURED = "measured"  # stands in the column ``curve`` beside the names of laws
FREE = 4  # numbers of a fit: x0, target, onset and time scale
FINE = 4  # points of a curve from frame to frame
DASHES = ("-", "--", ":", "-.")  # of laws of one colour


class Candidate(NamedTuple):
    """One gesture of a speaker, and the fits of all that are of its variable."""

    found: xr.Dataset
    fits: Fits
    gesture: int
    amplitude: float  # m


def numbers(speakers: Speakers, *, variable: str, direction: str, laws: list[str]) -> pd.DataFrame:
    """The gesture of median amplitude among all speakers', with fits of laws.

    Those count in which every frame was measured, nothing touches, and the reference law finds a
    middle and a rise. The parameter of a law is the one that fits all of the speaker's gestures of
    the variable best; onset, time scale, start and target are the gesture's own.

    Parameters
    ----------
    variable, direction : class that the gesture is one of.
    laws : in the order of the legend.

    Returns
    -------
    curve (``measured``, or a law), time [ms since the first frame], value [mm], and once per frame
    sd [mm, as the contours have it], noise [mm, standard deviation on plateaus], residual [mm];
    parameter (of the law), misfit (squares over those that the noise of plateaus leaves), and
    which gesture it is, of how many. Empty where there is none.

    Raises
    ------
    BadInput : a variable or a law that is none.
    """
    for name in laws:
        law(name)
    known = list(candidates(speakers, variable, direction))
    if not known:
        return pd.DataFrame(columns=[*COLUMNS])
    chosen = sorted(known, key=lambda one: abs(one.amplitude))[(len(known) - 1) // 2]
    tables = [measured(chosen), *(fitted(chosen, name) for name in laws)]
    one = chosen.found.isel(gesture=chosen.gesture)
    words = {part: str(one[part].item()) for part in ("direction", "phone_before", "phone_after")}
    words |= {"speaker": chosen.found.attrs["speaker"], "variable": variable}
    table = pd.concat(tables, ignore_index=True).assign(**words, n_gestures=len(known))
    return table.reindex(columns=[*COLUMNS])


def candidates(speakers: Speakers, variable: str, direction: str) -> Iterator[Candidate]:
    """All gestures of a class that can be shown."""
    for stores in speakers.values():
        found = stores["dynamics"]
        names = list(map(str, found.variable.values))
        if variable not in names:
            hint = likely(variable, names)
            raise BadInput(f"gesture_with_fits: no variable {variable!r}; {hint}")
        own = found.isel(gesture=np.flatnonzero(found.moves.values == variable))
        still = found.noise_autocovariance.sel(variable=variable).values[0]
        if own.sizes["gesture"] == 0 or not still > 0:
            continue
        fits = fit(as_gestures(own))
        shown = fits.settled & whole(own) & (own.direction.values == direction)
        for gesture in map(int, np.flatnonzero(shown)):
            yield Candidate(own, fits, gesture, float(own.amplitude.values[gesture]))


def whole(own: xr.Dataset) -> np.ndarray:
    """Gestures without a gap, and without a frame in contact."""
    known = np.isfinite(own.trajectory.values)
    frames = known.shape[1] - known[:, ::-1].argmax(1)
    return (known.sum(1) == frames) & ~own.contact.values.astype(bool).any(1)


def measured(chosen: Candidate) -> pd.DataFrame:
    """The trajectory, frame by frame."""
    gestures = chosen.fits.gestures
    known = np.isfinite(gestures.trajectory[chosen.gesture])
    columns = {
        "curve": MEASURED,
        "time": 1e3 * gestures.time,
        "value": gestures.trajectory[chosen.gesture],
        "sd": 1e3 * chosen.found.trajectory_sd.values[chosen.gesture],
        "noise": gestures.noise_level[chosen.gesture],
    }
    return pd.DataFrame(columns)[known]


def fitted(chosen: Candidate, name: str) -> pd.DataFrame:
    """What a law makes of it, from frame to frame, and what it leaves at frames."""
    fits, g = chosen.fits, chosen.gesture
    found = pooled(fits, law(name))
    shape = found.shape[g]
    value = fits.gestures.trajectory[g]
    frames = int(np.isfinite(value).sum())
    time = fits.gestures.period / FINE * np.arange(FINE * (frames - 1) + 1)
    v = (time - fits.middle[shape, g]) / fits.rise[shape, g]
    s = interpolated(fits.shapes.displacement[shape][None], v[None])[0]
    curve = fits.x0[shape, g] + fits.way[shape, g] * s
    residual = np.full(len(time), np.nan)
    residual[::FINE] = value[:frames] - curve[::FINE]
    misfit = fits.squares[shape, g] / (frames - FREE)
    columns = {"curve": name, "time": 1e3 * time, "value": curve, "residual": residual}
    return pd.DataFrame(columns | {"parameter": found.theta, "misfit": misfit})


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """The gesture with its fits above, residuals below with one standard deviation of plateaus."""
    figure = Figure(figsize=(COLUMN, 3.7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    frames = numbers[numbers.curve == MEASURED]
    draw_measured(above, frames)
    noise = frames.noise.iloc[0]
    below.axhspan(-noise, noise, color="#dddddd", zorder=0, gid="noise")
    below.axhline(0, color="#444444", linewidth=0.6, zorder=1)
    known, seen = looks(LAWS, families), []
    for name in law_names(numbers):
        look = known[name]
        seen.append(look.colour)
        dash = DASHES[(seen.count(look.colour) - 1 + look.is_control) % len(DASHES)]
        draw_law(above, below, numbers[numbers.curve == name], look, dash)
    row = frames.iloc[0]
    above.set_ylabel(f"{row.variable}\n(mm)")
    below.set(xlabel="time since the first frame (ms)", ylabel="measured less\nfitted (mm)")
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def draw_measured(axes: Axes, frames: pd.DataFrame) -> None:
    """Frames as points, with the standard deviation that contours have."""
    low, high = frames.value - frames.sd, frames.value + frames.sd
    axes.vlines(frames.time, low, high, color="#cccccc", linewidth=0.8, gid="sd", zorder=1)
    style: dict[str, Any] = {"markersize": 3, "zorder": 3, "label": MEASURED, "gid": MEASURED}
    axes.plot(frames.time, frames.value, "k.", **style)


def draw_law(above: Axes, below: Axes, rows: pd.DataFrame, look: Look, dash: str) -> None:
    """A curve above; below, what it leaves at frames."""
    name = rows.curve.iloc[0]
    style: dict[str, Any] = {"color": look.colour, "linestyle": dash, "linewidth": 1, "gid": name}
    above.plot(rows.time, rows.value, **style, label=spoken(name))
    at_frames = rows.dropna(subset="residual")
    below.plot(at_frames.time, at_frames.residual, **style, marker=".", markersize=2.5)


def law_names(numbers: pd.DataFrame) -> list[str]:
    return [str(name) for name in dict.fromkeys(numbers.curve) if name != MEASURED]


def caption(numbers: pd.DataFrame) -> str:
    """Which gesture it is and why, and what every law leaves of it."""
    frames = numbers[numbers.curve == MEASURED]
    row = frames.iloc[0]
    told = [left(numbers[numbers.curve == name]) for name in law_names(numbers)]
    span = quote(abs(frames.value.iloc[-1] - frames.value.iloc[0]))
    return (
        f"{row.variable.capitalize()}, {row.direction}, speaker {row.speaker}, from "
        f"{labelled(row.phone_before)} to {labelled(row.phone_after)}, {span} mm between its first "
        "frame and its last. It is the one of median amplitude among "
        f"{counted(int(row.n_gestures), 'gesture')} of that variable and direction, of all "
        "speakers, without gaps and contact. Points: frames, bars the standard deviation that "
        f"contours have (median {quote(frames.sd.median())} mm), most of which a gesture shares "
        "from frame to frame. Lines: laws, onset, time scale, start and target fitted to this "
        "gesture, the parameter to all gestures of the speaker and variable; grey: controls. "
        f"Below: what they leave; shaded, one standard deviation of the noise of plateaus "
        f"({quote(row.noise)} mm). Squares that are left over those that this noise would leave: "
        f"{listed(told)}. One gesture does not say which law it follows."
    )


def labelled(phone: str) -> str:
    return f"/{ipa(phone)}/" if phone else "silence"


def left(rows: pd.DataFrame) -> str:
    """``cubic (parameter 0.9) 12``."""
    row = rows.iloc[0]
    parameter = "" if np.isnan(row.parameter) else f" (parameter {row.parameter:g})"
    return f"{spoken(row.curve)}{parameter} {quote(row.misfit)}"
