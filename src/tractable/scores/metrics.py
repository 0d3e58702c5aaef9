"""Inner products of sensitivity maps: which movements of the tract a comparison listens to."""

import xarray as xr


def movement(log_distance: xr.DataArray, trained_on: xr.DataArray) -> xr.DataArray:
    """Covariance of one speaker's ln d over the training frames of each fold.

    Parameters
    ----------
    log_distance : (time, place) measured ln d; NaN in frames that are refused.
    trained_on : (fold, time) whether a frame trains in the fold.

    Returns
    -------
    (fold, place, other); NaN in folds that this speaker does not train.
    """
    weight = (trained_on & log_distance.notnull().all("place")).astype(float)
    frames = weight.sum("time")
    known = log_distance.fillna(0.0)
    mean = xr.dot(weight, known, dim="time") / frames.where(frames > 1)
    second = xr.dot(weight, known, known.rename(place="other"), dim="time") / frames.where(
        frames > 1
    )
    return second - mean * mean.rename(place="other")


def natural_metric(movements: list[xr.DataArray]) -> xr.DataArray:
    """Q (fold, place, other): mean over training speakers of how their ln d moves."""
    return xr.concat(movements, "speaker").mean("speaker")


def interventional_metric(
    tract_length: xr.DataArray, place: xr.DataArray, *, width: float
) -> xr.DataArray:
    """Q_ij = exp(-(x_i - x_j)^2 / 2 sigma^2) (frame, place, other).

    Parameters
    ----------
    tract_length : L (frame,) [m], which makes x of places.
    place : x/L (place,), 0 at the glottis.
    width : sigma [m].
    """
    apart = (place - place.rename(place="other")) * tract_length
    return xr.ufuncs.exp(-(apart**2) / (2 * width**2))


def inner(left: xr.DataArray, right: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """<a, b>_Q = a' Q b over ``place``; all other dims survive."""
    return xr.dot(xr.dot(left, metric, dim="place"), right.rename(place="other"), dim="other")


def squared(errors: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """|a|^2_Q over ``place``."""
    return inner(errors, errors, metric)


def cosine(left: xr.DataArray, right: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """Cosine of the angle between two maps over all frames: 1 the same but for a gain, 0 nothing.

    On frames in which both are known; NaN where there are none, or a map is 0.
    """
    along = inner(left, right, metric)
    known = along.notnull()
    sizes = (squared(of, metric).where(known).sum("frame") for of in (left, right))
    whole = next(sizes) ** 0.5 * next(sizes) ** 0.5
    return along.sum("frame") / whole.where(whole > 0)


def ratio_of_sums(above: xr.DataArray, below: xr.DataArray, over: str | list[str]) -> xr.DataArray:
    """Sum over sum, on what both know; NaN where there is nothing, or nothing to divide by."""
    known = above.notnull() & below.notnull()
    total = below.where(known).sum(over, min_count=1)
    return above.where(known).sum(over, min_count=1) / total.where(total != 0)


def correlation(left: xr.DataArray, right: xr.DataArray, over: list[str]) -> xr.DataArray:
    """Pearson's r on what both know; NaN where one of them does not vary."""
    known = left.notnull() & right.notnull()
    left, right = left.where(known), right.where(known)
    left, right = left - left.mean(over), right - right.mean(over)
    spread = ((left**2).mean(over) * (right**2).mean(over)) ** 0.5
    size = (abs(left).max(over) * abs(right).max(over)) ** 0.5
    return (left * right).mean(over) / spread.where((spread > 0) & (size > 1e-12))
