"""Air-tissue boundaries of the vocal tract, lips to glottis, in any midsagittal video.

The released network (``tractable.segmenter``) says how much of each tissue a pixel holds; the
boundaries are where one tissue gives way to another.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Shaped

from tractable.contours.boundaries import FACING, Ranking, boundary, outlines, ranked, row
from tractable.contours.landmarks import misplaced
from tractable.contours.orientation import left_lead
from tractable.contours.refusals import refusal
from tractable.contours.view import without_margins
from tractable.contracts import CONTOURS, BadInput, described
from tractable.segmenter import grid_over, tissue_shares
from tractable.segmenter.preparation import interpolation

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
}

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
    """
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
        )
        for clip in np.unique(clip_of)
    ]
    found = {name: np.concatenate([clip[name] for clip in traced]) for name in traced[0]}
    clock = {name: recordings[name].values for name in ("time", "clip_of", "phone", "x", "y")}
    about = {name: recordings.attrs[name] for name in CONTOURS.attributes}
    return described(CONTOURS, {**clock, **AXES, **found}, **about)


AXES = {"tissue": np.array(list(FACING)), "axis": np.array(["x", "y"])}


def unheard(frames: int) -> None:
    """What nobody wants to know."""


def track(
    frames: Shaped[np.ndarray, "time y x"],
    pixel_spacing: float,
    frame_rate: float,
    *,
    told: Callable[[int], object] = unheard,
) -> xr.Dataset:
    """Contours of one clip by the release, as ``contours`` has them, whichever way the head faces.

    Parameters
    ----------
    frames : grey, any scale of brightness.
    pixel_spacing : side of a pixel [m].
    frame_rate : Hz.
    told : is called now and then with the number of frames done since it was called before.

    Returns
    -------
    ``boundary`` (time, tissue, point, axis) [m]: open curves from the lips (the velum, of the
    wall) to the glottis, NaN between pieces and at the end; x to the right, y down, from the
    centre of the top left pixel. ``tissue_map`` (time, y, x): 0 air that is no tract, 1 airway,
    2 lower, 3 upper, 4 wall, 5 rest of the head. ``refused`` (time): why a frame should not be
    used, "" where it may; it has its curves all the same. ``facing`` (time): "left" or "right", ""
    where no way round shows a head; curves and maps are those of the frames as given.

    Raises
    ------
    BadInput : no such frames, or pixels that cannot show a vocal tract.
    """
    if not 0 < frame_rate < np.inf:
        raise BadInput(f"frame rate {frame_rate} Hz, expected a positive number")
    found = seen(frames, pixel_spacing, **RELEASED, told=told)
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
    told: Callable[[int], object] = unheard,
    **tracing: Any,
) -> dict[str, np.ndarray]:
    """What ``trace`` finds in the frames of one clip, looked at the way round that shows a head.

    Blank margins are left out, landmarks that no head has are refused, and so are clips that look
    the same both ways round.
    """
    check(frames, spacing)
    view = without_margins(frames, max(SIDE, int(VIEW / spacing) + 1))
    lead = left_lead(view.of(frames), spacing, clip_share=tracing["clip_share"])
    view = view._replace(mirrored=lead < 0)
    found = trace(view.of(frames), spacing, told=told, **tracing)
    clear = abs(lead) >= least_lead
    beyond = np.array(misplaced(found["boundary"], plausible))
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
    told: Callable[[int], object],
) -> dict[str, np.ndarray]:
    """Boundaries, tissue maps and refusals of the frames of one clip, the head facing left."""
    y, x = (grid_over(count, spacing).centres().numpy() for count in frames.shape[1:])
    down, across = (onto(count, spacing) for count in frames.shape[1:])
    curves, maps, reasons = [], [], []
    chunks = tissue_shares(frames, spacing, clip_share=clip_share, neighbour_share=neighbour_share)
    for chunk in chunks:
        maps.append(ranked((down @ chunk @ across.T).numpy()).label)
        for frame in map(Ranking._make, zip(*ranked(chunk.numpy()), strict=True)):
            pieces = {
                name: boundary(
                    outlines(frame, facing.tissue, x, y), facing, bridge=bridge, shortest=shortest
                )
                for name, facing in FACING.items()
            }
            curves.append([row(pieces[name], point_spacing) for name in FACING])
            reasons.append(refusal(frame.label, pieces, least_area, least_length, most_pieces))
        told(len(chunk))
    flat = np.ptp(frames, axis=(1, 2)) == 0  # the network would draw a head into nothing
    return {
        "boundary": np.array(curves, "float32"),
        "tissue_map": np.concatenate(maps),
        "refused": np.where(flat, NO_CONTRAST, np.array(reasons)),
    }


def onto(count: int, spacing: float) -> Float[torch.Tensor, "pixel network_pixel"]:
    """Matrix from the network's grid back to ``count`` pixels of side ``spacing`` [m]."""
    grid = grid_over(count, spacing)
    centre = torch.arange(count, dtype=torch.float64) * spacing
    step = grid.centres()[1] - grid.centres()[0]
    return interpolation(grid.count, (centre - grid.start) / step)


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
