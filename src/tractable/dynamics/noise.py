"""Noise of a trajectory, measured where the articulator holds still.

Which stretches are plateaus is told by their trend alone, and the noise by what is orthogonal to
the trend: to choose quiet stretches is not to choose quiet noise.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.linalg import toeplitz
from scipy.optimize import minimize
from scipy.stats import chi2

DEGREE = 2  #: of the polynomial that counts as trend: offset, slope, bend
STRANGE = 0.99  #: of chi-squared; a stretch whose residual exceeds it is no plateau
FEWEST = 12  #: stretches that count as plateaus, or there is no noise to be told
ROUNDS = 10  #: of leaving strange stretches out, or fewer where nothing changes
#: Of partial autocorrelations, at most: slower noise cannot be told from movement that is slow.
MOST = 0.8


class Noise(NamedTuple):
    """Stationary noise of one speaker and variable."""

    level: float  # standard deviation, in the unit of the trajectory; NaN: no plateau
    partial: Float[np.ndarray, " order"]  # partial autocorrelations
    plateaus: int  # stretches that told

    def autocovariance(self, lags: int) -> Float[np.ndarray, " lag"]:
        """At lags of 0, 1, ... frames, in the squared unit of the trajectory."""
        return self.level**2 * autocorrelation(self.partial, lags)

    def spectrum(
        self, frequency: Float[np.ndarray, " freq"], frame_rate: float
    ) -> Float[np.ndarray, " freq"]:
        """One-sided power spectral density, squared unit per Hz.

        Parameters
        ----------
        frequency : from 0 to half the frame rate [Hz].
        """
        coefficients = regression(self.partial)
        innovation = self.level**2 * np.prod(1 - self.partial**2)
        lag = np.arange(1, len(coefficients) + 1)
        turn = np.exp(-2j * np.pi * np.multiply.outer(frequency / frame_rate, lag))
        return 2 * innovation / frame_rate / np.abs(1 - turn @ coefficients) ** 2


def plateau_noise(
    values: Float[np.ndarray, " time"],
    run: Int[np.ndarray, " time"],
    *,
    frames: int,
    quiet: float,
    order: int,
) -> Noise:
    """Noise of a trajectory as an autoregression, from stretches without trend.

    Restricted maximum likelihood over stretches of ``frames``: the residual of a polynomial of
    degree 2 has covariance C'SC, so that the frames that the trend takes up make no noise smaller.
    Stretches that fit the noise badly (movement that is no polynomial) are left out, and the level
    is corrected for those that chance left out.

    Parameters
    ----------
    values : one variable, frames in order.
    run : index of the unbroken run of frames that a frame belongs to; -1: not to be used.
    frames : length of a stretch; half of it lies between two.
    quiet : share of the stretches, those with the least trend, that count as plateaus; of a short
        recording ``FEWEST``.
    order : of the autoregression; 0 is white noise.

    References
    ----------
    Restricted likelihood: Patterson & Thompson (1971), doi:10.1093/biomet/58.3.545. Choosing
    plateaus by what is orthogonal to their noise is ours.
    """
    pieces = stretches(values, run, frames)
    trend, rest = components(frames)
    if len(pieces) < FEWEST:
        return Noise(np.nan, np.full(order, np.nan), 0)
    stillest = np.linalg.norm(pieces @ trend, axis=1).argsort(kind="stable")
    return fitted(pieces[stillest[: max(FEWEST, round(quiet * len(pieces)))]] @ rest, rest, order)


def stretches(
    values: Float[np.ndarray, " time"], run: Int[np.ndarray, " time"], frames: int
) -> Float[np.ndarray, "stretch frame"]:
    """All stretches of so many frames within a run, each half over the one before."""
    found = []
    for which in np.unique(run[run >= 0]):
        own = values[run == which]
        starts = range(0, len(own) - frames + 1, max(1, frames // 2))
        found += [own[start : start + frames] for start in starts]
    return np.array(found).reshape(-1, frames)


def components(
    frames: int,
) -> tuple[Float[np.ndarray, "frame trend"], Float[np.ndarray, "frame rest"]]:
    """Orthonormal columns: slope and bend, and all that is orthogonal to these and to the mean."""
    powers = np.linspace(-1, 1, frames)[:, None] ** np.arange(DEGREE + 1)
    basis = np.linalg.qr(powers, mode="complete")[0]
    return basis[:, 1 : DEGREE + 1], basis[:, DEGREE + 1 :]


def fitted(
    still: Float[np.ndarray, "stretch rest"], rest: Float[np.ndarray, "frame rest"], order: int
) -> Noise:
    """Restricted maximum likelihood of the plateaus, those that fit badly left out in turn."""
    dof = rest.shape[1]
    most = chi2.ppf(STRANGE, dof)
    # Of a chi-squared variable cut off there, the mean is smaller by this.
    shrunk = chi2.cdf(most, dof + 2) / STRANGE
    kept, level, partial = typical(still), 1.0, np.zeros(order)
    for _ in range(ROUNDS):
        scatter = still[kept].T @ still[kept] / kept.sum()
        partial = most_likely(scatter, rest, partial)
        shape = correlation(rest, partial)
        size = np.einsum("si,ij,sj->s", still, np.linalg.inv(shape), still)
        level = np.sqrt(size[kept].mean() / dof / shrunk)
        before, kept = kept, size <= most * level**2
        if (before == kept).all():
            break
    return Noise(float(level), partial, int(kept.sum()))


def typical(still: Float[np.ndarray, "stretch rest"]) -> Bool[np.ndarray, " stretch"]:
    """Stretches no larger than chance makes white noise of the median size."""
    size, dof = (still**2).sum(1), still.shape[1]
    return size <= np.median(size) * chi2.ppf(STRANGE, dof) / chi2.median(dof)


def most_likely(
    scatter: Float[np.ndarray, "rest rest"],
    rest: Float[np.ndarray, "frame rest"],
    start: Float[np.ndarray, " order"],
) -> Float[np.ndarray, " order"]:
    """Partial autocorrelations of largest likelihood, whatever the level."""
    if not len(start):
        return start

    def misfit(bounded: Float[np.ndarray, " order"]) -> float:
        shape = correlation(rest, np.tanh(bounded))
        size = np.trace(np.linalg.solve(shape, scatter))
        return float(np.linalg.slogdet(shape)[1] + len(shape) * np.log(size))

    limit = np.arctanh(MOST)
    found = minimize(
        misfit, np.arctanh(start), method="L-BFGS-B", bounds=[(-limit, limit)] * len(start)
    )
    return np.tanh(found.x)


def correlation(
    rest: Float[np.ndarray, "frame rest"], partial: Float[np.ndarray, " order"]
) -> Float[np.ndarray, "rest rest"]:
    """Covariance of what is orthogonal to the trend, of noise of level 1."""
    return rest.T @ toeplitz(autocorrelation(partial, len(rest))) @ rest


def regression(partial: Float[np.ndarray, " order"]) -> Float[np.ndarray, " order"]:
    """Coefficients of the autoregression with these partial autocorrelations (Levinson-Durbin)."""
    coefficients = np.zeros(0)
    for last in partial:
        coefficients = np.append(coefficients - last * coefficients[::-1], last)
    return coefficients


def autocorrelation(partial: Float[np.ndarray, " order"], lags: int) -> Float[np.ndarray, " lag"]:
    """At lags of 0, 1, ... frames, by the Yule-Walker equations."""
    found = np.ones(1)
    for order in range(1, lags):
        coefficients = regression(partial[:order])
        found = np.append(found, coefficients @ found[::-1][: len(coefficients)])
    return found[:lags]
