"""What an inverse model draws otherwise when one formant of the sound is raised.

The cepstrum that was measured changes by as much as that of a synthetic sound whose formants,
bandwidths and F0 are those that were measured; nothing else of the sound changes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.fft import dct

from tractable.explanations.subject import Subject
from tractable.mel import Bands
from tractable.models.asking import by_fold
from tractable.models.model import Model

Array = np.ndarray
STEP = 10.0  # Hz, between frequencies at which spectra are asked, a fourth of a narrow formant


@dataclass(frozen=True, kw_only=True)
class Raising:
    """How a formant of the sound is raised.

    Parameters
    ----------
    rise : of ln F, up and down.
    window : Hann, in which cepstra were measured [s].
    """

    rise: float
    window: float

    def answers(self, subject: Subject) -> dict[str, Array]:
        """What inverse models draw otherwise, under the names of the contract.

        Nothing where there is no such model. NaN where the formant or its bandwidth is not known,
        or the sound around the frame.
        """
        if not subject.sounds:
            return {}
        heard = subject.measured.formants.isel(time=subject.frames)
        change = cepstral_change(
            *(heard[name].values for name in ("frequency", "bandwidth", "fundamental")),
            bands=Bands(*(heard.attrs[f"mel_{name}"] for name in ("bands", "lowest", "highest"))),
            coefficients=heard.sizes["coefficient"],
            window=self.window,
            rise=self.rise,
        )[:, : subject.shelf.examples["count"]]
        told = [
            by_fold(subject.shelf, name, subject.fold, (given, change), self.ask)
            for name, given in subject.sounds.items()
        ]
        parts = {word: np.stack([answer[word] for answer in told]) for word in told[0]}
        return {"inverse_model": np.array(list(subject.sounds)), **parts}

    def ask(
        self,
        model: Model,
        windows: Float[Array, "frame window"],
        change: Float[Array, "frame formant coefficient"],
    ) -> dict[str, Array]:
        """d ln d and d ln L by ln F of each formant, by differences, of the model of one fold.

        Parameters
        ----------
        windows : cepstra of each frame and of those around it.
        change : of a cepstrum by half of the way from down to up, held over the window.
        """
        held = np.tile(change, windows.shape[1] // change.shape[-1])
        known = np.isfinite(held).all(-1) & np.isfinite(windows).all(1)[:, None]
        windows, held = np.nan_to_num(windows), np.nan_to_num(held)
        slopes = [
            (drawn(model, windows + one) - drawn(model, windows - one)) / (2 * self.rise)
            for one in np.moveaxis(held, 1, 0)
        ]
        found = np.where(known[..., None], np.stack(slopes, 1), np.nan)
        return {"redrawn_distance": found[..., :-1], "redrawn_length": found[..., -1]}


def drawn(model: Model, windows: Float[Array, "frame window"]) -> Float[Array, "frame feature"]:
    """ln d on every place [ln m], glottis first, and ln L [ln m]."""
    with torch.no_grad():
        told = model.answer(torch.from_numpy(windows))
    assert told.log_distance is not None
    assert told.log_length is not None
    return torch.cat([told.log_distance, told.log_length[:, None]], 1).numpy()


def cepstral_change(
    frequency: Float[Array, "frame formant"],
    bandwidth: Float[Array, "frame formant"],
    fundamental: Float[Array, " frame"],
    *,
    bands: Bands,
    coefficients: int,
    window: float,
    rise: float,
) -> Float[Array, "frame formant coefficient"]:
    """Half of what a cepstrum, from c0, changes between a formant lowered and raised by ``rise``.

    Parameters
    ----------
    frequency, bandwidth : of formants in cascade [Hz]; one that is not known stands for nothing,
        and is not raised: NaN.
    fundamental : F0 [Hz], NaN: unvoiced.
    window : Hann, in which spectra are taken [s].
    rise : of ln F.

    References
    ----------
    Fant (1960); Klatt (1980), doi:10.1121/1.383940.
    """
    known = np.isfinite(frequency) & (bandwidth > 0)
    change = np.full((*frequency.shape, coefficients), np.nan)
    for frame in np.flatnonzero(known.any(1)):
        own = known[frame]
        source = source_in_bands(fundamental[frame], bands, window)
        levels = change_of_levels(frequency[frame, own], bandwidth[frame, own], *source, rise)
        change[frame, own] = dct(levels, norm="ortho")[:, :coefficients]
    return change


def source_in_bands(
    fundamental: float, bands: Bands, window: float
) -> tuple[Float[Array, " hz"], Float[Array, "hz band"]]:
    """Frequencies of a flat source [Hz], and what each band has of the power of each.

    Harmonics are as wide as the window makes them; what has no voice is noise, at all frequencies.
    """
    axis = np.arange(STEP, bands.highest, STEP)
    if np.isnan(fundamental):
        return axis, bands.weights(axis).T
    harmonics = np.arange(fundamental, bands.highest, fundamental)
    return harmonics, hann_power((harmonics[:, None] - axis) * window) @ bands.weights(axis).T


def hann_power(offset: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """Power of a sine as a Hann window shows it so many 1 / window away from its frequency."""
    middle = np.sinc(offset)
    sides = np.sinc(offset - 1) + np.sinc(offset + 1)
    return (middle + sides / 2) ** 2


def change_of_levels(
    frequency: Float[Array, " formant"],
    bandwidth: Float[Array, " formant"],
    axis: Float[Array, " hz"],
    in_bands: Float[Array, "hz band"],
    rise: float,
) -> Float[Array, "formant band"]:
    """Half of what ln of each band's power changes when one formant after the other is raised."""
    each = np.exp(rise * np.eye(len(frequency)))
    high, low = (
        np.log(np.exp(cascade(frequency * one, bandwidth, axis)) @ in_bands)
        for one in (each, 1 / each)
    )
    return (high - low) / 2


def cascade(
    frequency: Float[Array, "tract formant"],
    bandwidth: Float[Array, " formant"],
    axis: Float[Array, " hz"],
) -> Float[Array, "tract hz"]:
    """ln of the power of resonators in cascade, of unit gain at 0 Hz, along frequencies [Hz]."""
    pole = (-np.pi * bandwidth + 2j * np.pi * frequency)[..., None]
    s = 2j * np.pi * axis
    return 2 * np.log(np.abs(pole) ** 2 / np.abs((s - pole) * (s - pole.conj()))).sum(1)
