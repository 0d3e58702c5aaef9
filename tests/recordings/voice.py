"""Speech whose phones are known to the sample: a buzz through resonances, and hiss for /s/."""

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from tractable.recordings.textgrid import Interval

RATE = 16000  # Hz
FORMANTS = {"a": (750, 1250, 2600), "i": (280, 2300, 3000), "u": (310, 800, 2300)}  # Hz
SOFT = 1e-4  # standard deviation of the noise that is everywhere


def speech(said: list[tuple[str, float]], *, fundamental: float = 120.0, seed: int = 0):
    """Sound at RATE, and its intervals, from phones and how long each lasts [s]; "": silence."""
    rng = np.random.default_rng(seed)
    sounds, intervals, now = [], [], 0.0
    for label, seconds in said:
        count = round(seconds * RATE)
        sounds.append(phone(label, count, fundamental, rng))
        if label:
            intervals.append(Interval(now, now + count / RATE, label))
        now += count / RATE
    sound = np.concatenate(sounds)
    return sound + SOFT * rng.standard_normal(len(sound)), intervals


def phone(label: str, count: int, fundamental: float, rng: np.random.Generator) -> np.ndarray:
    if label == "":
        return np.zeros(count)
    if label == "s":
        hiss = rng.standard_normal(count)
        return 0.05 * sosfilt(butter(4, 4000, "highpass", fs=RATE, output="sos"), hiss)
    source = np.zeros(count)
    source[:: round(RATE / fundamental)] = 1
    sound = lfilter([1], [1, -0.95], source)  # falls towards high frequencies as a voice does
    for frequency in FORMANTS[label]:
        pole = np.exp((-np.pi * 80 + 2j * np.pi * frequency) / RATE)
        sound = lfilter([abs(1 - pole) ** 2], [1, -2 * pole.real, abs(pole) ** 2], sound)
    return 0.3 * sound / np.abs(sound).max()
