"""From stores to what models are given and what is wanted of them."""

from collections.abc import Iterable

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from tractable.contracts import BadInput
from tractable.models.model import Examples

Array = np.ndarray


def shape(areas: xr.Dataset) -> Float[Array, "time feature"]:
    """ln d on every place [ln m], glottis first, and ln L [ln m]; NaN where a frame is refused."""
    features = np.concatenate([areas.distance.values, areas.tract_length.values[:, None]], 1)
    features = np.where(features > 0, features, np.nan)
    return np.log(np.where((areas.refused.values == "")[:, None], features, np.nan))


def spectra(formants: xr.Dataset, *, context: int) -> Float[Array, "time feature"]:
    """Cepstra of each frame and of ``context`` frames on either side, within its clip.

    At the edge of a clip its first or last frame is repeated.
    """
    clip_of = formants.clip_of.values
    time = np.arange(len(clip_of))
    first = np.searchsorted(clip_of, clip_of, "left")
    last = np.searchsorted(clip_of, clip_of, "right") - 1
    near = [np.clip(time + step, first, last) for step in range(-context, context + 1)]
    return np.concatenate([formants.cepstrum.values[index] for index in near], 1)


def given(
    direction: str, areas: xr.Dataset, formants: xr.Dataset, *, context: int
) -> Float[Array, "time feature"]:
    """What a model of this direction is given, NaN where it cannot be had."""
    return shape(areas) if direction == "shape_to_sound" else spectra(formants, context=context)


def log_formants(
    formants: xr.Dataset, *, count: int, tolerance: float
) -> tuple[Float[Array, "time formant"], Float[Array, "time formant"]]:
    """ln F [ln Hz] of the first ``count`` formants, NaN where unknown, and what each is worth.

    Parameters
    ----------
    tolerance : error of a model in ln F that no measurement is blamed for. A value with standard
        deviation s weighs tolerance^2 / (tolerance^2 + s^2).
    """
    frequency = formants.frequency.values[:, :count]
    error = formants.frequency_sd.values[:, :count] / frequency
    worth = tolerance**2 / (tolerance**2 + np.nan_to_num(error) ** 2)
    return np.log(frequency), np.where(np.isfinite(frequency), worth, 0.0)


def examples_of(
    direction: str,
    areas: xr.Dataset,
    formants: xr.Dataset,
    keep: Array,
    *,
    every: int,
    count: int,
    tolerance: float,
    context: int,
) -> Examples:
    """Every ``every``-th frame of a speaker that is to be kept and can be learned from.

    Parameters
    ----------
    keep : bool (time,), frames that the fold trains on.
    every : of how many frames one is taken, for neighbours are all but the same.
    count : formants, from F1.
    tolerance : error in ln F, see `log_formants`.
    context : frames of cepstra on either side.
    """
    features = given(direction, areas, formants, context=context)
    if direction == "shape_to_sound":
        wanted, weight = log_formants(formants, count=count, tolerance=tolerance)
    else:
        wanted = shape(areas)
        weight = np.isfinite(wanted).all(1, keepdims=True) * np.ones_like(wanted)
    known = keep & np.isfinite(features).all(1) & (weight > 0).any(1)
    known &= np.arange(len(known)) % every == 0
    tensors = [features[known], np.nan_to_num(wanted[known]), weight[known]]
    return Examples(direction, *(torch.from_numpy(np.ascontiguousarray(t)) for t in tensors))


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
    )
    counts = (joined.weight > 0).sum(0)
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
    return examples._replace(wanted=examples.wanted[order], weight=examples.weight[order])
