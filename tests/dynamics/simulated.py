"""Trajectories whose gestures and noise are known."""

from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter
from scipy.special import gammainc

FRAME_RATE = 83.28  # Hz


class Known(NamedTuple):
    """Targets approached by critically damped cascades, at rest in between."""

    values: np.ndarray  # m, without noise
    onset: np.ndarray  # s
    amplitude: np.ndarray  # m, signed
    duration: np.ndarray  # s, of 98 % of the way


def speech(count, seed=0, *, shortest=0.08, longest=0.25, plateau=(0.10, 0.25), order=5):
    """So many gestures in turn: each moves by 3 to 15 mm and rests before the next."""
    rng = np.random.default_rng(seed)
    duration = rng.uniform(shortest, longest, count)
    onset = 0.3 + np.concatenate([[0], (duration + rng.uniform(*plateau, count)).cumsum()[:-1]])
    step = rng.uniform(3e-3, 15e-3, count)
    amplitude = step * np.where(np.arange(count) % 2, 1, -1)
    time = np.arange(0, onset[-1] + duration[-1] + 0.3, 1 / FRAME_RATE)
    path = 0.018 + steps(time, amplitude, onset, duration, order)
    return Known(path, onset, amplitude, duration)


def steps(time, amplitude, onset, duration, order=5):
    """What all gestures together have moved by."""
    constant = duration / reach(order)
    return sum(
        a * gammainc(order, np.maximum(time - o, 0) / c)
        for a, o, c in zip(amplitude, onset, constant, strict=True)
    )


def reach(order):
    """Time constants until a cascade has gone 98 % of its way."""
    grid = np.linspace(0, 40, 4001)
    return float(np.interp(0.98, gammainc(order, grid), grid))


def noise(frames, level, correlation=0.0, seed=0):
    """First-order autoregression, stationary from its first frame."""
    white = np.random.default_rng(seed).standard_normal(frames + 200)
    scale = level * np.sqrt(1 - correlation**2)
    return lfilter([scale], [1, -correlation], white)[200:]
