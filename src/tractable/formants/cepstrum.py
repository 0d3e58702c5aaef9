"""Spectra around each frame, and their mel-frequency cepstral coefficients."""

import numpy as np
from jaxtyping import Float
from scipy.fft import dct
from scipy.signal.windows import hann

from tractable.mel import Bands

Track = Float[np.ndarray, " time"]
Sound = Float[np.ndarray, " sample"]
QUIET = 1e-10  # power of a band; digital silence has a finite cepstrum


def power_spectra(
    sound: Sound, sample_rate: int, times: Track, *, window: float
) -> tuple[Float[np.ndarray, "time frequency"], Float[np.ndarray, " frequency"]]:
    """Power of Hann windows of ``window`` seconds centred on each time, and frequencies [Hz]."""
    half = round(window * sample_rate / 2)
    centres = np.round(times * sample_rate).astype(int)
    padded = np.pad(sound, (half, half + max(0, int(centres.max()) + 1 - len(sound))))
    pieces = padded[centres[:, None] + np.arange(2 * half)] * hann(2 * half, sym=False)
    return np.abs(np.fft.rfft(pieces)) ** 2, np.fft.rfftfreq(2 * half, 1 / sample_rate)


def cepstra(
    sound: Sound,
    sample_rate: int,
    times: Track,
    *,
    window: float,
    bands: int,
    coefficients: int,
    lowest: float,
    highest: float,
) -> Float[np.ndarray, "time coefficient"]:
    """Mel-frequency cepstral coefficients, the level c0 first.

    Parameters
    ----------
    window : [s].
    bands : triangular filters, evenly spaced in mel between ``lowest`` and ``highest`` [Hz].
    coefficients : how many are kept of the orthonormal cosine transform of the log powers.

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """
    power, frequency = power_spectra(sound, sample_rate, times, window=window)
    weights = Bands(bands, lowest, highest).weights(frequency)
    levels = np.log(power @ weights.T + QUIET)
    return dct(levels, norm="ortho")[:, :coefficients]
