"""The sound of a scanner, simulated: gradients that repeat, arm by arm of a spiral, and hiss."""

import numpy as np
from jaxtyping import Float

REPETITION = 6.004e-3  # s, of the USC 75-Speaker corpus (Lim et al. 2021): two make a frame
ARMS = 13  # of its spiral, after which all is said again
ARM_SHARE = 0.3  # sd of what differs from arm to arm, of that of what all share
HISS = 0.1  # sd of the rest, likewise
LOUDEST, SPREAD = 900.0, 0.8  # Hz and octaves: where the coil rings


def scanner_noise(
    count: int, sample_rate: int, *, repetition: float = REPETITION, seed: int
) -> Float[np.ndarray, " sample"]:
    """Noise of unit standard deviation: harmonics of 1 / repetition, others of 1 / all arms, hiss.

    Its fundamental and its envelope are like those of spiral sequences; no scanner was recorded
    for it, and a real one adds echoes and what a canceller leaves.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(count) / sample_rate
    shared = harmonics(time, 1 / repetition, sample_rate, rng)
    arms = harmonics(time, 1 / (ARMS * repetition), sample_rate, rng)
    noise = shared + ARM_SHARE * arms + HISS * rng.standard_normal(count)
    return noise / noise.std()


def harmonics(
    time: Float[np.ndarray, " sample"],
    fundamental: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, " sample"]:
    """A periodic sound of unit standard deviation, its spectrum bell-shaped over octaves."""
    total = np.zeros_like(time)
    for number in range(1, int(0.45 * sample_rate / fundamental)):
        octaves = np.log2(number * fundamental / LOUDEST) / SPREAD
        strength = np.exp(-(octaves**2) / 2) * rng.rayleigh()
        phase = rng.uniform(0, 2 * np.pi)
        total += strength * np.cos(2 * np.pi * number * fundamental * time + phase)
    return total / total.std()


def with_noise(
    sound: Float[np.ndarray, " sample"],
    noise: Float[np.ndarray, " sample"],
    signal_to_noise: float,
) -> Float[np.ndarray, " sample"]:
    """Sound with noise that is weaker by so many dB than the sound's root mean square."""
    rms = np.sqrt(np.mean(np.square(sound)))
    return sound + rms * 10 ** (-signal_to_noise / 20) * noise
