"""Air-tissue boundaries of the vocal tract, lips to glottis, in any midsagittal video.

The released network (``tractable.segmenter``) says how much of each part a pixel holds; boundaries
are where one tissue gives way to another. What is told of each frame stands at ``track``.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Shaped

from tractable.contours.boundaries import FACING, POINTS, Traced, pieces, trace_shares
from tractable.contours.landmarks import misplaced
from tractable.contours.refusals import refusal
from tractable.contours.uncertainty import (
    Calibration,
    calibration_in,
    deviation,
    root_mean_square,
)
from tractable.contours.view import without_margins
from tractable.contracts import ARTICULATORS, CONSTRICTIONS, CONTOURS, FACE, BadInput, described
from tractable.segmenter import RELEASED as RELEASED_NETWORK
from tractable.segmenter import heard, network_in, part_shares
from tractable.segmenter.network import TissueNet
from tractable.segmenter.orientation import left_lead
from tractable.segmenter.release import WEIGHTS
from tractable.store import digest

__all__ = ["RELEASED", "contours", "track"]

#: What the release was measured with; ``params.yaml: contours`` says the same.
RELEASED: dict[str, Any] = {
    "clip_share": 0.5,
    "neighbour_share": 0.25,
    "point_spacing": 1e-3,
    "bridge": 5e-3,
    "shortest": 6e-3,
    "least_area": {"airway": 1e-4, "lower": 8e-4, "upper": 2e-4},
    "least_length": {"upper": 0.045, "lower": 0.070, "wall": 0.020},
    "most_pieces": {"upper": 2, "lower": 3, "wall": 2},
    "plausible": {
        "lips_apart": [0.0, 0.060],
        "velum_behind_lips": [0.045, 0.130],
        "wall_behind_lips": [0.050, 0.125],
        "glottis_below_lips": [0.020, 0.150],
        "velum_to_wall": [0.0, 0.045],
        "wall_downward": [0.035, 0.165],
        "glottis_to_wall": [0.0, 0.030],
    },
    "least_lead": 0.025,
    "adapted": None,
}

CHUNK = 32  #: frames at a time: what network and tracing need does not grow with the clip
SIDE = 32  #: a frame has at least so many pixels each way
PIXEL = (0.5e-3, 5e-3)  #: sides of a pixel that can show a tract [m]
VIEW = 0.10  #: a tract does not fit into less [m]


def contours(
    recordings: xr.Dataset,
    *,
    clip_share: float,
    neighbour_share: float,
    point_spacing: float,
    bridge: float,
    shortest: float,
    least_area: Mapping[str, float],
    least_length: Mapping[str, float],
    most_pieces: Mapping[str, int],
    plausible: Mapping[str, Sequence[float]],
    least_lead: float,
    adapted: Mapping[str, str] | None,
) -> xr.Dataset:
    """Contours of a speaker (contract CONTOURS), clip by clip.

    Parameters
    ----------
    recordings : frames of one speaker (contract RECORDINGS).
    clip_share : part of the network's statistics that is taken from the clip itself, 0 to 1.
    neighbour_share : weight of the frame before and of the frame after, 0 to 1/3.
    point_spacing : distance between the points of a curve [m].
    bridge : gaps along a boundary up to this length [m] are no gaps.
    shortest : pieces of a boundary below this length [m] are left out.
    least_area : of the tissues named, or the frame is refused [m2].
    least_length : of each boundary, or the frame is refused [m].
    most_pieces : of each boundary, or the frame is refused.
    plausible : least and most of the distances between landmarks [m], or the frame is refused; see
        ``landmarks``.
    least_lead : of one way round over the other, or the clip is refused; see ``left_lead``.
    adapted : ``folder`` of a network that a site adapted, and the digest of its ``weights``, as
        ``python -m tractable.segmenter adapt`` says them; None: the released network.

    Raises
    ------
    BadInput : frames or pixels that cannot be used, or an adapted network that is not that one.
    """
    network = RELEASED_NETWORK if adapted is None else adapted_network(**adapted)
    spacing, clip_of = recordings.attrs["pixel_spacing"], recordings.clip_of.values
    traced = [
        seen(
            recordings.frames.values[clip_of == clip],
            spacing,
            clip_share=clip_share,
            neighbour_share=neighbour_share,
            point_spacing=point_spacing,
            bridge=bridge,
            shortest=shortest,
            least_area=least_area,
            least_length=least_length,
            most_pieces=most_pieces,
            plausible=plausible,
            least_lead=least_lead,
            network=network,
        )
        for clip in np.unique(clip_of)
    ]
    found = {name: np.concatenate([clip[name] for clip in traced]) for name in traced[0]}
    clock = {name: recordings[name].values for name in ("time", "clip_of", "phone", "x", "y")}
    about = {name: recordings.attrs[name] for name in CONTOURS.attributes}
    return described(CONTOURS, {**clock, **AXES, **found}, **about)


def adapted_network(folder: str, weights: str) -> Path:
    """The folder of an adapted network, if its weights are those that were meant."""
    found = digest(Path(folder) / WEIGHTS) if (Path(folder) / WEIGHTS).is_file() else "none"
    if found != weights:
        raise BadInput(
            f"params.yaml: contours: adapted: {folder} holds weights {found}, expected {weights}; "
            "copy the lines that `python -m tractable.segmenter adapt` printed"
        )
    return Path(folder)


AXES = {
    "tissue": np.array(list(FACING)),
    "axis": np.array(["x", "y"]),
    "articulator_name": np.array(ARTICULATORS),
    "constriction": np.array(CONSTRICTIONS),
}


def unheard(frames: int) -> None:
    """Progress that nobody asked for."""


def track(
    frames: Shaped[np.ndarray, "time y x"],
    pixel_spacing: float,
    frame_rate: float,
    *,
    network: Path = RELEASED_NETWORK,
    told: Callable[[int], object] = unheard,
) -> xr.Dataset:
    """Contours of one clip by the release, as ``contours`` has them, whichever way the head faces.

    Parameters
    ----------
    frames : grey, any scale of brightness.
    pixel_spacing : side of a pixel [m].
    frame_rate : Hz.
    network : folder of the network, the released one or one that a site adapted.
    told : is called now and then, from any thread, with the number of frames newly done.

    Returns
    -------
    A dataset (contract CONTOURS) of

    - ``boundary`` (time, tissue, point, axis) [m]: open curves of "upper", "lower" and "wall", NaN
      between pieces and at the end; x to the right, y down, from the centre of the top left pixel.
      Upper runs from the top of the face's skin to the upper lip and on to the velum's tip, lower
      from under the chin to the lower lip, cleft, tongue, epiglottis and glottis, wall from the
      velum to the glottis;
    - ``articulator`` (time, tissue, point): 1 + index in ``articulator_name`` of what a point
      belongs to, 0 where there is none. Skin before the foremost point of a lip is "face", and no
      wall of the tract;
    - ``boundary_sd`` (time, tissue, point) [m]: standard deviation across the curve, NaN on the
      face; 1.645 of it to either side held 92 % of rendered heads that it was not fitted to, 96 to
      99 % of the phantom. ``uncertainty`` (time) [m]: its root mean square, lips to glottis;
    - ``constriction_degree`` (time, constriction) [m]: least width of the air at the lips,
      alveolar, velar and velopharyngeal; ``constriction_point`` (time, constriction, axis) [m]:
      where that is, NaN where an articulator was not found; ``closed`` (time, constriction): it is
      narrower than what counts as closed, never where it was not found;
    - ``tissue_map`` (time, y, x): 0 air that is no tract, 1 airway, 2 lower, 3 upper, 4 wall, 5
      rest of the head;
    - ``facing`` (time): "left" or "right", "" where neither way round shows a head; curves and maps
      are those of the frames as given;
    - ``refused`` (time): why a frame should not be used, "" where it may; it has all else the same.

    Raises
    ------
    BadInput : no such frames, or pixels that cannot show a vocal tract.
    """
    if not 0 < frame_rate < np.inf:
        raise BadInput(f"frame rate {frame_rate} Hz, expected a positive number")
    options = {name: choice for name, choice in RELEASED.items() if name != "adapted"}
    found = seen(frames, pixel_spacing, **options, network=network, told=told)
    count, height, width = np.shape(frames)
    clock = {
        "time": np.arange(count) / frame_rate,
        "clip_of": np.zeros(count, int),
        "phone": np.full(count, ""),
        "x": np.arange(width) * pixel_spacing,
        "y": np.arange(height) * pixel_spacing,
    }
    about = {"corpus": "", "speaker": "", "pixel_spacing": pixel_spacing, "frame_rate": frame_rate}
    return described(CONTOURS, {**clock, **AXES, **found}, **about)


def seen(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    plausible: Mapping[str, Sequence[float]],
    least_lead: float,
    network: Path,
    told: Callable[[int], object] = unheard,
    **tracing: Any,
) -> dict[str, np.ndarray]:
    """What ``trace`` finds in the frames of one clip, looked at the way round that shows a head.

    Blank margins are left out, landmarks that no head has are refused, and so are clips that look
    the same both ways round.
    """
    check(frames, spacing)
    view = without_margins(frames, max(SIDE, int(VIEW / spacing) + 1))
    with one_torch_thread():
        known = network_in(network)
        lead = left_lead(view.of(frames), spacing, clip_share=tracing["clip_share"], network=known)
        view = view._replace(mirrored=lead < 0)
        found = trace(
            view.of(frames),
            spacing,
            network=known,
            calibration=calibration_in(network),
            told=told,
            **tracing,
        )
    clear = abs(lead) >= least_lead
    inner = np.where((found["articulator"] > FACE)[..., None], found["boundary"], np.nan)
    beyond = np.array(misplaced(inner, plausible))
    refused = np.where(found["refused"] == "", beyond, found["refused"])
    blank = refused == NO_CONTRAST
    found["refused"] = refused if clear else np.where(blank, refused, NO_SIDE)
    facing = ("right" if view.mirrored else "left") if clear else ""
    return view.given(found, frames.shape, spacing) | {"facing": np.full(len(frames), facing)}


NO_CONTRAST = "no head in the frame: no contrast"
NO_SIDE = "no midsagittal head: the clip is as much like its mirror image"


def trace(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    clip_share: float,
    neighbour_share: float,
    point_spacing: float,
    bridge: float,
    shortest: float,
    least_area: Mapping[str, float],
    least_length: Mapping[str, float],
    most_pieces: Mapping[str, int],
    network: TissueNet,
    calibration: Calibration,
    told: Callable[[int], object],
) -> dict[str, np.ndarray]:
    """What is found in the frames of one clip, the head facing left.

    Chunks of frames are traced side by side; none of them knows of the others.
    """
    limits = least_area, least_length, most_pieces
    found = room(*np.shape(frames))

    def trace_chunk(first: int) -> None:
        last = min(first + CHUNK, len(frames))
        index = np.clip(np.arange(first - 1, last + 1), 0, len(frames) - 1)
        traced = trace_shares(
            part_shares(ready, frames[index], spacing),
            frames.shape[1:],
            spacing,
            neighbour_share=neighbour_share,
            point_spacing=point_spacing,
            bridge=bridge,
            shortest=shortest,
        )
        for name, values in promised(traced, calibration, limits).items():
            found[name][first:last] = values
        told(last - first)

    with ThreadPoolExecutor(cores()) as pool:
        ready = heard(frames, spacing, clip_share=clip_share, network=network)
        list(pool.map(trace_chunk, range(0, len(frames), CHUNK)))
    flat = np.ptp(frames, axis=(1, 2)) == 0  # the network would draw a head into nothing
    found["refused"] = np.where(flat, NO_CONTRAST, found["refused"])
    return found


def cores() -> int:
    """That this process may use; where nobody tells, that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def room(count: int, height: int, width: int) -> dict[str, np.ndarray]:
    """For everything that the contract wants to know of so many frames."""
    curves, constrictions = (count, len(FACING), POINTS), (count, len(CONSTRICTIONS))
    return {
        "boundary": np.empty((*curves, 2), "float32"),
        "articulator": np.empty(curves, "int8"),
        "boundary_sd": np.empty(curves, "float32"),
        "uncertainty": np.empty(count, "float32"),
        "constriction_degree": np.empty(constrictions, "float32"),
        "constriction_point": np.empty((*constrictions, 2), "float32"),
        "closed": np.empty(constrictions, bool),
        "tissue_map": np.empty((count, height, width), "uint8"),
        "refused": np.empty(count, "U64"),
    }


def promised(
    traced: Traced, calibration: Calibration, limits: tuple[Mapping, Mapping, Mapping]
) -> dict[str, np.ndarray]:
    """What the contract promises of some frames."""
    sd = deviation(traced.articulator, traced.doubt, calibration)
    curves = zip(traced.boundary, traced.articulator, strict=True)
    inner = [dict(zip(FACING, map(pieces, *frame), strict=True)) for frame in curves]
    return {
        "boundary": traced.boundary,
        "articulator": traced.articulator,
        "boundary_sd": sd,
        "uncertainty": root_mean_square(sd, traced.articulator),
        "constriction_degree": traced.degree,
        "constriction_point": traced.point,
        "closed": traced.degree < calibration.closed,
        "tissue_map": traced.tissue_map,
        "refused": np.array(
            [refusal(*frame, *limits) for frame in zip(traced.label, inner, strict=True)]
        ),
    }


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Chunks run side by side; two threads for one of them are slower and give other bytes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def check(frames: Shaped[np.ndarray, "..."], spacing: float) -> None:
    """Refuse what cannot be a midsagittal video."""
    if frames.ndim != 3 or not len(frames):
        raise BadInput(
            f"frames of shape {frames.shape}, expected (time, y, x) with one frame at least; "
            "a single image needs frames[None], colour a mean over its channels"
        )
    if frames.dtype.kind not in "uif":
        raise BadInput(f"frames of type {frames.dtype}, expected grey levels (uint8 or float)")
    if frames.dtype.kind == "f" and not np.isfinite(frames).all():
        bad = int(np.flatnonzero(~np.isfinite(frames).all((1, 2)))[0])
        raise BadInput(f"frame {bad} holds NaN or infinite grey levels")
    if not PIXEL[0] <= spacing <= PIXEL[1]:
        raise BadInput(
            f"pixel spacing {spacing} m, expected {PIXEL[0]} to {PIXEL[1]} m; is it in mm?"
        )
    if min(frames.shape[1:]) < SIDE or min(frames.shape[1:]) * spacing < VIEW:
        raise BadInput(
            f"frames of {frames.shape[1]} x {frames.shape[2]} pixels of {1e3 * spacing:.2f} mm: "
            f"expected {SIDE} pixels and {1e3 * VIEW:.0f} mm at least each way"
        )
