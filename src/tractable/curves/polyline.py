"""Curves in the plane as rows of points: length, resampling, pockets, ends."""

from typing import no_type_check

import numpy as np
from jaxtyping import Bool, Float
from numba import njit

Curve = Float[np.ndarray, "_point 2"]  # the underscore: two curves may differ in length


def arc_length(curve: Curve) -> Float[np.ndarray, " _point"]:
    """Distance along the curve from its first point [m]."""
    return np.concatenate([[0.0], np.hypot(*np.diff(curve, axis=0).T).cumsum()])


def resampled(curve: Curve, step: float) -> Curve:
    """The same curve with its points as nearly ``step`` apart along the arc as will fit."""
    arc = arc_length(curve)
    along = np.linspace(0, arc[-1], max(2, round(arc[-1] / step) + 1))
    return np.stack([np.interp(along, arc, axis) for axis in curve.T], axis=-1)


def squared(outer: Curve, inner: Curve) -> tuple[Curve, Curve]:
    """Two curves whose last points lie abreast, or slant by 45 degrees at most.

    What one runs on beyond that is cut, so that an end moves no faster than the curves do.
    """
    return cut_abreast(outer, inner[-1]), cut_abreast(inner, outer[-1])


def cut_abreast(curve: Curve, end: Float[np.ndarray, " 2"]) -> Curve:
    """The curve up to as far beyond where it faces ``end`` as it is away from it there."""
    last = max(1, nearest(curve, end))
    beyond = arc_length(curve[last:])
    return curve[: last + int((beyond <= np.hypot(*(curve[last] - end))).sum())]


def distance_to(
    points: Curve, curve: Curve
) -> tuple[Float[np.ndarray, " _point"], Bool[np.ndarray, " _point"]]:
    """From every point to the nearest place of a curve in pieces, NaN between them [m].

    With it comes whether that place lies abeam: not at an end of a piece, with the point beyond.
    """
    start, step = curve[:-1], np.diff(curve, axis=0)
    drawn = np.isfinite(step).all(1)
    change = np.diff(drawn, prepend=False, append=False)
    first, last = change[:-1][drawn], change[1:][drawn]
    start, step = start[drawn], step[drawn]
    away = points[:, None] - start
    along = (away * step).sum(-1) / np.maximum((step**2).sum(1), 1e-18)
    foot = away - np.clip(along, 0.0, 1.0)[..., None] * step
    distance = np.hypot(foot[..., 0], foot[..., 1])
    beyond = (first & (along < 0)) | (last & (along > 1))
    row, nearest_step = np.arange(len(points)), distance.argmin(1)
    return distance[row, nearest_step], ~beyond[row, nearest_step]


def nearest(curve: Curve, point: Float[np.ndarray, " 2"]) -> int:
    return int(((curve - point) ** 2).sum(-1).argmin())


def orientation(outer: Curve, inner: Curve) -> float:
    """1 where the channel lies to the left of ``outer``, -1 where it lies to its right."""
    loop = np.concatenate([outer, inner[::-1]])
    return float(np.sign(cross(loop, np.roll(loop, -1, axis=0)).sum())) or 1.0


def cross(a: Float[np.ndarray, "*any 2"], b: Float[np.ndarray, "*any 2"]) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def bridged(curve: Curve, *, side: float, mouth: float, depth: float) -> Curve:
    """The curve with straight bridges over its pockets: dead ends are no part of a channel.

    A pocket is a bight of the curve into the wall whose mouth is narrower than ``mouth`` [m] and
    whose shore is longer than ``depth`` times its mouth (a half circle has pi/2). Points keep
    their order.

    Parameters
    ----------
    side : 1 where the channel lies to the left of the curve, -1 where it lies to its right.
    """
    return curve[outside_pockets(np.ascontiguousarray(curve), side, mouth, depth)]


@njit(cache=True)
@no_type_check
def outside_pockets(curve, side, mouth, depth):
    """Which points are in no pocket; of several bridges from one point the farthest counts."""
    keep = np.ones(len(curve), np.bool_)
    start = 0
    while start < len(curve) - 1:
        end = far_shore(curve, start, side, mouth, depth)
        keep[start + 1 : end] = False
        start = end
    return keep


@njit(cache=True)
@no_type_check
def far_shore(curve, start, side, mouth, depth):
    """Where the farthest bridge from point ``start`` ends; the next point where there is none."""
    end, shore, doubled = start + 1, 0.0, 0.0
    x0, y0 = curve[start]
    for k in range(start + 1, len(curve)):
        (x1, y1), (x2, y2) = curve[k - 1], curve[k]
        shore += np.hypot(x2 - x1, y2 - y1)
        doubled += (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)  # twice the enclosed area
        chord = np.hypot(x2 - x0, y2 - y0)
        if chord < mouth and shore > depth * chord and side * doubled > 0:
            end = k
    return end
