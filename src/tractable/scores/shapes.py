"""What wrong shapes cost: the same law and the same tube, on measured and on true distances."""

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.intervals import NINE_TENTHS, share
from tractable.scores.evidence import FORMANTS, Stores, unlabelled
from tractable.scores.score import Score, by_formant, measured, of_no_formant, one_model
from tractable.scores.tubes import Tube, frequencies

OF_SHAPE = {"distance": "distance", "tract length": "tract_length"}  # name -> variable


def shape_cost(stores: Stores) -> list[Score]:
    """Areas and formants of measured distances against those of the true ones, and how often the
    true ones lie within the 90 % intervals of the measured ones.

    Whatever is wrong with the law and with the tube is wrong on both sides.
    """
    off = formant_error(stores)
    inside = {name: 100 * covered(away) for name, away in shape_deviations(stores).items()}
    of_formants = xr.DataArray(
        [inside[f"F{n}"] for n in FORMANTS], {"formant": FORMANTS}, "formant"
    )
    return [
        one("area error of contours (%)", 100 * float(area_error(stores).mean())),
        *(one(f"{name} 90 % interval (% covered)", inside[name], 0) for name in OF_SHAPE),
        by_number("formant error of contours (%)", 100 * off.mean("time"), -1),
        by_number("formant 90 % interval of contours (% covered)", of_formants, 0),
    ]


def shape_deviations(stores: Stores) -> dict[str, np.ndarray]:
    """How far distances, lengths and formants are off, in their own standard deviations."""
    areas, theory = stores["areas"], unlabelled(stores["theory"][["frequency", "frequency_sd"]])
    errors = (distance_error(stores), areas.tract_length - stores["truth"].tract_length.values)
    of_shape = {
        name: abs(error).values / areas[f"{variable}_sd"].values
        for (name, variable), error in zip(OF_SHAPE.items(), errors, strict=True)
    }
    off = formant_error(stores) * theory.frequency / theory.frequency_sd
    return of_shape | {f"F{n}": off.sel(formant=n).values for n in FORMANTS}


def distance_error(stores: Stores) -> xr.DataArray:
    """Measured less true distances (time, place) [m]; NaN where refused."""
    areas = stores["areas"]
    return unlabelled(areas.distance - true_distance(areas, stores["truth"]))


def area_error(stores: Stores) -> xr.DataArray:
    """|ln| of measured areas over those of the true distances (time, place)."""
    areas = unlabelled(stores["areas"].area)
    return abs(np.log(areas / true_shapes(stores["areas"], stores["truth"]).area))


def formant_error(stores: Stores) -> xr.DataArray:
    """|ln| of measured formants over those of the true distances (time, formant)."""
    areas, heard = stores["areas"], unlabelled(stores["theory"].frequency)
    true = heard.copy(data=frequencies(true_shapes(areas, stores["truth"])))
    return abs(np.log(heard / true)).where(unlabelled(areas.refused == ""))


def true_shapes(areas: xr.Dataset, truth: xr.Dataset) -> Tube:
    """The simulator's distances, turned into areas by the law that the measured ones followed."""
    exponent, level = law_followed(areas)
    area = np.exp(level + exponent * np.log(true_distance(areas, truth)))
    length = truth.tract_length.values[:, None] / area.shape[1]
    return Tube(area, np.broadcast_to(length, area.shape), None)


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


def covered(deviations: np.ndarray) -> float:
    """Share of what is known that lies within the 90 % interval."""
    return share(deviations < NINE_TENTHS, np.isfinite(deviations))


def one(name: str, value: float, better: int = -1) -> Score:
    return measured(name, one_model("areas", of_no_formant(xr.DataArray(value))), better)


def by_number(name: str, values: xr.DataArray, better: int) -> Score:
    return measured(name, one_model("areas", by_formant(values)), better)
