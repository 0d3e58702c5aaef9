"""What each model says about frames that it never saw."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Int

from tractable.contracts import PREDICTIONS, described
from tractable.models.asking import Shelf, held_out_fold
from tractable.models.examples import Measured
from tractable.models.model import TO_SOUND, Model

Array = np.ndarray
#: Parts of a prediction: a column for each formant, for each place, and one.
HEARD = ("log_frequency", "log_frequency_sd", "log_bandwidth", "residual")
SEEN = ("log_distance", "log_distance_sd", "area")
LONG = ("log_length", "log_length_sd")
TOGETHER = "factor"  # a row for each part, and each place and the length in it


def predicted(
    areas: xr.Dataset,
    formants: xr.Dataset,
    folds: xr.Dataset,
    recordings: xr.Dataset,
    shelf: Shelf,
) -> xr.Dataset:
    """Formants from shapes or pictures and shapes from sound, by the models that hold a frame out.

    Every frame with a shape (a picture, a sound) is asked, whether or not its formants could be
    measured; frames in no test set, refused shapes and what a model does not have are NaN.
    """
    fold, measured = held_out_fold(folds), Measured(areas, formants, recordings)
    forward, inverse = shelf.names(*TO_SOUND), shelf.names("sound_to_shape")
    count, places = shelf.examples["count"], areas.sizes["place"]
    coefficients = formants.coefficient.values[1:]
    clock = {name: areas[name].values for name in ("time", "clip_of", "phone", "place")}
    labels = {
        "formant": 1 + np.arange(count),
        "coefficient": coefficients,
        "model": np.array(forward, dtype=str),
        "inverse_model": np.array(inverse, dtype=str),
    }
    of_sound = {**dict.fromkeys(HEARD, count), "cepstrum": len(coefficients)}
    of_shape = {**dict.fromkeys(SEEN, places), **dict.fromkeys(LONG, 1)}
    of_shape[TOGETHER] = (places + 1) ** 2  # at most
    told = sounds(answers(shelf, forward, measured, fold, of_sound))
    drawn = shapes(answers(shelf, inverse, measured, fold, of_shape), places)
    names = {name: areas.attrs[name] for name in ("corpus", "speaker")}
    return described(PREDICTIONS, clock | labels | told | drawn, **names)


def answers(
    shelf: Shelf,
    names: list[str],
    measured: Measured,
    fold: Int[Array, " time"],
    parts: Mapping[str, int],
) -> dict[str, Float[Array, "model time target"]]:
    """Parts of the predictions, of so many columns, by all models of these names."""
    each = [
        held_out(shelf.given(name, measured), fold, partial(shelf.model, name), parts)
        for name in names
    ]
    return {
        part: np.array([told[part] for told in each]).reshape(-1, len(fold), width)
        for part, width in parts.items()
    }


def sounds(told: Mapping[str, Array]) -> dict[str, Array]:
    """What forward models say, in Hz where it is of a frequency."""
    return {
        "frequency": np.exp(told["log_frequency"]),
        "log_frequency_sd": told["log_frequency_sd"],
        "bandwidth": np.exp(told["log_bandwidth"]),
        "cepstrum": told["cepstrum"],
        "residual": told["residual"],
    }


def shapes(drawn: Mapping[str, Array], places: int) -> dict[str, Array]:
    """What inverse models say, in m where it is of a length."""
    return {
        "distance": np.exp(drawn["log_distance"]),
        "log_distance_sd": drawn["log_distance_sd"],
        "area": drawn["area"],
        "tract_length": np.exp(drawn["log_length"][..., 0]),
        "log_length_sd": drawn["log_length_sd"][..., 0],
        **together(drawn[TOGETHER], places),
    }


def held_out(
    features: Float[Array, "time feature"],
    fold: Int[Array, " time"],
    model: Callable[[int], Model],
    parts: Mapping[str, int],
) -> dict[str, Float[Array, "time target"]]:
    """Parts of the predictions, of so many columns, for each frame by the model of its fold.

    Columns that a model does not fill stay NaN.
    """
    answers = {part: np.full((len(fold), width), np.nan) for part, width in parts.items()}
    known = np.isfinite(features).all(1)
    for k in np.unique(fold[known & (fold >= 0)]):
        rows = known & (fold == k)
        with torch.no_grad():
            told = model(int(k)).answer(torch.from_numpy(features[rows]))._asdict()
        for part, filled in answers.items():
            if told[part] is not None:
                columns = told[part].numpy().reshape(rows.sum(), -1)
                filled[rows, : columns.shape[1]] = columns
    return answers


def together(factor: Float[Array, "model time column"], places: int) -> dict[str, Array]:
    """How errors of ln d go together, in as many parts as the model of most parts has."""
    factor = factor.reshape(*factor.shape[:2], -1, places + 1)[..., :-1]
    count = int(np.isfinite(factor).any((0, 1, 3)).sum())
    if count == 0:
        return {}
    factor = factor[:, :, :count]
    known = np.isfinite(factor).all(3).any(2)[..., None, None]
    filled = np.where(known, np.nan_to_num(factor), np.nan)
    return {"part": 1 + np.arange(count), "log_distance_together": filled}
