"""Each rule of what a model must not be used for speaks where it should, and nowhere else."""

from dataclasses import replace

import pytest

from tractable.cards.cautions import RULES, Coverage, Facts, cautions, coverage, number

NAN = float("nan")
#: A model of which nothing is to be said.
FINE = Facts(
    corpus="people",
    explained=True,
    control=False,
    gate=("ridge", "lwr"),
    in_gate=False,
    simulated=False,
    speakers=8,
    unit="%",
    error=3.0,
    unseen_error=27.0,
    gate_error=4.1,
    residual_share=0.1,
    largest_residual_share=0.25,
    interventional=0.6,
    constant="mean_map",
    constant_interventional=0.4,
    above_constant=True,
    intervals=(Coverage(90, 91, 93),),
)
TRIGGERS = {
    "control": ({"control": True}, "control"),
    "useless": ({"in_gate": True, "error": 28.0}, "errs by 28 %, the mean of what it learnt"),
    "stopped": ({"error": 4.1}, "not more accurate (4.1 %) than the best of ridge and lwr (4.1 %)"),
    "gate": ({"in_gate": True}, "yardstick"),
    "unscored": ({"explained": False, "gate_error": NAN}, "no score says"),
    "residual": ({"residual_share": 0.6}, "0.60 of what it depends on is its residual's"),
    "constant": (
        {"above_constant": False, "interventional": -0.76},
        "(\N{MINUS SIGN}0.76) has not been shown to be above that of one map for all shapes, "
        "mean map (0.40)",
    ),
    "narrow": (
        {"intervals": (Coverage(90, 76.0, 80.0), Coverage(50, 55.0, NAN))},
        "its 90 % intervals hold 76 %.",
    ),
    "simulated": ({"simulated": True}, "simulated speakers alone"),
    "alone": ({"speakers": 1}, "one speaker"),
}


def test_of_a_model_without_fault_nothing_is_said():
    assert cautions(FINE) == []


def test_every_rule_is_tried():
    assert [rule.name for rule in RULES] == list(TRIGGERS)


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_rule_speaks_of_its_own_fact(name):
    changes, words = TRIGGERS[name]
    (rule,) = (rule for rule in RULES if rule.name == name)
    assert not rule.applies(FINE)
    facts = replace(FINE, **changes)
    assert rule.applies(facts)
    assert words in rule.says(facts)
    assert rule.says(facts) in cautions(facts)


def test_a_control_is_not_stopped_as_well():
    said = cautions(replace(FINE, control=True, error=5.0))
    assert len(said) == 1


def test_what_is_not_known_triggers_nothing():
    unknown = dict.fromkeys(("error", "unseen_error", "gate_error", "residual_share"), NAN)
    assert cautions(replace(FINE, **unknown, interventional=NAN, above_constant=False)) == []


def test_intervals_are_known_by_the_names_of_scores():
    assert coverage("V0 90 % interval (% covered)", 80.0, 85.0) == Coverage(90, 80, 85)
    assert coverage("V0 90 % interval (% wide)", 13.0, 15.0) is None
    assert coverage("V0 error (%)", 80.0, 85.0) is None


@pytest.mark.parametrize("short, value, high", [(True, 85, NAN), (False, 85, 91), (False, 92, NAN)])
def test_intervals_are_too_narrow_only_beyond_chance(short, value, high):
    assert Coverage(90, value, high).short is short


@pytest.mark.parametrize("text, value", [("28", 28.4), ("4.1", 4.12), ("0.60", 0.6), ("0", 0.0)])
def test_numbers_in_sentences_have_two_digits(text, value):
    assert number(value) == text
