"""Trajectories that no law made: controls that must fail."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from tractable.movement.gestures import Gestures


def reversed_in_time(gestures: Gestures) -> Gestures:
    """Every window backwards, and its noise with it; gaps stay where they were on the way."""
    trajectory = np.full_like(gestures.trajectory, np.nan)
    for row, own in zip(trajectory, gestures.trajectory, strict=True):
        inside = own[: last_known(own) + 1]
        row[: len(inside)] = inside[::-1]
    return replace(gestures, trajectory=trajectory)


def phase_shuffled(gestures: Gestures, random: np.random.Generator) -> Gestures:
    """Every gesture's velocity with the same power at each frequency and phases by chance.

    The way from the first frame to the last stays what it is, and so does how fast movement may
    change; when it does, and which way time goes, is lost. Gaps are bridged in a straight line
    before and left out again after (Theiler et al. 1992, doi:10.1016/0167-2789(92)90102-S).
    """
    trajectory = np.full_like(gestures.trajectory, np.nan)
    for row, own in zip(trajectory, gestures.trajectory, strict=True):
        end = last_known(own) + 1
        known = np.flatnonzero(np.isfinite(own))
        bridged = np.interp(np.arange(end), known, own[known])
        shuffled = own[known[0]] + np.concatenate(
            [[0.0], np.cumsum(shuffle(np.diff(bridged), random))]
        )
        row[known] = shuffled[known]
    return replace(gestures, trajectory=trajectory)


def shuffle(
    velocity: Float[np.ndarray, " step"], random: np.random.Generator
) -> Float[np.ndarray, " step"]:
    """A series with the same power spectrum and mean, phases drawn evenly."""
    spectrum = np.fft.rfft(velocity)
    turned = spectrum * np.exp(2j * np.pi * random.random(len(spectrum)))
    turned[0] = spectrum[0]
    if len(velocity) % 2 == 0:
        turned[-1] = np.abs(spectrum[-1]) * random.choice([-1.0, 1.0])
    return np.fft.irfft(turned, len(velocity))


def last_known(trajectory: Float[np.ndarray, " frame"]) -> int:
    return int(np.flatnonzero(np.isfinite(trajectory))[-1])
