"""Where the boundaries of a tract come near each other, and where lips and larynx stand.

Places are told from a reference that does not move with the articulators: where the palate begins,
behind the upper teeth, as the middle of a clip's frames has it.
"""

import warnings

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from tractable.contracts import ARTICULATORS

UPPER_LIP, PALATE, LOWER_LIP = (
    1 + ARTICULATORS.index(name) for name in ("upper lip", "palate", "lower lip")
)
#: Tissues whose boundaries stand opposite each other in a constriction.
WALLS = {
    "lips": ("upper", "lower"),
    "alveolar": ("upper", "lower"),
    "velar": ("upper", "lower"),
    "velopharyngeal": ("upper", "wall"),
}

Series = Float[np.ndarray, " time"]
Points = Float[np.ndarray, "time 2"]


def degree_sd(contours: xr.Dataset, constriction: str) -> Series:
    """Standard deviation of the degree of a constriction [m]: of both its walls, each on its own.

    Each wall is as uncertain as its point nearest to the constriction; NaN where there is none.
    """
    centre = contours.constriction_point.sel(constriction=constriction).values
    walls = []
    for tissue in WALLS[constriction]:
        sd = contours.boundary_sd.sel(tissue=tissue).values.astype(float)
        curve = contours.boundary.sel(tissue=tissue).values
        away = np.hypot(*(curve - centre[:, None]).transpose(2, 0, 1))
        away = np.where(np.isfinite(away) & np.isfinite(sd), away, np.inf)
        nearest = away.argmin(1)[:, None]
        known = np.isfinite(np.take_along_axis(away, nearest, 1)[:, 0])
        walls.append(np.where(known, np.take_along_axis(sd, nearest, 1)[:, 0], np.nan))
    return np.hypot(*walls)


def palate_reference(contours: xr.Dataset) -> Points:
    """Where the palate begins [m], the same in all frames of a clip; NaN: nowhere in the clip."""
    boundary = contours.boundary.sel(tissue="upper").values.astype(float)
    first = foremost(boundary, contours.articulator.sel(tissue="upper").values == PALATE, None)
    clip = contours.clip_of.values
    reference = np.full_like(first, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a clip without any palate
        for which in np.unique(clip):
            reference[clip == which] = np.nanmedian(first[clip == which], 0)
    return reference


def foremost(
    boundary: Float[np.ndarray, "time point 2"],
    own: Bool[np.ndarray, "time point"],
    forward: Series | None,
) -> Points:
    """Of the points that are ``own`` the foremost, or the first one where no way is forward."""
    rank = np.arange(own.shape[1]) if forward is None else -forward[:, None] * boundary[..., 0]
    which = np.where(own & np.isfinite(boundary[..., 0]), rank, np.inf).argmin(1)
    point = np.take_along_axis(boundary, which[:, None, None], 1)[:, 0]
    return np.where(own.any(axis=1, keepdims=True), point, np.nan)


def lip_protrusion(contours: xr.Dataset) -> tuple[Series, Series]:
    """How far the lips stand before the palate's beginning [m], and its standard deviation.

    Halfway between the foremost points of both lips, as far forward as the head looks.
    """
    looks = contours.facing.values if "facing" in contours else np.full(contours.sizes["time"], "")
    forward, reference = np.where(looks == "right", 1.0, -1.0), palate_reference(contours)
    before, deviations = [], []
    for tissue, lip in (("upper", UPPER_LIP), ("lower", LOWER_LIP)):
        boundary = contours.boundary.sel(tissue=tissue).values.astype(float)
        own = contours.articulator.sel(tissue=tissue).values == lip
        point = foremost(boundary, own, forward)
        here = own & (np.abs(boundary - point[:, None]).sum(-1) == 0)
        sd = contours.boundary_sd.sel(tissue=tissue).values.astype(float)
        before.append(forward * (point - reference)[:, 0])
        deviations.append(np.where(here.any(1), sd[np.arange(len(sd)), here.argmax(1)], np.nan))
    return 0.5 * (before[0] + before[1]), 0.5 * np.hypot(*deviations)


def location(contours: xr.Dataset, constriction: str) -> Series:
    """How far behind the palate's beginning a constriction lies, along the upper boundary [m]."""
    curves = contours.boundary.sel(tissue="upper").values.astype(float)
    centre = contours.constriction_point.sel(constriction=constriction).values.astype(float)
    reference = palate_reference(contours)
    found = np.full(len(curves), np.nan)
    for frame in np.flatnonzero(np.isfinite(centre).all(1) & np.isfinite(reference).all(1)):
        curve = curves[frame][np.isfinite(curves[frame]).all(1)]
        if len(curve) > 1:
            found[frame] = np.diff(place_along(curve, np.stack([reference[frame], centre[frame]])))[
                0
            ]
    return found


def place_along(
    curve: Float[np.ndarray, "point 2"], points: Float[np.ndarray, "n 2"]
) -> Float[np.ndarray, " n"]:
    """Arc length [m] from the beginning of a curve to its places nearest to some points."""
    step = np.diff(curve, axis=0)
    length = np.hypot(*step.T)
    away = points[:, None] - curve[:-1]
    along = np.clip((away * step).sum(-1) / np.maximum(length**2, 1e-18), 0.0, 1.0)
    distance = np.linalg.norm(away - along[..., None] * step, axis=-1)
    nearest = distance.argmin(1)
    before = np.append(0.0, length.cumsum())[nearest]
    return before + along[np.arange(len(points)), nearest] * length[nearest]


def narrowest(areas: xr.Dataset, part: tuple[float, float]) -> tuple[Series, Series]:
    """Least cross-distance between two places of the tract [m], and its standard deviation.

    Parameters
    ----------
    part : from, to, as x / L from the glottis.
    """
    inside = np.flatnonzero((areas.place.values >= part[0]) & (areas.place.values <= part[1]))
    distance = areas.distance.values[:, inside]
    section = np.where(np.isfinite(distance), distance, np.inf).argmin(1)
    rows = np.arange(len(distance))
    return distance[rows, section], areas.distance_sd.values[rows, inside[section]]
