"""Stores of tracts whose shape is given frame by frame."""

import numpy as np

from tests.contour_stores import sds
from tractable.contracts import AREAS, described

PLACE = (np.arange(40) + 0.5) / 40
RATE = 83.28  # Hz


def shapes(area, length=0.17, refused=None, clip=0):
    """AREAS of one frame a row."""
    area = np.atleast_2d(area)
    n = len(area)
    variables = {
        "time": np.arange(n) / RATE,
        "clip_of": np.full(n, clip),
        "phone": np.full(n, ""),
        "place": PLACE,
        "axis": np.array(["x", "y"]),
        "distance": np.sqrt(area / 1.5),
        "area": area,
        **sds(area),
        "tract_length": np.full(n, length),
        "midline": np.zeros((n, 40, 2)),
        "refused": np.array(refused or [""] * n),
    }
    return described(AREAS, variables, corpus="c", speaker="s", frame_rate=RATE)
