"""VocalTractLab through its one door: what must hold whatever the anatomy."""

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.simulator import (
    JD3,
    TRACT,
    frequencies,
    glottis_shapes,
    limits,
    outlines,
    poles,
    poles_of,
    responses,
    shapes,
    sound,
    tubes,
)

VOWELS = ["a", "i", "u", "@"]
MODAL = glottis_shapes(["modal"] * 2)


def all_pole(frequency, bandwidth, at):
    """H(f) with known resonances, 1 at f = 0."""
    pole = -np.pi * bandwidth + 2j * np.pi * frequency
    s = 2j * np.pi * at[:, None]
    return np.prod(abs(pole) ** 2 / ((s - pole) * (s - pole.conj())), axis=1)


@pytest.mark.parametrize("second", [1500.0, 620.0])
def test_poles_of_a_known_response_are_exact_even_when_peaks_merge(second):
    at = np.arange(43.0, 6000.0, 43.0)
    frequency = np.array([500, second, 2500, 3500, 4500, 5500, 6500])
    bandwidth = np.array([60, 90, 120, 150, 200, 250, 300.0])
    found = poles_of(all_pole(frequency, bandwidth, at)[None], at, formants=4)
    np.testing.assert_allclose(found.frequency[0], frequency[:4], atol=1e-3)
    np.testing.assert_allclose(found.bandwidth[0], bandwidth[:4], atol=1e-3)


def test_a_faint_resonance_is_no_formant():
    """A closed velum leaks a little of the nose into the response."""
    at = np.arange(43.0, 6000.0, 43.0)
    mouth = all_pole(np.array([500.0, 1500, 2500]), np.array([50.0, 60, 70]), at)
    nose = all_pole(np.array([1000.0]), np.array([60.0]), at)
    found = poles_of((mouth + 1e-4 * nose)[None], at, formants=3)
    np.testing.assert_allclose(found.frequency[0], [500, 1500, 2500], atol=1)


def test_missing_formants_are_nan():
    at = np.arange(43.0, 6000.0, 43.0)
    found = poles_of(all_pole(np.array([500.0]), np.array([50.0]), at)[None], at, formants=3)
    assert np.isnan(found.frequency[0, 1:]).all()


def test_a_fit_that_splits_a_formant_is_outvoted():
    """On the way from /i/ to /u/ fits through 20 points see two poles instead of F1."""
    front, back = shapes(["i", "u"], JD3)
    state = front + np.linspace(0, 1, 21)[:, None] * (back - front)
    response, at = responses(state, JD3, piriform=True), frequencies()
    split, whole, voted = (
        poles_of(response, at, formants=4, supports=points).frequency
        for points in ((20,), (32,), (20, 24, 28))
    )
    assert (split[:, 1] < 0.5 * whole[:, 1]).any()
    np.testing.assert_allclose(voted, whole, rtol=3e-3)


def test_a_smaller_head_is_the_same_head_smaller():
    """Every length times 0.9: formants over 0.9 but for losses, lips and teeth of fixed size."""
    states, smaller = shapes(VOWELS, JD3), shapes(VOWELS, JD3._replace(size=0.9))
    whole, small = tubes(states, JD3), tubes(smaller, JD3._replace(size=0.9))
    length = small.section_length.sum(1) / whole.section_length.sum(1)
    np.testing.assert_allclose(length, 0.9, atol=0.005)
    low, high = (
        poles(states, JD3, piriform=False),
        poles(smaller, JD3._replace(size=0.9), piriform=False),
    )
    ratio = high.frequency / low.frequency
    np.testing.assert_allclose(np.median(ratio), 1 / 0.9, rtol=0.03)


def test_glottis_first_and_si():
    tube = tubes(shapes(["a"], JD3), JD3)
    assert tube.area.shape == (1, 40)
    assert 0.14 < tube.section_length.sum() < 0.19
    assert tube.area[0, :5].max() < tube.area[0, 25:35].min()  # narrow larynx, wide mouth of /a/
    upper = outlines(shapes(["a"], JD3), JD3).upper[0]
    assert upper[0, 1] < -0.06  # starts at the glottis, below
    assert upper[-1, 0] > 0.05  # ends at the lip, in front


def test_piriform_fossa_moves_the_poles_of_the_pharynx():
    state = shapes(["a"], JD3)
    on, off = (poles(state, JD3, piriform=p).frequency[0] for p in (True, False))
    assert abs(on[3] / off[3] - 1) > 0.02


def test_equal_states_are_computed_once_and_put_back_in_order():
    state = shapes(["a", "i"], JD3)
    several = tubes(state[[1, 0, 1, 1]], JD3).area
    np.testing.assert_array_equal(several, tubes(state, JD3).area[[1, 0, 1, 1]])


def test_going_to_another_anatomy_and_back_changes_nothing():
    before = responses(shapes(VOWELS, JD3), JD3, piriform=True)
    tubes(shapes(VOWELS, JD3._replace(mouth=1.1)), JD3._replace(mouth=1.1))
    np.testing.assert_array_equal(before, responses(shapes(VOWELS, JD3), JD3, piriform=True))


def test_sound_is_the_same_twice_and_silent_without_pressure():
    tube = tubes(shapes(["a"] * 4, JD3), JD3)
    glottis = glottis_shapes(["modal"] * 4)
    sample = np.array([0, 2000, 4000, 6000])
    voice = sound(tube, glottis, sample)
    np.testing.assert_array_equal(voice, sound(tube, glottis, sample))
    assert voice.shape == (6000,)
    assert np.abs(voice).max() > 0.05
    glottis[:, 1] = 0
    assert np.abs(sound(tube, glottis, sample)).max() < 1e-3


def test_parameters_are_named_and_limited():
    assert limits(JD3).shape == (len(TRACT), 2)
    state = shapes(VOWELS, JD3)
    low, high = limits(JD3).T
    assert ((state >= low - 1e-9) & (state <= high + 1e-9)).all()


@pytest.mark.parametrize(
    "fault, words",
    [
        (lambda: shapes(["xyz"], JD3), "xyz"),
        (lambda: shapes(["a"], JD3._replace(size=3.0)), "size is 3.0"),
        (lambda: shapes(["a"], JD3._replace(depth=0.05)), "depth is 0.05 m"),
        (lambda: tubes(np.zeros((2, 5)), JD3), "expected"),
        (lambda: tubes(np.full((1, 19), np.nan), JD3), "not finite"),
        (
            lambda: sound(tubes(shapes(["a", "a"], JD3), JD3), MODAL, np.array([5, 6])),
            "from sample 0",
        ),
    ],
)
def test_bad_input_is_named(fault, words):
    with pytest.raises(BadInput, match=words):
        fault()
