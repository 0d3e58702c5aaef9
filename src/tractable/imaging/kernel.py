"""Compiled: polygons painted on a grid."""

import numba
import numpy as np


@numba.njit(cache=True)
def paint(painted, polygon, code):  # (y, x) uint8; (point, 2) in pixels; changed in place
    """Give ``code`` to the pixels that a closed polygon winds around in its own sense.

    Its own sense is that of its signed area: where its sides cross and it winds the other way,
    nothing is painted.
    """
    height, width = painted.shape
    turns = np.zeros((height, width + 1), np.int32)
    area = 0.0
    for k in range(len(polygon)):
        ax, ay = polygon[k - 1]
        bx, by = polygon[k]
        area += ax * by - bx * ay
        sense = 1 if by > ay else -1
        low, high = min(ay, by), max(ay, by)
        for row in range(max(0, int(np.ceil(low))), min(height, int(np.ceil(high)))):
            x = ax + (row - ay) / (by - ay) * (bx - ax)
            turns[row, min(width, max(0, int(np.ceil(x))))] += sense
    inside = -1 if area > 0 else 1
    for row in range(height):
        winding = 0
        for column in range(width):
            winding += turns[row, column]
            if winding * inside > 0:
                painted[row, column] = code
