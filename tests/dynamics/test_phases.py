"""Two phases of which one sets the other's pace, by a known function."""

import numpy as np
import pytest

from tests.dynamics.simulated import FRAME_RATE, noise
from tractable.contracts import BadInput
from tractable.dynamics.phases import coupling_functions, fourier_orders, phase

FINE = 20  # steps of the simulation in a frame
PACE = 2 * np.pi * np.array([4.1, 5.3])  # rad/s
GRID = np.meshgrid(*[np.linspace(0, 2 * np.pi, 25)[:-1]] * 2, indexing="ij")


def pull(first, second):
    """By the difference of the phases, and by the first phase alone [rad/s]."""
    return 3.0 * np.sin(first - second) + 1.5 * np.cos(first)


def phases(seconds=60, strength=1.0, seed=0, unrest=0.5):
    """The second phase is driven by the first, both wander [rad2/s: unrest squared]."""
    rng = np.random.default_rng(seed)
    step, count = 1 / FRAME_RATE / FINE, int(seconds * FRAME_RATE) * FINE
    wander = unrest * np.sqrt(step) * rng.standard_normal((count, 2))
    path = np.empty((count, 2))
    now = rng.uniform(0, 2 * np.pi, 2)
    for k in range(count):
        path[k] = now
        now = now + step * (PACE + [0, strength * pull(*now)]) + wander[k]
    return path[::FINE].T


def likeness(found, of=1):
    """Correlation of the coupling function found with the true one."""
    return np.corrcoef(found.function(of, *GRID).ravel(), pull(*GRID).ravel())[0, 1]


def test_known_phases():
    found = coupling_functions(phases(), FRAME_RATE, order=2)
    assert likeness(found) > 0.97
    assert found.direction > 0.6
    assert found.mean[0, 0] == pytest.approx(PACE[0], rel=0.02)
    np.testing.assert_allclose(np.diag(found.noise), 0.25, rtol=0.15)


def test_measured_movements():
    """8 mm, measured to a millimetre, by variables that are no sines of the phase."""
    first, second = phases(90)
    moved = [8e-3 * (np.cos(p) + 0.15 * np.cos(2 * p + 1)) for p in (first, second)]
    seen = [phase(x + noise(len(x), 1e-3, 0.3, seed)) for seed, x in enumerate(moved)]
    found = coupling_functions(np.array(seen), FRAME_RATE, order=2)
    assert likeness(found) > 0.95
    assert found.direction > 0.5


def test_direction_turns_with_the_names():
    """The same movements, the driven one first."""
    one, turned = (coupling_functions(p, FRAME_RATE, order=2) for p in (phases(), phases()[::-1]))
    assert turned.direction == pytest.approx(-one.direction, abs=1e-6)


def test_exchanged_utterances_have_no_coupling():
    """What 20 s show by chance is much, and less than what is there."""
    said = [phases(20, seed=seed) for seed in range(4)]
    without = [
        coupling_functions(np.stack([one[0], other[1]]), FRAME_RATE, order=2).strength[1]
        for one in said
        for other in said
        if one is not other
    ]
    real = [coupling_functions(one, FRAME_RATE, order=2).strength[1] for one in said]
    assert min(real) > max(without)
    assert np.mean(without) < 0.6 * np.mean(real)


def test_an_earlier_stretch_is_a_prior():
    """Told to be the same, a short stretch hardly moves; told to be new, it is as if alone."""
    long = coupling_functions(phases(60), FRAME_RATE, order=2)
    short = phases(4, strength=0.0, seed=9)
    alone = coupling_functions(short, FRAME_RATE, order=2)
    same = coupling_functions(short, FRAME_RATE, order=2, before=long)
    new = coupling_functions(short, FRAME_RATE, order=2, before=long, spread=1e3)
    assert abs(same.mean - long.mean).max() < 0.5 * abs(alone.mean - long.mean).max()
    np.testing.assert_allclose(new.mean, alone.mean, atol=0.05)
    assert np.trace(same.covariance) < np.trace(long.covariance)


def test_phase_does_not_depend_on_the_variable():
    """A wave with harmonics: its angle sways, its phase grows evenly."""
    turns = 2 * np.pi * 4.1 * np.arange(5000) / FRAME_RATE
    wave = np.cos(turns) + 0.3 * np.cos(2 * turns + 0.7) + 5
    middle = slice(200, -200)
    swaying = phase(wave)[middle] - turns[middle]
    assert swaying.std() < 0.02


def test_terms_of_a_series():
    """Of order 2: a constant, 2 + 2 of single phases, 2 of both; one of each opposite pair."""
    orders = fourier_orders(2)
    assert {tuple(o) for o in orders.tolist()} == {
        (0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (1, -1)
    }  # fmt: skip
    assert orders[0].tolist() == [0, 0]


def test_too_short_or_unknown():
    with pytest.raises(BadInput, match="12 frames"):
        coupling_functions(phases(1)[:, :12], FRAME_RATE, order=2)
    gap = phases(2)
    gap[0, 7] = np.nan
    with pytest.raises(BadInput, match="without gaps"):
        coupling_functions(gap, FRAME_RATE, order=2)
