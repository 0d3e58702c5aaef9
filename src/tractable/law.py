"""From a midsagittal distance to the area behind it."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from tractable.contracts import BadInput

Law = Mapping[str, Sequence[float]]  # place, alpha, beta


def area_of(
    distance: Float[np.ndarray, "*time place"], place: Float[np.ndarray, " place"], law: Law
) -> Float[np.ndarray, "*time place"]:
    """Area A = alpha d^beta [m2] of midsagittal distances d [m].

    Parameters
    ----------
    distance : from wall to wall, positive.
    place : x / L of each distance, 0 at the glottis.
    law : ``alpha`` and ``beta`` at each ``place``, straight between them and level beyond. By
        tradition they hold for d in cm and A in cm2.

    References
    ----------
    Heinz & Stevens (1965), Proc. 5th Int. Congr. Acoustics, A44, for the form.
    """
    if set(law) != {"place", "alpha", "beta"} or len({len(column) for column in law.values()}) > 1:
        lengths = {name: len(column) for name, column in law.items()}
        raise BadInput(f"a law has {lengths}, expected place, alpha, beta of one length")
    alpha = np.interp(place, law["place"], law["alpha"])
    return 1e-4 * alpha * (100 * distance) ** exponent_of(place, law)


def exponent_of(place: Float[np.ndarray, " place"], law: Law) -> Float[np.ndarray, " place"]:
    """beta of a law at some places; see `area_of`."""
    return np.interp(place, law["place"], law["beta"])
