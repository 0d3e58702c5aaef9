"""The whole battery on a corpus whose physics is the tube's own."""

from functools import partial

import numpy as np
import pytest
import simulated
import xarray as xr

from tractable.contracts import SCORES, BadInput
from tractable.scores import battery, ceilings, reference
from tractable.scores.agreement import sit
from tractable.scores.assembly import CAPPED, DRAWN, MEASURED, OTHERWISE_CAPPED
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
    "equally_accurate": {"within": 0.1, "among": ["honest", "reversed", "deaf"]},
    "together": 0.005,
    "around_focus": 0.01,
    "orderings": {
        "least_frames": 3,
        "classes": {"open_vowels": {"phones": ["a"], "part": [0.1, 0.5]}},
    },
    "ways": 8,
    "atlas_places": 4,
    "hard_cases": {"Helmholtz vowels": ["i"]},
    "another_law": {"place": [0.0, 1.0], "alpha": [1.5, 1.5], "beta": [2.0, 2.0]},
    "circular": [],
    "permutations": 20,
    "seed": 1,
    "probes": {"penalties": [0.01, 1.0], "parts": 2, "seed": 1},
    "movement": {
        "variables": ["lip aperture"],
        "reference": "linear",
        "most": 20,
        "most_in_evidence": 20,
        "replicates": 2,
        "confidence": 0.95,
        "parts": 2,
        "least": 8,
        "seed": 1,
    },
    "coupling": {
        "pairs": [["tongue body constriction degree", "lip aperture"]],
        "leads": [0.048],
        "most": 9,
        "surrogates": 1,
        "least": 2,
        "strength": 0.5,
        "law": "target",
        "parameter": 5.0,
        "ahead": 0.024,
        "seed": 1,
    },
    "onsets": {
        "orders": [2, 5],
        "lead": [0.05],
        "delay": [0.05, 0.1],
        "penalty": [1.0],
        "smoothing": [0.003, 0.02, 0.06],
    },
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
ORDERS = {"V7 deletion by physics": -1, "V7 insertion by physics": 1}  # which way is better
CREDITS = [f"V7 {way} skill" for way in ("integrated gradients", "gradient SHAP", "occlusion")]


@pytest.mark.parametrize("name", SKILLS + CREDITS)
def test_differences_of_the_simulator_itself_score_one(scores, name):
    """The model's derivative was taken by differences, the reference's by the house's gradients."""
    np.testing.assert_allclose(value(scores, name, "honest"), 1, atol=2e-3)
    assert (value(scores, name, "reversed") < 0).all()


def test_a_model_that_draws_all_too_wide_is_so_with_whatever_prior(scores):
    """By 2 mm everywhere, and shapes of this corpus are by chance: smoothing makes it worse."""
    error = scores.value.sel(score="V9 rms error of ridge (mm)", formant="all")
    np.testing.assert_allclose(error.sel(model="as_drawn"), 2)
    for way in ("smoother", "gestures_order_2", "gestures_order_5", "exchanged_gestures"):
        assert (error.sel(model=way) > 1.999).all()
    assert error.sel(model="honest").isnull().all()


def test_signs_and_stretch_of_the_simulator_itself_are_right(scores):
    np.testing.assert_allclose(value(scores, "V3 balanced accuracy", "honest"), 1, atol=0.03)
    np.testing.assert_allclose(value(scores, "V2 stretch distance", "honest"), 0, atol=1e-5)
    stretch = value(scores, "V2 stretch (diagnostic)", "physics", "F1")
    assert ((stretch < -0.7) & (stretch > -1)).all()


def test_attributions_of_the_simulator_itself_are_whole_and_its_own(scores):
    np.testing.assert_allclose(value(scores, "V7 completeness gap (%)", "honest"), 0, atol=0.1)
    assert (value(scores, "V7 infidelity over motion's", "honest") < 0.5).all()
    for name, better in ORDERS.items():
        honest, physics = (value(scores, name, model) for model in ("honest", "physics"))
        np.testing.assert_allclose(honest, physics, atol=0.01)
        guess = scores["null"].sel(score=name, formant="mean")
        assert (better * (honest - guess) > 0.2 * guess).all()


def test_where_the_tract_moves_is_no_explanation(scores):
    """The motion-energy map, and a model that hears nothing."""
    for name in CREDITS:
        assert (value(scores, name, "motion_energy") < 0.8).all()
        assert (value(scores, name, "deaf") < 0).all()
    for name, better in ORDERS.items():
        moving, honest = (value(scores, name, model) for model in ("motion_energy", "honest"))
        assert (better * (honest - moving) > 0).all()


def test_nomograms_of_the_simulator_itself_are_right(scores):
    """A made-up law of area is its own local law; who hears nothing scores the null exactly."""
    name = "V5 nomogram error"
    np.testing.assert_allclose(value(scores, name, "honest"), 0, atol=1e-4)
    np.testing.assert_allclose(value(scores, name, "deaf"), 1)
    assert (value(scores, name, "reversed") > 1).all()
    assert value(scores, name, ["permuted_physics", "motion_energy"]).isnull().all()
    # The published law is not the simulator's: the truth itself is off by it.
    capped = value(scores, name, CAPPED)
    assert ((capped > 0.01) & (capped < 1)).all()
    for pair in ("F1-F2", "F2-F3"):
        name = f"V5 focal point {pair} error (cm)"
        np.testing.assert_allclose(value(scores, name, "honest", "all"), 0, atol=1e-9)
        guess = scores["null"].sel(score=name, formant="all")
        np.testing.assert_allclose(value(scores, name, "deaf", "all"), guess)
    name = "V5 quantal ratio"
    own = scores.ceiling.sel(score=name, formant="mean")
    np.testing.assert_allclose(value(scores, name, "honest"), own, rtol=1e-3)
    assert value(scores, name, "deaf").isnull().all()


def test_nomograms_are_kept_for_those_who_draw_them(scores):
    """In Hz, of physics too; maps that know no level have that of physics."""
    curves = scores.nomogram.sel(formant=["F1", "F2", "F3"])
    np.testing.assert_allclose(curves.sel(model="honest"), curves.sel(model="physics"), rtol=1e-4)
    level = np.log(curves).mean("sweep")
    np.testing.assert_allclose(level.sel(model="neutral_map"), level.sel(model="physics"))
    np.testing.assert_allclose(scores.sweep, simulated.SWEEP.middles())


def test_the_fold_that_held_a_speaker_out_is_kept(scores):
    """Made-up speakers lie in a fold each."""
    np.testing.assert_array_equal(scores.held_out_fold, np.arange(scores.sizes["speaker"]))


def test_without_a_sweep_there_is_no_nomogram_and_all_else_stays(scores):
    unasked = {
        name: of | {"explanations": of["explanations"].drop_dims("sweep")}
        for name, of in corpus(True).items()
    }
    found = battery("phantom", unasked, **OPTIONS)
    left = [name for name in scores.score.values if not name.startswith("V5")]
    assert list(found.score.values) == left
    xr.testing.assert_identical(found.value, scores.value.sel(score=left))
    assert "nomogram" not in found


def test_orders_of_the_simulator_itself_are_right(scores):
    """But for contours, which err by 2 %: both are asked of the measured departure."""
    np.testing.assert_allclose(value(scores, "V6 ordering tau", "honest"), 1, atol=0.01)
    assert (value(scores, "V6 ordering tau", "reversed") < 0.3).all()
    np.testing.assert_allclose(value(scores, "V6 ordering tau", "deaf"), 0)
    assert list(scores.explained_phone) == ["a", "i"]
    np.testing.assert_allclose(scores.ordering_tau.sel(model="honest"), 1, atol=0.01)
    name = "V6 top region (%)"
    own = scores.ceiling.sel(score=name, formant="all")
    np.testing.assert_allclose(value(scores, name, "honest", "all"), own)


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


def test_half_of_a_raised_formant_comes_back_of_an_inverse_model(scores):
    """Physics is told of measured shapes, so that it hears a little else than the honest model."""
    followed = value(scores, "V8 formant followed", "ridge")
    np.testing.assert_allclose(followed, 0.5, atol=0.1)
    assert scores.asked.sel(model="honest", score="V8 formant followed").sum() == 0


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


def test_two_judges_by_one_law_say_the_same(scores):
    """The made-up measured areas follow the very law that is the other judge's."""
    caps = [scores.value.sel(model=model) for model in (CAPPED, OTHERWISE_CAPPED)]
    assert caps[0].notnull().any()
    np.testing.assert_allclose(*caps, atol=1e-6)


def test_another_law_is_another_judge():
    other = {"another_law": OPTIONS["another_law"] | {"beta": [1.0, 1.0]}}
    found = battery("clip", corpus(True), **(OPTIONS | other))
    cap, by_square = (value(found, "V1 natural skill", of) for of in (CAPPED, OTHERWISE_CAPPED))
    assert (abs(cap - by_square) > 0.02).all()


def test_without_truth_the_textbook_judges_and_is_no_judge_of_itself():
    found = battery("clip", corpus(False), **(OPTIONS | {"circular": ["reversed"]}))
    assert not {CAPPED, OTHERWISE_CAPPED} & set(found.model.values)
    np.testing.assert_allclose(value(found, "V1 natural skill", "physics"), 1)
    assert (value(found, "V1 natural skill", "honest") < 0.98).all()
    assert value(found, "V1 natural skill", "reversed").isnull().all()
    assert value(found, "V0 error (%)", "reversed").notnull().all()
    assert "reference check r" not in found.score


@pytest.mark.parametrize("beta", [2.0, 1.0])
def test_without_truth_another_law_judges_all_models_too(beta):
    """The made-up measured areas have exponent 2: by that law both judges say the same."""
    law = {"another_law": OPTIONS["another_law"] | {"beta": [beta, beta]}, "circular": ["reversed"]}
    found = battery("clip", corpus(False), **(OPTIONS | law))
    for score in SKILLS:
        one, other = (found.value.sel(score=name) for name in (score, f"{score} by another law"))
        np.testing.assert_allclose(other.sel(model="physics", formant="mean"), 1)
        assert other.sel(model="reversed").isnull().all()
        if beta == 2:
            asked = {"model": ["honest", "neutral_map", "physics"]}
            np.testing.assert_allclose(one.sel(asked), other.sel(asked), atol=1e-6)
    own, by_another = (
        value(found, name, "honest") for name in (SKILLS[0], f"{SKILLS[0]} by another law")
    )
    assert bool((abs(by_another - own) > 0.02).all()) == (beta == 1)


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
    physics = partial(reference.physics, law=simulated.TRUE_LAW)
    evidences = [gathered(name, of, physics) for name, of in corpus(True).items()]
    exam = sit(evidences, width=0.01, seed=1)[0]
    found = {score.name: score.value for score in [*sensitivity_scores(exam), *law_scores(exam)]}
    seen, truth = "V1 natural skill", 1
    if fault == "lengths forgotten":
        seen, truth = "V2 stretch distance", 0
    assert abs(found[seen].sel(model="honest", formant="mean") - truth) > 0.05


def test_stability_of_models_whose_twins_are_known(scores):
    assert (value(scores, "V10 agreement over folds", "honest") == pytest.approx(1)).all()
    np.testing.assert_allclose(value(scores, "V10 agreement over seeds", "honest"), 0.8)
    assert value(scores, "V10 agreement over seeds", "reversed").isnull().all()
    np.testing.assert_allclose(value(scores, "V10 agreement with physics", "honest"), 1, atol=1e-3)
    pairs = scores.map_agreement.sel(model="honest")
    np.testing.assert_allclose(pairs.sel(other_model="physics"), 1, atol=1e-3)
    np.testing.assert_allclose(pairs.sel(other_model="honest"), 1)
    assert scores.map_agreement.sel(model="physics", other_model="physics").isnull().all()
    assert (pairs.sel(other_model="permuted_physics") < 0.95).all()


@pytest.mark.parametrize("way", ["", "gradient SHAP ", "occlusion "])
def test_a_camera_that_looks_as_physics_does(scores, way):
    """By every explainer as physics does by the same, which another would not tell so well."""
    name = f"V7 pixels {way}skill"
    np.testing.assert_allclose(value(scores, name, "camera"), 1, atol=2e-3)
    assert (value(scores, name, "motion_energy") < 0.5).all()


def test_what_a_camera_sees_beside_the_tract_is_a_tenth(scores):
    np.testing.assert_allclose(value(scores, "V7 pixels off the tract (%)", "camera"), 10)
    null = scores["null"].sel(score="V7 pixels off the tract (%)", formant="mean")
    np.testing.assert_allclose(null, 40)
    gap = value(scores, "V7 pixels completeness gap (%)", "camera")
    np.testing.assert_allclose(gap, 0, atol=1e-9)


def test_physics_told_of_a_wrong_shape_is_the_ceiling_of_what_contours_allow(scores):
    """Measured distances err by 2 %, uncertain ones say so: both cost a little, and no more."""
    for name in ("V1 natural skill", "V1 interventional skill"):
        for noisy in (DRAWN, MEASURED):
            found = value(scores, name, noisy)
            assert ((found > 0.9) & (found < 0.9999)).all()
    assert value(scores, "V0 error (%)", DRAWN).isnull().all()
    assert scores.asked.sel(model=DRAWN, score="VR residual share").sum() == 0
    ceiling = scores.ceiling.sel(score="V1 natural skill", formant="mean")
    np.testing.assert_allclose(ceiling, 1)


def test_shapes_without_an_error_tell_physics_all(monkeypatch):
    monkeypatch.setattr(ceilings, "smooth", lambda *_, **__: np.zeros((1, 1)))
    speakers = {}
    for name, of in corpus(True).items():
        areas = of["areas"].assign(tract_length_sd=1e-12 * of["areas"].tract_length_sd)
        speakers[name] = of | {"areas": areas}
    scores = battery("phantom", speakers, **OPTIONS)
    np.testing.assert_allclose(value(scores, "V1 natural skill", DRAWN), 1, atol=1e-9)
    np.testing.assert_allclose(value(scores, "V3 balanced accuracy", DRAWN), 1, atol=1e-9)
    np.testing.assert_allclose(value(scores, "V4 affiliation skill", DRAWN), 1, atol=1e-9)


def test_errors_of_neighbours_go_together():
    length = np.full(4000, 0.16)
    drawn = ceilings.smooth(np.random.default_rng(1), length, 40, together=0.005)
    np.testing.assert_allclose(drawn.std(), 1, atol=0.02)
    near, far = (np.mean(drawn[:, :-step] * drawn[:, step:]) for step in (1, 20))
    np.testing.assert_allclose([near, far], [np.exp(-0.004 / 0.005), 0.0], atol=0.03)
