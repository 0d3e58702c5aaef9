"""From stores to what models are given and what is wanted of them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float, Int

from tractable.contracts import BadInput
from tractable.mel import Bands
from tractable.models.model import TO_SOUND, Examples

Array = np.ndarray


class Measured(NamedTuple):
    """What was measured of one speaker, stores on one clock."""

    areas: xr.Dataset
    formants: xr.Dataset
    pictures: xr.Dataset | None = None  # recordings, for models that are given pictures


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
        raise BadInput(
            f"speaker {areas.attrs['speaker']}, frame {frame} ({float(areas.time[frame]):.3f} s): "
            f"{what} is {features[frame, place]}, and the frame is not refused ({len(wrong)} such "
            "values); `dvc repro areas` makes them anew"
        )
    return np.log(np.where(fine[:, None], features, np.nan))


def around(
    features: Float[Array, "time feature"], clip_of: Int[Array, " time"], context: int
) -> Float[Array, "time window"]:
    """Features of each frame and of ``context`` frames on either side, the earliest first.

    At the edge of a clip its first or last frame is repeated; a neighbour without a value takes
    that of the frame in the middle.
    """
    time = np.arange(len(clip_of))
    first = np.searchsorted(clip_of, clip_of, "left")
    last = np.searchsorted(clip_of, clip_of, "right") - 1
    steps = range(-context, context + 1)
    near = (features[np.clip(time + step, first, last)] for step in steps)
    return np.concatenate([np.where(np.isnan(part), features, part) for part in near], 1)


def pictures(recordings: xr.Dataset, side: int) -> Float[Array, "time feature"]:
    """Grey levels of each frame, as ``side`` x ``side`` pixels, row by row.

    Bands of rows and of columns are averaged. What is given is the difference from the speaker's
    mean frame, in units of that frame's contrast: heads differ more than what they do. The mean is
    that of all the speaker's frames, also of those that are held out; no sound is seen.

    Raises
    ------
    BadInput : more bands than a frame has rows or columns.
    """
    frames = recordings.frames.values.astype(float)
    rows, columns = frames.shape[1:]
    if side > min(rows, columns):
        raise BadInput(
            f"speaker {recordings.attrs['speaker']}: params.yaml: models.examples: side: {side}, "
            f"but a frame has only {rows} x {columns} pixels; choose a side that is no larger"
        )
    for axis in (1, 2):
        frames = in_bands(frames, axis, side)
    mean = frames.mean(0)
    return ((frames - mean) / mean.std()).reshape(len(frames), -1)


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
    """What a model of this direction is given, NaN where it cannot be had.

    Parameters
    ----------
    context : frames on either side of each, of a shape or of a sound.
    side : of a picture, in pixels.
    """
    if direction == "picture_to_sound":
        assert measured.pictures is not None
        return pictures(measured.pictures, side)
    features = (
        shape(measured.areas)
        if direction == "shape_to_sound"
        else measured.formants.cepstrum.values.astype(float)
    )
    return around(features, measured.formants.clip_of.values, context)


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
    context : frames on either side that are given as well.
    every : of how many frames one is taken, for neighbours are all but the same.
    count : formants, from F1.
    tolerance : error in ln F, see `heard`.
    side : of a picture, in pixels.
    """
    features = given(direction, measured, context=context, side=side)
    wanted, weight, scored = asked_for(direction, measured, count=count, tolerance=tolerance)
    known = keep & complete(features, taught_by(direction, weight, scored), every)
    arrays = features[known], np.nan_to_num(wanted[known]), weight[known]
    inputs, targets, weights = (torch.from_numpy(np.ascontiguousarray(part)) for part in arrays)
    frames = 1 if direction == "picture_to_sound" else 1 + 2 * context
    about = measured.formants.attrs
    bands = Bands(*(about[f"mel_{name}"] for name in ("bands", "lowest", "highest")))
    return Examples(direction, inputs, targets, weights, scored, frames=frames, bands=bands)


def teaching(
    direction: str,
    measured: Measured,
    *,
    context: int,
    every: int,
    count: int,
    tolerance: float,
    side: int,
) -> Bool[Array, " time"]:
    """The frames of a speaker that `examples_of` would make examples of, were all to be kept."""
    features = given(direction, measured, context=context, side=side)
    _, weight, scored = asked_for(direction, measured, count=count, tolerance=tolerance)
    return complete(features, taught_by(direction, weight, scored), every)


def asked_for(
    direction: str, measured: Measured, *, count: int, tolerance: float
) -> tuple[Float[Array, "time target"], Float[Array, "time target"], int]:
    """What is wanted of a model of this direction, what that is worth, and how much is scored."""
    if direction in TO_SOUND:
        return *heard(measured.formants, count=count, tolerance=tolerance), count
    drawn = shape(measured.areas)
    worth = np.isfinite(drawn).all(1, keepdims=True) * np.ones_like(drawn)
    told, trust = heard(measured.formants, count=count, tolerance=tolerance)
    wanted = np.concatenate([drawn, told[:, :count]], 1)
    return wanted, np.concatenate([worth, trust[:, :count]], 1), drawn.shape[1]


def taught_by(
    direction: str, weight: Float[Array, "time target"], scored: int
) -> Float[Array, "time some"]:
    """What an example must have some of: of a sound without a shape its formants will do."""
    return weight[:, :scored] if direction in TO_SOUND else weight


def complete(
    features: Float[Array, "time feature"], weight: Float[Array, "time some"], every: int
) -> Bool[Array, " time"]:
    """Whether all that is given of a frame is known and something of what is wanted.

    Of ``every`` so many frames, neighbours being all but the same, the first alone.
    """
    known = np.isfinite(features).all(1) & (weight > 0).any(1)
    return known & (np.arange(len(known)) % every == 0)


def together(parts: Iterable[Examples]) -> Examples:
    """The examples of several speakers, one after the other.

    Raises
    ------
    BadInput : too few to learn from.
    """
    parts = list(parts)
    joined = Examples(
        parts[0].direction,
        torch.cat([part.given for part in parts]),
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


def shuffled(examples: Examples, seed: int) -> Examples:
    """The same shapes and the same sounds, but no longer together: a control."""
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(examples.given), generator=random)
    apart = examples._replace(wanted=examples.wanted[order], weight=examples.weight[order])
    return apart._replace(judged=examples.judged and shuffled(examples.judged, seed))
