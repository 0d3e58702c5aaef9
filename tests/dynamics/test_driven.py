"""Shapes that gestures drive, of tracts whose law of movement is known."""

import numpy as np
import pytest
import xarray as xr
import yaml

from tests import moved
from tests.project import ROOT
from tests.tracts import PLACE, shapes
from tractable.contracts import BadInput
from tractable.dynamics.driven import Drive, cut, driven, drives, is_driven
from tractable.movement.laws import law
from tractable.theory import physics

ENDS = {"back": 0.94, "lips": 1.0}
LIPS = PLACE > 0.94
COUNT = 6
ACOUSTICS = yaml.safe_load((ROOT / "params.yaml").read_text())["theory"]


@pytest.fixture(scope="module")
def found():
    """Critically damped gestures without noise, each window after the one before."""
    made = moved.dynamics("linear", 1.0, COUNT, noise=0.0)
    begin = made.begin.copy(data=made.sizes["frame"] * np.arange(COUNT) / moved.RATE)
    return made.assign(begin=begin)


@pytest.fixture(scope="module")
def areas(found):
    """A tract whose lips have ln A as the gestures have it, while the pharynx drifts."""
    last = found.trajectory.values[np.arange(COUNT), np.isfinite(found.trajectory).sum("frame") - 1]
    aperture = found.trajectory.fillna(xr.DataArray(last, dims="gesture")).values.ravel() / 0.01
    drift = np.linspace(0, 0.3, len(aperture))[:, None] * (PLACE < 0.5)
    return shapes(np.exp(np.log(4e-4) + aperture[:, None] * LIPS + drift))


def moves(areas, found, name="linear"):
    return {"lips": drives(areas, found, moved.LIPS, law(name))}


def off(areas, moves):
    """Largest error of ln F2 of driven shapes."""
    told = [physics(of, **ACOUSTICS).frequency for of in (driven(areas, moves, ENDS), areas)]
    return float(np.abs(np.log(told[0] / told[1]))[:, 1].max())


def test_gestures_of_the_law_itself_have_the_measured_formants(areas, found):
    assert len(moves(areas, found)["lips"]) == COUNT
    assert off(areas, moves(areas, found)) < 1e-3


@pytest.mark.parametrize("name", ["first", "minimum_jerk"])
def test_another_law_has_others(areas, found, name):
    assert off(areas, moves(areas, found, name)) > 10 * off(areas, moves(areas, found))


def test_the_same_ways_at_one_speed_are_no_law(areas, found):
    even = {"lips": [one.evenly for one in moves(areas, found)["lips"]]}
    assert off(areas, even) > 20 * off(areas, moves(areas, found))


def test_other_parts_and_other_frames_stay_as_they_were(areas, found):
    (one, *_) = moves(areas, found)["lips"]
    even = driven(areas, {"lips": [one.evenly]}, ENDS)
    where = np.zeros(areas.area.shape, bool)
    where[one.first + 1 : one.last, LIPS] = True
    changed = ~np.isclose(even.area, areas.area, rtol=1e-12)
    assert changed.any()
    assert not changed[~where].any()
    marks = is_driven({"lips": [one]}, len(where))
    np.testing.assert_array_equal(marks[0], where.any(1))


def test_tract_length_is_driven_as_a_part_is(areas):
    long = areas.assign(tract_length=areas.tract_length * np.linspace(1, 1.21, areas.sizes["time"]))
    half = Drive(0, areas.sizes["time"] - 1, np.full(areas.sizes["time"], 0.5))
    found = driven(long, {"tract length": [half]}, ENDS)
    np.testing.assert_allclose(found.tract_length, 1.1 * areas.tract_length[0])
    np.testing.assert_allclose(found.area, areas.area)


def test_windows_that_overlap_are_cut_in_the_middle_of_what_they_share():
    begin, end = cut(np.array([0, 8, 30]), np.array([12, 30, 40]))
    np.testing.assert_array_equal(begin, [0, 10, 30])
    np.testing.assert_array_equal(end, [10, 30, 40])


def test_a_gesture_without_a_shape_at_an_end_drives_nothing(areas, found):
    first = moves(areas, found)["lips"][0]
    gap = areas.copy(deep=True)
    gap.area[first.last] = np.nan
    left = moves(gap, found)["lips"]
    assert [one.first for one in left] == [one.first for one in moves(areas, found)["lips"][1:]]


def test_a_variable_without_gestures_drives_nothing_and_one_that_is_none_is_refused(areas, found):
    assert drives(areas, found, moved.STILL, law("linear")) == []
    with pytest.raises(BadInput, match="no variable 'lip aperturs'; did you mean 'lip aperture'"):
        drives(areas, found, "lip aperturs", law("linear"))
