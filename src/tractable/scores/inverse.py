"""From sound to shape: length, likeness, areas, doubt, and whether the drawn tract sounds right."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

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
    """V0 of shapes beside their rms error, against what was measured; one model after the other."""
    beside = Beside(evidence, stores, judge, noise)
    told = stores["predictions"][list(TOLD)].rename(inverse_model="model")
    return joined([beside.scores(told.sel(model=[name])) for name in told.model.values])


def joined(alike: list[list[Score]]) -> list[Score]:
    """The same scores of several models, each time the same ones, as one score each."""
    return [
        replace(same[0], value=xr.concat([score.value for score in same], "model"))
        for same in zip(*alike, strict=True)
    ]


@dataclass(frozen=True)
class Beside:
    """One speaker's known shapes and sounds, beside which the drawn ones are laid."""

    evidence: Evidence
    stores: Stores
    judge: Judge
    noise: Noise | None

    def scores(self, told: xr.Dataset) -> list[Score]:
        """Scores of models, of what they said in every frame."""
        told = unlabelled(told).where(self.evidence.asked_of_sound)
        log_sd, length = told.log_distance_sd, self.evidence.tract_length
        return [
            likeness(told.distance, self.distance),
            likeness_of_components(self.evidence, told.distance, self.judge),
            *self.area_scores(told),
            self.length_score(told.tract_length),
            shape_coverage("distances", told.distance, log_sd, self.distance),
            shape_coverage("tract length", told.tract_length, told.log_length_sd, length),
            interval_width(told.distance, log_sd),
            self.sound_of_shapes(told),
        ]

    def length_score(self, told: xr.DataArray) -> Score:
        """Mean error of tract length [mm]."""
        length = self.evidence.tract_length
        usual = self.in_fold(self.judge.length).where(self.evidence.asked_of_sound)
        floor = (
            UNKNOWN if self.noise is None else 1e3 * abs(self.noise.length * length).mean("time")
        )
        return Score(
            "V0 tract length error (mm)",
            of_no_formant(1e3 * abs(told - length).mean("time")),
            -1,
            of_no_formant(1e3 * abs(usual - length).mean("time")),
            of_no_formant(floor),
            "inverse",
        )

    def area_scores(self, told: xr.Dataset) -> Iterator[Score]:
        """Mean size of ln(area function / the known one) in %, of a measured tract and of the true.

        The mean of each frame's ln A is taken out first: a tract that is wider everywhere sounds
        the same, so that no model of sound can know it. A model that has no areas of its own has
        those of its distances by the law that the measured areas follow, as has the mean shape
        (the null).
        """
        name, own = "V0 relative area error", xr.ufuncs.log(told.area)
        mine = own.where(own.notnull(), self.log_area(told.distance))
        measured, usual = self.measured_area, self.usual_area
        null = relative_area_error(usual, measured)
        value = relative_area_error(mine, measured)
        yield Score(f"{name} (%)", value, -1, null, direction="inverse")
        if "truth" in self.stores:
            true = self.true_area
            null, floor = (relative_area_error(area, true) for area in (usual, measured))
            value = relative_area_error(mine, true)
            yield Score(f"{name} against truth (%)", value, -1, null, floor, "inverse")

    def sound_of_shapes(self, told: xr.Dataset) -> Score:
        """Formants of drawn tracts against those of the sound that was given, in %.

        All tracts, the measured one (the ceiling) and the mean one (the null) as well, meet the
        same published law and the same tube, less what these always get wrong in training frames.
        """
        value = self.formant_error(told.distance, told.tract_length)
        beside = self.error_of_mean_shape, self.error_of_measured_shape
        return Score("V0 formant error of shapes (%)", value, -1, *beside, "inverse")

    def formant_error(self, distance: xr.DataArray, length: xr.DataArray) -> xr.DataArray:
        """How far the formants of tracts are from those that were heard, by formant, in %."""
        sung = resonances(self.stores["areas"], distance, length)
        habit = xr.ufuncs.exp(self.in_fold(self.judge.habit))
        return by_formant(100 * relative_error(sung * habit, self.heard))

    def in_fold(self, of: xr.DataArray) -> xr.DataArray:
        """What training says, in the fold that holds each frame out."""
        return of.isel(fold=self.evidence.fold_of_time)

    def log_area(self, distance: xr.DataArray) -> xr.DataArray:
        return log_area(self.stores["areas"], distance)

    @cached_property
    def distance(self) -> xr.DataArray:
        """Measured cross-distances (time, place) [m]."""
        return xr.ufuncs.exp(self.evidence.log_distance)

    @cached_property
    def heard(self) -> xr.DataArray:
        """Formants of the sound that was given (time, formant) [Hz]."""
        heard = unlabelled(self.stores["formants"].frequency)
        return heard.where(self.evidence.asked_of_sound)

    @cached_property
    def measured_area(self) -> xr.DataArray:
        """ln A of the measured tract, in the frames that were asked (time, place)."""
        return self.log_area(self.distance).where(self.evidence.asked_of_sound)

    @cached_property
    def usual_area(self) -> xr.DataArray:
        """ln A of the mean shape, in the frames that were asked (time, place)."""
        return self.log_area(self.in_fold(self.judge.shape)).where(self.evidence.asked_of_sound)

    @cached_property
    def true_area(self) -> xr.DataArray:
        """ln A of the simulator's tract (time, place)."""
        return xr.DataArray(true_shapes(self.stores)[0], dims=("time", "place"))

    @cached_property
    def error_of_mean_shape(self) -> xr.DataArray:
        return self.formant_error(self.in_fold(self.judge.shape), self.in_fold(self.judge.length))

    @cached_property
    def error_of_measured_shape(self) -> xr.DataArray:
        return self.formant_error(self.distance, self.evidence.tract_length)


def relative_area_error(log_areas: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Mean size of a difference of ln A in %, each frame's mean difference taken out."""
    away = log_areas - known
    return of_no_formant(100 * abs(away - away.mean("place")).mean(["time", "place"]))


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
