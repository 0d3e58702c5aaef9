"""Exams, and what they say of V1 to V7: of models, and of physics where it is handicapped."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from tractable.scores.affiliation import affiliation_scores
from tractable.scores.agreement_by_phone import phone_scores
from tractable.scores.attribution import attribution_scores
from tractable.scores.evidence import Evidence, Stores, usable
from tractable.scores.exam import Exam
from tractable.scores.interventions import intervention_scores
from tractable.scores.laws import law_scores
from tractable.scores.maps import SWEPT, answered, controls
from tractable.scores.nomograms import nomogram_scores
from tractable.scores.orderings import Orderings, ordering_scores
from tractable.scores.permuted_frames import permutation_scores
from tractable.scores.score import UNKNOWN, Score
from tractable.scores.sensitivity import sensitivity_scores
from tractable.scores.textbook import textbook_scores
from tractable.scores.training import trained

Told = Callable[[Evidence, Stores], xr.Dataset]  # what physics is told of the explained frames


def sit(evidences: list[Evidence], *, width: float, seed: int) -> list[Exam]:
    """Every speaker's exam, the controls among the examined."""
    training = trained(evidences, width=width)
    exams = []
    for evidence in evidences:
        maps = controls(evidence, training, seed=seed)
        answers = xr.concat([answered(evidence.answers), maps], "model")
        exams.append(Exam(evidence, training, answers, width))
    return exams


def agreement(
    exam: Exam,
    *,
    foregone: float,
    least_total: float,
    around_focus: float,
    orderings: Orderings,
    permutations: int,
    seed: int,
) -> list[Score]:
    """V1 to V7: does the model depend on the tract as physics does?"""
    return [
        *sensitivity_scores(exam),
        *permutation_scores(exam, permutations=permutations, seed=seed),
        *law_scores(exam),
        *intervention_scores(exam, foregone=foregone),
        *textbook_scores(exam),
        *affiliation_scores(exam, least_total=least_total),
        *nomogram_scores(exam, around=around_focus),
        *ordering_scores(exam, orderings),
        *attribution_scores(exam),
        *phone_scores(
            exam,
            least_frames=orderings.least_frames,
            foregone=foregone,
            least_total=least_total,
        ),
    ]


def by_another_law(exam: Exam, *, foregone: float, least_total: float) -> list[Score]:
    """V1, V3 and V4 of all who are examined, where another published law of area is the judge.

    Where nobody knows the areas, what hangs on the law is to be read between two (decision 14).
    """
    scores = [
        *sensitivity_scores(exam),
        *intervention_scores(exam, foregone=foregone),
        *affiliation_scores(exam, least_total=least_total),
    ]
    return [replace(score, name=f"{score.name} by another law") for score in scores]


def without(scores: list[Score], models: list[str]) -> list[Score]:
    """The same scores, not applicable to some models."""
    return [
        replace(score, value=score.value.where(~score.value.model.isin(models))) for score in scores
    ]


def capped(
    name: str,
    evidences: list[Evidence],
    stores: list[Stores],
    judge: Callable[[Stores, np.ndarray], xr.Dataset],
    agree: Callable[[Exam], list[Score]],
    width: float,
) -> list[list[Score]]:
    """What the truth itself, under this name, scores by a reference that a recording can have."""
    on_trial = []
    for evidence, of in zip(evidences, stores, strict=True):
        truth = answered(evidence.reference).expand_dims(model=[name])
        reference = judge(of, evidence.frames)
        on_trial.append(usable(replace(evidence, reference=reference, answers=truth)))
    training = trained(on_trial, width=width)
    exams = [Exam(evidence, training, evidence.answers, width) for evidence in on_trial]
    return [own_scores(agree(exam)) for exam in exams]


def in_noise(
    exam: Exam, stores: Stores, name: str, told: Told, agree: Callable[[Exam], list[Score]]
) -> list[Score]:
    """What physics, under this name, scores when it is ``told`` of shapes that are wrong.

    It is not asked for attributions, nor for nomograms.
    """
    names = [of for of in ("attribution", SWEPT) if of in exam.reference]
    unasked = {of: xr.full_like(exam.reference[of], np.nan) for of in names}
    answers = answered(told(exam.evidence, stores).assign(unasked)).expand_dims(model=[name])
    return own_scores(agree(replace(exam, answers=answers)))


def own_scores(scores: list[Score]) -> list[Score]:
    """Scores of who is no model: nulls and ceilings are for those who are."""
    return [replace(score, null=UNKNOWN, ceiling=UNKNOWN) for score in scores]
