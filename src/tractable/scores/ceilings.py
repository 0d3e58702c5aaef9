"""What physics itself scores when it is told of a shape that is measured, and so a little wrong.

Its law is the true one: what a model loses by learning from wrong shapes, and from formants that
were measured as well, is not in it.
"""

from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.scores.evidence import Evidence, Stores
from tractable.scores.maps import number_of
from tractable.scores.noise import measured_noise
from tractable.scores.reference import Known, told_by

Array = np.ndarray


def with_drawn_errors(
    evidence: Evidence,
    stores: Stores,
    law: Callable[[Stores], Known],
    *,
    together: float,
    seed: int,
) -> xr.Dataset:
    """The reference's law, told of shapes that err by as much as the contours are uncertain.

    Parameters
    ----------
    law : of the speaker's tubes, by which the reference itself was made.
    together : distance along the tract over which cross-distances are wrong together [m]; their
        correlation is exp(-|x - x'| / together).
    seed : of the errors, with the speaker's name.
    """
    random = np.random.default_rng([seed, number_of(evidence.speaker)])
    areas = stores["areas"].isel(time=evidence.frames)
    length = areas.tract_length.values
    sd = np.minimum(areas.distance_sd.values / areas.distance.values, 1.0)
    shape = sd * smooth(random, length, sd.shape[1], together=together)
    longer = areas.tract_length_sd.values / length * random.normal(size=len(length))
    return wrong(evidence, stores, law, shape, longer)


def with_measured_errors(
    evidence: Evidence, stores: Stores, law: Callable[[Stores], Known]
) -> xr.Dataset:
    """The same, told of the shapes that were measured: only where the truth is known."""
    noise = measured_noise(evidence, stores)
    at = {"time": evidence.frames}
    shape, longer = (part.isel(at).values for part in (noise.shape, noise.length))
    return wrong(evidence, stores, law, shape, longer)


def wrong(
    evidence: Evidence,
    stores: Stores,
    law: Callable[[Stores], Known],
    shape: Float[Array, "frame place"],
    length: Float[Array, " frame"],
) -> xr.Dataset:
    """What physics says of the explained frames were ln d and ln L mistaken by so much."""
    known = law(stores).at(evidence.frames)
    return told_by(known.wrong_by(shape, length), stores, evidence.frames)


def smooth(
    random: np.random.Generator, length: Float[Array, " frame"], places: int, *, together: float
) -> Float[Array, "frame place"]:
    """Random numbers of standard deviation 1 that neighbours along the tract share."""
    apart = np.abs(np.subtract.outer(np.arange(places), np.arange(places))) / places
    covariance = np.exp(-apart * length[:, None, None] / together)
    root = np.linalg.cholesky(covariance)
    return np.einsum("fpq,fq->fp", root, random.normal(size=(len(length), places)))
