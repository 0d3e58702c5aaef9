"""Ramped activation: a critically damped gesture that takes over from rest little by little."""

import numpy as np

from tractable.movement.laws.law import Law, Time, refused


def displacement(u: Time, theta: float) -> Time:
    """s'' + 2 s' + s = a(u), activation a rising evenly from 0 to 1 within theta time scales.

    The neutral attractor that the gesture takes over from pulls to x0 with the same stiffness, so
    that blending the two moves the target from x0 to T. The exact solution is the mean over
    activations that would have stepped at 0 to theta.

    Parameters
    ----------
    theta : how long activation rises, in units of tau; 0 is a step.

    References
    ----------
    Blending by activation: Saltzman & Munhall (1989), doi:10.1207/s15326969eco0104_2; gradual
    activation: Byrd & Saltzman (1998), doi:10.1006/jpho.1998.0071. An even ramp is ours.
    """
    if theta < 0:
        raise refused("ramp", theta, "0 or a positive duration, in time scales")
    if theta == 0:
        return 1 - (1 + np.maximum(u, 0.0)) * np.exp(-np.maximum(u, 0.0))
    return (summed_step(u) - summed_step(u - theta)) / theta


def summed_step(u: Time) -> Time:
    """Integral of 1 - (1 + u) exp(-u) from 0."""
    u = np.maximum(u, 0.0)
    return u - 2 + (u + 2) * np.exp(-u)


LAW = Law(
    "ramp",
    "rise of activation in time scales",
    (1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
    displacement,
    "1 / sqrt(stiffness per unit of mass)",
)
