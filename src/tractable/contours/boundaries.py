"""From shares of tissue in pixels to curves: where one tissue gives way to another.

Between two pixels the boundary lies where the tissue's share equals the largest share of any
other, found by linear interpolation, so it is not tied to the pixels.
"""

from typing import Any, NamedTuple

import contourpy
import numpy as np
from jaxtyping import Bool, Float, UInt8

from tractable.curves import Curve, arc_length, resampled

OUTSIDE, AIRWAY, LOWER, UPPER, WALL, REST = range(6)


class Facing(NamedTuple):
    """What makes an edge of a tissue a boundary of the tract."""

    tissue: int
    rivals: tuple[int, ...]  # airway, or a tissue that it touches
    lip: bool  # does it begin with one?


#: A velum that touches the wall does so above the tract.
FACING = {
    "upper": Facing(UPPER, (AIRWAY, LOWER), lip=True),
    "lower": Facing(LOWER, (AIRWAY, UPPER, WALL), lip=True),
    "wall": Facing(WALL, (AIRWAY, LOWER), lip=False),
}
LIP = 0.008  #: the way round a lip is at most so long [m]
LEAN = 0.5  #: forward per way along the skin


class Outline(NamedTuple):
    """The edge of a tissue and what lies beyond it, point by point."""

    curve: Curve  # m
    beyond: UInt8[np.ndarray, " point"]  # tissue across the edge


class Ranking(NamedTuple):
    """Shares of tissue in every pixel, and which tissue has the largest."""

    share: Float[np.ndarray, "*frame tissue row column"]
    label: UInt8[np.ndarray, "*frame row column"]
    largest: Float[np.ndarray, "*frame row column"]
    second: Float[np.ndarray, "*frame row column"]


def ranked(share: Float[np.ndarray, "frame tissue row column"]) -> Ranking:
    """Compared tissue by tissue, which is several times faster than sorting."""
    largest, second = share[:, 0], np.full_like(share[:, 0], -1.0)
    label = np.zeros(largest.shape, "uint8")
    for tissue in range(1, share.shape[1]):
        mine = share[:, tissue]
        label[mine > largest] = tissue
        second = np.maximum(second, np.minimum(mine, largest))
        largest = np.maximum(largest, mine)
    return Ranking(share, label, largest, second)


def outlines(
    frame: Ranking, tissue: int, x: Float[np.ndarray, " column"], y: Float[np.ndarray, " row"]
) -> list[Outline]:
    """Every outer edge of a tissue; those of a head facing left run from its lips to its glottis.

    A hole in the tissue (marrow, a root of a tooth) has an edge, but none that the tract can reach.
    """
    own = frame.label == tissue
    lead = np.where(own, frame.largest - frame.second, frame.share[tissue] - frame.largest)
    sense = 1 if tissue == LOWER else -1  # the tract lies at the other side of the lower tissue
    generator: Any = contourpy.contour_generator(z=lead)
    found: list[Curve] = generator.lines(0.0)  # the tissue on their left
    lines = [line[::sense] for line in found if not is_hole(line)]
    first, step = np.array([x[0], y[0]]), np.array([x[1] - x[0], y[1] - y[0]])
    return [Outline(first + step * line, beyond(line, own, frame.label)) for line in lines]


def is_hole(line: Curve) -> bool:
    """A closed edge with the tissue on its left that winds around what is no tissue."""
    x, y = line.T
    return np.array_equal(line[0], line[-1]) and bool(x[:-1] @ y[1:] < y[:-1] @ x[1:])


def beyond(
    line: Curve, own: Bool[np.ndarray, "row column"], label: UInt8[np.ndarray, "row column"]
) -> UInt8[np.ndarray, " point"]:
    """The tissue of that of the two pixels beside each point that is not the tissue's own."""
    last = np.array(own.shape)[::-1] - 1
    low, high = np.floor(line).astype(int).T, np.minimum(np.ceil(line).astype(int), last).T
    row, column = np.where(own[low[1], low[0]], high[::-1], low[::-1])
    return label[row, column]


def boundary(
    edges: list[Outline], facing: Facing, *, bridge: float, shortest: float
) -> list[Curve]:
    """The pieces of a tissue's edges that face the tract, lips (velum, of the wall) first.

    A closed edge that faces nothing else is an island in the tract and no boundary.

    Parameters
    ----------
    bridge : gaps along the edge up to this length [m] are no gaps.
    shortest : pieces below this length [m] are left out.
    """
    pieces: list[Curve] = []
    for edge in edges:
        edge = unrolled(edge, facing)
        kept = faces(edge, facing)
        if kept.all() and closed(edge):
            continue
        arc = arc_length(edge.curve)
        for first, last in runs(without_gaps(kept, arc, bridge)):
            if arc[last] - arc[first] >= shortest:
                if facing.lip and not pieces:
                    first = round_lip(edge, arc, first)
                pieces.append(edge.curve[first : last + 1])
    return pieces


def closed(edge: Outline) -> bool:
    return np.array_equal(edge.curve[0], edge.curve[-1])


def faces(edge: Outline, facing: Facing) -> Bool[np.ndarray, " point"]:
    table = np.zeros(REST + 1, bool)
    table[list(facing.rivals)] = True
    return table[edge.beyond]


def unrolled(edge: Outline, facing: Facing) -> Outline:
    """A closed edge cut open in the middle of its longest stretch that faces something else."""
    curve, beyond = edge
    away = ~faces(edge, facing)[:-1]
    if not closed(edge) or not away.any():
        return edge
    twice = np.concatenate([away, away])
    first, last = max(runs(twice), key=lambda run: run[1] - run[0])
    cut = ((first + last) // 2) % len(away)
    return Outline(np.roll(curve[:-1], -cut, axis=0), np.roll(beyond[:-1], -cut))


def runs(flag: Bool[np.ndarray, " point"]) -> list[tuple[int, int]]:
    """First and last index of every stretch of true values."""
    change = np.diff(np.concatenate([[0], flag.astype(int), [0]]))
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return list(zip(starts.tolist(), (ends - 1).tolist(), strict=True))


def without_gaps(
    kept: Bool[np.ndarray, " point"], arc: Float[np.ndarray, " point"], bridge: float
) -> Bool[np.ndarray, " point"]:
    """Short stretches that were not kept, between others that were, are kept as well."""
    kept = kept.copy()
    for first, last in runs(~kept):
        if first > 0 and last < len(kept) - 1 and arc[last + 1] - arc[first - 1] <= bridge:
            kept[first : last + 1] = True
    return kept


def round_lip(edge: Outline, arc: Float[np.ndarray, " point"], first: int) -> int:
    """From the inner edge of a lip round it, through outside air, to where it turns to the face.

    There the skin is inclined by ``LEAN``: beyond, it goes up or down rather than forward.
    """
    start = first
    while start > 0 and edge.beyond[start - 1] == OUTSIDE and arc[first] - arc[start - 1] <= LIP:
        start -= 1
    way = arc[first] - arc[start : first + 1]
    return start + int((edge.curve[start : first + 1, 0] + LEAN * way).argmin())


POINTS = 400  #: a boundary has so many points, NaN where it needs fewer


def row(pieces: list[Curve], spacing: float) -> Float[np.ndarray, "point axis"]:
    """Pieces one after another, NaN between them and at the end, points ``spacing`` [m] apart."""
    gap = np.full((1, 2), np.nan)
    parts = [part for piece in pieces for part in (resampled(piece, spacing), gap)]
    joined = np.concatenate([*parts, gap])[:POINTS]
    return np.concatenate([joined, np.full((POINTS - len(joined), 2), np.nan)])
