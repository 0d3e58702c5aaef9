"""Area functions of a long recording, some frames at a time."""

from collections.abc import Iterator
from functools import wraps
from typing import Any

import xarray as xr

from tractable.areas.functions import area_functions
from tractable.stretches import frames_at_once

MEASURED = ["boundary", "articulator", "boundary_sd"]  # what is read of contours
COPIES = 4  # of it, that are made on the way


@wraps(area_functions, assigned=())
def areas_in_stretches(contours: xr.Dataset, **options: Any) -> Iterator[xr.Dataset]:
    """``area_functions`` stretch by stretch, each found with what smoothing asks for beside it."""
    count, beside = contours.sizes["time"], options["smoothing"] // 2
    most = frames_at_once(COPIES * contours[MEASURED].nbytes / max(1, count))
    for first in range(0, count, most):
        start, last = max(0, first - beside), min(first + most, count)
        found = area_functions(contours.isel(time=slice(start, last + beside)), **options)
        yield found.isel(time=slice(first - start, last - start))
