"""Intervals that hold nine tenths, and how often something holds."""

import numpy as np
from jaxtyping import Bool

NINE_TENTHS = 1.645  #: standard deviations to either side


def share(of: Bool[np.ndarray, "*n"], among: Bool[np.ndarray, "*n"]) -> float:
    """How often something holds where something else does; NaN where that never does."""
    return float(of[among].mean()) if among.any() else np.nan
