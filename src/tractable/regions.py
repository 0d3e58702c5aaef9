"""Regions of the tract, and what part of each place lies in them."""

import numpy as np
from jaxtyping import Float


def region_shares(regions: int, places: int) -> Float[np.ndarray, "region place"]:
    """Share, 0 to 1, of each of equal places that lies in each of ``regions`` equal parts.

    Both run from the glottis to the lips.
    """
    region = np.arange(regions)[:, None] / regions
    place = np.arange(places) / places
    upper = np.minimum(region + 1 / regions, place + 1 / places)
    return np.maximum(upper - np.maximum(region, place), 0.0) * places
