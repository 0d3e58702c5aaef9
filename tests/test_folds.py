"""Laws of a split: all tested once, nothing learnt from what is tested, and a guard kept."""

import numpy as np
import pytest
import xarray as xr

from tests.contour_stores import sds
from tractable.contracts import AREAS, FORMANTS, BadInput, described
from tractable.folds import split

RATE = 50.0
EIGHT = [f"s{k}" for k in range(8)]


def speaker(name="s0", frames=100, refused=()):
    """A speaker of unremarkable tract and voice; some frames refused."""
    clock = {
        "time": np.arange(frames) / RATE,
        "clip_of": np.zeros(frames, int),
        "phone": np.full(frames, ""),
    }
    reason = np.full(frames, "", "U8")
    reason[list(refused)] = "blurred"
    shape = {
        "place": np.array([0.5]),
        "axis": np.array(["x", "y"]),
        "distance": np.full((frames, 1), 0.01),
        "area": np.full((frames, 1), 1e-4),
        **sds(np.full((frames, 1), 1e-4)),
        "tract_length": np.full(frames, 0.17),
        "midline": np.zeros((frames, 1, 2)),
        "refused": reason,
    }
    voice = {
        "formant": np.array([1]),
        **dict.fromkeys(("frequency", "frequency_sd", "bandwidth"), np.full((frames, 1), 500.0)),
        "reason": np.full((frames, 1), ""),
        **dict.fromkeys(("fundamental", "intensity", "voiced"), np.ones(frames)),
        "coefficient": np.array([0]),
        "cepstrum": np.zeros((frames, 1)),
    }
    who = {"corpus": "made up", "speaker": name, "frame_rate": RATE}
    areas = described(AREAS, {**clock, **shape}, **who)
    return areas, described(
        FORMANTS,
        {**clock, **voice},
        **who,
        ceiling=5000.0,
        mel_bands=26,
        mel_lowest=60.0,
        mel_highest=8000.0,
    )


def roles(speakers, name="s0", frames=100, refused=(), **options):
    options = {"speaker_folds": 4, "block_folds": 4, "guard": 0.1, **options}
    data = speaker(name, frames, refused)
    return split(*data, corpora={"made up": speakers}, **options).role.values


@pytest.mark.parametrize("folds", [2, 3, 4, 8, None])
def test_speakers_are_tested_once_and_never_in_part(folds):
    by_speaker = np.stack([roles(EIGHT, name, speaker_folds=folds) for name in EIGHT])
    assert (by_speaker == by_speaker[..., :1]).all()  # (speaker, fold, time): never in part
    tested = by_speaker[..., 0] == "test"
    assert (tested.sum(1) == 1).all()
    assert np.ptp(tested.sum(0)) <= 1  # dealt evenly
    assert (by_speaker[..., 0] == "train").sum(1).tolist() == [tested.shape[1] - 1] * 8
    assert tested.shape[1] == (folds or 8)


@pytest.mark.parametrize("frames", [100, 103])
def test_blocks_of_one_speaker(frames):
    role = roles(["s0"], frames=frames)
    assert ((role == "test").sum(0) == 1).all()
    for fold in role:
        tested = np.flatnonzero(fold == "test")
        assert tested.tolist() == list(range(tested[0], tested[-1] + 1))
        distance = np.abs(np.arange(frames)[:, None] - tested).min(1)
        assert (distance[fold == "train"] > 5).all()  # 0.1 s at 50 frames/s
        assert (distance[fold == ""] <= 5).all()


def test_no_guard_leaves_nothing_out():
    assert (roles(["s0"], guard=0.0) != "").all()


@pytest.mark.parametrize(
    "case, message",
    [
        ({"speakers": EIGHT, "speaker_folds": 9}, "speaker_folds is 9, expected 2 to 8"),
        ({"speakers": EIGHT, "speaker_folds": 1}, "speaker_folds is 1"),
        ({"speakers": ["s0"], "block_folds": 1}, "block_folds is 1"),
        ({"speakers": ["s0"], "guard": 3.0}, "fold 0 has nothing to train on"),
        ({"speakers": ["s0"], "refused": range(30)}, "fold 0 has nothing to test on"),
        ({"speakers": EIGHT, "refused": range(100)}, r"none of 100 frames of s0 has a .*blurred"),
    ],
)
def test_impossible_splits_are_refused(case, message):
    with pytest.raises(BadInput, match=message):
        roles(**case)


def test_two_clocks_are_refused():
    areas, formants = speaker()
    options = {"speaker_folds": None, "block_folds": 4, "guard": 0.1}
    with pytest.raises(BadInput, match="another clock"):
        split(areas, formants.isel(time=slice(50)), corpora={"made up": EIGHT}, **options)


@pytest.mark.parametrize("speakers", [["s0"], EIGHT])
def test_a_silent_speaker_is_named_and_no_choice_of_folds_advised(speakers):
    areas, formants = speaker()
    formants = formants.assign(
        frequency=formants.frequency * np.nan, reason=xr.full_like(formants.reason, "silent", "U8")
    )
    options = {"speaker_folds": None, "block_folds": 4, "guard": 0.1}
    with pytest.raises(BadInput, match=r"none of 100 frames of s0 .*\(silent\)") as refusal:
        split(areas, formants, corpora={"made up": speakers}, **options)
    assert "is the sound silent?" in str(refusal.value)
    assert "guard" not in str(refusal.value)
