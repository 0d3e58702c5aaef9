"""Models on disk: weights as safetensors, and a catalogue that says which there should be."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from tractable.contracts import BadInput
from tractable.models.catalogue import architecture
from tractable.models.model import Model
from tractable.whole import remove, written_whole

CATALOGUE = "catalogue.json"


def model_path(folder: Path, corpus: str, name: str, fold: int, *, twin: bool = False) -> Path:
    """Where a model lies, or its twin: the same fitted once more, with other random numbers."""
    return folder / corpus / name / f"fold{fold}{'_twin' if twin else ''}.safetensors"


def save_model(model: Model, path: Path, description: dict[str, Any]) -> None:
    """Weights, and beside them what they are. The same model gives the same bytes.

    Parameters
    ----------
    description : at least ``kind``; what may be of interest to a reader of the file.
    """
    # A single entry: safetensors writes several in no settled order.
    about = json.dumps(description | {"direction": model.direction}, sort_keys=True)
    # Of its own each: two names of one tensor are refused.
    state = {name: value.clone().contiguous() for name, value in model.state().items()}
    with written_whole(path) as partial:
        partial.write_bytes(save(state, {"tractable": about}))


def load_model(path: Path) -> Model:
    """The model that ``save_model`` put away.

    Raises
    ------
    BadInput : not there, or not a whole model.
    """
    return model_and_about(path)[0]


def model_and_about(path: Path) -> tuple[Model, dict[str, Any]]:
    """The model that ``save_model`` put away and what it was told of it; errors as above."""
    about, state = opened(path)
    return architecture(about["kind"])(about["direction"], state).requires_grad_(False), about


def about_model(path: Path) -> dict[str, Any]:
    """What ``save_model`` was told of the model; errors as of ``load_model``."""
    return opened(path)[0]


def opened(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Description and tensors of a file.

    Raises
    ------
    BadInput : not there, or not a whole model.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no such model; `dvc pull data/models` may bring it")
    try:
        with safe_open(path, "pt") as file:
            about = json.loads(file.metadata()["tractable"])
            return about, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError) as problem:
        raise BadInput(
            f"{path}: not a whole model ({problem}); remove it and `dvc pull` or `dvc repro models`"
        ) from problem


def listed_models(folder: Path, catalogue: dict[str, Any]) -> set[Path]:
    """Every file that a catalogue promises."""
    names = [(name, False) for name in catalogue["models"]]
    names += [(name, True) for name in catalogue["twins"]]
    return {
        model_path(folder, corpus, name, fold, twin=twin)
        for corpus, count in catalogue["folds"].items()
        for name, twin in names
        for fold in range(count)
    }


def save_catalogue(folder: Path, catalogue: dict[str, Any]) -> None:
    """Say what the folder holds, so that a part of it does not pass for the whole.

    Models that are no longer listed are dropped.
    """
    listed = listed_models(folder, catalogue)
    for path in set(folder.glob("*/*/*.safetensors")) - listed:
        remove(path)
    with written_whole(folder / CATALOGUE) as partial:
        partial.write_text(json.dumps(catalogue, indent=1) + "\n")


def load_catalogue(folder: Path) -> dict[str, Any]:
    """The catalogue of a whole folder of models.

    Returns
    -------
    ``models``: name -> kind, direction; ``twins``: those that were fitted twice; ``folds``: corpus
    -> number; ``examples``: how features and targets were made.

    Raises
    ------
    BadInput : no catalogue, a model that it lists is missing, or one lies there that it does not.
    """
    if not (folder / CATALOGUE).is_file():
        raise BadInput(f"{folder}: no {CATALOGUE}; `dvc pull {folder}` or `dvc repro models`")
    catalogue = json.loads((folder / CATALOGUE).read_text())
    listed = listed_models(folder, catalogue)
    differs = sorted(listed ^ set(folder.glob("*/*/*.safetensors")))
    if differs:
        state = "missing" if differs[0] in listed else "not in its catalogue"
        raise BadInput(
            f"{folder}: {len(differs)} files differ from its catalogue; {differs[0]} is {state}; "
            f"`dvc pull {folder}` or `dvc checkout {folder}` restores what is tracked"
        )
    return catalogue
