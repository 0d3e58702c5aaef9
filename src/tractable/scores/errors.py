"""Where measuring errs, and how often its intervals hold the truth: curves rather than scores."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

from tractable.contracts import ARTICULATORS, FACE
from tractable.intervals import share
from tractable.scores.evidence import FORMANTS, Stores
from tractable.scores.points import Points, compared_points
from tractable.scores.reference import true_law
from tractable.scores.shapes import OF_SHAPE, area_error, distance_error, shape_deviations
from tractable.statistics import mean_of_known

INNER = ARTICULATORS[FACE:]  #: all but the face, which is no wall of the tract
NOMINAL = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
QUANTITIES = ("boundary", *OF_SHAPE, *(f"F{n}" for n in FORMANTS))


def error_curves(
    speakers: Sequence[Stores], *, stride: int, least_movement: float
) -> dict[str, np.ndarray]:
    """What the contract ``scores`` has beside scores where the truth is known.

    Parameters
    ----------
    stride : frames between two whose contours are compared with the truth.
    least_movement : see :func:`tractable.scores.reference.local_slope`.
    """
    each = [
        curves_of_speaker(of, stride=stride) | true_law(of, least_movement=least_movement)
        for of in speakers
    ]
    return {
        "place": speakers[0]["areas"].place.values,
        "articulator": np.array(INNER),
        "nominal": np.array(NOMINAL),
        "quantity": np.array(QUANTITIES),
        **{name: np.stack([of[name] for of in each]) for name in each[0]},
    }


def curves_of_speaker(stores: Stores, *, stride: int) -> dict[str, np.ndarray]:
    points = compared_points(stores["contours"], stores["truth"], stride=stride)
    off = distance_error(stores)
    deviations = {"boundary": points.away / points.sd} | shape_deviations(stores)
    return {
        "distance_error": off.mean("time").values,
        "absolute_distance_error": abs(off).mean("time").values,
        "area_error": area_error(stores).mean("time").values,
        "boundary_error": error_by_articulator(points),
        "coverage": np.array([coverage(deviations[name]) for name in QUANTITIES]),
    }


def error_by_articulator(points: Points) -> Float[np.ndarray, " articulator"]:
    """Mean distance to the true boundary [m]; NaN of what has no point."""
    codes = [1 + ARTICULATORS.index(name) for name in INNER]
    return np.array([mean_of_known(points.away[points.articulator == code]) for code in codes])


def coverage(deviations: np.ndarray) -> Float[np.ndarray, " nominal"]:
    """Share of errors, in standard deviations, that a normal interval of each width holds."""
    reach = norm.ppf((1 + np.array(NOMINAL)) / 2)
    return np.array([share(deviations < far, np.isfinite(deviations)) for far in reach])
