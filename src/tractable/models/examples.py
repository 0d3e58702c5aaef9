"""From stores to what models are given and what is wanted of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float
from torch import Tensor

from tractable.contracts import BadInput
from tractable.mel import Bands
from tractable.models.model import TO_SOUND, Examples
from tractable.models.windows import Film, Frames, Held, Store, Stored, Windows, portions
from tractable.stretches import memory

Array = np.ndarray

#: Of what is measured, what a model of each direction is given.
SOURCE = {"shape_to_sound": "areas", "sound_to_shape": "formants", "picture_to_sound": "pictures"}
#: Pictures at a time: more of them, as doubles, leave the processor's cache.
FEW = 64


class Measured(NamedTuple):
    """What was measured of one speaker, stores on one clock."""

    areas: xr.Dataset
    formants: xr.Dataset
    pictures: xr.Dataset | None = None  # recordings, for models that are given pictures
    stores: Mapping[str, Store] = MappingProxyType({})  # in which these lie, if they do

    def refuse_changed(self) -> None:
        """Say so where what has been read of its stores may be wrong.

        Raises
        ------
        BadInput : a store is not what it was when it was opened.
        """
        for store in self.stores.values():
            store.refuse_changed()


def shape(areas: xr.Dataset) -> Float[Array, "time feature"]:
    """ln d on every place [ln m], glottis first, and ln L [ln m]; NaN where a frame is refused.

    Raises
    ------
    BadInput : a frame that is not refused has a distance or a length that is no positive number.
    """
    features = np.concatenate([areas.distance.values, areas.tract_length.values[:, None]], 1)
    fine = areas.refused.values == ""
    wrong = np.argwhere(fine[:, None] & ~(np.isfinite(features) & (features > 0)))
    if len(wrong):
        frame, place = wrong[0]
        what = f"distance at place {place}" if place < areas.sizes["place"] else "tract_length"
        number = int(areas.number[frame]) if "number" in areas.coords else frame
        raise BadInput(
            f"speaker {areas.attrs['speaker']}, frame {number} ({float(areas.time[frame]):.3f} s): "
            f"{what} is {features[frame, place]}, and the frame is not refused ({len(wrong)} such "
            "values); `dvc repro areas` makes them anew"
        )
    return np.log(np.where(fine[:, None], features, np.nan))


class View(NamedTuple):
    """How a speaker's pictures are given.

    Bands of rows and of columns are averaged. What is given is the difference from the speaker's
    mean frame, in units of that frame's contrast: heads differ more than what they do. The mean is
    that of all the speaker's frames, also of those that are held out; no sound is seen.
    """

    mean: Float[Array, "row column"]

    @classmethod
    def of(cls, recordings: xr.Dataset, side: int) -> "View":
        """The view of ``side`` x ``side`` pixels; frames are read a stretch at a time.

        Raises
        ------
        BadInput : more bands than a frame has rows or columns.
        """
        frames, rows, columns = recordings.frames.shape
        if side > min(rows, columns):
            raise BadInput(
                f"speaker {recordings.attrs['speaker']}: params.yaml: models.examples: side: "
                f"{side}, but a frame has only {rows} x {columns} pixels; choose a side that is no "
                "larger"
            )
        total = np.zeros((1, side, side))
        for part in portions(frames):
            grey = coarse(recordings.isel(time=part), side)
            total = np.concatenate([total, grey]).sum(0, keepdims=True)
        return cls(total[0] / frames)

    def pictures(self, recordings: xr.Dataset) -> Float[Array, "time feature"]:
        """Grey levels of each frame, row by row."""
        contrast, seen = self.mean.std(), np.empty((recordings.sizes["time"], self.mean.size))
        for part in portions(len(seen), FEW):
            grey = coarse(recordings.isel(time=part), len(self.mean))
            seen[part] = ((grey - self.mean) / contrast).reshape(len(grey), -1)
        return seen


def pictures(recordings: xr.Dataset, side: int) -> Float[Array, "time feature"]:
    """Grey levels of all frames of a speaker, as ``side`` x ``side`` pixels, see :class:`View`."""
    return View.of(recordings, side).pictures(recordings)


def coarse(recordings: xr.Dataset, side: int) -> Float[Array, "time row column"]:
    """Frames of ``side`` x ``side`` pixels, each the mean of those in its bands."""
    frames = recordings.frames.values.astype(float)
    for axis in (1, 2):
        frames = in_bands(frames, axis, side)
    return frames


def in_bands(values: Array, axis: int, count: int) -> Array:
    """Means over ``count`` bands of neighbours along one axis."""
    edges = np.linspace(0, values.shape[axis], count + 1).astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis)
    return sums / np.expand_dims(np.diff(edges), [k for k in range(values.ndim) if k != axis])


def pixel_places(recordings: xr.Dataset, side: int) -> Float[Array, "pixel axis"]:
    """Where the pixels of `pictures` lie in the frame, x and y of their middles [m]."""
    x, y = (in_bands(recordings[name].values, 0, side) for name in ("x", "y"))
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def given(
    direction: str, measured: Measured, *, context: int, side: int
) -> Float[Array, "time feature"]:
    """What a model of this direction is given, NaN where it cannot be had, all in memory.

    Parameters
    ----------
    context : frames on either side of each, of a shape or of a sound.
    side : of a picture, in pixels.
    """
    frames = in_memory(direction, measured, side)
    return film(direction, measured, frames, context).cut(np.arange(len(frames)))


def film(direction: str, measured: Measured, frames: Frames, context: int) -> Film:
    """Frames of a speaker as a model is given them; pictures one at a time."""
    alone = direction == "picture_to_sound"
    return Film(frames, measured.formants.clip_of.values, 0 if alone else context)


def in_memory(direction: str, measured: Measured, side: int) -> Held:
    """Frames of a speaker, held."""
    name = SOURCE[direction]
    try:
        values = drawing(direction, measured, side)(getattr(measured, name))
    finally:  # what has gone is why, whatever else is wrong
        measured.refuse_changed()
    return Held(values, measured.stores[name].mark if name in measured.stores else None)


def in_store(direction: str, measured: Measured, side: int) -> Stored:
    """Frames of a speaker, left where they lie."""
    name = SOURCE[direction]
    draw, features = drawing(direction, measured, side), width(direction, measured, side)
    measured.refuse_changed()
    return Stored(measured.stores[name], getattr(measured, name), draw, features)


def drawing(direction: str, measured: Measured, side: int) -> Callable[[xr.Dataset], Array]:
    """What makes features of frames."""
    if direction == "picture_to_sound":
        assert measured.pictures is not None
        return View.of(measured.pictures, side).pictures
    return shape if direction == "shape_to_sound" else cepstra


def cepstra(formants: xr.Dataset) -> Float[Array, "time coefficient"]:
    return formants.cepstrum.values.astype(float)


def width(direction: str, measured: Measured, side: int) -> int:
    """Features of a frame."""
    if direction == "picture_to_sound":
        return side**2
    if direction == "shape_to_sound":
        return measured.areas.sizes["place"] + 1
    return measured.formants.sizes["coefficient"]


def frames_of(direction: str, speakers: Sequence[Measured], side: int) -> list[Frames]:
    """What a model of this direction is given of each frame of each speaker.

    All in memory or, where that is more than ``TRACTABLE_MEMORY`` allows, all in their stores.
    """
    sizes = (of.formants.sizes["time"] * width(direction, of, side) for of in speakers)
    make = in_memory if 8 * sum(sizes) <= memory() * 1024**2 else in_store
    return [make(direction, of, side) for of in speakers]


def heard(
    formants: xr.Dataset, *, count: int, tolerance: float
) -> tuple[Float[Array, "time target"], Float[Array, "time target"]]:
    """ln F and ln B [ln Hz] of the first ``count`` formants, and the cepstrum without its level.

    Returns
    -------
    The values, NaN where unknown, and what each is worth: a frequency of standard deviation s in
    ln F weighs tolerance^2 / (tolerance^2 + s^2), what else is known weighs 1.

    Parameters
    ----------
    tolerance : error of a model in ln F that no measurement is blamed for.
    """
    frequency = formants.frequency.values[:, :count]
    bandwidth = np.where(np.isfinite(frequency), formants.bandwidth.values[:, :count], np.nan)
    bandwidth = np.where(bandwidth > 0, bandwidth, np.nan)
    error = formants.frequency_sd.values[:, :count] / frequency
    worth = tolerance**2 / (tolerance**2 + np.nan_to_num(error) ** 2)
    values = [np.log(frequency), np.log(bandwidth), formants.cepstrum.values[:, 1:]]
    weights = [worth, *(np.ones_like(part) for part in values[1:])]
    wanted, weight = np.concatenate(values, 1), np.concatenate(weights, 1)
    return wanted, np.where(np.isfinite(wanted), weight, 0.0)


def examples_of(
    direction: str,
    measured: Measured,
    keep: Array,
    frames: Frames | None = None,
    *,
    context: int,
    every: int,
    count: int,
    tolerance: float,
    side: int,
) -> Examples:
    """Every ``every``-th frame of a speaker that is to be kept and can be learned from.

    From sound to shape also those with formants but no shape: :meth:`Examples.known` drops them.

    Parameters
    ----------
    keep : bool (time,), frames that the fold trains on.
    frames : what is given of each, see `frames_of`; None: it is drawn anew, into memory.
    context : frames on either side that are given as well.
    every : of how many frames one is taken, for neighbours are all but the same.
    count : formants, from F1.
    tolerance : error in ln F, see `heard`.
    side : of a picture, in pixels.
    """
    frames = in_memory(direction, measured, side) if frames is None else frames
    seen = film(direction, measured, frames, context)
    wanted, weight, scored = asked_for(direction, measured, count=count, tolerance=tolerance)
    known = keep & complete(seen.known(), taught_by(direction, weight, scored), every)
    arrays = np.nan_to_num(wanted[known]), weight[known]
    targets, weights = (torch.from_numpy(np.ascontiguousarray(part)) for part in arrays)
    inputs = Windows.of(seen, np.flatnonzero(known))
    about = measured.formants.attrs
    bands = Bands(*(about[f"mel_{name}"] for name in ("bands", "lowest", "highest")))
    long = 1 + 2 * seen.context
    return Examples(direction, inputs, targets, weights, scored, frames=long, bands=bands)


def teaching(
    direction: str,
    measured: Measured,
    frames: Frames | None = None,
    *,
    context: int,
    every: int,
    count: int,
    tolerance: float,
    side: int,
) -> Bool[Array, " time"]:
    """The frames of a speaker that `examples_of` would make examples of, were all to be kept."""
    frames = in_memory(direction, measured, side) if frames is None else frames
    known = film(direction, measured, frames, context).known()
    _, weight, scored = asked_for(direction, measured, count=count, tolerance=tolerance)
    return complete(known, taught_by(direction, weight, scored), every)


def asked_for(
    direction: str, measured: Measured, *, count: int, tolerance: float
) -> tuple[Float[Array, "time target"], Float[Array, "time target"], int]:
    """What is wanted of a model of this direction, what that is worth, and how much is scored."""
    told, trust = heard(measured.formants, count=count, tolerance=tolerance)
    if direction in TO_SOUND:
        measured.refuse_changed()
        return told, trust, count
    drawn = shape(measured.areas)
    measured.refuse_changed()
    worth = np.isfinite(drawn).all(1, keepdims=True) * np.ones_like(drawn)
    wanted = np.concatenate([drawn, told[:, :count]], 1)
    return wanted, np.concatenate([worth, trust[:, :count]], 1), drawn.shape[1]


def taught_by(
    direction: str, weight: Float[Array, "time target"], scored: int
) -> Float[Array, "time some"]:
    """What an example must have some of: of a sound without a shape its formants will do."""
    return weight[:, :scored] if direction in TO_SOUND else weight


def complete(
    known: Bool[Array, " time"], weight: Float[Array, "time some"], every: int
) -> Bool[Array, " time"]:
    """Whether all that is given of a frame is known and something of what is wanted.

    Of ``every`` so many frames, neighbours being all but the same, the first alone.
    """
    return known & (weight > 0).any(1) & (np.arange(len(known)) % every == 0)


def together(parts: Iterable[Examples]) -> Examples:
    """The examples of several speakers, one after the other.

    Raises
    ------
    BadInput : too few to learn from.
    """
    parts = list(parts)
    joined = Examples(
        parts[0].direction,
        end_to_end([part.given for part in parts]),
        torch.cat([part.wanted for part in parts]),
        torch.cat([part.weight for part in parts]),
        parts[0].scored,
        frames=parts[0].frames,
        speaker=torch.cat([torch.full((len(of.given),), k) for k, of in enumerate(parts)]),
        bands=parts[0].bands,
    )
    needed = joined if joined.direction in TO_SOUND else joined.alone()
    counts = (needed.weight > 0).sum(0)
    if counts.min() < 2:
        raise BadInput(
            f"{int(counts.min())} training frames with a known value of target "
            f"{int(counts.argmin()) + 1}; at least 2 are needed. See `refused` in data/areas, "
            "`reason` in data/formants, and models.examples in params.yaml"
        )
    return joined


def end_to_end(parts: Sequence[Tensor] | Sequence[Windows]) -> Tensor | Windows:
    """What is given of several speakers, one after the other."""
    windows = [part for part in parts if isinstance(part, Windows)]
    tensors = [part for part in parts if isinstance(part, Tensor)]
    assert not (windows and tensors)
    return Windows.end_to_end(windows) if windows else torch.cat(tensors)


def shuffled(examples: Examples, seed: int) -> Examples:
    """The same shapes and the same sounds, but no longer together: a control."""
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(examples.given), generator=random)
    apart = examples._replace(wanted=examples.wanted[order], weight=examples.weight[order])
    return apart._replace(judged=examples.judged and shuffled(examples.judged, seed))
