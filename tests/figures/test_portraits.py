"""Phase portraits of gestures whose law is known."""

from functools import partial

import numpy as np
import pytest
from conftest import TIP

from tests import moved
from tractable.contracts import BadInput
from tractable.figures import phase_portraits
from tractable.figures.curves import MEAN, means
from tractable.figures.phase_portraits import MEASURED, POSITION, portrait
from tractable.movement.shapes import tabulated

LAWS = ["linear", "first", "minimum_jerk"]
SHOWN = {"variables": [TIP], "laws": LAWS, "least": 12, "confidence": 0.95}
FAMILIES = {"control": ["first", "minimum_jerk"]}

stores = partial(moved.speakers, moves=TIP)


@pytest.fixture(scope="module")
def numbers():
    return phase_portraits.numbers(stores(60, 50), **SHOWN)


def curve(numbers, name):
    return means(numbers[numbers.curve == name]).set_index("position").value


def off(numbers, name):
    """Root of the mean square by which the mean gesture misses a law [way / rise]."""
    return np.sqrt(np.mean((curve(numbers, MEASURED) - curve(numbers, name)) ** 2))


def test_first_order_is_a_straight_line():
    """ds/dt = (1 - s) / tau, and from 20 to 80 % takes tau ln 4."""
    shapes = tabulated()
    found = portrait(shapes, shapes.of("first", np.nan))
    np.testing.assert_allclose(found, np.log(4) * (1 - POSITION), rtol=0.02)


def test_minimum_jerk_is_the_same_from_both_ends():
    shapes = tabulated()
    found = portrait(shapes, shapes.of("minimum_jerk", np.nan))
    np.testing.assert_allclose(found, found[::-1], atol=2e-3)
    assert POSITION[found.argmax()] == pytest.approx(0.5)


@pytest.mark.parametrize("made_by, theta", [("linear", 1.0), ("minimum_jerk", np.nan)])
def test_mean_gestures_lie_on_the_law_that_made_them(made_by, theta):
    found = phase_portraits.numbers(stores(60, 50, law=made_by, theta=theta), **SHOWN)
    missed = {law: off(found, law) for law in LAWS}
    assert min(missed, key=missed.get) == made_by
    assert missed[made_by] < 0.08 < missed["first"]


def test_speakers_stand_beside_their_mean_and_laws_do_not(numbers):
    assert set(numbers[numbers.curve == MEASURED].speaker) == {MEAN, "s0", "s1"}
    assert set(numbers[numbers.curve != MEASURED].speaker) == {MEAN}
    known = numbers[numbers.curve == MEASURED].pivot(
        index="position", columns="speaker", values="value"
    )
    np.testing.assert_allclose(known[MEAN], (known.s0 + known.s1) / 2)
    assert 100 <= numbers.n_gestures.iloc[0] <= 110


def test_curves_are_drawn_as_the_table_has_them(numbers):
    (axes,) = phase_portraits.draw(numbers, families=FAMILIES).axes
    lines = {line.get_gid(): line for line in axes.lines}
    for name in (MEASURED, *LAWS):
        np.testing.assert_array_equal(lines[name].get_ydata(), curve(numbers, name))
    assert sum(line.get_gid() == "speaker" for line in axes.lines) == 2


def test_every_number_of_its_caption_is_of_the_table(numbers):
    words = phase_portraits.caption(numbers)
    assert f"of {numbers.n_gestures.iloc[0]} gestures of 2 speakers" in words
    assert f"{TIP} {curve(numbers, MEASURED).idxmax():.2f};" in words
    assert "first 0.02 and minimum jerk 0.50" in words


def test_a_speaker_of_few_gestures_is_left_out_and_few_alone_are_nothing_to_show():
    shown = phase_portraits.numbers(stores(60, 6), **SHOWN)
    assert set(shown.speaker) == {MEAN, "s0"}
    empty = phase_portraits.numbers(stores(6, 0), **SHOWN)
    assert (len(empty), [*empty.columns]) == (0, [*phase_portraits.COLUMNS])


@pytest.mark.parametrize(
    "change, words",
    [
        ({"variables": ["tongue"]}, "no variable 'tongue'"),
        ({"laws": ["cubic"]}, "law 'cubic' small gestures move otherwise"),
        ({"laws": ["jerk"]}, "unknown law 'jerk'"),
    ],
)
def test_what_has_no_portrait_is_refused_by_name(change, words):
    with pytest.raises(BadInput, match=words):
        phase_portraits.numbers(stores(20), **SHOWN | change)
