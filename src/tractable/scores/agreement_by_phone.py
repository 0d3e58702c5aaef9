"""V1, V3 and V4 by phone: in which sounds does a model depend on the tract as physics does?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tractable.scores.affiliation import affiliation_scores
from tractable.scores.exam import Exam
from tractable.scores.interventions import informative_score
from tractable.scores.score import Score, exactly
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
    phones, count = np.unique(exam.evidence.phone_of_frame, return_counts=True)
    for phone in phones[(count >= least_frames) & (phones != "")]:
        part = exam.at(np.flatnonzero(exam.evidence.phone_of_frame == phone))
        natural = skill_in(part, part.answers.distance_sensitivity, "natural")
        signs = informative_score(part, foregone=foregone)
        skill = affiliation_scores(part, least_total=least_total)[0]
        yield Score(f"V1 natural skill in {phone}", natural, 1, exactly(0.0), exactly(1.0))
        for score in (signs, skill):
            yield replace(over_formants(score), name=f"{score.name} in {phone}")


def over_formants(score: Score) -> Score:
    """The mean alone."""
    null = score.null.sel(formant=["mean"]) if "formant" in score.null.dims else score.null
    return replace(score, value=score.value.sel(formant=["mean"]), null=null)
