"""What each model says about frames that it never saw."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Int

from tractable.contracts import PREDICTIONS, described
from tractable.models.asking import Shelf, held_out_fold
from tractable.models.examples import shape, spectra
from tractable.models.model import Model, Prediction, tract

Array = np.ndarray


def predicted(
    areas: xr.Dataset, formants: xr.Dataset, folds: xr.Dataset, shelf: Shelf
) -> xr.Dataset:
    """Formants from shapes and shapes from sound, by the models of the fold that tests a frame.

    Every frame with a shape (or a sound) is asked, whether or not its formants could be measured;
    frames in no test set, refused shapes and what a model does not have are NaN.
    """
    fold = held_out_fold(folds)
    forward, inverse = shelf.names("shape_to_sound"), shelf.names("sound_to_shape")
    shapes, sounds = shape(areas), spectra(formants, context=shelf.examples["context"])
    count, places = shelf.examples["count"], areas.sizes["place"]
    heard = [held_out(shapes, fold, of(shelf, name), sound, 2 * count) for name in forward]
    seen = [held_out(sounds, fold, of(shelf, name), tract, places + 1) for name in inverse]
    told, drawn = stacked(heard, len(fold), 2 * count), stacked(seen, len(fold), places + 1)
    clock = {name: areas[name].values for name in ("time", "clip_of", "phone", "place")}
    answers = {
        "formant": 1 + np.arange(count),
        "model": np.array(forward, dtype=str),
        "frequency": np.exp(told[..., :count]),
        "residual": told[..., count:],
        "inverse_model": np.array(inverse, dtype=str),
        "distance": np.exp(drawn[..., :-1]),
        "tract_length": np.exp(drawn[..., -1]),
    }
    names = {name: areas.attrs[name] for name in ("corpus", "speaker")}
    return described(PREDICTIONS, clock | answers, **names)


def of(shelf: Shelf, name: str) -> Callable[[int], Model]:
    """The model of this name, by fold."""
    return lambda fold: shelf.model(name, fold)


def sound(prediction: Prediction) -> torch.Tensor:
    """ln F and the residual, side by side (frame, 2 formants)."""
    assert prediction.log_frequency is not None
    residual = prediction.residual
    if residual is None:
        residual = torch.full_like(prediction.log_frequency, torch.nan)
    return torch.cat([prediction.log_frequency, residual], 1)


def held_out(
    features: Float[Array, "time feature"],
    fold: Int[Array, " time"],
    model: Callable[[int], Model],
    part: Callable[[Prediction], torch.Tensor],
    width: int,
) -> Float[Array, "time target"]:
    """One part of the predictions for every frame, each by the model of its own fold."""
    answers = np.full((len(fold), width), np.nan)
    known = np.isfinite(features).all(1)
    for k in np.unique(fold[known & (fold >= 0)]):
        rows = known & (fold == k)
        asked = torch.from_numpy(features[rows])
        with torch.no_grad():
            answers[rows] = part(model(int(k)).answer(asked)).numpy()
    return answers


def stacked(parts: Iterable[Array], frames: int, width: int) -> Float[Array, "model time target"]:
    return np.array(list(parts)).reshape(-1, frames, width)
