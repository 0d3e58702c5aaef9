"""Points of measured boundaries beside the simulator's outlines."""

from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.contracts import FACE
from tractable.curves import distance_to

TISSUES = ("upper", "lower", "wall")


class Points(NamedTuple):
    """Measured points between lips and glottis that lie abeam of the true boundary.

    Points before or beyond the true curve's ends do not count, as their error is not across it.
    """

    tissue: Int[np.ndarray, " point"]  # index in TISSUES
    articulator: Int[np.ndarray, " point"]  # 1 + index in ARTICULATORS
    away: Float[np.ndarray, " point"]  # from the true boundary [m]
    sd: Float[np.ndarray, " point"]  # what the contours say of that [m]


def compared_points(contours: xr.Dataset, truth: xr.Dataset, *, stride: int) -> Points:
    """The points of every ``stride``-th unrefused frame."""
    frames = np.flatnonzero((contours.refused == "").values)[::stride]
    measured, known = (without_face(of.isel(time=frames)) for of in (contours, truth))
    about = contours[["articulator", "boundary_sd"]].isel(time=frames)
    found = [Points(*(np.zeros(0, kind) for kind in (int, int, float, float)))]
    for k, tissue in enumerate(TISSUES):
        of_tissue = (measured, about.articulator, about.boundary_sd, known)
        for curve, code, sd, true in zip(*(by_tissue(of, tissue) for of in of_tissue), strict=True):
            points = np.isfinite(curve).all(1)
            if points.any() and np.isfinite(true).all(1).any():
                away, abeam = distance_to(curve[points], true)
                which = np.full(abeam.sum(), k)
                parts = (code[points], away, sd[points])
                found.append(Points(which, *(part[abeam] for part in parts)))
    return Points(*map(np.concatenate, zip(*found, strict=True)))


def without_face(of: xr.Dataset) -> xr.DataArray:
    """Boundaries between lips and glottis (time, tissue, point, axis) [m]."""
    return of.boundary.where(of.articulator != FACE)


def by_tissue(boundary: xr.DataArray, tissue: str) -> np.ndarray:
    """What there is of one tissue (time, point, ...); axes as x, y."""
    found = boundary.isel(tissue=list(boundary.tissue.values).index(tissue))
    if "axis" not in found.dims:
        return found.values
    axes = [list(boundary.axis.values).index(axis) for axis in ("x", "y")]
    return found.isel(axis=axes).values
