"""V8: is an inverse model less sure of the shape where formants cannot tell it?"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.scores.evidence import FORMANTS, Evidence, Stores, on_frames, unlabelled
from tractable.scores.score import Score, exactly, of_no_formant

Array = np.ndarray


class Directions(NamedTuple):
    """Readings of ln d, each of variance 1 when tracts move as they do, none with another."""

    seen: Float[Array, "frame formant place"]  # what formants hang on, to first order
    unseen: Float[Array, "frame rest place"]  # what they do not


def directions(
    maps: Float[Array, "frame formant place"], metric: Float[Array, "frame place place"], ways: int
) -> Directions:
    """The ways in which tracts move most, turned in each frame to what formants see of them.

    Parameters
    ----------
    maps : dlnF/dlnd.
    metric : covariance of ln d.
    ways : how many; more than there are formants.
    """
    variance, way = np.linalg.eigh(metric)
    spread, way = np.sqrt(variance[:, None, -ways:]), way[:, :, -ways:]
    _, _, turn = np.linalg.svd(maps @ (way * spread))  # the rest of the basis is the null space
    readings = turn @ np.swapaxes(way / spread, 1, 2)
    count = maps.shape[1]
    return Directions(readings[:, :count], readings[:, count:])


def error_ratio(error: Float[Array, "frame place"], of: Directions) -> float:
    """Root mean square error of ln d along what formants do not see, over that along the rest."""
    unseen, seen = ((np.einsum("fnp,fp->fn", way, error) ** 2).mean() for way in of[::-1])
    return float(np.sqrt(unseen / seen))


def posterior_ratio(
    together: Float[Array, "frame part place"], alone: Float[Array, "frame place"], of: Directions
) -> float:
    """The same of a model's own standard deviations.

    Parameters
    ----------
    together : errors of ln d that go together, by part.
    alone : variance that each place has to itself.
    """

    def variance(way: Float[Array, "frame direction place"]) -> float:
        shared = (np.einsum("fnp,fkp->fnk", way, together) ** 2).sum(2)
        return float((shared + np.einsum("fnp,fp->fn", way**2, alone)).mean())

    return float(np.sqrt(variance(of.unseen) / variance(of.seen)))


def identifiability_scores(
    evidence: Evidence, stores: Stores, natural: xr.DataArray, *, ways: int
) -> list[Score]:
    """V8 on the explained frames: of errors, and of what a model knows of them, by its posterior.

    Both are 1 where errors are shared out as movements are. A model that knows what the sound does
    not tell is further off there, and says so: its two ratios agree and are above 1.

    Parameters
    ----------
    natural : covariance of ln d as tracts move (fold, place, other).
    ways : see `directions`.
    """
    told = unlabelled(stores["predictions"]).isel(time=evidence.frames).rename(time="frame")
    told = told.drop_dims("model").rename(inverse_model="model")
    metric = natural.isel(fold=evidence.fold_of_frame).transpose("frame", "place", "other")
    maps = evidence.reference.distance_sensitivity.sel(formant=FORMANTS)
    of = directions(maps.transpose("frame", "formant", "place").values, metric.values, ways)
    known = on_frames(evidence.log_distance, evidence.frames)
    error = np.log(told.distance) - known
    ratios = [error_ratio(one.values, of) for one in error]
    own = [ratio_of_own(told.sel(model=name), of) for name in told.model.values]
    return [scored("V8 error ratio", told, ratios), scored("V8 posterior ratio", told, own)]


def ratio_of_own(told: xr.Dataset, of: Directions) -> float:
    """The ratio of one model's posterior; NaN: it does not say how its errors go together."""
    if "log_distance_together" not in told or told.log_distance_together.isnull().any():
        return np.nan
    together = told.log_distance_together.values
    alone = told.log_distance_sd.values**2 - (together**2).sum(1)
    return posterior_ratio(together, np.maximum(alone, 0.0), of)  # below 0 by rounding


def scored(name: str, told: xr.Dataset, ratios: list[float]) -> Score:
    value = xr.DataArray(ratios, {"model": told.model.values}, ["model"])
    return Score(name, of_no_formant(value), 1, exactly(1.0), direction="inverse")
