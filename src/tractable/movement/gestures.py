"""Gestures as they were measured: a trajectory each, its noise, and the class that it is of."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Int, Shaped

from tractable.contracts import BadInput

#: Frames that a fit needs: one more than it has free numbers (x0, target, onset, time scale).
FEWEST_FRAMES = 5


@dataclass(frozen=True)
class Gestures:
    """Trajectories from plateau to plateau, on the frame clock of one camera.

    Windows begin at their first frame and end where they end; a row is padded by NaN after its
    last frame. NaN between frames is a gap: nothing is known there, and nothing is filled in.

    Parameters
    ----------
    trajectory : the variable that moves (a constriction degree or place, a tract variable) [mm].
    time : of every frame since the first one of its window [s]; evenly spaced, 0 first.
    noise_autocovariance : of what measuring adds, at lags of 0, 1, 2 ... frames [mm2], as plateaus
        show it; lag 0 is the variance. One lag is white noise. Beyond the last lag it goes on as
        an autoregression of as many coefficients does (maximum entropy).
    speaker, variable, direction : what class a gesture is of; ``direction`` as the variable's
        owner names it (``closing``, ``opening``).

    Raises
    ------
    BadInput : frames not evenly spaced, a trajectory of too few of them, a variance that is not
        positive.
    """

    trajectory: Float[np.ndarray, "gesture frame"]
    time: Float[np.ndarray, " frame"]
    noise_autocovariance: Float[np.ndarray, "gesture lag"]
    speaker: Shaped[np.ndarray, " gesture"]
    variable: Shaped[np.ndarray, " gesture"]
    direction: Shaped[np.ndarray, " gesture"]

    def __post_init__(self) -> None:
        frames = self.trajectory.shape[1]
        steps = np.diff(self.time)
        if frames < FEWEST_FRAMES or not np.allclose(steps, steps[0], rtol=1e-6):
            raise BadInput(
                f"gestures: {frames} frames, expected {FEWEST_FRAMES} or more, evenly spaced; "
                "resample to the frame clock of one camera first"
            )
        known = np.isfinite(self.trajectory).sum(1)
        for gesture in map(int, np.flatnonzero(known < FEWEST_FRAMES)):
            raise BadInput(
                f"gestures: {self.named(gesture)} has {known[gesture]} known frames, at least "
                f"{FEWEST_FRAMES} are needed; leave it out, or widen its window"
            )
        for gesture in map(int, np.flatnonzero(~(self.noise_autocovariance[:, 0] > 0))):
            raise BadInput(
                f"gestures: {self.named(gesture)} has a noise variance of "
                f"{self.noise_autocovariance[gesture, 0]} mm2; measure it on plateaus (of "
                "trajectories without noise: a small positive one)"
            )

    def __len__(self) -> int:
        return len(self.trajectory)

    def named(self, gesture: int) -> str:
        """How an error calls a gesture: its number and its class."""
        return f"gesture {gesture} ({', '.join(self.label(gesture))})"

    def label(self, gesture: int) -> tuple[str, str, str]:
        """Speaker, variable and direction of a gesture."""
        speaker, variable, direction = self.speaker, self.variable, self.direction
        return str(speaker[gesture]), str(variable[gesture]), str(direction[gesture])

    @property
    def noise_level(self) -> Float[np.ndarray, " gesture"]:
        """Standard deviation of what measuring adds to a frame [mm]."""
        return np.sqrt(self.noise_autocovariance[:, 0])

    @property
    def period(self) -> float:
        """From frame to frame [s]."""
        return float(self.time[1] - self.time[0])

    def chosen(self, which: Int[np.ndarray, " chosen"]) -> "Gestures":
        """Those gestures only, in that order."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return Gestures(**{n: v if n == "time" else v[which] for n, v in parts.items()})

    def with_trajectory(self, trajectory: Float[np.ndarray, "gesture frame"]) -> "Gestures":
        """The same gestures as another trajectory each."""
        return replace(self, trajectory=trajectory)

    def classes(self) -> Iterator[tuple[tuple[str, str, str], "Gestures"]]:
        """Every speaker's gestures of one variable and direction, in the order of their names."""
        labels = [self.label(gesture) for gesture in range(len(self))]
        for label in sorted(set(labels)):
            yield label, self.chosen(np.array([k for k, own in enumerate(labels) if own == label]))
