"""Linear second order: a mass on a spring with friction, the point attractor of task dynamics."""

import numpy as np

from tractable.movement.laws.law import Law, Time, refused

NEARLY_CRITICAL = 1e-4  # |zeta - 1| below which the roots are taken as one


def displacement(u: Time, theta: float) -> Time:
    """s'' + 2 zeta s' + s = 1 from rest at 0.

    Parameters
    ----------
    u : time over tau, tau = 1 / sqrt(k) for stiffness k per unit of mass.
    theta : damping ratio zeta > 0; 1 is critical, below it s overshoots the target.

    References
    ----------
    Saltzman & Munhall (1989), doi:10.1207/s15326969eco0104_2.
    """
    if theta <= 0:
        raise refused("linear", theta, "a damping ratio above 0")
    u = np.maximum(u, 0.0)
    if abs(theta - 1) < NEARLY_CRITICAL:
        return 1 - (1 + u) * np.exp(-u)
    width = np.sqrt(complex(theta**2 - 1))
    slow, fast = -theta + width, -theta - width
    left = (slow * np.exp(fast * u) - fast * np.exp(slow * u)) / (slow - fast)
    return 1 - left.real


LAW = Law(
    "linear",
    "damping ratio",
    (0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0),
    displacement,
    "1 / sqrt(stiffness per unit of mass)",
)
