"""Which frames teach: nested, evenly spread, of the right speakers."""

from itertools import pairwise

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.efficiency.amounts import OneSpeaker, Share, amounts, chosen

SHARES = (0.01, 0.03, 0.1, 0.3, 1.0)


def everybody(speakers=4, frames=1000, tested=()):
    """All frames of those who are not held out."""
    return [np.full(frames, k not in tested) for k in range(speakers)]


def test_a_smaller_share_lies_in_a_larger_one():
    usable = np.random.default_rng(0).random(1000) < 0.7
    parts = [chosen(usable, share) for share in SHARES]
    for small, large in pairwise(parts):
        assert (small <= large).all()
    assert [part.sum() for part in parts] == [round(share * usable.sum()) for share in SHARES]
    assert (parts[-1] == usable).all()


@pytest.mark.parametrize("share", SHARES[:-1])
def test_a_share_is_evenly_spread(share):
    """The golden section: two gaps of neighbours have the ratio of its square at most."""
    frames = np.flatnonzero(chosen(np.ones(1000, bool), share))
    gaps = np.diff(np.r_[0, frames, 1000])
    assert gaps.max() <= 2.7 / share
    assert np.diff(frames).min() >= 0.35 / share


def test_every_training_speaker_gives_its_share_and_no_other():
    kept = Share(0.1)(everybody(tested=(1,)), everybody())
    assert [part.sum() for part in kept] == [100, 0, 100, 100]


def test_frames_that_teach_nothing_do_not_count():
    teaching = [np.arange(1000) % 2 == 0] * 2
    kept = Share(0.1)(everybody(2), teaching)
    assert [(part & of).sum() for part, of in zip(kept, teaching, strict=True)] == [50, 50]


def test_all_is_all():
    given = everybody(tested=(2,))
    for kept, train in zip(Share(1.0)(given, everybody()), given, strict=True):
        assert (kept == train).all()


@pytest.mark.parametrize("tested, alone", [((0,), 1), ((3,), 0), ((0, 1), 2), ((1, 3), 2)])
def test_the_one_speaker_is_the_next_after_the_held_out_one(tested, alone):
    kept = OneSpeaker()(everybody(tested=tested), everybody())
    assert [part.sum() for part in kept] == [1000 * (k == alone) for k in range(4)]


def test_the_smallest_share_comes_first_and_one_speaker_last():
    found = amounts([0.1, 0.03], one_speaker=True)
    assert [amount.name for amount in found] == [
        "3 % of the data",
        "10 % of the data",
        "one speaker",
    ]


@pytest.mark.parametrize("shares", [[0.0], [1.0], [3.0], [0.1, 0.1]])
def test_what_is_no_share_is_refused(shares):
    with pytest.raises(BadInput, match="between 0 and 1"):
        amounts(shares, one_speaker=False)
