"""The sound of a clip: speech over pauses, stretches without any, and what a scanner adds."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import median_filter
from scipy.signal import stft

LEVEL_WINDOW = 0.02  # s
SPECTRUM_WINDOW = 0.1  # s, short enough for the pauses of running speech
OVERLAP = 8  # windows begin in a window
QUIETEST = 0.1  # share of windows that count as pauses
PADDED = 4  # window lengths of a transform
SURROUND = 250.0  # Hz, over which a line is compared with its surroundings
HARMONICS = 12  # of a fundamental, that are looked at
FUNDAMENTALS = np.arange(45.0, 500.0, 0.5)  # Hz
MOST = 20.0  # dB, beyond which a line counts no more
LOWEST = 1e-10  # power, below the last bit of 16
INAUDIBLE = -99.9  # dB
SHORTEST = 1.0  # s; in less, nobody can be trusted to pause
WEAKEST = 1e-18  # power in a bin of a spectrum
FULL = 0.999  # of the scale, from which on a sample is clipped


class Heard(NamedTuple):
    """What a clip sounds like apart from what is said."""

    speech_over_pauses: float  # dB, median of voiced frames over the quiet tenth; NaN: no voice
    noise: float  # dB below full scale, of the quiet tenth
    silence: float  # s, the longest stretch without any sound
    clipped: float  # share of samples
    fundamental: float  # Hz, of the harmonics in the pauses
    comb: float  # dB, by which these stand above what lies between; NaN: too short a clip
    tone: float  # Hz, of the strongest line in the pauses
    tone_level: float  # dB, over its surroundings; NaN likewise
    frequency: Float[np.ndarray, " bin"]  # Hz
    pauses: Float[np.ndarray, " bin"]  # dB, their spectrum


def heard(
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    voiced: Bool[np.ndarray, " time"],
    frame_rate: float,
    *,
    quieter: float,
) -> Heard:
    """What a clip sounds like.

    Parameters
    ----------
    voiced : frames in which the voice sounds.
    quieter : a stretch is without any sound where it is so far below the quiet tenth [dB].
    """
    level = levels(sound, sample_rate)
    times = np.arange(len(level)) * LEVEL_WINDOW + LEVEL_WINDOW / 2
    frame = np.minimum((times * frame_rate).astype(int), len(voiced) - 1)
    spoken = level[voiced[frame]]
    audible = level[level > INAUDIBLE]
    floor = float(np.quantile(audible, QUIETEST)) if len(audible) else INAUDIBLE
    dead = (level <= INAUDIBLE) | (level < floor - quieter)
    frequency, pauses = spectrum_of_pauses(sound, sample_rate)
    over = over_surroundings(frequency, pauses)
    fundamental, comb = strongest_comb(frequency, over)
    long = len(sound) >= SHORTEST * sample_rate
    line = int(np.argmax(np.where(frequency >= FUNDAMENTALS[0], over, -np.inf)))
    return Heard(
        float(np.median(spoken)) - floor if len(spoken) else np.nan,
        floor,
        longest(dead) * LEVEL_WINDOW,
        float((np.abs(sound) >= FULL).mean()),
        *(fundamental, comb if long else np.nan),
        *(float(frequency[line]), float(over[line]) if long else np.nan),
        *(frequency, pauses),
    )


def decibels(power: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    return 10 * np.log10(np.maximum(power, LOWEST))


def levels(sound: Float[np.ndarray, " sample"], sample_rate: int) -> Float[np.ndarray, " window"]:
    """Power of window after window [dB below full scale]; what fills no window is left out."""
    size = round(LEVEL_WINDOW * sample_rate)
    count = max(1, len(sound) // size)
    pieces = np.resize(sound, (1, size)) if len(sound) < size else sound[: count * size]
    return decibels(np.square(pieces.reshape(count, -1)).mean(1))


def longest(of: Bool[np.ndarray, " window"]) -> int:
    """Length of the longest run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], of, [False]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def spectrum_of_pauses(
    sound: Float[np.ndarray, " sample"], sample_rate: int
) -> tuple[Float[np.ndarray, " bin"], Float[np.ndarray, " bin"]]:
    """Frequencies [Hz] and mean power [dB] of the windows in which the least is heard."""
    size = min(round(SPECTRUM_WINDOW * sample_rate), len(sound))
    frequency, _, values = stft(
        sound,
        sample_rate,
        nperseg=size,
        noverlap=size - max(1, size // OVERLAP),
        nfft=PADDED * size,
        boundary=None,
        padded=False,
    )
    power = np.abs(values) ** 2
    audible = power.sum(0) > LOWEST / size
    power = power[:, audible] if audible.any() else power
    loud = power.sum(0)
    quiet = power[:, loud <= np.quantile(loud, QUIETEST)]
    return frequency, 10 * np.log10(np.maximum(quiet.mean(1), WEAKEST))


def over_surroundings(
    frequency: Float[np.ndarray, " bin"], level: Float[np.ndarray, " bin"]
) -> Float[np.ndarray, " bin"]:
    """A spectrum over its running median [dB]."""
    width = max(3, round(SURROUND / (frequency[1] - frequency[0])) | 1)
    return level - median_filter(level, width, mode="nearest")


def strongest_comb(
    frequency: Float[np.ndarray, " bin"], over: Float[np.ndarray, " bin"]
) -> tuple[float, float]:
    """The fundamental whose harmonics stand highest above what lies between them [Hz, dB].

    Half a fundamental has nothing at every other harmonic, and twice a fundamental has as much
    between its harmonics as at them: both lose.
    """
    clipped = np.clip(over, -MOST, MOST)
    numbers = np.arange(1, HARMONICS + 1)
    at, between = (
        np.interp(FUNDAMENTALS[:, None] * where, frequency, clipped)
        for where in (numbers, numbers + 0.5)
    )
    score = (at - between).mean(1)
    best = int(score.argmax())
    return float(FUNDAMENTALS[best]), float(score[best])
