"""Networks that forget: what must be left of an explanation is known beforehand."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import simulated
import xarray as xr
from test_battery import OPTIONS, SPEAKERS, corpus

from tractable.contracts import EXPLANATIONS, SCORES, BadInput, described
from tractable.scores import battery
from tractable.scores.agreement import sit
from tractable.scores.cascade import Cascade, cascade_curves
from tractable.scores.sensitivity import sensitivity_scores
from tractable.stage import check_options

MAPS = "distance_sensitivity"
#: What each network makes of the true maps, with no, one and two layers random.
STEPS = {"deep": [1.0, 0.5, -2.0], "flat": [1.0, 0.0, np.nan], "tube": [np.nan] * 3}


def forgetful(number):
    """A speaker's evidence; "flat" has one layer, without it one map for all frames."""
    evidence = planted.speaker(number, 2)
    truth = evidence.reference.distance_sensitivity
    factor = xr.DataArray(list(STEPS.values()), {"model": list(STEPS)}, ("model", "cascade"))
    maps = (factor * truth).transpose("model", "cascade", "frame", "formant", "place")
    maps[1, 1] = truth.isel(frame=1).values
    maps[:, :, ::2] = np.nan  # frames that were not asked
    return replace(evidence, answers=xr.Dataset({"cascade_sensitivity": maps}))


@pytest.fixture(scope="module")
def exams():
    whole = sit([planted.speaker(number, 2) for number in range(2)], **planted.EXAM)
    return [replace(exam, evidence=forgetful(number)) for number, exam in enumerate(whole)]


@pytest.fixture(scope="module")
def cascades(exams):
    return [Cascade.of(exam) for exam in exams]


def test_agreement_is_a_direction_and_no_size(cascades):
    for of in cascades:
        deep = of.agreement.sel(model="deep")
        assert (deep.sel(formant="mean").round(9) == [1, 1, -1]).all()
        flat = of.agreement.sel(model="flat", formant="mean")
        assert 0.1 < flat[1] < 0.95
        assert np.isnan(flat[2])


def test_skill_is_that_of_the_battery(cascades, exams):
    """Half of the truth misses a quarter of what twice the other way misses nine times."""
    for of in cascades:
        missed = 1 - of.skill.sel(model="deep", formant="F2")
        np.testing.assert_allclose(missed[0], 0, atol=1e-12)
        np.testing.assert_allclose(missed[2] / missed[1], 36)
    maps = exams[0].reference.distance_sensitivity.expand_dims(model=["half"]) / 2
    maps[:, ::2] = np.nan
    natural, *_ = sensitivity_scores(replace(exams[0], answers=maps.to_dataset(name=MAPS)))
    found = cascades[0].skill.sel(model="deep")[1]
    np.testing.assert_allclose(natural.value.sel(model="half"), found)


def test_scores_are_of_networks_and_of_their_last_step(cascades):
    skill, alike = cascades[0].scores
    assert skill.value.model.values.tolist() == ["deep", "flat"]
    np.testing.assert_allclose(alike.value.sel(formant="mean", model="deep"), -1)
    np.testing.assert_allclose(
        alike.value.sel(model="flat"), cascades[0].agreement.sel(model="flat")[1]
    )
    assert (skill.value.sel(model="deep") < -3).all()
    assert skill.null == 0


def test_curves_keep_speakers_in_order(cascades):
    curves = cascade_curves(cascades)
    assert curves["cascade"].tolist() == [0, 1, 2]
    skill = curves["cascade_skill"]
    assert skill.dims == ("model", "speaker", "cascade")
    for k, of in enumerate(cascades):
        np.testing.assert_allclose(skill[:, k], of.skill.sel(formant="mean"))


def looked_into(name, number):
    """A speaker of the whole battery; "honest" has a layer that holds its shapes."""
    told = simulated.stores(number, SPEAKERS, True)["explanations"]
    areas = simulated.stores(number, SPEAKERS, True)["areas"].sel(time=told.frame.values)
    maps = told.distance_sensitivity.values
    steps = np.stack([maps, -maps], 1)
    steps[1:] = np.nan
    held = np.log(areas.distance.values) @ np.linspace(-1, 1, 400).reshape(40, 10) ** 3
    inside = {
        "fold": np.arange(SPEAKERS),
        "layer": np.array(["honest/hidden 1"]),
        "network": np.array(["honest"]),
        "represented": np.tile(held.astype("float32"), (SPEAKERS, 1, 1, 1)),
        "cascade": np.arange(2),
        "cascade_sensitivity": steps,
    }
    values = {str(word): told[word].values for word in told.variables}
    return described(EXPLANATIONS, values | inside, **told.attrs)


@pytest.fixture(scope="module")
def speakers():
    return {
        name: of | {"explanations": looked_into(name, k)}
        for k, (name, of) in enumerate(corpus(True).items())
    }


def test_the_battery_keeps_what_is_inside(speakers):
    scores = SCORES.check(battery("phantom", speakers, **OPTIONS))
    assert scores.layer.values.tolist() == ["input", "honest/hidden 1"]
    assert scores.network.values.tolist() == ["", "honest"]
    assert scores.probed.sel(target="tract length", layer="input").min() > 0.99
    assert scores.likeness.sel(layer="input", other="input") == pytest.approx(1)
    skill = scores.cascade_skill.sel(model="honest")
    np.testing.assert_allclose(skill.sel(cascade=0), 1, atol=2e-3)
    assert (skill.sel(cascade=1) < -3).all()
    assert scores.cascade_skill.sel(model="physics").isnull().all()
    value = scores.value.sel(score="V7 agreement with random weights", formant="mean")
    np.testing.assert_allclose(value.sel(model="honest"), -1)
    asked = scores.asked.sel(score="V7 probe R2 (diagnostic)", formant="all")
    assert asked.sel(model=["honest", "deaf"]).values.tolist() == [1, 1]


def test_speakers_with_other_layers_are_refused(speakers):
    last = f"s{SPEAKERS - 1}"
    fewer = speakers | {last: corpus(True)[last]}
    with pytest.raises(BadInput, match=r"other layers than the rest in data/explanations"):
        battery("phantom", fewer, **OPTIONS)


def test_an_option_of_probes_that_nobody_knows_is_refused():
    wrong = OPTIONS | {"probes": {"penalties": [1.0], "part": 2, "seed": 1}}
    with pytest.raises(BadInput, match=r"battery: probes: unknown parameter 'part'.*parts"):
        check_options(battery, wrong, "scores: battery")
