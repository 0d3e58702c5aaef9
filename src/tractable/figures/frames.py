"""A frame and what was traced in it, for all figures that show heads; axes in cm."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from tractable.contracts import FACE


def traced_frame(stores: Mapping[str, xr.Dataset], frame: int) -> xr.Dataset:
    """One picture: frame (y, x) and what contours say of it, without the face and the clock."""
    contours = stores["contours"]
    parts = {
        "frame": stores["recordings"].frames,
        "boundary": contours.boundary.where(contours.articulator != FACE),
        "boundary_sd": contours.boundary_sd,
        "uncertainty": contours.uncertainty,
        "refused": contours.refused,
    }
    return xr.Dataset({n: a.isel(time=frame).reset_coords(drop=True) for n, a in parts.items()})


def show_frame(axes: Axes, picture: xr.Dataset) -> None:
    """The frame in grey; nothing outside it is seen."""
    x, y = 100 * picture.x.values, 100 * picture.y.values
    half = (x[1] - x[0]) / 2
    extent = (x[0] - half, x[-1] + half, y[-1] + half, y[0] - half)
    axes.imshow(picture.frame.values, extent=extent, vmin=0, vmax=255, gid="frame")
    axes.set(xlim=extent[:2], ylim=extent[2:])


def curve(picture: xr.Dataset, tissue: str) -> np.ndarray:
    """Points of a boundary (point, axis) [cm]."""
    return 100 * picture.boundary.sel(tissue=tissue).values
