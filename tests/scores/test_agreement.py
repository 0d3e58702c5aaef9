"""V1 to V4 and VR on made-up physics: models whose faults are known beforehand."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import xarray as xr

from tractable.regions import region_shares
from tractable.scores.affiliation import affiliation_scores, same_cavity, shares, swap_place
from tractable.scores.agreement import agreement, sit
from tractable.scores.evidence import widening_signs
from tractable.scores.interventions import balanced_accuracy
from tractable.scores.maps import permuted
from tractable.scores.metrics import movement, natural_metric, squared
from tractable.scores.reference import answers, parts
from tractable.scores.residual import rms, share_beyond
from tractable.scores.sensitivity import partial_correlation
from tractable.scores.textbook import FACTS, obeyed
from tractable.scores.training import neutral_map, places

SPEAKERS = 4


def faulty(reference: xr.Dataset) -> dict[str, xr.Dataset]:
    """The reference with one fault each."""
    reference = reference[list(planted.ANSWERED)]
    turned = reference.isel(place=slice(None, None, -1), region=slice(None, None, -1))
    turned["cavity_sensitivity"] = reference.cavity_sensitivity.isel(cavity=[2, 1, 0])
    mute = xr.zeros_like(reference).where(False)
    return {
        "reversed": turned,
        "half_gain": 0.5 * reference,
        "wrong_sign": -1 * reference,
        "constant": xr.zeros_like(reference) + reference.isel(frame=0),
        "mute": mute,
    }


@pytest.fixture(scope="module")
def scores() -> dict[str, xr.DataArray]:
    """Score -> mean over speakers (model, formant), with null and ceiling as if models."""
    evidences = []
    for number in range(SPEAKERS):
        reference = planted.physics(planted.shapes(np.random.default_rng(number)))
        evidences.append(planted.speaker(number, SPEAKERS, **faulty(reference)))
    by_name: dict[str, list] = {}
    for exam in sit(evidences, **planted.EXAM):
        for score in agreement(exam, **planted.AGREEMENT):
            beside = {"null": score.null, "ceiling": score.ceiling}
            rows = [score.value] + [
                value.broadcast_like(score.value.isel(model=0)).expand_dims(model=[name])
                for name, value in beside.items()
            ]
            by_name.setdefault(score.name, []).append(xr.concat(rows, "model"))
    return {name: xr.concat(parts, "speaker") for name, parts in by_name.items()}


SKILLS = ["V1 natural skill", "V1 interventional skill", "V4 affiliation skill"]


@pytest.mark.parametrize("name", SKILLS)
@pytest.mark.parametrize("model", ["truth", "physics", "ceiling"])
def test_truth_scores_one(scores, name, model):
    np.testing.assert_allclose(scores[name].sel(model=model), 1)


@pytest.mark.parametrize("name", SKILLS)
@pytest.mark.parametrize("model", ["neutral_map", "null"])
def test_neutral_map_scores_nothing(scores, name, model):
    np.testing.assert_allclose(scores[name].sel(model=model), 0, atol=1e-12)


@pytest.mark.parametrize("name", SKILLS)
@pytest.mark.parametrize("model", ["mean_map", "permuted_physics"])
def test_physics_of_no_or_another_frame_is_not_enough(scores, name, model):
    most = 0.95 if name.startswith("V4") else 0.5  # cavities of made-up physics hardly change
    assert (scores[name].sel(model=model, formant="mean") < most).all()


@pytest.mark.parametrize("name", SKILLS)
def test_a_reversed_tract_is_worse_than_knowing_nothing(scores, name):
    assert (scores[name].sel(model="reversed", formant="mean") < -0.3).all()


@pytest.mark.parametrize("name", SKILLS[:2])  # shares of a sum do not see a common sign
def test_wrong_signs_are_worse_than_knowing_nothing(scores, name):
    assert (scores[name].sel(model="wrong_sign", formant="mean") < -1).all()


@pytest.mark.parametrize("name", ["V1 natural skill", "V1 interventional skill"])
def test_half_the_gain_costs_skill_and_no_correlation(scores, name):
    assert (scores[name].sel(model="half_gain") < 0.9).all()
    np.testing.assert_allclose(scores["V1 gain (diagnostic)"].sel(model="half_gain"), 0.5)
    np.testing.assert_allclose(scores["V1 partial r (diagnostic)"].sel(model="half_gain"), 1)
    np.testing.assert_allclose(scores["V1 deviation r (diagnostic)"].sel(model="half_gain"), 1)


def test_who_cannot_be_asked_has_no_score(scores):
    for values in scores.values():
        assert values.sel(model="mute").isnull().all()


def test_stretch_is_compared_with_the_references_own(scores):
    distance = scores["V2 stretch distance"]
    np.testing.assert_allclose(distance.sel(model="truth"), 0, atol=1e-12)
    stretch = scores["V2 stretch (diagnostic)"].sel(model="truth")
    np.testing.assert_allclose(distance.sel(model="wrong_sign"), -2 * stretch)
    np.testing.assert_allclose(distance.sel(model="null"), -stretch)


def test_signs_are_right_wrong_or_a_coins(scores):
    balanced = scores["V3 balanced accuracy"].sel(formant="mean")
    np.testing.assert_allclose(balanced.sel(model="truth"), 1)
    np.testing.assert_allclose(balanced.sel(model="wrong_sign"), 0)
    np.testing.assert_allclose(balanced.sel(model="half_gain"), 1)


@pytest.mark.parametrize("model", ["neutral_map", "mean_map", "constant"])
def test_a_constant_map_is_a_coin_in_informative_cells_and_does_well_in_all(scores, model):
    np.testing.assert_allclose(scores["V3 balanced accuracy"].sel(model=model, formant="mean"), 0.5)
    every = scores["V3 accuracy in all cells (diagnostic)"].sel(formant="mean")
    assert (every.sel(model="mean_map") > 0.8).all()
    assert (every.sel(model="null") > 0.8).all()


def test_no_answer_earns_what_a_coin_earns():
    truth = xr.DataArray(
        np.array([1.0, -1, 1, -1]).reshape(4, 1, 1, 1), dims=("frame", "formant", "region", "side")
    )
    every = truth.isel(side=0, drop=True) != 0
    silent = balanced_accuracy(0 * truth.expand_dims(model=["silent"]), truth, every)
    np.testing.assert_allclose(silent, 0.5)


def test_one_sign_only_is_no_question():
    truth = xr.DataArray(np.ones((4, 1, 1, 1)), dims=("frame", "formant", "region", "side"))
    found = balanced_accuracy(truth, truth, truth.isel(side=0, drop=True) > 0)
    assert found.isnull().all()


def test_narrowing_counts_as_widening_turned_over():
    changes = xr.Dataset({"widened": ("region", [0.1, -0.1]), "narrowed": ("region", [-0.2, 0.2])})
    np.testing.assert_array_equal(widening_signs(changes), [[1, -1], [1, -1]])


def test_permutation_is_a_null_of_the_frames_and_keeps_the_mean():
    """Over many permutations no correlation with the right frames is left."""
    reference = planted.physics(planted.shapes(np.random.default_rng(0)))
    truth = reference.distance_sensitivity
    moving = truth - truth.mean("frame")
    random = np.random.default_rng(5)
    found = []
    for _ in range(60):
        maps = permuted(reference, random).distance_sensitivity
        np.testing.assert_allclose(maps.mean("frame"), truth.mean("frame"), atol=1e-12)
        found.append(float(((maps - maps.mean("frame")) * moving).sum() / (moving**2).sum()))
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(60) + 0.02
    assert np.max(found) < 0.7


def test_swapped_cavities_are_caught(scores):
    same = scores["V4 same cavity (diagnostic)"].sel(formant="mean")
    np.testing.assert_allclose(same.sel(model="truth"), 1)
    assert (same.sel(model="reversed") < 0.7).all()


def test_shares_sum_to_one_and_shares_of_next_to_nothing_stay_small():
    owed = xr.DataArray([[0.5, 0.2, 0.2], [0.3, -0.2, -0.0999], [-0.5, -0.2, -0.2]])
    owed = owed.rename(dim_0="frame", dim_1="cavity")
    found = shares(owed, least_total=0.25)
    np.testing.assert_allclose(found.sum("cavity"), [1, 0.0004, -1], atol=1e-12)
    np.testing.assert_allclose(found[1], owed[1] / 0.25)


def test_frames_without_a_clear_constriction_are_left_out(scores):
    evidence = planted.speaker(0, SPEAKERS)
    others = [planted.speaker(n, SPEAKERS) for n in range(1, SPEAKERS)]
    unclear = evidence.reference.copy(deep=True)
    for name in ("cavity_sensitivity", "within", "length_share"):
        unclear[name][:10] = np.nan
    answers = evidence.answers.copy(deep=True)
    answers.cavity_sensitivity[:, :10] = 7.0  # nonsense where nobody can know
    asked = replace(evidence, reference=unclear, answers=answers)
    exam = sit([asked, *others], **planted.EXAM)[0]
    skill = affiliation_scores(exam, least_total=0.25)[0].value
    np.testing.assert_allclose(skill.sel(model="truth"), 1)


def test_partial_r_forgives_a_reversed_tract_and_natural_skill_does_not(scores):
    """Reversal flips the part that is removed: why r is a diagnostic and no score."""
    evidence = planted.speaker(0, SPEAKERS)
    truth = evidence.reference.distance_sensitivity
    wave = neutral_map(truth.formant, places(evidence.log_distance))
    twice = (truth - 3 * wave).expand_dims(model=["flipped"])
    np.testing.assert_allclose(partial_correlation(twice, truth, wave), 1)


def test_share_beyond_is_nothing_for_a_tube_and_one_without_tube():
    truth = planted.physics(planted.shapes(np.random.default_rng(0))).distance_sensitivity
    metric = xr.DataArray(np.eye(planted.PLACES), dims=("place", "other"))
    models = truth.expand_dims(model=["one"])
    np.testing.assert_allclose(share_beyond(models, models, metric), 0)
    np.testing.assert_allclose(share_beyond(models, 0 * models, metric), 1)
    np.testing.assert_allclose(share_beyond(models, 0.5 * models, metric), 0.5)
    assert share_beyond(models, models.where(False), metric).isnull().all()


def test_size_is_a_root_mean_square():
    residual = xr.DataArray([[[3.0]], [[-4.0]]], dims=("time", "model", "formant"))
    np.testing.assert_allclose(rms(residual, ["time"]), np.sqrt(12.5))


def test_natural_metric_listens_to_what_moves():
    """One speaker moves only the first place; changes elsewhere weigh nothing."""
    still = np.zeros((50, 3))
    still[:, 0] = np.random.default_rng(0).normal(0, 2, 50)
    log_distance = xr.DataArray(still, dims=("time", "place"))
    trains = xr.DataArray(np.ones((1, 50), bool), dims=("fold", "time"))
    metric = natural_metric([movement(log_distance, trains)]).isel(fold=0)
    np.testing.assert_allclose(np.diag(metric), [still[:, 0].var(), 0, 0], atol=1e-12)
    assert squared(xr.DataArray([0.0, 1, 1], dims="place"), metric) == 0


def test_swap_place_is_where_the_formant_changes_cavities():
    """Shares cross at 11 cm in the truth, at 9 cm in a model; one that never swaps ends the row."""
    place = xr.DataArray(np.linspace(0.05, 0.15, 101), dims="frame")

    def crossing(at):
        before = xr.DataArray(0.5 + 10 * (at - place.values), dims="frame")
        return xr.concat([1 - before, 0 * before, before], "cavity").transpose("frame", "cavity")

    assert swap_place(crossing(0.1104), place) == pytest.approx(0.1105)
    assert swap_place(crossing(0.0904), place) == pytest.approx(0.0905)
    assert swap_place(crossing(0.3), place) == pytest.approx(0.15)
    assert swap_place(crossing(-0.3), place) == pytest.approx(0.05)
    assert np.isnan(swap_place(0 * crossing(0.1), place))
    alternating = crossing(0.1104).isel(frame=[0, 90, 1, 91])  # front, back, front, back
    apart = xr.DataArray([0.05, 0.08, 0.10, 0.12], dims="frame")
    assert swap_place(alternating, apart) == pytest.approx(0.065)  # or 0.11, but not between
    assert swap_place(alternating, apart * 0 + 0.08) == pytest.approx(0.08)
    stray = crossing(0.1104)
    stray[10] = [0.9, 0, 0.1]  # one frame on the wrong side does not move it
    assert swap_place(stray, place) == pytest.approx(0.1105)


def test_cavities_that_tie_share_the_credit():
    truth = xr.DataArray([[0.7, 0.1, 0.2]], dims=("frame", "cavity"))
    tie = xr.DataArray([[0.4, 0.2, 0.4]], dims=("frame", "cavity"))
    assert same_cavity(truth, truth) == 1
    assert same_cavity(tie, truth) == 0.5
    assert same_cavity(0 * tie, truth) == pytest.approx(1 / 3)
    assert np.isnan(same_cavity(tie.where(False), truth))


def test_partial_r_of_the_neutral_map_itself_is_not_applicable(scores):
    partial = scores["V1 partial r (diagnostic)"]
    assert partial.sel(model="neutral_map").isnull().all()
    assert partial.sel(model="mean_map").notnull().all()


def test_a_uniform_tube_obeys_every_textbook_fact():
    """Its map is the neutral one and each section owes the same: facts that Fant drew from it."""
    lengths = -np.ones((planted.FRAMES, 3, planted.PLACES)) / planted.PLACES
    phase = (2 * np.array([1, 2, 3])[:, None] - 1) * np.pi * planted.PLACE
    by_area = np.tile(-np.cos(phase) / planted.PLACES, (planted.FRAMES, 1, 1))
    shares = region_shares(planted.REGIONS, planted.PLACES)
    wider = np.einsum("fnp,rp->fnr", by_area, shares)
    of_tract = parts(np.full((planted.FRAMES, 2), np.nan), 0.05, planted.PLACES)
    uniform = answers(by_area, lengths, np.ones(planted.PLACES), of_tract, (wider, -wider))
    for fact in FACTS:
        assert (obeyed(fact, uniform) == 1).all()
        assert (obeyed(fact, -1 * uniform) == 0).all()
        assert (obeyed(fact, 0 * uniform) == 0.5).all()
        assert obeyed(fact, uniform.where(False)).isnull().all()


def test_turning_the_tract_round_breaks_the_facts_that_know_its_ends(scores):
    lips = scores["V3 textbook: narrower lips lower formants"]
    np.testing.assert_allclose(lips.sel(model="truth"), lips.sel(model="ceiling"))
    assert (lips.sel(model="truth") > 0.9).all()
    assert (lips.sel(model="reversed") < 0.1).all()
    assert (scores["V3 textbook: longer tract lowers formants"].sel(model="reversed") == 1).all()
