"""The baseline finds a law that it sees without noise and finely, and no other."""

import sys

import numpy as np
import pytest

from tests.vector_fields.simulated import drawn, stiffness_of
from tractable.contracts import BadInput
from tractable.vector_fields.field import linearised
from tractable.vector_fields.sindy import sindy

POLYNOMIAL = {"degree": 3, "threshold": 0.1}


def given(truth):
    return truth.gestures, truth.onset, truth.target


@pytest.fixture
def pysindy():
    return pytest.importorskip("pysindy", reason="SINDy is optional: pip install '.[sindy]'")


def test_a_spring_seen_finely_and_without_noise_is_found_and_nothing_else(pysindy):
    truth = drawn(frame_rate=1000.0, duration=(0.15, 0.15))
    found = sindy(*given(truth), **POLYNOMIAL)
    known = stiffness_of(truth), 2 * stiffness_of(truth) ** 0.5
    np.testing.assert_allclose(linearised(found), known, rtol=0.02)
    far = found.acceleration(np.array([9.0, 18.0]), np.zeros(2))
    assert far[1] == pytest.approx(2 * far[0], rel=0.02)


def test_half_a_millimetre_and_frames_of_twelve_ms_are_too_much_for_it(pysindy):
    """SCIENCE 5: stiffness 40 to 90 % too small, here of a spring that is in its library."""
    truth = drawn(level=0.5, count=60)
    found = sindy(*given(truth), degree=1, threshold=0.1)
    assert linearised(found).stiffness < 0.6 * stiffness_of(truth)


def test_a_gap_after_the_onset_is_refused(pysindy):
    truth = drawn(count=3)
    holed = truth.gestures.trajectory.copy()
    holed[2, 20] = np.nan
    with pytest.raises(BadInput, match=r"gesture 2 .*without a gap"):
        sindy(truth.gestures.with_trajectory(holed), truth.onset, truth.target, **POLYNOMIAL)


def test_whoever_lacks_the_package_is_told_where_it_is(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysindy", None)
    with pytest.raises(BadInput, match=r"pip install 'tractable\[sindy\]'"):
        sindy(*given(drawn(count=2)), **POLYNOMIAL)
