"""The laws of movement that are known, one file each."""

from collections.abc import Iterable

from tractable.contracts import BadInput, likely
from tractable.movement.laws import cubic, first, linear, minimum_jerk, ramp, scaled, target
from tractable.movement.laws.law import Law

#: By name, simplest first. `mean` is learnt from gestures: `tractable.movement.mean_shape`.
LAWS: dict[str, Law] = {
    module.LAW.name: module.LAW
    for module in (first, linear, cubic, scaled, ramp, target, minimum_jerk)
}


def law(name: str) -> Law:
    """The law of that name.

    Raises
    ------
    BadInput : there is none.
    """
    if name not in LAWS:
        raise BadInput(f"unknown law {name!r}; {likely(name, LAWS)}")
    return LAWS[name]


def laws(names: Iterable[str]) -> list[Law]:
    """Laws of these names, as `law`."""
    return [law(name) for name in names]


__all__ = ["LAWS", "Law", "law", "laws"]
