"""Which stretch of a speaker's speech is shown."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.dynamics.contributions import path
from tractable.dynamics.trajectories import runs


def most_moving(stores: Mapping[str, xr.Dataset], formant: int, seconds: float) -> slice | None:
    """Frames of the utterance in which ln F as it is heard has the largest sum of squares.

    About its mean there: frames that can be trusted count, and movement does. An utterance is what
    lies between two pauses, or so much of it as is allowed; without any labels it is any stretch.

    Parameters
    ----------
    stores : areas, formants and theory of a speaker.
    seconds : at most; every frame has a shape and a formant of the tube.
    """
    areas = stores["areas"]
    heard, tube = (
        stores[noun].frequency.sel(formant=formant).values for noun in ("formants", "theory")
    )
    known = np.isfinite(path(areas)).all(1) & np.isfinite(tube)
    labelled = areas.phone.values != ""
    run = runs(known & (labelled | ~labelled.any()), areas.clip_of.values, 0)
    best, found = -1.0, None
    for which in range(run.max() + 1):
        own = np.flatnonzero(run == which)
        length = min(round(seconds * areas.attrs["frame_rate"]), len(own))
        moved = sums_of_squares(heard[own], length)
        if length > 1 and moved.max() > best:
            start = int(own[0] + moved.argmax())
            best, found = moved.max(), slice(start, start + length)
    return found


def sums_of_squares(heard: Float[np.ndarray, " time"], length: int) -> Float[np.ndarray, " start"]:
    """Of ln F about its mean, over every stretch of so many frames."""
    known = np.isfinite(heard)
    value = np.log(np.where(known, heard, 1))
    count, total, squares = (
        np.convolve(of, np.ones(length), "valid") for of in (known, value, value**2)
    )
    return squares - total**2 / np.maximum(count, 1)
