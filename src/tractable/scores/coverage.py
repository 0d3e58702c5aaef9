"""V0, of what models say of their own errors: how often nine tenths are nine tenths."""

import xarray as xr

from tractable.intervals import NINE_TENTHS
from tractable.scores.score import Score, by_formant, exactly, of_no_formant


def within(
    predicted: xr.DataArray, deviation: xr.DataArray, known: xr.DataArray, over: list[str]
) -> xr.DataArray:
    """Share [%] of what is known that lies within the 90 % intervals; NaN where there are none.

    Parameters
    ----------
    predicted, deviation : a value, and the standard deviation of its logarithm.
    """
    away = abs(xr.ufuncs.log(predicted / known))
    inside = away < NINE_TENTHS * deviation
    return 100 * inside.where(away.notnull() & deviation.notnull()).mean(over)


def formant_coverage(
    predicted: xr.DataArray, deviation: xr.DataArray, known: xr.DataArray
) -> Score:
    """How often the measured formant lies within the 90 % interval around the predicted one."""
    inside = within(predicted, deviation, known, ["time"])
    return Score("V0 90 % interval (% covered)", by_formant(inside), 0, ceiling=exactly(90.0))


def formant_width(deviation: xr.DataArray) -> Score:
    """Mean width of these intervals in % of the formant: coverage may be bought by it."""
    reach = NINE_TENTHS * deviation
    width = 100 * (xr.ufuncs.exp(reach) - xr.ufuncs.exp(-reach)).mean("time")
    return Score("V0 90 % interval (% wide)", by_formant(width), -1)


def shape_coverage(
    name: str, predicted: xr.DataArray, deviation: xr.DataArray, known: xr.DataArray
) -> Score:
    """The same of distances, or of tract length."""
    inside = within(predicted, deviation, known, [str(dim) for dim in known.dims])
    title = f"V0 90 % interval of {name} (% covered)"
    return Score(title, of_no_formant(inside), 0, ceiling=exactly(90.0), direction="inverse")


def interval_width(predicted: xr.DataArray, deviation: xr.DataArray) -> Score:
    """Mean width of the 90 % intervals of distances."""
    reach = NINE_TENTHS * deviation
    width = predicted * (xr.ufuncs.exp(reach) - xr.ufuncs.exp(-reach))
    mean = of_no_formant(1e3 * width.mean(["time", "place"]))
    return Score("V0 90 % interval of distances (mm wide)", mean, -1, direction="inverse")
