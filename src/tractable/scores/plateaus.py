"""What gestures are found in, variable by variable: the noise of plateaus, and what is left out."""

from collections.abc import Iterator

import xarray as xr

from tractable.scores.score import Score, measured, of_no_formant

MM = 1e3  # mm in a m


def plateau_scores(dynamics: xr.Dataset) -> Iterator[Score]:
    """Of one speaker, each variable where models stand elsewhere.

    Standard deviation of the noise of plateaus, and its autocorrelation at a lag of one frame: NaN
    where there is no plateau, or no noise. `dynamics.noise` bounds the correlation at .8, beyond
    which slow noise is not told from slow movement. Gestures that were found, and movements that
    were left out for whatever reason.

    Parameters
    ----------
    dynamics : of the contract of that name.
    """
    noise = dynamics.noise_autocovariance
    variance = noise.isel(lag=0, drop=True)
    variance = variance.where(variance > 0)
    white = noise.sizes["lag"] == 1  # the autoregression has no coefficient
    next_frame = xr.zeros_like(variance) if white else noise.isel(lag=1, drop=True)
    moves = dynamics.moves.values
    found = [float((moves == name).sum()) for name in dynamics["variable"].values]
    told = {
        "noise of plateaus (mm)": MM * variance**0.5,
        "correlation of noise of plateaus from frame to frame": next_frame / variance,
        "gestures found": variance.copy(data=found),
        "movements left out": dynamics.excluded.sum("reason").astype(float),
    }
    for name, values in told.items():
        yield measured(name, of_no_formant(by_variable(values)), 0)


def by_variable(values: xr.DataArray) -> xr.DataArray:
    """With variables in the place of models, as these are named."""
    names = [str(name).replace(" ", "_") for name in values["variable"].values]
    return xr.DataArray(values.values, {"model": names}, "model")
