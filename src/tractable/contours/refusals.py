"""Why a frame's contours should not be used."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from tractable.curves import Curve, arc_length
from tractable.segmenter import TISSUES
from tractable.segmenter.preparation import GRID


def refusal(
    label: UInt8[np.ndarray, "row column"],
    pieces: Mapping[str, list[Curve]],
    least_area: Mapping[str, float],
    least_length: Mapping[str, float],
    most_pieces: Mapping[str, int],
) -> str:
    """The first thing that is wrong with a frame, "" where nothing is."""
    for tissue, least in least_area.items():
        if GRID**2 * (label == TISSUES.index(tissue)).sum() < least:
            return f"no head in the frame: too little {tissue}"
    for tissue, least in least_length.items():
        length = sum(arc_length(piece)[-1] for piece in pieces[tissue])
        if not pieces[tissue]:
            return f"{tissue} boundary not found"
        if length < least:
            return f"{tissue} boundary too short"
        if len(pieces[tissue]) > most_pieces[tissue]:
            return f"{tissue} boundary broken"
    return ""
