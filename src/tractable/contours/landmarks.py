"""Where lips, velum, wall and glottis stand to one another, in a head that faces left."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from tractable.curves import Curve

WRONG = {  # of a distance beyond its limits
    "lips_apart": "lips far apart",
    "velum_behind_lips": "velum not behind the lips",
    "wall_behind_lips": "wall not behind the lips",
    "glottis_below_lips": "glottis not below the lips",
    "velum_to_wall": "velum far from the wall",
    "wall_downward": "wall does not run down",
    "glottis_to_wall": "glottis far from the wall",
}


def misplaced(
    curves: Float[np.ndarray, "tissue point axis"], plausible: Mapping[str, Sequence[float]]
) -> str:
    """The first distance of a frame that is beyond its limits, in words; "" where none is.

    Parameters
    ----------
    curves : upper, lower and wall, none of them empty.
    plausible : least and most of each distance [m].
    """
    upper, lower, wall = (curve[np.isfinite(curve[:, 0])] for curve in curves)
    measured = distances(upper, lower, wall)
    for name, (least, most) in plausible.items():
        if not least <= measured[name] <= most:
            return WRONG[name]
    return ""


def distances(upper: Curve, lower: Curve, wall: Curve) -> dict[str, np.floating]:
    """Between the ends of boundaries that run from the lips (the velum) to the glottis [m]."""
    return {
        "lips_apart": np.hypot(*(lower[0] - upper[0])),
        "velum_behind_lips": upper[-1, 0] - upper[0, 0],
        "wall_behind_lips": wall[:, 0].mean() - lower[0, 0],
        "glottis_below_lips": lower[-1, 1] - lower[0, 1],
        "velum_to_wall": np.hypot(*(wall - upper[-1]).T).min(),
        "wall_downward": wall[-1, 1] - wall[0, 1],
        "glottis_to_wall": np.hypot(*(wall - lower[-1]).T).min(),
    }
