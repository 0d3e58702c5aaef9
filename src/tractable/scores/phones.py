"""Where accuracy is lost: the error of every model by phone."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tractable.scores.accuracy import relative_error, shape_error
from tractable.scores.evidence import Evidence, Stores, unlabelled

Curves = dict[str, np.ndarray | xr.DataArray]
PHONE, MODEL, SPEAKER = "phone", "model", "speaker"


def phone_curves(
    evidences: Sequence[Evidence], speakers: Sequence[Stores], *, least_frames: int
) -> Curves:
    """What the contract ``scores`` has by phone; nothing where no frame has a label.

    Parameters
    ----------
    least_frames : a phone that a speaker has in fewer scored frames is NaN, and a phone that no
        speaker has in so many is not listed.
    """
    each = [
        errors_by_phone(evidence, of, least_frames)
        for evidence, of in zip(evidences, speakers, strict=True)
    ]
    if not any(of.sizes[PHONE] for of in each):
        return {}
    phones = sorted({str(phone) for of in each for phone in of[PHONE].values})
    together = xr.concat([of.reindex({PHONE: phones}) for of in each], SPEAKER)
    dims = (MODEL, SPEAKER, PHONE)
    return {PHONE: np.array(phones)} | {
        str(name): of.transpose(*(dim for dim in dims if dim in of.dims))
        for name, of in together.data_vars.items()
    }


def errors_by_phone(evidence: Evidence, stores: Stores, least_frames: int) -> xr.Dataset:
    """Errors of one speaker (model, phone), of phones with enough scored frames in a direction."""
    label = stores["predictions"].phone.values
    parts = [
        errors_in(evidence, stores, label == phone, least_frames).expand_dims({PHONE: [phone]})
        for phone in np.unique(label[label != ""])
    ]
    if not parts:
        return xr.Dataset(coords={PHONE: np.array([], dtype=str)})
    found = xr.concat(parts, PHONE)
    listed = found.phone_error.notnull().any(MODEL) | found.phone_shape_error.notnull().any(MODEL)
    return found.isel({PHONE: np.flatnonzero(listed.values)})


def errors_in(
    evidence: Evidence, stores: Stores, frames: np.ndarray, least_frames: int
) -> xr.Dataset:
    """Errors of every model over some frames; NaN where too few of them are scored."""
    predictions = unlabelled(stores["predictions"][["frequency", "distance"]].isel(time=frames))
    asked = evidence.asked_of_sound.isel(time=frames)
    heard = unlabelled(stores["formants"].frequency).isel(time=frames).where(asked)
    seen = xr.ufuncs.exp(evidence.log_distance.isel(time=frames)).where(asked)
    enough_heard = heard.notnull().sum("time").min("formant") >= least_frames
    sound = relative_error(predictions.frequency, heard).mean("formant", skipna=False)
    shape = shape_error(predictions.distance, seen).rename(inverse_model=MODEL)
    return xr.Dataset(
        {
            "phone_error": sound.where(enough_heard),
            "phone_shape_error": shape.where(asked.sum() >= least_frames),
        }
    )


def often_said(phones: np.ndarray, least_frames: int) -> np.ndarray:
    """Which labels so many frames have at least, in order; "" is none."""
    names, count = np.unique(phones[phones != ""], return_counts=True)
    return names[count >= least_frames]
