"""Every model of params.yaml, fitted to the training frames of every fold of every corpus."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS, BadInput
from tractable.models.catalogue import about_entry, fitted, own_parameters
from tractable.models.curves import save_curves
from tractable.models.examples import Measured, examples_of, together
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.model import Examples
from tractable.models.search import Mask, Search, check_entries, decided
from tractable.models.supervision import Supervision, supervised, workshop
from tractable.stage import (
    Task,
    check_options,
    code_fingerprint,
    memo_folder,
    params,
    refuse_partial,
    run_tasks,
    speakers,
    store_path,
)
from tractable.store import load, remove

if TYPE_CHECKING:
    from lightning_fabric import Fabric

#: Areas, formants, folds and recordings of one speaker.
Stores = tuple[Path, Path, Path, Path]
NOUNS = ("areas", "formants", "folds", "recordings")


def train(
    folders: Mapping[str, Path],
    models: Path,
    curves: Path,
    *,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
    precision: str,
    **entries: Mapping[str, Any],
) -> None:
    """Fit and keep ``models/CORPUS/MODEL/foldK.safetensors``, and a catalogue of them.

    Parameters
    ----------
    folders : areas, formants, folds and recordings: folders of stores, one per speaker.
    curves : folder for what models that learn step by step went through, mean over folds.
    examples : options of :func:`tractable.models.examples.examples_of`, the same for all models.
    search : of what entries leave open, see :class:`tractable.models.search.Search`.
    seed : of every random choice.
    precision : of lessons, see :func:`tractable.models.supervision.workshop`.
    entries : name of a model -> ``kind`` (a file in ``kinds``; by default the name), ``direction``,
        ``shuffled``, ``context`` (frames on either side; by default 0 of shapes, and of sounds what
        ``examples`` says), the kind's own parameters, and ``search``: parameter -> values to try.

    Raises
    ------
    BadInput : an entry that no kind understands, a folder in which a listed speaker is missing,
        speakers of one corpus with different numbers of folds, or too few frames to learn from.
    """
    listed = speakers(params("corpora"))
    for folder in folders.values():
        refuse_partial(folder, listed)
    common = {"examples": examples, "search": search, "seed": seed, "precision": precision}
    check_options(examples_of, dict(examples), "models.examples")
    check_options(Search, search, "models.search")
    check_entries(entries, Search(**search), seed)
    stores: dict[str, list[Stores]] = {}
    for corpus, speaker in listed:
        areas, formants, folds, recordings = (
            store_path(folders[noun], corpus, speaker) for noun in NOUNS
        )
        stores.setdefault(corpus, []).append((areas, formants, folds, recordings))
    counts = {corpus: fold_count(parts) for corpus, parts in stores.items()}
    unfinished = unfinished_folder()
    run_tasks(
        Task(
            f"{corpus}/{name}/fold{fold}",
            train_one,
            (tuple(stores[corpus]), path := model_path(models, corpus, name, fold), unfinished),
            (path,),
            tuple(store for parts in stores[corpus] for store in read_by(entry, parts)),
            {"name": name, "entry": entry, "fold": fold} | common,
        )
        for name, entry in entries.items()
        for corpus, count in counts.items()
        for fold in range(count)
    )
    abouts = {name: about_entry(name, entry, examples) for name, entry in entries.items()}
    catalogue = {"models": abouts, "folds": counts, "examples": dict(examples)}
    save_catalogue(models, catalogue)
    save_curves(models, curves, catalogue)


def read_by(entry: Mapping[str, Any], stores: Stores) -> tuple[Path, ...]:
    """Stores of a speaker that a model depends on: pictures are for those that are given them."""
    return stores if entry.get("direction") == "picture_to_sound" else stores[:3]


def unfinished_folder() -> Path | None:
    """Where lessons of this code keep their checkpoints: beside what is remembered, if anything."""
    memo = memo_folder()
    code = hashlib.blake2b(code_fingerprint().encode(), digest_size=8).hexdigest()
    return None if memo is None else memo / "unfinished" / code


def fold_count(stores: list[Stores]) -> int:
    """Folds of a corpus.

    Raises
    ------
    BadInput : its speakers disagree.
    """
    counts = {load(of[2], FOLDS).sizes["fold"] for of in stores}
    if len(counts) > 1:
        raise BadInput(f"{stores[0][2].parent}: speakers with {sorted(counts)} folds; expected one")
    return counts.pop()


def train_one(
    stores: tuple[Stores, ...],
    path: Path,
    unfinished: Path | None,
    *,
    precision: str,
    **options: Any,
) -> None:
    """Fit one model to the training frames of one fold, on the devices of this environment."""
    folder = unfinished and unfinished.joinpath(*path.parts[-3:-1], path.stem)
    workshop(precision).launch(partial(taught, **options), stores, path, folder)
    if folder is not None:
        remove(folder)


def taught(
    fabric: "Fabric",
    stores: tuple[Stores, ...],
    path: Path,
    unfinished: Path | None,
    *,
    name: str,
    entry: Mapping[str, Any],
    fold: int,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
) -> None:
    """Search, fit and keep one model with what was found; of several processes the first keeps."""
    about = about_entry(name, entry, examples)
    options = dict(examples) | {"context": about["context"]}
    pictured = about["direction"] == "picture_to_sound"
    speakers = [(measured(speaker, pictured), opened_folds(speaker[2])) for speaker in stores]
    trains = [folds.role.isel(fold=fold).values == "train" for _, folds in speakers]
    frame_rate = speakers[0][0].areas.attrs["frame_rate"]

    def kept(masks: Sequence[Mask]) -> Examples:
        return together(
            examples_of(about["direction"], of, keep, **options)
            for (of, _), keep in zip(speakers, masks, strict=True)
        )

    with supervised(Supervision(fabric, unfinished)):
        found = Search(**search).best(name, entry, trains, kept, frame_rate, seed)
        settled = decided(entry, found.choice)
        settled |= {} if found.steps is None else {"steps": found.steps}
        told = kept(trains)
        model = fitted(name, settled, told, seed)
    if found.doubt is not None:
        model.doubting(found.doubt)
    description = about | {"name": name, "fold": fold, "corpus": path.parents[1].name}
    description |= {"parameters": own_parameters(settled, seed), "search": found.trials}
    description |= {"curve": found.curve, "frames": len(told.given)}
    if fabric.is_global_zero:
        save_model(model, path, description)


@cache  # one process fits many models to the same frames
def measured(stores: Stores, pictured: bool) -> Measured:
    """What models need of one speaker, in memory."""
    areas, formants, _, recordings = stores
    heard = ["frequency", "frequency_sd", "bandwidth", "cepstrum"]
    return Measured(
        load(areas, AREAS)[["distance", "tract_length", "refused"]].load(),
        load(formants, FORMANTS)[heard].load(),
        load(recordings, RECORDINGS)[["frames"]].load() if pictured else None,
    )


@cache
def opened_folds(folds: Path) -> xr.Dataset:
    return load(folds, FOLDS)[["role"]].load()
