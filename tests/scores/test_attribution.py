"""V7 on made-up physics and on tubes: attributions whose faults are known beforehand."""

from dataclasses import dataclass, replace

import numpy as np
import planted
import pytest
import torch
import xarray as xr
from captum.metrics import infidelity as captums

from tractable.regions import region_shares
from tractable.scores.agreement import sit
from tractable.scores.attribution import (
    OWN,
    attribution_scores,
    faithfulness_scores,
    infidelity,
    left_by_order,
    order_scores,
)
from tractable.scores.departures import Departure, departure
from tractable.scores.tubes import Tube, frequencies, sensitivities
from tractable.tube import PIRIFORM, VOCALTRACTLAB

SPEAKERS = 4
SKILLS = [f"V7 {name} skill" for name in ("integrated gradients", "gradient SHAP", "occlusion")]


def posing(reference: xr.Dataset) -> dict[str, xr.Dataset]:
    """The reference with one fault each."""
    known = reference[[*planted.ANSWERED, *OWN[1:]]]
    turned, half, constant = (known.copy() for _ in range(3))
    turned["attribution"] = known.attribution.isel(place=slice(None, None, -1))
    half["attribution"] = known.attribution.where(known.place_index >= planted.PLACES // 2, 0.0)
    constant["attribution"] = known.attribution.mean("frame") + 0 * known.attribution
    mute = xr.zeros_like(known).where(False)
    return {"honest": known, "reversed": turned, "half": half, "constant": constant, "mute": mute}


def examined() -> list:
    evidences = []
    for number in range(SPEAKERS):
        reference = planted.physics(planted.shapes(np.random.default_rng(number)))
        reference = reference.assign_coords(place_index=("place", np.arange(planted.PLACES)))
        given = {name: of.drop_vars("place_index") for name, of in posing(reference).items()}
        evidence = planted.speaker(number, SPEAKERS, **given)
        returned = xr.DataArray(planted.halves(), dims=("set", "place"))
        answers = evidence.answers.assign(returned=returned)
        evidences.append(replace(evidence, answers=answers))
    return sit(evidences, **planted.EXAM)


@pytest.fixture(scope="module")
def exams() -> list:
    return examined()


@pytest.fixture(scope="module")
def scores(exams) -> dict[str, xr.DataArray]:
    """Score -> (model, formant), mean over speakers."""
    found: dict[str, list] = {}
    for exam in exams:
        for score in [*attribution_scores(exam), *faithfulness_scores(exam)]:
            found.setdefault(score.name, []).append(score.value)
    return {name: xr.concat(values, "speaker").mean("speaker") for name, values in found.items()}


@pytest.mark.parametrize("name", SKILLS)
def test_physics_has_skill_and_the_neutral_map_none(scores, name):
    np.testing.assert_allclose(scores[name].sel(model=["honest", "physics"]), 1)
    np.testing.assert_allclose(scores[name].sel(model="neutral_map"), 0, atol=1e-12)
    assert scores[name].sel(model="mute").isnull().all()


@pytest.mark.parametrize("name", SKILLS)
@pytest.mark.parametrize("model", ["mean_map", "permuted_physics", "half"])
def test_maps_that_know_less_are_told_from_physics(scores, name, model):
    assert (scores[name].sel(model=model, formant="mean") < 0.9).all()


@pytest.mark.parametrize("name", SKILLS)
@pytest.mark.parametrize("model", ["reversed", "constant", "motion_energy"])
def test_planted_faults_are_worse_than_knowing_nothing(scores, name, model):
    assert (scores[name].sel(model=model, formant="mean") < 0).all()


def test_what_is_not_attributed_is_lacking(exams):
    """Half of every part leaves half of the whole; of another sum, more."""
    exam = exams[0]
    less = 0.5 * exam.evidence.answers.attribution
    answers = exam.evidence.answers.assign(attribution=less)
    halved = replace(exam, evidence=replace(exam.evidence, answers=answers))
    gap = {s.name: s.value for s in faithfulness_scores(halved)}["V7 completeness gap (%)"]
    np.testing.assert_allclose(gap.sel(model="honest"), 50)
    np.testing.assert_allclose(gap.sel(model="physics"), 0, atol=1e-9)


def test_frames_that_nobody_explains_are_counted_and_spoil_no_other(exams):
    """A third of the frames of F2 refused by one model: half its parts lack elsewhere."""
    exam = exams[0]
    told = exam.evidence.answers
    third = xr.DataArray(np.arange(told.sizes["frame"]) % 3 == 0, dims="frame")
    refused = third & (told.formant == 2) & (told.model == "half")
    parts = {name: told[name].where(~refused) for name in OWN[:2]}
    answers = told.assign(parts)
    fewer = replace(exam, evidence=replace(exam.evidence, answers=answers))
    found = {score.name: score.value for score in faithfulness_scores(fewer)}
    share = found["V7 frames not attributed (%)"]
    expected = 100 * float(refused.any(["model", "formant"]).mean())
    np.testing.assert_allclose(share.sel(model="half"), [0, expected, 0, expected / 3])
    np.testing.assert_allclose(share.sel(model=["honest", "physics"]), 0)
    assert share.sel(model="mute").isnull().all()
    assert found["V7 completeness gap (%)"].sel(model="half").notnull().all()


def test_a_sum_is_explained_by_its_terms_and_not_by_others(scores):
    found = scores["V7 infidelity over motion's"].sel(formant="mean")
    np.testing.assert_allclose(found.sel(model=["honest", "physics"]), 0, atol=1e-12)
    assert found.sel(model="reversed") > 0.5
    assert found.sel(model="half") > 0.1


def test_a_motion_energy_map_is_as_unfaithful_as_itself():
    exam = examined()[0]
    share = exam.evidence.log_distance.var("time")
    share = share / share.sum("place")
    own = exam.evidence.answers.sel({"explainer": "integrated_gradients"})
    moved = own.assign(attribution=share * own.attribution.sum("place", skipna=False))
    found = infidelity(moved, exam.evidence.answers.returned, share)
    np.testing.assert_allclose(found.sel(model="honest"), 1)


def test_infidelity_is_captums():
    """Of a bent function, by the same halves; the map's share cancels."""
    random = torch.Generator().manual_seed(1)
    shape = torch.randn(5, 8, generator=random, dtype=torch.float64)
    returned = (torch.rand(6, 8, generator=random) < 0.5).double()
    credit = torch.randn(5, 8, generator=random, dtype=torch.float64)

    def hear(given):
        return (given[:, :4] * given[:, 4:]).sum(1).sin()

    def back(given):
        masks = returned.repeat(len(given) // 6, 1)
        return masks, given * (1 - masks)

    theirs = float(captums(hear, back, shape, credit, n_perturb_samples=6).mean())
    change = torch.stack([hear(shape * (1 - one)) - hear(shape) for one in returned], 1)
    dims = {"attribution": ("frame", "place"), "return_change": ("frame", "set")}
    own = xr.Dataset({n: (dims[n], v.numpy()) for n, v in zip(dims, (credit, change), strict=True)})
    motion = xr.DataArray(np.full(8, 1 / 8), dims="place")
    by_motion = own.assign(attribution=motion * own.attribution.sum("place"))
    masks = xr.DataArray(returned.numpy(), dims=("set", "place"))
    of_motion = (xr.dot(by_motion.attribution, masks, dim="place") + own.return_change) ** 2
    ours = float(infidelity(own, masks, motion) * of_motion.mean())
    assert ours == pytest.approx(theirs)


def tubes(frames: int = 12, seed: int = 1):
    """Tubes of unequal sections that move, with the fossa open, beside their mean."""
    random = np.random.default_rng(seed)
    place = (np.arange(40) + 0.5) / 40
    waves = np.cos(np.pi * np.arange(1, 5)[:, None] * place)
    area = 2e-4 * np.exp(random.normal(0, 0.4, (frames, 4)) @ waves)
    length = 0.17 / 40 * np.exp(random.normal(0, 0.03, (frames, 1)) + 0.2 * place)
    tube = Tube(area, length, PIRIFORM, VOCALTRACTLAB)
    return departure(tube, np.full(frames, True), np.arange(frames), 20)


def test_parts_of_physics_are_the_whole():
    way = tubes()
    parts, whole = way.integrated(), way.total()
    assert np.abs(whole).max() > 0.1
    total = parts.by_place.sum(-1) + parts.by_length
    np.testing.assert_allclose(total, whole, atol=1e-4 * np.abs(whole).max())


def test_a_small_departure_is_sensitivity_times_displacement():
    """All three agree where everything is linear; from the frames' mean, so does gradient SHAP."""
    random = np.random.default_rng(2)
    area = 2e-4 * np.exp(1e-4 * random.normal(size=(6, 40)))
    tube = Tube(area, np.full((6, 40), 0.17 / 40), PIRIFORM, VOCALTRACTLAB)
    way = departure(tube, np.full(6, True), np.arange(6), 40)
    expected = sensitivities(tube)[0] * way.log_area[:, None]
    for parts in (way.integrated(), way.expected(), way.occluded()):
        np.testing.assert_allclose(parts.by_place, expected, atol=1e-3 * np.abs(expected).max())


def test_a_section_is_credited_at_its_own_place():
    """Sections grow towards the lips, and one alone moves: the third from the lips."""
    area, length = np.full((3, 40), 2e-4), np.tile(np.linspace(1e-3, 7e-3, 40), (3, 1))
    area[:2, 37] *= np.array([0.5, 2])
    way = departure(Tube(area, length, None), np.full(3, True), np.arange(3), 20)
    ends = np.cumsum(length[0]) / length[0].sum()
    lies = (np.arange(1, 21) / 20 > ends[36]) & (np.arange(20) / 20 < ends[37])
    for parts in (way.integrated(), way.expected(), way.occluded()):
        np.testing.assert_array_equal(np.abs(parts.by_place[0]).max(0) > 1e-9, lies)


def test_places_that_return_are_neutral_again():
    way = tubes()
    neutral = way.tube.area * np.exp(-way.log_area)
    np.testing.assert_allclose(neutral, np.tile(neutral[:1], (len(neutral), 1)))
    expected = np.log(frequencies(replace(way.tube, area=neutral)))
    np.testing.assert_allclose(way.returned(np.ones((len(neutral), 20))), expected)
    change = way.return_change(np.stack([np.zeros(20), np.ones(20)]))
    np.testing.assert_allclose(change[..., 0], 0, atol=1e-12)
    np.testing.assert_allclose(change[..., 1], expected - np.log(frequencies(way.tube)))


def test_a_closed_tube_has_no_attribution_and_spoils_no_other():
    way = tubes()
    tube = replace(way.tube, area=way.tube.area.copy())
    tube.area[3, 17] = 1e-8
    shut = departure(tube, np.arange(12) != 3, np.arange(12), 20)
    for parts in (shut.integrated(), shut.expected(), shut.occluded()):
        assert np.isnan(parts.by_place[3]).all()
        assert np.isfinite(np.delete(parts.by_place, 3, 0)).all()


def test_the_order_of_physics_takes_most_away_first():
    """And the reversed order least; an order at chance lies between."""
    way, regions = tubes(), region_shares(10, 20)
    size = np.moveaxis(way.integrated().by_place @ regions.T, 1, 0)
    random = np.random.default_rng(1).normal(size=size.shape)
    best, guess, worst, none = left_by_order(
        np.stack([size, random, -size, size * np.nan]), way, regions
    )["deletion"]
    assert (best < guess - 0.3).all()
    assert (guess + 0.3 < worst).all()
    assert np.isnan(none).all()


def test_the_order_of_a_model_is_asked_where_it_has_one():
    """Frames that it does not attribute count neither for nor against it."""
    way, regions = tubes(), region_shares(10, 20)
    size = np.moveaxis(way.integrated().by_place @ regions.T, 1, 0)
    unknown = size.copy()
    unknown[:, ::2] = np.nan
    _, fewer = left_by_order(np.stack([size, unknown]), way, regions)["deletion"]
    odd = np.arange(1, 12, 2)
    part = replace(
        way,
        tube=way.tube.at(odd),
        log_area=way.log_area[odd],
        log_length=way.log_length[odd],
    )
    (alone,) = left_by_order(size[None, :, odd], part, regions)["deletion"]
    np.testing.assert_allclose(fewer, alone)


def test_deletion_and_insertion_prefer_physics_to_where_the_tract_moves():
    """Attributions by the tubes' own physics, by motion, and of another frame."""
    way = tubes(frames=planted.FRAMES)
    exam = examined()[0]
    credit = way.integrated().by_place.repeat(2, -1) / 2
    motion = way.log_area.var(0) * credit.sum(-1, keepdims=True)
    told = {"physics": credit, "motion_energy": motion, "mute": credit * np.nan}
    dims = ("model", "frame", "formant", "place")
    labels = {"model": list(told), "formant": [1, 2, 3]}
    by_path = xr.DataArray(np.stack(list(told.values())), labels, dims)
    answers = xr.Dataset({"attribution": by_path.expand_dims(explainer=["integrated_gradients"])})
    wide = replace(way, places=planted.PLACES)
    deletion, insertion = order_scores(replace(exam, answers=answers), lambda _: wide, seed=1)
    for score in (deletion, insertion):
        found, guess = (of.sel(formant="mean") for of in (score.value, score.null))
        ahead = score.better * (found.sel(model="physics") - guess)
        assert ahead > 0.2 * guess
        assert ahead > score.better * (found.sel(model="motion_energy") - guess)
        assert np.isnan(found.sel(model="mute"))
        np.testing.assert_allclose(score.ceiling, score.value.sel(model="physics"))


@dataclass(frozen=True)
class Linear(Departure):
    """Formants whose parts add up, whatever the tubes are."""

    effect: np.ndarray  # (frame, formant, place)

    def left(self, share):
        return np.einsum("...fp,fnp->...fn", 1 - share, self.effect)


def test_of_parts_that_add_up_insertion_has_what_deletion_takes():
    """In the mean over steps the two are the whole, ties and regions of no effect among them."""
    way, regions = tubes(), region_shares(10, 20)
    effect = np.random.default_rng(4).normal(size=(12, 3, 20))
    effect[:, 1, 5:12] = 0.0
    size = np.einsum("fnp,rp->nfr", effect, regions)[None]
    linear = Linear(**vars(way), effect=effect)
    deleted, inserted = left_by_order(size, linear, regions).values()
    assert (deleted < inserted).all()
    np.testing.assert_allclose(deleted + inserted, 1, atol=1e-12)
