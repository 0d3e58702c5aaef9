"""Repetitive speech in which one articulator sets the pace of another by a known function."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.dynamics.exchanged import as_noise, drawn

FINE = 5  # steps of the simulation in a frame
BESIDE, TURNED = 0.15, 1.0  # second harmonic of a movement over its first, and its phase [rad]


class Pull(NamedTuple):
    """What the second phase's pace is changed by [rad/s]; the first one keeps its own."""

    together: float  # by the sine of the first phase less the second
    alone: float  # by the cosine of the first phase

    def __call__(
        self, first: Float[np.ndarray, "*grid"], second: Float[np.ndarray, "*grid"]
    ) -> Float[np.ndarray, "*grid"]:
        return self.together * np.sin(first - second) + self.alone * np.cos(first)

    @property
    def strength(self) -> float:
        """Norm of its coefficients, as of `phases.Couplings.strength`."""
        return float(np.hypot(*self))


def repeated(
    pull: Pull,
    share: Float[np.ndarray, " time"],
    *,
    pace: tuple[float, float],
    unrest: float,
    frame_rate: float,
    count: int,
    random: np.random.Generator,
) -> Float[np.ndarray, "run phase=2 time"]:
    """Two phases of every run, not wrapped [rad], by Euler and Maruyama's steps.

    Parameters
    ----------
    share : of the pull in each frame.
    pace : turns of each a second, left alone.
    unrest : by which either wanders [rad / sqrt(s)].
    frame_rate : Hz.
    count : of runs.
    """
    step = 1 / frame_rate / FINE
    own = step * 2 * np.pi * np.array(pace)[:, None]
    now = random.uniform(0, 2 * np.pi, (2, count))
    path = np.empty((len(share), 2, count))
    for frame, part in enumerate(share):
        path[frame] = now
        for wander in unrest * np.sqrt(step) * random.standard_normal((FINE, 2, count)):
            pulled = step * part * pull(*now)
            now = now + own + wander
            now[1] += pulled
    return path.transpose(2, 1, 0)


def moved(
    phase: Float[np.ndarray, " time"],
    amplitude: float,
    covariance: Float[np.ndarray, " lag"],
    random: np.random.Generator,
) -> Float[np.ndarray, " time"]:
    """A movement of this phase that is no sine, with noise of this autocovariance.

    Parameters
    ----------
    amplitude : of its first harmonic, in the unit whose square ``covariance`` has.
    """
    wave = np.cos(phase) + BESIDE * np.cos(2 * phase + TURNED)
    return amplitude * wave + drawn(as_noise(covariance), len(phase), random)
