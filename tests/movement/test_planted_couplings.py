"""Utterances whose coupling is planted: what was said gives time and place, the law the rest."""

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.movement.coupling import Utterance, coupling
from tractable.movement.planted import coupled_utterances, reached, uncoupled_utterances

RATE, FRAMES = 83.28, 90
STIFFNESS = np.array([28.0**2, 40.0**2])  # 1/s2
SILENT = np.zeros((2, 1))  # mm2, noise that is none
SWITCHES = np.array([0.201, 0.402, 0.703])  # s


def said(seed: int) -> Utterance:
    """Positions of no law at all: what a plant takes of them are four places of each."""
    position = np.random.default_rng(seed).uniform(5, 12, (2, FRAMES))
    return Utterance(position, (SWITCHES, SWITCHES))


def planted(strength: float, count: int = 4) -> list[Utterance]:
    whole, random = [said(seed) for seed in range(count)], np.random.default_rng(0)
    quiet = SILENT + 1e-10
    return coupled_utterances(whole, STIFFNESS, np.array([0.0, strength]), quiet, RATE, random)


def test_what_is_planted_is_found():
    found = coupling(planted(0.5), RATE, (1e-3, 1e-3))
    np.testing.assert_allclose(found.coupling, [0.0, 0.5], atol=5e-3)
    np.testing.assert_allclose(found.stiffness, STIFFNESS, rtol=5e-3)


def test_a_plant_begins_at_rest_and_ends_where_the_speaker_was():
    """Before the first switch nothing moves; uncoupled, the last target is the last position."""
    for one, plant in zip([said(0)], planted(0.5, 1), strict=True):
        still = plant.position[:, : int(SWITCHES[0] * RATE)]
        np.testing.assert_allclose(still, still[:, :1] * np.ones(still.shape[1]), atol=1e-4)
        assert plant.switches == one.switches
    (alone,) = planted(0.0, 1)
    before = alone.position[:, int(SWITCHES[2] * RATE)]
    np.testing.assert_allclose(before, [row[2] for row in reached(said(0), RATE)], atol=0.1)


@pytest.mark.parametrize("theta", [3.0, 5.0])
def test_another_law_is_half_way_when_the_damped_spring_is(theta):
    """So that a plant of another law differs in its shape and in nothing else."""
    random, one = np.random.default_rng(0), [said(1)]
    quiet = SILENT + 1e-10
    (damped,) = coupled_utterances(one, STIFFNESS, np.zeros(2), quiet, RATE, random)
    (other,) = uncoupled_utterances(one, STIFFNESS, "target", theta, quiet, RATE, random)
    for row, like, goal in zip(other.position, damped.position, reached(one[0], RATE), strict=True):
        window = slice(0, int(SWITCHES[1] * RATE))
        middle = goal[:2].mean()
        crossing = [np.flatnonzero(np.diff(np.sign(of[window] - middle)))[0] for of in (row, like)]
        assert abs(crossing[0] - crossing[1]) <= 1
        assert abs(row - like).max() > 0.01 * abs(np.diff(goal)).max()


def test_nothing_that_moves_is_a_plant_that_stands_still():
    still = Utterance(said(0).position, (np.empty(0), np.empty(0)))
    (plant,) = uncoupled_utterances(
        [still], STIFFNESS, "target", 5.0, SILENT + 1e-10, RATE, np.random.default_rng(0)
    )
    goal = [row[0] for row in reached(still, RATE)]
    np.testing.assert_allclose(plant.position, np.array(goal)[:, None] * np.ones(FRAMES), atol=1e-3)


def test_a_shape_that_nobody_tabulated_is_refused():
    with pytest.raises(BadInput, match="no tabulated shape of 'target'"):
        uncoupled_utterances(
            [said(0)], STIFFNESS, "target", 4.9, SILENT, RATE, np.random.default_rng(0)
        )
