"""What models are drawn against: the tube on the measured shapes, by the published law of area.

Not the simulator's own areas, which are the truth and for the stage ``scores`` alone.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes

from tractable.figures.sheet import Look, spoken

PHYSICS = "physics"  # beside the names of models


def by_distance(
    stores: Mapping[str, xr.Dataset], formants: np.ndarray, at: np.ndarray
) -> Float[np.ndarray, "frame formant place"]:
    """dlnF/dlnd of one speaker in the frames ``at``."""
    by_area = stores["theory"].sensitivity.sel(formant=formants).values[at]
    return by_area * exponent(stores["areas"])


def exponent(areas: xr.Dataset) -> np.ndarray:
    """beta by place, slope of ln A on ln d over a speaker's frames: dlnF/dlnd = beta dlnF/dlnA."""
    fine = (areas.refused == "").values
    log_area, log_distance = (np.log(areas[n].values[fine]) for n in ("area", "distance"))
    log_area, log_distance = log_area - log_area.mean(0), log_distance - log_distance.mean(0)
    moves = (log_distance**2).sum(0)
    return (log_area * log_distance).sum(0) / np.where(moves > 0, moves, np.nan)


def along_tract(axes: Axes, rows: pd.DataFrame, model: str, look: Look) -> None:
    """A model's line over ``place``, and what physics is between as a band."""
    if model == PHYSICS:
        axes.fill_between(rows.place, rows.low, rows.high, color="#dddddd", linewidth=0, zorder=1)
    axes.plot(
        rows.place,
        rows.value,
        color=look.colour,
        linestyle="--" if look.is_control else "-",
        linewidth=2.4 if model == PHYSICS else 1.1,
        label=spoken(model),
        gid=model,
        zorder=2,
    )
