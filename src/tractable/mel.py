"""The mel scale, and bands of it in which spectra are heard."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Bands(NamedTuple):
    """Triangular filters, evenly spaced in mel, that overlap by half.

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420; mel as O'Shaughnessy (1987).
    """

    bands: int
    lowest: float  # Hz, where the first begins
    highest: float  # Hz, where the last ends

    def weights(
        self, frequency: Float[np.ndarray, " frequency"]
    ) -> Float[np.ndarray, "band frequency"]:
        """What each band has of every frequency [Hz], at most 1."""
        edges = np.linspace(mel(self.lowest), mel(self.highest), self.bands + 2)
        corners = hertz(edges)[:, None]
        rising = (frequency - corners[:-2]) / np.diff(corners, axis=0)[:-1]
        falling = (corners[2:] - frequency) / np.diff(corners, axis=0)[1:]
        return np.clip(np.minimum(rising, falling), 0, None)


def mel(frequency: float) -> float:
    return 2595 * np.log10(1 + frequency / 700)


def hertz(mels: Float[np.ndarray, " mel"]) -> Float[np.ndarray, " mel"]:
    return 700 * (10 ** (mels / 2595) - 1)
