"""What a fold may know before it is examined: its training frames, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from tractable.scores.evidence import Evidence, on_frames, widening_signs
from tractable.scores.metrics import (
    inner,
    interventional_metric,
    movement,
    natural_metric,
    squared,
)


@dataclass(frozen=True)
class Training:
    """Per fold, from the frames that train it; every array has a dim ``fold``."""

    natural: xr.DataArray  # Q (fold, place, other)
    #: Metric -> g N (fold, formant, place); of attributions by explainer as well.
    neutral: dict[str, xr.DataArray]
    mean: xr.Dataset  # mean of the reference's maps
    widening_raises: xr.DataArray  # (fold, formant, region), share of frames


def pooled(
    values: Iterable[xr.DataArray], weights: Iterable[xr.DataArray], dim: str
) -> xr.DataArray:
    """Weighted mean over ``dim`` and all speakers; NaN values do not count."""
    total, count = xr.DataArray(0.0), xr.DataArray(0.0)
    for value, weight in zip(values, weights, strict=True):
        weight = weight.astype(float)
        total = total + xr.dot(weight, value.fillna(0.0), dim=dim)
        count = count + xr.dot(weight, value.notnull().astype(float), dim=dim)
    return total / count.where(count > 0)


def places(log_distance: xr.DataArray) -> xr.DataArray:
    """x/L of the middle of each place."""
    count = log_distance.sizes["place"]
    return xr.DataArray((xr.Variable("place", range(count)) + 0.5) / count)


def neutral_map(formant: xr.DataArray, place: xr.DataArray) -> xr.DataArray:
    """Map of a uniform tube, N_n(x) = -cos((2n - 1) pi x / L), unscaled (formant, place)."""
    return -xr.ufuncs.cos((2 * formant - 1) * np.pi * place)


def width_metric(evidence: Evidence, width: float) -> xr.DataArray:
    """Interventional Q (frame, place, other) of a speaker's explained frames; ``width`` in m."""
    length = on_frames(evidence.tract_length, evidence.frames)
    return interventional_metric(length, places(evidence.log_distance), width=width)


def by_map(evidence: Evidence, wave: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """What a neutral map is fitted to, and what it says itself: sensitivities."""
    return evidence.reference.distance_sensitivity, wave


def by_attribution(evidence: Evidence, wave: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """The same of attributions, which are sensitivities times how far a place is from neutral."""
    return evidence.reference.attribution, wave * evidence.reference.displacement


def fitted_neutral(
    evidences: list[Evidence],
    metric: Callable[[Evidence], xr.DataArray],
    terms: Callable[..., tuple[xr.DataArray, xr.DataArray]] = by_map,
) -> xr.DataArray:
    """g_n N_n (fold, formant, place), g_n = sum <S*, N>_Q / sum <N, N>_Q over training frames.

    ``terms`` of evidence and N are S* and N as they are compared, by default as they are.
    """
    first = evidences[0]
    wave = neutral_map(first.reference.formant, places(first.log_distance))
    along, own, weights = [], [], []
    for evidence in evidences:
        truth, guess = terms(evidence, wave)
        along.append(inner(truth, guess, metric(evidence)))
        own.append(squared(guess, metric(evidence)).where(along[-1].notnull()))
        weights.append(evidence.trains_frames)
    return pooled(along, weights, "frame") / pooled(own, weights, "frame") * wave


def trained(evidences: list[Evidence], *, width: float) -> Training:
    """What each fold learns of the reference from the speakers that train it.

    Parameters
    ----------
    width : sigma of the interventional metric [m].
    """
    weights = [evidence.trains_frames for evidence in evidences]
    natural = natural_metric([movement(e.log_distance, e.trains) for e in evidences])
    names = ("distance_sensitivity", "stretch_sensitivity", "length_sensitivity")
    means = {n: pooled([e.reference[n] for e in evidences], weights, "frame") for n in names}
    centimetres = partial(width_metric, width=width)
    signs = [widening_signs(evidence.reference) for evidence in evidences]
    raises = [((sign + 1) / 2).where(sign != 0).mean("side") for sign in signs]
    return Training(
        natural,
        {
            "natural": fitted_neutral(evidences, lambda _: natural),
            "interventional": fitted_neutral(evidences, centimetres),
            "attribution": fitted_neutral(evidences, centimetres, by_attribution),
        },
        xr.Dataset(means),
        pooled(raises, weights, "frame"),
    )
