"""What a model learnt: numbers by kind, counted from its tensors, and what its search chose."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

State = Mapping[str, Tensor]

#: Kinds of numbers. Settings are no numbers that a model learns, and what brings data to mean 0 and
#: spread 1, or says how far to trust a prediction, stands apart; all else is learnt.
SETTING, SCALING = "settings", "means, spreads and directions of the data"
DOUBT = "factors on its standard deviations"
UNCOUNTED = (SCALING, DOUBT)
SETTINGS = ("turned", "count", "scored", "width", "penalty", "frames", "mel")
SCALINGS = (
    *("given_mean", "given_spread", "wanted_mean", "wanted_spread"),
    *("mean", "spread", "components", "basis", "loading", "reading", "rest"),
)
LAW, TRACT, KEPT = ("log_scale", "exponent"), "log_", ("neighbour", "target", "weight", "inducing")
#: Part of a model -> what it is; other parts by their own name.
PARTS = {"amounts": "bend", "excuse": "residual"}
#: Each kind with what tells a tensor of it by name; the first that fits has it.
KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (SETTING, lambda name: name in SETTINGS),
    (SCALING, lambda name: name in SCALINGS),
    (DOUBT, lambda name: name == "doubt"),
    ("law of area", lambda name: name in LAW),
    ("source", lambda name: name == "source"),
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
    """Kind of a tensor; what a model has in a part of its own belongs to the part."""
    kind = next(kind for kind, fits in KINDS if fits(last(name)))
    part = name.rpartition(".")[0]
    return PARTS.get(part, part) if part and kind not in (SETTING, *UNCOUNTED) else kind


def counts(states: Sequence[State]) -> list[Count]:
    """Numbers of each kind that there is, in the folds of one model.

    A tensor that is the same to the last bit in every fold does not depend on what was learnt from,
    and does not count: a textbook's law, random weights that nobody trained.
    """
    fixed = unlearnt(states)
    by_fold = [numbers(state, fixed) for state in states]
    kinds = dict.fromkeys(kind for of in by_fold for kind in of if kind != SETTING)
    many = {kind: [of.get(kind, 0) for of in by_fold] for kind in kinds}
    return [Count(kind, min(of), max(of), kind not in UNCOUNTED) for kind, of in many.items()]


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
    for choice, _ in next((about["search"] for about in abouts if about["search"]), []):
        for name, value in choice.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    return values


def untried(abouts: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Number of a fold, from 1 -> why no frames could be held back there, and nothing was tried."""
    reasons = {number: about.get("untried", "") for number, about in enumerate(abouts, 1)}
    return {number: reason for number, reason in reasons.items() if reason}


def chosen(about: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter -> the value that one fold chose."""
    return {name: about["parameters"][name] for name in offered([about])}
