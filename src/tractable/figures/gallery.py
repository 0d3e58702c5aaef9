"""Which figures are drawn of what, and where they go."""

import inspect
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from tractable import score_table
from tractable.contracts import (
    AREAS,
    CONTOURS,
    EXPLANATIONS,
    FORMANTS,
    PREDICTIONS,
    RECORDINGS,
    SCORES,
    THEORY,
    BadInput,
    likely,
)
from tractable.figures.sheet import COLUMN, save_pictures, styled
from tractable.stage import (
    Task,
    check_options,
    refuse_partial,
    run_tasks,
    speakers,
    store_path,
)
from tractable.store import ROOT, digest, load, remove, written_whole

CONTRACTS = {
    "recordings": RECORDINGS,
    "contours": CONTOURS,
    "areas": AREAS,
    "formants": FORMANTS,
    "theory": THEORY,
    "predictions": PREDICTIONS,
    "explanations": EXPLANATIONS,
    "scores": SCORES,
}
#: In the order in which they are shown.
FIGURES = (
    "accuracy_against_physics",
    "validation_battery",
    "data_efficiency",
    "textbook_facts",
    "cost_of_measuring",
    "error_by_place",
    "calibration",
    "area_functions_of_vowels",
    "sensitivity_by_vowel",
    "affiliation_by_vowel",
    "vowel_space",
    "formants_over_time",
    "frames_with_contours",
    "contours_by_uncertainty",
)
#: Tells who comes upon the folder what it is; an empty folder would tell nothing.
NOTICE = (
    "README.txt",
    "What is drawn here of recorded people is personal data: share it as their consent allows, "
    "never through git.\n",
)
BEST_BLACK_BOX = "best_black_box"  # stands for the most accurate one, corpus by corpus

Stores = Mapping[str, Mapping[str, Path]]  # speaker, or the corpus for scores -> noun -> store


def draw_all(
    folders: Mapping[str, Path],
    table: Path,
    shown: Path,
    restricted: Path,
    corpora: Mapping[str, Mapping],
    *,
    simulated: list[str],
    families: dict[str, list[str]],
    pictures: dict[str, dict[str, Any]],
) -> None:
    """Draw every picture that is asked for, of every corpus.

    Parameters
    ----------
    folders : noun -> folder of stores, the nouns being those of CONTRACTS.
    table : the score table.
    shown : folder for pictures of scores and of simulated speakers.
    restricted : folder for all that is drawn from the frames, sounds or values of recorded people.
    corpora : the section of params.yaml.
    simulated : corpora that show nobody.
    families : physics, tube, black_box, control -> models, which decides how they are drawn; a
        model named nowhere is a black box.
    pictures : figure -> its own options.
    """
    for noun, folder in folders.items():
        if noun == "scores":
            refuse_unscored(folder, corpora)
        else:
            refuse_partial(folder, speakers(corpora))
    notice = restricted / NOTICE[0]
    write(notice, NOTICE[1])
    tasks: list[Task] = []
    for name, options in pictures.items():
        figure = module(name)
        split(figure, options)
        rest = {"families": families, "options": options}
        if not nouns(figure):
            tasks.append(picture_task(name, None, {}, table, shown / name, rest))
            continue
        for corpus, entry in corpora.items():
            stores = stores_of(corpus, entry["speakers"], nouns(figure), folders)
            home = shown if corpus in simulated else restricted
            tasks.append(picture_task(name, corpus, stores, table, home / corpus / name, rest))
    run_tasks(tasks)
    wanted = [path for task in tasks for path in task.outputs]
    remove_others((shown, restricted), [notice, *wanted])


def module(name: str) -> ModuleType:
    """The module that draws the figure of this name.

    Raises
    ------
    BadInput : there is none.
    """
    if name not in FIGURES:
        hint = likely(name, FIGURES)
        raise BadInput(f"params.yaml: figures: pictures: no figure {name!r}; {hint}")
    return import_module(f"tractable.figures.{name}")


def nouns(figure: ModuleType) -> tuple[str, ...]:
    return getattr(figure, "NOUNS", ())


def stores_of(
    corpus: str, names: list[str], wanted: tuple[str, ...], folders: Mapping[str, Path]
) -> Stores:
    """What a figure reads of a corpus: scores of all speakers together, all else by speaker."""
    if wanted == ("scores",):
        return {corpus: {"scores": scores_path(folders["scores"], corpus)}}
    return {name: {n: store_path(folders[n], corpus, name) for n in wanted} for name in names}


def scores_path(folder: Path, corpus: str) -> Path:
    return folder / f"{corpus}.zarr"


def refuse_unscored(folder: Path, corpora: Iterable[str]) -> None:
    """Refuse a folder of scores in which a listed corpus is missing.

    Raises
    ------
    BadInput : naming it, and the pull that brings it.
    """
    for corpus in corpora:
        if not scores_path(folder, corpus).is_dir():
            raise BadInput(
                f"{folder}: no store of {corpus}, listed in params.yaml: corpora; "
                f"`dvc pull {folder}` brings it"
            )


def split(figure: ModuleType, options: Mapping[str, Any]) -> tuple[dict, dict]:
    """Options of ``numbers`` and of ``draw``, checked."""
    name = figure.__name__.rpartition(".")[2]
    drawing = set(inspect.signature(figure.draw).parameters) & set(options)
    of_draw = {word: options[word] for word in drawing}
    of_numbers = {word: value for word, value in options.items() if word not in drawing}
    check_options(figure.draw, {"families": {}, **of_draw}, f"figures: pictures: {name}")
    check_options(figure.numbers, of_numbers, f"figures: pictures: {name}")
    return of_numbers, of_draw


def picture_task(
    name: str, corpus: str | None, stores: Stores, table: Path, place: Path, rest: dict
) -> Task:
    """One figure as a task, so that one parameter redraws one figure."""
    inputs = (table, *(path for of_one in stores.values() for path in of_one.values()))
    shows_frames = "recordings" in nouns(module(name))
    endings = (".svg", ".png", ".json") + (() if shows_frames else (".csv",))
    outputs = tuple(place.with_name(name + ending) for ending in endings)
    label = f"{corpus}/{name}" if corpus else name
    return Task(label, make_picture, (name, corpus, stores, table, place), outputs, inputs, rest)


def make_picture(
    name: str,
    corpus: str | None,
    stores: Stores,
    table: Path,
    place: Path,
    *,
    families: Mapping[str, list[str]],
    options: dict[str, Any],
) -> None:
    """Draw one figure and write it, with its numbers and its caption, beside ``place``."""
    figure, scores = module(name), score_table.read(table)
    of_numbers, of_draw = split(figure, options)
    if corpus and BEST_BLACK_BOX in of_numbers.get("models", []):
        best = best_black_box(scores, corpus, families)
        of_numbers["models"] = [best if m == BEST_BLACK_BOX else m for m in of_numbers["models"]]
    opened = {
        speaker: {noun: load(path, CONTRACTS[noun]) for noun, path in of_one.items()}
        for speaker, of_one in stores.items()
    }
    numbers = figure.numbers(opened if corpus else scores, **of_numbers)
    with styled():
        if len(numbers):
            drawn = figure.draw(numbers, families=families, **of_draw)
            words = figure.caption(numbers)
        else:
            words = f"Nothing to show: {corpus or table.name} holds no value for this figure."
            drawn = empty(words)
        save_pictures(drawn, place)
    about = {"title": figure.TITLE, "caption": words, "corpus": corpus or ""}
    about |= {"order": FIGURES.index(name)}
    about |= {"parameters": options, "inputs": provenance(table, stores)}
    write(place.with_suffix(".json"), json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    if isinstance(numbers, pd.DataFrame):
        csv = numbers.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        write(place.with_suffix(".csv"), csv)


def best_black_box(scores: pd.DataFrame, corpus: str, families: Mapping[str, list[str]]) -> str:
    """The black box with the least error on a corpus.

    Raises
    ------
    BadInput : the score table has none.
    """
    named = {m for family, of in families.items() if family != "black_box" for m in of}
    rows = scores[(scores.corpus == corpus) & (scores.score == score_table.ACCURACY)]
    rows = rows[(rows.formant == "mean") & ~rows.model.isin(named)].dropna(subset="value")
    if rows.empty:
        raise BadInput(
            f"no black box has a {score_table.ACCURACY!r} on {corpus}: name a model instead"
        )
    return str(rows.model[rows.value.idxmin()])


def empty(words: str) -> Figure:
    figure = Figure(figsize=(COLUMN, 1))
    figure.text(0.5, 0.5, words, ha="center", va="center", wrap=True)
    return figure


def provenance(table: Path, stores: Stores) -> dict[str, str]:
    """Digest of every input; a store's root holds the digests of all its files."""
    paths = [path / ROOT for of_one in stores.values() for path in of_one.values()]
    return {path.as_posix(): digest(path) for path in (paths or [table])}


def write(path: Path, text: str) -> None:
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def remove_others(folders: Iterable[Path], wanted: Iterable[Path]) -> None:
    """Drop pictures that nobody asks for any more."""
    for folder in folders:
        for path in {p for p in folder.rglob("*") if p.is_file()} - set(wanted):
            remove(path)
