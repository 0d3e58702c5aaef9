"""Sequences of gestures whose targets and onsets we chose."""

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.movement.laws.target import approach
from tractable.movement.sequences import shares, targets

RATE = 83.28  # Hz
ONSET = np.array([0.1, 0.18, 0.5])  # s
GOAL = np.array([0.0, 12.0, -3.0, 5.0])[:, None]  # mm
TAU = 0.015  # s
FRAMES = 100


def share(order=5, tau=TAU, onset=ONSET):
    return shares(onset, FRAMES, RATE, order=order, tau=tau)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_state_is_carried_over_from_target_to_target(order):
    """The second target is left long before it is reached."""
    state, begin, time = np.zeros(order), ONSET[0], np.arange(FRAMES) / RATE
    path = np.zeros(FRAMES)
    for goal, end in zip(GOAL[1:, 0], [*ONSET[1:], np.inf], strict=True):
        here = (time >= begin) & (time < end)
        path[here] = approach(state, goal, TAU, time[here] - begin)[0]
        if np.isfinite(end):
            state, begin = approach(state, goal, TAU, np.array([end - begin]))[:, -1], end
    np.testing.assert_allclose((share(order) @ GOAL)[:, 0], path, atol=1e-9)


def test_it_rests_at_the_first_target_and_ends_at_the_last():
    path = share() @ GOAL
    assert (path[: int(ONSET[0] * RATE)] == GOAL[0]).all()
    np.testing.assert_allclose(path[-1], GOAL[-1], atol=1e-3)


def test_who_sets_out_before_the_first_frame_is_there():
    early = shares(np.array([-1.0]), 5, RATE, order=5, tau=TAU)
    np.testing.assert_allclose(early, np.tile([0.0, 1.0], (5, 1)), atol=1e-9)


def test_a_target_of_all_is_the_trajectory():
    np.testing.assert_allclose(share().sum(1), 1)


def test_targets_are_those_of_the_trajectory():
    np.testing.assert_allclose(targets(share() @ GOAL, share(), 1e-9), GOAL, atol=1e-6)


def test_a_target_that_no_frame_tells_is_the_mean():
    late = share(onset=np.array([0.1, 0.18, 5.0]))
    values = late @ GOAL
    found = targets(values, late, 1e-6)
    np.testing.assert_allclose(found[-1], values.mean(0))
    np.testing.assert_allclose(found[1], GOAL[1], atol=1e-3)


def test_a_heavy_penalty_leaves_the_mean_alone():
    values = share() @ GOAL
    np.testing.assert_allclose(
        targets(values, share(), 1e9), np.tile(values.mean(0), (4, 1)), atol=1e-4
    )


def test_no_order_is_refused():
    with pytest.raises(BadInput, match="parameter 0, expected an order"):
        share(order=0)
