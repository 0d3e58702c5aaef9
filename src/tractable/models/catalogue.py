"""From a line of params.yaml to a fitted model."""

import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tractable.contracts import BadInput, likely
from tractable.models import kinds
from tractable.models.examples import shuffled
from tractable.models.model import DIRECTIONS, Examples, Model
from tractable.models.supervision import supervision
from tractable.stage import check_options

#: What an entry may say beside the parameters of its kind.
ABOUT = {"kind": None, "direction": "shape_to_sound", "shuffled": False, "context": None}
NO_EXAMPLES = {"context": 0}
IMPORTED, INIT = re.compile(rf"{re.escape(kinds.__name__)}\.(\w+)"), "__init__"


def known_kinds() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))


def architecture(kind: str) -> type[Model]:
    """The one model that the file of this name defines.

    Raises
    ------
    BadInput : there is no such file, or not one model in it.
    """
    if kind not in known_kinds():
        hint = likely(kind, known_kinds())
        raise BadInput(f"params.yaml: models: unknown kind {kind!r}; {hint}")
    module = import_module(f"{kinds.__name__}.{kind}")
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, Model)
        and thing.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = ", ".join(thing.__name__ for thing in found) or "none"
        raise BadInput(
            f"{module.__file__}: expected one class that inherits tractable.models.model.Model (or "
            f"Regression, which does), found {names}"
        )
    return found[0]


def foreign_code(kind: str) -> frozenset[Path]:
    """Files of other kinds, those that this one imports, directly or not, left out."""
    (home,) = map(Path, kinds.__path__)
    own, left = set(), {kind}
    while left:
        own |= left
        texts = [(home / f"{name}.py").read_text("utf-8") for name in left]
        left = {name for text in texts for name in IMPORTED.findall(text)} - own
    return frozenset(file.resolve() for file in home.rglob("*") if file.stem not in {*own, INIT})


def about_entry(
    name: str, entry: Mapping[str, Any], examples: Mapping[str, Any] = NO_EXAMPLES
) -> dict[str, Any]:
    """Kind, direction and the like of one entry; a kind not named is the model's own name.

    Parameters
    ----------
    examples : how they are made; says how many frames around a sound are given with it.
    """
    about = {word: entry.get(word, usual) for word, usual in ABOUT.items()}
    if about["context"] is None:
        about["context"] = examples["context"] if about["direction"] == "sound_to_shape" else 0
    return about | {"kind": about["kind"] or name}


def own_parameters(entry: Mapping[str, Any], seed: int) -> dict[str, Any]:
    return {word: value for word, value in entry.items() if word not in ABOUT} | {"seed": seed}


def check_entry(name: str, entry: Any, seed: int) -> None:
    """Refuse an entry that no architecture understands.

    Raises
    ------
    BadInput : unknown kind or direction, a direction that the kind does not have, a parameter
        unknown or missing.
    """
    if not isinstance(entry, Mapping):
        raise BadInput(f"params.yaml: models.{name}: {entry!r}, expected the parameters of a model")
    about = about_entry(name, entry)
    kind = architecture(about["kind"])
    if about["direction"] not in kind.directions:
        can = " and ".join(kind.directions)
        wrong = "which its kind does not have" if about["direction"] in DIRECTIONS else "unknown"
        raise BadInput(
            f"params.yaml: models.{name}: direction {about['direction']!r}, {wrong}; "
            f"{about['kind']} has {can} (its class attribute `directions`)"
        )
    if about["context"] and about["direction"] == "shape_to_sound" and not kind.over_time:
        raise BadInput(
            f"params.yaml: models.{name}: context {about['context']}, but {about['kind']} is given "
            "one shape at a time; leave it out, or take a kind that goes over time (lstm)"
        )
    check_options(kind.fit, own_parameters(entry, seed), f"models.{name}")


def fitted(name: str, entry: Mapping[str, Any], examples: Examples, seed: int) -> Model:
    """The model that one entry asks for, fitted to examples of its direction."""
    about = about_entry(name, entry)
    if about["shuffled"]:
        examples = shuffled(examples, seed)
    parameters = own_parameters(entry, seed)
    with supervision().fitting(about["kind"], parameters):
        return architecture(about["kind"]).fit(examples, **parameters).requires_grad_(False)
