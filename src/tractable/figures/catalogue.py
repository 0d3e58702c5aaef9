"""Which figures there are, and how one is drawn of its numbers."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from matplotlib.figure import Figure

from tractable.contracts import BadInput, likely
from tractable.figures.sheet import COLUMN, styled
from tractable.stage import check_options

#: In the order in which they are shown.
FIGURES = (
    "accuracy_against_physics",
    "validation_battery",
    "data_efficiency",
    "textbook_facts",
    "cost_of_measuring",
    "error_by_place",
    "residual_atlas",
    "calibration",
    "area_functions_of_vowels",
    "sensitivity_by_vowel",
    "interventions_by_region",
    "affiliation_by_vowel",
    "affiliation_by_constriction",
    "agreement_between_models",
    "agreement_by_phone",
    "nomograms",
    "probes_by_layer",
    "sanity_cascade",
    "evidence_for_laws",
    "forecast_against_law",
    "gesture_with_fits",
    "phase_portraits",
    "amplitude_and_duration",
    "coupling_of_articulators",
    "coupling_functions",
    "contributions_to_f2",
    "vowel_space",
    "formants_over_time",
    "frames_with_contours",
    "contours_by_uncertainty",
)
NOTHING = "Nothing to show: there is no value for this figure."


def module(name: str, *, asked_by: str = "params.yaml: figures: pictures") -> ModuleType:
    """The module that draws the figure of this name.

    Raises
    ------
    BadInput : there is none.
    """
    if name not in FIGURES:
        raise BadInput(f"{asked_by}: no figure {name!r}; {likely(name, FIGURES)}")
    return import_module(f"tractable.figures.{name}")


def nouns(figure: ModuleType) -> tuple[str, ...]:
    return getattr(figure, "NOUNS", ())


def has_table(figure: ModuleType) -> bool:
    """Whether its numbers are a table; what shows frames of heads has none."""
    return hasattr(figure, "COLUMNS")


def split(figure: ModuleType, options: Mapping[str, Any]) -> tuple[dict, dict]:
    """Options of ``numbers`` and of ``draw``, checked."""
    name = figure.__name__.rpartition(".")[2]
    drawing = set(inspect.signature(figure.draw).parameters) & set(options)
    of_draw = {word: options[word] for word in drawing}
    of_numbers = {word: value for word, value in options.items() if word not in drawing}
    check_options(figure.draw, {"families": {}, **of_draw}, f"figures: pictures: {name}")
    check_options(figure.numbers, of_numbers, f"figures: pictures: {name}")
    return of_numbers, of_draw


def completed(
    pictures: Mapping[str, Mapping[str, Any]], **chosen: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Options of figures with those that are chosen elsewhere, ``finder`` say, where one has them.

    Raises
    ------
    BadInput : a figure that is none.
    """
    known = {name: inspect.signature(module(name).numbers).parameters for name in pictures}
    return {
        name: {**options, **{word: chosen[word] for word in known[name].keys() & chosen.keys()}}
        for name, options in pictures.items()
    }


def drawn(
    figure: ModuleType, numbers: Any, families: Mapping[str, list[str]], of_draw: Mapping[str, Any]
) -> Figure:
    """The numbers as a picture; words where there are none."""
    with styled():
        return figure.draw(numbers, families=families, **of_draw) if len(numbers) else empty()


def empty() -> Figure:
    figure = Figure(figsize=(COLUMN, 1))
    figure.text(0.5, 0.5, NOTHING, ha="center", va="center", wrap=True)
    return figure


def caption(figure: ModuleType, numbers: Any) -> str:
    return figure.caption(numbers) if len(numbers) else NOTHING
