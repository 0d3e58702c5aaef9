"""Gestures that were put into simulated trajectories, found or not."""

from itertools import pairwise

import numpy as np
import pytest

from tests.dynamics.simulated import FRAME_RATE, Known, noise, speech, steps
from tractable.dynamics.noise import plateau_noise
from tractable.dynamics.segmentation import (
    CLIP,
    CONTACT,
    FAST,
    GAP,
    LONG,
    SMALL,
    Criteria,
    find_gestures,
)

LEVEL = 0.5e-3  # m
CRITERIA = Criteria(
    window=7,
    significance=3.0,
    expected=2.5,
    dip=0.5,
    share=0.2,
    rest=9,
    longest=40,
    fastest=0.5,
    least=2e-3,
)


def found(values, run=None, contact=None, expected=None, **criteria):
    frames = len(values)
    run = np.zeros(frames, int) if run is None else run
    contact = np.zeros(frames, bool) if contact is None else contact
    expected = np.zeros(frames, bool) if expected is None else expected
    level = plateau_noise(values, run, frames=14, quiet=0.1, order=1)
    chosen = CRITERIA._replace(**criteria)
    return find_gestures(values, run, contact, expected, level, FRAME_RATE, chosen)


def noisy(known, level=LEVEL, seed=0):
    return known.values + noise(len(known.values), level, 0.3, seed)


def recall_and_precision(gestures, known):
    """A gesture is found if one of its direction has its peak between onset and end."""
    peak = np.array([gesture.peak for gesture in gestures]) / FRAME_RATE
    way = np.sign([gesture.amplitude for gesture in gestures])
    inside = (peak > known.onset[:, None]) & (peak < (known.onset + known.duration)[:, None])
    hit = inside & (way == np.sign(known.amplitude)[:, None])
    return hit.any(1).mean(), hit.any(1).sum() / len(gestures)


@pytest.mark.parametrize("level, least", [(0.25e-3, 0.99), (0.5e-3, 0.97), (1e-3, 0.85)])
def test_recall_and_precision(level, least):
    """3 to 15 mm in 80 to 250 ms, plateaus down to 30 ms."""
    figures = []
    for seed in range(3):
        known = speech(60, seed, plateau=(0.03, 0.2))
        figures.append(recall_and_precision(found(noisy(known, level, seed))[0], known))
    recall, precision = np.mean(figures, 0)
    assert recall >= least
    assert precision >= 0.95


def test_noise_alone_has_next_to_no_gestures():
    """Of half a millimetre: fewer than one in ten seconds."""
    gestures, _ = found(noise(10_000, LEVEL, 0.3))
    assert len(gestures) < 10_000 / FRAME_RATE / 10


def test_one_gesture():
    known = speech(1, 3)
    values = np.pad(known.values, 300, "edge")
    (gesture,), reasons = found(values + noise(len(values), LEVEL, 0.3))
    assert gesture.amplitude == pytest.approx(known.amplitude[0], rel=0.1)
    assert np.sign(gesture.peak_velocity) == np.sign(known.amplitude[0])
    assert gesture.first < gesture.start < gesture.peak < gesture.end < gesture.last
    assert set(reasons) <= {SMALL}  # what noise makes


def test_windows_hold_plateaus_and_no_neighbour():
    gestures, _ = found(noisy(speech(40, 2)))
    for before, after in pairwise(gestures):
        assert before.end <= after.first <= after.start
        assert before.last <= after.start
        assert before.end - before.start <= CRITERIA.longest


def test_nothing_to_look_at():
    assert found(np.zeros(0)) == ([], {})
    assert found(np.full(500, 0.01))[0] == []
    values = np.full(500, np.nan)
    assert found(values, np.full(500, -1)) == ([], {})


def test_a_constriction_that_is_never_open():
    values = noise(2000, LEVEL)
    values[500:600] += 0.005  # seems to move, but touches
    gestures, reasons = found(values, contact=np.ones(2000, bool))
    assert not gestures
    assert reasons[CONTACT] == 2


def test_movement_into_contact_is_a_gesture():
    """A lip that closes for a stop: what is before contact moves, what is in it does not."""
    known = speech(60, 5, plateau=(0.1, 0.2))
    floor = np.quantile(known.values, 0.3)
    values = np.maximum(noisy(known), floor)
    gestures, _ = found(values, contact=values <= floor)
    assert not any(values[gesture.peak] <= floor for gesture in gestures)
    middle = known.values[np.rint((known.onset + known.duration / 2) * FRAME_RATE).astype(int)]
    open_ones = Known(known.values, *(part[middle > floor + 3e-3] for part in known[1:]))
    recall, _ = recall_and_precision(gestures, open_ones)
    assert recall > 0.95
    landed = [gesture for gesture in gestures if values[gesture.last] <= floor]
    assert len(landed) >= 3


def test_gaps_and_ends_of_clips_are_told_apart():
    """Two movements have a gap in their middle, and in that of a third one clip ends."""
    known = speech(30, 7)
    cut = np.sort(np.argsort(abs(known.amplitude))[-3:])
    middle = np.rint((known.onset + 0.35 * known.duration) * FRAME_RATE).astype(int)[cut]
    run = np.searchsorted(middle, np.arange(len(known.values)), "right")
    run[middle[:2]] = -1
    gestures, reasons = found(np.where(run < 0, np.nan, noisy(known)), run)
    assert all(len(set(run[g.first : g.last + 1])) == 1 for g in gestures)
    whole = Known(known.values, *(np.delete(part, cut) for part in known[1:]))
    assert recall_and_precision(gestures, whole) == (1.0, pytest.approx(1.0, abs=0.05))
    assert reasons[GAP] >= 2
    assert reasons[CLIP] >= 1


def test_small_and_long_movements_are_counted():
    known = speech(20, 1)
    values = noisy(known, 0.1e-3)
    largest = float(abs(known.amplitude).max())
    gestures, reasons = found(values, least=0.5 * largest)
    assert all(abs(gesture.amplitude) >= 0.5 * largest for gesture in gestures)
    assert reasons[SMALL] == 20 - len(gestures)
    assert found(values, longest=3)[1][LONG] == 20


def test_a_jump_is_no_movement():
    """The narrowest place goes from one end of the palate to the other between two frames."""
    values = noise(2000, LEVEL) + np.where(np.arange(2000) % 400 < 200, 0.0, 0.03)
    gestures, reasons = found(values)
    assert not gestures
    assert reasons[FAST] == 9


def test_two_in_one_direction_part_between_them():
    """Twice 8 mm onwards, slow in the middle: two gestures that do not overlap."""
    known = speech(2, 11, shortest=0.15, plateau=(0.03, 0.04))
    known = known._replace(amplitude=np.array([8e-3, 8e-3]))
    time = np.arange(len(known.values)) / FRAME_RATE
    values = steps(time, known.amplitude, known.onset, known.duration)
    (first, second), _ = found(np.pad(values, 300, "edge") + noise(len(time) + 600, 0.2e-3))
    assert first.end <= second.first
    np.testing.assert_allclose([first.amplitude, second.amplitude], 8e-3, rtol=0.15)


def test_a_label_lowers_what_is_asked():
    """Of speeds that stand out by ten standard deviations, or by two and a half."""
    known = speech(60, 4, shortest=0.15)
    values = noisy(known)
    at = np.rint((known.onset + known.duration / 2) * FRAME_RATE).astype(int)
    expected = np.zeros(len(values), bool)
    expected[(at[::2, None] + np.arange(-6, 7)).ravel()] = True
    gestures, _ = found(values, significance=1e3, expected=expected)
    assert 25 <= len(gestures) <= 30
    assert all(expected[gesture.peak] for gesture in gestures)


@pytest.mark.parametrize("plateau, low, high", [((0.1, 0.25), -0.1, 0.2), ((-0.1, 0.0), 0.3, 0.6)])
def test_overlap_alone_relates_amplitude_to_duration(plateau, low, high):
    """Amplitude and duration were drawn apart; where gestures leave no plateau they seem related.

    A speaker's own relation means nothing unless it exceeds that of simulated gestures.
    """
    seeming, truth = [], []
    for seed in range(3):
        known = speech(200, seed, plateau=plateau)
        gestures, _ = found(noisy(known, seed=seed))
        size = [abs(gesture.amplitude) for gesture in gestures]
        seeming.append(np.corrcoef(size, [g.end - g.start for g in gestures])[0, 1])
        truth.append(np.corrcoef(abs(known.amplitude), known.duration)[0, 1])
    assert abs(np.mean(truth)) < 0.1
    assert low < np.mean(seeming) < high
