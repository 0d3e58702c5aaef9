"""V0: how near is a model on what it has not seen? Only what is accurate is worth interpreting."""

from dataclasses import dataclass

import xarray as xr

from tractable.scores.coverage import formant_coverage, formant_width
from tractable.scores.evidence import Evidence, Stores, unlabelled
from tractable.scores.noise import Noise, formant_floors, shape_floor
from tractable.scores.score import UNKNOWN, Score, by_formant, of_no_formant
from tractable.scores.training import pooled


def relative_error(predicted: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Mean abs(dF)/F over ``time``; frames where either is NaN do not count."""
    return abs(predicted / known - 1).mean("time")


def absolute_error(predicted: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Mean abs(dF) over ``time`` [Hz]."""
    return abs(predicted - known).mean("time")


def shape_error(predicted: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Root mean square over ``time`` and ``place`` of a cross-distance [m]."""
    return ((predicted - known) ** 2).mean(["time", "place"]) ** 0.5


@dataclass(frozen=True)
class Guess:
    """What one would say unseen, the null of accuracy: means over the frames that train a fold."""

    frequency: xr.DataArray  # (fold, formant) [Hz]
    distance: xr.DataArray  # (fold, place) [m]


def guesses(evidences: list[Evidence], stores: list[Stores]) -> Guess:
    """Training means of trusted formants and measured shapes."""
    trains = [evidence.trains for evidence in evidences]
    heard = [unlabelled(of["formants"].frequency) for of in stores]
    seen = [xr.ufuncs.exp(evidence.log_distance) for evidence in evidences]
    return Guess(pooled(heard, trains, "time"), pooled(seen, trains, "time"))


def accuracy_scores(
    evidence: Evidence, stores: Stores, guess: Guess, noise: Noise | None
) -> list[Score]:
    """V0 in both directions, against what was measured and, where ``noise`` is known, the truth."""
    predictions = unlabelled(stores["predictions"][["frequency", "log_frequency_sd", "distance"]])
    asked = evidence.asked_of_sound
    predicted = predictions.frequency.where(asked)
    heard, guessed, against_sound = gauged(evidence, stores, guess, noise)
    shapes = predictions.distance.rename(inverse_model="model").where(asked)
    mean_shape = guess.distance.isel(fold=evidence.fold_of_time).where(asked)
    measured = xr.ufuncs.exp(evidence.log_distance)
    deviation = predictions.log_frequency_sd.where(asked)
    doubts = [formant_coverage(predicted, deviation, heard), formant_width(deviation)]
    if noise is None:
        scores = [*formant_accuracy(predicted, heard, guessed, against_sound), *doubts]
        return [*scores, inverse_accuracy(shapes, measured, mean_shape, UNKNOWN)]
    truth = stores["truth"]
    poles = unlabelled(truth.frequency).where(heard.notnull())
    _, against_poles = formant_floors(noise, evidence)
    from_shape = shape_floor(noise, evidence)
    true = unlabelled(truth.distance)
    return [
        *formant_accuracy(predicted, heard, guessed, against_sound),
        *doubts,
        *formant_accuracy(predicted, poles, guessed, against_poles, " against poles"),
        inverse_accuracy(shapes, measured, mean_shape, from_shape),
        inverse_accuracy(shapes, true, mean_shape, from_shape, " against truth"),
    ]


def gauged(
    evidence: Evidence, stores: Stores, guess: Guess, noise: Noise | None
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """What predictions are held against: formants as heard, as guessed, and what noise costs."""
    guessed = guess.frequency.isel(fold=evidence.fold_of_time).where(evidence.asked_of_sound)
    floor = UNKNOWN if noise is None else formant_floors(noise, evidence)[0]
    return unlabelled(stores["formants"].frequency), guessed, floor


def formant_accuracy(
    predicted: xr.DataArray,
    known: xr.DataArray,
    guessed: xr.DataArray,
    floor: xr.DataArray,
    against: str = "",
) -> list[Score]:
    """V0 of formants, in % and in Hz.

    Parameters
    ----------
    predicted : (model, time, formant) [Hz], NaN where not held out or refused.
    known : (time, formant) [Hz], NaN where it cannot be trusted.
    guessed : (time, formant) [Hz], the null.
    floor : (formant,) mean abs(dF)/F that measuring alone costs.
    against : what ``known`` is, where it is not the sound.
    """
    floor = floor + xr.zeros_like(known.mean("time"))
    kinds = (
        ("%", relative_error, 100.0, floor),
        ("Hz", absolute_error, 1.0, floor * known.mean("time")),
    )
    return [
        Score(
            f"V0 error{against} ({unit})",
            by_formant(scale * error(predicted, known)),
            -1,
            by_formant(scale * error(guessed, known)),
            by_formant(scale * best),
        )
        for unit, error, scale, best in kinds
    ]


def inverse_accuracy(
    predicted: xr.DataArray,
    known: xr.DataArray,
    guessed: xr.DataArray,
    floor: xr.DataArray,
    against: str = "",
) -> Score:
    """V0 of shapes in mm: root mean square over places and frames of the cross-distance."""
    return Score(
        f"V0 rms error{against} (mm)",
        of_no_formant(1e3 * shape_error(predicted, known)),
        -1,
        of_no_formant(1e3 * shape_error(guessed, known)),
        of_no_formant(1e3 * floor),
        "inverse",
    )
