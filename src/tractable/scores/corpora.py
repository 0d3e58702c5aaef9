"""From the stores of all speakers to one store of scores per corpus, and to the table."""

import ctypes
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import xarray as xr

from tractable.contracts import (
    AREAS,
    CONTOURS,
    DYNAMICS,
    EFFICIENCY,
    EXPLANATIONS,
    FOLDS,
    FORMANTS,
    PREDICTIONS,
    SCORES,
    THEORY,
    TRUTH,
    BadInput,
)
from tractable.scores.battery import battery as examine
from tractable.scores.comparisons import comparison_table
from tractable.scores.table import score_table
from tractable.stage import (
    Task,
    refuse_partial,
    run_tasks,
    speakers,
    store_path,
)
from tractable.store import load, save
from tractable.whole import remove, written_whole

CONTRACTS = {
    "contours": CONTOURS,
    "areas": AREAS,
    "formants": FORMANTS,
    "theory": THEORY,
    "dynamics": DYNAMICS,
    "folds": FOLDS,
    "predictions": PREDICTIONS,
    "explanations": EXPLANATIONS,
    "efficiency": EFFICIENCY,
    "truth": TRUTH,
}


def score_corpora(
    folders: Mapping[str, Path],
    scores: Path,
    table: Path,
    compared: Path,
    corpora: Mapping[str, Mapping],
    *,
    simulated: list[str],
    confidence: float,
    counterparts: dict[str, str],
    comparisons: Annotated[dict[str, Any], comparison_table],
    battery: Annotated[dict[str, Any], examine],
) -> None:
    """Score every corpus and write the tables of all.

    Parameters
    ----------
    folders : noun -> folder of its stores; ``truth`` holds the simulated corpora only.
    scores, table, compared : what is written: a folder with a store per corpus, a CSV file of
        scores, and one of models against models.
    corpora : the section of params.yaml.
    simulated : corpora whose truth is known.
    confidence, counterparts : see `score_table`.
    comparisons : options of `comparison_table`.
    battery : options of `battery.battery`.

    Raises
    ------
    BadInput : a simulated corpus that is none of the corpora, or a folder in which a listed speaker
        is missing.
    """
    listed = speakers(corpora)
    for corpus in set(simulated) - set(corpora):
        raise BadInput(f"params.yaml: scores: simulated: {corpus!r} is not among the corpora")
    for noun, folder in folders.items():
        refuse_partial(folder, [s for s in listed if noun != "truth" or s[0] in simulated])
    tasks = []
    for corpus in corpora:
        known = {n: f for n, f in folders.items() if n != "truth" or corpus in simulated}
        names = [speaker for of, speaker in listed if of == corpus]
        tasks.append(corpus_task(corpus, names, known, scores, battery))
    run_tasks(tasks)
    for path in set(scores.glob("*.zarr")) - {scores / f"{corpus}.zarr" for corpus in corpora}:
        remove(path)
    found = {corpus: load(scores / f"{corpus}.zarr", SCORES).load() for corpus in corpora}
    written = {
        table: score_table(found, confidence=confidence, counterparts=counterparts),
        compared: comparison_table(found, confidence, counterparts, **comparisons),
    }
    for path, rows in written.items():
        with written_whole(path) as partial:
            rows.to_csv(partial, index=False, lineterminator="\n")


def corpus_task(
    corpus: str,
    names: list[str],
    folders: Mapping[str, Path],
    scores: Path,
    options: Mapping[str, Any],
) -> Task:
    """One corpus as a task: folds train across its speakers, so it cannot be cut finer."""
    stores = {
        name: {noun: store_path(folder, corpus, name) for noun, folder in folders.items()}
        for name in names
    }
    return Task(
        corpus,
        score_corpus,
        (corpus, stores, output := scores / f"{corpus}.zarr"),
        (output,),
        tuple(path for of_one in stores.values() for path in of_one.values()),
        dict(options),
    )


def score_corpus(
    corpus: str, stores: Mapping[str, Mapping[str, Path]], output: Path, **options: Any
) -> None:
    """Score one corpus from the paths of its stores, speaker -> noun -> path."""
    opened = {
        name: Unkept({noun: load(path, CONTRACTS[noun]) for noun, path in of_one.items()})
        for name, of_one in stores.items()
    }
    save(examine(corpus, opened, **options), output, SCORES)


class Unkept(Mapping[str, xr.Dataset]):
    """One speaker's stores, of which nothing stays in memory once it has been used.

    A store keeps what was read of it; each time that one is asked for, it is given as it was
    opened, and what was freed by then goes back to the system. So memory does not grow with the
    frames of a corpus, but for those that are explained, of whom there is a settled number.
    """

    def __init__(self, opened: Mapping[str, xr.Dataset]) -> None:
        self.opened = opened

    def __getitem__(self, noun: str) -> xr.Dataset:
        give_back()
        data = self.opened[noun]
        return data.isel({dim: slice(None) for dim in data.dims})

    def __iter__(self) -> Iterator[str]:
        return iter(self.opened)

    def __len__(self) -> int:
        return len(self.opened)


def give_back() -> None:
    """Return freed memory to the system, where its allocator would rather keep it (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)
