"""What measuring adds to a trajectory: its autocovariance, drawn and taken out again."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import cho_factor, cho_solve, toeplitz

from tractable.contracts import BadInput


def extended(autocovariance: Float[np.ndarray, " lag"], frames: int) -> Float[np.ndarray, " frame"]:
    """An autocovariance at lags of 0 to frames - 1, beyond the last as an autoregression's.

    The process of most entropy that has the known lags is autoregressive with as many
    coefficients as there are lags above 0 (Burg 1967; Yule and Walker's equations).

    Raises
    ------
    BadInput : no process has that autocovariance.
    """
    known = toeplitz(autocovariance)
    if np.linalg.eigvalsh(known)[0] <= 0:
        raise BadInput(
            f"noise autocovariance {np.array2string(autocovariance, precision=3)} mm2: no noise "
            "has it (its matrix is not positive definite); give fewer lags, or taper them as an "
            "estimator that divides by the number of all frames does"
        )
    order = len(autocovariance) - 1
    found = np.zeros(max(frames, order + 1))
    found[: order + 1] = autocovariance
    if order:
        coefficients = np.linalg.solve(known[:-1, :-1], autocovariance[1:])
        for lag in range(order + 1, frames):
            found[lag] = coefficients @ found[lag - 1 : lag - order - 1 : -1]
    return found[:frames]


def whitening(
    autocovariance: Float[np.ndarray, " lag"], known: Bool[np.ndarray, " frame"]
) -> Float[np.ndarray, "known_frame back"]:
    """Weights on a known frame and on those before it that leave noise white, of variance 1.

    Each frame less its best prediction from the known frames before it, as many as the noise has
    lags, over the error of that prediction. Of an autoregression without gaps this is exact; across
    a gap it leaves out frames further back than those (Vecchia 1988,
    doi:10.1111/j.2517-6161.1988.tb01729.x).

    Returns
    -------
    Of each known frame [1/mm]: the weight of the frame itself, then of those 1, 2 ... known frames
    before.
    """
    covariance = extended(autocovariance, len(known))
    frames, order = np.flatnonzero(known), len(autocovariance) - 1
    weights = np.zeros((len(frames), order + 1))
    for k in range(len(frames)):
        past = frames[max(0, k - order) : k][::-1]
        apart = covariance[frames[k] - past]
        if len(past):
            between = cho_factor(covariance[np.abs(past[:, None] - past)])
            coefficients = cho_solve(between, apart)
        else:
            coefficients = np.zeros(0)
        error = np.sqrt(covariance[0] - coefficients @ apart)
        weights[k, 0], weights[k, 1 : len(past) + 1] = 1 / error, -coefficients / error
    return weights


def colouring(
    autocovariance: Float[np.ndarray, "gesture lag"], frames: int
) -> Float[np.ndarray, "gesture frame frame"]:
    """Matrices that give white noise of variance 1 the autocovariance of every gesture [mm]."""
    different, which = np.unique(autocovariance, axis=0, return_inverse=True)
    factors = [np.linalg.cholesky(toeplitz(extended(one, frames))) for one in different]
    return np.array(factors)[which.ravel()]


def noise(
    autocovariance: Float[np.ndarray, "gesture lag"], frames: int, random: np.random.Generator
) -> Float[np.ndarray, "gesture frame"]:
    """One draw of every gesture's noise [mm]."""
    white = random.standard_normal((len(autocovariance), frames))
    return np.einsum("gij,gj->gi", colouring(autocovariance, frames), white)
