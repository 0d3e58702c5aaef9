"""Every model of params.yaml, fitted to the training frames of every fold of every corpus."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr

from tractable.contracts import AREAS, FOLDS, FORMANTS, BadInput
from tractable.models.catalogue import about_entry, fitted, own_parameters
from tractable.models.examples import examples_of, together
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.model import Examples
from tractable.models.search import Mask, Search, check_entries, decided
from tractable.stage import (
    Task,
    check_options,
    params,
    refuse_partial,
    run_tasks,
    speakers,
    store_path,
)
from tractable.store import load

#: Areas, formants and folds of one speaker.
Stores = tuple[Path, Path, Path]


def train(
    areas: Path,
    formants: Path,
    folds: Path,
    models: Path,
    *,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
    **entries: Mapping[str, Any],
) -> None:
    """Fit and keep ``models/CORPUS/MODEL/foldK.safetensors``, and a catalogue of them.

    Parameters
    ----------
    areas, formants, folds : folders of stores, one per speaker.
    examples : options of :func:`tractable.models.examples.examples_of`, the same for all models.
    search : of what entries leave open, see :class:`tractable.models.search.Search`.
    seed : of every random choice.
    entries : name of a model -> ``kind`` (a file in ``kinds``; by default the name), ``direction``,
        ``shuffled``, the kind's own parameters, and ``search``: parameter -> values to try.

    Raises
    ------
    BadInput : an entry that no kind understands, a folder in which a listed speaker is missing,
        speakers of one corpus with different numbers of folds, or too few frames to learn from.
    """
    listed = speakers(params("corpora"))
    for folder in (areas, formants, folds):
        refuse_partial(folder, listed)
    check_options(examples_of, examples, "models.examples")
    check_options(Search, search, "models.search")
    check_entries(entries, Search(**search), seed)
    stores: dict[str, list[Stores]] = {}
    for corpus, speaker in listed:
        paths = [store_path(folder, corpus, speaker) for folder in (areas, formants, folds)]
        stores.setdefault(corpus, []).append((paths[0], paths[1], paths[2]))
    counts = {corpus: fold_count(parts) for corpus, parts in stores.items()}
    common = {"examples": examples, "search": search, "seed": seed}
    run_tasks(
        Task(
            f"{corpus}/{name}/fold{fold}",
            train_one,
            (tuple(stores[corpus]), path := model_path(models, corpus, name, fold)),
            (path,),
            tuple(store for parts in stores[corpus] for store in parts),
            {"name": name, "entry": entry, "fold": fold} | common,
        )
        for name, entry in entries.items()
        for corpus, count in counts.items()
        for fold in range(count)
    )
    abouts = {name: about_entry(name, entry) for name, entry in entries.items()}
    catalogue = {"models": abouts, "folds": counts, "examples": dict(examples)}
    save_catalogue(models, catalogue)


def fold_count(stores: list[Stores]) -> int:
    """Folds of a corpus.

    Raises
    ------
    BadInput : its speakers disagree.
    """
    counts = {load(folds, FOLDS).sizes["fold"] for _, _, folds in stores}
    if len(counts) > 1:
        raise BadInput(f"{stores[0][2].parent}: speakers with {sorted(counts)} folds; expected one")
    return counts.pop()


def train_one(
    stores: tuple[Stores, ...],
    path: Path,
    *,
    name: str,
    entry: Mapping[str, Any],
    fold: int,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
) -> None:
    """Fit one model to the training frames of one fold, and keep it with what a search found."""
    about = about_entry(name, entry)
    speakers = [opened(speaker) for speaker in stores]
    trains = [folds.role.isel(fold=fold).values == "train" for _, _, folds in speakers]
    frame_rate = speakers[0][0].attrs["frame_rate"]

    def kept(masks: Sequence[Mask]) -> Examples:
        return together(
            examples_of(about["direction"], areas, formants, keep, **examples)
            for (areas, formants, _), keep in zip(speakers, masks, strict=True)
        )

    choice, trials = Search(**search).best(name, entry, trains, kept, frame_rate, seed)
    settled = decided(entry, choice)
    model = fitted(name, settled, kept(trains), seed)
    description = about | {"name": name, "fold": fold, "corpus": path.parents[1].name}
    description |= {"parameters": own_parameters(settled, seed), "search": trials}
    save_model(model, path, description)


@cache  # one process fits many models to the same frames
def opened(stores: Stores) -> tuple[xr.Dataset, xr.Dataset, xr.Dataset]:
    """What models need of one speaker, in memory."""
    areas, formants, folds = stores
    return (
        load(areas, AREAS)[["distance", "tract_length", "refused"]].load(),
        load(formants, FORMANTS)[["frequency", "frequency_sd", "cepstrum"]].load(),
        load(folds, FOLDS)[["role"]].load(),
    )
