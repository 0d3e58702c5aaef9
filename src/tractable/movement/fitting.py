"""Every tabulated shape fitted to every gesture, with the noise that plateaus show."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from tractable.contracts import BadInput
from tractable.movement import kernel
from tractable.movement.gestures import Gestures
from tractable.movement.laws import Law
from tractable.movement.noise import whitening
from tractable.movement.shapes import BEFORE, STEP, Shapes, tabulated

AXIS = (BEFORE, STEP)
SHORTEST = 0.5  # frames: no rise is told that is shorter
FIRST_RISES = np.geomspace(1.5, 12.0, 6)  # frames, where the search begins
EVERY = 2  # frames between middles where it begins


class Prepared(NamedTuple):
    """Gestures whose noise is white, of variance 1, known frames moved together."""

    time: Float[np.ndarray, "gesture frame"]  # s
    value: Float[np.ndarray, "gesture frame"]  # trajectory less its level
    one: Float[np.ndarray, "gesture frame"]  # 1/mm, what a constant 1 mm became
    weights: Float[np.ndarray, "gesture frame back"]  # as of `noise.whitening`
    frames: Int[np.ndarray, " gesture"]  # how many are known
    level: Float[np.ndarray, " gesture"]  # mm, taken off before


@dataclass(frozen=True)
class Fits:
    """What every shape made of every gesture; x0, way, onset and time scale are the gesture's own.

    Parameters
    ----------
    middle, rise : when half of the way is gone, and how long 20 to 80 % of it take [s].
    x0, way : where it starts, and T - x0 [mm].
    squares : sum of squares that is left of the trajectory, noise made white and of variance 1.
    onset_known : whether onsets were given, and kept.
    """

    gestures: Gestures
    shapes: Shapes
    middle: Float[np.ndarray, "shape gesture"]
    rise: Float[np.ndarray, "shape gesture"]
    x0: Float[np.ndarray, "shape gesture"]
    way: Float[np.ndarray, "shape gesture"]
    squares: Float[np.ndarray, "shape gesture"]
    onset_known: bool

    @property
    def target(self) -> Float[np.ndarray, "shape gesture"]:
        """T [mm]."""
        return self.x0 + self.way

    @property
    def onset(self) -> Float[np.ndarray, "shape gesture"]:
        """When movement begins under the law [s]."""
        return self.middle + self.rise * self.shapes.onset[:, None]

    @property
    def tau(self) -> Float[np.ndarray, "shape gesture"]:
        """Time scale in the law's own terms [s]: never compare it across laws."""
        return self.rise * self.shapes.tau[:, None]

    @property
    def settled(self) -> Bool[np.ndarray, " gesture"]:
        """Which gestures the reference found a middle and a rise of within the window."""
        k, limits = self.shapes.reference, limits_of(self.gestures)
        middle, rise = self.middle[k], np.log(self.rise[k])
        inside = (middle > limits[:, 0]) & (middle < limits[:, 1])
        return inside & (rise > limits[:, 2]) & (rise < limits[:, 3]) & (self.way[k] != 0)

    def largest(self, of: Law, theta: float) -> float:
        """Amplitude of the largest settled gesture under a law [mm].

        Raises
        ------
        BadInput : no gesture has settled.
        """
        settled = self.settled
        if not settled.any():
            raise BadInput(
                f"none of {len(settled)} gestures has its middle and its rise within its window; "
                "widen windows to the plateaus, or leave out what hardly moves"
            )
        return float(np.abs(self.way[self.shapes.at_largest(of, theta), settled]).max())

    def members(self, of: Law, theta: float) -> Int[np.ndarray, " gesture"]:
        """Which shape every gesture has under a law whose theta the class shares."""
        return self.shapes.members(of, theta, np.abs(self.way), self.largest(of, theta))

    def chosen(self, which: Int[np.ndarray, " chosen"]) -> "Fits":
        """Of those gestures only, in that order."""
        own = ("middle", "rise", "x0", "way", "squares")
        parts = {name: getattr(self, name)[:, which] for name in own}
        return replace(self, gestures=self.gestures.chosen(which), **parts)

    def trajectory(self, shape: Int[np.ndarray, " gesture"]) -> Float[np.ndarray, "gesture frame"]:
        """What a shape of each gesture makes of it [mm], on all frames of the clock."""
        every = np.arange(len(shape))
        rise, middle = self.rise[shape, every], self.middle[shape, every]
        v = (self.gestures.time - middle[:, None]) / rise[:, None]
        s = interpolated(self.shapes.displacement[shape], v)
        return self.x0[shape, every, None] + self.way[shape, every, None] * s


def fit(
    gestures: Gestures,
    shapes: Shapes | None = None,
    *,
    onset: Float[np.ndarray, " gesture"] | None = None,
    start: Float[np.ndarray, "gesture 2"] | None = None,
) -> Fits:
    """Least squares of every shape on every gesture.

    Where the noise is as its autocovariance says, this is maximum likelihood. The search begins at
    the best of a grid of middles and rises under the reference shape, the same for all shapes.

    Parameters
    ----------
    shapes : those of all laws, unless given.
    onset : when movement begins [s since the first frame], if that is known; then it is kept.
    start : middle [s] and ln rise [ln s] at which to begin instead of the grid.

    Raises
    ------
    BadInput : there is no gesture; an onset is outside its window.
    """
    if len(gestures) == 0:
        raise BadInput("no gestures to fit: an empty class; look at why none was found")
    shapes = shapes or tabulated()
    prepared, limits = prepare(gestures), limits_of(gestures)
    anchor = np.zeros(len(shapes)) if onset is None else shapes.onset
    if start is None or onset is not None:
        start = searched(gestures, prepared, shapes, onset)
    tables = np.ascontiguousarray(shapes.displacement), np.ascontiguousarray(shapes.slope)
    found = kernel.fit_all(*prepared[:5], *tables, AXIS, anchor, start, limits, onset is None)
    rise = np.exp(found[..., 1])
    middle = found[..., 0] - anchor[:, None] * rise
    x0 = found[..., 2] + prepared.level
    found_of = (middle, rise, x0, found[..., 3], found[..., 4])
    return Fits(gestures, shapes, *found_of, onset_known=onset is not None)


def searched(
    gestures: Gestures,
    prepared: Prepared,
    shapes: Shapes,
    onset: Float[np.ndarray, " gesture"] | None,
) -> Float[np.ndarray, "gesture 2"]:
    """Middle (or the known onset) and ln rise where every gesture's search begins."""
    k, anchor = shapes.reference, 0.0
    pivots = np.tile(gestures.time[1::EVERY], (len(gestures), 1))
    if onset is not None:
        outside = ~((onset >= gestures.time[0]) & (onset < limits_of(gestures)[:, 1]))
        for gesture in map(int, np.flatnonzero(outside)):
            raise BadInput(
                f"{gestures.named(gesture)}: onset {onset[gesture]:g} s is outside its window; "
                "onsets are since the window's first frame"
            )
        pivots, anchor = onset[:, None].astype(float), float(shapes.onset[k])
    tables = shapes.displacement[k], shapes.slope[k]
    rises = np.log(FIRST_RISES * gestures.period)
    return kernel.search_all(*prepared[:5], *tables, AXIS, anchor, pivots, rises)


def prepare(gestures: Gestures) -> Prepared:
    """Known frames only, noise made white."""
    gestures_count, frames = gestures.trajectory.shape
    known = np.isfinite(gestures.trajectory)
    count = known.sum(1)
    order = np.argsort(~known, axis=1, kind="stable")
    level = np.nanmean(gestures.trajectory, 1)
    moved = np.where(known, gestures.trajectory - level[:, None], 0.0)
    value = np.take_along_axis(moved, order, 1)
    one = np.take_along_axis(known, order, 1).astype(float)
    weights = np.zeros((gestures_count, frames, gestures.noise_autocovariance.shape[1]))
    cache: dict[bytes, np.ndarray] = {}
    for g in range(gestures_count):
        gapless = known[g, : count[g]].all()
        mask = np.ones(frames, bool) if gapless else known[g]
        key = gestures.noise_autocovariance[g].tobytes() + mask.tobytes()
        if key not in cache:
            cache[key] = whitening(gestures.noise_autocovariance[g], mask)
        weights[g, : count[g]] = cache[key][: count[g]]
    clock = np.where(one > 0, gestures.time[order], np.inf)
    return Prepared(clock, whitened(weights, value), whitened(weights, one), weights, count, level)


def whitened(
    weights: Float[np.ndarray, "gesture frame back"], rows: Float[np.ndarray, "gesture frame"]
) -> Float[np.ndarray, "gesture frame"]:
    """Weighted sums over each known frame and those before it."""
    found = weights[..., 0] * rows
    for back in range(1, weights.shape[2]):
        found[:, back:] += weights[:, back:, back] * rows[:, :-back]
    return found


def limits_of(gestures: Gestures) -> Float[np.ndarray, "gesture 4"]:
    """Between which middle [s] and ln rise [ln s] are sought."""
    known = np.isfinite(gestures.trajectory)
    last = gestures.time[known.shape[1] - 1 - known[:, ::-1].argmax(1)]
    first = gestures.time[known.argmax(1)]
    shortest = np.full(len(gestures), np.log(SHORTEST * gestures.period))
    return np.stack([first, last, shortest, np.log(last - first)], 1)


def interpolated(
    table: Float[np.ndarray, "gesture entry"], v: Float[np.ndarray, "gesture frame"]
) -> Float[np.ndarray, "gesture frame"]:
    """Values of a table per gesture at times v [rises from the middle]."""
    place = np.clip((v + BEFORE) / STEP, 0.0, table.shape[1] - 1.001)
    entry = place.astype(int)
    low, high = (np.take_along_axis(table, entry + k, 1) for k in (0, 1))
    return low + (place - entry) * (high - low)
