"""Constrictions and closures against the simulator's, by place."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int8

from tractable.contracts import ARTICULATORS, FRONT
from tractable.curves import distance_to
from tractable.intervals import share
from tractable.scores.score import Score, measured, of_no_formant, one_model
from tractable.statistics import mean_of_known

#: Stops of the simulated corpus by the place where they close.
STOPS = {"lips": "pb", "alveolar": "td", "velar": "kg"}
AT_ONCE = 512  # frames whose outlines are in memory: a chunk of their store
CODE = {name: 1 + k for k, name in enumerate(ARTICULATORS)}


class Constrictions(NamedTuple):
    """One place in some frames."""

    width: Float[np.ndarray, " time"]  # m
    point: Float[np.ndarray, "time axis"]  # m
    closed: Bool[np.ndarray, " time"]


def closure_measurement(contours: xr.Dataset, truth: xr.Dataset, *, closed: float) -> list[Score]:
    """Closures found, by place, and how wide and where constrictions are in stops.

    Closures are those of the midsagittal plane: the simulator may shut a tract by the sides of the
    tongue while its middle stands off. Stops are frames labelled so.

    Parameters
    ----------
    closed : a true constriction narrower than that is closed [m].
    """
    frames = np.flatnonzero((contours.refused == "").values)
    phone = truth.phone.values[frames]
    scores = []
    for place, phones in STOPS.items():
        found, true = told(contours, place, frames), known(truth, place, frames, closed)
        stop = np.isin(phone, list(phones))
        away = np.hypot(*(found.point - true.point)[stop].T)
        values = {
            f"closure precision {place}": (share(true.closed, found.closed), 1),
            f"closure recall {place}": (share(found.closed, true.closed), 1),
            f"constriction width error in stops {place} (mm)": (
                1e3 * mean_of_known(abs(found.width - true.width)[stop]),
                -1,
            ),
            f"constriction place error in stops {place} (mm)": (1e3 * mean_of_known(away), -1),
        }
        scores += [
            measured(name, one_model("contours", of_no_formant(xr.DataArray(value))), better)
            for name, (value, better) in values.items()
        ]
    return scores


def told(contours: xr.Dataset, place: str, frames: np.ndarray) -> Constrictions:
    """A place as the contours tell it."""
    of = contours.isel(time=frames, constriction=list(contours.constriction.values).index(place))
    point = of.constriction_point.values
    return Constrictions(of.constriction_degree.values, point, of.closed.values.astype(bool))


def known(truth: xr.Dataset, place: str, frames: np.ndarray, closed: float) -> Constrictions:
    """A place between the simulator's outlines, where they are nearest."""
    width, point = np.full(len(frames), np.nan), np.full((len(frames), 2), np.nan)
    for frame, (curve, code) in enumerate(outlines(truth, frames)):
        above, below = facing(curve, code, place)
        if len(above) and len(below) > 1:
            away = distance_to(above, below)[0]
            at = above[away.argmin()]
            width[frame] = away.min()
            point[frame] = 0.5 * (at + below[((below - at) ** 2).sum(1).argmin()])
    return Constrictions(width, point, width < closed)


def outlines(truth: xr.Dataset, frames: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Upper and lower boundary of each frame, and to what their points belong, some at a time."""
    tissues = [list(truth.tissue.values).index(name) for name in ("upper", "lower")]
    parts = [of.isel(tissue=tissues) for of in (truth.boundary, truth.articulator)]
    for start in range(0, len(frames), AT_ONCE):
        few = frames[start : start + AT_ONCE]
        curves, codes = (of.isel(time=few).values for of in parts)
        yield from zip(curves.astype(float), codes, strict=True)


def facing(
    curve: Float[np.ndarray, "tissue point axis"],
    code: Int8[np.ndarray, "tissue point"],
    place: str,
) -> tuple[Float[np.ndarray, "_ axis"], Float[np.ndarray, "_ axis"]]:
    """The stretches of the upper and of the lower boundary that meet at a place."""
    if place == "lips":
        return curve[0, code[0] == CODE["upper lip"]], curve[1, code[1] == CODE["lower lip"]]
    roof = curve[0, np.isin(code[0], [CODE["palate"], CODE["velum"]])]
    front = int(FRONT * (code[0] == CODE["palate"]).sum())
    tongue = curve[1, code[1] == CODE["tongue"]]
    return (roof[:front] if place == "alveolar" else roof[front:]), tongue
