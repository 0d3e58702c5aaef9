"""What the battery is given of one speaker: answers beside the reference, on the same frames."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import xarray as xr

from tractable.contracts import BadInput

FORMANTS = [1, 2, 3]  # the formants that are scored
CAVITIES = ["back", "constriction", "front"]
Stores = Mapping[str, xr.Dataset]  # noun -> one speaker's store
Labelled = TypeVar("Labelled", xr.Dataset, xr.DataArray)


class Asking(NamedTuple):
    """How the models were asked; physics and the controls are asked the same."""

    step: float  # by which a region is widened and narrowed [m]
    floor: float  # cross-distance that counts as closed: none is smaller, nor made smaller [m]
    ends: float  # share of the tract's length that is its larynx, and its lips


def asking(stores: Stores) -> Asking:
    """How the explanations of a speaker came about, by their own attributes."""
    about = stores["explanations"].attrs
    return Asking(*(float(about[name]) for name in Asking._fields))


@dataclass(frozen=True)
class Evidence:
    """One speaker. ``frame`` runs over the explained frames that can be used, ``time`` over all.

    ``reference`` and ``answers`` speak the same language, the variables of the contract
    ``explanations``; ``answers`` has a dim ``model`` before them. The reference adds
    ``length_sensitivity`` (frame, formant, place), dlnF/dln(section length); ``within`` (frame,
    cavity, place), the share of each place that lies in each cavity; ``length_share`` (frame,
    cavity); ``at_end`` (end, place), the share of each place that lies at each end;
    ``displacement`` (frame, explainer, place), how far each place is from where attributions start;
    and where a constriction was swept, ``narrowing`` and ``swept_place``, see `nomograms.swept`.
    """

    speaker: str
    asking: Asking
    trains: xr.DataArray  # (fold, time) whether a frame trains in a fold
    tests: xr.DataArray  # (fold, time) whether it is held out there
    frames: np.ndarray  # index on the clock of the explained frames
    log_distance: xr.DataArray  # (time, place) measured ln d, NaN where refused
    tract_length: xr.DataArray  # (time,) [m], NaN where refused
    reference: xr.Dataset
    answers: xr.Dataset
    phone: xr.DataArray  # (time,) label of a frame, "" where there is none

    @property
    def trains_frames(self) -> xr.DataArray:
        return on_frames(self.trains, self.frames)

    @property
    def fold_of_time(self) -> xr.DataArray:
        """Fold that holds a frame out (the first, should there be several)."""
        return self.tests.argmax("fold")

    @property
    def fold_of_frame(self) -> xr.DataArray:
        return on_frames(self.fold_of_time, self.frames)

    @property
    def asked_of_sound(self) -> xr.DataArray:
        """(time,) whether a frame was held out and has a shape."""
        return self.tests.any("fold") & self.log_distance.notnull().all("place")

    @property
    def phone_of_frame(self) -> np.ndarray:
        """Phone of each explained frame, "" where there is none."""
        return on_frames(self.phone, self.frames).values

    def at(self, keep: np.ndarray) -> "Evidence":
        """Some of the explained frames alone, by index."""
        return replace(
            self,
            frames=self.frames[keep],
            reference=self.reference.isel(frame=keep),
            answers=self.answers.isel(frame=keep),
        )


def gathered(
    speaker: str,
    stores: Stores,
    physics: Callable[[Stores, np.ndarray], xr.Dataset],
) -> Evidence:
    """One speaker's stores on one clock.

    Parameters
    ----------
    physics : of the stores and of the explained frames' index; returns the reference.

    Raises
    ------
    BadInput : stores on several clocks, or no frame that can be examined.
    """
    refuse_other_clocks(speaker, stores)
    explanations, areas, asked = stores["explanations"], stores["areas"], asking(stores)
    frames = index_on_clock(explanations.frame.values, areas.time.values)
    role = unlabelled(stores["folds"].role)
    fine = unlabelled(areas.refused == "")
    log_distance = xr.ufuncs.log(xr.ufuncs.maximum(unlabelled(areas.distance), asked.floor))
    evidence = Evidence(
        speaker,
        asked,
        role == "train",
        role == "test",
        frames,
        log_distance.where(fine),
        unlabelled(areas.tract_length).where(fine),
        physics(stores, frames),
        unlabelled(explanations),
        xr.DataArray(areas.phone.values, dims="time"),
    )
    return usable(evidence)


def usable(evidence: Evidence) -> Evidence:
    """Only explained frames that were held out, have a shape, and that physics can answer.

    Raises
    ------
    BadInput : there are none.
    """
    fine = on_frames(evidence.asked_of_sound & evidence.tract_length.notnull(), evidence.frames)
    for name in ("distance_sensitivity", "length_sensitivity"):
        fine &= evidence.reference[name].notnull().all(["formant", "place"])
    keep = np.flatnonzero(fine.values)
    if len(keep) == 0:
        raise BadInput(
            f"{evidence.speaker}: none of {len(fine)} explained frames is held out in a fold, "
            "has a shape and is known to physics; see `refused` in data/areas"
        )
    return evidence.at(keep)


def on_frames(data: xr.DataArray, frames: np.ndarray) -> xr.DataArray:
    """The explained frames of something on the clock."""
    return data.isel(time=frames).rename(time="frame")


def unlabelled(data: Labelled) -> Labelled:
    """In memory, formants and cavities as scored; dims but models, layers, explainers unlabelled.

    Rooms meet by position: two stores may write x/L with another last bit, and an alignment by
    label would drop the place.
    """
    if "formant" in data.dims:
        data = data.sel(formant=FORMANTS)
    if "cavity" in data.dims:
        data = data.sel(cavity=CAVITIES)
    keep = {"formant", "model", "inverse_model", "picture_model", "explainer", "layer"}
    return data.drop_vars([name for name in data.coords if name not in keep]).load()


def index_on_clock(times: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """Index of the frame at each of ``times`` [s].

    Raises
    ------
    BadInput : a time that is no frame of this clock.
    """
    index = np.clip(np.searchsorted(clock, times - 1e-6), 0, len(clock) - 1)
    if len(times) and np.abs(clock[index] - times).max() > 1e-6:
        raise BadInput(
            "explained frames are no frames of this clock; `dvc repro explanations` sets it right"
        )
    return index


def refuse_other_clocks(speaker: str, stores: Stores) -> None:
    """Refuse stores of one speaker that disagree on frames or on places along the tract.

    Raises
    ------
    BadInput : naming how many each store has.
    """
    for dim in ("time", "place"):
        sizes = {noun: data.sizes[dim] for noun, data in stores.items() if dim in data.sizes}
        if len(set(sizes.values())) > 1:
            found = ", ".join(f"{noun} {count}" for noun, count in sizes.items())
            raise BadInput(
                f"{speaker}: as many along {dim!r} expected in all stores, found {found}; "
                "`dvc repro` makes them anew"
            )


def widening_signs(changes: xr.Dataset) -> xr.DataArray:
    """Sign of the effect of widening, asked twice: by ``widened``, and by ``narrowed`` turned over.

    Returns
    -------
    (..., frame, formant, region, side), -1, 0 or 1; NaN where the model cannot be asked.
    """
    sides = [xr.ufuncs.sign(changes.widened), -xr.ufuncs.sign(changes.narrowed)]
    return xr.concat(sides, "side", coords="minimal")
