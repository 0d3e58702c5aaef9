"""One clip, chunk by chunk: how it is looked at, and what is found and refused in its frames."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
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
from tractable.contracts import FACE, BadInput
from tractable.engine import cores
from tractable.imaging.pictures import Frames, Reel
from tractable.segmenter import HEARD, evenly, heard, network_in, part_shares
from tractable.segmenter.network import TissueNet
from tractable.segmenter.orientation import SEEN, left_lead

CHUNK = 32  #: frames that network and tracing take at a time
AHEAD = 16  #: chunks that may be done before they are asked for
SIDE = 32  #: a frame has at least so many pixels each way
PIXEL = (0.5e-3, 5e-3)  #: sides of a pixel that can show a tract [m]
VIEW = 0.10  #: a tract does not fit into less [m]
NO_CONTRAST = "no head in the frame: no contrast"
NO_SIDE = "no midsagittal head: the clip is as much like its mirror image"


def nowhere(frames: int) -> None:
    """Progress that nobody asked for."""


class Look(NamedTuple):
    """How a clip is looked at."""

    view: View
    facing: str  # of the head: left, right, "" no head was seen
    network: TissueNet  # that has heard the clip


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
    """What is found in the frames of one clip, a chunk at a time, in the order of time.

    Chunks are traced side by side; of each other they know the frame before and the frame after.
    """
    tracing["neighbour_share"] = neighbour_share(smoothing, frame_rate)
    tracing["calibration"] = calibration_in(network)
    with one_torch_thread(), ThreadPoolExecutor(cores()) as pool:
        look = first_look(frames, spacing, network_in(network), clip_share, least_lead)
        work = partial(trace_chunk, frames, spacing, look, tracing)
        for found in in_turn(pool, work, range(0, len(frames), CHUNK)):
            advance(len(found["refused"]))
            yield found


def trace_chunk(
    frames: Frames, spacing: float, look: Look, tracing: dict[str, Any], first: int
) -> dict[str, np.ndarray]:
    """``trace`` of the chunk that begins with a frame, in the coordinates of the frames.

    A clip that looks the same both ways round is refused.
    """
    last = min(first + CHUNK, len(frames))
    near = frames[np.clip(np.arange(first - 1, last + 1), 0, len(frames) - 1)]
    found = trace(look.view.of(near), spacing, network=look.network, **tracing)
    fine = (look.facing != "") | (found["refused"] == NO_CONTRAST)
    found["refused"] = np.where(fine, found["refused"], NO_SIDE)
    found["facing"] = np.full(last - first, look.facing)
    return look.view.given(found, (last - first, *frames.shape[1:]), spacing)


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
    farthest: float,
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
        farthest=farthest,
    )
    found = promised(traced, calibration, (least_area, least_length, most_pieces))
    inner = np.where((traced.articulator > FACE)[..., None], traced.boundary, np.nan)
    beyond = np.array(misplaced(inner, plausible))
    refused = np.where(found["refused"] == "", beyond, found["refused"])
    flat = np.ptp(frames[1:-1], axis=(1, 2)) == 0  # the network would draw a head into nothing
    return found | {"refused": np.where(flat, NO_CONTRAST, refused)}


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
        least, most = (f"{1e3 * side:g}" for side in PIXEL)
        hint = f"was it given in {'mm' if spacing > PIXEL[1] else 'm'}?"
        raise BadInput(f"pixel spacing {1e3 * spacing:g} mm, expected {least} to {most} mm; {hint}")
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
