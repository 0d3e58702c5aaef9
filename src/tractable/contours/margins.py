"""Blank margins: what a viewer, a letterbox or a mask put around the picture is no part of it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8

BLANK = 0.01  #: a line of pixels that spans less of the clip's grey levels is blank


class Window(NamedTuple):
    """The part of the frames that is no margin."""

    rows: slice
    columns: slice


def picture_in(frames: Shaped[np.ndarray, "time y x"], smallest: int) -> Window:
    """Where the picture lies; everywhere, if less than ``smallest`` pixels each way were left."""
    least, most = frames.min(0).astype(float), frames.max(0).astype(float)
    limit = BLANK * (most.max() - least.min())
    rows, columns = (between(most.max(axis) - least.min(axis) > limit) for axis in (1, 0))
    if min(rows.stop - rows.start, columns.stop - columns.start) < smallest:
        return Window(slice(0, frames.shape[1]), slice(0, frames.shape[2]))
    return Window(rows, columns)


def between(alive: Bool[np.ndarray, " line"]) -> slice:
    """From the first true value to the last."""
    where = np.flatnonzero(alive)
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)


def moved(
    boundary: Float[np.ndarray, "time tissue point axis"], window: Window, spacing: float
) -> Float[np.ndarray, "time tissue point axis"]:
    """Curves of the window in the coordinates of the whole frames [m]."""
    corner = spacing * np.array([window.columns.start, window.rows.start])
    return boundary + corner.astype(boundary.dtype)


def framed(
    labels: UInt8[np.ndarray, "time row column"], window: Window, shape: tuple[int, ...]
) -> UInt8[np.ndarray, "time y x"]:
    """Tissue of the window in whole frames, the margins being outside air."""
    whole = np.zeros(shape, labels.dtype)
    whole[:, window.rows, window.columns] = labels
    return whole
