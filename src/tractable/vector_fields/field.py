"""A second-order equation of movement without time in it: forecasts by it, and what law it holds.

The state of a gesture is its distance to the target and its velocity; a field says the acceleration
in every state. All fields of a class are asked the same way, whoever learnt them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from tractable.contracts import BadInput
from tractable.movement.gestures import Gestures
from tractable.movement.skill import level_before

Gesture = Float[np.ndarray, " gesture"]
#: Of distances and velocities: what drives them. Arrays of numpy or tensors of torch.
Acceleration = Callable[[Any, Any], Any]

NEAR = 1e-3  # mm and clocks: half of the distance over which a derivative is taken
FARTHEST = 100.0  # times where it set out from: a forecast that leaves this has diverged


class Scale(NamedTuple):
    """Units in which a class has distances and times of about 1."""

    distance: float  # mm
    clock: float  # s

    @property
    def velocity(self) -> float:
        return self.distance / self.clock

    @property
    def acceleration(self) -> float:
        return self.distance / self.clock**2


@dataclass(frozen=True)
class Field:
    """What a class has taught of its equation of movement.

    Parameters
    ----------
    name : how an error calls it.
    acceleration : of distance to the target [mm] and velocity [mm/s] [mm/s2].
    target : of the class [mm].
    scale : of the class.
    """

    name: str
    acceleration: Acceleration
    target: float
    scale: Scale


class Released(NamedTuple):
    """Gestures let go at their onsets, at rest, on the frames that come after."""

    start: Float[np.ndarray, " gesture"]  # distance to the target [mm]
    steps: Float[np.ndarray, "step gesture"]  # from the onset to the first frame, then on [s]
    distance: Float[np.ndarray, "step gesture"]  # as measured [mm]; 0 where not known
    known: Bool[np.ndarray, "step gesture"]

    @property
    def scale(self) -> Scale:
        """Root mean square of what is to go, and the mean time until half of the way is gone."""
        share = np.where(self.known, self.distance / self.start, np.nan)
        half = (share < 0.5).argmax(0)
        clocks = self.steps.cumsum(0)[half, np.arange(len(half))]
        return Scale(float(np.sqrt((self.start**2).mean())), float(clocks.mean()))


def released(gestures: Gestures, onset: Gesture, target: Gesture) -> Released:
    """Gestures from their onsets on, by distance to their targets [mm].

    Raises
    ------
    BadInput : no known frame before an onset, or none after it.
    """
    start = level_before(gestures, onset) - target
    first = np.searchsorted(gestures.time, onset, "right")
    frames = first + np.arange(len(gestures.time) - first.min())[:, None]
    inside = frames < len(gestures.time)
    frames = np.minimum(frames, len(gestures.time) - 1)
    distance = gestures.trajectory[np.arange(len(gestures)), frames] - target
    known = inside & np.isfinite(distance)
    for gesture in map(int, np.flatnonzero(~known.any(0))):
        raise BadInput(
            f"{gestures.named(gesture)}: no known frame after its onset at {onset[gesture]:g} s; "
            "look at the onsets, which are since the window's first frame"
        )
    steps = np.full(frames.shape, gestures.period)
    steps[0] = gestures.time[frames[0]] - onset
    return Released(start, steps, np.where(known, distance, 0.0), known)


def travelled(acceleration: Acceleration, start: Any, steps: Any) -> tuple[list[Any], list[Any]]:
    """Distances and velocities after each step, from rest, of arrays and tensors alike.

    By Runge and Kutta's method of fourth order: frames of 12 ms, a quarter of a gesture's time
    scale, err by 1e-4 of the way.
    """
    y, v = start, 0 * start
    distances, velocities = [], []
    for step in steps:
        half = step / 2
        a1 = acceleration(y, v)
        v2 = v + half * a1
        a2 = acceleration(y + half * v, v2)
        v3 = v + half * a2
        a3 = acceleration(y + half * v2, v3)
        v4 = v + step * a3
        a4 = acceleration(y + step * v3, v4)
        y = y + step / 6 * (v + 2 * (v2 + v3) + v4)
        v = v + step / 6 * (a1 + 2 * (a2 + a3) + a4)
        distances.append(y)
        velocities.append(v)
    return distances, velocities


def forecast(
    field: Field, gestures: Gestures, onset: Gesture
) -> Float[np.ndarray, "gesture frame"]:
    """Trajectories [mm] from the onset, the mean of the frames before it and the class's target.

    Raises
    ------
    BadInput : a forecast diverges, be it after the last frame that was measured.
    """
    goal = np.full(len(gestures), field.target)
    told = released(gestures, onset, goal)
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.array(travelled(field.acceleration, told.start, told.steps)[0])
        astray = ~(np.abs(distance) < FARTHEST * field.scale.distance)
    for gesture in map(int, np.flatnonzero(astray.any(0))):
        late = float(told.steps[: astray[:, gesture].argmax() + 1, gesture].sum())
        raise BadInput(
            f"{gestures.named(gesture)}: its forecast by {field.name} diverges {late:.3f} s after "
            "the onset; what was learnt holds near the training gestures alone, if there"
        )
    found = np.repeat((told.start + field.target)[:, None], len(gestures.time), 1)
    which, frame = np.nonzero(gestures.time > onset[:, None])
    first = np.searchsorted(gestures.time, onset, "right")
    found[which, frame] = field.target + distance[frame - first[which], which]
    return found


class Linearised(NamedTuple):
    """The damped spring that a field is next to its target, per unit of mass."""

    stiffness: float  # - d acceleration / d distance [1/s2]
    damping: float  # - d acceleration / d velocity [1/s]


def linearised(field: Field) -> Linearised:
    """Stiffness and damping at the target, by central differences."""
    apart = np.array([-NEAR, NEAR])
    velocity = apart * field.scale.velocity
    along = field.acceleration(apart, 0 * apart)
    across = field.acceleration(0 * apart, velocity)
    return Linearised(
        stiffness=float(-(along[1] - along[0]) / (2 * NEAR)),
        damping=float(-(across[1] - across[0]) / (velocity[1] - velocity[0])),
    )
