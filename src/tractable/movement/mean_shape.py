"""The mean trajectory of a class: a control, which fits as well as a law and claims nothing."""

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_lsq_spline

from tractable.contracts import BadInput
from tractable.movement.fitting import Fits
from tractable.movement.shapes import GRID, LEVELS, Shapes, crossings, one_shape

MEAN = "mean"
FIRST, LAST, APART = -2.0, 4.0, 0.25  # rises from the middle: where it bends, and knots between
DEGREE = 3
LEAST = DEGREE + 1  # frames between two knots: of fewer a curve may go anywhere
BENDS = 5  # inner knots, of fewer no curve from plateau to plateau is made
ENDS = (0.005, 0.995)  # shares of frames that the first and the last knot have before them
HELD = 1e3  # weight of the ends over that of a frame


class NoMeanTrajectory(BadInput):
    """Too few gestures, or too uneven, to tell one."""


def mean_shape(fits: Fits) -> Shapes:
    """Mean of all settled gestures on the clock that the reference shape gives each.

    A cubic spline through x less x0 over T - x0, weighted as noise and amplitude say; 0 before its
    first knot and 1 after its last. It has no onset of its own: that of the reference, in rises,
    stands for it.

    Raises
    ------
    NoMeanTrajectory : too few gestures to tell one.
    """
    k, settled = fits.shapes.reference, np.flatnonzero(fits.settled)
    chosen = fits.chosen(settled)
    middle, rise = chosen.middle[k, :, None], chosen.rise[k, :, None]
    v = (chosen.gestures.time - middle) / rise
    s = (chosen.gestures.trajectory - chosen.x0[k, :, None]) / chosen.way[k, :, None]
    precision = np.abs(chosen.way[k]) / chosen.gestures.noise_level
    weight = np.broadcast_to(precision[:, None], s.shape)
    used = np.isfinite(s) & (v > FIRST) & (v < LAST)
    displacement = spline(v[used], s[used], weight[used])
    low, middle_found, high = crossings(GRID, displacement)
    onset = (float(fits.shapes.onset[k]) - middle_found) / (high - low)
    moved = np.interp(middle_found + (high - low) * GRID, GRID, displacement)
    return one_shape(MEAN, np.nan, moved, onset, 1.0)


def spline(
    v: Float[np.ndarray, " point"],
    s: Float[np.ndarray, " point"],
    weight: Float[np.ndarray, " point"],
) -> Float[np.ndarray, " entry"]:
    """Least squares on ``GRID``, from 0 at the first knot to 1 at the last."""
    first, last = np.quantile(v, ENDS) if len(v) else (0.0, 0.0)
    ends = np.array([first, last]), np.array([0.0, 1.0]), np.full(2, HELD * weight.max(initial=1.0))
    inside = (v > first) & (v < last)
    points, values, weights = (
        np.concatenate([measured[inside], held])
        for measured, held in zip((v, s, weight), ends, strict=True)
    )
    order = np.argsort(points, kind="stable")
    even = np.linspace(first, last, max(2, round((last - first) / APART) + 1))
    inner = with_frames_between(even, np.sort(v[inside]))
    knots = np.concatenate([[first] * (DEGREE + 1), inner, [last] * (DEGREE + 1)])
    if len(inner) < BENDS:
        raise NoMeanTrajectory(
            f"mean trajectory of {len(v)} frames: too few, or too uneven, for {BENDS} knots with "
            f"{LEAST} frames between them; give more gestures"
        )
    found = make_lsq_spline(points[order], values[order], knots, DEGREE, weights[order])
    curve = np.where(last > GRID, found(np.clip(GRID, first, last)), 1.0)
    if not curve.max() > LEVELS[-1] > LEVELS[0] > curve.min():
        raise NoMeanTrajectory("mean trajectory: it does not get from its start to its target")
    return np.where(first < GRID, curve, 0.0)


def with_frames_between(
    even: Float[np.ndarray, " knot"], v: Float[np.ndarray, " point"]
) -> Float[np.ndarray, " inner"]:
    """Those of the inner knots that have enough frames before them, and behind them to the end."""
    kept, before = [], 0
    for knot, frames in zip(even[1:-1], np.searchsorted(v, even[1:-1]), strict=True):
        if min(frames - before, len(v) - frames) >= LEAST:
            kept.append(knot)
            before = frames
    return np.array(kept)
