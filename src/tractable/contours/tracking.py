"""Boundaries of a clip, or of all clips of a speaker, frame by frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Shaped

from tractable.contours.boundaries import FACING
from tractable.contours.clip import CHUNK, check, nowhere, seen
from tractable.contracts import ARTICULATORS, CONSTRICTIONS, CONTOURS, BadInput, described
from tractable.imaging.pictures import Reel
from tractable.segmenter import RELEASED
from tractable.segmenter.release import WEIGHTS
from tractable.store import digest
from tractable.stretches import clips

#: What the release was measured with; ``params.yaml: contours`` says the same.
RELEASED_OPTIONS: dict[str, Any] = {
    "clip_share": 0.5,
    "smoothing": 0.04,
    "point_spacing": 1e-3,
    "bridge": 5e-3,
    "shortest": 6e-3,
    "farthest": 0.015,
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
    "least_lead": 0.03,
    "adapted": None,
}

STRETCH = 32 * CHUNK  #: frames that are written at a time


def contours(
    recordings: xr.Dataset,
    *,
    clip_share: float,
    smoothing: float,
    point_spacing: float,
    bridge: float,
    shortest: float,
    farthest: float,
    least_area: Mapping[str, float],
    least_length: Mapping[str, float],
    most_pieces: Mapping[str, int],
    plausible: Mapping[str, Sequence[float]],
    least_lead: float,
    adapted: Mapping[str, str] | None,
) -> Iterator[xr.Dataset]:
    """Contours of a speaker (contract CONTOURS), clip by clip, in stretches of time.

    Parameters
    ----------
    recordings : frames of one speaker (contract RECORDINGS), which may stay on disk.
    clip_share : part of the network's statistics that is taken from the clip itself, 0 to 1.
    smoothing : over the frame before and the frame after: so far away, one counts half [s].
    point_spacing : distance between the points of a curve [m].
    bridge : gaps along a boundary up to this length [m] are no gaps.
    shortest : pieces of a boundary below this length [m] are left out.
    farthest : pieces further than that from the others are left out [m].
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
    spacing, rate = (recordings.attrs[name] for name in ("pixel_spacing", "frame_rate"))
    options: dict[str, Any] = {
        "clip_share": clip_share,
        "smoothing": smoothing,
        "point_spacing": point_spacing,
        "bridge": bridge,
        "shortest": shortest,
        "farthest": farthest,
        "least_area": least_area,
        "least_length": least_length,
        "most_pieces": most_pieces,
        "plausible": plausible,
        "least_lead": least_lead,
    }
    check(reel(recordings, slice(None)), spacing)
    chunks = (
        chunk
        for clip in clips(recordings.clip_of.values)
        for chunk in seen(reel(recordings, clip), spacing, rate, **options, network=network)
    )
    clock = {name: recordings[name].values for name in ("time", "clip_of", "phone")}
    pixels = {name: recordings[name].values for name in ("x", "y")}
    about = {name: recordings.attrs[name] for name in CONTOURS.attributes}
    for at, found in in_stretches(chunks, STRETCH):
        now = {name: values[at] for name, values in clock.items()}
        yield described(CONTOURS, {**now, **pixels, **AXES, **found}, **about)


def reel(recordings: xr.Dataset, at: slice) -> Reel:
    """Some frames of a recording, which stay where they are."""
    return Reel(lambda: recordings.frames.variable[at])


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


def track(
    frames: Shaped[np.ndarray | Reel, "..."],
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
    advance : is called now and then with the number of frames newly done.

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
      face; 1.645 of it to either side held 92 % of rendered heads that it was not fitted to, 91 to
      97 % of the phantom. ``uncertainty`` (time) [m]: its root mean square, lips to glottis;
    - ``constriction_degree`` (time, constriction) [m]: least width of the air at the lips,
      alveolar, velar and velopharyngeal; ``constriction_point`` (time, constriction, axis) [m]:
      where that is, NaN where an articulator was not found; ``closed`` (time, constriction): it is
      narrower than what counts as closed, never where it was not found. How narrow that is, and how
      often it is right, ``calibration.json`` beside the network's weights says by place;
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
    frames: Shaped[np.ndarray | Reel, "..."],
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
    check(frames, pixel_spacing)
    options = {name: choice for name, choice in RELEASED_OPTIONS.items() if name != "adapted"}
    chunks = seen(frames, pixel_spacing, frame_rate, **options, network=network, advance=advance)
    about = {"corpus": "", "speaker": "", "pixel_spacing": pixel_spacing, "frame_rate": frame_rate}
    pixels = {
        "x": np.arange(frames.shape[2]) * pixel_spacing,
        "y": np.arange(frames.shape[1]) * pixel_spacing,
    }
    for at, found in in_stretches(chunks, together):
        count = at.stop - at.start
        clock = {
            "time": np.arange(at.start, at.stop) / frame_rate,
            "clip_of": np.zeros(count, int),
            "phone": np.full(count, ""),
        }
        yield described(CONTOURS, {**clock, **pixels, **AXES, **found}, **about)


def in_stretches(
    chunks: Iterator[dict[str, np.ndarray]], together: int
) -> Iterator[tuple[slice, dict[str, np.ndarray]]]:
    """What was found in so many frames ``together``, and which these are."""
    first = 0
    while some := list(islice(chunks, max(1, -(-together // CHUNK)))):
        found = joined(some)
        last = first + len(found["refused"])
        yield slice(first, last), found
        first = last


def joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """What was found in some frames and in those after them."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
