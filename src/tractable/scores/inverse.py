"""From sound to shape: length, likeness, areas, doubt, and whether the drawn tract sounds right."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tractable.scores.accuracy import Guess, relative_error
from tractable.scores.coverage import interval_width, shape_coverage
from tractable.scores.evidence import FORMANTS, Evidence, Stores, unlabelled
from tractable.scores.metrics import correlation
from tractable.scores.noise import Noise
from tractable.scores.reference import true_shapes
from tractable.scores.score import UNKNOWN, Score, by_formant, exactly, of_no_formant
from tractable.scores.shapes import law_followed
from tractable.scores.training import pooled
from tractable.scores.tubes import Tube, frequencies

#: What a model says of a shape, in each frame for itself.
TOLD = ("distance", "log_distance_sd", "tract_length", "log_length_sd", "area")


@dataclass(frozen=True)
class Judge:
    """What the training frames of a fold say, of lengths and of the tube that all shapes meet."""

    shape: xr.DataArray  # mean distance (fold, place) [m]
    length: xr.DataArray  # mean (fold,) [m]
    habit: xr.DataArray  # ln F of the sound less that of the measured shape's tube (fold, formant)
    component: xr.DataArray  # ways in which training tracts move most (fold, component, place)


def judges(
    evidences: list[Evidence],
    stores: list[Stores],
    guess: Guess,
    natural: xr.DataArray,
    *,
    ways: int,
) -> Judge:
    """Training means of lengths, and of what the published law does to measured shapes' formants.

    Parameters
    ----------
    guess : the training means of shapes.
    natural : covariance of ln d as tracts move (fold, place, other).
    ways : in which tracts move most, that are components of shape.
    """
    trains = [evidence.trains for evidence in evidences]
    shapes = [xr.ufuncs.exp(evidence.log_distance) for evidence in evidences]
    heard = [unlabelled(of["formants"].frequency) for of in stores]
    sung = [
        resonances(of["areas"], shape, evidence.tract_length)
        for of, shape, evidence in zip(stores, shapes, evidences, strict=True)
    ]
    habits = [xr.ufuncs.log(one / other) for one, other in zip(heard, sung, strict=True)]
    return Judge(
        guess.distance,
        pooled([evidence.tract_length for evidence in evidences], trains, "time"),
        pooled(habits, trains, "time"),
        components(natural, ways),
    )


def components(natural: xr.DataArray, ways: int) -> xr.DataArray:
    """Eigenvectors of the largest variances (fold, component, place), the largest first."""
    square = natural.transpose("fold", "place", "other")
    _, way = np.linalg.eigh(square.values)
    return xr.DataArray(
        way.swapaxes(1, 2)[:, : -ways - 1 : -1], dims=("fold", "component", "place")
    )


def inverse_scores(
    evidence: Evidence, stores: Stores, judge: Judge, noise: Noise | None
) -> list[Score]:
    """V0 of shapes beside their rms error, against what was measured."""
    told, asked = unlabelled(stores["predictions"][list(TOLD)]), evidence.asked_of_sound
    told = told.rename(inverse_model="model").where(asked)
    measured = xr.ufuncs.exp(evidence.log_distance)
    length, log_sd = evidence.tract_length, told.log_distance_sd
    usual = judge.length.isel(fold=evidence.fold_of_time).where(asked)
    floor = UNKNOWN if noise is None else 1e3 * abs(noise.length * length).mean("time")
    return [
        likeness(told.distance, measured),
        likeness_of_components(evidence, told.distance, judge),
        *area_scores(evidence, stores, told, judge),
        Score(
            "V0 tract length error (mm)",
            of_no_formant(1e3 * abs(told.tract_length - length).mean("time")),
            -1,
            of_no_formant(1e3 * abs(usual - length).mean("time")),
            of_no_formant(floor),
            "inverse",
        ),
        shape_coverage("distances", told.distance, log_sd, measured),
        shape_coverage("tract length", told.tract_length, told.log_length_sd, length),
        interval_width(told.distance, log_sd),
        sound_of_shapes(evidence, stores, told, judge),
    ]


def likeness(predicted: xr.DataArray, known: xr.DataArray) -> Score:
    """Pearson's r over time, mean over the places that move in both; NaN where none does."""
    moves = predicted.std("time") > 1e-9 * predicted.mean("time")  # more than by rounding
    r = correlation(predicted.where(moves), known, ["time"]).mean("place")
    return Score("V0 correlation", of_no_formant(r), 1, exactly(0.0), direction="inverse")


def likeness_of_components(evidence: Evidence, predicted: xr.DataArray, judge: Judge) -> Score:
    """Pearson's r over time of each component of shape, mean over those that move in both.

    Components are the ways in which the tracts of training speakers move most: what is left of a
    shape when its many neighbouring places are no longer counted one by one.
    """
    way = judge.component.isel(fold=evidence.fold_of_time)

    def amounts(log_distance: xr.DataArray) -> xr.DataArray:
        return xr.dot(log_distance, way, dim="place").where(log_distance.notnull().all("place"))

    told, known = amounts(xr.ufuncs.log(predicted)), amounts(evidence.log_distance)
    moves = told.std("time") > 1e-9  # more than by rounding
    r = correlation(told.where(moves), known, ["time"]).mean("component")
    name = "V0 correlation of shape components"
    return Score(name, of_no_formant(r), 1, exactly(0.0), direction="inverse")


def area_scores(
    evidence: Evidence, stores: Stores, told: xr.Dataset, judge: Judge
) -> Iterator[Score]:
    """Mean size of ln(area function / the known one) in %, of a measured tract and of the true one.

    The mean of each frame's ln A is taken out first: a tract that is wider everywhere sounds the
    same, so that no model of sound can know it. A model that has no areas of its own has those of
    its distances by the law that the measured areas follow, as has the mean shape (the null).
    """
    by_law = log_area(stores["areas"], told.distance)
    own = xr.ufuncs.log(told.area)
    mine = own.where(own.notnull(), by_law)
    mean = judge.shape.isel(fold=evidence.fold_of_time)
    usual = log_area(stores["areas"], mean).where(evidence.asked_of_sound)
    measured = log_area(stores["areas"], xr.ufuncs.exp(evidence.log_distance))

    def off(log_areas: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
        away = log_areas - known
        return of_no_formant(100 * abs(away - away.mean("place")).mean(["time", "place"]))

    name = "V0 relative area error"
    yield Score(f"{name} (%)", off(mine, measured), -1, off(usual, measured), direction="inverse")
    if "truth" in stores:
        true = xr.DataArray(true_shapes(stores)[0], dims=("time", "place"))
        against = f"{name} against truth (%)"
        floor = off(measured.where(evidence.asked_of_sound), true)
        yield Score(against, off(mine, true), -1, off(usual, true), floor, "inverse")


def sound_of_shapes(evidence: Evidence, stores: Stores, told: xr.Dataset, judge: Judge) -> Score:
    """Formants of drawn tracts against those of the sound that was given, in %.

    All tracts, the measured one (the ceiling) and the mean one (the null) as well, meet the same
    published law and the same tube, less what these always get wrong in training frames.
    """
    heard = unlabelled(stores["formants"].frequency).where(evidence.asked_of_sound)
    habit = judge.habit.isel(fold=evidence.fold_of_time)

    def off(distance: xr.DataArray, length: xr.DataArray) -> xr.DataArray:
        sung = resonances(stores["areas"], distance, length)
        return by_formant(100 * relative_error(sung * xr.ufuncs.exp(habit), heard))

    usual = (part.isel(fold=evidence.fold_of_time) for part in (judge.shape, judge.length))
    measured = xr.ufuncs.exp(evidence.log_distance), evidence.tract_length
    return Score(
        "V0 formant error of shapes (%)",
        off(told.distance, told.tract_length),
        -1,
        off(*usual),
        off(*measured),
        "inverse",
    )


def resonances(areas: xr.Dataset, distance: xr.DataArray, length: xr.DataArray) -> xr.DataArray:
    """Formants (..., time, formant) [Hz] of tracts, by the law that the measured areas follow.

    Parameters
    ----------
    distance : (..., time, place) [m].
    length : of the tract (..., time) [m].
    """
    distance = distance.transpose(..., "time", "place")
    area = np.exp(log_area(areas, distance).values)
    sections = np.broadcast_to(length.transpose(..., "time").values[..., None], area.shape)
    sung = frequencies(Tube(area, sections / area.shape[-1], None))
    dims, labels = (*distance.dims[:-1], "formant"), {"formant": FORMANTS}
    return xr.DataArray(sung, labels, dims).assign_coords(distance.coords)


def log_area(areas: xr.Dataset, distance: xr.DataArray) -> xr.DataArray:
    """ln A [ln m2] of distances [m], by the law that the measured areas follow."""
    exponent, level = (xr.DataArray(part, dims="place") for part in law_followed(areas))
    return xr.ufuncs.log(distance) * exponent + level
