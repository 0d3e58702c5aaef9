"""One shape parameter for a whole class, everything else the gesture's own."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import t as student

from tractable.contracts import BadInput
from tractable.movement.fitting import Fits
from tractable.movement.laws import Law
from tractable.movement.uncertainty import covariance


class Pooled(NamedTuple):
    """A law with the parameter that fits a class best."""

    law: Law
    theta: float
    shape: Int[np.ndarray, " gesture"]  # of every gesture, in the table
    squares: float  # of the whole class, noise of variance 1


class ClassStiffness(NamedTuple):
    """Stiffness per unit of mass that a class has under a law [1/s2], and its interval."""

    value: float
    low: float
    high: float


def pooled(fits: Fits, of: Law) -> Pooled:
    """The tabulated theta of a law with the least squares over all settled gestures.

    Raises
    ------
    BadInput : no gesture has settled.
    """
    every, settled = np.arange(len(fits.gestures)), fits.settled
    shapes = [fits.members(of, theta) for theta in of.grid]
    squares = [float(fits.squares[shape, every][settled].sum()) for shape in shapes]
    best = int(np.argmin(squares))
    return Pooled(of, of.grid[best], shapes[best], squares[best])


def best_pooled(fits: Fits, laws: Iterable[Law]) -> Pooled:
    """The best of several laws by least squares: a description, and no evidence for a law."""
    return min((pooled(fits, of) for of in laws), key=lambda found: found.squares)


def class_stiffness(
    fits: Fits, shape: Int[np.ndarray, " gesture"], *, confidence: float
) -> ClassStiffness:
    """1 / tau^2 of a class under a law, by the mean of its gestures' ln stiffness.

    Gestures weigh as their own uncertainty and the spread between them say (DerSimonian & Laird
    1986, doi:10.1016/0197-2456(86)90046-2); the interval is Hartung & Knapp's (2001,
    doi:10.1002/sim.791). The value belongs to the law: never compare it across laws.

    Parameters
    ----------
    shape : of every gesture in the table, as `pooled` says or as is known.
    confidence : of the interval; one gesture alone has a value and no interval.

    Raises
    ------
    BadInput : no gesture has settled.
    """
    settled = np.flatnonzero(fits.settled)
    if len(settled) == 0:
        raise BadInput("class stiffness: no gesture has settled; widen the windows")
    fits, shape = fits.chosen(settled), shape[settled]
    log_stiffness = -2 * np.log(fits.tau[shape, np.arange(len(shape))])
    variance = 4 * covariance(fits, shape)[:, 3, 3]
    mean, error = weighted_mean(log_stiffness, variance)
    far = student.ppf((1 + confidence) / 2, len(settled) - 1) if len(settled) > 1 else np.nan
    return ClassStiffness(*np.exp([mean, mean - far * error, mean + far * error]).tolist())


def weighted_mean(
    values: Float[np.ndarray, " gesture"], variance: Float[np.ndarray, " gesture"]
) -> tuple[float, float]:
    """Mean of values that differ by their own variance and between them, and its error."""
    weight, free = 1 / variance, len(values) - 1
    mean = (weight * values).sum() / weight.sum()
    excess = (weight * (values - mean) ** 2).sum() - free
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, excess / scale) if free else 0.0
    weight = 1 / (variance + between)
    mean = (weight * values).sum() / weight.sum()
    squares = (weight * (values - mean) ** 2).sum()
    return float(mean), float(np.sqrt(squares / weight.sum() / free)) if free else np.nan
