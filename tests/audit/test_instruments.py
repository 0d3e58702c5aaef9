"""What an audit measures with, on signals whose answer is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from tractable.audit.pictures import Average, edge_width, pose, seen
from tractable.audit.sound import heard, longest, strongest_comb
from tractable.audit.steps import refreshes, steps

STEPS = {"repeated": 0.1, "components": 3, "moving": 4.0, "jump": 1.9}
RATE = 22050  # Hz


def walk(places: np.ndarray) -> np.ndarray:
    """A bright spot at each place [pixels] along a picture of 16 x 64 pixels."""
    column = np.arange(64)
    spot = np.exp(-((column - places[:, None]) ** 2) / (2 * 5.0**2))
    return (20 + 200 * spot[:, None, :] * np.ones((16, 1))).round().astype(np.uint8)


def test_a_step_twice_as_long_is_a_jump_and_a_still_one_a_repetition():
    places = np.arange(10.0, 50.0)
    clean = steps(walk(places), **STEPS)
    assert not clean.jumped.any()
    assert not clean.repeated.any()
    missing = steps(walk(np.delete(places, 20)), **STEPS)
    assert np.flatnonzero(missing.jumped).tolist() == [19]
    twice = steps(walk(np.insert(places, 20, places[20])), **STEPS)
    assert np.flatnonzero(twice.repeated).tolist() == [20]
    assert not twice.jumped.any()


def test_a_refresh_every_dozen_frames_is_no_jump():
    change = np.random.default_rng(0).uniform(0.8, 1.2, 239)
    change[11::12] = 5.0
    assert refreshes(change)[0] == 12
    assert refreshes(np.delete(change, np.arange(11, 239, 12)))[0] == 0


@pytest.mark.parametrize(("down", "right"), [(0.0, 0.0), (2.5, -1.25), (-6.0, 4.0)])
def test_a_head_is_found_where_it_was_put(down, right):
    rng = np.random.default_rng(1)
    head = gaussian_filter(rng.standard_normal((60, 60)), 2) * np.hanning(60)[:, None] * 100
    still = Average(head, np.zeros((60, 60)))
    moved = Average(shift(head, (down, right), order=3), np.zeros((60, 60)))
    found = pose(moved, still, 2.0)
    assert (found.down, found.right) == pytest.approx((2 * down, 2 * right), abs=0.15)
    assert found.turn == pytest.approx(0, abs=0.01)


def test_an_edge_has_its_width_and_noise_its_deviation():
    """A ramp of 10 pixels of 2 mm, blurred a little, is about 20 mm wide."""
    ramp = np.clip((np.arange(60) - 25) / 10, 0, 1) * np.ones((60, 1)) * 200
    assert edge_width(ramp, 2e-3) == pytest.approx(0.02, rel=0.1)
    noise = np.random.default_rng(0).normal(0, 5, (200, 60, 60))
    frames = (100 + noise).round().astype(np.uint8)
    assert seen(frames, np.ones(frames.shape, bool), 2e-3).signal_to_noise == pytest.approx(
        20, rel=0.05
    )


@pytest.mark.parametrize("fundamental", [60.0, 83.3, 166.6])
def test_the_fundamental_is_neither_halved_nor_doubled(fundamental):
    frequency = np.arange(0, 8000, 2.5)
    off = np.abs((frequency + fundamental / 2) % fundamental - fundamental / 2)
    found, height = strongest_comb(frequency, np.where(off < 10, 12.0, 0.0))
    assert found == pytest.approx(fundamental, abs=1.5)
    assert height > 8
    assert strongest_comb(frequency, np.zeros_like(frequency))[1] == 0


def test_speech_is_as_far_above_pauses_as_it_was_made():
    """A tone of 0.1 over hiss of 0.001, half of the time: 37 dB."""
    rng = np.random.default_rng(0)
    time = np.arange(4 * RATE) / RATE
    voiced = time % 1 < 0.5
    sound = 1e-3 * rng.standard_normal(len(time)) + 0.1 * voiced * np.sin(2000 * time)
    frames = np.arange(400) / 100 % 1 < 0.5
    told = heard(sound, RATE, frames, 100.0, quieter=15.0)
    assert told.speech_over_pauses == pytest.approx(37, abs=1)
    assert told.noise == pytest.approx(-60, abs=1)
    assert told.silence == 0
    assert told.clipped == 0


def test_a_run_is_as_long_as_it_is():
    assert longest(np.array([1, 1, 0, 1, 1, 1, 0], bool)) == 3
    assert longest(np.zeros(4, bool)) == 0
