"""From shares of parts in pixels to curves: where one tissue gives way to another.

Between two pixels the boundary lies where the tissue's share equals the largest share of any
other, found by linear interpolation, so it is not tied to the pixels.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int8, UInt8

from tractable.contours.kernel import (
    AIRWAY,
    FACE,
    LOWER,
    REST,
    UPPER,
    WALL,
    Edge,
    Found,
    Lengths,
    traced,
)
from tractable.contracts import ARTICULATORS, CONSTRICTIONS
from tractable.segmenter import PARTS, TISSUES, grid_over
from tractable.segmenter.preparation import GRID


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
#: From the inner edge of a lip to where the face begins, at most [m]: about as high as its red is.
LIP = 0.008
#: The face begins where skin goes forward by less than this per way, steeper than 60 degrees: there
#: the round front of a lip is over, whichever way the head is turned.
LEAN = 0.5
POINTS = 400  #: a boundary has so many points, NaN where it needs fewer
TISSUE_OF = np.array([TISSUES.index(tissue) for tissue in PARTS.values()])


class Traced(NamedTuple):
    """What is found in some frames; see the contract CONTOURS."""

    boundary: Float32[np.ndarray, "time tissue point axis"]  # m
    articulator: Int8[np.ndarray, "time tissue point"]
    doubt: Float32[np.ndarray, "time tissue point"]  # across the edge [m]
    label: UInt8[np.ndarray, "time row column"]  # tissue on the network's grid
    tissue_map: UInt8[np.ndarray, "time y x"]
    degree: Float32[np.ndarray, "time constriction"]  # m
    point: Float32[np.ndarray, "time constriction axis"]  # m


def trace_shares(
    share: Float32[np.ndarray, "frame part row column"],
    shape: tuple[int, int],
    spacing: float,
    *,
    neighbour_share: float,
    point_spacing: float,
    bridge: float,
    shortest: float,
    farthest: float,
) -> Traced:
    """Boundaries, articulators, maps and constrictions of all frames but the first and the last.

    Parameters
    ----------
    share : of each part in the pixels of the network's grid over the frames.
    shape, spacing : of the frames [pixels, m].
    neighbour_share : weight of the frame before and of the frame after.
    point_spacing : distance between the points of a curve [m].
    bridge : gaps along a boundary up to this length [m] are no gaps.
    shortest : pieces of a boundary below this length [m] are left out.
    farthest : pieces further than that [m] from the others are left out, such as walls of the
        windpipe.
    """
    count, _, rows, columns = share.shape
    found = Found(
        np.empty((count - 2, len(FACING), POINTS, 2)),
        np.empty((count - 2, len(FACING), POINTS), "int8"),
        np.empty((count - 2, len(FACING), POINTS)),
        np.empty((count - 2, rows, columns), "uint8"),
        np.empty((count - 2, *shape), "uint8"),
        np.empty((count - 2, len(CONSTRICTIONS), 3)),
    )
    starts = [grid_over(pixels, spacing).start for pixels in shape]
    places = [
        np.clip((np.arange(pixels) * spacing - start) / GRID, 0, cells - 1)
        for pixels, start, cells in zip(shape, starts, (rows, columns), strict=True)
    ]
    lengths = Lengths(
        bridge=bridge / GRID,
        shortest=shortest / GRID,
        farthest=farthest / GRID,
        spacing=point_spacing / GRID,
        reach=LIP / GRID,
        lean=LEAN,
    )
    traced(share, np.float32(neighbour_share), TISSUE_OF, edges(), lengths, *places, found)
    origin = np.array(starts[::-1])
    return Traced(
        boundary=(origin + GRID * found.curve).astype("float32"),
        articulator=found.articulator,
        doubt=(GRID * found.doubt).astype("float32"),
        label=found.label,
        tissue_map=found.tissue_map,
        degree=(GRID * found.gap[..., 0]).astype("float32"),
        point=(origin + GRID * found.gap[..., 1:]).astype("float32"),
    )


def neighbour_share(smoothing: float, frame_rate: float) -> float:
    """Weight of the frame before, and of the frame after, in a Gaussian mean over three frames.

    Parameters
    ----------
    smoothing : a frame so far away counts half as much as the frame itself [s]; 0: not at all.
    frame_rate : Hz.
    """
    neighbour = 0.5 ** (1 / (smoothing * frame_rate)) ** 2 if smoothing > 0 else 0.0
    return neighbour / (1 + 2 * neighbour)


def edges() -> tuple[Edge, ...]:
    """``FACING`` as the kernel takes it, with the parts and articulators of each tissue."""
    found = []
    for name, facing in FACING.items():
        table = np.isin(np.arange(REST + 1), facing.rivals)
        parts = [part for part, tissue in PARTS.items() if tissue == name]
        codes = np.array([list(PARTS).index(part) for part in parts])
        names = np.array([1 + ARTICULATORS.index(part) for part in parts])
        found.append(Edge(facing.tissue, table, facing.lip, codes, names))
    return tuple(found)


def pieces(
    curve: Float[np.ndarray, "point 2"], articulator: Int8[np.ndarray, " point"]
) -> list[Float[np.ndarray, "_ 2"]]:
    """The pieces of a boundary between lips and glottis: the skin of the face is left out."""
    kept = articulator > FACE
    change = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    return [curve[first:last] for first, last in change.reshape(-1, 2)]
