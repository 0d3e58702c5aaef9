"""V9.3 and V9.4: what fits say of gestures as measured, beside the simulator's own movement.

Both are the same gestures in the same frames under the same noise, fitted alike, so that what
differs is the measurement's, and what a law leaves of the true movement is the law's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.movement import (
    LAWS,
    Fits,
    Gestures,
    Law,
    as_gestures,
    best_pooled,
    fit,
    kinematics,
    laws,
    pooled,
)
from tractable.movement.gestures import FEWEST_FRAMES
from tractable.movement.stored import MM
from tractable.scores.closures import known
from tractable.scores.movement import BOTH, DIRECTION, Movement, by_law, by_name, counted, drawn
from tractable.scores.score import Score

#: Place between whose walls a simulator knows what a variable is the degree of.
PLACES = {
    "lip aperture": "lips",
    "tongue tip constriction degree": "alveolar",
    "tongue body constriction degree": "velar",
}
MS = 1e3  # ms in a second
SELECTED, SMOOTHED = "selected_law", "smoothed_speed"
#: What is told of a gesture -> its error in the table, and what turns it into that unit.
ERRORS = {
    "amplitude": ("V9 amplitude error (%)", 100.0),
    "peak_velocity": ("V9 peak velocity over amplitude error (%)", 100.0),
    "stiffness": ("V9 stiffness error (%)", 100.0),
    "peak": ("V9 time of peak velocity error (ms)", MS),
}


class Twice(NamedTuple):
    """One variable's gestures, both directions together, fitted as measured and as they were."""

    measured: Fits
    true: Fits
    smoothed: Float[np.ndarray, " gesture"]  # when the smoothed speed is largest [s], as measured


def recovery_scores(
    dynamics: xr.Dataset, truth: xr.Dataset, asked: Movement, *, closed: float
) -> Iterator[Score]:
    """V9.3 and V9.4 of one speaker by law, and the gestures behind them; NaN: there are none.

    Errors are medians over the gestures of all variables. Amplitude, peak velocity over amplitude
    and the time of the peak are held against what the best of all laws says of the true movement;
    stiffness belongs to a law, and is held against the same law's of the true movement. Beside the
    laws stand `SELECTED`, which takes of each class the law that leaves least of it as measured, as
    somebody would who knows no better, and, of the time alone, `SMOOTHED`, as it is usually read.

    Parameters
    ----------
    dynamics, truth : contracts DYNAMICS and TRUTH, on one clock.
    closed : a true constriction narrower than that is in contact [m].
    """
    found = list(fitted_twice(dynamics, truth, asked, closed))
    best = [kinematics(twice.true, best_pooled(twice.true, laws(LAWS)).shape) for twice in found]
    both = list(zip(found, best, strict=True))
    told = {of.name: [errors_under(of, *one) for one in both] for of in laws(LAWS)}
    told[SELECTED] = [errors_of_selected(*one) for one in both]
    told[SMOOTHED] = [{"peak": np.abs(one.smoothed - true.peak.values)} for one, true in both]
    for word, (title, scale) in ERRORS.items():
        sizes = {name: [of[word] for of in every if word in of] for name, every in told.items()}
        off = {name: scale * median(every) for name, every in sizes.items()}
        yield Score(title, by_name(off), -1, direction=DIRECTION)
    yield from what_laws_leave(found)
    yield counted("recovery", sum(len(twice.true.gestures) for twice in found))


def errors_under(
    of: Law, twice: Twice, best: xr.Dataset
) -> dict[str, Float[np.ndarray, " gesture"]]:
    """Sizes of errors of each gesture under a law: of logarithms, and of the time [s].

    ``best`` is what the best of all laws says of the true movement.
    """
    told, own = (kinematics(fits, pooled(fits, of).shape) for fits in (twice.measured, twice.true))
    return errors(told, own, best)


def errors_of_selected(twice: Twice, best: xr.Dataset) -> dict[str, Float[np.ndarray, " gesture"]]:
    """As `errors_under`, of the law that leaves least; of the true movement it may be another."""
    told = kinematics(twice.measured, best_pooled(twice.measured, laws(LAWS)).shape)
    return errors(told, best, best)


def errors(
    told: xr.Dataset, own: xr.Dataset, best: xr.Dataset
) -> dict[str, Float[np.ndarray, " gesture"]]:
    """Of what is told, beside ``best``; of stiffness, beside what the same law has: ``own``."""
    ratios = {
        "amplitude": told.amplitude / best.amplitude,
        "peak_velocity": told.peak_velocity / best.peak_velocity,
        "stiffness": (own.tau / told.tau) ** 2,
    }
    with np.errstate(divide="ignore"):  # an amplitude of 0 is off by any factor
        sizes = {word: np.abs(np.log(ratio.values)) for word, ratio in ratios.items()}
    return sizes | {"peak": np.abs((told.peak - best.peak).values)}


def what_laws_leave(found: Sequence[Twice]) -> Iterator[Score]:
    """Of the true movement: squares over those left of the measured, parameter and time scale."""
    misfit, theta, tau = (dict.fromkeys(LAWS, np.nan) for _ in range(3))
    for of in laws(LAWS) if found else ():
        true = [(twice.true, pooled(twice.true, of)) for twice in found]
        left = sum(best.squares for _, best in true)
        misfit[of.name] = 100 * left / sum(pooled(twice.measured, of).squares for twice in found)
        gestures = [len(fits.gestures) for fits, _ in true]
        theta[of.name] = float(np.average([best.theta for _, best in true], weights=gestures))
        tau[of.name] = MS * median(kinematics(fits, best.shape).tau.values for fits, best in true)
    yield Score("V9 misfit of the true movement (%)", by_law(misfit), -1, direction=DIRECTION)
    yield Score("V9 parameter of the true movement", by_law(theta), 0, direction=DIRECTION)
    yield Score("V9 time scale of the true movement (ms)", by_law(tau), 0, direction=DIRECTION)


def fitted_twice(
    dynamics: xr.Dataset, truth: xr.Dataset, asked: Movement, closed: float
) -> Iterator[Twice]:
    """Every variable whose true movement is known, of gestures that settle both ways."""
    for variable in asked.variables:
        own = dynamics.isel(gesture=np.flatnonzero(dynamics.moves.values == variable))
        if variable not in PLACES or not own.sizes["gesture"]:
            continue
        measured = as_gestures(own)
        true = true_movement(own, truth, PLACES[variable], closed)
        seen = np.isfinite(measured.trajectory) & np.isfinite(true)
        enough = drawn(np.flatnonzero(seen.sum(1) >= FEWEST_FRAMES), asked.most, asked.seed)
        if not len(enough):
            continue
        pair = [
            alike(measured, np.where(seen, path, np.nan), enough)
            for path in (measured.trajectory, true)
        ]
        fits = [fit(of) for of in pair]
        both = np.flatnonzero(fits[0].settled & fits[1].settled)
        if len(both):
            measured_fits, true_fits = (of.chosen(both) for of in fits)
            yield Twice(measured_fits, true_fits, own.peak.values[enough][both])


def alike(
    measured: Gestures, path: Float[np.ndarray, "gesture frame"], which: np.ndarray
) -> Gestures:
    """Some of the gestures as another trajectory, both directions as one class."""
    both = np.full(len(measured), BOTH)
    return replace(measured.chosen(which).with_trajectory(path[which]), direction=both[which])


def true_movement(
    own: xr.Dataset, truth: xr.Dataset, place: str, closed: float
) -> Float[np.ndarray, "gesture frame"]:
    """The simulator's own degree [mm] in the frames of each window.

    NaN where it is in contact, and where the simulator has no frame at that time.
    """
    clock, period = truth.time.values, own.frame.values[1]
    time = own.begin.values[:, None] + own.frame.values
    frame = np.clip(np.rint((time - clock[0]) / period).astype(int), 0, len(clock) - 1)
    inside = np.isfinite(own.trajectory.values) & (abs(clock[frame] - time) < period / 2)
    asked = np.unique(frame[inside])
    degree = np.full(len(clock), np.nan)
    found = known(truth, place, asked, closed)
    degree[asked] = np.where(found.closed, np.nan, MM * found.width)
    return np.where(inside, degree[frame], np.nan)


def median(parts: Iterable[np.ndarray]) -> float:
    """Over the gestures of all variables together; NaN: of none."""
    values = np.concatenate([*parts, np.empty(0)])
    return float(np.median(values)) if len(values) else np.nan
