"""Shapes of a tract that moves as fitted laws of movement say.

Between the shapes at both ends of a gesture, which stay as they were measured, the part of the
tract that it drives goes straight in ln A (so in ln d too, where A = alpha d^beta), at every moment
as far as the law says.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int

from tractable.contracts import BadInput, likely
from tractable.dynamics.contributions import LENGTH, members, path
from tractable.movement import Law, as_gestures, fit, pooled


class Drive(NamedTuple):
    """How far one gesture has gone in each frame from its first to its last."""

    first: int
    last: int
    progress: Float[np.ndarray, " frame"]  # from 0 to 1

    @property
    def evenly(self) -> "Drive":
        """The same way at one speed, as no law has it."""
        return self._replace(progress=np.linspace(0, 1, len(self.progress)))


def drives(areas: xr.Dataset, found: xr.Dataset, variable: str, of: Law) -> list[Drive]:
    """What gestures of one variable do by a law, in the order of time.

    The law's parameter is the one that fits all gestures of the variable best; onset and time scale
    are each gesture's own. Windows that overlap are cut in the middle of what they share, so that
    no two gestures drive one frame. Left out are gestures that the fit finds no middle and no rise
    of, those that by the law end where they begin, and those at an end of which there is no shape.

    Parameters
    ----------
    areas, found : of one speaker (contracts AREAS, DYNAMICS).
    variable : one of those that gestures were looked for in.

    Raises
    ------
    BadInput : no such variable.
    """
    known = list(map(str, found.variable.values))
    if variable not in known:
        raise BadInput(f"no variable {variable!r}; {likely(variable, known)}")
    own = found.isel(gesture=np.flatnonzero(found.moves.values == variable))
    if own.sizes["gesture"] == 0 or not own.noise_autocovariance.sel(variable=variable)[0] > 0:
        return []
    fits = fit(as_gestures(own))
    if not fits.settled.any():
        return []
    gone = fits.trajectory(pooled(fits, of).shape)[fits.settled]
    first, last = windows(own.isel(gesture=fits.settled), areas.time.values)
    begin, end = cut(first, last)
    made = [
        drive(way[one - window :], int(one), int(other))
        for way, window, one, other in zip(gone, first, begin, end, strict=True)
    ]
    measured = np.isfinite(path(areas)).all(1)
    return [one for one in made if one and measured[one.first] and measured[one.last]]


def drive(gone: Float[np.ndarray, " frame"], first: int, last: int) -> Drive | None:
    """A way of any length as one from 0 to 1; None if it ends where it begins."""
    gone = gone[: last - first + 1] - gone[0]
    return Drive(first, last, gone / gone[-1]) if gone[-1] != 0 else None


def windows(
    own: xr.Dataset, time: Float[np.ndarray, " time"]
) -> tuple[Int[np.ndarray, " gesture"], Int[np.ndarray, " gesture"]]:
    """First and last frame of each window on the speaker's clock."""
    first = np.searchsorted(time, own.begin.values - 0.5 / own.attrs["frame_rate"])
    known = np.isfinite(own.trajectory.values)
    return first, first + known.shape[1] - 1 - known[:, ::-1].argmax(1)


def cut(
    first: Int[np.ndarray, " gesture"], last: Int[np.ndarray, " gesture"]
) -> tuple[Int[np.ndarray, " gesture"], Int[np.ndarray, " gesture"]]:
    """The same windows, cut in the middle of what two that follow on each other share."""
    begin, end = first.copy(), last.copy()
    for before, after in pairwise(range(len(first))):
        if begin[after] < end[before]:
            begin[after] = end[before] = (first[after] + last[before]) // 2
    return begin, end


def driven(
    areas: xr.Dataset, moves: Mapping[str, Sequence[Drive]], ends: Mapping[str, float]
) -> xr.Dataset:
    """The same frames, areas and tract length as gestures drive them, and as measured elsewhere.

    Parameters
    ----------
    areas : of a speaker (contract AREAS).
    moves : part, or tract length -> what drives it.
    ends : part -> x / L of its end towards the lips, as of ``contributions``.
    """
    coordinates = path(areas)
    columns = dict(zip([*ends, LENGTH], members(areas.place.values, ends), strict=True))
    for part, those in moves.items():
        own = coordinates[:, columns[part]]
        for first, last, progress in those:
            way = own[last] - own[first]
            own[first : last + 1] = own[first] + progress[:, None] * way
        coordinates[:, columns[part]] = own
    area, length = np.exp(coordinates[:, :-1]), np.exp(coordinates[:, -1])
    return areas.assign(
        area=areas.area.copy(data=area), tract_length=areas.tract_length.copy(data=length)
    )


def is_driven(moves: Mapping[str, Sequence[Drive]], frames: int) -> Bool[np.ndarray, "part time"]:
    """Frames in which each part is driven, those aside in which a gesture begins and ends."""
    found = np.zeros((len(moves), frames), bool)
    for row, those in zip(found, moves.values(), strict=True):
        for first, last, _ in those:
            row[first + 1 : last] = True
    return found
