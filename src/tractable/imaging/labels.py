"""Label maps: which material, and which tissue, each pixel of an image shows.

Image axes: x to the right, y down, origin at the centre of the top left pixel, in m. The head
faces left, lips at small x.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int8, UInt8

from tractable.curves import arc_length
from tractable.imaging.anatomy import (
    TISSUE,
    Articulated,
    Curve,
    Region,
    Walls,
    articulated,
    lower_curve,
    upper_curve,
    wall_curve,
)
from tractable.imaging.kernel import paint


class Pose(NamedTuple):
    """Where a head stands in the image."""

    x: float  # of the upper incisor's gum [m]
    y: float
    pitch: float  # how far it nods [rad]


class Grid(NamedTuple):
    """Square pixels of an image."""

    height: int
    width: int
    spacing: float  # m
    fine: int  # painted that many times finer, for edges without steps


def placed(points: Curve, anchor: Float[np.ndarray, " 2"], pose: Pose) -> Curve:
    """From axes of the head (x towards the lips, y up) to axes of the image."""
    away = (points - anchor) * [-1.0, -1.0]
    cos, sin = np.cos(pose.pitch), np.sin(pose.pitch)
    return away @ np.array([[cos, sin], [-sin, cos]]) + [pose.x, pose.y]


def material_map(
    regions: list[Region], anchor: Float[np.ndarray, " 2"], pose: Pose, grid: Grid
) -> UInt8[np.ndarray, "fine_y fine_x"]:
    """Material of every fine pixel; later regions cover earlier ones."""
    step = grid.spacing / grid.fine
    first = (grid.fine - 1) / 2  # fine pixels from the first centre to the coarse one
    painted = np.zeros((grid.height * grid.fine, grid.width * grid.fine), np.uint8)
    for material, polygon in regions:
        paint(painted, placed(polygon, anchor, pose) / step + first, int(material))
    return painted


def tissue_map(
    materials: UInt8[np.ndarray, "fine_y fine_x"], grid: Grid
) -> UInt8[np.ndarray, "y x"]:
    """Tissue that covers most of each pixel: 0 outside air, 1 airway, 2 lower, 3 upper, 4 wall,
    5 rest of the head."""
    tissues = TISSUE[materials]
    share = [blocks(tissues == code, grid.fine) for code in range(6)]
    return np.argmax(share, axis=0).astype(np.uint8)


def blocks(fine: np.ndarray, factor: int) -> Float[np.ndarray, "y x"]:
    """Mean of each block of ``factor`` times ``factor`` fine pixels."""
    height, width = np.array(fine.shape) // factor
    return fine.reshape(height, factor, width, factor).mean((1, 3))


def boundaries(
    walls: Walls, anchor: Float[np.ndarray, " 2"], pose: Pose, *, spacing: float
) -> dict[str, Curve]:
    """Open curves of each tissue from the lips (or the velum) to the glottis, in image axes [m].

    ``spacing`` is the distance between their points along the arc.
    """
    curves = {"upper": upper_curve(walls), "lower": lower_curve(walls), "wall": wall_curve(walls)}
    return {
        tissue: resample(placed(curve, anchor, pose), spacing) for tissue, curve in curves.items()
    }


def articulators(walls: Walls, *, spacing: float) -> dict[str, Int8[np.ndarray, " point"]]:
    """What every point of ``boundaries`` belongs to: 1 + index in ARTICULATORS."""
    return {
        tissue: nearest_label(curve, spacing).astype("int8")
        for tissue, curve in articulated(walls).items()
    }


def nearest_label(curve: Articulated, spacing: float) -> Float[np.ndarray, " point"]:
    """Labels where ``resample`` puts the points."""
    arc = arc_length(curve[:, :2])
    at = evenly(arc, spacing)
    return curve[np.abs(at[:, None] - arc).argmin(1), 2]


def resample(curve: Curve, spacing: float) -> Curve:
    """The same curve with a point every ``spacing`` of arc, ends kept."""
    arc = arc_length(curve)
    keep = np.r_[True, np.diff(arc) > 0]
    at = evenly(arc, spacing)
    return np.stack([np.interp(at, arc[keep], curve[keep, k]) for k in (0, 1)], 1)


def evenly(arc: Float[np.ndarray, " point"], spacing: float) -> Float[np.ndarray, " place"]:
    return np.linspace(0, arc[-1], max(2, round(arc[-1] / spacing) + 1))
