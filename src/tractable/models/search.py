"""What an entry of params.yaml leaves open, chosen by error on training frames held back.

Every search has the same number of trials, so that no model is tuned more than another. Nothing but
accuracy is asked, and test frames are never seen: the frames of a fold that train it are divided
once more, and the winner learns from all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.stats import t as student
from torch import Tensor

from tractable.contracts import BadInput
from tractable.intervals import NINE_TENTHS
from tractable.models.catalogue import check_entry, fitted
from tractable.models.model import Examples, Lesson, Model
from tractable.models.supervision import supervision

Mask = Bool[np.ndarray, " time"]


class Trial(NamedTuple):
    """What was chosen, and how far off that was on the frames held back."""

    choice: dict[str, Any]
    error: float


class Found(NamedTuple):
    """What frames held back teach about a model: how to make it, and how far to trust it."""

    choice: dict[str, Any]
    trials: list[Trial]
    steps: int | None  # after which a model that learns step by step does best
    curve: list[dict[str, float]]  # how it learnt, with its error on what was held back
    doubt: Float[Tensor, " target"] | None  # factors on its standard deviations; None: not known
    untried: str = ""  # why nothing could be held back; empty where something was


@dataclass(frozen=True, kw_only=True)
class Search:
    """How entries that leave a choice open find it.

    Parameters
    ----------
    trials : of every search.
    parts : one training speaker in so many is held back; of a corpus of one speaker, the last of so
        many stretches of training frames.
    guard : time before that stretch that is left out [s].
    """

    trials: int
    parts: int
    guard: float

    def best(
        self,
        name: str,
        entry: Mapping[str, Any],
        trains: Sequence[Mask],
        kept: Callable[[Sequence[Mask]], Examples],
        frame_rate: float,
        seed: int,
    ) -> Found:
        """The choice of least error, the first of several, and what else the frames teach.

        Where so little is known that no frame can be held back, the first choice, untried; whoever
        watches the lesson is told, and so is ``untried``.

        Parameters
        ----------
        trains : the frames of each speaker that a fold trains on.
        kept : the examples of such frames.
        frame_rate : [Hz].
        """
        open_choices = choices(entry)
        learn, judge = held_back(trains, parts=self.parts, guard=round(self.guard * frame_rate))
        try:
            taught, asked = kept(learn), kept(judge)
        except BadInput as problem:
            supervision().report(f"no search: {problem}")
            return Found(open_choices[0], [], None, [], None, str(problem))
        taught = taught._replace(judged=asked)
        models = [fitted(name, decided(entry, choice), taught, seed) for choice in open_choices]
        with torch.no_grad():
            errors = [float(model.missed(asked)) for model in models]
        if not any(np.isfinite(errors)):
            raise BadInput(f"models.{name}: no trial has an error that is a number: {errors}")
        trials = [Trial(*pair) for pair in zip(open_choices, errors, strict=True)]
        best = int(np.nanargmin(errors))
        lesson = models[best].lesson or Lesson([], None)
        tried = trials if len(trials) > 1 else []
        far = doubt(models[best], asked)
        return Found(open_choices[best], tried, lesson.stopped, lesson.curve, far)


def choices(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values that ``search`` lists, its last parameter varying fastest."""
    grid = entry.get("search", {})
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def decided(entry: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with nothing left open."""
    return {word: value for word, value in entry.items() if word != "search"} | dict(choice)


def check_entries(entries: Mapping[str, Any], search: Search, seed: int) -> None:
    """Refuse an entry that no architecture understands, whatever its search would choose.

    Raises
    ------
    BadInput : see :func:`tractable.models.catalogue.check_entry`; a search that lists no values, a
        parameter that is both given and searched, or another number of trials than all have.
    """
    for name, entry in entries.items():
        if not isinstance(entry, Mapping) or "search" not in entry:
            check_entry(name, entry, seed)
            continue
        check_grid(name, entry, search.trials)
        for choice in choices(entry):
            check_entry(name, decided(entry, choice), seed)


def check_grid(name: str, entry: Mapping[str, Any], trials: int) -> None:
    """Refuse a search that is none, that does not count, or that has other trials than the rest."""
    grid, where = entry["search"], f"params.yaml: models.{name}"
    if not isinstance(grid, Mapping) or not all(isinstance(of, list) for of in grid.values()):
        raise BadInput(f"{where}.search: {grid!r}, expected parameter: [value, value ...]")
    twice = ", ".join(sorted(set(grid) & set(entry)))
    if twice:
        raise BadInput(f"{where}: {twice} is given and searched; take out one of the two")
    if len(choices(entry)) != trials:
        raise BadInput(
            f"{where}.search has {len(choices(entry))} trials, expected {trials} as in every "
            "search (models.search.trials), so that no model is tuned more than another"
        )


def held_back(trains: Sequence[Mask], *, parts: int, guard: int) -> tuple[list[Mask], list[Mask]]:
    """Training frames of each speaker in two: those to learn from, and those to judge by.

    One speaker in ``parts`` is held back, the first among them. Where only one has training frames,
    the last of ``parts`` stretches is held back and ``guard`` frames before it are left out.
    """
    learn, judge = [train.copy() for train in trains], [np.zeros_like(train) for train in trains]
    taught = [number for number, train in enumerate(trains) if train.any()]
    if len(taught) > 1:
        for number in taught[::parts]:
            judge[number], learn[number] = learn[number], judge[number]
        return learn, judge
    (alone,) = taught
    times = np.flatnonzero(trains[alone])
    first = times[-(len(times) // parts)]
    judge[alone][first:] = trains[alone][first:]
    learn[alone][max(first - guard, 0) :] = False
    return learn, judge


def doubt(model: Model, examples: Examples) -> Float[Tensor, " target"]:
    """Factors that let nine tenths of each scored target lie within the model's own intervals.

    A model that says nothing of its own deviations is given 1 everywhere to begin with. Where
    several speakers were held back, what each is off as a whole counts apart from how the frames
    scatter about it: few speakers tell little of how far the next one will be off, and Student's t
    makes up for that. Its degrees of freedom are as many as there are speakers, whose offsets are
    taken to have mean 0. Nine tenths are those of all speakers' frames together, not of each one's.
    """
    asked = examples.alone()
    with torch.no_grad():
        missed = torch.cat([strays(model, few) for few in asked.blocks()])
    known = torch.where(asked.weight > 0, missed, torch.nan)
    speakers = [] if asked.speaker is None else [asked.speaker == k for k in asked.speaker.unique()]
    if len(speakers) < 2:
        return known.abs().nanquantile(0.9, 0) / NINE_TENTHS
    usual = torch.stack([known[of].nanmean(0) for of in speakers])
    about = torch.cat([known[of] - mean for of, mean in zip(speakers, usual, strict=True)])
    within = about.abs().nanquantile(0.9, 0) / NINE_TENTHS
    count = usual.isfinite().sum(0)
    between = usual.square().nanmean(0).nan_to_num()
    reach = torch.from_numpy(student.ppf(0.95, count.numpy())) / NINE_TENTHS
    return (within**2 + reach**2 * between).sqrt()


def strays(model: Model, few: Examples) -> Float[Tensor, "frame target"]:
    """How far each answer is off, in units of the model's own deviations if it has any."""
    told = model.without_envelope(few.given)
    own, missed = model.deviations(told), model.tell(few.given) - few.wanted
    return missed if own is None else missed / own
