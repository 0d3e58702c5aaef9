"""What the uncertainty of the contours makes of distances, areas and lengths.

Neighbouring points of a boundary are wrong together, and so are neighbouring frames: a mean over
them is taken to be as uncertain as one of them. The two walls are wrong each on its own.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from tractable.areas.walls import Boundary
from tractable.curves import Curve
from tractable.law import Law, area_of

Deviation = Float[np.ndarray, " _point"]  # m, across a boundary; NaN where it has no point


def deviation_of_walls(
    midline: Curve, boundary: Mapping[str, Boundary], sd: Mapping[str, Deviation]
) -> Float[np.ndarray, " place"]:
    """Standard deviation of the distance between the walls at each point of a midline [m].

    Parameters
    ----------
    boundary, sd : of the tissues upper, lower and wall.
    """
    outer = np.concatenate([boundary["upper"], boundary["wall"]])
    outer_sd = np.concatenate([sd["upper"], sd["wall"]])
    walls = (outer, outer_sd), (boundary["lower"], sd["lower"])
    return np.hypot(*(nearest(curve, its, midline) for curve, its in walls))


def nearest(curve: Boundary, values: Deviation, points: Curve) -> Float[np.ndarray, " n"]:
    """Values of a curve at its points nearest to others."""
    known = np.isfinite(curve).all(-1) & np.isfinite(values)
    (x, y), (to_x, to_y) = points.T[..., None], curve[known].T
    return values[known][((x - to_x) ** 2 + (y - to_y) ** 2).argmin(1)]


def deviation_of_ends(
    boundary: Mapping[str, Boundary],
    sd: Mapping[str, Deviation],
    *,
    lips: float,
    glottis: float,
) -> float:
    """Standard deviation of the tract's length [m], which both ends make longer and shorter.

    Each end lies halfway between the ends of two boundaries, which are uncertain across them by
    ``sd``, and in how far they go.

    Parameters
    ----------
    lips, glottis : standard deviation of either end along the tract [m]. Neighbouring frames are
        wrong together in it: no scatter between them tells.
    """

    def end(tissue: str, which: int) -> float:
        known = np.isfinite(boundary[tissue]).all(-1) & np.isfinite(sd[tissue])
        return float(sd[tissue][known][which])

    across = end("upper", 0), end("lower", 0), end("lower", -1), end("wall", -1)
    return float(np.linalg.norm([*(half / 2 for half in across), lips, glottis]))


def area_deviation(
    distance: Float[np.ndarray, "time place"],
    sd: Float[np.ndarray, "time place"],
    place: Float[np.ndarray, " place"],
    law: Law,
) -> Float[np.ndarray, "time place"]:
    """Standard deviation of the area alpha d^beta [m2]: half of what d + sd and d - sd differ by.

    To first order it is area beta sd / d; a distance is not taken below nothing.
    """
    wide, narrow = (area_of(np.maximum(distance + way * sd, 0), place, law) for way in (1, -1))
    return 0.5 * (wide - narrow)
