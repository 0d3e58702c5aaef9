"""What a model must not be used for: rules on tracked facts, each with what it says."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

FORWARD = ("shape_to_sound", "picture_to_sound")


class Coverage(NamedTuple):
    """How often predictive intervals held what they should, in %; ``high`` may be NaN."""

    nominal: float
    value: float
    high: float

    @property
    def short(self) -> bool:
        """Fewer than nominal, beyond chance if that is known."""
        return (self.value if math.isnan(self.high) else self.high) < self.nominal


NOMINAL = re.compile(r"(\d+) % interval.*% covered")


def coverage(score: str, value: float, high: float) -> Coverage | None:
    """What a score says of intervals if its name says that it does."""
    found = NOMINAL.search(score)
    return Coverage(float(found[1]), value, high) if found else None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at: one model on one corpus. NaN: not known, or not applicable."""

    corpus: str
    explained: bool  # some score asks whether what it depends on is right
    control: bool
    gate: tuple[str, ...]  # models that must be beaten in accuracy
    in_gate: bool
    simulated: bool
    speakers: int
    unit: str  # of the errors
    error: float
    unseen_error: float  # of the mean of what was learnt from
    gate_error: float  # least of the gate's
    residual_share: float
    largest_residual_share: float
    interventional: float
    constant: str  # a map that is the same for every shape
    constant_interventional: float
    above_constant: bool  # beyond chance, speaker by speaker
    intervals: tuple[Coverage, ...]


class Rule(NamedTuple):
    """When it applies, and what it says."""

    name: str
    applies: Callable[[Facts], bool]
    says: Callable[[Facts], str]


def number(value: float, digits: int = 2) -> str:
    """Fixed point with so many significant digits, a true minus sign."""
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")


def honest(facts: Facts) -> bool:
    return not facts.control


def stopped(facts: Facts) -> bool:
    """Whether the gate stops it: an honest model that is no more accurate than the best there."""
    return honest(facts) and not facts.in_gate and facts.error >= facts.gate_error


RULES = (
    Rule(
        "control",
        lambda of: of.control,
        lambda of: "As a model of anything: it is a control, made to be wrong or to know nothing.",
    ),
    Rule(
        "useless",
        lambda of: of.error >= of.unseen_error,
        lambda of: (
            f"For predicting: it errs by {number(of.error)} {of.unit}, the mean of what it learnt "
            f"from by {number(of.unseen_error)} {of.unit}."
        ),
    ),
    Rule(
        "stopped",
        stopped,
        lambda of: (
            f"For explaining: it is not more accurate ({number(of.error)} {of.unit}) than the "
            f"best of {' and '.join(of.gate)} ({number(of.gate_error)} {of.unit}), and only what "
            "is accurate is worth interpreting."
        ),
    ),
    Rule(
        "gate",
        lambda of: of.in_gate,
        lambda of: "For explaining: it is a yardstick of accuracy that others have to pass.",
    ),
    Rule(
        "unscored",
        lambda of: not of.explained,
        lambda of: "For explaining: no score says whether what it depends on is right.",
    ),
    Rule(
        "residual",
        lambda of: of.residual_share > of.largest_residual_share,
        lambda of: (
            f"For explaining by physics: {number(of.residual_share)} of what it depends on is its "
            f"residual's, not its tube's (more than {number(of.largest_residual_share)})."
        ),
    ),
    Rule(
        "constant",
        lambda of: math.isfinite(of.interventional) and not of.above_constant,
        lambda of: (
            "For saying what an unnatural change of the tract would do: its interventional skill "
            f"({number(of.interventional)}) has not been shown to be above that of one map for "
            f"all shapes, {of.constant.replace('_', ' ')} ({number(of.constant_interventional)})."
        ),
    ),
    Rule(
        "narrow",
        lambda of: any(interval.short for interval in of.intervals),
        lambda of: (
            "For saying how sure one can be: "
            + ", ".join(
                f"its {i.nominal:g} % intervals hold {number(i.value)} %"
                for i in of.intervals
                if i.short
            )
            + "."
        ),
    ),
    Rule(
        "simulated",
        lambda of: of.simulated,
        lambda of: "For people: it has learnt from simulated speakers alone.",
    ),
    Rule(
        "alone",
        lambda of: of.speakers == 1,
        lambda of: "For anybody else: it has learnt from one speaker.",
    ),
)


def cautions(facts: Facts) -> list[str]:
    """The sentences of all rules that apply, in their order."""
    return [rule.says(facts) for rule in RULES if rule.applies(facts)]
