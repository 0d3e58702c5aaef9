"""Trajectories with noise, of gestures that set out where labels say, and of some that do not."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.onsets import CLIPS, FRAMES, errors, speaker
from tractable.contracts import BadInput
from tractable.scores.onsets import Onsets

ASKED = Onsets(
    orders=[2, 5],
    lead=[0.02, 0.04],
    delay=[0.06, 0.09],
    penalty=[0.1],
    smoothing=[0.003, 0.012, 0.018, 0.024, 0.036, 0.1],
)
SPEAKERS = 3


def made(*levels, **about):
    """Speakers whose trajectories have so many mm of noise."""
    return [speaker(number, level, folds=SPEAKERS, **about) for number, level in enumerate(levels)]


def with_distance(of, change):
    """The same speaker, of whom shapes were drawn otherwise: ``change`` of (time, place)."""
    evidence, stores = of
    told = stores["predictions"].distance.copy()
    told[0] = change(told.values[0].copy())
    return evidence, stores | {"predictions": told.to_dataset(name="distance")}


def scored(speakers):
    """(speaker, way) [mm]."""
    return errors(speakers, ASKED).sel(inverse_model="noisy")


@pytest.fixture(scope="module", params=[0.5, 1.0, 1.5])
def noisy(request):
    return request.param, scored(made(*[request.param] * SPEAKERS))


def by_way(error, way):
    return error.sel(way=way).values


def test_what_was_drawn_errs_by_its_noise(noisy):
    level, error = noisy
    np.testing.assert_allclose(by_way(error, "as_drawn"), level, rtol=0.05)


def test_a_smoother_helps_and_onsets_help_more(noisy):
    """By a fifth at least: noise is white, and these gestures obey the law."""
    _, error = noisy
    assert (by_way(error, "smoother") < 0.8 * by_way(error, "as_drawn")).all()
    for way in ("gestures_order_5", "gestures_alone_order_5"):
        assert (by_way(error, way) < 0.8 * by_way(error, "smoother")).all()


def test_another_order_helps_as_well(noisy):
    _, error = noisy
    assert (by_way(error, "gestures_order_2") < 0.85 * by_way(error, "smoother")).all()


def test_onsets_of_other_clips_do_not_help(noisy):
    _, error = noisy
    assert (by_way(error, "exchanged_gestures") > 0.98 * by_way(error, "smoother")).all()


def test_labels_that_are_off_help_little_and_gestures_alone_then_harm():
    """By 15 ms, and each place by as much again; correlated noise, as models err."""
    error = scored(made(1.0, 1.0, 1.0, correlation=0.7, jitter=0.015)).mean("speaker")
    smoother = by_way(error, "smoother")
    assert 0.9 * smoother < by_way(error, "gestures_order_5") < 0.99 * smoother
    assert by_way(error, "gestures_alone_order_5") > 1.02 * smoother


def test_who_never_moves_gains_nothing_from_anybody():
    still = [with_distance(of, lambda told: 0 * told + 0.012) for of in made(1.0, 1.0, 1.0)]
    error = scored(still)
    np.testing.assert_allclose(error, error.sel(way="as_drawn").broadcast_like(error))


def test_a_choice_is_that_of_the_training_speakers():
    """Among noisy speakers a quiet one is smoothed as they are, and loses."""
    alike, apart = (scored(made(0.1, level, level)).isel(speaker=0) for level in (0.1, 3.0))
    assert alike.sel(way="smoother") < 1.01 * alike.sel(way="as_drawn")
    assert apart.sel(way="smoother") > 2 * apart.sel(way="as_drawn")


LAST = slice((CLIPS - 1) * FRAMES + FRAMES // 2, None)  # half of the last clip


def test_frames_without_a_phone_are_not_scored():
    """What is drawn there may be anything, but for the frames beside those of a phone."""
    first, *others = made(0.5, 0.5, 0.5)
    phone = first[0].phone.copy()
    phone[LAST] = ""
    silent = replace(first[0], phone=phone), first[1]

    def wrong(told):
        told[LAST][60:] += 0.005
        return told

    error, again = (scored([one, *others]) for one in (silent, with_distance(silent, wrong)))
    for way in ("as_drawn", "smoother"):
        np.testing.assert_allclose(by_way(again, way), by_way(error, way), rtol=1e-6)


def test_refused_shapes_are_not_scored_and_gaps_part_what_is_treated():
    first, *others = made(0.5, 0.5, 0.5)
    known = first[0].log_distance.copy()
    known[::25] = np.nan
    refused = replace(first[0], log_distance=known), first[1]

    def gap(told):
        told[100:120] = np.nan
        return told

    error = scored([with_distance(refused, gap), *others])
    assert (by_way(error, "gestures_order_5") < 0.8 * by_way(error, "smoother")).all()


def test_where_nobody_labelled_it_is_not_applicable():
    first, *others = made(0.5, 0.5, 0.5)
    silent = replace(first[0], phone=first[0].phone.where(False, "")), first[1]
    error = scored([silent, *others])
    assert error.isel(speaker=0).isnull().all()
    assert error.isel(speaker=[1, 2]).notnull().all()
    alone = scored([silent])
    assert list(alone.way.values) == ASKED.ways
    assert alone.isnull().all()


@pytest.mark.parametrize(
    "name, tried", [("orders", []), ("penalty", [1.0, 0.0]), ("smoothing", [-0.1])]
)
def test_nothing_to_choose_from_is_refused(name, tried):
    with pytest.raises(BadInput, match=f"onsets: {name}: .*expected one number at least, above 0"):
        Onsets(**{**vars(ASKED), name: tried})
