"""Correlations are those of scipy, whatever is missing; given something, those of what is left."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import pearsonr

from tractable.scores.metrics import correlation
from tractable.scores.sensitivity import deviation_correlation, partial_correlation

FRAMES, PLACES = 30, 12
DIMS = ("frame", "place")


@pytest.fixture
def pair() -> tuple[xr.DataArray, xr.DataArray]:
    """Maps that have something in common, far from 0."""
    random = np.random.default_rng(0)
    common, *own = random.normal(size=(3, FRAMES, PLACES))
    one, other = (xr.DataArray(5 + common + part, dims=DIMS) for part in own)
    return one, other


def test_r_is_pearsons(pair):
    found = correlation(*pair, list(DIMS))
    assert float(found) == pytest.approx(pearsonr(*(of.values.ravel() for of in pair)).statistic)


def test_r_over_frames_is_pearsons_at_every_place(pair):
    found = correlation(*pair, ["frame"])
    expected = pearsonr(*(of.values for of in pair), axis=0).statistic
    np.testing.assert_allclose(found, expected)


def test_what_either_does_not_know_does_not_count(pair):
    one, other = pair[0].copy(), pair[1].copy()
    one[0], other[:, 3] = np.nan, np.nan
    both = np.isfinite(one.values) & np.isfinite(other.values)
    expected = pearsonr(one.values[both], other.values[both]).statistic
    assert float(correlation(one, other, list(DIMS))) == pytest.approx(expected)


def test_what_does_not_vary_has_no_r(pair):
    assert np.isnan(correlation(pair[0], 0.1 + 0 * pair[1], list(DIMS)))


def test_partial_r_is_that_of_what_regressions_leave(pair):
    """Of both maps on {1, N}, by least squares."""
    wave = np.cos(np.pi * np.arange(PLACES) / PLACES)
    given = np.column_stack([np.ones(FRAMES * PLACES), np.tile(wave, FRAMES)])
    left = []
    for of in pair:
        values = of.values.ravel() + 3 * given[:, 1]
        left.append(values - given @ np.linalg.lstsq(given, values, rcond=None)[0])
    found = partial_correlation(*pair, xr.DataArray(wave, dims="place"))
    assert float(found) == pytest.approx(pearsonr(*left).statistic)


def test_deviation_r_is_that_of_what_moves_at_each_place(pair):
    one, other = (of + 10 * xr.DataArray(np.arange(PLACES), dims="place") for of in pair)
    moving = [of.values - of.values.mean(0) for of in pair]
    expected = pearsonr(*(of.ravel() for of in moving)).statistic
    assert float(deviation_correlation(one, other)) == pytest.approx(expected)
