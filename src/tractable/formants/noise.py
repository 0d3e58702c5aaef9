"""A scanner's noise taken out of a sound before it is measured."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import istft, stft

Sound = Float[np.ndarray, " sample"]
OVERLAP = 4  # windows begin in a window
LEAST_POWER = 1e-20  # that is divided by


def without_noise(
    sound: Sound,
    sample_rate: int,
    *,
    window: float,
    smoothing: float,
    memory: float,
    underrated: float,
    floor: float,
) -> Sound:
    """A sound by Wiener's gain, its noise known by minimum statistics.

    In every band, the least power over a while is noise: speech comes and goes, a scanner stays.
    After Martin (2001), doi:10.1109/89.928915; a fixed memory and a fixed correction are ours.

    Parameters
    ----------
    window : of spectra [s].
    smoothing : over which power is averaged before its least is taken [s].
    memory : over which the least is taken; longer than any sound that is held [s].
    underrated : mean power of noise over the least of its averages.
    floor : amplitude that is left of what is noise alone; less sounds like music.
    """
    size = min(round(window * sample_rate), len(sound))
    hop = max(1, size // OVERLAP)
    spans = {"nperseg": size, "noverlap": size - hop}
    *_, spectrum = stft(sound, sample_rate, **spans)
    power = np.abs(spectrum) ** 2
    averaged, least = (max(1, round(of * sample_rate / hop)) for of in (smoothing, memory))
    noise = minimum_filter1d(uniform_filter1d(power, averaged, axis=1), least, axis=1)
    gain = np.maximum(floor, 1 - underrated * noise / np.maximum(power, LEAST_POWER))
    _, clean = istft(gain * spectrum, sample_rate, **spans)
    return clean[: len(sound)]
