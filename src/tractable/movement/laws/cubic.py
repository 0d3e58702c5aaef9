"""Cubic stiffness: a spring that softens with distance, so that large movements start slowly."""

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from tractable.movement.laws import kernel
from tractable.movement.laws.law import Law, Time, refused

STEP = 0.01  # time scales: the integrator errs by less than 1e-9


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
    steps = max(int(np.ceil(u.max(initial=0.0) / STEP)), 1)
    left = CubicHermiteSpline(
        np.arange(steps + 1) * STEP, *kernel.softening_spring(theta, steps, STEP)
    )
    return np.where(u > 0, 1 - left(np.maximum(u, 0.0)), 0.0)


LAW = Law(
    "cubic",
    "d A^2 / k at the largest amplitude A of the class",
    (0.3, 0.5, 0.7, 0.85, 0.95),
    displacement,
    "1 / sqrt(stiffness per unit of mass)",
    amplitude_power=2,
    shapes_of="scaled",
)
