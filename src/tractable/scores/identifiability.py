"""V8: is an inverse model less sure of the shape where formants cannot tell it?"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.scores.evidence import FORMANTS, Evidence, Stores, on_frames, unlabelled
from tractable.scores.score import Score, exactly, of_no_formant
from tractable.statistics import mean_of_known

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


def unseen_over_seen(spread: Float[Array, "frame place place"], of: Directions) -> float:
    """Standard deviation of ln d along what formants do not see, over that along the rest.

    Parameters
    ----------
    spread : covariance of each frame's ln d about what a model says; the outer product of an error.
    """

    def variance(way: Float[Array, "frame direction place"]) -> float:
        return float(np.einsum("fnp,fpq,fnq->fn", way, spread, way).mean())

    return float(np.sqrt(variance(of.unseen) / variance(of.seen)))


def held_constant(spread: Float[Array, "frame place place"]) -> Float[Array, "frame place place"]:
    """The mean covariance, in every frame: it knows no frame from another."""
    return np.broadcast_to(spread.mean(0), spread.shape)


def identifiability_scores(
    evidence: Evidence, stores: Stores, natural: xr.DataArray, *, ways: int
) -> list[Score]:
    """V8 on the explained frames: of errors, and of what a model knows of them, by its posterior.

    Both ratios are 1 where errors are shared out as movements are, which is the null of errors. A
    model that knows what the sound does not tell is further off there, and says so: its two ratios
    agree and are above 1. Much of that takes no knowledge of the frame, for formants see the same
    of most shapes. So the null of the posterior is the ratio of its own covariance, averaged over
    frames (the mean over models, where several have one), and each model has both ratios once more
    over those of its own constant covariance: above 1 is known, or erred, frame by frame.

    Parameters
    ----------
    natural : covariance of ln d as tracts move (fold, place, other).
    ways : see `directions`.
    """
    told = stores["predictions"].drop_dims("model").isel(time=evidence.frames)
    told = unlabelled(told).rename(time="frame", inverse_model="model")
    metric = natural.isel(fold=evidence.fold_of_frame).transpose("frame", "place", "other")
    maps = evidence.reference.distance_sensitivity.sel(formant=FORMANTS)
    of = directions(maps.transpose("frame", "formant", "place").values, metric.values, ways)
    error = (np.log(told.distance) - on_frames(evidence.log_distance, evidence.frames)).values
    errors = ratios(told, [one[:, :, None] * one[:, None] for one in error], of)
    doubts = ratios(told, [own_covariance(told.sel(model=name)) for name in told.model.values], of)
    constant = exactly(mean_of_known(doubts.constant.values))
    return [
        *scored("V8 error ratio", errors, exactly(1.0)),
        *scored("V8 posterior ratio", doubts, constant),
    ]


def own_covariance(told: xr.Dataset) -> Float[Array, "frame place place"]:
    """The posterior of one model; NaN: it does not say how its errors go together."""
    deviation = told.log_distance_sd.values
    if "log_distance_together" not in told:
        return np.full((*deviation.shape, deviation.shape[1]), np.nan)
    return covariance(told.log_distance_together.values, deviation)


def covariance(
    together: Float[Array, "frame part place"], deviation: Float[Array, "frame place"]
) -> Float[Array, "frame place place"]:
    """Of errors of ln d that go together, by part, and of what each place has to itself.

    Parameters
    ----------
    deviation : standard deviation of each place, of both.
    """
    alone = np.maximum(deviation**2 - (together**2).sum(1), 0.0)  # below 0 by rounding
    return np.swapaxes(together, 1, 2) @ together + alone[:, :, None] * np.eye(alone.shape[1])


def ratios(told: xr.Dataset, covariances: list[Array], of: Directions) -> xr.Dataset:
    """Of every model: ``value``, and ``constant``, that of its covariance averaged over frames."""
    found = {
        "value": [unseen_over_seen(one, of) for one in covariances],
        "constant": [unseen_over_seen(held_constant(one), of) for one in covariances],
    }
    return xr.Dataset({n: ("model", v) for n, v in found.items()}, {"model": told.model.values})


def scored(name: str, found: xr.Dataset, null: xr.DataArray) -> Iterator[Score]:
    """The ratio itself, and what of it a constant would not give."""
    yield Score(name, of_no_formant(found.value), 1, null, direction="inverse")
    beyond = of_no_formant(found.value / found.constant)
    yield Score(f"{name} over a constant's", beyond, 1, exactly(1.0), direction="inverse")
