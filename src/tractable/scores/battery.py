"""The validation battery of one corpus: every score of every model, speaker by speaker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
import xarray as xr

from tractable.contracts import BadInput
from tractable.scores.accuracy import Guess, accuracy_scores, guesses
from tractable.scores.affiliation import affiliation_scores
from tractable.scores.assembly import CAPPED, assembled
from tractable.scores.atlas import atlas_curves, atlas_scores, met
from tractable.scores.attribution import (
    attribution_scores,
    deletion_scores,
    faithfulness_scores,
)
from tractable.scores.departures import Departure
from tractable.scores.efficiency import efficiency_curves, learnt
from tractable.scores.envelope import envelope_scores
from tractable.scores.errors import error_curves
from tractable.scores.evidence import Evidence, Stores, gathered, usable
from tractable.scores.exam import Exam
from tractable.scores.identifiability import identifiability_scores
from tractable.scores.interventions import intervention_scores
from tractable.scores.inverse import inverse_scores, judges
from tractable.scores.laws import law_scores
from tractable.scores.maps import ANSWERED, controls
from tractable.scores.measurement import measurement_scores
from tractable.scores.noise import Noise, measured_noise, without_habits
from tractable.scores.phones import phone_curves
from tractable.scores.reference import (
    differences,
    measured_departure,
    of_textbook,
    of_truth,
    true_departure,
)
from tractable.scores.residual import residual_scores
from tractable.scores.score import UNKNOWN, Score
from tractable.scores.sensitivity import sensitivity_scores
from tractable.scores.textbook import textbook_scores
from tractable.scores.training import trained


def battery(
    corpus: str,
    speakers: Mapping[str, Stores],
    *,
    width: float,
    least_movement: float,
    foregone: float,
    contour_stride: int,
    phone_frames: int,
    closed: float,
    largest_change: float,
    least_total: float,
    ways: int,
    atlas_places: int,
    hard_cases: dict[str, list[str]],
    circular: list[str],
    seed: int,
) -> xr.Dataset:
    """All scores of a corpus, with its controls, nulls and ceilings.

    Parameters
    ----------
    speakers : name -> noun -> store: contours, areas, formants, theory, folds, predictions,
        explanations, efficiency and, where a simulator made the speech, truth.
    width : sigma of the interventional metric [m].
    least_movement : sd of ln d below which a place takes the slope that all places share.
    foregone : majority from which on the sign in a cell is no question any more.
    contour_stride : every how many frames a contour is compared with the truth.
    phone_frames : scored frames of a speaker below which a phone has no error of its own.
    closed : a true constriction narrower than that is closed [m].
    largest_change : of ln F in an examined movement; beyond it formants were confused.
    least_total : effect of the length of all cavities together below which a model's shares are
        not made to sum to 1, see `affiliation.shares`.
    ways : in which tracts move most, which formants see or do not.
    atlas_places : equal parts of the tract, by which errors of tubes are told.
    hard_cases : name -> labels of phones that are known to be hard for a tube; there is no score
        of phones that nobody says.
    circular : models that are the textbook law, or were pulled towards it: where that law is the
        reference they are not asked what depends on it.
    seed : of the permutation of physics over frames.

    Returns
    -------
    Dataset of the contract ``scores``.

    Raises
    ------
    BadInput : speakers asked of different models, stores on several clocks, or a speaker of whom no
        explained frame can be examined.
    """
    refuse_other_models(corpus, speakers)
    stores = list(speakers.values())
    simulated = all("truth" in of for of in stores)
    textbook = partial(of_textbook, least_movement=least_movement)
    physics = partial(of_truth, least_movement=least_movement) if simulated else textbook
    way = true_departure if simulated else measured_departure
    evidences = [gathered(name, of, physics) for name, of in speakers.items()]
    exams = sit(evidences, width=width, seed=seed)
    guess = guesses(evidences, stores)
    noises = known_noises(evidences, stores, simulated)
    examined = [Examined(*of) for of in zip(exams, stores, noises, strict=True)]
    less = [learnt(of.exam, of.stores, guess, of.noise) for of in examined]
    unfit = [] if simulated else circular
    hard = met(hard_cases, stores)
    agree = partial(agreement, foregone=foregone, least_total=least_total)
    parts = [
        [without(agree(exam), unfit) for exam in exams],
        [without(of.deletion(way, seed), unfit) for of in examined],
        [faithfulness_scores(exam) for exam in exams],
        residual_and_accuracy(examined, guess, ways),
        envelope_scores(evidences, stores),
        [of.identifiability(ways) for of in examined],
        [of.scores for of in less],
        [atlas_scores(of.exam.evidence, of.stores, hard_cases=hard) for of in examined],
    ]
    curves = efficiency_curves(less) | phone_curves(evidences, stores, least_frames=phone_frames)
    curves |= atlas_curves(evidences, stores, places=atlas_places)
    if simulated:
        parts += [capped(evidences, stores, textbook, agree, width)]
        parts += [measurements(examined, contour_stride, closed, largest_change)]
        curves |= error_curves(stores, stride=contour_stride, least_movement=least_movement)
    by_speaker = [list(chain(*scores)) for scores in zip(*parts, strict=True)]
    return assembled(corpus, dict(zip(speakers, by_speaker, strict=True)), curves)


@dataclass(frozen=True)
class Examined:
    """One speaker, examined."""

    exam: Exam
    stores: Stores
    noise: Noise | None  # of what was measured; None: nobody knows it

    def deletion(self, way: Callable[[Stores, np.ndarray], Departure], seed: int) -> list[Score]:
        """V7 where attributions are judged by what physics does without them."""
        return deletion_scores(self.exam, partial(way, self.stores), seed=seed)

    def identifiability(self, ways: int) -> list[Score]:
        """V8; see `identifiability_scores`."""
        natural = self.exam.training.natural
        return identifiability_scores(self.exam.evidence, self.stores, natural, ways=ways)


def residual_and_accuracy(examined: list[Examined], guess: Guess, ways: int) -> list[list[Score]]:
    """VR, and V0 in both directions, speaker by speaker."""
    evidences, stores = [of.exam.evidence for of in examined], [of.stores for of in examined]
    usual = judges(evidences, stores, guess, examined[0].exam.training.natural, ways=ways)
    return [
        [
            *residual_scores(of.exam, of.stores),
            *accuracy_scores(of.exam.evidence, of.stores, guess, of.noise),
            *inverse_scores(of.exam.evidence, of.stores, usual, of.noise),
        ]
        for of in examined
    ]


def refuse_other_models(corpus: str, speakers: Mapping[str, Stores]) -> None:
    """Refuse speakers who were not all asked of the same models, or amounts of data.

    Raises
    ------
    BadInput : naming what each speaker was asked of.
    """
    pairs = [("predictions", "model"), ("explanations", "model")]
    for noun, dim in (*pairs, ("efficiency", "model"), ("efficiency", "amount")):
        asked = {name: tuple(of[noun][dim].values) for name, of in speakers.items()}
        if len(set(asked.values())) > 1:
            raise BadInput(
                f"{corpus}: speakers with other {dim}s than the rest in data/{noun}: {asked}; "
                f"`dvc repro {noun}` asks them all anew"
            )


def sit(evidences: list[Evidence], *, width: float, seed: int) -> list[Exam]:
    """Every speaker's exam, the controls among the examined."""
    training = trained(evidences, width=width)
    exams = []
    for evidence in evidences:
        maps = controls(evidence, training, seed=seed)
        answers = xr.concat([evidence.answers[list(ANSWERED)], maps], "model")
        exams.append(Exam(evidence, training, answers, width))
    return exams


def agreement(exam: Exam, foregone: float, least_total: float) -> list[Score]:
    """V1 to V4 and V7: does the model depend on the tract as physics does?"""
    return [
        *sensitivity_scores(exam),
        *law_scores(exam),
        *intervention_scores(exam, foregone=foregone),
        *textbook_scores(exam),
        *affiliation_scores(exam, least_total=least_total),
        *attribution_scores(exam),
    ]


def without(scores: list[Score], models: list[str]) -> list[Score]:
    """The same scores, not applicable to some models."""
    return [
        replace(score, value=score.value.where(~score.value.model.isin(models))) for score in scores
    ]


def known_noises(
    evidences: list[Evidence], stores: list[Stores], simulated: bool
) -> list[Noise] | list[None]:
    """What measuring did to every speaker, where the truth is known."""
    if not simulated:
        return [None] * len(stores)
    pairs = zip(evidences, stores, strict=True)
    return without_habits([measured_noise(*pair) for pair in pairs], evidences)


def capped(
    evidences: list[Evidence],
    stores: list[Stores],
    textbook: Callable[[Stores, np.ndarray], xr.Dataset],
    agree: Callable[[Exam], list[Score]],
    width: float,
) -> list[list[Score]]:
    """What the truth itself scores against the only reference that a recording has."""
    on_trial = []
    for evidence, of in zip(evidences, stores, strict=True):
        truth = evidence.reference[list(ANSWERED)].expand_dims(model=[CAPPED])
        reference = textbook(of, evidence.frames)
        on_trial.append(usable(replace(evidence, reference=reference, answers=truth)))
    training = trained(on_trial, width=width)
    exams = [Exam(evidence, training, evidence.answers, width) for evidence in on_trial]
    return [[replace(s, null=UNKNOWN, ceiling=UNKNOWN) for s in agree(exam)] for exam in exams]


def measurements(
    examined: list[Examined], stride: int, closed: float, largest_change: float
) -> list[list[Score]]:
    """What measuring cost, speaker by speaker."""
    found = []
    for of in examined:
        moved = differences(of.stores["truth"], largest_change=largest_change)
        evidence, stores = of.exam.evidence, of.stores
        found.append(measurement_scores(evidence, stores, moved, stride=stride, closed=closed))
    return found
