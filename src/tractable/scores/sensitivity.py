"""V1: does the formant move as physics says when the tract moves?"""

import xarray as xr

from tractable.scores.exam import Exam
from tractable.scores.maps import NEUTRAL
from tractable.scores.metrics import correlation, inner, ratio_of_sums, squared
from tractable.scores.score import Score, by_formant, exactly
from tractable.scores.training import neutral_map, places


def skill(
    maps: xr.DataArray, reference: xr.DataArray, baseline: xr.DataArray, metric: xr.DataArray
) -> xr.DataArray:
    """1 - sum_f |J - S*|^2_Q / sum_f |S* - g N|^2_Q (model, formant): truth 1, neutral map 0.

    Parameters
    ----------
    maps : J (model, frame, formant, place), dlnF/dlnd.
    reference : S* (frame, formant, place).
    baseline : g N (frame, formant, place), g fitted on training speakers.
    metric : Q (frame, place, other).
    """
    missed = squared(maps - reference, metric)
    guessed = squared(reference - baseline, metric)
    return 1 - ratio_of_sums(missed, guessed, "frame")


def gain(maps: xr.DataArray, reference: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """Slope of J on S* (diagnostic): below 1 where noise attenuates a fitted law."""
    return ratio_of_sums(inner(maps, reference, metric), squared(reference, metric), "frame")


def partial_correlation(
    maps: xr.DataArray, reference: xr.DataArray, neutral: xr.DataArray
) -> xr.DataArray:
    """r of J and S* given {1, N} (diagnostic: it forgives a reversed tract).

    Not applicable to a map that is N itself, of which nothing is left.
    """
    over = ["frame", "place"]
    wave = neutral - neutral.mean("place")

    def beyond_neutral(values: xr.DataArray) -> xr.DataArray:
        centred = values - values.mean(over)
        left = centred - wave * (centred * wave).mean(over) / (wave**2).mean("place")
        return left.where((left**2).mean(over) > 1e-20 * (centred**2).mean(over))

    return correlation(beyond_neutral(maps), beyond_neutral(reference), over)


def deviation_correlation(maps: xr.DataArray, reference: xr.DataArray) -> xr.DataArray:
    """r of what changes from frame to frame in J and in S* (diagnostic)."""
    moving = maps - maps.mean("frame")
    return correlation(moving, reference - reference.mean("frame"), ["frame", "place"])


def skill_in(exam: Exam, maps: xr.DataArray, name: str) -> xr.DataArray:
    """Skill (model, formant) of an exam's maps, or of others on its frames, in a metric."""
    baseline = exam.held_out(exam.training.neutral[name])
    answered = answered_in(exam, maps, name)
    return by_formant(
        skill(answered, exam.reference.distance_sensitivity, baseline, exam.metric(name))
    )


def answered_in(exam: Exam, maps: xr.DataArray, name: str) -> xr.DataArray:
    """Maps as they are in a metric: the neutral one's gain belongs to it, so it is g N itself."""
    return maps.where(maps.model != NEUTRAL, exam.held_out(exam.training.neutral[name]))


def sensitivity_scores(exam: Exam) -> list[Score]:
    """V1 in both metrics, and its diagnostics."""
    maps, reference = exam.answers.distance_sensitivity, exam.reference.distance_sensitivity
    wave = neutral_map(reference.formant, places(exam.evidence.log_distance))
    truth, guess = exactly(1.0), exactly(0.0)
    scores = [
        Score(f"V1 {name} skill", skill_in(exam, maps, name), 1, guess, truth)
        for name in ("natural", "interventional")
    ]
    diagnostics = {
        "partial r": partial_correlation(maps, reference, wave),
        "deviation r": deviation_correlation(maps, reference),
        "gain": gain(maps, reference, exam.natural),
    }
    for name, values in diagnostics.items():
        better = 0 if name == "gain" else 1
        scores.append(Score(f"V1 {name} (diagnostic)", by_formant(values), better, guess, truth))
    return scores
