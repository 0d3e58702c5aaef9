"""Which figures are drawn of what, and where they go."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tractable import score_table
from tractable.contracts import (
    AREAS,
    CONTOURS,
    DYNAMICS,
    EXPLANATIONS,
    FORMANTS,
    PREDICTIONS,
    RECORDINGS,
    SCORES,
    THEORY,
    BadInput,
)
from tractable.figures.catalogue import FIGURES, caption, drawn, has_table, module, nouns, split
from tractable.figures.sheet import save_picture
from tractable.figures.table import read_table, write_table
from tractable.stage import Task, refuse_partial, run_tasks, speakers, store_path
from tractable.store import ROOT, digest, load
from tractable.whole import remove, written_whole

CONTRACTS = {
    "recordings": RECORDINGS,
    "contours": CONTOURS,
    "areas": AREAS,
    "formants": FORMANTS,
    "theory": THEORY,
    "dynamics": DYNAMICS,
    "predictions": PREDICTIONS,
    "explanations": EXPLANATIONS,
    "scores": SCORES,
}
#: Tells who comes upon the folder what it is; an empty folder would tell nothing.
NOTICE = (
    "README.txt",
    "What is drawn here of recorded people is personal data: share it as their consent allows, "
    "never through git.\n",
)
SAVED = (".svg", ".png")  # for print, for the screen
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


def picture_task(
    name: str, corpus: str | None, stores: Stores, table: Path, place: Path, rest: dict
) -> Task:
    """One figure as a task, so that one parameter redraws one figure."""
    inputs = (table, *(path for of_one in stores.values() for path in of_one.values()))
    endings = [*SAVED, ".json", *([".csv"] if has_table(module(name)) else [])]
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
    if has_table(figure):  # nothing is drawn that its reader has not got
        csv = place.with_suffix(".csv")
        write_table(numbers, csv)
        numbers = read_table(csv, figure.COLUMNS)
    for ending in SAVED:  # drawn anew: a layout that was saved before settles elsewhere
        save_picture(drawn(figure, numbers, families, of_draw), place.with_suffix(ending))
    about = {"title": figure.TITLE, "caption": caption(figure, numbers), "corpus": corpus or ""}
    about |= {"order": FIGURES.index(name), "parameters": options, "families": families}
    about |= {"inputs": provenance(table, stores, options)}
    write(place.with_suffix(".json"), json.dumps(about, indent=1, ensure_ascii=False) + "\n")


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


def provenance(table: Path, stores: Stores, options: Mapping[str, Any]) -> dict[str, str]:
    """Digest of every input; a store's root holds the digests of all its files."""
    paths = [path / ROOT for of_one in stores.values() for path in of_one.values()]
    if not stores or BEST_BLACK_BOX in options.get("models", []):
        paths.append(table)
    return {path.as_posix(): digest(path) for path in paths}


def write(path: Path, text: str) -> None:
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def remove_others(folders: Iterable[Path], wanted: Iterable[Path]) -> None:
    """Drop pictures that nobody asks for any more."""
    for folder in folders:
        for path in {p for p in folder.rglob("*") if p.is_file()} - set(wanted):
            remove(path)
