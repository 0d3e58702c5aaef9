"""What measuring costs: contours, shapes, tubes and formants against what the simulator knows."""

import numpy as np
import xarray as xr

from tractable.curves import distance_to
from tractable.intervals import NINE_TENTHS, share
from tractable.scores.accuracy import absolute_error, relative_error, shape_error
from tractable.scores.closures import closure_measurement
from tractable.scores.evidence import FORMANTS, Evidence, Stores, unlabelled
from tractable.scores.points import TISSUES, compared_points, curves
from tractable.scores.score import Score, by_formant, measured, of_no_formant, one_model
from tractable.scores.shapes import shape_cost
from tractable.scores.tubes import frequencies, measured_with_known_rest, true_tube


def contour_error(measured: np.ndarray, known: np.ndarray) -> float:
    """Mean distance [m] of the points of a measured curve to the known polyline, both ways.

    Parameters
    ----------
    measured, known : points (point, axis) [m]; NaN rows end a curve or part two pieces.

    Returns
    -------
    The larger of the two means, measured to known over the stretch that both cover and back, so
    that neither a stray piece nor a missing one goes unseen; NaN where a curve is absent.
    """
    if not (np.isfinite(measured).all(1).any() and np.isfinite(known).all(1).any()):
        return np.nan
    there, back = nearest_distance(measured, known), nearest_distance(known, measured)
    return float(max(there.mean(), back.mean()))


def nearest_distance(points: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Distance [m] of every finite point to the nearest place of a polyline with gaps."""
    return distance_to(points[np.isfinite(points).all(1)], curve)[0]


def contour_errors(contours: xr.Dataset, truth: xr.Dataset, *, stride: int) -> xr.DataArray:
    """Mean contour error by tissue [m] over every ``stride``-th unrefused frame."""
    means = []
    for tissue in TISSUES:
        found = curves(contours, truth, tissue, stride=stride)
        errors = np.array([contour_error(of.measured, of.known) for of in found])
        errors = errors[np.isfinite(errors)]
        means.append(errors.mean() if len(errors) else np.nan)
    return xr.DataArray(means, {"tissue": list(TISSUES)}, "tissue")


def coverages(contours: xr.Dataset, truth: xr.Dataset, *, stride: int) -> xr.DataArray:
    """Share of measured points, by tissue, that lie within their 90 % interval of the truth."""
    points = compared_points(contours, truth, stride=stride)
    inside = points.away < NINE_TENTHS * points.sd
    shares = [share(inside, points.tissue == k) for k in range(len(TISSUES))]
    return xr.DataArray(shares, {"tissue": list(TISSUES)}, "tissue")


def check_against_differences(
    predicted: np.ndarray, simulated: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """r, slope and skill by formant of the reference's d ln F beside the simulator's own.

    Parameters
    ----------
    predicted : S* dlnA + length terms (exam, parameter, formant).
    simulated : finite differences of the simulator's formants, same shape; NaN does not count.

    Returns
    -------
    Pearson's r, the slope of simulated on predicted through the origin, and 1 less the squares of
    their difference over those of the simulated, (formant,).
    """
    r, slope, skill = [], [], []
    for theirs, ours in zip(
        simulated.reshape(-1, simulated.shape[-1]).T,
        predicted.reshape(-1, predicted.shape[-1]).T,
        strict=True,
    ):
        known = np.isfinite(theirs) & np.isfinite(ours)
        ours, theirs = ours[known], theirs[known]
        enough = len(ours) > 2
        r.append(np.corrcoef(ours, theirs)[0, 1] if enough else np.nan)
        slope.append(ours @ theirs / (ours @ ours) if enough else np.nan)
        missed = ((ours - theirs) ** 2).sum()
        skill.append(1 - missed / (theirs @ theirs) if enough else np.nan)
    return np.array(r), np.array(slope), np.array(skill)


def measurement_scores(
    evidence: Evidence,
    stores: Stores,
    check: tuple[np.ndarray, np.ndarray],
    *,
    stride: int,
    closed: float,
) -> list[Score]:
    """All that is measured on the way, against the simulator's own.

    Parameters
    ----------
    check : S* dlnA with length terms, and the simulator's d ln F (exam, parameter, formant).
    stride : frames between two whose contours are compared with the truth.
    closed : a true constriction narrower than that is closed [m].
    """
    r, slope, skill = check_against_differences(*check)
    return [
        *formant_measurement(evidence, stores),
        *contour_measurement(stores, stride=stride),
        *closure_measurement(stores["contours"], stores["truth"], closed=closed),
        *shape_measurement(evidence, stores),
        *shape_cost(stores),
        physics_check("reference check r", r),
        physics_check("reference check slope", slope),
        physics_check("reference check skill", skill),
    ]


def formant_measurement(evidence: Evidence, stores: Stores) -> list[Score]:
    """Tubes on true and on measured areas, and the tracker, against the simulator's poles.

    All on the same values: voiced, with a shape, and known to every one of them. The first two
    tubes differ in nothing but the areas: what the second misses more is what measuring costs. The
    third has textbook losses and no fossa, as on a recording, where nobody knows better.
    """
    truth, areas = stores["truth"], stores["areas"]
    poles = unlabelled(truth.frequency)
    found = {
        "tube_true_areas": poles.copy(data=frequencies(true_tube(truth))),
        "tube_measured_areas": poles.copy(data=frequencies(measured_with_known_rest(areas, truth))),
        "textbook_tube_measured_areas": unlabelled(stores["theory"].frequency),
        "formant_tracker": unlabelled(stores["formants"].frequency),
    }
    together = xr.concat([one_model(name, values) for name, values in found.items()], "model")
    voiced = (unlabelled(truth.voiced) > 0) & evidence.asked_of_sound
    poles = poles.where(voiced & together.notnull().all("model"))
    errors = {"%": 100 * relative_error(together, poles), "Hz": absolute_error(together, poles)}
    return [
        measured(f"formant error against poles ({unit})", by_formant(error))
        for unit, error in errors.items()
    ]


def contour_measurement(stores: Stores, *, stride: int) -> list[Score]:
    """Contours against the simulator's outlines, by tissue, and the coverage of their intervals."""
    inside = 100 * coverages(stores["contours"], stores["truth"], stride=stride)
    errors = contour_errors(stores["contours"], stores["truth"], stride=stride)
    units = {"mm": 1e-3, "px": float(stores["contours"].attrs["pixel_spacing"])}
    scores = [
        measured(
            f"contour error {tissue} ({unit})",
            one_model("contours", of_no_formant(errors.sel(tissue=tissue, drop=True) / size)),
        )
        for unit, size in units.items()
        for tissue in TISSUES
    ]
    return scores + [
        measured(
            f"contour 90 % interval {tissue} (% covered)",
            one_model("contours", of_no_formant(inside.sel(tissue=tissue, drop=True))),
            0,
        )
        for tissue in TISSUES
    ]


def shape_measurement(evidence: Evidence, stores: Stores) -> list[Score]:
    """Cross-distances and tract length against the simulator's, in mm."""
    distance = unlabelled(stores["truth"].distance)
    length = unlabelled(stores["truth"].tract_length)
    errors = {
        "distance rms error (mm)": shape_error(xr.ufuncs.exp(evidence.log_distance), distance),
        "tract length error (mm)": absolute_error(evidence.tract_length, length),
    }
    return [
        measured(name, one_model("areas", of_no_formant(1e3 * error)))
        for name, error in errors.items()
    ]


def physics_check(name: str, values: np.ndarray) -> Score:
    by_number = xr.DataArray(values, {"formant": FORMANTS}, "formant")
    return Score(name, one_model("physics", by_formant(by_number)), 0, direction="measurement")
