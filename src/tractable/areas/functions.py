"""Area functions of a speaker's frames."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.areas.uncertainty import area_deviation, deviation_of_ends, deviation_of_walls
from tractable.areas.walls import TISSUES, Boundary, Refused, walls
from tractable.contracts import AREAS, FACE, BadInput, described
from tractable.curves import Channel, channel
from tractable.law import Law, area_of
from tractable.stage import check_options


class Shapes(NamedTuple):
    """What was measured in each frame, glottis first; NaN where it was refused."""

    distance: Float[np.ndarray, "time place"]  # m
    midline: Float[np.ndarray, "time place 2"]  # m
    tract_length: Float[np.ndarray, " time"]  # m
    distance_sd: Float[np.ndarray, "time place"]  # m
    tract_length_sd: Float[np.ndarray, " time"]  # m
    refused: np.ndarray  # reason by frame, "" where there is none


def area_functions(
    contours: xr.Dataset,
    *,
    geometry: Mapping[str, Any],
    limits: Mapping[str, float],
    ends: Mapping[str, float],
    smoothing: int,
    floor: float,
    law: str,
    laws: Mapping[str, Law],
) -> xr.Dataset:
    """Cross-distances, tract length and area function of every frame (contract AREAS).

    The tract begins at the glottis, between the last points of the lower boundary and of the back
    wall, or as near to both as an end that slants by 45 degrees can be. It ends at the lips,
    ``flare`` behind the middle between their foremost points, measured along the midline. Decision
    13 says what that costs.

    Parameters
    ----------
    contours : boundaries of one speaker, lips to glottis (contract CONTOURS).
    geometry : options of ``curves.channel``.
    limits : of what is believed, see ``tract``.
    ends : how uncertain both are along the tract, see ``deviation_of_ends``.
    smoothing : frames under the Hann window that smooths distances and length, within a clip; 1 for
        none.
    floor : least distance [m]: a closure has this.
    law, laws : which of the laws turns distances into areas, see ``area_of``.

    Raises
    ------
    BadInput : an unknown law or option, or boundaries without one of the three tissues.
    """
    check_options(channel, geometry, "areas: geometry")
    check_options(tract, limits, "areas: limits")
    check_options(deviation_of_ends, ends, "areas: ends")
    if law not in laws:
        raise BadInput(f"params.yaml: areas: no law {law!r}; there are {', '.join(laws)}")
    sections = geometry["sections"]
    place = (np.arange(sections) + 0.5) / sections
    shapes, clip = measured(contours, geometry, limits, ends), contours.clip_of.values
    distance = np.maximum(smoothed(shapes.distance, clip, smoothing), floor)
    distance_sd = smoothed(shapes.distance_sd, clip, smoothing)
    variables = {
        **{name: contours[name].values for name in ("time", "clip_of", "phone")},
        "place": place,
        "axis": np.array(["x", "y"]),
        "distance": distance,
        "tract_length": smoothed(shapes.tract_length, clip, smoothing),
        "area": area_of(distance, place, laws[law]),
        "distance_sd": distance_sd,
        "area_sd": area_deviation(distance, distance_sd, place, laws[law]),
        "tract_length_sd": smoothed(shapes.tract_length_sd, clip, smoothing),
        "midline": smoothed(shapes.midline, clip, smoothing),
        "refused": shapes.refused,
    }
    known = {name: contours.attrs[name] for name in AREAS.attributes}
    return described(AREAS, variables, **known, law=law)


def measured(
    contours: xr.Dataset,
    geometry: Mapping[str, Any],
    limits: Mapping[str, float],
    ends: Mapping[str, float],
) -> Shapes:
    """The channel of every frame that the contours did not refuse."""
    tissues = contours.tissue.values.tolist()
    if lacking := set(TISSUES) - set(tissues):
        raise BadInput(f"contours without tissue {', '.join(sorted(lacking))}; there are {tissues}")
    refused = contours.refused.values.astype("U64")
    sections = geometry["sections"]
    count = len(refused)
    shapes = Shapes(
        np.full((count, sections), np.nan),
        np.full((count, sections, 2), np.nan),
        np.full(count, np.nan),
        np.full((count, sections), np.nan),
        np.full(count, np.nan),
        refused,
    )
    boundary = contours.boundary.where(contours.articulator != FACE).values.astype(float)
    sd = contours.boundary_sd.values.astype(float)
    for frame in np.flatnonzero(refused == ""):
        curves = dict(zip(tissues, boundary[frame], strict=True))
        try:
            found = tract(curves, geometry, **limits)
        except Refused as reason:
            refused[frame] = str(reason)
            continue
        shapes.distance[frame] = found.distance[::-1]
        shapes.midline[frame] = found.midline[::-1]
        shapes.tract_length[frame] = found.length
        known = dict(zip(tissues, sd[frame], strict=True))
        shapes.distance_sd[frame] = deviation_of_walls(shapes.midline[frame], curves, known)
        shapes.tract_length_sd[frame] = deviation_of_ends(curves, known, **ends)
    return shapes


def tract(
    boundary: Mapping[str, Boundary],
    geometry: Mapping[str, Any],
    *,
    gap: float,
    overlap: float,
    shortest: float,
    longest: float,
) -> Channel:
    """The channel from lips to glottis of one frame.

    Parameters
    ----------
    geometry : options of ``curves.channel``.
    gap : widest hole of a boundary that is closed by a straight line [m].
    overlap : by how much the walls may overlap in a section [m].
    shortest, longest : tract that is believed [m].

    Raises
    ------
    Refused : the frame breaks one of these limits.
    """
    outer, inner = walls(boundary, gap=gap)
    try:
        found = channel(outer, inner, **geometry)
    except BadInput:
        raise Refused("no channel between the boundaries") from None
    if found.distance.min() < -overlap:
        raise Refused("walls overlap")
    if not shortest <= found.length <= longest:
        raise Refused("tract too short" if found.length < shortest else "tract too long")
    return found


def smoothed(
    values: Float[np.ndarray, "time ..."], clip: Int[np.ndarray, " time"], frames: int
) -> Float[np.ndarray, "time ..."]:
    """Hann-weighted mean over known frames of the same clip; NaN stays NaN.

    Raises
    ------
    BadInput : an even or no number of frames, which has no middle.
    """
    if frames < 1 or frames % 2 == 0:
        raise BadInput(f"params.yaml: areas: smoothing is {frames}, expected 1, 3, 5 ... frames")
    total, weights = np.zeros_like(values), np.zeros_like(values)
    now = np.arange(len(values))
    for shift, weight in enumerate(np.hanning(frames + 2)[1:-1], start=-(frames // 2)):
        then = np.clip(now + shift, 0, max(0, len(values) - 1))
        same = (then == now + shift) & (clip[then] == clip)
        use = np.isfinite(values[then]) & same.reshape(-1, *[1] * (values.ndim - 1))
        total += np.where(use, weight * values[then], 0.0)
        weights += weight * use
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), total / weights, np.nan)
