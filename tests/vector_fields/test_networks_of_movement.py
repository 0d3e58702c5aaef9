"""Networks taught by gestures of a known law: what they forecast, and what they took it for."""

import numpy as np
import pytest

from tests.vector_fields.simulated import drawn, stiffness_of
from tractable.movement.fitting import fit
from tractable.movement.skill import skill_of
from tractable.vector_fields.field import forecast, linearised
from tractable.vector_fields.networks import hybrid_ode, neural_ode

SMALL = {"width": 4, "steps": 15, "seed": 2}


def given(truth):
    return truth.gestures, truth.onset, truth.target


def skill(field, taught, asked):
    fits = fit(taught.gestures, onset=taught.onset)
    return skill_of(forecast(field, asked.gestures, asked.onset), fits, asked.gestures, asked.onset)


def test_a_network_that_was_taught_nothing_stands_still():
    truth = drawn(count=4)
    untaught = neural_ode(*given(truth), width=6, steps=0, seed=0)
    told = forecast(untaught, truth.gestures, truth.onset)
    np.testing.assert_allclose(told, np.tile(truth.x0[:, None], told.shape[1]), atol=1e-9)


def test_a_neural_ode_forecasts_gestures_that_it_has_not_seen():
    taught, asked = drawn(), drawn(seed=2)
    found = skill(neural_ode(*given(taught), **SMALL), taught, asked)
    assert found.over_first > 0.7
    assert found.error < 0.3


def test_a_hybrid_whose_law_is_true_needs_no_network():
    """The penalty leaves acceleration to the damped spring; one that softens needs its network."""
    truth = drawn()
    found = hybrid_ode(*given(truth), **SMALL, penalty=1.0)
    assert found.share < 1e-3
    assert found.stiffness == pytest.approx(stiffness_of(truth), rel=0.05)
    assert found.damping == pytest.approx(2 * stiffness_of(truth) ** 0.5, rel=0.05)
    np.testing.assert_allclose(linearised(found), (found.stiffness, found.damping), rtol=0.05)
    wrong = hybrid_ode(*given(drawn("cubic", 0.95)), **SMALL, penalty=1.0)
    assert wrong.share > 20 * found.share


def test_the_same_seed_teaches_the_same():
    truth, state = drawn(count=5), (np.array([3.0]), np.array([-50.0]))
    few = {"width": 4, "steps": 4}
    once, twice, other = (
        neural_ode(*given(truth), **few, seed=seed).acceleration(*state) for seed in (1, 1, 2)
    )
    assert once == twice
    assert once != other
