"""Noise of plateaus and counts, as `dynamics` has them, variable by variable."""

import numpy as np
import pytest

from tests import moved
from tests.moved import LIPS, STILL
from tractable.scores.plateaus import plateau_scores


@pytest.fixture
def dynamics():
    """Two gestures of the lips; more noise in every variable, more of which goes on."""
    found = moved.dynamics("linear", 1.0, 2, moves=LIPS)
    level = 1e-3 * np.arange(1, 1 + found.sizes["variable"])
    noise = level[:, None] ** 2 * [[1.0, 0.1 * k, 0.0] for k in range(len(level))]
    return found.drop_dims("lag").assign(noise_autocovariance=(("variable", "lag"), noise))


def told(dynamics):
    return {
        score.name: dict(zip(score.value.model.values, score.value.values.ravel(), strict=True))
        for score in plateau_scores(dynamics)
    }


def test_level_and_correlation_are_those_of_the_autocovariance(dynamics):
    scores = told(dynamics)
    levels, correlations = (
        [*scores[name].values()]
        for name in (
            "noise of plateaus (mm)",
            "correlation of noise of plateaus from frame to frame",
        )
    )
    assert levels == pytest.approx([1 + k for k in range(len(levels))])
    assert correlations == pytest.approx([0.1 * k for k in range(len(levels))])


def test_gestures_are_counted_and_what_is_left_out(dynamics):
    dynamics["excluded"] = (
        dynamics.excluded * 0 + 2 * np.arange(dynamics.sizes["variable"])[:, None]
    )
    scores = told(dynamics)
    lips, still = (name.replace(" ", "_") for name in (LIPS, STILL))
    assert (scores["gestures found"][lips], scores["gestures found"][still]) == (2, 0)
    many = dynamics.sizes["reason"]
    assert [*scores["movements left out"].values()] == [
        2 * k * many for k in range(len(dynamics.excluded))
    ]


def test_who_has_no_plateau_has_no_noise(dynamics):
    dynamics["noise_autocovariance"][0] = np.nan
    scores = told(dynamics)
    for name in ("noise of plateaus (mm)", "correlation of noise of plateaus from frame to frame"):
        assert np.flatnonzero(np.isnan([*scores[name].values()])).tolist() == [0]


def test_noise_of_one_lag_is_white():
    scores = told(moved.dynamics("linear", 1.0, 2))
    assert {*scores["correlation of noise of plateaus from frame to frame"].values()} == {0}
