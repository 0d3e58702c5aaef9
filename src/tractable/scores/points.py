"""Points of measured boundaries beside the simulator's outlines."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.contracts import FACE
from tractable.curves import distance_to

TISSUES = ("upper", "lower", "wall")
AT_ONCE = 128  # frames whose boundaries are held


class Points(NamedTuple):
    """Measured points between lips and glottis that lie abeam of the true boundary.

    Points before or beyond the true curve's ends do not count, as their error is not across it.
    """

    tissue: Int[np.ndarray, " point"]  # index in TISSUES
    articulator: Int[np.ndarray, " point"]  # 1 + index in ARTICULATORS
    away: Float[np.ndarray, " point"]  # from the true boundary [m]
    sd: Float[np.ndarray, " point"]  # what the contours say of that [m]


class Curves(NamedTuple):
    """One boundary of one frame between lips and glottis, as it was measured and as it is."""

    measured: Float[np.ndarray, "point axis"]  # [m]
    articulator: Int[np.ndarray, " point"]
    sd: Float[np.ndarray, " point"]  # [m]
    known: Float[np.ndarray, "corner axis"]  # [m]


def compared_points(contours: xr.Dataset, truth: xr.Dataset, *, stride: int) -> Points:
    """The points of every ``stride``-th unrefused frame."""
    found = [Points(*(np.zeros(0, kind) for kind in (int, int, float, float)))]
    for k, tissue in enumerate(TISSUES):
        for of in curves(contours, truth, tissue, stride=stride):
            points = np.isfinite(of.measured).all(1)
            if points.any() and np.isfinite(of.known).all(1).any():
                away, abeam = distance_to(of.measured[points], of.known)
                which = np.full(abeam.sum(), k)
                parts = (of.articulator[points], away, of.sd[points])
                found.append(Points(which, *(part[abeam] for part in parts)))
    return Points(*map(np.concatenate, zip(*found, strict=True)))


def curves(
    contours: xr.Dataset, truth: xr.Dataset, tissue: str, *, stride: int
) -> Iterator[Curves]:
    """One tissue in every ``stride``-th unrefused frame, of which a few are held at a time."""
    frames = np.flatnonzero((contours.refused == "").values)[::stride]
    for start in range(0, len(frames), AT_ONCE):
        some = {"time": frames[start : start + AT_ONCE]}
        measured, known = contours.isel(some), truth.isel(some)
        about = (measured.articulator, measured.boundary_sd)
        parts = (without_face(measured), *about, without_face(known))
        yield from map(Curves._make, zip(*(by_tissue(of, tissue) for of in parts), strict=True))


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
