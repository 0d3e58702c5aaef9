"""The law of two coupled articulators against independent integration, and in its limits."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tractable.contracts import BadInput
from tractable.movement.laws import coupled, law

STIFFNESS = np.array([28.0**2, 40.0**2])  # 1/s2, a jaw and a lip
RATE, FRAMES = 83.28, 80
TIME = np.arange(FRAMES) / RATE
SWITCHES = (np.array([0.111, 0.4]), np.array([0.2503]))  # s, none of them on a frame
TARGETS = (np.array([0.0, 8.0, -3.0]), np.array([2.0, -5.0]))  # mm
START = np.array([1.0, 40.0, -2.0, 0.0])


def moved(strength, *, start=START, targets=TARGETS, switches=SWITCHES, frames=FRAMES):
    return coupled.movements(
        STIFFNESS,
        np.array(strength),
        start=start,
        targets=targets,
        switches=switches,
        frame_rate=RATE,
        frames=frames,
    )


def integrated(strength):
    """By another method, stopped and gone on with at every switch."""

    def change(time, state, goal):
        y, v = state[::2], state[1::2]
        force = STIFFNESS * (goal + strength * y[::-1] - y) - 2 * np.sqrt(STIFFNESS) * v
        return np.stack([v, force], 1).ravel()

    edges = np.concatenate([[0.0], *SWITCHES, [TIME[-1] + 1e-9]])
    edges.sort()
    state, found = START, []
    for begin, end in pairwise(edges):
        places = [np.searchsorted(times, begin, "right") for times in SWITCHES]
        goal = np.array([own[k] for own, k in zip(TARGETS, places, strict=True)])
        inside = np.append(TIME[(begin <= TIME) & (end > TIME)], end)
        options = {"method": "LSODA", "rtol": 1e-10, "atol": 1e-12, "args": (goal,)}
        path = solve_ivp(change, (begin, end), state, t_eval=inside, **options).y
        found.append(path[::2, :-1])
        state = path[:, -1]
    return np.concatenate(found, 1)


@pytest.mark.parametrize("strength", [(0.0, 0.5), (-0.3, 0.8), (0.0, 0.0)])
def test_the_law_is_the_integral_of_its_equation(strength):
    np.testing.assert_allclose(moved(strength), integrated(np.array(strength)), atol=1e-6)


def test_uncoupled_each_is_the_critically_damped_spring():
    alone = {
        "start": np.zeros(4),
        "targets": (np.array([0.0, 6.0]), np.array([0.0, -4.0])),
        "switches": (np.array([0.11]), np.array([0.2])),
    }
    found = moved((0.0, 0.0), **alone)
    for path, stiffness, onset, way in zip(found, STIFFNESS, (0.11, 0.2), (6, -4), strict=True):
        known = way * law("linear")((TIME - onset) * np.sqrt(stiffness), 1.0)
        np.testing.assert_allclose(path, known, atol=1e-9)


def test_at_rest_each_stands_at_its_target_and_its_share_of_the_other():
    jaw, lip = moved((0.2, 0.5), frames=200)[:, -1]
    assert jaw == pytest.approx(-3 + 0.2 * lip, abs=1e-6)
    assert lip == pytest.approx(-5 + 0.5 * jaw, abs=1e-6)


def test_two_that_drive_each_other_away_are_refused():
    with pytest.raises(BadInput, match=r"c_12 2 and c_21 0.6 diverges"):
        moved((2.0, 0.6))
    with pytest.raises(BadInput, match="grows"):
        moved((-9.0, 2.0))
    assert np.isfinite(moved((-1.9, 2.0))).all()
