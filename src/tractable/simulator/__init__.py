"""The only door to VocalTractLab: anatomies, shapes, outlines, tubes, responses, poles, sound.

VocalTractLab (Birkholz, GPL-3) speaks cm, dPa and degrees; what leaves this door is SI, glottis
first. Tract and glottis *states* keep the simulator's own units, since they only come from it and
go back to it. One process holds one loaded anatomy at a time: use processes, never threads.
"""

from tractable.simulator.anatomy import JD3, TRACT, Anatomy
from tractable.simulator.poles import Poles, poles_of
from tractable.simulator.tract import (
    FOSSA_LENGTH,
    FOSSA_VOLUME,
    GLOTTIS,
    SAMPLE_RATE,
    Outlines,
    Tubes,
    frequencies,
    glottis_shapes,
    limits,
    outlines,
    poles,
    responses,
    shapes,
    sound,
    tubes,
)

__all__ = [
    "FOSSA_LENGTH",
    "FOSSA_VOLUME",
    "GLOTTIS",
    "JD3",
    "SAMPLE_RATE",
    "TRACT",
    "Anatomy",
    "Outlines",
    "Poles",
    "Tubes",
    "frequencies",
    "glottis_shapes",
    "limits",
    "outlines",
    "poles",
    "poles_of",
    "responses",
    "shapes",
    "sound",
    "tubes",
]
