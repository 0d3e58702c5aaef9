"""Intervals over speakers, against simulated data whose mean is known."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from scipy.stats import gmean, ttest_1samp, ttest_rel

from tractable.contracts import BadInput
from tractable.statistics import (
    by_fold,
    geometric_interval,
    holm,
    jackknife_interval,
    least_effect,
    paired_difference,
    power,
    separated,
    sign_flip_p,
    speakers_needed,
    student_interval,
)

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


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("speakers", [2, 5, 30])
def test_interval_is_scipys(speakers, confidence):
    values = np.random.default_rng(speakers).normal(0.3, 2.0, speakers)
    found = student_interval(xr.DataArray(values, dims="speaker"), confidence=confidence)
    expected = ttest_1samp(values, 0).confidence_interval(confidence)
    np.testing.assert_allclose([found.low, found.high], expected)


@pytest.mark.parametrize("speakers", [3, 8, 30])
def test_a_paired_test_is_scipys(speakers):
    one, other = np.random.default_rng(speakers).normal(0.3, 1.0, (2, speakers))
    pair = [xr.DataArray(values, dims="speaker") for values in (one, other)]
    found, expected = paired_difference(*pair, confidence=0.9), ttest_rel(one, other)
    np.testing.assert_allclose(found.p, expected.pvalue)
    np.testing.assert_allclose([found.low, found.high], expected.confidence_interval(0.9))


def test_a_geometric_interval_is_that_of_logarithms_and_positive():
    values = np.array([3.7, 6.2, 30.4, 127.8])
    found = geometric_interval(xr.DataArray(values, dims="speaker"), confidence=0.95)
    expected = ttest_1samp(np.log(values), 0).confidence_interval(0.95)
    np.testing.assert_allclose(found.value, gmean(values))
    np.testing.assert_allclose([found.low, found.high], np.exp(expected))
    assert student_interval(xr.DataArray(values, dims="speaker"), confidence=0.95).low < 0
    assert found.n_speakers == 4


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


def test_a_geometric_mean_of_nothing_is_refused():
    values = xr.DataArray([[1.0, 2.0], [0.0, 1.0]], {"speaker": ["a", "b"]}, ("speaker", "law"))
    with pytest.raises(BadInput, match=r"of \['b'\]"):
        geometric_interval(values, confidence=0.95)


def flipped(*differences: float) -> float:
    return sign_flip_p(xr.DataArray([*differences], dims="speaker"))


def test_flips_of_signs_by_hand():
    """Of 3, 1 and -2 sums are 6, 2, 4 and 0, each with either sign; 2 is what was seen."""
    assert flipped(3.0, 1.0, -2.0) == 6 / 8
    assert flipped(1.0, 2.0, 3.0) == flipped(-1.0, np.nan, -2.0, -3.0) == 2 / 8
    assert flipped(1.0, -1.0, 2.0, -2.0) == 1


@pytest.mark.parametrize("speakers", [3, 8, 11])
def test_all_flips_are_tried(speakers):
    values = np.random.default_rng(speakers).normal(0.5, 1.0, speakers)
    signs = np.array(list(product((-1, 1), repeat=speakers)))
    as_far = np.abs(signs @ values) >= abs(values.sum()) - 1e-9
    assert flipped(*values) == as_far.mean()


def test_rounding_loses_no_flip():
    """Whole numbers of hundredths, whose sums are 0 or close to it: held against exact ones."""
    for seed in range(200):
        hundredths = np.random.default_rng(seed).integers(-9, 10, 7)
        signs = np.array(list(product((-1, 1), repeat=7)))
        as_far = np.abs(signs @ hundredths) >= abs(hundredths.sum())
        assert flipped(*hundredths / 100) == as_far.mean(), seed


def test_flips_of_signs_are_uniform_where_nothing_differs_and_nothing_is_normal():
    """Five speakers of Cauchy's distribution: sixteen values of p, each as often."""
    draws = np.random.default_rng(5).standard_cauchy((1500, 5))
    p = np.array([flipped(*values) for values in draws])
    levels = np.arange(1, 17) / 16
    np.testing.assert_allclose([(p <= level + 1e-9).mean() for level in levels], levels, atol=0.04)


def test_flips_of_signs_of_too_few_or_too_many_are_no_test():
    assert np.isnan(flipped(1.0, 2.0))
    assert flipped(*np.ones(16)) == 2 / 2**16
    assert np.isnan(flipped(*np.ones(17)))


@pytest.mark.parametrize("to_a_fold", [2, 5])
def test_over_folds_a_test_errs_as_it_says_where_models_are_shared(to_a_fold):
    """What the models of a fold do to all its speakers is drawn once, and there is no difference.

    Over speakers each is counted as often as it was heard.
    """
    random, folds, studies = np.random.default_rng(3), 4, 4000
    fold = xr.DataArray(np.arange(folds * to_a_fold) % folds, dims="speaker")
    shared = random.normal(size=(studies, folds))[:, fold.values]
    own = random.normal(size=shared.shape)
    values = xr.DataArray(shared + own, dims=("study", "speaker"))
    means = by_fold(values, fold)
    assert means.sizes["speaker"] == folds
    naive, honest = (
        float((paired_difference(of, 0 * of, confidence=0.95).p < 0.05).mean())
        for of in (values, means)
    )
    assert honest == pytest.approx(0.05, abs=0.01)
    assert naive > 2 * honest


def test_a_speaker_without_a_value_counts_for_no_fold():
    fold = xr.DataArray([0, 1, 0, 1], dims="speaker")
    values = xr.DataArray([1.0, np.nan, 3.0, np.nan], dims="speaker")
    np.testing.assert_array_equal(by_fold(values, fold), [2.0, np.nan])


def test_one_fold_has_no_interval():
    found = jackknife_interval(xr.DataArray([1.0], dims="fold"), confidence=0.95)
    assert found.value == 1
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_a_paired_test_is_the_one_in_the_textbook():
    """Differences 1, 2 and 3: t = 2 sqrt(3), p by Student's distribution of 2 degrees."""
    found = paired_difference(
        xr.DataArray([2.0, 4.0, np.nan, 6.0], dims="speaker"),
        xr.DataArray([1.0, 2.0, 9.0, 3.0], dims="speaker"),
        confidence=0.95,
    )
    assert (found.value, found.n_speakers) == (2, 3)
    t = 2 * np.sqrt(3)
    assert float(found.p) == pytest.approx(1 - t / np.sqrt(2 + t**2))
    assert float(found.low) == pytest.approx(2 - 4.302652729911275 / np.sqrt(3))


@pytest.mark.parametrize("shift, p", [(0.0, 1.0), (0.5, 0.0)])
def test_speakers_who_all_differ_alike_leave_no_doubt(shift, p):
    speakers = xr.DataArray([1.0, 2.0, 4.0], dims="speaker")
    assert paired_difference(speakers + shift, speakers, confidence=0.95).p == p


def test_two_speakers_have_a_difference_and_no_p():
    pair = xr.DataArray([1.0, 2.0], dims="speaker")
    found = paired_difference(pair, 0 * pair, confidence=0.95)
    assert found.value == 1.5
    assert np.isnan(found.p)


def test_p_is_even_where_nothing_differs():
    random = np.random.default_rng(2)
    pair = [xr.DataArray(random.normal(size=(4000, 8)), dims=SPEAKERS) for _ in range(2)]
    p = paired_difference(*pair, confidence=0.95).p
    np.testing.assert_allclose(np.quantile(p, [0.05, 0.5, 0.95]), [0.05, 0.5, 0.95], atol=0.02)


def test_holm_as_by_hand():
    """.01 x 4, .02 x 3, .03 x 2 and .9 x 1; the third may not be less than the second."""
    found = holm(np.array([0.9, 0.01, np.nan, 0.03, 0.02]))
    np.testing.assert_allclose(found, [0.9, 0.04, np.nan, 0.06, 0.06])
    np.testing.assert_array_equal(holm(np.array([0.6, 0.7])), [1.0, 1.0])


def test_holm_keeps_false_alarms_of_a_family_at_five_per_cent():
    """Eight true nulls beside two that are false and found: an alarm among the eight in 1 of 20."""
    p = np.random.default_rng(3).uniform(size=(4000, 10))
    p[:, :2] = 1e-6
    adjusted = np.array([holm(family) for family in p])
    assert (adjusted[:, :2] < 0.05).all()
    assert (adjusted[:, 2:] < 0.05).any(1).mean() == pytest.approx(0.05, abs=0.01)
    assert (p[:, 2:] < 0.05).any(1).mean() > 0.3


@pytest.mark.parametrize("effect, speakers, expected", [(0.5, 34, 0.808), (0.8, 15, 0.821)])
def test_power_is_that_of_the_tables(effect, speakers, expected):
    """Cohen (1988), Statistical Power Analysis: paired t, 5 %, two-sided, by G*Power."""
    assert power(effect, speakers, confidence=0.95) == pytest.approx(expected, abs=0.001)
    assert speakers_needed(effect, chance=0.8, confidence=0.95) == speakers


@pytest.mark.parametrize("speakers", [4, 8, 20])
def test_so_often_does_a_test_show_the_least_effect(speakers):
    """Simulated: of 4000 studies in each of which the effect is there."""
    effect = least_effect(speakers, chance=0.8, confidence=0.95)
    random = np.random.default_rng(speakers)
    study = xr.DataArray(random.normal(effect, 1, (4000, speakers)), dims=("study", "speaker"))
    found = paired_difference(study, xr.zeros_like(study), confidence=0.95)
    assert float((found.p < 0.05).mean()) == pytest.approx(0.8, abs=0.02)


def test_no_effect_is_shown_as_often_as_false_alarms_are():
    assert power(0.0, 8, confidence=0.95) == pytest.approx(0.05)
    assert np.isnan(speakers_needed(0.0, chance=0.8, confidence=0.95))
    assert np.isnan(least_effect(2, chance=0.8, confidence=0.95))


def test_a_very_large_effect_is_always_shown():
    assert power(50.0, 8, confidence=0.95) == pytest.approx(1.0)
    assert speakers_needed(50.0, chance=0.8, confidence=0.95) == 3
