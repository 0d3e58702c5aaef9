"""What models that learnt from less say of a speaker whom they never heard."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Int

from tractable.contracts import EFFICIENCY, described
from tractable.efficiency.amounts import Amount
from tractable.models.asking import Shelf, by_fold, frames_to_ask, held_out_fold
from tractable.models.examples import Measured, shape
from tractable.models.files import about_model, model_path
from tractable.models.hearing import held, jacobian
from tractable.models.model import Model

Array = np.ndarray


def answered(
    areas: xr.Dataset,
    formants: xr.Dataset,
    folds: xr.Dataset,
    shelves: Mapping[Amount, Shelf],
    *,
    models: list[str],
    frames: int,
    count: int,
) -> xr.Dataset:
    """Formants of every held-out shape, and their derivatives in some, of one speaker.

    Parameters
    ----------
    shelves : the models that learnt from each amount.
    models : their names.
    frames : whose derivatives are asked for, those that `explanations` asks about.
    count : formants, from F1.
    """
    measured, fold = Measured(areas, formants), held_out_fold(folds)
    chosen = frames_to_ask(measured, folds, frames, count=count)
    places = areas.sizes["place"]
    frequency = np.full((len(shelves), len(models), len(fold), count), np.nan)
    sensitivity = np.full((len(shelves), len(models), len(chosen), count, places), np.nan)
    for k, shelf in enumerate(shelves.values()):
        for m, name in enumerate(models):
            windows = shelf.given(name, measured)
            known = np.flatnonzero((fold >= 0) & np.isfinite(windows).all(1))
            frequency[k, m, known] = asked(shelf, name, fold, (windows,), known, heard)
            shapes = (windows, shape(areas))
            sensitivity[k, m] = asked(shelf, name, fold, shapes, chosen, moved)
    clock = {name: areas[name].values for name in ("time", "clip_of", "phone", "place")}
    taught = [taught_on(shelf, models, fold[chosen]) for shelf in shelves.values()]
    labels = {
        "formant": 1 + np.arange(count),
        "amount": np.array([amount.name for amount in shelves], dtype=str),
        "share": np.array([amount.share for amount in shelves], dtype=float),
        "training_frames": np.array(taught, dtype=float),
        "model": np.array(models, dtype=str),
        "frame": areas.time.values[chosen],
    }
    values = {"frequency": frequency, "distance_sensitivity": sensitivity}
    about = {name: areas.attrs[name] for name in ("corpus", "speaker")}
    return described(EFFICIENCY, clock | labels | values, **about)


def asked(
    shelf: Shelf,
    name: str,
    fold: Int[Array, " time"],
    inputs: tuple[Array, ...],
    frames: Int[Array, " frame"],
    ask: Callable[..., Array],
) -> Array:
    """An answer about some frames, each by the model of the fold that holds the frame out."""
    rows = tuple(array[frames] for array in inputs)

    def put(model: Model, *parts: Array) -> dict[str, Array]:
        return {"answer": ask(model, *parts)}

    return by_fold(shelf, name, fold[frames], rows, put)["answer"]


def heard(model: Model, windows: Float[Array, "frame window"]) -> Float[Array, "frame formant"]:
    """F [Hz]."""
    with torch.no_grad():
        return model.hear(torch.from_numpy(windows)).exp().numpy()


def moved(
    model: Model, windows: Float[Array, "frame window"], shapes: Float[Array, "frame feature"]
) -> Float[Array, "frame formant place"]:
    """dlnF/dlnd."""
    hear = held(model.hear, torch.from_numpy(windows), shapes.shape[1])
    return jacobian(hear, torch.from_numpy(shapes)).numpy()[..., :-1]


def taught_on(shelf: Shelf, models: list[str], fold: Int[Array, " frame"]) -> float:
    """Training frames of a model, mean over the folds that were asked."""
    paths = [model_path(shelf.folder, shelf.corpus, models[0], int(k)) for k in np.unique(fold)]
    return float(np.mean([about_model(path)["frames"] for path in paths]))
