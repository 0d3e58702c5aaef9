"""Errors of measuring, on curves and movements whose error is plain."""

import numpy as np
import pytest
import simulated
import xarray as xr

from tractable.scores.measurement import (
    check_against_differences,
    contour_error,
    contour_errors,
    nearest_distance,
)
from tractable.scores.reference import differences, local_slope

LINE = np.stack([np.linspace(0, 0.1, 21), np.zeros(21)], 1)
SHIFT = np.array([0.0, 0.002])


def test_a_curve_moved_sideways_is_off_by_as_much():
    assert contour_error(LINE + SHIFT, LINE) == pytest.approx(0.002)


def test_points_between_points_are_on_the_curve():
    assert contour_error(LINE[::4], LINE) == pytest.approx(0, abs=1e-12)


def test_a_missing_half_does_not_go_unseen():
    assert contour_error(LINE[:11], LINE) > 0.01


def test_a_gap_is_not_bridged():
    broken = LINE.copy()
    broken[8:13] = np.nan
    assert nearest_distance(LINE[10:11], broken) == pytest.approx(0.015)


def test_an_absent_curve_has_no_error_rather_than_none():
    assert np.isnan(contour_error(np.full_like(LINE, np.nan), LINE))


def boundaries(shift: np.ndarray) -> xr.Dataset:
    curves = np.stack([LINE + k * shift for k in (1, 2, 3)])
    curves = np.stack([curves, curves + 9.0])  # the second frame is refused: it must not count
    labels = {"tissue": ["wall", "upper", "lower"], "axis": ["x", "y"]}
    boundary = xr.DataArray(curves, labels, dims=("time", "tissue", "point", "axis"))
    return xr.Dataset({"boundary": boundary, "refused": ("time", ["", "no head"])})


def test_tissues_are_matched_by_name_and_refused_frames_left_out():
    truth = boundaries(0 * SHIFT).isel(tissue=[2, 0, 1])
    errors = contour_errors(boundaries(SHIFT), truth, stride=1)
    np.testing.assert_allclose(errors.sel(tissue=["wall", "upper", "lower"]), [0.002, 0.004, 0.006])


def test_reference_that_is_twice_too_strong_has_slope_one_half():
    random = np.random.default_rng(0)
    simulated = random.normal(size=(5, 4, 3))
    predicted = simulated * [1.0, 2.0, -1.0]
    r, slope = check_against_differences(predicted, simulated)
    np.testing.assert_allclose(r, [1, 1, -1])
    np.testing.assert_allclose(slope, [1, 0.5, -1])
    simulated[0] = np.nan  # a frame in which the simulator lost its formants
    np.testing.assert_allclose(check_against_differences(predicted, simulated)[1], [1, 0.5, -1])


def test_a_formant_taken_for_another_is_no_difference():
    truth = simulated.stores(0, 2)["truth"].copy(deep=True)
    truth.exam_formant_change[1, 0, 2] = -0.4
    _, found = differences(truth, largest_change=0.2)
    assert np.isnan(found[1, 0, 2])
    assert np.isnan(found).sum() == 1


def test_slope_recovers_the_law_and_a_still_place_takes_the_shared_one():
    log_distance = np.random.default_rng(0).normal(0, [0.3, 0.2, 1e-4], (200, 3))
    log_area = log_distance * [1.5, 1.5, 9.0]
    slope = local_slope(log_area, log_distance, least_movement=0.02)
    np.testing.assert_allclose(slope, 1.5)
    log_area[3] = np.nan  # a closure
    np.testing.assert_allclose(local_slope(log_area, log_distance, least_movement=0.02), 1.5)
