"""V0 and V1 of models that learnt from less, judged as those that learnt from all."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.contracts import BadInput
from tractable.scores.accuracy import Guess, formant_accuracy, gauged
from tractable.scores.assembly import LABELS
from tractable.scores.evidence import Stores, index_on_clock, unlabelled
from tractable.scores.exam import Exam
from tractable.scores.noise import Noise
from tractable.scores.score import Score, exactly
from tractable.scores.sensitivity import skill_in

NOUN = "efficiency"  # the direction of these scores in the table
ALL = "all the data"


@dataclass(frozen=True)
class Learnt:
    """One speaker: error in % and natural skill by amount, the last being all the data."""

    amounts: list[str]
    error: list[Score]
    skill: list[Score]
    share: np.ndarray  # (amount,) of the training frames; NaN: one speaker
    training_frames: np.ndarray  # (amount,)

    @property
    def scores(self) -> list[Score]:
        """Those of less than all the data, as they stand in the table."""
        return [*self.error[:-1], *self.skill[:-1]]


def learnt(exam: Exam, stores: Stores, guess: Guess, noise: Noise | None) -> Learnt:
    """What one speaker's models had learnt from each amount.

    The yardstick is that of all the data: the same frames, metric, null and floor.

    Raises
    ------
    BadInput : other models than all the data taught, or other frames than were explained.
    """
    less, everything = unlabelled(stores["efficiency"]), unlabelled(stores["predictions"].frequency)
    amounts = [*map(str, stores["efficiency"].amount.values), ALL]
    models = refuse_strangers(exam, less)
    heard = [*less.frequency, everything.sel(model=models)]
    maps = [*on_exam(exam, stores), exam.answers.distance_sensitivity.sel(model=models)]
    held_against = gauged(exam.evidence, stores, guess, noise)
    asked = exam.evidence.asked_of_sound
    return Learnt(
        amounts,
        [
            error(name, of.where(asked), held_against)
            for name, of in zip(amounts, heard, strict=True)
        ],
        [agreement(name, of, exam) for name, of in zip(amounts, maps, strict=True)],
        np.append(less.share.values, 1.0),
        np.append(less.training_frames.values, np.nan),
    )


def error(
    amount: str, heard: xr.DataArray, held_against: tuple[xr.DataArray, xr.DataArray, xr.DataArray]
) -> Score:
    """V0 in % of what one amount taught; see `accuracy.gauged`."""
    in_percent, _ = formant_accuracy(heard, *held_against)
    return replace(in_percent, name=f"V0 error with {amount} (%)", direction=NOUN)


def agreement(amount: str, maps: xr.DataArray, exam: Exam) -> Score:
    """V1, natural, of what one amount taught."""
    value = skill_in(exam, maps, "natural")
    return Score(f"V1 natural skill with {amount}", value, 1, exactly(0.0), exactly(1.0), NOUN)


def refuse_strangers(exam: Exam, less: xr.Dataset) -> list[str]:
    """Names of the models that learnt from less.

    Raises
    ------
    BadInput : one of them did not learn from all the data.
    """
    models = list(map(str, less.model.values))
    strange = sorted(set(models) - set(map(str, exam.evidence.answers.model.values)))
    if strange:
        raise BadInput(
            f"{exam.evidence.speaker}: data/efficiency has {', '.join(strange)}, which "
            "data/explanations has not; `dvc repro explanations efficiency` makes both anew"
        )
    return models


def on_exam(exam: Exam, stores: Stores) -> xr.DataArray:
    """dlnF/dlnd (amount, model, frame, formant, place) in the frames that are examined.

    Raises
    ------
    BadInput : one of them was not asked about.
    """
    maps = unlabelled(stores["efficiency"].distance_sensitivity)
    asked = index_on_clock(stores["efficiency"].frame.values, stores["areas"].time.values)
    if not np.isin(exam.evidence.frames, asked).all():
        raise BadInput(
            f"{exam.evidence.speaker}: data/efficiency and data/explanations are of other frames; "
            "`dvc repro explanations efficiency` makes both anew"
        )
    return maps.isel(frame=np.searchsorted(asked, exam.evidence.frames))


def efficiency_curves(speakers: list[Learnt]) -> dict[str, np.ndarray]:
    """Errors and skills of all speakers by amount, under the names of the contract SCORES."""
    first = speakers[0]
    return {
        "efficiency_error": np.stack([by_amount(of.error) for of in speakers]),
        "efficiency_skill": np.stack([by_amount(of.skill) for of in speakers]),
        "amount": np.array(first.amounts),
        "share": first.share,
        "training_frames": np.stack([of.training_frames for of in speakers]),
        "learner": first.skill[-1].value.model.values.astype(str),
    }


def by_amount(scores: list[Score]) -> Float[np.ndarray, "amount learner formant"]:
    """The values of one speaker; formants as in the table of scores."""
    labels = list(LABELS)
    values = [score.value.reindex(formant=labels) for score in scores]
    return np.stack([value.transpose("model", "formant").values for value in values])
