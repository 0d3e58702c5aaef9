"""V6: which region does what, where one region alone moves and maps are planted."""

from dataclasses import replace
from functools import partial

import numpy as np
import planted
import pytest
import simulated
import xarray as xr

from tractable.contracts import BadInput
from tractable.scores.agreement import sit
from tractable.scores.evidence import gathered
from tractable.scores.orderings import (
    PHONE,
    Orderings,
    by_phone,
    contributions,
    largest_in,
    ordering_curves,
    ordering_scores,
    ordering_tau,
    top_region,
)
from tractable.scores.reference import physics

SPEAKERS = 2
ASK = planted.AGREEMENT["orderings"]


@pytest.fixture(scope="module")
def exams():
    evidences = []
    for number in range(SPEAKERS):
        reference = planted.physics(planted.shapes(np.random.default_rng(number)))
        known = reference[list(planted.ANSWERED)]
        models = {
            "reversed": known.isel(place=slice(None, None, -1)),
            "half": 0.5 * known,
            "opposite": -1 * known,
            "flat": 0 * known,
            "mute": known * np.nan,
        }
        evidences.append(planted.speaker(number, SPEAKERS, **models))
    return sit(evidences, **planted.EXAM)


@pytest.fixture(scope="module")
def tau(exams):
    return ordering_scores(exams[0], ASK)[0].value


@pytest.mark.parametrize(
    ("model", "expected"),
    [("truth", 1), ("physics", 1), ("half", 1), ("opposite", -1), ("flat", 0), ("mute", np.nan)],
)
def test_order_is_what_counts(tau, model, expected):
    """Neither a gain costs anything, nor does anybody order by saying nothing."""
    np.testing.assert_allclose(tau.sel(model=model), expected)


def test_a_reversed_tract_and_another_frame_order_otherwise(tau):
    mean = tau.sel(formant="mean")
    assert mean.sel(model="reversed") < 0.3
    assert (mean.sel(model=["neutral_map", "permuted_physics"]) < 0.9).all()
    assert mean.sel(model="motion_energy").isnull()


def test_contributions_of_all_regions_are_slope_times_departure(exams):
    exam = exams[0]
    maps = exam.reference.distance_sensitivity
    found = contributions(exam, maps).sum("region")
    away = exam.evidence.log_distance - exam.evidence.log_distance.mean("time")
    expected = xr.dot(maps, away.rename(time="frame"), dim="place")
    np.testing.assert_allclose(found, expected.transpose(*found.dims))


def test_one_region_that_moves_is_credited_alone(exams):
    """Twice as wide as usual, or half, in two places, all of the 4th of 16 regions of 2.5."""
    exam = exams[0]
    log_distance = 0 * exam.evidence.log_distance
    log_distance[:, 8:10] = np.log(2) * np.where(np.arange(planted.FRAMES) % 2, 1, -1)[:, None]
    alone = replace(exam, evidence=replace(exam.evidence, log_distance=log_distance))
    found = contributions(alone, xr.ones_like(exam.reference.distance_sensitivity))
    moved = np.flatnonzero(np.abs(found).max(["frame", "formant"]) > 1e-9)
    assert moved.tolist() == [3]
    np.testing.assert_allclose(found[1, :, 3], 2 * np.log(2))


def test_neutral_is_the_neutral_shape_of_the_explanations():
    """Measured frames that were not refused, in geometric mean."""
    stores = simulated.stores(0, SPEAKERS)
    evidence = gathered("s0", stores, partial(physics, law=simulated.TRUE_LAW))
    fine = stores["areas"].refused.values == ""
    distance = stores["areas"].distance.values[fine]
    found = np.exp(evidence.log_distance.mean("time"))
    np.testing.assert_allclose(found, np.exp(np.log(distance).mean(0)))
    assert evidence.phone.values.tolist() == stores["areas"].phone.values.tolist()


def test_phones_are_means_of_enough_frames_with_a_label():
    phones = np.array(["a", "i", "a", "", "", "u", "a", "i"])
    values = xr.DataArray([1.0, 10, 2, 99, 99, 5, 6, 20], dims="frame")
    found = by_phone(values, phones, 2)
    assert found[PHONE].values.tolist() == ["a", "i"]
    np.testing.assert_allclose(found, [3, 15])
    assert by_phone(values, phones, 4).sizes[PHONE] == 0


def test_kendall_counts_pairs():
    """One of three pairs the other way round: (2 - 1) / 3."""
    one = xr.DataArray([[1.0, 2, 3], [3, 2, 1]], dims=("formant", "region"))
    other = xr.DataArray([[1.0, 3, 2], [1, 2, 3]], dims=("formant", "region"))
    np.testing.assert_allclose(ordering_tau(one, other), [1 / 3, -1])


def contributed(*tops):
    """Frames in which one region each lowers F2 by more than another raises F1."""
    values = np.zeros((len(tops), 3, 16))
    values[:, 0, 7] = 0.5
    values[np.arange(len(tops)), 1, tops] = -1.5
    return xr.DataArray(values, dims=("frame", "formant", "region"))


CLASSES = {
    "lips": {"phones": ["p", "b"], "part": [0.9, 1.0]},
    "back": {"phones": ["a"], "part": [0.1, 0.5]},
    "rare": {"phones": ["q"], "part": [0.0, 0.1]},
}


@pytest.mark.parametrize(
    ("tops", "expected"), [((15, 14, 3), 1), ((15, 14, 12), 0.5), ((0, 0, 12), 0)]
)
def test_the_textbook_is_asked_class_by_class(tops, expected):
    """Of 16 regions two are lips, and six the pharynx."""
    ask = Orderings(least_frames=1, classes=CLASSES)
    found, guess = top_region(contributed(*tops), np.array(["p", "b", "a"]), ask)
    assert float(found) == expected
    assert guess == pytest.approx((2 / 16 + 6 / 16) / 2)


def test_a_class_of_too_few_frames_is_not_asked():
    phones = np.array(["p", "b", "a"])
    found, guess = top_region(
        contributed(15, 14, 12), phones, Orderings(least_frames=2, classes=CLASSES)
    )
    assert (float(found), guess) == (1, 2 / 16)
    found, guess = top_region(
        contributed(15, 14, 12), phones, Orderings(least_frames=4, classes=CLASSES)
    )
    assert np.isnan(found)
    assert np.isnan(guess)


def test_who_moves_nothing_guesses_and_who_was_not_asked_does_not():
    part = np.repeat([1.0, 0.0], 8)
    nothing = xr.DataArray(np.zeros((2, 3, 16)), dims=("model", "formant", "region"))
    nothing[1, 0, 0] = np.nan
    np.testing.assert_allclose(largest_in(nothing, part), [0.5, np.nan])


def test_curves_have_phones_of_all_speakers(exams):
    curves = ordering_curves(exams, ASK)
    assert curves[PHONE].tolist() == ["a", "i"]
    np.testing.assert_allclose(curves["ordering_tau"].sel(model="opposite"), -1)
    assert ordering_curves(exams, replace(ASK, least_frames=1000)) == {}
    (score, *_) = ordering_scores(exams[0], replace(ASK, least_frames=1000))
    assert score.value.isnull().all()


def test_a_class_with_an_unknown_option_is_refused():
    with pytest.raises(BadInput, match=r"classes: lips: unknown parameter 'phone'.*phones"):
        Orderings(least_frames=1, classes={"lips": {"phone": ["p"], "part": [0.9, 1.0]}})
