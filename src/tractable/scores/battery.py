"""The validation battery of one corpus: every score of every model, speaker by speaker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Annotated, Any

import numpy as np
import xarray as xr

from tractable.contracts import BadInput
from tractable.scores.accuracy import Guess, accuracy_scores, guesses
from tractable.scores.agreement import (
    agreement,
    by_another_law,
    capped,
    in_noise,
    sit,
    without,
)
from tractable.scores.agreement_by_phone import phones_explained
from tractable.scores.assembly import CAPPED, DRAWN, MEASURED, OTHERWISE_CAPPED, assembled
from tractable.scores.atlas import atlas_curves, atlas_scores, log_errors, met
from tractable.scores.attribution import faithfulness_scores, order_scores
from tractable.scores.ceilings import with_drawn_errors, with_measured_errors
from tractable.scores.coupling import ArticulatorCoupling, coupling_scores
from tractable.scores.efficiency import efficiency_curves, learnt
from tractable.scores.envelope import envelope_scores
from tractable.scores.errors import error_curves
from tractable.scores.evidence import Evidence, Stores, gathered
from tractable.scores.exam import Exam
from tractable.scores.identifiability import identifiability_scores
from tractable.scores.inverse import inverse_scores, judges
from tractable.scores.measurement import measurement_scores
from tractable.scores.movement import Movement, movement_scores
from tractable.scores.networks import inside_networks
from tractable.scores.noise import Noise, measured_noise, without_habits
from tractable.scores.nomograms import nomogram_curves
from tractable.scores.onsets import Onsets, onset_scores
from tractable.scores.orderings import Orderings, ordering_curves
from tractable.scores.phones import phone_curves
from tractable.scores.pictures import picture_scores
from tractable.scores.plateaus import plateau_scores
from tractable.scores.probes import Probing
from tractable.scores.recovery import recovery_scores
from tractable.scores.redrawn import redrawn_scores
from tractable.scores.reference import (
    Known,
    differences,
    known_as_measured,
    known_by_law,
    known_truth,
    physics,
)
from tractable.scores.residual import residual_scores
from tractable.scores.score import Score
from tractable.scores.stability import Equals, mean_errors, stability_curves, stability_scores


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
    equally_accurate: Annotated[dict[str, Any], Equals],
    together: float,
    around_focus: float,
    orderings: Annotated[dict[str, Any], Orderings],
    ways: int,
    atlas_places: int,
    hard_cases: dict[str, list[str]],
    another_law: dict[str, list[float]],
    circular: list[str],
    permutations: int,
    seed: int,
    probes: Annotated[dict[str, Any], Probing],
    movement: Annotated[dict[str, Any], Movement],
    coupling: Annotated[dict[str, Any], ArticulatorCoupling],
    onsets: Annotated[dict[str, Any], Onsets],
) -> xr.Dataset:
    """All scores of a corpus, with its controls, nulls and ceilings.

    Parameters
    ----------
    speakers : name -> noun -> store: contours, areas, formants, theory, dynamics, folds,
        predictions, explanations, efficiency and, where a simulator made the speech, truth.
    width : sigma of the interventional metric [m].
    least_movement : sd of ln d below which a place takes the slope that all places share.
    foregone : majority from which on the sign in a cell is no question any more.
    contour_stride : every how many frames a contour is compared with the truth.
    phone_frames : scored frames of a speaker below which a phone has no error of its own.
    closed : a true constriction narrower than that is closed [m].
    largest_change : of ln F in an examined movement; beyond it formants were confused.
    least_total : effect of the length of all cavities together below which a model's shares are
        not made to sum to 1, see `affiliation.shares`.
    equally_accurate : options of `stability.Equals`.
    together : distance over which cross-distances are wrong together [m].
    around_focus : how far from a focal point the quantal ratio looks [m].
    orderings : options of `orderings.Orderings`.
    ways : in which tracts move most, which formants see or do not.
    atlas_places : equal parts of the tract, by which errors of tubes are told.
    hard_cases : name -> labels of phones that are known to be hard for a tube; there is no score
        of phones that nobody says.
    another_law : by which too the truth is judged on measured shapes, where there is a simulator,
        and elsewhere all models; see `area_of`.
    circular : models that are a published law of area and nothing else, as the references of
        recordings are: there they are not asked what depends on it.
    permutations : of frames, by which it is asked whether a map belongs to its own.
    seed : of these, of the permutation of physics over frames, and of errors that are drawn.
    probes : options of `probes.Probing`.
    movement : options of `movement.Movement`.
    coupling : options of `coupling.ArticulatorCoupling`.
    onsets : options of `onsets.Onsets`.

    Returns
    -------
    Dataset of the contract ``scores``.

    Raises
    ------
    BadInput : a model in ``equally_accurate`` that is none, speakers asked of different models,
        stores on several clocks, or a speaker of whom no explained frame can be examined.
    """
    refuse_other_models(corpus, speakers)
    stores = list(speakers.values())
    simulated = all("truth" in of for of in stores)
    measured = partial(known_as_measured, least_movement=least_movement)
    law = partial(known_truth, least_movement=least_movement) if simulated else measured
    drawn = partial(with_drawn_errors, law=law, together=together, seed=seed)
    evidences = [gathered(name, of, partial(physics, law=law)) for name, of in speakers.items()]
    exams = sit(evidences, width=width, seed=seed)
    guess = guesses(evidences, stores)
    noises = known_noises(evidences, stores, simulated)
    examined = [Examined(*of) for of in zip(exams, stores, noises, strict=True)]
    within, layered = inside_networks(exams, stores, Probing(**probes))
    less = [learnt(of.exam, of.stores, guess, of.noise) for of in examined]
    unfit = [] if simulated else circular
    errors, equals = mean_errors(exams, stores), Equals(**equally_accurate)
    equals.refuse_strangers(map(str, errors.model.values))
    ordering = Orderings(**orderings)
    agree = partial(
        agreement,
        foregone=foregone,
        least_total=least_total,
        around_focus=around_focus,
        orderings=ordering,
        permutations=permutations,
        seed=seed,
    )
    hard, of_tubes = met(hard_cases, stores), list(map(log_errors, evidences, stores))
    parts = [
        [without(agree(exam), unfit) for exam in exams],
        [without(of.orders(law, seed), unfit) for of in examined],
        [list(phones_explained(exam, least_frames=ordering.least_frames)) for exam in exams],
        [faithfulness_scores(exam) for exam in exams],
        [picture_scores(exam) for exam in exams],
        [stability_scores(exam, errors, equals) for exam in exams],
        residual_and_accuracy(examined, guess, ways),
        envelope_scores(evidences, stores),
        [of.identifiability(ways) for of in examined],
        within,
        [of.scores for of in less],
        [without(in_noise(of.exam, of.stores, DRAWN, drawn, agree), unfit) for of in examined],
        [atlas_scores(*of, hard_cases=hard) for of in zip(of_tubes, stores, strict=True)],
    ]
    curves = phone_curves(evidences, stores, least_frames=phone_frames)
    curves |= efficiency_curves(less) | layered | stability_curves(exams)
    curves |= nomogram_curves(exams, stores) | ordering_curves(exams, ordering)
    curves |= atlas_curves(of_tubes, stores, places=atlas_places)
    curves["held_out_fold"] = np.array([held_out_fold(of["folds"]) for of in stores])
    by_another = partial(known_by_law, law=another_law)
    if simulated:
        for name, judge in ((CAPPED, measured), (OTHERWISE_CAPPED, by_another)):
            parts += [capped(name, evidences, stores, partial(physics, law=judge), agree, width)]
        as_wrong = partial(with_measured_errors, law=law)
        parts += [[in_noise(of.exam, of.stores, MEASURED, as_wrong, agree) for of in examined]]
        parts += [measurements(examined, contour_stride, closed, largest_change)]
        curves |= error_curves(stores, stride=contour_stride, least_movement=least_movement)
    else:
        other = partial(physics, law=by_another)
        others = sit([gathered(*of, other) for of in speakers.items()], width=width, seed=seed)
        judged = partial(by_another_law, foregone=foregone, least_total=least_total)
        parts.append([without(judged(exam), unfit) for exam in others])
    laws = Movement(**movement)
    parts.append([movement_scores(of["dynamics"], laws) for of in stores])
    parts.append([plateau_scores(of["dynamics"]) for of in stores])
    parts.append(onset_scores(evidences, stores, Onsets(**onsets)))
    coupled = partial(coupling_scores, asked=ArticulatorCoupling(**coupling))
    parts.append([coupled(of["contours"], of["dynamics"]) for of in stores])
    if simulated:
        recovered = partial(recovery_scores, asked=laws, closed=closed)
        parts.append([recovered(of["dynamics"], of["truth"]) for of in stores])
    by_speaker = [list(chain(*scores)) for scores in zip(*parts, strict=True)]
    return assembled(corpus, dict(zip(speakers, by_speaker, strict=True)), curves)


@dataclass(frozen=True)
class Examined:
    """One speaker, examined."""

    exam: Exam
    stores: Stores
    noise: Noise | None  # of what was measured; None: nobody knows it

    def orders(self, law: Callable[[Stores], Known], seed: int) -> list[Score]:
        """V7 where attributions are judged by what physics does without them."""
        return order_scores(self.exam, law(self.stores).departure, seed=seed)

    def identifiability(self, ways: int) -> list[Score]:
        """V8; see `identifiability_scores` and `redrawn_scores`."""
        evidence, natural = self.exam.evidence, self.exam.training.natural
        return [
            *identifiability_scores(evidence, self.stores, natural, ways=ways),
            *redrawn_scores(evidence),
        ]


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
    """Refuse speakers who were not all asked of the same models, layers, or amounts of data.

    Raises
    ------
    BadInput : naming what each speaker was asked of.
    """
    pairs = [("predictions", "model"), ("explanations", "model"), ("explanations", "layer")]
    for noun, dim in (*pairs, ("efficiency", "model"), ("efficiency", "amount")):
        stores = {name: of[noun] for name, of in speakers.items()}
        asked = {name: tuple(of[dim].values) if dim in of else () for name, of in stores.items()}
        if len(set(asked.values())) > 1:
            raise BadInput(
                f"{corpus}: speakers with other {dim}s than the rest in data/{noun}: {asked}; "
                f"`dvc repro {noun}` asks them all anew"
            )


def held_out_fold(folds: xr.Dataset) -> int:
    """The fold that alone tests a speaker; -1: several do, each a part of the frames."""
    tested = (folds.role == "test").any("time")
    return int(tested.argmax("fold")) if tested.sum() == 1 else -1


def known_noises(
    evidences: list[Evidence], stores: list[Stores], simulated: bool
) -> list[Noise] | list[None]:
    """What measuring did to every speaker, where the truth is known."""
    if not simulated:
        return [None] * len(stores)
    pairs = zip(evidences, stores, strict=True)
    return without_habits([measured_noise(*pair) for pair in pairs], evidences)


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
