"""Errors of measuring, on curves and movements whose error is plain."""

import numpy as np
import pytest
import simulated
import xarray as xr

from tractable.contracts import CONSTRICTIONS, FACE
from tractable.scores.closures import closure_measurement
from tractable.scores.measurement import (
    check_against_differences,
    contour_error,
    contour_errors,
    coverages,
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
    of_points = {
        "articulator": xr.full_like(boundary[..., 0], 2, dtype="int8"),
        "boundary_sd": xr.full_like(boundary[..., 0], 0.003),
    }
    refused = ("time", ["", "no head"])
    return xr.Dataset({"boundary": boundary, **of_points, "refused": refused})


def test_tissues_are_matched_by_name_and_refused_frames_left_out():
    truth = boundaries(0 * SHIFT).isel(tissue=[2, 0, 1])
    errors = contour_errors(boundaries(SHIFT), truth, stride=1)
    np.testing.assert_allclose(errors.sel(tissue=["wall", "upper", "lower"]), [0.002, 0.004, 0.006])


def test_the_face_is_not_compared():
    truth, found = boundaries(0 * SHIFT), boundaries(SHIFT)
    found.boundary[:, :, :3] += 0.5
    found.articulator[:, :, :3] = FACE
    truth.boundary[:, :, :3] = np.nan
    errors = contour_errors(found, truth, stride=1)
    np.testing.assert_allclose(errors.sel(tissue=["wall", "upper", "lower"]), [0.002, 0.004, 0.006])


def test_coverage_counts_points_within_their_interval():
    """2, 4 and 6 mm off with sd 3 mm: the interval reaches 4.9 mm; points beyond the end are left
    out, here all those of a curve that begins where the true one ends."""
    truth, found = boundaries(0 * SHIFT), boundaries(SHIFT)
    shares = coverages(found, truth, stride=1)
    np.testing.assert_array_equal(shares.sel(tissue=["wall", "upper", "lower"]), [1, 1, 0])
    beyond = found.assign(boundary=found.boundary + [LINE[-1, 0] + 0.001, 0.0])
    assert np.isnan(coverages(beyond, truth, stride=1)).all()


def mouths(width: float) -> xr.Dataset:
    """Truth of three frames, /a/ /d/ /a/: palate 2 cm above a tongue, but in /d/ ``width`` m."""
    x = np.linspace(0, 0.04, 41)
    apart = np.array([0.02, width, 0.02])[:, None] + 4.0 * (x - 0.01) ** 2
    upper = np.stack(np.broadcast_arrays(x, 0 * apart), -1)
    curves = np.stack([upper, np.stack(np.broadcast_arrays(x, apart), -1)], 1)
    codes = np.tile(np.array([[3], [6]], "int8"), (3, 1, 41))
    return xr.Dataset(
        {
            "boundary": (("time", "tissue", "point", "axis"), curves),
            "articulator": (("time", "tissue", "point"), codes),
            "phone": ("time", ["a", "d", "a"]),
        },
        {"tissue": ["upper", "lower"], "axis": ["x", "y"]},
    )


def constrictions(width: float, x: float, closed: list[bool]) -> xr.Dataset:
    """What a tracker says: everything as wide, at the same place."""
    return xr.Dataset(
        {
            "constriction_degree": (("time", "constriction"), np.full((3, 4), width)),
            "constriction_point": (("time", "constriction", "axis"), np.full((3, 4, 2), [x, 0.0])),
            "closed": (("time", "constriction"), np.tile(np.array(closed)[:, None], (1, 4))),
            "refused": ("time", ["", "", ""]),
        },
        {"constriction": list(CONSTRICTIONS), "axis": ["x", "y"]},
    )


def test_closures_are_scored_by_place():
    """One closure, found, and a false one; 0.3 mm too wide, 4 mm too far back."""
    found = constrictions(0.0005, 0.014, [True, True, False])
    scores = closure_measurement(found, mouths(0.0002), closed=7.5e-4)
    value = {score.name: float(score.value.squeeze()) for score in scores}
    assert value["closure precision alveolar"] == 0.5
    assert value["closure recall alveolar"] == 1.0
    assert value["constriction width error in stops alveolar (mm)"] == pytest.approx(0.3)
    assert value["constriction place error in stops alveolar (mm)"] == pytest.approx(4.0, abs=0.01)
    assert np.isnan(value["closure recall lips"])
    assert np.isnan(value["constriction width error in stops velar (mm)"])


def test_reference_that_is_twice_too_strong_has_slope_one_half_and_no_skill():
    random = np.random.default_rng(0)
    simulated = random.normal(size=(5, 4, 3))
    predicted = simulated * [1.0, 2.0, -1.0]
    r, slope, skill = check_against_differences(predicted, simulated)
    np.testing.assert_allclose(r, [1, 1, -1])
    np.testing.assert_allclose(slope, [1, 0.5, -1])
    np.testing.assert_allclose(skill, [1, 0, -3])
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
