"""V9: which law of movement do gestures follow? Laws stand where models do elsewhere.

Beside the laws stand controls: first order and minimum jerk among them, the mean trajectory, which
fits as well as a law and claims nothing, and the same gestures backwards or with phases shuffled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.contracts import BadInput, likely
from tractable.movement import (
    MEAN,
    Gestures,
    NoMeanTrajectory,
    arrow_of_time,
    as_gestures,
    evidence,
    fit,
    forecast_errors,
    frames_after,
    margins,
    parameters,
    phase_shuffled,
    reversed_in_time,
    skill_over,
)
from tractable.movement.laws import LAWS, law, laws
from tractable.scores.maps import number_of
from tractable.scores.score import Score, exactly, of_no_formant, one_model
from tractable.statistics import mean_of_known

DIRECTION = "movement"  # of these scores in the table
TRAJECTORY = "mean_trajectory"  # the control `mean` of movement; the table has another "mean"
MODELS = {name: name for name in LAWS} | {MEAN: TRAJECTORY}  # law -> its name in the table
MEASURED, REVERSED, SHUFFLED = "measured_gestures", "reversed_gestures", "phase_shuffled_gestures"
BOTH = "both"  # directions of a variable, in one class


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What V9 asks.

    Parameters
    ----------
    variables : whose gestures are asked, of those in data/dynamics.
    reference : law whose evidence is taken off that of each other.
    most, most_in_evidence : gestures of a variable that are asked; of more, so many are drawn.
        Evidence is slow.
    replicates : how often a class is made anew at each theta.
    confidence : of the intervals of adequacy and of a law's parameter.
    parts : of a class, each forecast by what the others teach.
    least : gestures below which a class is not forecast.
    seed : of gestures that are drawn, the noise of replicates, and shuffled phases.

    Raises
    ------
    BadInput : a reference that is no law; a single part or replicate.
    """

    variables: list[str]
    reference: str
    most: int
    most_in_evidence: int
    replicates: int
    confidence: float
    parts: int
    least: int
    seed: int

    def __post_init__(self) -> None:
        law(self.reference)
        for name in ("parts", "replicates"):
            if (many := getattr(self, name)) < 2:
                where = f"scores: battery: movement: {name}"
                raise BadInput(f"{where}: {many}, at least 2 are needed")


def movement_scores(dynamics: xr.Dataset, asked: Movement) -> list[Score]:
    """V9.1, V9.2 and V9.5 of one speaker, and the gestures behind each; NaN: too few.

    Parameters
    ----------
    dynamics : of the contract of that name.

    Raises
    ------
    BadInput : a variable that is none.
    """
    known = dynamics.variable.values.tolist()
    for name in asked.variables:
        if name not in known:
            hint = likely(name, known)
            raise BadInput(f"scores: battery: movement: no variable {name!r}; {hint}")
    gestures = settled_gestures(dynamics, asked)
    return [
        *evidence_scores(gestures, asked),
        *forecast_scores(gestures, asked),
        *arrow_scores(gestures, asked),
    ]


@dataclass(frozen=True)
class Settled:
    """Gestures of one class, and when each begins under the critically damped law [s]."""

    gestures: Gestures
    onset: Float[np.ndarray, " gesture"]

    def chosen(self, which: np.ndarray) -> "Settled":
        return Settled(self.gestures.chosen(which), self.onset[which])

    def merged(self) -> Gestures:
        """Of both directions, as one class."""
        return replace(self.gestures, direction=np.full(len(self.gestures), BOTH))


def settled_gestures(dynamics: xr.Dataset, asked: Movement) -> list[Settled]:
    """Every variable's gestures in which a fit finds a middle and a rise, in their order."""
    found = []
    for variable in asked.variables:
        own = dynamics.isel(gesture=np.flatnonzero(dynamics.moves.values == variable))
        if own.sizes["gesture"]:
            fits = fit(as_gestures(own))
            settled = Settled(fits.gestures, fits.onset[fits.shapes.reference])
            kept = np.flatnonzero(fits.settled)
            found.append(settled.chosen(drawn(kept, asked.most, asked.seed)))
    return [one for one in found if len(one.gestures)]


def drawn(which: np.ndarray, most: int, seed: int) -> np.ndarray:
    """So many of them at most, in their order."""
    if len(which) <= most:
        return which
    return np.sort(np.random.default_rng(seed).choice(which, most, replace=False))


def evidence_scores(settled: list[Settled], asked: Movement) -> Iterator[Score]:
    """V9.1: ln likelihood over that of the reference, summed over classes, and what fits leave.

    Adequacy is a positive ratio, averaged over classes by gestures, and over speakers by its
    logarithm (`tractable.score_table.RATIOS`). The parameter of a law is what all classes say
    together, and lies between the values that they do not refute.
    """
    classes = [of for of in class_evidences(settled, asked) if of.log_likelihood.notnull().all()]
    over, adequacy, reaching, theta, least, most = (dict.fromkeys(MODELS, np.nan) for _ in range(6))
    if classes:
        found = xr.concat(classes, "class")
        weighted = found.weighted(found.gestures)
        over = of_laws(-margins(found, asked.reference).isel(speaker=0))
        adequacy = of_laws(weighted.mean("class").adequacy)
        said = parameters(found, confidence=asked.confidence)
        theta, least, most = map(of_laws, (said.theta, said.theta_low, said.theta_high))
        reaching = of_laws(100 * (found.adequacy_low <= 1).mean("class"))
    name = f"V9 evidence over {asked.reference} (nats)"
    yield Score(name, by_law(over), 1, exactly(0.0), direction=DIRECTION)
    yield Score("V9 adequacy", by_law(adequacy), -1, ceiling=exactly(1.0), direction=DIRECTION)
    yield Score("V9 classes that do not refute it (%)", by_law(reaching), 1, direction=DIRECTION)
    yield Score("V9 likeliest parameter", by_law(theta), 0, direction=DIRECTION)
    yield Score("V9 parameter at least", by_law(least), 0, direction=DIRECTION)
    yield Score("V9 parameter at most", by_law(most), 0, direction=DIRECTION)
    yield counted("evidence", sum(int(of.gestures.sum()) for of in classes))


def class_evidences(settled: list[Settled], asked: Movement) -> Iterator[xr.Dataset]:
    """Evidence of every variable, both directions together."""
    for one in settled:
        kept = drawn(np.arange(len(one.gestures)), asked.most_in_evidence, asked.seed)
        try:
            yield evidence(
                one.chosen(kept).merged(),
                MODELS,
                replicate_count=asked.replicates,
                confidence=asked.confidence,
                seed=asked.seed,
            )
        except NoMeanTrajectory:  # a law without its controls is no evidence
            continue


def forecast_scores(settled: list[Settled], asked: Movement) -> Iterator[Score]:
    """V9.2: held-out gestures told from their onset, the same for every law."""
    errors, frames, gestures = dict.fromkeys(MODELS, 0.0), 0, 0
    for one in settled:
        for own in by_direction(one):
            for training, held_out in parted(own, asked):
                found = told_errors(training, held_out)
                if found:
                    n = int(frames_after(held_out.gestures, held_out.onset).sum())
                    errors = {name: errors[name] + n * found[name] for name in MODELS}
                    frames, gestures = frames + n, gestures + len(held_out.gestures)
    mean = {name: error / frames if frames else np.nan for name, error in errors.items()}
    for against, words in (("first", "V9 forward skill"), (MEAN, "V9 skill over mean trajectory")):
        skill = by_law({name: skill_over(error, mean[against]) for name, error in mean.items()})
        yield Score(words, skill, 1, exactly(0.0), exactly(1.0), DIRECTION)
    off = by_law({name: np.sqrt(max(error, 0.0)) for name, error in mean.items()})
    yield Score("V9 forecast error (mm)", off, -1, direction=DIRECTION)
    yield counted("forecasts", gestures)


def by_direction(of: Settled) -> Iterator[Settled]:
    """Gestures that share a target, of those that see a plateau before their onset."""
    known, after = np.isfinite(of.gestures.trajectory), frames_after(of.gestures, of.onset)
    seen = (known & ~after).any(1) & after.any(1) & (of.onset >= 0)
    for direction in np.unique(of.gestures.direction):
        yield of.chosen(np.flatnonzero(seen & (of.gestures.direction == direction)))


def parted(of: Settled, asked: Movement) -> Iterator[tuple[Settled, Settled]]:
    """Training and held-out gestures, in turns; none of a class of too few."""
    part = np.arange(len(of.gestures)) % asked.parts
    if len(part) >= max(asked.least, asked.parts):
        for k in range(asked.parts):
            yield of.chosen(np.flatnonzero(part != k)), of.chosen(np.flatnonzero(part == k))


def told_errors(training: Settled, held_out: Settled) -> dict[str, float]:
    """Of every law [mm2]; empty where training gestures have no mean trajectory."""
    onsets = {"training_onset": training.onset, "onset": held_out.onset}
    try:
        return forecast_errors(training.gestures, held_out.gestures, laws(LAWS), **onsets)
    except NoMeanTrajectory:
        return {}


def arrow_scores(settled: list[Settled], asked: Movement) -> Iterator[Score]:
    """V9.5: ln squares that laws leave of a gesture backwards less forwards."""
    found: dict[str, list[np.ndarray]] = {MEASURED: [], REVERSED: [], SHUFFLED: []}
    for one in settled:
        own = one.merged()
        random = np.random.default_rng([asked.seed, number_of("/".join(own.label(0)))])
        ways = (own, reversed_in_time(own), phase_shuffled(own, random))
        for name, gestures in zip(found, ways, strict=True):
            found[name].append(arrow_of_time(gestures, laws(LAWS)))
    every = {name: np.concatenate([*arrows, np.empty(0)]) for name, arrows in found.items()}
    mean = {name: mean_of_known(arrows) for name, arrows in every.items()}
    yield Score("V9 arrow of time", by_name(mean), 1, exactly(0.0), direction=DIRECTION)
    yield counted("arrow of time", len(every[MEASURED]))


def of_laws(values: xr.DataArray) -> dict[str, float]:
    return dict(zip(map(str, values.law.values), values.values.tolist(), strict=True))


def by_law(values: Mapping[str, float]) -> xr.DataArray:
    """(model, formant), laws named as in the table."""
    return by_name({MODELS[name]: value for name, value in values.items()})


def by_name(values: Mapping[str, float]) -> xr.DataArray:
    table = xr.DataArray(list(values.values()), {"model": list(values)}, "model")
    return of_no_formant(table.astype(float))


def counted(of: str, gestures: int) -> Score:
    """How many gestures of a speaker stand behind a score."""
    value = of_no_formant(one_model(MEASURED, exactly(float(gestures))))
    return Score(f"V9 gestures in {of}", value, 0, direction=DIRECTION)
