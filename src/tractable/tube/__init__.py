"""Vocal-tract acoustics: formants, transfer functions, modes and sensitivities of tubes.

An instrument: no data, no network. SI units, glottis first, lips last.
"""

from tractable.tube.fields import (
    Energies,
    Modes,
    affiliation,
    energies,
    length_sensitivity,
    modes,
    sensitivity,
    transfer_function,
)
from tractable.tube.formants import Formants, formants, settled
from tractable.tube.reference import formants_reference
from tractable.tube.tube import LOSSLESS, PIRIFORM, SONDHI_SCHROETER, VOCALTRACTLAB, Branch, Losses

__all__ = [
    "LOSSLESS",
    "PIRIFORM",
    "SONDHI_SCHROETER",
    "VOCALTRACTLAB",
    "Branch",
    "Energies",
    "Formants",
    "Losses",
    "Modes",
    "affiliation",
    "energies",
    "formants",
    "formants_reference",
    "length_sensitivity",
    "modes",
    "sensitivity",
    "settled",
    "transfer_function",
]
