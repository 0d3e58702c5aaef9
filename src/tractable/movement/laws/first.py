"""First order: speed is proportional to what is left of the way."""

import numpy as np

from tractable.movement.laws.law import Law, Time


def displacement(u: Time, theta: float) -> Time:
    """s' + s = 1 from s = 0: s = 1 - exp(-u); it has no parameter."""
    return -np.expm1(-np.maximum(u, 0.0))


LAW = Law("first", "", (np.nan,), displacement, "1 / rate")
