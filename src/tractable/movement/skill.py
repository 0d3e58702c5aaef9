"""Forward skill (V9.2): where a held-out gesture goes, told before it moves."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from tractable.contracts import BadInput
from tractable.movement.fitting import Fits, fit, interpolated
from tractable.movement.gestures import Gestures
from tractable.movement.laws import Law, law
from tractable.movement.mean_shape import MEAN, mean_shape
from tractable.movement.pooled import pooled, weighted_mean
from tractable.movement.shapes import Shapes, stacked, tabulated
from tractable.movement.uncertainty import covariance


class Learnt(NamedTuple):
    """What a class has taught: enough to tell a gesture from its onset and x0."""

    shapes: Shapes
    law: Law | None  # None: the mean trajectory
    theta: float
    largest: float  # amplitude in the class [mm]
    target: float  # mm
    tau: float  # s


class ForwardSkill(NamedTuple):
    """1 is as good as noise allows, 0 no better than what it is held against; NaN: that is too."""

    over_first: float  # first order
    over_mean: float  # the mean trajectory
    error: float  # root mean square of the forecast, noise taken off [mm]


def forward_skill(
    training: Gestures,
    held_out: Gestures,
    of: Law,
    *,
    training_onset: Float[np.ndarray, " training"],
    onset: Float[np.ndarray, " held_out"],
) -> ForwardSkill:
    """F = 1 - (MSE - s2) / (MSE_0 - s2) on held-out gestures of the same class.

    Told from the onset, the mean of frames before it (x0) and what the class has in common: theta,
    target and time scale. MSE_0 is that of first order, and of the mean trajectory; s2 the noise.

    Parameters
    ----------
    training_onset, onset : when gestures begin [s since the window's first frame], the same for
        all laws: known from a simulator, or by fits under one of them.

    Raises
    ------
    BadInput : no frame lies before an onset, or none after it.
    """
    fits = fit(training, onset=training_onset)
    return skill_of(forecast(learnt(fits, of), held_out, onset), fits, held_out, onset)


def skill_of(
    told: Float[np.ndarray, "held_out frame"],
    fits: Fits,
    held_out: Gestures,
    onset: Float[np.ndarray, " held_out"],
) -> ForwardSkill:
    """The same of any forecast of the held-out gestures [mm], beside what `fits` taught.

    Parameters
    ----------
    fits : of the training gestures, with known onsets.
    """
    against = [learnt(fits, law("first")), learnt_mean(fits)]
    others = [forecast(one, held_out, onset) for one in against]
    noise = noise_after(held_out, onset)
    own, first, mean = (squared_error(one, held_out, onset) - noise for one in (told, *others))
    rms = float(np.sqrt(max(own, 0.0)))
    return ForwardSkill(skill_over(own, first), skill_over(own, mean), rms)


def forecast_errors(
    training: Gestures,
    held_out: Gestures,
    laws: Iterable[Law],
    *,
    training_onset: Float[np.ndarray, " training"],
    onset: Float[np.ndarray, " held_out"],
) -> dict[str, float]:
    """MSE - s2 of forecasts by each law and, under ``mean``, by the mean trajectory [mm2].

    Parameters and errors as of `forward_skill`.
    """
    fits = fit(training, onset=training_onset)
    told = {of.name: learnt(fits, of) for of in laws} | {MEAN: learnt_mean(fits)}
    forecasts = {name: forecast(one, held_out, onset) for name, one in told.items()}
    noise = noise_after(held_out, onset)
    return {name: squared_error(one, held_out, onset) - noise for name, one in forecasts.items()}


def learnt(fits: Fits, of: Law) -> Learnt:
    """Theta, target and time scale of a class under a law, from fits with known onsets."""
    found = pooled(fits, of)
    largest = fits.largest(of, found.theta)
    return Learnt(fits.shapes, of, found.theta, largest, *class_values(fits, found.shape))


def learnt_mean(fits: Fits) -> Learnt:
    """The same of the mean trajectory, as if it were a law."""
    shapes = stacked([tabulated(("linear",)), mean_shape(fits)])
    again = fit(fits.gestures, shapes, onset=fits.onset[fits.shapes.reference])
    shape = np.full(len(fits.gestures), len(shapes) - 1)
    return Learnt(shapes, None, np.nan, np.nan, *class_values(again, shape))


def class_values(fits: Fits, shape: np.ndarray) -> tuple[float, float]:
    """Target [mm] and time scale [s] that a class shares."""
    settled = np.flatnonzero(fits.settled)
    fits, shape = fits.chosen(settled), shape[settled]
    spread, every = covariance(fits, shape), np.arange(len(shape))
    target_variance = spread[:, 0, 0] + spread[:, 1, 1] + 2 * spread[:, 0, 1]
    target, _ = weighted_mean(fits.target[shape, every], target_variance)
    log_tau, _ = weighted_mean(np.log(fits.tau[shape, every]), spread[:, 3, 3])
    return target, float(np.exp(log_tau))


def squared_error(
    told: Float[np.ndarray, "gesture frame"],
    gestures: Gestures,
    onset: Float[np.ndarray, " gesture"],
) -> float:
    """Mean square of what a forecast is off, over frames after the onset [mm2]."""
    after = frames_after(gestures, onset)
    return float(((told - gestures.trajectory)[after] ** 2).mean())


def forecast(
    told: Learnt, gestures: Gestures, onset: Float[np.ndarray, " gesture"]
) -> Float[np.ndarray, "gesture frame"]:
    """Trajectories [mm] from the onset and the mean of the frames before it."""
    x0 = level_before(gestures, onset)
    shapes, way = told.shapes, told.target - x0
    shape = np.full(len(gestures), len(shapes) - 1)
    if told.law is not None:
        size = np.broadcast_to(np.abs(way), (len(shapes), len(way)))
        shape = shapes.members(told.law, told.theta, size, told.largest)
    pace = shapes.tau[shape, None] / told.tau
    v = (gestures.time - onset[:, None]) * pace + shapes.onset[shape, None]
    return x0[:, None] + way[:, None] * interpolated(shapes.displacement[shape], v)


def level_before(
    gestures: Gestures, onset: Float[np.ndarray, " gesture"]
) -> Float[np.ndarray, " gesture"]:
    """x0 [mm], the mean of known frames up to the onset.

    Raises
    ------
    BadInput : there is none.
    """
    before = gestures.time <= onset[:, None]
    known = before & np.isfinite(gestures.trajectory)
    for gesture in map(int, np.flatnonzero(~known.any(1))):
        raise BadInput(
            f"{gestures.named(gesture)}: no known frame before its onset at {onset[gesture]:g} s, "
            "so that x0 is not told; begin its window on the plateau"
        )
    return np.where(known, gestures.trajectory, 0.0).sum(1) / known.sum(1)


def skill_over(error: float, against: float) -> float:
    """Of MSE - s2; NaN where what it is held against is as good as noise lets."""
    return 1 - error / against if against > 0 else np.nan


def frames_after(
    gestures: Gestures, onset: Float[np.ndarray, " gesture"]
) -> Bool[np.ndarray, "gesture frame"]:
    """Which frames are forecast: those known, after the onset."""
    return (gestures.time > onset[:, None]) & np.isfinite(gestures.trajectory)


def noise_after(gestures: Gestures, onset: Float[np.ndarray, " gesture"]) -> float:
    """Variance of the noise, mean over the frames that are forecast [mm2].

    Raises
    ------
    BadInput : there are none.
    """
    frames = frames_after(gestures, onset).sum(1)
    if not frames.any():
        raise BadInput("forward skill: no known frame after any onset; look at the onsets")
    return float((frames * gestures.noise_level**2).sum() / frames.sum())
