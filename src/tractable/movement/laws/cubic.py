"""Cubic stiffness: a spring that softens with distance, so that large movements start slowly."""

import numpy as np
from scipy.integrate import solve_ivp

from tractable.movement.laws.law import Law, Time, refused

PRECISION = 1e-10  # of the integrator, absolute and relative


def displacement(u: Time, theta: float) -> Time:
    """y'' + 2 y' + y - delta y^3 = 0 from rest at 1, as s = 1 - y.

    y is the distance to the target over its value at the onset. In the units of the gesture,
    x'' + b x' + k (x - T) - d (x - T)^3 = 0 with critical b = 2 sqrt(k), tau = 1 / sqrt(k) and
    delta = d (x0 - T)^2 / k. The spring pulls to the target only where delta < 1.

    Parameters
    ----------
    theta : delta, from 0 (linear and critical) to below 1.

    References
    ----------
    Sorensen & Gafos (2016), doi:10.1080/10407413.2016.1230368.
    """
    if not 0 <= theta < 1:
        raise refused("cubic", theta, "from 0 to below 1: else the target repels, and it diverges")
    if u.size == 0:
        return np.zeros(0)
    last = max(float(u.max()), PRECISION)

    def spring(_: float, state: np.ndarray) -> tuple[float, float]:
        left, speed = state
        return speed, -2 * speed - left + theta * left**3

    solved = solve_ivp(
        spring,
        (0.0, last),
        (1.0, 0.0),
        method="DOP853",
        rtol=PRECISION,
        atol=PRECISION,
        dense_output=True,
    )
    return np.where(u > 0, 1 - solved.sol(np.clip(u, 0.0, last))[0], 0.0)


LAW = Law(
    "cubic",
    "d A^2 / k at the largest amplitude A of the class",
    (0.3, 0.5, 0.7, 0.85, 0.95),
    displacement,
    "1 / sqrt(stiffness per unit of mass)",
    amplitude_power=2,
    shapes_of="scaled",
)
