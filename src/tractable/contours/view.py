"""How frames are looked at: without their blank margins, and in a mirror if a head faces right."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Shaped

from tractable.imaging.pictures import Frames

BLANK = 0.01  #: a line of pixels that spans less of the clip's grey levels is blank
SCANNED = 512  #: frames that are looked through together
PLACES = ("boundary", "constriction_point")  #: variables that end in x and y, in m
MAPS = ("tissue_map",)  #: variables that end in rows and columns; 0 is outside air


class View(NamedTuple):
    """The part of frames that is looked at, and whether in a mirror."""

    rows: slice
    columns: slice
    mirrored: bool = False

    def of(self, frames: Shaped[np.ndarray, "time y x"]) -> Shaped[np.ndarray, "time row column"]:
        seen = frames[:, self.rows, self.columns]
        return seen[..., ::-1] if self.mirrored else seen

    def given(
        self, found: dict[str, np.ndarray], shape: tuple[int, ...], spacing: float
    ) -> dict[str, np.ndarray]:
        """What was found in the view, in the coordinates of frames of a ``shape`` (time, y, x)."""
        points = {name: self.placed(found[name], spacing) for name in PLACES}
        return found | points | {name: self.framed(found[name], shape) for name in MAPS}

    def placed(self, points: np.ndarray, spacing: float) -> np.ndarray:
        points = points.copy()
        if self.mirrored:  # about the middle of the view
            width = self.columns.stop - self.columns.start
            points[..., 0] = (width - 1) * spacing - points[..., 0]
        points[..., 0] += self.columns.start * spacing
        points[..., 1] += self.rows.start * spacing
        return points

    def framed(self, labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        whole = np.zeros(shape, labels.dtype)
        whole[:, self.rows, self.columns] = labels[..., ::-1] if self.mirrored else labels
        return whole


class Extremes(NamedTuple):
    """Grey levels of every pixel over a clip; NaN where it ever has no number."""

    least: Shaped[np.ndarray, "y x"]
    most: Shaped[np.ndarray, "y x"]


def extremes(frames: Frames) -> Extremes:
    """Found a stretch of frames at a time."""
    least = most = frames[0]
    for first in range(0, len(frames), SCANNED):
        some = frames[first : first + SCANNED]
        least, most = np.minimum(least, some.min(0)), np.maximum(most, some.max(0))
    return Extremes(least, most)


def without_margins(levels: Extremes, smallest: int) -> View:
    """What a letterbox or a viewer put around the picture is no part of it: a single blank row
    makes the network see another head.

    Everything, if less than ``smallest`` pixels each way were left.
    """
    least, most = (of.astype(float) for of in levels)
    limit = BLANK * (most.max() - least.min())
    rows, columns = (between(most.max(axis) - least.min(axis) > limit) for axis in (1, 0))
    if min(rows.stop - rows.start, columns.stop - columns.start) < smallest:
        return View(slice(0, least.shape[0]), slice(0, least.shape[1]))
    return View(rows, columns)


def between(alive: Bool[np.ndarray, " line"]) -> slice:
    """From the first true value to the last."""
    where = np.flatnonzero(alive)
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)
