"""How sure a fit is of what it says about one gesture."""

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.movement.fitting import Fits, interpolated, prepare, whitened

#: Units of what `kinematics` tells.
UNITS = {
    "x0": "mm",
    "target": "mm",
    "amplitude": "mm",
    "onset": "s",
    "tau": "s",
    "rise": "s",
    "peak": "s",
    "time_to_peak": "s",
    "peak_velocity": "1/s",
}


def covariance(fits: Fits, shape: Int[np.ndarray, " gesture"]) -> Float[np.ndarray, "gesture 4 4"]:
    """The inverse of Fisher's information about x0, way, middle [s] and ln rise.

    The noise is taken as its autocovariance says, and the shape as true: what another law would
    make of the gesture is not in it. With known onsets the middle moves with the rise alone.
    """
    gestures, every = fits.gestures, np.arange(len(shape))
    prepared = prepare(gestures)
    rise, middle = fits.rise[shape, every, None], fits.middle[shape, every, None]
    time = np.where(np.isfinite(prepared.time), prepared.time, gestures.time[-1])
    v, way = (time - middle) / rise, fits.way[shape, every, None]
    s = interpolated(fits.shapes.displacement[shape], v)
    slope = interpolated(fits.shapes.slope[shape], v)
    real = np.arange(time.shape[1]) < prepared.frames[:, None]
    rows = [np.ones_like(s), s, -way * slope / rise, -way * slope * v]
    if fits.onset_known:
        rows = [*rows[:2], rows[3] + way * slope * fits.shapes.onset[shape, None]]
    columns = [whitened(prepared.weights, np.where(real, row, 0.0)) for row in rows]
    jacobian = np.stack(columns, -1)
    found = np.linalg.pinv(np.einsum("gfi,gfj->gij", jacobian, jacobian), hermitian=True)
    if fits.onset_known:
        found = with_middle(found, -fits.shapes.onset[shape] * rise[:, 0])
    return found


def with_middle(
    known: Float[np.ndarray, "gesture 3 3"], per_log_rise: Float[np.ndarray, " gesture"]
) -> Float[np.ndarray, "gesture 4 4"]:
    """The covariance of all four where the middle follows from the rise."""
    to_four = np.zeros((len(known), 4, 3))
    to_four[:, 0, 0] = to_four[:, 1, 1] = to_four[:, 3, 2] = 1
    to_four[:, 2, 2] = per_log_rise
    return to_four @ known @ to_four.transpose(0, 2, 1)


def kinematics(fits: Fits, shape: Int[np.ndarray, " gesture"]) -> xr.Dataset:
    """What one gesture gives whatever the law, and under it its own onset and time scale.

    Amplitude, peak velocity over amplitude, the time from 20 to 80 % of the way and the time of
    peak velocity hardly hang on the law; ``onset``, ``tau`` and ``time_to_peak`` (from the onset)
    belong to it.

    Parameters
    ----------
    shape : of every gesture, in the table of the fits.

    Returns
    -------
    ``x0``, ``target``, ``amplitude`` [mm], ``onset``, ``peak`` [s since the window's first frame],
    ``tau``, ``rise``, ``time_to_peak`` [s], ``peak_velocity`` over amplitude [1/s] and, ending in
    ``_sd``, the standard deviation of each by gesture; ``settled`` where they mean something.
    """
    table, every = fits.shapes, np.arange(len(shape))
    x0, way = fits.x0[shape, every], fits.way[shape, every]
    middle, rise = fits.middle[shape, every], fits.rise[shape, every]
    spread = covariance(fits, shape)
    zero, one = np.zeros(len(shape)), np.ones(len(shape))

    def clock(place: Float[np.ndarray, " gesture"]) -> list[Float[np.ndarray, " gesture"]]:
        return [zero, zero, one, rise * place]

    onset, peak = table.onset[shape], table.peak[shape]
    values = {
        "x0": (x0, [one, zero, zero, zero]),
        "target": (x0 + way, [one, one, zero, zero]),
        "amplitude": (np.abs(way), [zero, np.sign(way), zero, zero]),
        "onset": (middle + rise * onset, clock(onset)),
        "tau": (rise * table.tau[shape], [zero, zero, zero, rise * table.tau[shape]]),
        "rise": (rise, [zero, zero, zero, rise]),
        "peak": (middle + rise * peak, clock(peak)),
        "time_to_peak": (rise * (peak - onset), [zero, zero, zero, rise * (peak - onset)]),
        "peak_velocity": (
            table.fastest[shape] / rise,
            [zero, zero, zero, -table.fastest[shape] / rise],
        ),
    }
    found: dict[str, tuple] = {"settled": ("gesture", fits.settled)}
    for name, (value, slopes) in values.items():
        gradient = np.stack(slopes, -1)
        variance = np.einsum("gi,gij,gj->g", gradient, spread, gradient)
        found[name] = ("gesture", value, {"units": UNITS[name]})
        found[f"{name}_sd"] = ("gesture", np.sqrt(variance), {"units": UNITS[name]})
    return xr.Dataset(found)
