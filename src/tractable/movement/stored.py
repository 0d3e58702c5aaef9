"""Gestures out of a store of the contract ``dynamics``."""

import numpy as np
import xarray as xr

from tractable.movement.gestures import Gestures

MM = 1e3  # mm in a metre


def as_gestures(found: xr.Dataset) -> Gestures:
    """What was found (contract DYNAMICS) in mm, without the frames in contact."""
    autocovariance = found.noise_autocovariance.sel(variable=found.moves.values).values
    return Gestures(
        trajectory=MM * found.trajectory.where(~found.contact.astype(bool)).values,
        time=found.frame.values,
        noise_autocovariance=MM**2 * autocovariance,
        speaker=np.full(found.sizes["gesture"], found.attrs["speaker"]),
        variable=found.moves.values,
        direction=found.direction.values,
    )
