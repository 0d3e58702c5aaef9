"""How far the sound of a clip lags its pictures: where each tells most of the other."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy.stats import norm, t

from tractable.coupling import components_heard, components_seen

FEWEST = 4  # pieces of a jackknife
SURE = 0.95  # of the interval that is compared with ``widest``


def audio_lag(
    frames: UInt8[np.ndarray, "time y x"],
    frame_rate: float,
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    *,
    longest: float,
    trend: float,
    smoothing: float,
    block: float,
    natural: float,
    widest: float,
    least_correlation: float,
) -> tuple[float, float]:
    """Lag of the sound behind the pictures and its standard deviation [s]; NaN: cannot be told.

    The lag at which the principal components of the pictures and those of the sound's band levels
    have the largest sum of squared canonical correlations (Hotelling 1936,
    doi:10.1093/biomet/28.3-4.321). Where articulators are decides how it sounds at that moment, so
    that a clip in step has a lag near zero, which motion energy does not: movement precedes sound.
    The standard deviation is of a delete-one-block jackknife, widened so that 1.96 of it to either
    side are the interval by Student's t of its few blocks, and of what all blocks share.

    Parameters
    ----------
    longest : lag that is looked for [s].
    trend : slower changes are left out, such as a head that sinks [s].
    smoothing : sd of the Gaussian over both before they are compared [s].
    block : length of the pieces that the jackknife leaves out in turn [s].
    natural : root mean square of the lag that speech in step has by itself, and a scanner's noise
        brings [s]: all blocks share it, so that leaving one out does not tell it.
    widest : half of the 95 % interval beyond which nothing is known [s]: pictures and sound that do
        not belong together have some best lag too, but another one without each piece.
    least_correlation : root mean square of the canonical correlations below which nothing is known.
    """
    if not np.ptp(sound) > 0:
        return np.nan, np.nan
    course = {"frame_rate": frame_rate, "smoothing": smoothing, "trend": trend}
    return lag_between(
        components_seen(frames, **course),
        components_heard(sound, sample_rate, len(frames), **course),
        frame_rate,
        longest=longest,
        block=block,
        natural=natural,
        widest=widest,
        least_correlation=least_correlation,
    )


def lag_between(
    seen: Float[np.ndarray, "time one"],
    heard: Float[np.ndarray, "time other"],
    frame_rate: float,
    *,
    longest: float,
    block: float,
    natural: float,
    widest: float,
    least_correlation: float,
) -> tuple[float, float]:
    """Lag of one set of uncorrelated series behind another, as ``audio_lag`` says it."""
    width, few = round(longest * frame_rate), min(seen.shape[1], heard.shape[1])
    if len(seen) < 4 * width or few == 0:  # still pictures or a steady sound have no components
        return np.nan, np.nan
    sums, count = lagged_products(seen, heard, width, block * frame_rate)
    whole = sums.sum(0)
    best, height = peak(((whole / count) ** 2).sum((1, 2)) / few)
    without = np.array([peak(((whole - one) ** 2).sum((1, 2)))[0] for one in sums])
    normal, few_blocks = norm.ppf((1 + SURE) / 2), t.ppf((1 + SURE) / 2, len(sums) - 1)
    jackknife = few_blocks / normal * np.sqrt((len(sums) - 1) * without.var()) / frame_rate
    sd = np.hypot(jackknife, natural)
    if not (normal * sd <= widest and height >= least_correlation**2):
        return np.nan, np.nan
    return float(best - width) / frame_rate, float(sd)


def lagged_products(
    first: Float[np.ndarray, "time one"],
    second: Float[np.ndarray, "time other"],
    width: int,
    block: float,
) -> tuple[Float[np.ndarray, "piece lag one other"], int]:
    """Sums of first(t) second(t + lag) by piece of time, lags from -width to width.

    Only times at which every lag has its partner count; how many they are comes second.
    """
    inner = np.arange(width, len(first) - width)
    pieces = np.array_split(inner, max(FEWEST, round(len(inner) / block)))
    lags = range(-width, width + 1)
    sums = [[first[piece].T @ second[piece + lag] for lag in lags] for piece in pieces]
    return np.array(sums), len(inner)


def peak(curve: Float[np.ndarray, " lag"]) -> tuple[float, float]:
    """Place [steps] and height of the highest inner maximum, by a parabola through three points."""
    inner = curve[1:-1]
    k = int(inner.argmax()) + 1
    left, top, right = curve[k - 1 : k + 2]
    bend = left - 2 * top + right
    if not (top >= left and top >= right and bend < 0):
        return np.nan, -np.inf
    return k + 0.5 * (left - right) / bend, float(top)
