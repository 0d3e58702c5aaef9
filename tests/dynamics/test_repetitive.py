"""Repetitive speech whose phases and noise are known."""

import numpy as np
import pytest

from tests.dynamics.simulated import FRAME_RATE
from tractable.dynamics.phases import phase
from tractable.dynamics.repetitive import BESIDE, Pull, moved, repeated

PACE = (4.0, 5.0)  # turns a second


def runs(pull, share, unrest=0.0, count=3):
    random = np.random.default_rng(0)
    speech = {"unrest": unrest, "frame_rate": FRAME_RATE, "count": count, "random": random}
    return repeated(pull, share, pace=PACE, **speech)


def test_left_alone_each_phase_keeps_its_pace():
    found = runs(Pull(3.0, 1.5), np.zeros(200))
    assert found.shape == (3, 2, 200)
    turned = (found[..., -1] - found[..., 0]) / (2 * np.pi * 199 / FRAME_RATE)
    np.testing.assert_allclose(turned, np.tile(PACE, (3, 1)), rtol=1e-9)


def test_only_the_second_is_pulled_and_as_strongly_as_it_is_said():
    """A pull beyond the difference of paces (2 pi rad/s) locks it to the first, a fixed way off."""
    first, second = runs(Pull(8.0, 0.0), np.ones(800)).transpose(1, 0, 2)
    np.testing.assert_allclose(np.diff(first), 2 * np.pi * PACE[0] / FRAME_RATE)
    behind = np.sin(first - second)[:, -100:]
    np.testing.assert_allclose(behind, -2 * np.pi * (PACE[1] - PACE[0]) / 8.0, atol=1e-3)


def test_strength_is_the_norm_of_the_coefficients():
    assert Pull(3.0, 4.0).strength == 5.0


def test_unrest_is_a_random_walk():
    found = runs(Pull(0.0, 0.0), np.zeros(84), unrest=0.5, count=2000)
    assert np.ptp(found[..., 83] - found[..., 0], 0).max() > 1
    spread = (found[..., 83] - found[..., 0]).std(0)
    np.testing.assert_allclose(spread, 0.5 * np.sqrt(83 / FRAME_RATE), rtol=0.05)


@pytest.mark.parametrize("level", [0.0001, 0.001])
def test_a_movement_has_its_harmonics_and_the_noise_that_it_is_told(level):
    turns = 2 * np.pi * 4.1 * np.arange(4000) / FRAME_RATE
    covariance = level**2 * np.array([1.0, 0.5, 0.1])
    path = moved(turns, 5e-3, covariance, np.random.default_rng(1))
    rest = path - 5e-3 * (np.cos(turns) + BESIDE * np.cos(2 * turns + 1))
    assert rest.std() == pytest.approx(level, rel=0.1)
    assert np.corrcoef(rest[1:], rest[:-1])[0, 1] == pytest.approx(0.5, abs=0.05)
    assert abs(phase(path) - turns)[200:-200].std() < 0.1 + 100 * level
