"""Honest and planted models of a made-up corpus, examined by the battery's own scores."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.stats import binomtest

from benchmarks.planted.corpus import (
    FOLDS,
    Speaker,
    answered,
    corpus,
    evidence,
    fold_of,
    of_measured,
    of_truth,
)
from benchmarks.planted.models import (
    READERS,
    double_gain,
    hybrid,
    partly,
    published,
    reader,
    wrong_cavity,
    wrong_gains,
)
from tractable.scores.accuracy import relative_error
from tractable.scores.affiliation import affiliation_scores
from tractable.scores.assembly import CAPPED
from tractable.scores.evidence import Evidence
from tractable.scores.exam import Exam
from tractable.scores.interventions import intervention_scores
from tractable.scores.laws import law_scores
from tractable.scores.maps import ANSWERED, MEAN, NEUTRAL, controls
from tractable.scores.residual import share_beyond
from tractable.scores.score import by_formant
from tractable.scores.sensitivity import sensitivity_scores, skill_in
from tractable.scores.training import Training, trained
from tractable.statistics import paired_difference

# As in params.yaml, scores: battery.
WIDTH, FOREGONE, LEAST_TOTAL = 0.01, 0.85, 0.25
CONFIDENCE = 0.95
SHARES = (0.5, 1.0)  # of a fault
HONEST, TWIN, PULLED, REVERSED = "honest", "twin", "pulled_to_reference", "reversed_with_residual"
ACCURACY, BEYOND_CAP, GAIN_ERROR = "V0 error (%)", "V1 natural skill above its cap", "V1 gain error"
NATURAL, INTERVENTIONAL = "V1 natural skill", "V1 interventional skill"
DEVIATION, SIGNS = "V1 deviation r (diagnostic)", "V3 balanced accuracy"
CAVITIES, RESIDUAL = "V4 affiliation skill", "VR residual share"
#: Score -> which way is better.
BETTER = {
    ACCURACY: -1,
    NATURAL: 1,
    INTERVENTIONAL: 1,
    DEVIATION: 1,
    GAIN_ERROR: -1,
    "V2 stretch distance": -1,
    SIGNS: 1,
    CAVITIES: 1,
    RESIDUAL: -1,
    BEYOND_CAP: 1,
}


class Pair(NamedTuple):
    """A planted model and a score, of one formant or of the mean over those that it has."""

    planted: str
    score: str
    formant: str = "mean"
    share: float = 1.0  # of the planted fault, the rest is honest

    @property
    def model(self) -> str:
        return graded(self.planted, self.share)


#: Named before any was tried: who has to be caught by what.
NAMED = (
    *(Pair(name, score) for name in READERS for score in (NATURAL, SIGNS)),
    *(Pair(REVERSED, score) for score in (NATURAL, RESIDUAL)),
    Pair("wrong_cavity", CAVITIES, "F2"),
    *(Pair("wrong_gains", score) for score in (NATURAL, INTERVENTIONAL)),
    *(Pair("double_gain", score) for score in (NATURAL, INTERVENTIONAL, GAIN_ERROR)),
    Pair(NEUTRAL, NATURAL),
    *(Pair(MEAN, score) for score in (INTERVENTIONAL, DEVIATION)),
    Pair(PULLED, BEYOND_CAP),
)
#: And who passes what, being wrong elsewhere.
PASSING = (
    *(Pair(name, ACCURACY) for name in (*READERS, REVERSED)),
    *(Pair(name, SIGNS) for name in ("wrong_gains", "double_gain")),
    Pair("wrong_cavity", NATURAL),
)


def told(speakers: list[Speaker], random: np.random.Generator, turn: float) -> list[xr.Dataset]:
    """What honest and planted models answer of each speaker (model, ...), taught by other folds.

    ``turn``: see `wrong_gains`.
    """
    found: dict[int, xr.Dataset] = {}
    for fold in range(FOLDS):
        tests = [k for k in range(len(speakers)) if fold_of(k) == fold]
        trains = [one for k, one in enumerate(speakers) if k not in tests]
        models = {
            HONEST: hybrid(random, trains),
            TWIN: hybrid(random, trains),
            REVERSED: hybrid(random, trains, turned=True),
            PULLED: published(),
        }
        for k in tests:
            readers = {name: reader(of, trains, speakers[k]) for name, of in READERS.items()}
            answers = {name: answered(of, speakers[k]) for name, of in (models | readers).items()}
            found[k] = with_faults(answers, turn)
    return [found[k] for k in range(len(speakers))]


def with_faults(answers: dict[str, xr.Dataset], turn: float) -> xr.Dataset:
    """The same with the honest answers edited, and everyone who is wrong in part (model, ...)."""
    honest = answers[HONEST]
    faults = {name: of for name, of in answers.items() if name not in (HONEST, TWIN)}
    faults["wrong_cavity"] = wrong_cavity(honest)
    faults["wrong_gains"] = wrong_gains(honest, turn)
    faults["double_gain"] = double_gain(honest)
    every = {HONEST: honest, TWIN: answers[TWIN]}
    for share in SHARES:
        every |= {graded(name, share): partly(honest, of, share) for name, of in faults.items()}
    return xr.concat([of.expand_dims(model=[name]) for name, of in every.items()], "model")


def graded(planted: str, share: float) -> str:
    """Name of a model that is wrong by a share of its fault."""
    return planted if share == 1 else f"{share:g} {planted}"


def posing(of: Evidence, training: Training) -> xr.Dataset:
    """Maps that see no frame among the models; their accuracy is whatever they like."""
    return beside(of.answers, controls(of, training, seed=0).sel(model=[NEUTRAL, MEAN]))


def beside(answers: xr.Dataset, others: xr.Dataset) -> xr.Dataset:
    """More models, who answer what both are asked; NaN where they are not."""
    common = [name for name in ANSWERED if name in answers]
    return xr.concat([answers, others[common]], "model")


def exams(
    speakers: list[Speaker], answers: list[xr.Dataset], references: list[xr.Dataset]
) -> list[Exam]:
    """Every speaker's exam by some reference."""
    evidences = [
        evidence(number, speakers, *pair)
        for number, pair in enumerate(zip(references, answers, strict=True))
    ]
    training = trained(evidences, width=WIDTH)
    return [Exam(of, training, posing(of, training), WIDTH) for of in evidences]


def scored(exam: Exam, one: Speaker) -> xr.Dataset:
    """Scores of one speaker (model, formant)."""
    found = {
        score.name: score.value
        for score in (
            *sensitivity_scores(exam),
            *law_scores(exam),
            *intervention_scores(exam, foregone=FOREGONE),
            *affiliation_scores(exam, least_total=LEAST_TOTAL),
        )
    }
    predicted = np.exp(exam.answers.log_frequency).rename(frame="time")
    heard = xr.DataArray(np.exp(one.heard), dims=("time", "formant"))
    found[ACCURACY] = by_formant(100 * relative_error(predicted, heard))
    found[GAIN_ERROR] = abs(found["V1 gain (diagnostic)"] - 1)
    maps = exam.answers.distance_sensitivity
    tube = exam.answers.tube_distance_sensitivity
    found[RESIDUAL] = by_formant(share_beyond(maps, tube, exam.natural))
    return xr.Dataset({name: found[name] for name in BETTER if name in found})


def trial(seed: int, count: int) -> xr.Dataset:
    """Scores of one made-up corpus (model, speaker, formant), each by the reference it is for."""
    speakers = corpus(seed, count)
    random = np.random.default_rng([seed, count])
    turn = random.uniform(0, 2 * np.pi)
    answers = told(speakers, random, turn)
    truths = [of_truth(one) for one in speakers]
    by_truth = exams(speakers, answers, truths)
    found = xr.concat(map(scored, by_truth, speakers), "speaker")
    capped = [
        beside(answer, truth.expand_dims(model=[CAPPED]))
        for answer, truth in zip(answers, truths, strict=True)
    ]
    measured = exams(speakers, capped, [of_measured(one) for one in speakers])
    maps = [skill_in(exam, exam.answers.distance_sensitivity, "natural") for exam in measured]
    skill = xr.concat(maps, "speaker")
    return found.assign({BEYOND_CAP: skill - skill.sel(model=CAPPED, drop=True)})


def trials(seeds: Iterable[int], count: int) -> xr.Dataset:
    """Made-up corpora of so many speakers (seed, model, speaker, formant)."""
    return xr.concat([trial(seed, count) for seed in seeds], "seed")


def verdicts(found: xr.Dataset, pair: Pair) -> xr.Dataset:
    """By seed, whether a score catches a model: the honest one is ahead or, above a cap, it is.

    A second honest model is no worse and no better than the first: either is a false alarm.

    Returns
    -------
    ``caught`` (seed,), ``planted`` and ``honest`` (seed,), means over speakers, and ``spread``
    (seed,), the standard deviation of what was tested.
    """
    values = found[pair.score].sel(formant=pair.formant, drop=True)
    honest, planted = (values.sel(model=name, drop=True) for name in (HONEST, pair.model))
    above = pair.score == BEYOND_CAP
    difference = planted if above else BETTER[pair.score] * (honest - planted)
    test = paired_difference(difference, xr.zeros_like(difference), confidence=CONFIDENCE)
    caught = test.low > 0
    if pair.planted == TWIN and not above:
        caught |= test.high < 0
    means = {"planted": planted.mean("speaker"), "honest": honest.mean("speaker")}
    return xr.Dataset({"caught": caught, **means, "spread": test.spread})


def share_caught(found: xr.Dataset, pair: Pair) -> tuple[float, float, float]:
    """Share of corpora in which a model was caught, and its exact binomial interval."""
    caught = verdicts(found, pair).caught
    reach = binomtest(int(caught.sum()), caught.size).proportion_ci(CONFIDENCE)
    return float(caught.mean()), reach.low, reach.high
