"""V1, V3 and V4 by phone: in which sounds does a model depend on the tract as physics does?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import xarray as xr

from tractable.scores.affiliation import affiliation_scores
from tractable.scores.exam import Exam
from tractable.scores.interventions import informative_score
from tractable.scores.metrics import ratio_of_sums, squared
from tractable.scores.phones import often_said
from tractable.scores.score import (
    Score,
    by_formant,
    exactly,
    measured,
    of_no_formant,
    one_model,
)
from tractable.scores.sensitivity import skill_in


def phone_scores(
    exam: Exam, *, least_frames: int, foregone: float, least_total: float
) -> Iterator[Score]:
    """V1 by formant, V3 and V4 over formants, of every phone that was explained often enough.

    A frame counts for its phone as it does for all speech: natural skill is 1 for the truth and 0
    for the neutral map, with the metric and the gain that training speakers teach of everything.

    Parameters
    ----------
    least_frames : explained frames of the speaker below which a phone has no scores.
    foregone, least_total : see ``intervention_scores`` and ``affiliation_scores``.
    """
    for phone, part in by_phone(exam, least_frames):
        natural = skill_in(part, part.answers.distance_sensitivity, "natural")
        signs = informative_score(part, foregone=foregone)
        skill = affiliation_scores(part, least_total=least_total)[0]
        yield Score(f"V1 natural skill in {phone}", natural, 1, exactly(0.0), exactly(1.0))
        for score in (signs, skill):
            yield replace(over_formants(score), name=f"{score.name} in {phone}")


def phones_explained(exam: Exam, *, least_frames: int) -> Iterator[Score]:
    """Of the same phones: how many frames, and what the neutral map leaves of physics there.

    The less that is, the less there is for a skill to tell.
    """
    for phone, part in by_phone(exam, least_frames):
        left = by_formant(left_by_neutral(part))
        count = of_no_formant(xr.DataArray(float(len(part.evidence.frames))))
        for name, value in (
            ("V1 share left by the neutral map", left),
            ("explained frames", count),
        ):
            yield measured(f"{name} in {phone}", one_model("areas", value), 0)


def by_phone(exam: Exam, least_frames: int) -> Iterator[tuple[str, Exam]]:
    """The part of an exam that is one phone's, of those that have so many frames."""
    phones = exam.evidence.phone_of_frame
    for phone in often_said(phones, least_frames):
        yield str(phone), exam.at(np.flatnonzero(phones == phone))


def left_by_neutral(exam: Exam) -> xr.DataArray:
    """Share (formant,) of physics' squares that the neutral map with its gain misses.

    In the natural metric, as that skill is.
    """
    known, metric = exam.reference.distance_sensitivity, exam.natural
    usual = exam.held_out(exam.training.neutral["natural"])
    return ratio_of_sums(squared(known - usual, metric), squared(known, metric), "frame")


def over_formants(score: Score) -> Score:
    """The mean alone."""
    null = score.null.sel(formant=["mean"]) if "formant" in score.null.dims else score.null
    return replace(score, value=score.value.sel(formant=["mean"]), null=null)
