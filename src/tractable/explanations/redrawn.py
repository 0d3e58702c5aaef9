"""What an inverse model draws otherwise when one formant of the sound is raised.

The cepstrum of what was heard changes by as much as that of a cascade of resonators would, which
has the formants that were heard and nothing else in common with the sound.
"""

from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from scipy.fft import dct

from tractable.explanations.subject import Subject
from tractable.mel import Bands
from tractable.models.asking import by_fold
from tractable.models.model import Model

Array = np.ndarray
STEP = 10.0  # Hz, between frequencies at which a cascade is asked; a fourth of a narrow formant


def redrawn(subject: Subject, *, rise: float) -> dict[str, Array]:
    """Changes of the drawn shape by formant that is raised, under the names of the contract.

    Nothing where no model draws shapes. NaN where the formant or its bandwidth is not known, or
    the sound around the frame.

    Parameters
    ----------
    rise : by which a formant is raised, and lowered [ln F].
    """
    if not subject.sounds:
        return {}
    heard = subject.measured.formants.isel(time=subject.frames)
    change = cepstral_change(
        heard.frequency.values,
        heard.bandwidth.values,
        bands=Bands(*(heard.attrs[f"mel_{name}"] for name in ("bands", "lowest", "highest"))),
        coefficients=heard.sizes["coefficient"],
        rise=rise,
    )[:, : subject.shelf.examples["count"]]
    ask = partial(asked, rise=rise)
    told = [
        by_fold(subject.shelf, name, subject.fold, (given, change), ask)
        for name, given in subject.sounds.items()
    ]
    parts = {word: np.stack([answer[word] for answer in told]) for word in told[0]}
    return {"inverse_model": np.array(list(subject.sounds)), **parts}


def cepstral_change(
    frequency: Float[Array, "frame formant"],
    bandwidth: Float[Array, "frame formant"],
    *,
    bands: Bands,
    coefficients: int,
    rise: float,
) -> Float[Array, "frame formant coefficient"]:
    """Half of what a cepstrum, from c0, changes from a formant lowered by ``rise`` to one raised.

    Parameters
    ----------
    frequency, bandwidth : of all formants that are known [Hz]; others are NaN, stand for nothing,
        and are raised by nobody: NaN.

    References
    ----------
    Fant (1960), Klatt (1980), doi:10.1121/1.383940: formants in cascade, of unit gain at 0 Hz.
    """
    known = np.isfinite(frequency) & np.isfinite(bandwidth)
    axis = np.arange(STEP, bands.highest, STEP)
    weights = bands.weights(axis)

    def levels(log_power: Float[Array, "frame formant frequency"], k: int, own: Array) -> Array:
        others = np.where(known[..., None], log_power, 0.0)
        others[:, k] = own
        return np.log(np.exp(others.sum(1)) @ weights.T)

    alone = resonance(frequency, bandwidth, axis)
    changes = []
    for k in range(frequency.shape[1]):
        high, low = (
            levels(alone, k, resonance(frequency[:, k] * np.exp(way), bandwidth[:, k], axis))
            for way in (rise, -rise)
        )
        changes.append(dct((high - low) / 2, norm="ortho")[:, :coefficients])
    return np.where(known[..., None], np.stack(changes, 1), np.nan)


def resonance(
    frequency: Float[Array, "*frame"], bandwidth: Float[Array, "*frame"], axis: Float[Array, " hz"]
) -> Float[Array, "*frame hz"]:
    """ln of the power of one resonator along an axis of frequencies [Hz]."""
    pole = -np.pi * bandwidth + 2j * np.pi * frequency
    own, s = pole[..., None], 2j * np.pi * axis
    return 2 * np.log(np.abs(own) ** 2 / np.abs((s - own) * (s - own.conj())))


def asked(
    model: Model,
    windows: Float[Array, "frame window"],
    change: Float[Array, "frame formant coefficient"],
    *,
    rise: float,
) -> dict[str, Array]:
    """Change of one model's ln d and ln L by ln F of a formant that is raised over the window."""
    held = np.tile(change, windows.shape[1] // change.shape[-1])
    known = np.isfinite(held).all(-1) & np.isfinite(windows).all(1)[:, None]
    windows, held = np.nan_to_num(windows), np.nan_to_num(held)
    rows = []
    for k in range(change.shape[1]):
        both = torch.from_numpy(np.concatenate([windows + held[:, k], windows - held[:, k]]))
        with torch.no_grad():
            told = model.answer(both)
        assert told.log_distance is not None
        assert told.log_length is not None
        shape = torch.cat([told.log_distance, told.log_length[:, None]], 1)
        high, low = shape.numpy().reshape(2, len(windows), -1)
        rows.append((high - low) / (2 * rise))
    found = np.where(known[..., None], np.stack(rows, 1), np.nan)
    return {"redrawn_distance": found[..., :-1], "redrawn_length": found[..., -1]}
