"""Two articulators whose coupling is known, integrated by scipy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.dynamics.simulated import FRAME_RATE, noise
from tractable.contracts import BadInput
from tractable.movement.coupling import Utterance, coupling, exchanged

STIFFNESS = np.array([28.0**2, 40.0**2])  # 1/s2, a jaw and a lip
LEVEL = 0.5e-3  # m


def utterance(strength, seed, *, level=LEVEL, seconds=2.0, many=8):
    """Each articulator has its own switches, 80 ms apart at least, and targets within 12 mm."""
    rng = np.random.default_rng(seed)
    switches = tuple(0.1 + np.cumsum(rng.uniform(0.08, 0.3, many)) for _ in range(2))
    switches = tuple(times[times < seconds - 0.1] for times in switches)
    targets = [rng.uniform(-6e-3, 6e-3, len(times) + 1) for times in switches]

    def change(time, state):
        y, v = state[::2], state[1::2]
        goal = [t[np.searchsorted(s, time)] for t, s in zip(targets, switches, strict=True)]
        force = STIFFNESS * (goal + strength * y[::-1] - y) - 2 * np.sqrt(STIFFNESS) * v
        return np.stack([v, force], 1).ravel()

    time = np.arange(int(seconds * FRAME_RATE)) / FRAME_RATE
    start = [targets[0][0], 0, targets[1][0], 0]
    path = solve_ivp(change, (0, seconds), start, t_eval=time, rtol=1e-8, atol=1e-10, max_step=5e-3)
    added = [noise(len(time), level, seed=100 * seed + i) for i in range(2)]
    return Utterance(path.y[::2] + added, switches)


def utterances(strength, count, **options):
    return [utterance(np.array(strength), seed, **options) for seed in range(count)]


def test_known_without_noise():
    found = coupling(utterances([-0.1, 0.5], 2, level=1e-9), FRAME_RATE, (1e-6, 1e-6))
    np.testing.assert_allclose(found.coupling, [-0.1, 0.5], atol=2e-3)
    np.testing.assert_allclose(found.stiffness, STIFFNESS, rtol=2e-3)


def test_jaw_carries_lip_and_lip_not_jaw():
    """The lip takes on half of the jaw's movement, the jaw nothing of the lip's."""
    found = coupling(utterances([0.0, 0.5], 8), FRAME_RATE, (LEVEL, LEVEL))
    np.testing.assert_allclose(found.coupling, [0.0, 0.5], atol=0.06)
    np.testing.assert_allclose(found.stiffness, STIFFNESS, rtol=0.1)
    np.testing.assert_allclose(found.residual, LEVEL, rtol=0.1)
    assert (abs(found.coupling - [0.0, 0.5]) < 4 * found.coupling_sd).all()


def test_the_level_is_that_of_noise_however_short_utterances_are():
    """Of 50 frames and five unknowns each; squares over all frames are 6 % small."""
    found = coupling(utterances([0.0, 0.0], 24, seconds=0.6, many=3), FRAME_RATE, (LEVEL, LEVEL))
    np.testing.assert_allclose(found.residual, LEVEL, rtol=0.04)


def test_exchanged_utterances_have_no_coupling():
    """And what is really there lies outside all that they show."""
    said = utterances([0.0, 0.5], 5)
    without = exchanged(said, FRAME_RATE, (LEVEL, LEVEL), most=9)
    assert without.shape == (4, 2)
    assert abs(without.mean(0)).max() < 0.15
    assert coupling(said, FRAME_RATE, (LEVEL, LEVEL)).coupling[1] > without[:, 1].max() + 0.1


def test_what_cannot_be_fitted():
    (one,) = utterances([0.0, 0.5], 1)
    with pytest.raises(BadInput, match="no utterance"):
        coupling([], FRAME_RATE, (LEVEL, LEVEL))
    gap = one._replace(position=np.where(np.arange(166) == 70, np.nan, one.position))
    with pytest.raises(BadInput, match="utterance 1, frame 70: no position; cut it"):
        coupling([one, gap], FRAME_RATE, (LEVEL, LEVEL))
    short = one._replace(position=one.position[:, :8])
    with pytest.raises(BadInput, match="16 positions for"):
        coupling([short], FRAME_RATE, (LEVEL, LEVEL))
    with pytest.raises(BadInput, match="two at least"):
        exchanged([one], FRAME_RATE, (LEVEL, LEVEL), most=9)
