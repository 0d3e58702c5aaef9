"""How far the sound of a clip lags its pictures: where each tells most of the other."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter1d
from scipy.signal.windows import hann
from scipy.stats import norm, t

CELL = 4  # pixels on a side, whose mean stands for all of them
WINDOW = 0.046  # s, of a spectrum
BANDS = np.geomspace(200, 8000, 11)  # Hz, edges
PICTURE_COMPONENTS, SOUND_COMPONENTS = 8, 5  # principal ones, that are compared
STRETCH = 4096  # frames, whose spectra are in memory together
QUIET = 20  # percentile of a band's power that counts as steady noise
LEAST_SHARE = 0.002  # of the first component's variance, below which others are not blown up
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
    widest: float,
    least_correlation: float,
) -> tuple[float, float]:
    """Lag of the sound behind the pictures and its standard deviation [s]; NaN: cannot be told.

    The lag at which the principal components of the pictures and those of the sound's band levels
    have the largest sum of squared canonical correlations (Hotelling 1936,
    doi:10.1093/biomet/28.3-4.321). Where articulators are decides how it sounds at that moment, so
    that a clip in step has a lag near zero, which motion energy does not: movement precedes sound.
    The standard deviation is of a delete-one-block jackknife, widened so that 1.96 of it to either
    side are the interval by Student's t of its few blocks.

    Parameters
    ----------
    longest : lag that is looked for [s].
    trend : slower changes are left out, such as a head that sinks [s].
    smoothing : sd of the Gaussian over both before they are compared [s].
    block : length of the pieces that the jackknife leaves out in turn [s].
    widest : half of the 95 % interval beyond which nothing is known [s]: pictures and sound that do
        not belong together have some best lag too, but another one without each piece.
    least_correlation : root mean square of the canonical correlations below which nothing is known.
    """
    if not np.ptp(sound) > 0:
        return np.nan, np.nan
    narrow, wide = smoothing * frame_rate, trend * frame_rate
    levels = band_levels(sound, sample_rate, len(frames), frame_rate)
    return lag_between(
        components(between(cells(frames), narrow, wide), PICTURE_COMPONENTS),
        components(between(levels, narrow, wide), SOUND_COMPONENTS),
        frame_rate,
        longest=longest,
        block=block,
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
    half = t.ppf((1 + SURE) / 2, len(sums) - 1) * np.sqrt((len(sums) - 1) * without.var())
    if not (half <= widest * frame_rate and height >= least_correlation**2):
        return np.nan, np.nan
    sd = half / norm.ppf((1 + SURE) / 2)
    return float(best - width) / frame_rate, float(sd) / frame_rate


def cells(frames: UInt8[np.ndarray, "time y x"]) -> Float[np.ndarray, "time cell"]:
    """Mean brightness of square cells; rows and columns that fill none are left out."""
    count, height, width = frames.shape
    rows, columns = height // CELL, width // CELL
    whole = frames[:, : rows * CELL, : columns * CELL]
    parts = whole.reshape(count, rows, CELL, columns, CELL)
    return parts.mean((2, 4), dtype=np.float32).reshape(count, -1).astype(float)


def band_levels(
    sound: Float[np.ndarray, " sample"], sample_rate: int, count: int, frame_rate: float
) -> Float[np.ndarray, "time band"]:
    """Log power in each band around each frame, over the steady noise that is always there."""
    half = round(WINDOW * sample_rate / 2)
    centres = np.round(np.arange(count) / frame_rate * sample_rate).astype(int)
    padded = np.pad(sound, (half, half + max(0, int(centres[-1]) - len(sound) + 1)))
    frequency = np.fft.rfftfreq(2 * half, 1 / sample_rate)
    edges = np.searchsorted(frequency, BANDS[frequency[-1] >= BANDS])
    bands = np.empty((count, len(edges) - 1))
    for first in range(0, count, STRETCH):
        part = slice(first, first + STRETCH)
        pieces = padded[centres[part, None] + np.arange(2 * half)] * hann(2 * half)
        power = np.abs(np.fft.rfft(pieces)) ** 2
        bands[part] = np.add.reduceat(power, edges, axis=1)[:, :-1]
    return np.log(bands + np.percentile(bands, QUIET, axis=0) + 1e-12)


def between(
    values: Float[np.ndarray, "time part"], narrow: float, wide: float
) -> Float[np.ndarray, "time part"]:
    """Without what changes faster than the one Gaussian and slower than the other [frames]."""
    smooth = gaussian_filter1d(values, narrow, axis=0, mode="nearest")
    slow = gaussian_filter1d(values, wide, axis=0, mode="nearest")
    return smooth - slow - (smooth - slow).mean(0)


def components(
    values: Float[np.ndarray, "time part"], most: int
) -> Float[np.ndarray, "time component"]:
    """Principal components of unit variance, small ones of less; none of what never changes."""
    variance, axes = np.linalg.eigh(values.T @ values / len(values))
    variance, axes = variance[::-1][:most], axes[:, ::-1][:, :most]
    there = variance > max(1e-9, 1e-6 * variance[0])
    return values @ axes[:, there] / np.sqrt(variance[there] + LEAST_SHARE * variance[0])


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
