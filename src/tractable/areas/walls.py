"""The two walls of the tract in one frame, or why they cannot be had."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from tractable.curves import Curve
from tractable.curves.polyline import nearest

TISSUES = ("upper", "lower", "wall")

Boundary = Float[np.ndarray, "_point 2"]  # NaN at the end and between pieces


class Refused(Exception):
    """A frame that cannot be measured; the message is its reason."""


def walls(boundary: Mapping[str, Boundary], *, gap: float) -> tuple[Curve, Curve]:
    """Outer and inner wall of the tract, lips to glottis, from the boundaries of its tissues.

    The outer wall is the upper boundary to the tip of the velum and from there straight to the
    nearest point of the back wall, which closes the door to the nose; the inner wall is the lower
    boundary. Small holes are closed by straight lines.

    Raises
    ------
    Refused : a tissue was not found, or a hole is wider than ``gap`` [m].
    """
    upper, lower, wall = (known(boundary[tissue], tissue) for tissue in TISSUES)
    wall = wall[nearest(wall, upper[-1]) :]
    outer = np.concatenate([upper, wall])
    for curve, name in ((outer, "upper boundary or back wall"), (lower, "lower boundary")):
        if np.hypot(*np.diff(curve, axis=0).T).max() > gap:
            raise Refused(f"gap in the {name}")
    return outer, lower


def known(boundary: Boundary, tissue: str) -> Curve:
    """The points that a boundary has."""
    curve = boundary[np.isfinite(boundary).all(-1)]
    if len(curve) < 2:
        raise Refused(f"no boundary of tissue {tissue!r}")
    return curve
