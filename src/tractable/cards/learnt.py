"""What a model learnt: numbers by kind, counted from its tensors, and what its search chose."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

State = Mapping[str, Tensor]

#: Kinds of numbers, each with what tells a tensor of it by name; the first that fits has it. What
#: is not counted are settings and what brings data to mean 0 and spread 1; all else is learnt.
SCALING, SETTING = "means, spreads and directions of the data", "settings"
SETTINGS = ("turned", "count", "scored", "width", "penalty")
SCALINGS = (
    *("given_mean", "given_spread", "wanted_mean", "wanted_spread"),
    *("mean", "spread", "components", "basis", "doubt"),
)
LAW, TRACT, KEPT = ("log_scale", "exponent"), "log_", ("neighbour", "target", "weight", "inducing")
KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (SETTING, lambda name: last(name) in SETTINGS),
    (SCALING, lambda name: last(name) in SCALINGS),
    ("residual", lambda name: "." in name),
    ("law of area", lambda name: name in LAW),
    ("examples kept", lambda name: name in KEPT),
    ("tract and scales", lambda name: name.startswith(TRACT)),
    ("weights", lambda name: True),
)


class Count(NamedTuple):
    """Numbers of one kind: as many in every fold, or from ``least`` to ``most``."""

    kind: str
    least: int
    most: int
    learnt: bool

    def __str__(self) -> str:
        few, many = f"{self.least:,}", f"{self.most:,}"
        return few if few == many else f"{few} to {many}"


def last(name: str) -> str:
    """Name of a tensor within its part of the model."""
    return name.rpartition(".")[2]


def kind_of(name: str) -> str:
    return next(kind for kind, fits in KINDS if fits(name))


def counts(states: Sequence[State]) -> list[Count]:
    """Numbers of each kind that there is, in the folds of one model.

    A tensor that is the same to the last bit in every fold does not depend on what was learnt from,
    and does not count: a textbook's law, random weights that nobody trained.
    """
    fixed = unlearnt(states)
    by_fold = [numbers(state, fixed) for state in states]
    return [
        Count(kind, min(many), max(many), kind != SCALING)
        for kind, _ in KINDS
        if kind != SETTING
        if any(many := [of.get(kind, 0) for of in by_fold])
    ]


def numbers(state: State, fixed: set[str]) -> dict[str, int]:
    """How many numbers of each kind one fold has, those that are ``fixed`` aside."""
    found: dict[str, int] = {}
    for name, value in state.items():
        if name not in fixed:
            found[kind_of(name)] = found.get(kind_of(name), 0) + value.numel()
    return found


def unlearnt(states: Sequence[State]) -> set[str]:
    """Tensors that all folds share; of one fold alone nobody can tell."""
    first, *others = states
    if not others:
        return set()
    return {
        name
        for name, value in first.items()
        if all(name in of and value.equal(of[name]) for of in others)
    }


def total(found: Sequence[Count]) -> Count:
    """All that is learnt together."""
    learnt = [count for count in found if count.learnt]
    least, most = (sum(getattr(count, end) for count in learnt) for end in ("least", "most"))
    return Count("all", least, most, True)


def offered(abouts: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Parameter -> the values that its search was offered, in their order; none searched: empty."""
    values: dict[str, list[Any]] = {}
    for choice, _ in abouts[0]["search"]:
        for name, value in choice.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    return values


def chosen(about: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter -> the value that one fold chose."""
    return {name: about["parameters"][name] for name in offered([about])}
