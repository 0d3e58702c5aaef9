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
LIP = 0.008  #: the way round a lip is at most so long [m]
LEAN = 0.5  #: forward per way along the skin
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
    """
    count, _, rows, columns = share.shape
    found = (
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
    lengths = (bridge / GRID, shortest / GRID, point_spacing / GRID, LIP / GRID, LEAN)
    traced(share, np.float32(neighbour_share), TISSUE_OF, edges(), lengths, *places, found)
    curves, articulators, doubts, labels, tissue_maps, gaps = found
    origin = np.array(starts[::-1])
    return Traced(
        (origin + GRID * curves).astype("float32"),
        articulators,
        (GRID * doubts).astype("float32"),
        labels,
        tissue_maps,
        (GRID * gaps[..., 0]).astype("float32"),
        (origin + GRID * gaps[..., 1:]).astype("float32"),
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


def edges() -> tuple[tuple, ...]:
    """``FACING`` as the kernel takes it, with the parts and articulators of each tissue."""
    told = []
    for name, facing in FACING.items():
        table = np.isin(np.arange(REST + 1), facing.rivals)
        parts = [part for part, tissue in PARTS.items() if tissue == name]
        codes = np.array([list(PARTS).index(part) for part in parts])
        names = np.array([1 + ARTICULATORS.index(part) for part in parts])
        told.append((facing.tissue, table, facing.lip, codes, names))
    return tuple(told)


def pieces(
    curve: Float[np.ndarray, "point 2"], articulator: Int8[np.ndarray, " point"]
) -> list[Float[np.ndarray, "_ 2"]]:
    """The pieces of a boundary between lips and glottis: the skin of the face is left out."""
    kept = articulator > FACE
    change = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    return [curve[first:last] for first, last in change.reshape(-1, 2)]
