"""The midline of a channel from the pairing of its two walls.

Two walls are paired point by point, in order, so that the squared length of the rungs between
them, summed over the way along both walls, is least (dynamic programming). A rung that is shortest
for its place makes equal angles with both walls: it is the chord of an inscribed circle, as in
Blum's symmetric axis, but a pairing always exists, has no branches and passes through a closure.
"""

from typing import NamedTuple, no_type_check

import numpy as np
from jaxtyping import Float, Int
from numba import njit
from scipy.linalg import solveh_banded

from tractable.contracts import BadInput
from tractable.curves.polyline import (
    Curve,
    arc_length,
    bridged,
    cross,
    orientation,
    resampled,
    squared,
)

PINNED = 1e3  # weight of the two ends of a midline


class Channel(NamedTuple):
    """A channel in equal sections, in the order of its walls."""

    midline: Float[np.ndarray, "section 2"]  # m, middle of each section
    distance: Float[np.ndarray, " section"]  # m, from wall to wall, negative where walls overlap
    length: float  # m, along the midline


def channel(
    outer: Curve,
    inner: Curve,
    *,
    sections: int,
    step: float,
    pocket_mouth: float,
    pocket_depth: float,
    stiffness: float,
    flare: float,
) -> Channel:
    r"""Midline, width and length of the channel between two walls that run the same way.

    The midline m minimises \int |m - y|^2 / d^2 + stiffness^2 |m''|^2 along the channel, y being
    the middles of the rungs and d their lengths: in a narrow place it keeps to the middle, through
    a wide chamber it goes straight, as the sound does. The distance of a section is its surface
    between the rungs that bound it, over its length: no surface is lost or counted twice.

    Parameters
    ----------
    outer, inner : the walls, starting at the same end [m].
    sections : number of equal lengths.
    step : between points of the walls [m].
    pocket_mouth, pocket_depth : which side pockets are bridged, see ``bridged``.
    stiffness : corners are cut over a length of about sqrt(stiffness d) [m].
    flare : length of midline that is left out at the first end [m].

    Raises
    ------
    BadInput : a wall of fewer than two points, or no length left.

    References
    ----------
    Blum (1973), doi:10.1016/0022-5193(73)90175-6, for the symmetric axis; ordered pairing after
    Sakoe & Chiba (1978), doi:10.1109/TASSP.1978.1163055; smoothing after Whittaker (1923),
    doi:10.1017/S0013091500077853. Their combination is ours.
    """
    if min(len(outer), len(inner)) < 2:
        raise BadInput(f"walls of {len(outer)} and {len(inner)} points, expected 2 at least")
    outer, inner = squared(resampled(outer, step), resampled(inner, step))
    left = orientation(outer, inner)
    pocket = {"mouth": pocket_mouth, "depth": pocket_depth}
    outer = resampled(bridged(outer, side=left, **pocket), step)
    inner = resampled(bridged(inner, side=-left, **pocket), step)
    rungs = ladder(outer, inner)
    midline = straightened(rungs, step, stiffness)
    return in_sections(midline, left * surface(rungs), sections, flare)


def ladder(outer: Curve, inner: Curve) -> Float[np.ndarray, "rung wall 2"]:
    """Rungs evenly spaced along both walls together, from the first points to the last."""
    pair = pairing(outer, inner)
    along = pair.sum(-1)
    even = np.linspace(0, along[-1], along[-1] // 2 + 1)
    place = [np.interp(even, along, index) for index in pair.T]
    return np.stack([points_at(c, p) for c, p in zip((outer, inner), place, strict=True)], axis=1)


def points_at(curve: Curve, place: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n 2"]:
    """Points of a curve at fractional indices."""
    index = np.arange(len(curve))
    return np.stack([np.interp(place, index, axis) for axis in curve.T], axis=-1)


def pairing(outer: Curve, inner: Curve) -> Int[np.ndarray, "pair 2"]:
    """Indices of the points that face each other, in order, first with first, last with last."""
    return traced(steps(np.ascontiguousarray(outer), np.ascontiguousarray(inner)))


@njit(cache=True)
@no_type_check
def steps(outer, inner):
    """Best last step to each pair: 1 along outer, 2 along inner, 3 along both, 0 at the start."""
    step = np.zeros((len(outer), len(inner)), np.int8)
    above, above_square = np.empty(len(inner)), np.empty(len(inner))  # of the row before
    for i in range(len(outer)):
        left = left_square = corner = corner_square = np.inf
        for j in range(len(inner)):
            square = (outer[i, 0] - inner[j, 0]) ** 2 + (outer[i, 1] - inner[j, 1]) ** 2
            best = 0.0 if i == 0 and j == 0 else np.inf
            if i > 0 and j > 0:
                best, step[i, j] = corner + corner_square + square, 3
            if i > 0 and above[j] + 0.5 * (above_square[j] + square) < best:
                best, step[i, j] = above[j] + 0.5 * (above_square[j] + square), 1
            if j > 0 and left + 0.5 * (left_square + square) < best:
                best, step[i, j] = left + 0.5 * (left_square + square), 2
            corner, corner_square = above[j], above_square[j]
            above[j], above_square[j] = left, left_square = best, square
    return step


@njit(cache=True)
@no_type_check
def traced(step):
    """The pairs along the best way, from the first to the last."""
    i, j = step.shape[0] - 1, step.shape[1] - 1
    pair = np.zeros((i + j + 1, 2), np.int64)
    k = len(pair) - 1
    pair[k] = i, j
    while step[i, j] > 0:
        i, j = i - (step[i, j] != 2), j - (step[i, j] != 1)
        k -= 1
        pair[k] = i, j
    return pair[k:]


def straightened(
    rungs: Float[np.ndarray, "rung wall 2"], step: float, stiffness: float
) -> Float[np.ndarray, "rung 2"]:
    """Middles of the rungs under bending stiffness, free to move where the rungs are long."""
    middle = rungs.mean(1)
    if len(middle) < 4:
        return middle
    weight = 1 / np.maximum(np.hypot(*(rungs[:, 0] - rungs[:, 1]).T), step) ** 2
    weight[[0, -1]] *= PINNED
    bending = second_differences(len(middle)) * (stiffness / step**2) ** 2
    bending[0] += weight
    return solveh_banded(bending, weight[:, None] * middle, lower=True)


def second_differences(n: int) -> Float[np.ndarray, "3 n"]:
    """D'D of the second differences D of n >= 4 points: its diagonal and the two below."""
    band = np.repeat([[6.0], [-4.0], [1.0]], n, axis=1)
    band[0, [0, -1]], band[0, [1, -2]] = 1.0, 5.0
    band[1, [0, -2]] = -2.0
    return band


def surface(rungs: Float[np.ndarray, "rung wall 2"]) -> Float[np.ndarray, " rung"]:
    """Surface between the first rung and each [m2], positive with the channel on the left."""
    outer, inner = rungs[:, 0], rungs[:, 1]
    strips = 0.5 * cross(inner[1:] - outer[:-1], inner[:-1] - outer[1:])
    return np.concatenate([[0.0], strips.cumsum()])


def in_sections(
    midline: Float[np.ndarray, "rung 2"],
    swept: Float[np.ndarray, " rung"],
    sections: int,
    flare: float,
) -> Channel:
    """The channel beyond the flare of its first end, cut into equal lengths."""
    arc = arc_length(midline)
    length = float(arc[-1] - flare)
    if length <= 0:
        raise BadInput(f"a channel of {1000 * arc[-1]:.1f} mm, of which the flare leaves nothing")
    edge = np.linspace(flare, arc[-1], sections + 1)
    distance = np.diff(np.interp(edge, arc, swept)) * sections / length
    middle = (edge[1:] + edge[:-1]) / 2
    points = np.stack([np.interp(middle, arc, axis) for axis in midline.T], axis=-1)
    return Channel(points, distance, length)
