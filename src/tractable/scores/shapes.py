"""What wrong shapes cost: the same law and the same tube, on measured and on true distances."""

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.intervals import NINE_TENTHS
from tractable.scores.evidence import Stores, unlabelled
from tractable.scores.score import Score, by_formant, measured, of_no_formant, one_model
from tractable.scores.statistics import mean_of_known
from tractable.scores.tubes import Tube, frequencies


def shape_cost(stores: Stores) -> list[Score]:
    """Areas and formants of measured distances against those of the true ones, and how often the
    true ones lie within the 90 % intervals of the measured ones.

    Whatever is wrong with the law and with the tube is wrong on both sides.
    """
    areas, theory = stores["areas"], unlabelled(stores["theory"])
    distance, length = true_distance(areas, stores["truth"]), stores["truth"].tract_length.values
    tube = true_shapes(areas, distance, length)
    known = xr.DataArray((areas.refused == "").values, dims="time")
    true = theory.frequency.copy(data=frequencies(tube))
    off = abs(np.log(theory.frequency / true)).where(known)
    reach = NINE_TENTHS * theory.frequency_sd / theory.frequency
    area_off = abs(np.log(areas.area.values / tube.area))
    inside = {
        "distance": (areas.distance, areas.distance_sd, distance),
        "tract length": (areas.tract_length, areas.tract_length_sd, length),
    }
    cover = {
        name: covered(found.values, sd.values, told) for name, (found, sd, told) in inside.items()
    }
    return [
        one("area error of contours (%)", 100 * mean_of_known(area_off)),
        *(
            one(f"{name} 90 % interval (% covered)", 100 * value, 0)
            for name, value in cover.items()
        ),
        by_number("formant error of contours (%)", 100 * off.mean("time"), -1),
        by_number(
            "formant 90 % interval of contours (% covered)",
            100 * (off < reach).where(off.notnull()).mean("time"),
            0,
        ),
    ]


def true_shapes(
    areas: xr.Dataset, distance: Float[np.ndarray, "time place"], length: Float[np.ndarray, " time"]
) -> Tube:
    """The simulator's distances, turned into areas by the law that the measured ones followed."""
    exponent, level = law_followed(areas)
    area = np.exp(level + exponent * np.log(distance))
    return Tube(area, np.broadcast_to(length[:, None] / area.shape[1], area.shape), None)


def true_distance(areas: xr.Dataset, truth: xr.Dataset) -> Float[np.ndarray, "time place"]:
    """The simulator's distances [m], as narrow at least as a measured one can be."""
    return np.maximum(truth.distance.values, np.nanmin(areas.distance.values))


def law_followed(
    areas: xr.Dataset,
) -> tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]:
    """Exponent and ln area at 1 m of every place: ln A is a straight line in ln d.

    NaN where the distance is always the same, and says nothing of its law.
    """
    known = (areas.refused == "").values
    ln_d, ln_a = (np.log(areas[name].values[known]) for name in ("distance", "area"))
    away = ln_d - ln_d.mean(0)
    moves = np.where(np.ptp(ln_d, axis=0) > 0, (away**2).sum(0), np.nan)
    exponent = (away * ln_a).sum(0) / moves
    return exponent, ln_a.mean(0) - exponent * ln_d.mean(0)


def covered(found: np.ndarray, sd: np.ndarray, true: np.ndarray) -> float:
    known = np.isfinite(found) & np.isfinite(true)
    return float((abs(found - true) < NINE_TENTHS * sd)[known].mean()) if known.any() else np.nan


def one(name: str, value: float, better: int = -1) -> Score:
    return measured(name, one_model("areas", of_no_formant(xr.DataArray(value))), better)


def by_number(name: str, values: xr.DataArray, better: int) -> Score:
    return measured(name, one_model("areas", by_formant(values)), better)
