"""Models that are wrong in a known way, each caught by the score that is meant for it."""

import numpy as np
import pytest
import simulated
import xarray as xr
from scipy.stats import binom
from test_battery import OPTIONS

from benchmarks.planted.exam import (
    ACCURACY,
    BETTER,
    BEYOND_CAP,
    HONEST,
    INTERVENTIONAL,
    NAMED,
    NATURAL,
    PASSING,
    PULLED,
    REVERSED,
    SIGNS,
    TWIN,
    Pair,
    share_caught,
    trial,
    trials,
)
from benchmarks.planted.models import READERS
from tractable.scores import battery
from tractable.scores.assembly import CAPPED
from tractable.scores.maps import NEUTRAL

CORPORA, SPEAKERS = 12, 8
#: Of so many corpora, more false alarms than these come by chance in one of a thousand.
ALARMS = binom.ppf(0.999, CORPORA, 0.05) / CORPORA


@pytest.fixture(scope="module")
def small() -> xr.Dataset:
    return trial(0, 4)


def mean(found: xr.Dataset, pair: Pair) -> float:
    return float(found[pair.score].sel(model=pair.planted, formant=pair.formant).mean())


def test_the_same_twice(small):
    xr.testing.assert_identical(small, trial(0, 4))


def test_an_honest_model_is_nearly_right_and_no_more(small):
    assert 0.6 < mean(small, Pair(HONEST, NATURAL)) < 0.98
    assert 2 < mean(small, Pair(HONEST, ACCURACY)) < 8  # measuring alone costs that
    assert 0.6 < mean(small, Pair(HONEST, SIGNS)) < 1


@pytest.mark.parametrize("name", READERS)
def test_who_reads_something_else_is_as_accurate_and_hears_no_shape(small, name):
    honest = mean(small, Pair(HONEST, ACCURACY))
    assert mean(small, Pair(name, ACCURACY)) == pytest.approx(honest, rel=0.35)
    np.testing.assert_allclose(small[SIGNS].sel(model=name, formant="mean"), 0.5)


def test_a_residual_makes_a_reversed_tube_accurate_and_not_right(small):
    honest = mean(small, Pair(HONEST, ACCURACY))
    assert mean(small, Pair(REVERSED, ACCURACY)) == pytest.approx(honest, rel=0.15)
    assert mean(small, Pair(REVERSED, INTERVENTIONAL)) < 0


def test_wrong_gains_keep_every_sign(small):
    for name in ("wrong_gains", "double_gain"):
        xr.testing.assert_equal(
            small[SIGNS].sel(model=name, drop=True), small[SIGNS].sel(model=HONEST, drop=True)
        )


def test_the_neutral_map_knows_nothing_whoever_poses_with_it(small):
    np.testing.assert_allclose(small[NATURAL].sel(model=NEUTRAL), 0, atol=1e-12)


def test_who_was_pulled_to_the_reference_is_better_than_the_truth(small):
    """By that reference: no model that was not taught it is."""
    assert mean(small, Pair(PULLED, BEYOND_CAP)) > 0.05
    assert mean(small, Pair(HONEST, BEYOND_CAP)) < 0.05


def test_a_published_law_beats_its_cap_and_is_not_asked_where_it_is_the_reference():
    """The same by the whole battery: on stores whose truth is known, and not."""
    speakers = {}
    for name in ("s0", "s1", "s2"):
        of = dict(simulated.stores(int(name[1:]), 3, simulated=False))
        told = of["explanations"].copy(deep=True)
        frames = np.searchsorted(of["areas"].time, told.frame)
        measured = [of["areas"][n].values[frames] for n in ("distance", "tract_length")]
        answers = simulated.by_differences(simulated.textbook_formants, *measured)
        for variable, values in answers.items():
            told[variable].loc[{"model": "reversed"}] = values
        speakers[name] = of | {"explanations": told}
    judged = {"score": NATURAL, "formant": "mean"}
    truths = {name: simulated.stores(int(name[1:]), 3) for name in speakers}
    cap = battery("phantom", truths, **OPTIONS).value.sel(**judged, model=CAPPED)
    asked = battery("clip", speakers, **OPTIONS).value.sel(**judged, model="reversed")
    np.testing.assert_allclose(asked, 1, atol=2e-3)
    assert (asked > cap + 0.02).all()
    refused = battery("clip", speakers, **(OPTIONS | {"circular": ["reversed"]})).value
    assert refused.sel(**judged, model="reversed").isnull().all()


@pytest.fixture(scope="module")
def large() -> xr.Dataset:
    return trials(range(CORPORA), SPEAKERS)


@pytest.mark.slow
def test_each_is_caught_by_the_score_that_is_meant_for_it(large):
    power = {pair: share_caught(large, pair)[0] for pair in NAMED}
    assert min(power.values()) >= 0.9, power


@pytest.mark.slow
def test_who_is_wrong_elsewhere_passes(large):
    """But for one: a voice tells a speaker's size less well than a length, and V0 hears that."""
    alarms = {pair: share_caught(large, pair)[0] for pair in PASSING}
    assert alarms.pop(Pair("reads_pitch", ACCURACY)) < 0.5
    assert max(alarms.values()) <= ALARMS, alarms


@pytest.mark.slow
def test_a_second_honest_model_raises_no_more_alarms_than_chance(large):
    alarms = {score: share_caught(large, Pair(TWIN, score))[0] for score in BETTER}
    assert max(alarms.values()) <= ALARMS, alarms
