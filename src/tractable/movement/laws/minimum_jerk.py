"""Minimum jerk: the smoothest way there; a control, which looks the same backwards."""

import numpy as np

from tractable.movement.laws.law import Law, Time


def displacement(u: Time, theta: float) -> Time:
    """10 u^3 - 15 u^4 + 6 u^5 from 0 to 1; it has no parameter.

    References
    ----------
    Flash & Hogan (1985), doi:10.1523/JNEUROSCI.05-07-01688.1985.
    """
    u = np.clip(u, 0.0, 1.0)
    return u**3 * (10 + u * (6 * u - 15))


LAW = Law("minimum_jerk", "", (np.nan,), displacement, "duration")
