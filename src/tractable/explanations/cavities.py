"""To which cavity a formant belongs, asked of any model: make the cavity a little longer."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from tractable.models.hearing import Hearing

Array = np.ndarray


def stretched(
    shape: Float[Array, "frame feature"],
    start: Float[Array, " frame"],
    end: Float[Array, " frame"],
    by: float,
) -> Float[Array, "frame feature"]:
    """The shapes with one stretch of the tract longer by the share ``by``, on equal places again.

    Parameters
    ----------
    shape : ln d (place) [ln m], glottis first, and ln L [ln m].
    start, end : of the stretch, in x/L.
    """
    places = shape.shape[1] - 1
    place = (np.arange(places) + 0.5) / places
    longer = 1 + by * (end - start)
    result = np.empty_like(shape)
    for frame, log_distance in enumerate(shape[:, :-1]):
        corner = np.array([0.0, start[frame], end[frame], 1.0])
        new_corner = corner + by * np.clip(corner - start[frame], 0, end[frame] - start[frame])
        came_from = np.interp(place, new_corner / longer[frame], corner)
        result[frame, :-1] = CubicSpline(place, log_distance)(came_from)
    result[:, -1] = shape[:, -1] + np.log(longer)
    return result


def cavity_sensitivity(
    hear: Hearing,
    shape: Float[Array, "frame feature"],
    edges: Float[Array, "frame edge"],
    by: float,
) -> Float[Array, "frame formant cavity"]:
    """-dlnF/dlnL of the back cavity, the constriction and the front cavity.

    Each is made longer and shorter by the share ``by``; the difference of the two cancels what
    regridding does to a shape. NaN where a frame has no clear constriction.

    Parameters
    ----------
    shape : ln d (place) [ln m], glottis first, and ln L [ln m].
    edges : x/L of the constriction's two ends, NaN: none.
    """
    clear = np.isfinite(edges).all(1)
    corners = np.pad(np.where(clear[:, None], edges, 0.5), ((0, 0), (1, 1)), constant_values=(0, 1))
    answers = []
    for start, end in zip(corners.T[:-1], corners.T[1:], strict=True):
        longer, shorter = (stretched(shape, start, end, change) for change in (by, -by))
        change = hear(torch.from_numpy(longer)) - hear(torch.from_numpy(shorter))
        answers.append(-change.numpy() / np.log((1 + by) / (1 - by)))
    return np.where(clear[:, None, None], np.stack(answers, 2), np.nan)
