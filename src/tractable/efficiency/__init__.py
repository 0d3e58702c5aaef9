"""The same models on less data: how soon does each become accurate, and how soon right?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tractable.contracts import AREAS, EFFICIENCY, FOLDS, FORMANTS, BadInput, likely
from tractable.efficiency.amounts import Amount, OneSpeaker, amounts
from tractable.efficiency.answers import answered
from tractable.models.asking import Shelf
from tractable.models.files import CATALOGUE
from tractable.models.training import (
    Matter,
    Stores,
    catalogued,
    check_lessons,
    fold_count,
    forget,
    lessons,
    run_lessons,
    stores_by_corpus,
)
from tractable.stage import Task, params, remove_unlisted, run_tasks, speakers, stage_name
from tractable.store import load, save
from tractable.whole import remove

DIRECTION = "shape_to_sound"  # whose derivatives physics can judge
COMMON = ("examples", "search", "seed", "precision")  # of the section `models`
NO_MODELS = (*COMMON, "twins")  # of that section; all else are models


def learn_from_less(
    folders: Mapping[str, Path],
    efficiency: Path,
    section: Mapping[str, Any],
    frames: int,
    *,
    models: list[str],
    shares: list[float],
    one_speaker: bool,
) -> None:
    """Teach models on less, as `models` teaches them on all, and ask them about who is held out.

    Keeps the models in ``efficiency/models/AMOUNT``, each laid out as ``data/models``, and answers
    in ``efficiency/CORPUS/SPEAKER.zarr`` (contract EFFICIENCY). A corpus of one speaker has no
    amount of one speaker, nor has any corpus an amount that is too little to learn from in one of
    its folds.

    Parameters
    ----------
    folders : areas, formants and folds: folders of stores, one per speaker.
    section : `models` of params.yaml, see :func:`tractable.models.training.train`.
    frames : of each speaker whose derivatives are asked for, those that `explanations` asks about.
    models : names in that section, of shape to sound.
    shares : of the training frames of every speaker, evenly spread, in which a smaller share lies.
    one_speaker : whether to teach on all frames of one training speaker as well.

    Raises
    ------
    BadInput : a model that the section does not have or of another direction, a share that is none,
        a folder in which a listed speaker is missing.
    """
    wanted = amounts(shares, one_speaker)
    common, entries = divided(section, models)
    check_lessons(entries, **common)
    stores = stores_by_corpus(folders)
    having = {corpus: enough(corpus, of, wanted, common) for corpus, of in stores.items()}
    courses = {
        amount: {corpus: of for corpus, of in stores.items() if amount in having[corpus]}
        for amount in wanted
    }
    run_lessons(
        task
        for amount, taught in courses.items()
        for task in lessons(taught, home(efficiency, amount), entries, common, amount)
    )
    for amount, taught in courses.items():
        catalogued(taught, home(efficiency, amount), entries, common["examples"])
    remove_others(efficiency, wanted)
    options = {"models": models, "frames": frames, "count": common["examples"]["count"]}
    run_tasks(
        asking(of_one, corpus, having[corpus], efficiency, options)
        for corpus, of in stores.items()
        for of_one in of
    )
    remove_unlisted(efficiency, speakers(params("corpora")))


def divided(
    section: Mapping[str, Any], models: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What all lessons share, and the entries of some models.

    Raises
    ------
    BadInput : no model is named, the section has no such model, or it is of another direction.
    """
    known = [name for name in section if name not in NO_MODELS]
    if not models:
        raise BadInput(f"params.yaml: efficiency: models: none is named; known: {', '.join(known)}")
    for name in models:
        if name not in known:
            hint = likely(name, known)
            raise BadInput(f"params.yaml: efficiency: models: no model {name!r}; {hint}")
        if section[name].get("direction", DIRECTION) != DIRECTION:
            raise BadInput(
                f"params.yaml: efficiency: models: {name} is no model of shape to sound, and has "
                "no derivatives that physics can judge"
            )
    return {name: section[name] for name in COMMON}, {name: section[name] for name in models}


def enough(
    corpus: str, stores: Sequence[Stores], wanted: Sequence[Amount], common: Mapping[str, Any]
) -> list[Amount]:
    """The amounts of which every fold of a corpus can be learnt from; says which cannot."""
    matter = Matter.of(stores, DIRECTION, dict(common["examples"]) | {"context": 0})
    found = []
    for amount in wanted:
        if isinstance(amount, OneSpeaker) and len(stores) == 1:
            continue
        try:
            for fold in range(fold_count(list(stores))):
                matter.kept(matter.trains(fold, amount))
            found.append(amount)
        except BadInput as problem:
            print(f"{stage_name()}: {corpus}: {amount.name} is left out: {problem}", flush=True)
    forget()  # other processes teach
    return found


def home(efficiency: Path, amount: Amount) -> Path:
    return efficiency / "models" / amount.folder


def remove_others(efficiency: Path, wanted: Sequence[Amount]) -> None:
    """Drop the models of amounts that nobody asks for any more."""
    homes = {home(efficiency, amount) for amount in wanted}
    for folder in set((efficiency / "models").glob("*")) - homes:
        remove(folder)


def asking(
    stores: Stores,
    corpus: str,
    having: list[Amount],
    efficiency: Path,
    options: Mapping[str, Any],
) -> Task:
    """One speaker, asked of all models, as a task."""
    path = efficiency / corpus / stores[0].name
    homes = [home(efficiency, amount) for amount in having]
    shelves = [part for folder in homes for part in (folder / CATALOGUE, folder / corpus)]
    return Task(
        f"{corpus}/{path.stem}",
        ask_about_speaker,
        (stores, corpus, efficiency),
        (path,),
        (*stores, *shelves),
        dict(options) | {"amounts": having},
    )


def ask_about_speaker(
    stores: Stores, corpus: str, efficiency: Path, *, amounts: list[Amount], **options: Any
) -> None:
    areas, formants, folds = stores
    inputs = load(areas, AREAS), load(formants, FORMANTS), load(folds, FOLDS)
    shelves = {amount: Shelf(home(efficiency, amount), corpus) for amount in amounts}
    path = efficiency / corpus / stores[0].name
    save(answered(*inputs, shelves, **options), path, EFFICIENCY)
