"""V9: gestures of a known law speak for it, and what has no law, or is too little, does not."""

from dataclasses import replace

import numpy as np
import pytest

from tests.moved import ASKED, dynamics
from tractable.contracts import BadInput
from tractable.movement import NoMeanTrajectory
from tractable.scores import movement
from tractable.scores.movement import MODELS, movement_scores

EVIDENCE = "V9 evidence over linear (nats)"
#: A class has its target and its pace in common, so that a gesture can be told beforehand.
ALIKE = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}


def told(store, asked=ASKED):
    """Score -> model -> value."""
    return {
        score.name: dict(zip(score.value.model.values, score.value.values.ravel(), strict=True))
        for score in movement_scores(store, asked)
    }


@pytest.fixture(scope="module")
def jerk():
    return told(dynamics("minimum_jerk", np.nan, 40))


@pytest.fixture(scope="module")
def target():
    return told(dynamics("target", 5.0, 60, **ALIKE))


def test_the_law_that_made_the_gestures_has_the_most_evidence_of_laws(jerk):
    evidence = jerk[EVIDENCE]
    assert list(evidence) == list(MODELS.values())
    laws = {name: value for name, value in evidence.items() if name != "mean_trajectory"}
    assert max(laws, key=laws.get) == "minimum_jerk"
    assert evidence["linear"] == 0
    assert evidence["minimum_jerk"] > 3 > -10 > evidence["first"]


def test_it_alone_need_be_adequate(jerk):
    """First order leaves more than noise does, and no interval of it reaches 1."""
    assert jerk["V9 adequacy"]["minimum_jerk"] == pytest.approx(1, abs=0.15)
    assert jerk["V9 adequacy"]["first"] > 1.3
    assert jerk["V9 classes that do not refute it (%)"]["minimum_jerk"] == 100
    assert jerk["V9 classes that do not refute it (%)"]["first"] == 0


def test_only_what_starts_otherwise_than_it_ends_has_an_arrow(jerk, target):
    arrow = target["V9 arrow of time"]
    assert arrow["measured_gestures"] > 0.05
    assert arrow["reversed_gestures"] == pytest.approx(-arrow["measured_gestures"], abs=1e-6)
    assert abs(jerk["V9 arrow of time"]["measured_gestures"]) < 0.03


def test_phases_by_chance_leave_no_arrow():
    alike = dynamics("target", 5.0, 400, **ALIKE)
    arrow = told(alike, replace(ASKED, most=400, most_in_evidence=5))["V9 arrow of time"]
    assert abs(arrow["phase_shuffled_gestures"]) < 0.03 < arrow["measured_gestures"]


def test_forecasts_by_the_true_law_are_as_good_as_noise_lets_and_by_first_order_are_not(target):
    skill = target["V9 forward skill"]
    assert skill["first"] == 0
    assert skill["target"] > 0.3
    assert target["V9 skill over mean trajectory"]["mean_trajectory"] == 0
    assert target["V9 forecast error (mm)"]["target"] < target["V9 forecast error (mm)"]["first"]


def test_gestures_behind_each_score_are_counted(target):
    """Of 60, evidence draws 40; all are forecast once."""
    counts = {name: of["measured_gestures"] for name, of in target.items() if "gestures in" in name}
    assert list(counts) == [
        f"V9 gestures in {n}" for n in ("evidence", "forecasts", "arrow of time")
    ]
    assert 36 <= counts["V9 gestures in evidence"] <= 40
    assert 54 <= counts["V9 gestures in forecasts"] <= 60
    assert 54 <= counts["V9 gestures in arrow of time"] <= 60


@pytest.mark.parametrize("count", [0, 1, 9])
def test_few_gestures_are_no_evidence_and_no_error(count):
    """One gesture has an arrow of time, nine can be forecast, none has anything."""
    few = told(dynamics("target", 5.0, count))
    assert np.isnan(list(few[EVIDENCE].values())).all()
    assert few["V9 gestures in evidence"]["measured_gestures"] == 0
    assert np.isfinite(few["V9 arrow of time"]["measured_gestures"]) == (count > 0)
    assert np.isfinite(few["V9 forecast error (mm)"]["target"]) == (count > 1)


def test_a_class_without_a_mean_trajectory_is_left_out_with_all_its_laws(monkeypatch):
    def refused(*_, **__):
        raise NoMeanTrajectory("mean trajectory: it does not get from its start to its target")

    monkeypatch.setattr(movement, "evidence", refused)
    monkeypatch.setattr(movement, "forecast_errors", refused)
    found = told(dynamics("target", 5.0, 30))
    assert np.isnan(list(found[EVIDENCE].values())).all()
    assert found["V9 gestures in forecasts"]["measured_gestures"] == 0
    assert np.isfinite(found["V9 arrow of time"]["measured_gestures"])


def test_a_variable_that_is_none_is_refused():
    with pytest.raises(BadInput, match="no variable 'lip apperture'; did you mean 'lip aperture'"):
        told(dynamics("target", 5.0, 9), replace(ASKED, variables=["lip apperture"]))


def test_the_same_seed_draws_the_same_gestures():
    store = dynamics("minimum_jerk", np.nan, 34)
    few = replace(ASKED, most=30, most_in_evidence=29)
    one, other = told(store, few), told(store, few)
    np.testing.assert_equal(one, other)
    assert one["V9 gestures in evidence"]["measured_gestures"] == 29


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"reference": "lineer"}, "did you mean 'linear'"),
        ({"parts": 1}, "parts: 1"),
        ({"replicates": 1}, "replicates: 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong, said):
    with pytest.raises(BadInput, match=said):
        replace(ASKED, **wrong)
