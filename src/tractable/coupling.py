"""Pictures and sound of a clip as few series each, which say much of one another."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter1d
from scipy.signal.windows import hann

CELL = 4  # pixels on a side, whose mean stands for all of them
WINDOW = 0.046  # s, of a spectrum
BANDS = np.geomspace(200, 8000, 11)  # Hz, edges
PICTURE_COMPONENTS, SOUND_COMPONENTS = 8, 5  # principal ones, that are compared
STRETCH = 4096  # frames, whose spectra are in memory together
QUIET = 20  # percentile of a band's power that counts as steady noise
LEAST_SHARE = 0.002  # of the first component's variance, below which others are not blown up


def components_seen(
    frames: UInt8[np.ndarray, "time y x"], *, frame_rate: float, smoothing: float, trend: float
) -> Float[np.ndarray, "time component"]:
    """Principal components of the pictures, uncorrelated, of unit variance or less.

    Parameters
    ----------
    smoothing : sd of the Gaussian over time [s].
    trend : slower changes are left out, such as a head that sinks [s].
    """
    course = between(cells(frames), smoothing * frame_rate, trend * frame_rate)
    return components(course, PICTURE_COMPONENTS)


def components_heard(
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    count: int,
    *,
    frame_rate: float,
    smoothing: float,
    trend: float,
) -> Float[np.ndarray, "time component"]:
    """Likewise of the sound's band levels around each of ``count`` frames."""
    levels = band_levels(sound, sample_rate, count, frame_rate)
    course = between(levels, smoothing * frame_rate, trend * frame_rate)
    return components(course, SOUND_COMPONENTS)


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
