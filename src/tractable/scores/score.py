"""What a score is: a name, a value by model and formant, and what stands beside it."""

from dataclasses import dataclass, field

import numpy as np
import xarray as xr

UNKNOWN = xr.DataArray(np.nan)


@dataclass(frozen=True)
class Score:
    """One score of one speaker.

    The name carries the unit where there is one. ``value`` has the dims (model, formant); the
    labels of ``formant`` are text, see `by_formant`. NaN: the model cannot be asked.
    """

    name: str
    value: xr.DataArray
    better: int  # 1 larger, -1 smaller, 0 neither
    null: xr.DataArray = field(default_factory=lambda: UNKNOWN)  # () or (formant,)
    ceiling: xr.DataArray = field(default_factory=lambda: UNKNOWN)
    direction: str = "forward"


def by_formant(values: xr.DataArray, averaged: tuple[int, ...] = (1, 2, 3)) -> xr.DataArray:
    """Label formants F1, F2 ... and add their mean, which needs all those ``averaged``."""
    mean = values.sel(formant=list(averaged)).mean("formant", skipna=False)
    return xr.concat([with_labels(values), mean.expand_dims(formant=["mean"])], "formant")


def with_labels(values: xr.DataArray) -> xr.DataArray:
    return values.assign_coords(formant=[f"F{n}" for n in values.formant.values])


def of_no_formant(values: xr.DataArray) -> xr.DataArray:
    """A score that belongs to the whole shape."""
    return values.expand_dims(formant=["all"])


def one_model(model: str, values: xr.DataArray) -> xr.DataArray:
    """A value that stands beside the models under a name of its own."""
    return values.expand_dims(model=[model])


def exactly(value: float) -> xr.DataArray:
    """A null or ceiling known beforehand."""
    return xr.DataArray(float(value))


def measured(name: str, value: xr.DataArray, better: int = -1) -> Score:
    """A score of what is measured on the way to the models; by default an error."""
    return Score(name, value, better, direction="measurement")
