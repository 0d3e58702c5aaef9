"""Air-tissue boundaries of the vocal tract, lips to glottis, in any midsagittal video.

The released network (``tractable.segmenter``) says how much of each part a pixel holds; boundaries
are where one tissue gives way to another. What is told of each frame stands at ``track``.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Shaped

from tractable.contours.boundaries import FACING, Traced, neighbour_share, pieces, trace_shares
from tractable.contours.landmarks import misplaced
from tractable.contours.refusals import refusal
from tractable.contours.uncertainty import (
    Calibration,
    calibration_in,
    deviation,
    root_mean_square,
)
from tractable.contours.view import Extremes, View, extremes, without_margins
from tractable.contracts import ARTICULATORS, CONSTRICTIONS, CONTOURS, FACE, BadInput, described
from tractable.imaging.pictures import Frames, Reel
from tractable.segmenter import HEARD, RELEASED, evenly, heard, network_in, part_shares
from tractable.segmenter.network import TissueNet
from tractable.segmenter.orientation import SEEN, left_lead
from tractable.segmenter.release import WEIGHTS
from tractable.store import digest

__all__ = ["RELEASED_OPTIONS", "contours", "track", "tracked"]

#: What the release was measured with; ``params.yaml: contours`` says the same.
RELEASED_OPTIONS: dict[str, Any] = {
    "clip_share": 0.5,
    "smoothing": 0.04,
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

CHUNK = 32  #: frames that network and tracing take at a time
AHEAD = 16  #: chunks that may be done before they are asked for
STRETCH = 32 * CHUNK  #: frames that are written at a time
SIDE = 32  #: a frame has at least so many pixels each way
PIXEL = (0.5e-3, 5e-3)  #: sides of a pixel that can show a tract [m]
VIEW = 0.10  #: a tract does not fit into less [m]


def contours(
    recordings: xr.Dataset,
    *,
    clip_share: float,
    smoothing: float,
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
    smoothing : over the frame before and the frame after: so far away, one counts half [s].
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
    network = RELEASED if adapted is None else adapted_network(**adapted)
    clip_of = recordings.clip_of.values
    chunks = [
        chunk
        for clip in np.unique(clip_of)
        for chunk in seen(
            recordings.frames.values[clip_of == clip],
            recordings.attrs["pixel_spacing"],
            recordings.attrs["frame_rate"],
            clip_share=clip_share,
            smoothing=smoothing,
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
    ]
    clock = {name: recordings[name].values for name in ("time", "clip_of", "phone", "x", "y")}
    about = {name: recordings.attrs[name] for name in CONTOURS.attributes}
    return described(CONTOURS, {**clock, **AXES, **joined(chunks)}, **about)


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


def nowhere(frames: int) -> None:
    """Progress that nobody asked for."""


def track(
    frames: Frames,
    pixel_spacing: float,
    frame_rate: float,
    *,
    network: Path = RELEASED,
    advance: Callable[[int], object] = nowhere,
) -> xr.Dataset:
    """Contours of one clip by the release, as ``contours`` has them, whichever way the head faces.

    Parameters
    ----------
    frames : grey, any scale of brightness.
    pixel_spacing : side of a pixel [m].
    frame_rate : Hz.
    network : folder of the network, the released one or one that a site adapted.
    advance : is called now and then, from any thread, with the number of frames newly done.

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
    (whole,) = tracked(
        frames, pixel_spacing, frame_rate, together=len(frames), network=network, advance=advance
    )
    return whole


def tracked(
    frames: Frames,
    pixel_spacing: float,
    frame_rate: float,
    *,
    together: int = STRETCH,
    network: Path = RELEASED,
    advance: Callable[[int], object] = nowhere,
) -> Iterator[xr.Dataset]:
    """``track``, so many frames ``together`` at a time: what is held does not grow with the clip.

    The frames are looked at twice: a few of them for scanner, head and the way that it faces, and
    then all of them.
    """
    if not 0 < frame_rate < np.inf:
        raise BadInput(f"frame rate {frame_rate} Hz, expected a positive number")
    options = {name: choice for name, choice in RELEASED_OPTIONS.items() if name != "adapted"}
    chunks = seen(frames, pixel_spacing, frame_rate, **options, network=network, advance=advance)
    about = {"corpus": "", "speaker": "", "pixel_spacing": pixel_spacing, "frame_rate": frame_rate}
    first = 0
    while some := list(islice(chunks, max(1, -(-together // CHUNK)))):
        found = joined(some)
        count = len(found["refused"])
        clock = {
            "time": np.arange(first, first + count) / frame_rate,
            "clip_of": np.zeros(count, int),
            "phone": np.full(count, ""),
            "x": np.arange(frames.shape[2]) * pixel_spacing,
            "y": np.arange(frames.shape[1]) * pixel_spacing,
        }
        yield described(CONTOURS, {**clock, **AXES, **found}, **about)
        first += count


def joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """What was found in some frames and in those after them."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def seen(
    frames: Frames,
    spacing: float,
    frame_rate: float,
    *,
    clip_share: float,
    smoothing: float,
    least_lead: float,
    network: Path,
    advance: Callable[[int], object] = nowhere,
    **tracing: Any,
) -> Iterator[dict[str, np.ndarray]]:
    """What ``trace`` finds in the frames of one clip, a chunk at a time, in the order of time.

    A clip that looks the same both ways round is refused. Chunks are traced side by side; of each
    other they know the frame before and the frame after.
    """
    check(frames, spacing)
    share, calibration = neighbour_share(smoothing, frame_rate), calibration_in(network)

    def chunk(first: int) -> dict[str, np.ndarray]:
        last = min(first + CHUNK, len(frames))
        near = frames[np.clip(np.arange(first - 1, last + 1), 0, len(frames) - 1)]
        found = trace(
            look.view.of(near),
            spacing,
            neighbour_share=share,
            network=look.network,
            calibration=calibration,
            **tracing,
        )
        fine = (look.facing != "") | (found["refused"] == NO_CONTRAST)
        found["refused"] = np.where(fine, found["refused"], NO_SIDE)
        found["facing"] = np.full(last - first, look.facing)
        advance(last - first)
        return look.view.given(found, (last - first, *frames.shape[1:]), spacing)

    with one_torch_thread(), ThreadPoolExecutor(cores()) as pool:
        look = first_look(frames, spacing, network_in(network), clip_share, least_lead)
        yield from in_turn(pool, chunk, range(0, len(frames), CHUNK))


class Look(NamedTuple):
    """How a clip is looked at."""

    view: View
    facing: str  # of the head: left, right, "" no head was seen
    network: TissueNet  # that has heard the clip


def first_look(
    frames: Frames, spacing: float, network: TissueNet, clip_share: float, least_lead: float
) -> Look:
    """Without blank margins, the way round that shows a head, by a network that heard it so."""
    levels = extremes(frames)
    refuse_infinite(frames, levels)
    view = without_margins(levels, max(SIDE, int(VIEW / spacing) + 1))
    ways = view.of(evenly(frames, SEEN))
    lead = left_lead(ways, spacing, clip_share=clip_share, network=network)
    view = view._replace(mirrored=lead < 0)
    facing = "right" if view.mirrored else "left"
    some = view.of(evenly(frames, HEARD))
    ready = heard(some, spacing, clip_share=clip_share, network=network)
    return Look(view, facing if abs(lead) >= least_lead else "", ready)


NO_CONTRAST = "no head in the frame: no contrast"
NO_SIDE = "no midsagittal head: the clip is as much like its mirror image"


def in_turn(pool: Executor, work: Callable[[int], Any], todo: Iterable[int]) -> Iterator[Any]:
    """Answers in the order of ``todo``; no more work is begun than ``AHEAD`` of what is taken."""
    begun: deque[Future] = deque()
    for of in todo:
        begun.append(pool.submit(work, of))
        if len(begun) > AHEAD:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def trace(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    neighbour_share: float,
    point_spacing: float,
    bridge: float,
    shortest: float,
    least_area: Mapping[str, float],
    least_length: Mapping[str, float],
    most_pieces: Mapping[str, int],
    plausible: Mapping[str, Sequence[float]],
    network: TissueNet,
    calibration: Calibration,
) -> dict[str, np.ndarray]:
    """What is found in all frames but the first and the last, the head facing left."""
    traced = trace_shares(
        part_shares(network, frames, spacing),
        frames.shape[1:],
        spacing,
        neighbour_share=neighbour_share,
        point_spacing=point_spacing,
        bridge=bridge,
        shortest=shortest,
    )
    found = promised(traced, calibration, (least_area, least_length, most_pieces))
    inner = np.where((traced.articulator > FACE)[..., None], traced.boundary, np.nan)
    beyond = np.array(misplaced(inner, plausible))
    refused = np.where(found["refused"] == "", beyond, found["refused"])
    flat = np.ptp(frames[1:-1], axis=(1, 2)) == 0  # the network would draw a head into nothing
    return found | {"refused": np.where(flat, NO_CONTRAST, refused)}


def cores() -> int:
    """That this process may use; where nobody tells, that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def check(frames: Shaped[np.ndarray | Reel, "..."], spacing: float) -> None:
    """Refuse what cannot be a midsagittal video."""
    if len(frames.shape) != 3 or not len(frames):
        raise BadInput(
            f"frames of shape {frames.shape}, expected (time, y, x) with one frame at least; "
            "a single image needs frames[None], colour a mean over its channels"
        )
    if frames.dtype.kind not in "uif":
        raise BadInput(f"frames of type {frames.dtype}, expected grey levels (uint8 or float)")
    if not PIXEL[0] <= spacing <= PIXEL[1]:
        raise BadInput(
            f"pixel spacing {spacing} m, expected {PIXEL[0]} to {PIXEL[1]} m; is it in mm?"
        )
    if min(frames.shape[1:]) < SIDE or min(frames.shape[1:]) * spacing < VIEW:
        raise BadInput(
            f"frames of {frames.shape[1]} x {frames.shape[2]} pixels of {1e3 * spacing:.2f} mm: "
            f"expected {SIDE} pixels and {1e3 * VIEW:.0f} mm at least each way"
        )


def refuse_infinite(frames: Frames, levels: Extremes) -> None:
    """Name the first frame with a grey level that is no number."""
    if all(np.isfinite(of).all() for of in levels):
        return
    bad = next(k for k in range(len(frames)) if not np.isfinite(frames[k]).all())
    raise BadInput(f"frame {bad} holds NaN or infinite grey levels")
