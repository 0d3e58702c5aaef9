"""What Praat hears of one clip at the times of its frames: voice, loudness and formants."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import parselmouth
from jaxtyping import Float

LPC_FORMANTS = 5.0  # below the ceiling, as Praat's own advice has it
Track = Float[np.ndarray, " time"]
Sound = Float[np.ndarray, " sample"]


class Tracks(NamedTuple):
    """Formants under each ceiling; NaN where Praat found none."""

    frequency: Float[np.ndarray, "ceiling time formant"]  # Hz
    bandwidth: Float[np.ndarray, "ceiling time formant"]  # Hz


def fundamental(
    sound: Sound, sample_rate: int, times: Track, *, lowest: float, highest: float
) -> Track:
    """F0 by autocorrelation [Hz], NaN where unvoiced; within ``lowest`` to ``highest`` [Hz].

    Two passes, the second between 0.75 of the first quartile and 1.5 of the third, against octave
    jumps: De Looze & Hirst (2008), "Detecting changes in key and range for the automatic modelling
    and coding of intonation", Speech Prosody.
    """
    first = pitch(sound, sample_rate, times, lowest, highest)
    if np.isnan(first).all():
        return first
    low, high = np.nanquantile(first, [0.25, 0.75])
    return pitch(sound, sample_rate, times, max(lowest, 0.75 * low), min(highest, 1.5 * high))


def pitch(sound: Sound, sample_rate: int, times: Track, lowest: float, highest: float) -> Track:
    heard = parselmouth.Sound(sound, sample_rate).to_pitch_ac(
        time_step=step(times), pitch_floor=lowest, pitch_ceiling=highest
    )
    return np.array([heard.get_value_at_time(time) for time in times])


def level(sound: Sound, sample_rate: int, times: Track, *, lowest: float) -> Track:
    """Intensity [dB] over windows that hold the periods of a ``lowest`` F0 [Hz].

    NaN within half a window of the ends.
    """
    heard = parselmouth.Sound(sound, sample_rate).to_intensity(
        minimum_pitch=lowest, time_step=step(times)
    )
    return np.array([heard.get_value(time) for time in times])


def tracks(
    sound: Sound,
    sample_rate: int,
    times: Track,
    *,
    ceilings: Sequence[float],
    window: float,
    count: int,
) -> Tracks:
    """F1 and up by Burg's method, once under every ceiling.

    Parameters
    ----------
    ceilings : highest frequency of an analysis of five formants [Hz].
    window : effective length of a Gaussian window [s].
    count : of formants, at most five.
    """
    whole = parselmouth.Sound(sound, sample_rate)
    found = np.empty((2, len(ceilings), len(times), count))
    for k, ceiling in enumerate(ceilings):
        heard = whole.to_formant_burg(
            time_step=step(times) / 2,
            max_number_of_formants=LPC_FORMANTS,
            maximum_formant=ceiling,
            window_length=window,
        )
        for part, value in enumerate((heard.get_value_at_time, heard.get_bandwidth_at_time)):
            found[part, k] = [[value(n, time) for n in range(1, count + 1)] for time in times]
    return Tracks(found[0], found[1])


def step(times: Track) -> float:
    """Time between two frames [s]."""
    return float(times[1] - times[0])
