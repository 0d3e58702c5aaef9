"""The softening spring integrated, compiled."""

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def softening_spring(softening, steps, step):
    """y and y' of y'' + 2 y' + y - softening y^3 = 0 from rest at 1, (2, steps + 1).

    By Runge and Kutta's method of fourth order.
    """
    found = np.empty((2, steps + 1))
    y, speed = 1.0, 0.0
    found[0, 0], found[1, 0] = y, speed
    for k in range(steps):
        y1, v1 = speed, softening * y**3 - y - 2 * speed
        p, q = y + 0.5 * step * y1, speed + 0.5 * step * v1
        y2, v2 = q, softening * p**3 - p - 2 * q
        p, q = y + 0.5 * step * y2, speed + 0.5 * step * v2
        y3, v3 = q, softening * p**3 - p - 2 * q
        p, q = y + step * y3, speed + step * v3
        y4, v4 = q, softening * p**3 - p - 2 * q
        y += step / 6 * (y1 + 2 * y2 + 2 * y3 + y4)
        speed += step / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        found[0, k + 1], found[1, k + 1] = y, speed
    return found
