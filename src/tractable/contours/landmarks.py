"""Where lips, velum, wall and glottis stand to one another, in a head that faces left."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

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
    boundary: Float[np.ndarray, "time tissue point axis"],
    plausible: Mapping[str, Sequence[float]],
) -> list[str]:
    """The first distance of each frame that is beyond its limits, in words; "" where none is.

    Parameters
    ----------
    boundary : upper, lower and wall, NaN between pieces and at the end; a frame without one of
        them has some distance or other.
    plausible : least and most of each distance [m].
    """
    words = np.full(len(boundary), "", "U32")
    measured = distances(boundary)
    for name, (least, most) in plausible.items():
        beyond = ~((measured[name] >= least) & (measured[name] <= most))
        words[beyond & (words == "")] = WRONG[name]
    return words.tolist()


def distances(
    boundary: Float[np.ndarray, "time tissue point axis"],
) -> dict[str, Float[np.ndarray, " time"]]:
    """Between the ends of boundaries that run from the lips (the velum) to the glottis [m]."""
    known = np.isfinite(boundary[..., 0])
    first, last = known.argmax(-1), known.shape[-1] - 1 - known[..., ::-1].argmax(-1)
    start, end = (
        np.take_along_axis(boundary, k[..., None, None], 2)[:, :, 0] for k in (first, last)
    )
    (lip, lower_lip, top), (velum, glottis, foot) = start.swapaxes(0, 1), end.swapaxes(0, 1)
    wall, on_wall = boundary[:, 2], known[:, 2]

    def to_wall(point: Float[np.ndarray, "time axis"]) -> Float[np.ndarray, " time"]:
        away = np.hypot(wall[..., 0] - point[:, None, 0], wall[..., 1] - point[:, None, 1])
        return np.where(on_wall, away, np.inf).min(1)

    depth = np.where(on_wall, wall[..., 0], 0).sum(1) / np.maximum(on_wall.sum(1), 1)
    return {
        "lips_apart": np.hypot(*(lower_lip - lip).T),
        "velum_behind_lips": velum[:, 0] - lip[:, 0],
        "wall_behind_lips": depth - lower_lip[:, 0],
        "glottis_below_lips": glottis[:, 1] - lower_lip[:, 1],
        "velum_to_wall": to_wall(velum),
        "wall_downward": foot[:, 1] - top[:, 1],
        "glottis_to_wall": to_wall(glottis),
    }
