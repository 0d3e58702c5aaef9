"""The whole battery on a corpus whose physics is the tube's own."""

from functools import partial

import numpy as np
import pytest
import simulated
import xarray as xr

from tractable.contracts import SCORES, BadInput
from tractable.scores import battery, reference
from tractable.scores.assembly import CAPPED
from tractable.scores.battery import sit
from tractable.scores.evidence import gathered
from tractable.scores.laws import law_scores
from tractable.scores.sensitivity import sensitivity_scores

SPEAKERS = 3
OPTIONS = {
    "width": 0.01,
    "least_movement": 0.02,
    "foregone": 0.85,
    "contour_stride": 4,
    "phone_frames": 5,
    "closed": 7.5e-4,
    "largest_change": 0.2,
    "least_total": 0.25,
    "ways": 8,
    "atlas_places": 4,
    "hard_cases": {"Helmholtz vowels": ["i"]},
    "circular": [],
    "seed": 1,
}


def corpus(is_simulated: bool) -> dict:
    return {f"s{k}": simulated.stores(k, SPEAKERS, is_simulated) for k in range(SPEAKERS)}


@pytest.fixture(scope="module")
def scores() -> xr.Dataset:
    return battery("phantom", corpus(True), **OPTIONS)


def value(scores, score, model, formant="mean"):
    return scores.value.sel(score=score, model=model, formant=formant)


def test_keeps_its_contract(scores):
    SCORES.check(scores)


SKILLS = ["V1 natural skill", "V1 interventional skill", "V4 affiliation skill"]
CREDITS = [f"V7 {way} skill" for way in ("integrated gradients", "gradient SHAP", "occlusion")]


@pytest.mark.parametrize("name", SKILLS + CREDITS)
def test_differences_of_the_simulator_itself_score_one(scores, name):
    """The model's derivative was taken by differences, the reference's by the house's gradients."""
    np.testing.assert_allclose(value(scores, name, "honest"), 1, atol=2e-3)
    assert (value(scores, name, "reversed") < 0).all()


def test_signs_and_stretch_of_the_simulator_itself_are_right(scores):
    np.testing.assert_allclose(value(scores, "V3 balanced accuracy", "honest"), 1, atol=0.03)
    np.testing.assert_allclose(value(scores, "V2 stretch distance", "honest"), 0, atol=1e-5)
    stretch = value(scores, "V2 stretch (diagnostic)", "physics", "F1")
    assert ((stretch < -0.7) & (stretch > -1)).all()


def test_attributions_of_the_simulator_itself_are_whole_and_its_own(scores):
    np.testing.assert_allclose(value(scores, "V7 completeness gap (%)", "honest"), 0, atol=0.1)
    assert (value(scores, "V7 infidelity over motion's", "honest") < 0.5).all()
    name = "V7 deletion by physics"
    np.testing.assert_allclose(
        value(scores, name, "honest"), value(scores, name, "physics"), atol=0.01
    )
    guess = scores["null"].sel(score=name, formant="mean")
    assert (value(scores, name, "honest") < 0.8 * guess).all()


def test_where_the_tract_moves_is_no_explanation(scores):
    """The motion-energy map, and a model that hears nothing."""
    for name in CREDITS:
        assert (value(scores, name, "motion_energy") < 0.8).all()
        assert (value(scores, name, "deaf") < 0).all()
    name = "V7 deletion by physics"
    assert (value(scores, name, "motion_energy") > value(scores, name, "honest")).all()


def test_a_deaf_model_is_no_better_than_a_coin(scores):
    np.testing.assert_allclose(value(scores, "V3 balanced accuracy", "deaf"), 0.5)


def test_accuracy_is_against_sound_and_against_poles(scores):
    against_sound = value(scores, "V0 error (%)", "honest")
    assert ((against_sound > 1.5) & (against_sound < 3.5)).all()
    np.testing.assert_allclose(value(scores, "V0 error against poles (%)", "honest"), 0, atol=1e-9)
    assert (value(scores, "V0 error (%)", "reversed") > against_sound).all()
    floor = scores.ceiling.sel(score="V0 error (%)", formant="mean")
    assert ((floor > 1) & (floor < 5)).all()
    assert (scores["null"].sel(score="V0 error (%)", formant="mean") > floor).all()


def test_inverse_models_are_off_by_what_was_added(scores):
    np.testing.assert_allclose(value(scores, "V0 rms error (mm)", "ridge", "all"), 2)
    assert scores.asked.sel(model="ridge", score="V1 natural skill").sum() == 0
    assert value(scores, "V8 error ratio", "ridge", "all").notnull().all()
    assert value(scores, "V8 posterior ratio", "ridge", "all").isnull().all()


def test_a_pure_tube_has_no_residual_and_others_are_not_asked(scores):
    np.testing.assert_allclose(value(scores, "VR residual share", "honest"), 0, atol=1e-12)
    assert value(scores, "VR residual share", "deaf").isnull().all()
    assert scores.asked.sel(model="deaf", score="VR residual share", formant="mean") == 1
    # A quarter bent: (1/4)^2 beside (3/4)^2.
    np.testing.assert_allclose(value(scores, "VR bend share", "honest"), 0.1)
    bent = scores.value.sel(score="VR bend rms in ln area", formant="all")
    np.testing.assert_allclose(bent.sel(model="honest"), 0.2, rtol=0.01)
    assert bent.sel(model="deaf").isnull().all()


def test_cost_of_measuring_stands_in_the_same_table(scores):
    name = "formant error against poles (%)"
    np.testing.assert_allclose(value(scores, name, "tube_true_areas"), 0, atol=1e-9)
    assert (value(scores, name, "tube_measured_areas") > 1).all()
    assert (value(scores, name, "textbook_tube_measured_areas") > 1).all()
    assert (value(scores, name, "formant_tracker") > 1).all()
    for tissue in ("upper", "lower", "wall"):
        error = value(scores, f"contour error {tissue} (mm)", "contours", "all")
        np.testing.assert_allclose(error, 1)
        error = value(scores, f"contour error {tissue} (px)", "contours", "all")
        np.testing.assert_allclose(error, 0.5)
    np.testing.assert_allclose(value(scores, "tract length error (mm)", "areas", "all"), 0)


def test_measuring_without_an_error_costs_nothing():
    """The areas of the truth itself, given as if they had been measured."""
    speakers = {}
    for name, of in corpus(True).items():
        areas = of["areas"].copy(deep=True)
        areas.area[:] = of["truth"].area.values
        areas.tract_length[:] = of["truth"].tract_length.values
        speakers[name] = of | {"areas": areas}
    scores = battery("phantom", speakers, **OPTIONS)
    name = "formant error against poles (%)"
    np.testing.assert_allclose(value(scores, name, "tube_measured_areas"), 0, atol=1e-9)
    assert (value(scores, name, "textbook_tube_measured_areas") > 1).all()


def test_reference_is_checked_against_the_simulators_own_differences(scores):
    np.testing.assert_allclose(value(scores, "reference check r", "physics"), 1, atol=0.01)
    np.testing.assert_allclose(value(scores, "reference check slope", "physics"), 1, atol=0.05)


def test_textbook_reference_caps_even_the_truth(scores):
    cap = value(scores, "V1 natural skill", CAPPED)
    assert ((cap < 0.98) & (cap > 0.2)).all()
    assert value(scores, "V0 error (%)", CAPPED).isnull().all()


def test_without_truth_the_textbook_judges_and_is_no_judge_of_itself():
    found = battery("clip", corpus(False), **(OPTIONS | {"circular": ["reversed"]}))
    assert CAPPED not in found.model
    np.testing.assert_allclose(value(found, "V1 natural skill", "physics"), 1)
    assert (value(found, "V1 natural skill", "honest") < 0.98).all()
    assert value(found, "V1 natural skill", "reversed").isnull().all()
    assert value(found, "V0 error (%)", "reversed").notnull().all()
    assert "reference check r" not in found.score


def test_the_same_twice(scores):
    xr.testing.assert_identical(scores, battery("phantom", corpus(True), **OPTIONS))


def test_speakers_with_other_models_are_refused():
    speakers = corpus(True)
    fewer = speakers["s1"]["explanations"].isel(model=[0, 1])
    speakers["s1"] = {**speakers["s1"], "explanations": fewer}
    with pytest.raises(BadInput, match="s1"):
        battery("phantom", speakers, **OPTIONS)


def test_stores_of_another_clock_are_refused():
    speakers = corpus(True)
    shorter = speakers["s2"]["formants"].isel(time=slice(40))
    speakers["s2"] = {**speakers["s2"], "formants": shorter}
    with pytest.raises(BadInput, match=r"s2.*formants 40"):
        battery("phantom", speakers, **OPTIONS)


@pytest.mark.parametrize("fault", ["reference flipped", "lengths forgotten", "beta forgotten"])
def test_planted_faults_in_the_reference_are_seen(fault, monkeypatch):
    """An honest model must lose when the reference is wrong."""
    right = reference.answers

    def wrong(by_area, by_length, slope, parts, changes):
        if fault == "reference flipped":
            by_area = by_area[..., ::-1]
        if fault == "lengths forgotten":
            by_length = np.full_like(by_length, -1 / simulated.PLACES)
        if fault == "beta forgotten":
            slope = np.ones_like(slope)
        return right(by_area, by_length, slope, parts, changes)

    monkeypatch.setattr(reference, "answers", wrong)
    physics = partial(reference.of_truth, least_movement=0.02)
    evidences = [gathered(name, of, physics) for name, of in corpus(True).items()]
    exam = sit(evidences, width=0.01, seed=1)[0]
    found = {score.name: score.value for score in [*sensitivity_scores(exam), *law_scores(exam)]}
    seen, truth = "V1 natural skill", 1
    if fault == "lengths forgotten":
        seen, truth = "V2 stretch distance", 0
    assert abs(found[seen].sel(model="honest", formant="mean") - truth) > 0.05
