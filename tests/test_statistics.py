"""Intervals over speakers, against simulated data whose mean is known."""

import numpy as np
import pytest
import xarray as xr

from tractable.statistics import jackknife_interval, separated, student_interval

SPEAKERS = ("draw", "speaker")


@pytest.mark.parametrize("speakers", [4, 8, 20])
def test_nominal_95_per_cent_cover_93_to_97(speakers):
    draws = np.random.default_rng(0).normal(0.3, 2.0, (6000, speakers))
    found = student_interval(xr.DataArray(draws, dims=SPEAKERS), confidence=0.95)
    covered = ((found.low < 0.3) & (found.high > 0.3)).mean()
    assert 0.93 < covered < 0.97


def test_interval_is_the_one_in_the_textbook():
    found = student_interval(xr.DataArray([1.0, 2.0, 3.0], dims="speaker"), confidence=0.95)
    assert found.value == 2
    assert found.high - found.value == pytest.approx(4.303 / np.sqrt(3), rel=1e-4)


def test_one_speaker_alone_has_no_interval():
    found = student_interval(xr.DataArray([0.7], dims="speaker"), confidence=0.95)
    assert found.value == 0.7
    assert found.n_speakers == 1
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_a_speaker_without_a_value_does_not_count_as_zero():
    found = student_interval(xr.DataArray([1.0, np.nan, 3.0], dims="speaker"), confidence=0.95)
    assert found.value == 2
    assert found.n_speakers == 2
    nobody = student_interval(xr.DataArray([np.nan, np.nan], dims="speaker"), confidence=0.95)
    assert np.isnan(nobody.value)


def test_separation_errs_at_its_nominal_rate_where_nothing_differs():
    random = np.random.default_rng(1)
    pair = [xr.DataArray(random.normal(size=(4000, 8)), dims=SPEAKERS) for _ in range(2)]
    assert float(separated(*pair, 1, confidence=0.95).mean()) == pytest.approx(0.025, abs=0.01)


@pytest.mark.parametrize("better, expected", [(1, 1), (-1, 0)])
def test_separation_is_paired_and_knows_which_way_is_better(better, expected):
    speakers = np.array([0.1, 0.4, 0.6, 0.9])  # spread wider than the difference
    honest, control = (xr.DataArray(v, dims="speaker") for v in (speakers + 0.05, speakers))
    honest = honest + xr.DataArray([0.001, -0.001, 0.0, 0.001], dims="speaker")
    assert separated(honest, control, better, confidence=0.95) == expected


def test_one_speaker_separates_nothing():
    one = xr.DataArray([1.0], dims="speaker")
    assert np.isnan(separated(one, 0 * one, 1, confidence=0.95))


def test_jackknife_over_folds_that_leave_out_a_group_each():
    """By hand: mean 2, squares 2, (g - 1) / g = 2/3; Student's t of 2 degrees at 95 % is 4.303."""
    found = jackknife_interval(xr.DataArray([1.0, 2.0, 3.0], dims="fold"), confidence=0.95)
    reach = (2 / 3 * 2) ** 0.5 * 4.302652729911275
    np.testing.assert_allclose([found.value, found.low, found.high], [2, 2 - reach, 2 + reach])


def test_the_jackknife_of_a_mean_is_its_standard_error():
    """Leaving one of n out each time: the formula everybody knows."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    without = (values.sum() - values) / 4
    found = jackknife_interval(xr.DataArray(without, dims="fold"), confidence=0.95)
    usual = student_interval(xr.DataArray(values, dims="speaker"), confidence=0.95)
    for name in ("value", "low", "high"):
        assert float(found[name]) == pytest.approx(float(usual[name]))


def test_one_fold_has_no_interval():
    found = jackknife_interval(xr.DataArray([1.0], dims="fold"), confidence=0.95)
    assert found.value == 1
    assert np.isnan(found.low)
    assert np.isnan(found.high)
