"""How far the sound of a clip lags its pictures, from what changes in both."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.signal.windows import hann

REACH = 2  # frames, on both sides, over which a change is taken
WINDOW = 0.046  # s, of a spectrum
BANDS = np.geomspace(200, 8000, 20)  # Hz, edges


def audio_lag(
    frames: UInt8[np.ndarray, "time y x"],
    frame_rate: float,
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    *,
    longest: float,
    trend: float,
    block: float,
    least_correlation: float,
) -> tuple[float, float]:
    """Lag of the sound behind the pictures and its standard deviation [s]; NaN: cannot be told.

    The lag at which the motion energy of the pictures correlates best with the spectral change of
    the sound. Articulators begin to move before their sound changes, so that a lag of some tens of
    milliseconds is natural; compare clips with each other.

    Parameters
    ----------
    longest : lag that is looked for [s].
    trend : slower changes are left out [s].
    block : length of the pieces that the standard deviation is taken over, by jackknife [s].
    least_correlation : below it there is no lag to speak of.
    """
    width = round(longest * frame_rate)
    if len(frames) < 4 * width or not np.ptp(sound) > 0:
        return np.nan, np.nan
    motion = without_trend(motion_energy(frames), trend * frame_rate)
    change = without_trend(
        spectral_change(sound, sample_rate, len(frames), frame_rate), trend * frame_rate
    )
    spread = motion.std() * change.std()
    if not spread > 1e-9:  # still pictures or a steady sound
        return np.nan, np.nan
    products = lagged_products(motion, change, width)
    best, height = peak(products.mean(0) / spread)
    if not height > least_correlation:
        return np.nan, np.nan
    pieces = np.array_split(products, max(2, round(len(products) / (block * frame_rate))))
    sums = np.array([piece.sum(0) for piece in pieces])
    without = np.array([peak(sums.sum(0) - one)[0] for one in sums])
    sd = np.sqrt((len(without) - 1) * without.var())
    return (best - width) / frame_rate, sd / frame_rate


def motion_energy(frames: UInt8[np.ndarray, "time y x"]) -> Float[np.ndarray, " time"]:
    """Log of the mean change of brightness around each frame.

    A codec refreshes the whole picture every dozen frames: an isolated jump is two changes wide on
    either side, and the median over one more takes it away.
    """
    values = frames.astype(np.float32)
    change = np.abs(values[2 * REACH :] - values[: -2 * REACH]).mean((1, 2))
    calm = median_filter(np.pad(change, REACH, mode="edge"), 4 * REACH + 1, mode="nearest")
    return np.log(np.maximum(calm, 1e-3))


def spectral_change(
    sound: Float[np.ndarray, " sample"], sample_rate: int, count: int, frame_rate: float
) -> Float[np.ndarray, " time"]:
    """Root mean square change of the band levels around each frame, steady noise left out."""
    half = round(WINDOW * sample_rate / 2)
    centres = np.round(np.arange(count) / frame_rate * sample_rate).astype(int)
    padded = np.pad(sound, (half, half + max(0, int(centres[-1]) - len(sound) + 1)))
    pieces = padded[centres[:, None] + np.arange(2 * half)] * hann(2 * half)
    power = np.abs(np.fft.rfft(pieces)) ** 2
    frequency = np.fft.rfftfreq(2 * half, 1 / sample_rate)
    edges = np.searchsorted(frequency, BANDS[frequency[-1] >= BANDS])
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    levels = np.log(bands + np.percentile(bands, 20, axis=0) + 1e-12)
    change = np.sqrt(((levels[2 * REACH :] - levels[: -2 * REACH]) ** 2).mean(1))
    return np.pad(change, REACH, mode="edge")


def without_trend(values: Float[np.ndarray, " time"], width: float) -> Float[np.ndarray, " time"]:
    slow = gaussian_filter1d(values.astype(float), width, mode="nearest")
    return values - slow - (values - slow).mean()


def lagged_products(
    first: Float[np.ndarray, " time"], second: Float[np.ndarray, " time"], width: int
) -> Float[np.ndarray, "inner lag"]:
    """first(t) second(t + lag) for lags from -width to width, where every lag has its partner."""
    inner = np.arange(width, len(first) - width)
    return first[inner, None] * second[inner[:, None] + np.arange(-width, width + 1)]


def peak(curve: Float[np.ndarray, " lag"]) -> tuple[float, float]:
    """Place [steps] and height of the highest inner maximum, by a parabola through three points."""
    inner = curve[1:-1]
    k = int(inner.argmax()) + 1
    left, top, right = curve[k - 1 : k + 2]
    bend = left - 2 * top + right
    if not (top >= left and top >= right and bend < 0):
        return np.nan, -np.inf
    return k + 0.5 * (left - right) / bend, float(top)
