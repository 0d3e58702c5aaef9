"""Shapes from sound: errors, likeness, intervals and the sound of what was drawn, as planted."""

from functools import partial

import numpy as np
import planted
import pytest
import simulated
import xarray as xr

from tractable.scores.accuracy import guesses
from tractable.scores.coverage import formant_coverage, interval_width, shape_coverage
from tractable.scores.evidence import gathered
from tractable.scores.identifiability import (
    directions,
    held_constant,
    identifiability_scores,
    unseen_over_seen,
)
from tractable.scores.inverse import inverse_scores, judges
from tractable.scores.metrics import movement, natural_metric
from tractable.scores.reference import physics
from tractable.scores.shapes import law_followed
from tractable.scores.tubes import Tube, frequencies


def told(stores, **changes):
    """Scores of the first of two speakers, by name, whose inverse model says what is planted."""
    first = stores[0] | {"predictions": stores[0]["predictions"].assign(**changes)}
    pair = [first, stores[1]]
    judged = partial(physics, law=simulated.MEASURED_LAW)
    evidences = [gathered(f"s{k}", of, judged) for k, of in enumerate(pair)]
    natural = natural_metric([movement(of.log_distance, of.trains) for of in evidences])
    judge = judges(evidences, pair, guesses(evidences, pair), natural, ways=4)
    return {score.name: score for score in inverse_scores(evidences[0], first, judge, None)}


@pytest.fixture(scope="module")
def stores():
    return [dict(simulated.stores(k, 2)) for k in range(2)]


def drawn(stores, distance, length):
    old = stores[0]["predictions"]
    return {
        "distance": old.distance.copy(data=np.asarray(distance)[None]),
        "tract_length": old.tract_length.copy(data=np.asarray(length)[None]),
    }


def one(score):
    return float(score.value.squeeze())


def test_lengths_are_off_by_what_was_added(stores):
    areas = stores[0]["areas"]
    found = told(stores, **drawn(stores, areas.distance, areas.tract_length + 0.003))
    score = found["V0 tract length error (mm)"]
    assert one(score) == pytest.approx(3)
    other = stores[1]["areas"].tract_length.where(stores[1]["areas"].refused == "")
    usual = abs(areas.tract_length.where(areas.refused == "") - float(other.mean())).mean()
    assert float(score.null.squeeze()) == pytest.approx(1e3 * float(usual))


@pytest.mark.parametrize("turn, r", [(1, 1), (-1, -1)])
def test_likeness_is_blind_to_level_and_size(stores, turn, r):
    areas = stores[0]["areas"]
    wrong = 0.2 + turn * 2 * areas.distance
    found = told(stores, **drawn(stores, wrong, areas.tract_length))
    assert one(found["V0 correlation"]) == pytest.approx(r)


def test_a_constant_shape_has_no_likeness(stores):
    areas = stores[0]["areas"]
    still = np.full_like(areas.distance, 0.01)
    assert np.isnan(one(told(stores, **drawn(stores, still, areas.tract_length))["V0 correlation"]))


def test_components_of_shape_are_blind_to_level(stores):
    areas = stores[0]["areas"]
    name = "V0 correlation of shape components"
    for turn in (1, -1):
        wrong = np.exp(0.2 + turn * np.log(areas.distance))
        found = told(stores, **drawn(stores, wrong, areas.tract_length))
        assert one(found[name]) == pytest.approx(turn)


def test_areas_are_those_of_the_models_own_tube_or_of_the_law(stores):
    """A tilt from end to end by the law; a tube's own word, half of that, goes before it."""
    areas, name = stores[0]["areas"], "V0 relative area error (%)"
    exponent, _ = law_followed(areas)
    tilt = np.linspace(-0.2, 0.2, areas.sizes["place"]) * np.isfinite(exponent)
    tilt -= tilt[np.isfinite(exponent)].mean() * np.isfinite(exponent)
    tilted = areas.distance * np.exp(np.where(np.isfinite(exponent), tilt / exponent, 0))
    shape = drawn(stores, tilted, areas.tract_length)
    expected = 100 * np.abs(tilt[np.isfinite(exponent)]).mean()
    assert one(told(stores, **shape)[name]) == pytest.approx(expected)
    own = stores[0]["predictions"].area.copy(
        data=1.5 * (areas.area * np.exp(tilt / 2)).values[None]
    )
    found = told(stores, **shape, area=own)
    assert one(found[name]) == pytest.approx(expected / 2)
    assert float(found[name].null.squeeze()) > 0


def test_true_areas_are_the_floor_of_an_error_against_truth(stores):
    """Who draws the measured tract is as far from the truth as measuring is."""
    areas = stores[0]["areas"]
    found = told(stores, **drawn(stores, areas.distance, areas.tract_length))
    score = found["V0 relative area error against truth (%)"]
    assert one(score) == pytest.approx(float(score.ceiling.squeeze()))
    assert 0 < one(score) < float(score.null.squeeze())


def test_the_measured_shape_sounds_as_its_ceiling(stores):
    areas = stores[0]["areas"]
    score = told(stores, **drawn(stores, areas.distance, areas.tract_length))[
        "V0 formant error of shapes (%)"
    ]
    np.testing.assert_allclose(score.value.squeeze(), score.ceiling.squeeze())
    assert (score.ceiling < score.null).all()
    longer = told(stores, **drawn(stores, areas.distance, 1.3 * areas.tract_length))
    assert (longer[score.name].value.squeeze() > score.ceiling.squeeze()).all()


def test_a_law_that_is_always_wrong_by_as_much_is_forgiven(stores):
    """Sounds that are those of measured shapes by the law, all 10 % higher: no error is left."""
    changed = []
    for of in stores:
        areas = of["areas"]
        exponent, level = law_followed(areas)
        area = np.exp(level + exponent * np.log(areas.distance.values))
        lengths = np.broadcast_to(areas.tract_length.values[:, None] / area.shape[1], area.shape)
        higher = 1.1 * frequencies(Tube(area, lengths, None))
        formants = of["formants"]
        changed.append(
            of | {"formants": formants.assign(frequency=formants.frequency.copy(data=higher))}
        )
    areas = changed[0]["areas"]
    score = told(changed, **drawn(changed, areas.distance, areas.tract_length))[
        "V0 formant error of shapes (%)"
    ]
    np.testing.assert_allclose(score.value, 0, atol=1e-9)


def normal(shape, seed):
    return np.random.default_rng(seed).normal(0, 1, shape)


@pytest.mark.parametrize("claimed, covered", [(1.0, 90), (0.5, 59), (2.0, 99.9)])
def test_intervals_hold_what_normal_errors_leave_in_them(claimed, covered):
    off = xr.DataArray(0.1 * normal((1, 4000, 3), 1), dims=("model", "time", "formant"))
    off = off.assign_coords(model=["m"], formant=[1, 2, 3])
    known = 500 + 0 * off.isel(model=0, drop=True)
    score = formant_coverage(known * np.exp(off), 0.1 * claimed + 0 * off, known)
    np.testing.assert_allclose(score.value.squeeze(), covered, atol=1.5)
    unknown = formant_coverage(known * np.exp(off), np.nan * off, known)
    assert unknown.value.isnull().all()


def test_a_wide_interval_holds_all_and_says_its_width():
    distance = xr.DataArray(np.full((1, 5, 4), 0.01), dims=("model", "time", "place"))
    known = distance.isel(model=0, drop=True)
    assert one(shape_coverage("distances", distance, distance * 0 + 0.1, known)) == 100
    width = one(interval_width(distance, distance * 0 + 0.1))
    assert width == pytest.approx(10 * 2 * np.sinh(0.1645))


@pytest.fixture(scope="module")
def ways():
    """What formants see and do not, of a tract that moves in eight smooth ways."""
    wave = np.cos(np.pi * np.arange(1, 9)[:, None] * planted.PLACE)
    metric = wave.T @ np.diag(0.3 / np.arange(1, 9)) ** 2 @ wave
    maps = planted.physics(planted.shapes(np.random.default_rng(2), 20)).distance_sensitivity
    return directions(maps.values, np.repeat(metric[None], 20, 0), 8), maps.values, metric


def test_what_is_not_seen_moves_no_formant(ways):
    of, maps, metric = ways
    movement = np.einsum("fnp,pq->fnq", of.unseen, metric)  # of a tract, for one unit of each
    seen = np.einsum("fnp,pq->fnq", of.seen, metric)
    assert np.abs(np.einsum("fmp,fnp->fmn", maps, movement)).max() < 1e-9
    assert np.abs(np.einsum("fmp,fnp->fmn", maps, seen)).max() > 0.1
    both = np.concatenate(of, 1)
    one = np.einsum("fmp,pq,fnq->fmn", both, metric, both)
    np.testing.assert_allclose(one, np.broadcast_to(np.eye(8), one.shape), atol=1e-8)


def outer(error):
    return error[:, :, None] * error[:, None]


def test_errors_shared_out_as_movements_are_score_one(ways):
    of, _, metric = ways
    errors = [outer(normal((20, 40), seed) @ root(metric).T) for seed in range(40)]
    assert np.mean([unseen_over_seen(one, of) for one in errors]) == pytest.approx(1, abs=0.05)
    assert unseen_over_seen(np.repeat(metric[None], 20, 0), of) == pytest.approx(1)


def told_by_formants(maps, metric):
    """Covariance of ln d once formants were heard with noise: narrow along what they see alone."""
    heard = [np.linalg.inv(j @ metric @ j.T + 1e-4 * np.eye(3)) for j in maps]
    pairs = zip(maps, heard, strict=True)
    return np.stack([metric - metric @ j.T @ known @ j @ metric for j, known in pairs])


def root(covariance):
    return np.linalg.cholesky(covariance + 1e-12 * np.eye(40))


def test_what_formants_told_is_known_better(ways):
    of, maps, metric = ways
    posterior = told_by_formants(maps, metric)
    ratio = unseen_over_seen(posterior, of)
    assert ratio > 2
    error = np.einsum("fpq,sfq->sfp", root(posterior), normal((40, 20, 40), 4))
    errors = np.mean([unseen_over_seen(outer(one), of) for one in error])
    assert errors == pytest.approx(ratio, rel=0.1)


@pytest.fixture(scope="module")
def asked(ways):
    """The posterior of 60 frames by the rule, and V8 of who claims one and errs as another says."""
    metric, evidence = ways[2], planted.speaker(0, 2)
    natural = xr.DataArray(np.stack([metric, metric]), dims=("fold", "place", "other"))

    def scores(claimed, true):
        error = np.einsum("fpq,fq->fp", root(true), normal((planted.FRAMES, 40), 5))
        together = np.swapaxes(root(claimed), 1, 2)[None]
        by_place = ("inverse_model", "time", "place")
        told = {
            "frequency": (("model", "time"), np.zeros((1, planted.FRAMES))),
            "distance": (by_place, np.exp(evidence.log_distance.values + error)[None]),
            "log_distance_sd": (by_place, (together**2).sum(2) ** 0.5),
            "log_distance_together": ((*by_place[:2], "part", "place"), together),
        }
        stores = {"predictions": xr.Dataset(told, {"inverse_model": ["sure"], "model": ["none"]})}
        found = identifiability_scores(evidence, stores, natural, ways=8)
        return {score.name: score for score in found}

    return told_by_formants(evidence.reference.distance_sensitivity.values, metric), scores


def test_one_covariance_for_all_frames_scores_its_null_and_that_is_above_1(asked):
    posterior, scores = asked
    found = scores(held_constant(posterior), posterior)
    ratio = found["V8 posterior ratio"]
    assert one(ratio) == pytest.approx(float(ratio.null), rel=1e-9)
    assert one(found["V8 posterior ratio over a constant's"]) == pytest.approx(1, rel=1e-9)
    assert one(ratio) > 1.1


def test_a_posterior_that_widens_where_its_own_frame_is_not_seen_scores_above_its_null(asked):
    posterior, scores = asked
    found = scores(posterior, held_constant(posterior))
    ratio = found["V8 posterior ratio"]
    assert one(ratio) > 1.2 * float(ratio.null)
    gain = one(found["V8 posterior ratio over a constant's"])
    assert gain == pytest.approx(one(ratio) / float(ratio.null))


def test_errors_as_well_are_told_from_what_a_constant_gives(asked):
    posterior, scores = asked
    name = "V8 error ratio over a constant's"
    own, constant = (scores(posterior, true) for true in (posterior, held_constant(posterior)))
    assert one(own[name]) > 1.2
    assert one(constant[name]) == pytest.approx(1, abs=0.1)
    assert one(constant["V8 error ratio"]) > 1.1
