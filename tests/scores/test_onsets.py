"""Trajectories with noise, of gestures that set out where labels say."""

import numpy as np
import pytest
import xarray as xr

from tractable.contracts import BadInput
from tractable.movement.sequences import shares
from tractable.scores.evidence import Asking, Evidence
from tractable.scores.onsets import Onsets, onset_scores

RATE, MM, FRAMES, PLACES = 83.28, 1e-3, 300, 6
LEAD, DELAY = 0.04, 0.06  # s
ASKED = Onsets(
    orders=[2, 5],
    lead=[0.02, 0.04],
    delay=[0.06, 0.09],
    penalty=[0.1],
    remainder=[0.02, 0.1],
    smoothing=[0.003, 0.012, 0.018, 0.024, 0.036],
)


def labels(random):
    """Phones of 0.1 to 0.25 s, named by number."""
    long = random.integers(8, 21, FRAMES)
    return np.repeat(np.arange(FRAMES).astype(str), long)[:FRAMES]


def moved(phone, random):
    """Cross-distances of 6 to 18 mm (time, place) [m]; gestures of order 5 before labels."""
    onset = (np.flatnonzero(phone[1:] != phone[:-1]) + 0.5) / RATE - LEAD
    share = shares(onset, FRAMES, RATE, order=5, tau=DELAY / 5)
    return MM * share @ random.uniform(6, 18, (share.shape[1], PLACES))


def speaker(number, level, *, speakers=3, phone=None, known=None):
    """Two clips; the models: one that errs by noise of so many mm, and one that says one shape."""
    random = np.random.default_rng(number)
    spoken = [labels(random) for _ in range(2)]
    true = np.concatenate([moved(of, random) for of in spoken])
    drawn = np.stack([true + MM * random.normal(0, level, true.shape), np.full_like(true, 0.012)])
    phone = np.concatenate(spoken) if phone is None else phone
    tests = np.repeat(np.arange(speakers)[:, None] == number, len(true), 1)
    fine = np.ones(len(true), bool) if known is None else known
    log_distance = np.log(np.where(fine[:, None], true, np.nan))
    evidence = Evidence(
        f"s{number}",
        Asking(step=1e-3, floor=5e-4, ends=0.05),
        xr.DataArray(~tests, dims=("fold", "time")),
        xr.DataArray(tests, dims=("fold", "time")),
        np.arange(0),
        xr.DataArray(log_distance, dims=("time", "place")),
        xr.DataArray(np.full(len(true), 0.17), dims="time"),
        xr.Dataset(),
        xr.Dataset(),
        xr.DataArray(phone, dims="time"),
    )
    told = xr.DataArray(
        drawn, {"inverse_model": ["noisy", "still"]}, ("inverse_model", "time", "place")
    )
    areas = xr.Dataset({"clip_of": ("time", np.repeat([0, 1], FRAMES))}, attrs={"frame_rate": RATE})
    return evidence, {"predictions": told.to_dataset(name="distance"), "areas": areas}


def scored(*speakers, asked=ASKED):
    """Model -> way -> error of each speaker [mm]."""
    found = onset_scores(*map(list, zip(*speakers, strict=True)), asked)
    return {
        one.name: xr.concat([of[k].value.squeeze("formant") for of in found], "speaker").T
        for k, one in enumerate(found[0])
    }


@pytest.fixture(scope="module", params=[0.5, 1.0, 1.5])
def noisy(request):
    made = [speaker(number, request.param) for number in range(3)]
    return request.param, scored(*made)["V9 rms error of noisy (mm)"]


def by_way(error, way):
    return error.sel(model=way).values


def test_what_was_drawn_errs_by_its_noise(noisy):
    level, error = noisy
    np.testing.assert_allclose(by_way(error, "as_drawn"), level, rtol=0.05)


def test_a_smoother_helps_and_onsets_help_more(noisy):
    """By a fifth at least: noise is white, and these gestures obey the law."""
    _, error = noisy
    assert (by_way(error, "smoother") < 0.8 * by_way(error, "as_drawn")).all()
    for way in ("gestures_order_5", "gestures_alone_order_5"):
        assert (by_way(error, way) < 0.8 * by_way(error, "smoother")).all()


def test_the_simpler_law_helps_too(noisy):
    _, error = noisy
    assert (by_way(error, "gestures_order_2") < by_way(error, "smoother")).all()


def test_onsets_of_another_clip_do_not_help(noisy):
    _, error = noisy
    assert (by_way(error, "exchanged_gestures") > 0.98 * by_way(error, "smoother")).all()


def test_who_never_moves_gains_nothing_from_anybody():
    error = scored(*(speaker(number, 1.0) for number in range(3)))["V9 rms error of still (mm)"]
    np.testing.assert_allclose(error, error.sel(model="as_drawn").broadcast_like(error))


def test_a_choice_is_that_of_the_training_speakers():
    """Among noisy speakers a quiet one is smoothed as they are, and loses."""
    quiet = [speaker(number, 0.1) for number in range(3)]
    loud = [speaker(number, 3.0) for number in range(1, 3)]
    alike, apart = (
        scored(*made)["V9 rms error of noisy (mm)"].isel(speaker=0)
        for made in (quiet, quiet[:1] + loud)
    )
    assert alike.sel(model="smoother") < 1.01 * alike.sel(model="as_drawn")
    assert apart.sel(model="smoother") > 2 * apart.sel(model="as_drawn")


def test_frames_without_a_phone_or_a_shape_are_not_scored():
    """Half of the second clip says nothing, and some frames are refused: they may err at will."""
    fine = np.arange(2 * FRAMES) % 50 > 3
    made = speaker(0, 0.5, known=fine)
    made[0].phone[FRAMES + FRAMES // 2 :] = ""
    error = scored(made, speaker(1, 0.5), speaker(2, 0.5))["V9 rms error of noisy (mm)"]
    told, areas = made[1]["predictions"].distance.copy(), made[1]["areas"]
    told[:, FRAMES + FRAMES // 2 + 40 :] += 0.005
    other = (made[0], {"predictions": told.to_dataset(name="distance"), "areas": areas})
    again = scored(other, speaker(1, 0.5), speaker(2, 0.5))["V9 rms error of noisy (mm)"]
    np.testing.assert_allclose(again.sel(model="as_drawn"), error.sel(model="as_drawn"))
    np.testing.assert_allclose(again.sel(model="smoother"), error.sel(model="smoother"))


def test_gaps_part_what_is_treated():
    """A stretch without a prediction has no error, and nothing crosses it."""
    made = speaker(0, 0.5)
    made[1]["predictions"]["distance"][:, 100:120] = np.nan
    error = scored(made, speaker(1, 0.5))["V9 rms error of noisy (mm)"]
    assert error.notnull().all()
    assert (by_way(error, "gestures_order_5") < by_way(error, "smoother")).all()


def test_nobody_labelled_is_not_applicable():
    silent = speaker(0, 0.5, phone=np.full(2 * FRAMES, ""))
    error = scored(silent, speaker(1, 0.5), speaker(2, 0.5))["V9 rms error of noisy (mm)"]
    assert error.isel(speaker=0).isnull().all()
    assert error.isel(speaker=[1, 2]).notnull().all()
    alone = scored(silent)["V9 rms error of noisy (mm)"]
    assert list(alone.model.values) == ASKED.ways
    assert alone.isnull().all()


@pytest.mark.parametrize(
    "name, tried", [("orders", []), ("penalty", [1.0, 0.0]), ("smoothing", [-0.1])]
)
def test_nothing_to_choose_from_is_refused(name, tried):
    with pytest.raises(BadInput, match=f"onsets: {name}: .*expected one number at least, above 0"):
        Onsets(**{**vars(ASKED), name: tried})
