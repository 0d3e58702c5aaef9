"""Noise of plateaus and counts, as `dynamics` has them, variable by variable."""

import numpy as np
import pytest

from tests import moved
from tests.moved import LIPS, STILL
from tractable.scores.plateaus import plateau_scores


@pytest.fixture
def dynamics():
    """Two gestures of the lips; noise of half a millimetre, four tenths of which go on."""
    found = moved.dynamics("linear", 1.0, 2, moves=LIPS)
    noise = np.tile([0.25e-6, 0.1e-6, 0.0], (found.sizes["variable"], 1))
    return found.drop_dims("lag").assign(noise_autocovariance=(("variable", "lag"), noise))


def told(dynamics):
    return {
        score.name: dict(zip(score.value.model.values, score.value.values.ravel(), strict=True))
        for score in plateau_scores(dynamics)
    }


def test_level_and_correlation_are_those_of_the_autocovariance(dynamics):
    scores = told(dynamics)
    name = STILL.replace(" ", "_")
    assert scores["noise of plateaus (mm)"][name] == pytest.approx(0.5)
    assert scores["correlation of noise of plateaus from frame to frame"][name] == pytest.approx(
        0.4
    )


def test_gestures_are_counted_and_what_is_left_out(dynamics):
    dynamics["excluded"] = dynamics.excluded * 0 + 2
    scores = told(dynamics)
    lips, still = (name.replace(" ", "_") for name in (LIPS, STILL))
    assert (scores["gestures found"][lips], scores["gestures found"][still]) == (2, 0)
    assert scores["movements left out"][still] == 2 * dynamics.sizes["reason"]


def test_who_has_no_plateau_has_no_noise(dynamics):
    dynamics["noise_autocovariance"][0] = np.nan
    scores = told(dynamics)
    for name in ("noise of plateaus (mm)", "correlation of noise of plateaus from frame to frame"):
        assert np.flatnonzero(np.isnan([*scores[name].values()])).tolist() == [0]


def test_noise_of_one_lag_is_white():
    scores = told(moved.dynamics("linear", 1.0, 2))
    assert {*scores["correlation of noise of plateaus from frame to frame"].values()} == {0}
