"""Choices left open: found by error on speakers held back, and by nothing else."""

import numpy as np
import pytest
import torch

from tests.known_law import examples
from tractable.contracts import BadInput
from tractable.intervals import NINE_TENTHS
from tractable.models.examples import together
from tractable.models.kinds.ridge import Ridge
from tractable.models.model import Examples, Model, Prediction
from tractable.models.search import Search, check_entries, choices, decided, doubt, held_back
from tractable.models.supervision import Supervision, supervised

FIT = Ridge.fit
SEARCH = Search(trials=3, parts=3, guard=0.1)
RATE = 50.0  # Hz
RIDGE = {"search": {"penalty": [1e4, 1e-3, 1e2]}}


def searched(entry, speakers, seed=1):
    """The choice of a search whose speakers have 60 frames each, all of which train."""
    everything = [np.ones(60, bool) for _ in speakers]

    def kept(masks):
        pairs = zip(speakers, masks, strict=True)
        return together(of.rows(torch.from_numpy(mask)) for of, mask in pairs)

    return SEARCH.best("ridge", entry, everything, kept, RATE, seed)


def test_the_planted_better_value_is_found():
    speakers = [examples(60, seed, noise=0.01) for seed in range(4)]
    choice, trials = searched(RIDGE, speakers)[:2]
    assert choice == {"penalty": 1e-3}
    assert [trial.choice["penalty"] for trial in trials] == RIDGE["search"]["penalty"]
    assert trials[1].error < 0.06 < trials[2].error < trials[0].error


def test_of_equal_values_the_first_wins():
    speakers = [examples(60, seed) for seed in range(2)]
    choice = searched({"kind": "ridge", "search": {"penalty": [0.1, 0.1]}}, speakers).choice
    assert choice == {"penalty": 0.1}


def test_every_combination_is_tried():
    entry = {"width": 3.0, "search": {"components": [4, 8], "penalty": [0.1, 0.2]}}
    assert [tuple(choice.values()) for choice in choices(entry)] == [
        (4, 0.1), (4, 0.2), (8, 0.1), (8, 0.2),
    ]  # fmt: skip
    assert decided(entry, choices(entry)[1]) == {"width": 3.0, "components": 4, "penalty": 0.2}
    assert choices({"width": 3.0}) == [{}]


def test_a_trial_without_an_error_never_wins(monkeypatch):
    speakers = [examples(60, seed, noise=0.01) for seed in range(4)]
    monkeypatch.setattr(Ridge, "missed", lambda model, _: torch.tensor(told[float(model.penalty)]))
    monkeypatch.setattr(Ridge, "fit", classmethod(noted))
    told = {1e4: np.nan, 1e-3: 0.2, 1e2: 0.1}
    assert searched(RIDGE, speakers).choice == {"penalty": 1e2}
    told = dict.fromkeys(told, np.nan)
    with pytest.raises(BadInput, match="no trial has an error that is a number"):
        searched(RIDGE, speakers)


def noted(cls, given, *, penalty, seed):
    """A ridge that remembers its penalty."""
    model = FIT(given, penalty=penalty, seed=seed)
    model.penalty = penalty
    return model


def test_whole_speakers_are_held_back():
    trains = [np.ones(5, bool), np.zeros(5, bool), np.ones(5, bool), np.ones(5, bool)]
    learn, judge = held_back(trains, parts=2, guard=1)
    assert [mask.all() for mask in judge] == [True, False, False, True]
    assert [mask.any() for mask in learn] == [False, False, True, False]


def test_of_one_speaker_the_last_stretch_is_held_back_behind_a_guard():
    train = np.arange(40) >= 10  # 30 training frames
    (learn,), (judge,) = held_back([train], parts=3, guard=4)
    assert np.flatnonzero(judge).tolist() == list(range(30, 40))
    assert np.flatnonzero(learn).tolist() == list(range(10, 26))


def test_where_nothing_is_left_to_judge_by_the_first_choice_stands_and_it_is_said():
    known, said = examples(60, 0), []
    silent = known._replace(weight=torch.zeros_like(known.weight))
    watch = Supervision()
    watch.report = said.append
    with supervised(watch):
        *found, why = searched(RIDGE, [silent, known])
    assert found == [{"penalty": 1e4}, [], None, [], None]
    assert why.startswith("0 training frames with a known value of target 1")
    assert said == [f"no search: {why}"]


@pytest.mark.parametrize(
    "entry, complaint",
    [
        ({"search": {"penalty": [0.1, 0.2]}}, "2 trials, expected 3"),
        ({"search": {"penalty": 0.1}}, "expected parameter: .value"),
        ({"search": {"penaltie": [1.0, 2.0, 3.0]}}, "did you mean 'penalty'"),
        ({"penalty": 1.0, "search": {"penalty": [1.0, 2.0, 3.0]}}, "penalty is given and searched"),
    ],
)
def test_a_search_that_is_none_is_refused(entry, complaint):
    with pytest.raises(BadInput, match=complaint):
        check_entries({"ridge": entry}, SEARCH, 1)


class Silent(Model):
    """Says 0 of every target."""

    def forward(self, log_distance, log_length):
        return Prediction(log_frequency=log_distance.new_zeros(len(log_distance), 3))


def errors(random, speakers: int, between: float) -> Examples:
    """What `Silent` misses: 50 frames of each speaker, who are off as a whole too."""
    of_speaker = torch.arange(speakers).repeat_interleave(50)
    off = between * torch.randn(speakers, 3, generator=random)[of_speaker]
    wanted = off + torch.randn(len(off), 3, generator=random)
    given = torch.zeros(len(off), 2)
    return Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3, speaker=of_speaker)


def covered(draws: int, speakers: int, between: float, blind: bool = False) -> float:
    """How often the interval of a factor that so many speakers taught holds the next one's."""
    random, model = torch.Generator().manual_seed(0), Silent("shape_to_sound", {})
    inside = []
    for _ in range(draws):
        taught, asked = (errors(random, count, between) for count in (speakers, 1))
        factor = doubt(model, taught._replace(speaker=None) if blind else taught)
        inside.append((asked.wanted.abs() < NINE_TENTHS * factor).double().mean())
    return float(torch.stack(inside).mean())


@pytest.mark.parametrize("between", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("speakers", [2, 4])
def test_nine_tenths_of_the_next_speakers_frames_are_held(speakers, between):
    assert 0.87 < covered(300, speakers, between) < 0.95


def test_two_speakers_alone_make_intervals_too_narrow():
    """The planted fault: frames counted as if each were a speaker."""
    assert covered(300, 2, 3.0, blind=True) < 0.8
