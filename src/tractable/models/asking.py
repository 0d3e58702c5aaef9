"""Trained models, put before the speakers who were held out from their training."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int

from tractable.contracts import BadInput, Contract
from tractable.models.examples import Measured, given, shape
from tractable.models.files import CATALOGUE, load_catalogue, load_model, model_path
from tractable.models.model import Model
from tractable.stage import (
    Task,
    check_options,
    params,
    refuse_partial,
    remove_unlisted,
    run_tasks,
    speakers,
    stage_name,
    store_path,
    store_paths,
)
from tractable.store import load, save


class Shelf:
    """The trained models of one corpus."""

    def __init__(self, folder: Path, corpus: str):
        self.folder, self.corpus = folder, corpus
        self.catalogue = load_catalogue(folder)

    @property
    def examples(self) -> dict[str, Any]:
        """How features and targets were made."""
        return self.catalogue["examples"]

    def names(self, *directions: str) -> list[str]:
        """Models of some directions, in the order of params.yaml."""
        entries = self.catalogue["models"].items()
        return [name for name, about in entries if about["direction"] in directions]

    @property
    def folds(self) -> int:
        """How many the corpus has."""
        return self.catalogue["folds"][self.corpus]

    def has_twin(self, name: str) -> bool:
        return name in self.catalogue["twins"]

    def given(self, name: str, measured: Measured) -> Float[np.ndarray, "time feature"]:
        """What one model is given of a speaker, NaN where it cannot be had."""
        about = self.catalogue["models"][name]
        side = self.examples["side"]
        return given(about["direction"], measured, context=about["context"], side=side)

    def model(self, name: str, fold: int) -> Model:
        return kept(model_path(self.folder, self.corpus, name, fold))

    def twin(self, name: str, fold: int) -> Model:
        """The same model, fitted with other random numbers."""
        return kept(model_path(self.folder, self.corpus, name, fold, twin=True))


@cache  # one process asks the same models about many speakers
def kept(path: Path) -> Model:
    return load_model(path)


def held_out_fold(folds: xr.Dataset) -> Int[np.ndarray, " time"]:
    """The fold that tests each frame, -1 where none does."""
    test = folds.role.values == "test"
    return np.where(test.any(0), test.argmax(0), -1)


def frames_to_ask(
    measured: Measured, folds: xr.Dataset, frames: int, *, count: int
) -> Int[np.ndarray, " frame"]:
    """Indices of the frames whose derivatives are asked for, evenly spread.

    Parameters
    ----------
    frames : how many, of the held-out ones that have a shape and a formant that can be trusted.
    count : formants, from F1.

    Raises
    ------
    BadInput : there is none.
    """
    heard = np.isfinite(measured.formants.frequency.values[:, :count]).any(1)
    shown = np.isfinite(shape(measured.areas)).all(1)
    return spread_over((held_out_fold(folds) >= 0) & shown & heard, frames)


def spread_over(usable: Bool[np.ndarray, " time"], count: int) -> Int[np.ndarray, " frame"]:
    """Indices of ``count`` usable frames at even steps, or of all if there are fewer.

    Raises
    ------
    BadInput : there are none.
    """
    found = np.flatnonzero(usable)
    if not len(found):
        raise BadInput(
            "no held-out frame has both a shape and a formant that can be trusted: see `refused` "
            "in data/areas, `reason` in data/formants and `role` in data/folds"
        )
    return found[np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(int)]


def by_fold(
    shelf: Shelf,
    name: str,
    fold: Int[np.ndarray, " frame"],
    inputs: tuple[np.ndarray, ...],
    ask: Callable[..., dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Answers about every frame, each by the model of the fold that holds the frame out."""
    order, parts = [], []
    for k in np.unique(fold):
        order.append(np.flatnonzero(fold == k))
        parts.append(ask(shelf.model(name, int(k)), *(array[order[-1]] for array in inputs)))
    back = np.argsort(np.concatenate(order))
    return {word: np.concatenate([part[word] for part in parts])[back] for word in parts[0]}


def each_speaker_asked(
    function: Callable[..., xr.Dataset],
    reads: Mapping[Path, Contract],
    models: Path,
    writes: tuple[Path, Contract],
    /,
    **options: Any,
) -> None:
    """Apply ``function(*inputs, shelf, **options)`` to every speaker that params.yaml lists.

    As :func:`tractable.stage.each_speaker`, with the trained models of the speaker's corpus.

    Raises
    ------
    BadInput : options that ``function`` does not know or lacks, a folder in which a listed speaker
        is missing, or models that are not all that their catalogue lists.
    """
    check_options(function, options, stage_name())
    listed = speakers(params("corpora"))
    for folder in reads:
        refuse_partial(folder, listed)
    load_catalogue(models)
    folder, contract = writes
    run_tasks(
        Task(
            f"{corpus}/{speaker}",
            ask_about_speaker,
            (
                function,
                stores := store_paths(reads, corpus, speaker),
                (models, corpus),
                (path := store_path(folder, corpus, speaker), contract),
            ),
            (path,),
            (*stores, models / CATALOGUE, models / corpus),
            {"options": options},
        )
        for corpus, speaker in listed
    )
    remove_unlisted(folder, listed)


def ask_about_speaker(
    function: Callable[..., xr.Dataset],
    reads: Mapping[Path, Contract],
    models: tuple[Path, str],
    writes: tuple[Path, Contract],
    options: dict[str, Any],
) -> None:
    inputs = [load(path, contract) for path, contract in reads.items()]
    save(function(*inputs, Shelf(*models), **options), *writes)
