"""Every model of params.yaml, fitted to the training frames of every fold of every corpus."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import xarray as xr

from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS, BadInput, likely
from tractable.models.catalogue import about_entry, fitted, foreign_code, own_parameters
from tractable.models.curves import save_curves
from tractable.models.examples import Measured, examples_of, frames_of, teaching, together
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.model import Examples
from tractable.models.search import Mask, Search, check_entries, decided
from tractable.models.supervision import Supervision, devices, supervised, workshop
from tractable.models.windows import Frames, Store
from tractable.stage import (
    Task,
    check_options,
    code_fingerprint,
    memo_folder,
    params,
    refuse_partial,
    run_tasks,
    speakers,
    stage_name,
    store_path,
)
from tractable.store import load
from tractable.whole import remove

if TYPE_CHECKING:
    from lightning_fabric import Fabric

#: Areas, formants, folds and, for models that are given pictures, recordings of one speaker.
Stores = tuple[Path, ...]
NOUNS = ("areas", "formants", "folds", "recordings")


@runtime_checkable
class Less(Protocol):
    """Which part of its training frames a model learns from; ``str`` of it says all it depends on.

    Called with the frames of each speaker that a fold trains on, and those of each that can be
    learnt from at all; returns the former without what is not to teach.
    """

    @property
    def folder(self) -> str: ...

    def __call__(self, trains: Sequence[Mask], teaching: Sequence[Mask]) -> list[Mask]: ...


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Which ``models`` are fitted twice, with the same choices and, the second time, this ``seed``.

    A twin answers for nothing but how much of its model is chance.
    """

    models: Sequence[str] = ()
    seed: int = 0

    def check(self, entries: Mapping[str, Any], seed: int) -> None:
        """Refuse a twin of nobody, and one that would be its model over again.

        Parameters
        ----------
        seed : of the models themselves.

        Raises
        ------
        BadInput : naming it.
        """
        if self.models and self.seed == seed:
            raise BadInput(
                f"params.yaml: models.twins.seed: {seed} is the seed of the models themselves, so "
                "that twins would be the same and agree perfectly; choose another"
            )
        for name in self.models:
            if name not in entries:
                raise BadInput(
                    f"params.yaml: models.twins: no model {name!r}; {likely(name, entries)}"
                )


NO_TWINS = Twins()


def train(
    folders: Mapping[str, Path],
    models: Path,
    curves: Path,
    *,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
    precision: str,
    twins: Mapping[str, Any],
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
    twins : options of `Twins`: models that are fitted once more, to see what of them is chance.
    entries : name of a model -> ``kind`` (a file in ``kinds``; by default the name), ``direction``,
        ``shuffled``, ``context`` (frames on either side; by default 0 of shapes, and of sounds what
        ``examples`` says), the kind's own parameters, and ``search``: parameter -> values to try.

    Raises
    ------
    BadInput : an entry that no kind understands, a folder in which a listed speaker is missing,
        speakers of one corpus with different numbers of folds, or too few frames to learn from.
    """
    stores = stores_by_corpus(folders)
    common: dict[str, Any] = {"examples": examples, "search": search}
    common |= {"seed": seed, "precision": precision}
    check_lessons(entries, **common)
    check_options(Twins, twins, "models.twins")
    again = Twins(**twins)
    again.check(entries, seed)
    run_lessons(lessons(stores, models, entries, common, twins=again))
    save_curves(models, curves, catalogued(stores, models, entries, examples, again.models))


def stores_by_corpus(folders: Mapping[str, Path]) -> dict[str, list[Stores]]:
    """Where each corpus has what its models learn from, speaker by speaker.

    Raises
    ------
    BadInput : a folder in which a listed speaker is missing.
    """
    listed = speakers(params("corpora"))
    for folder in folders.values():
        refuse_partial(folder, listed)
    stores: dict[str, list[Stores]] = {}
    for corpus, speaker in listed:
        of_one = (store_path(folders[n], corpus, speaker) for n in NOUNS if n in folders)
        stores.setdefault(corpus, []).append(tuple(of_one))
    return stores


def check_lessons(
    entries: Mapping[str, Any],
    *,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
    precision: str,
) -> None:
    """Refuse what no lesson understands; see :func:`train` for the arguments.

    Raises
    ------
    BadInput : an unknown or missing option, or an entry that no kind understands.
    """
    check_options(examples_of, dict(examples), "models.examples")
    check_options(Search, search, "models.search")
    check_entries(entries, Search(**search), seed)


def lessons(
    stores: Mapping[str, list[Stores]],
    models: Path,
    entries: Mapping[str, Mapping[str, Any]],
    common: Mapping[str, Any],
    less: Less | None = None,
    twins: Twins = NO_TWINS,
) -> list[Task]:
    """Every model on every fold of every corpus, a task each.

    Parameters
    ----------
    common : what all lessons share: examples, search, seed, precision.
    less : the part of the training frames that teaches; None: all of them.
    """
    unfinished = unfinished_folder(less.folder if less else "")
    common = dict(common) | ({"less": less} if less else {})
    prefix = f"{less.folder}/" if less else ""
    tasks = []
    for name, entry in entries.items():
        foreign = foreign_code(about_entry(name, entry)["kind"])
        again = {"twin_seed": twins.seed} if name in twins.models else {}
        for corpus, parts in stores.items():
            read = tuple(store for of_one in parts for store in read_by(entry, of_one))
            for fold in range(fold_count(parts)):
                paths = paths_of(models, corpus, name, fold, twin=bool(again))
                what = {"name": name, "entry": entry, "fold": fold, "devices": devices()}
                label, given = f"{prefix}{corpus}/{name}/fold{fold}", (tuple(parts), paths)
                options = what | common | again
                arguments = (*given, unfinished)
                tasks.append(Task(label, train_one, arguments, paths, read, options, foreign))
    return tasks


def paths_of(models: Path, corpus: str, name: str, fold: int, *, twin: bool) -> tuple[Path, ...]:
    """Where a lesson puts its model and, if there is one, its twin."""
    both = (False, True) if twin else (False,)
    return tuple(model_path(models, corpus, name, fold, twin=each) for each in both)


def run_lessons(tasks: Iterable[Task]) -> None:
    """Run what `lessons` lists. When all are through nothing is unfinished, also of older code."""
    run_tasks(tasks)
    if (kept := checkpoints()) is not None:
        remove(kept)


def catalogued(
    stores: Mapping[str, list[Stores]],
    models: Path,
    entries: Mapping[str, Mapping[str, Any]],
    examples: Mapping[str, Any],
    twins: Sequence[str] = (),
) -> dict[str, Any]:
    """Say in a catalogue, beside the models, which they are; returns it."""
    abouts = {name: about_entry(name, entry, examples) for name, entry in entries.items()}
    counts = {corpus: fold_count(parts) for corpus, parts in stores.items()}
    catalogue = {"models": abouts, "twins": list(twins)}
    catalogue |= {"folds": counts, "examples": dict(examples)}
    save_catalogue(models, catalogue)
    return catalogue


def read_by(entry: Mapping[str, Any], stores: Stores) -> tuple[Path, ...]:
    """Stores of a speaker that a model depends on: pictures are for those that are given them."""
    return stores if entry.get("direction") == "picture_to_sound" else stores[:3]


def checkpoints() -> Path | None:
    """Where lessons of this stage keep what is unfinished: beside what is remembered, if anything.

    Each stage of each checkout has a folder of its own, which no other clears up.
    """
    memo, checkout = memo_folder(), hashlib.blake2b(bytes(Path.cwd()), digest_size=8).hexdigest()
    return memo and memo / "unfinished" / checkout / stage_name()


def unfinished_folder(part: str = "") -> Path | None:
    """Where lessons of this code keep their checkpoints."""
    kept = checkpoints()
    code = hashlib.blake2b(code_fingerprint().encode(), digest_size=8).hexdigest()
    return kept and kept / code / part


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
    paths: tuple[Path, ...],
    unfinished: Path | None,
    *,
    precision: str,
    devices: tuple[str, str],
    **options: Any,
) -> None:
    """Fit one model to the training frames of one fold, on the devices of this environment.

    Parameters
    ----------
    paths : of the model and, if it has one, of its twin.
    devices : which they are: another kind or number may give other last bits.
    """
    folder = unfinished and unfinished.joinpath(*paths[0].parts[-3:-1], paths[0].stem)
    work = partial(taught, precision=precision, **options)
    workshop(precision).launch(work, stores, paths, folder)
    if folder is not None:
        remove(folder)


def taught(
    fabric: "Fabric",
    stores: tuple[Stores, ...],
    paths: tuple[Path, ...],
    unfinished: Path | None,
    *,
    name: str,
    entry: Mapping[str, Any],
    fold: int,
    examples: Mapping[str, Any],
    search: Mapping[str, Any],
    seed: int,
    precision: str,
    less: Less | None = None,
    twin_seed: int | None = None,
) -> None:
    """Search, fit and keep one model with what was found; of several processes the first keeps."""
    about = about_entry(name, entry, examples)
    options = dict(examples) | {"context": about["context"]}
    matter = Matter.of(stores, about["direction"], options)
    trains = matter.trains(fold, less)
    with supervised(Supervision(fabric, unfinished, precision=precision)):
        how = Search(**search)
        found = how.best(name, entry, trains, matter.kept, matter.frame_rate, seed)
        settled = decided(entry, found.choice)
        settled |= {} if found.steps is None else {"steps": found.steps}
        told = matter.kept(trains)
        seeds = (seed,) if twin_seed is None else (seed, twin_seed)
        made = [fitted(name, settled, told, own_seed) for own_seed in seeds]
    description = about | {"name": name, "fold": fold, "corpus": paths[0].parents[1].name}
    description |= {"search": found.trials, "curve": found.curve}
    description |= {"frames": len(told.known().given)}
    description |= {"untried": found.untried} if found.untried else {}
    for model, path, own_seed in zip(made, paths, seeds, strict=True):
        if found.doubt is not None:
            model.doubting(found.doubt)
        description["parameters"] = own_parameters(settled, own_seed)
        if fabric.is_global_zero:
            save_model(model, path, description)


class Matter(NamedTuple):
    """What the speakers of a corpus can teach a model of one direction."""

    direction: str
    options: Mapping[str, Any]  # of examples
    speakers: list[Measured]
    frames: list[Frames]  # what is given of each speaker's
    roles: list[xr.DataArray]  # of each speaker (fold, time)

    @classmethod
    def of(cls, stores: Sequence[Stores], direction: str, options: Mapping[str, Any]) -> "Matter":
        pictured = direction == "picture_to_sound"
        speakers = [measured(of_one, pictured) for of_one in stores]
        frames = given_frames(tuple(stores), direction, options["side"])
        return cls(
            direction, options, speakers, frames, [opened_folds(of[2]).role for of in stores]
        )

    @property
    def frame_rate(self) -> float:
        return self.speakers[0].areas.attrs["frame_rate"]

    def trains(self, fold: int, less: Less | None) -> list[Mask]:
        """The frames of each speaker that a fold trains on, or the part of them that is wanted."""
        trains = [role.isel(fold=fold).values == "train" for role in self.roles]
        if less is None:
            return trains
        pairs = zip(self.speakers, self.frames, strict=True)
        return less(trains, [teaching(self.direction, *pair, **self.options) for pair in pairs])

    def kept(self, masks: Sequence[Mask]) -> Examples:
        """The examples of some frames of each speaker.

        Raises
        ------
        BadInput : too few to learn from.
        """
        return together(
            examples_of(self.direction, of, keep, frames, **self.options)
            for of, keep, frames in zip(self.speakers, masks, self.frames, strict=True)
        )


@cache  # one process fits many models to the same frames
def measured(stores: Stores, pictured: bool) -> Measured:
    """What models need of one speaker: opened, and read when it is asked for."""
    areas, formants, _, *recordings = stores
    found = {"areas": Store.found(areas), "formants": Store.found(formants)}
    if pictured:
        found["pictures"] = Store.found(recordings[0])
    heard = ["frequency", "frequency_sd", "bandwidth", "cepstrum"]
    return Measured(
        load(areas, AREAS)[["distance", "tract_length", "refused"]],
        load(formants, FORMANTS)[heard],
        load(recordings[0], RECORDINGS)[["frames"]] if pictured else None,
        found,
    )


@cache
def given_frames(stores: tuple[Stores, ...], direction: str, side: int) -> list[Frames]:
    """What a model of this direction is given of each frame of each speaker."""
    pictured = direction == "picture_to_sound"
    return frames_of(direction, [measured(of_one, pictured) for of_one in stores], side)


@cache
def opened_folds(folds: Path) -> xr.Dataset:
    return load(folds, FOLDS)[["role"]].load()


def forget() -> None:
    """Hold nothing of any speaker any more."""
    for kept in (measured, given_frames, opened_folds):
        kept.cache_clear()
