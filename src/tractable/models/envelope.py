"""The spectral envelope of a tube: its transfer function, heard in bands of mel."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.fft import dct
from torch import Tensor

from tractable.mel import Bands

STEP = 40.0  # Hz, between frequencies at which it is asked; half a formant's width
QUIET = 1e-10  # power of a band, beside which a zero of the tube still has a logarithm


def frequencies(bands: Bands) -> Float[Tensor, " frequency"]:
    """Where the transfer function is asked [Hz]."""
    return torch.arange(STEP, bands.highest, STEP, dtype=torch.float64)


def cepstrum(
    transfer: Float[Tensor, "frame frequency"], bands: Bands, count: int
) -> Float[Tensor, "frame coefficient"]:
    """Mel-frequency cepstral coefficients of a flat source through a tract, from c1: no level.

    Parameters
    ----------
    transfer : abs(U_lips / U_glottis) at `frequencies`; lips radiate the derivative of the flow.
    bands : in which it is heard.
    count : coefficients, from c1.

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """
    frequency = frequencies(bands)
    power = (transfer * frequency.to(transfer)) ** 2 / bands.highest**2
    weights = torch.from_numpy(bands.weights(frequency.numpy())).to(transfer)
    levels = (power @ weights.T + QUIET).log()
    waves = torch.from_numpy(dct(np.eye(bands.bands), norm="ortho")[:, 1 : count + 1])
    return levels @ waves.to(transfer)
