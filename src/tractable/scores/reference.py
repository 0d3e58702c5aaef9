"""S* and lambda*: what physics says of the shapes on which the models were asked.

Where a simulator made the speech, from its own areas and its own closed branch; where nobody knows
the areas, from the measured ones.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr

from tractable.constants import CENTIMETRE
from tractable.law import Law, area_of, exponent_of
from tractable.regions import region_shares
from tractable.scores.departures import Departure, attributed, departure, neutral_tube
from tractable.scores.evidence import (
    FORMANTS,
    Asking,
    Stores,
    asking,
    index_on_clock,
    unlabelled,
)
from tractable.scores.maps import log_ratio, owed_to
from tractable.scores.nomograms import swept
from tractable.scores.regrid import averaged, divided, edges_of, equal_edges, shared_length
from tractable.scores.tubes import (
    Tube,
    frequencies,
    measured_tube,
    sensitivities,
    true_tube,
)


class Known(NamedTuple):
    """Tubes of a speaker, the cross-distances that go with them, and the law between the two."""

    tube: Tube  # (time, section)
    open_tract: np.ndarray  # (time,): neither closed nor refused
    distance: np.ndarray  # (time, place) [m]
    slope: np.ndarray  # beta (place,): ln A changes by beta times the change of ln d

    def at(self, frames: np.ndarray) -> "Known":
        open_tract, distance = (part[frames] for part in (self.open_tract, self.distance))
        return Known(self.tube.at(frames), open_tract, distance, self.slope)

    def departure(self, frames: np.ndarray) -> Departure:
        """Of some frames, from the mean of all open tracts."""
        return departure(self.tube, self.open_tract, frames, len(self.slope))

    def wrong_by(self, shape: np.ndarray, length: np.ndarray) -> "Known":
        """The same had ln d (time, place) and ln L (time,) been mistaken by so much."""
        sections = edges_of(self.tube.section_length)
        factor = np.exp(averaged(self.slope * shape, sections, equal_edges(len(self.slope))))
        longer = self.tube.section_length * np.exp(length)[:, None]
        tube = replace(self.tube.scaled(factor), section_length=longer)
        return self._replace(tube=tube, distance=self.distance * np.exp(shape))


def known_truth(stores: Stores, *, least_movement: float) -> Known:
    """The simulator's own tubes, with its closed branch; see `local_slope`."""
    log_area, distance = true_shapes(stores)
    slope = local_slope(log_area, np.log(distance), least_movement=least_movement)
    return Known(*open_true_tube(stores), distance, slope)


def known_as_measured(stores: Stores, *, least_movement: float) -> Known:
    """The measured areas, by whichever law made them; see `local_slope`."""
    tube, open_tract = open_measured_tube(stores)
    distance = open_distance(stores["areas"], asking(stores))
    slope = local_slope(np.log(tube.area), np.log(distance), least_movement=least_movement)
    return Known(tube, open_tract, distance, slope)


def known_by_law(stores: Stores, *, law: Law) -> Known:
    """The measured distances by another law; see `area_of`."""
    measured, open_tract = open_measured_tube(stores)
    distance = open_distance(stores["areas"], asking(stores))
    place = (np.arange(distance.shape[1]) + 0.5) / distance.shape[1]
    tube = replace(measured, area=area_of(distance, place, law))
    return Known(tube, open_tract, distance, exponent_of(place, law))


def physics(stores: Stores, frames: np.ndarray, *, law: Callable[[Stores], Known]) -> xr.Dataset:
    """The reference: what physics says of the explained frames, whoever knows their tubes.

    Parameters
    ----------
    frames : index of the explained frames.
    law : `known_truth` where a simulator made the speech, else `known_as_measured`.
    """
    known = law(stores)
    reference = told_by(known.at(frames), stores, frames)
    reference = reference.assign(attributions_of_physics(stores, frames, known.departure))
    neutral = neutral_tube(known.tube, known.open_tract)
    return reference.assign(swept(stores, neutral, known.slope))


def told_by(known: Known, stores: Stores, frames: np.ndarray) -> xr.Dataset:
    """What tubes of the explained frames say, but for attributions; cavities are the theory's."""
    places = equal_edges(len(known.slope))
    sections = edges_of(known.tube.section_length)[:, None]
    by_area, by_length = (divided(part, places, sections) for part in sensitivities(known.tube))
    changes = both_ways(known, asking(stores), stores["explanations"].sizes["region"])
    return answers(by_area, by_length, known.slope, parts_of_tract(stores, frames), changes)


def open_true_tube(stores: Stores) -> tuple[Tube, np.ndarray]:
    """The simulator's own tube, and when the tract is open and was not refused."""
    truth, areas = stores["truth"], stores["areas"]
    open_tract = np.isfinite(unlabelled(truth.frequency).values).all(1)
    return true_tube(truth), open_tract & (areas.refused.values == "")


def open_measured_tube(stores: Stores) -> tuple[Tube, np.ndarray]:
    """The measured tube, and when it is neither closed nor refused."""
    areas = stores["areas"]
    open_tract = (areas.distance.values > (1 + 1e-6) * asking(stores).floor).all(1)
    return measured_tube(areas), open_tract & (areas.refused.values == "")


def attributions_of_physics(
    stores: Stores, frames: np.ndarray, way: Callable[[np.ndarray], Departure]
) -> xr.Dataset:
    """Physics' own attributions, and how far each place is from neutral: NaN where none was asked.

    ``displacement`` (frame, explainer, place): measured ln d less that of the neutral shape; for
    gradient SHAP, which knows no neutral shape, less its mean over the frames that were asked.
    """
    explanations, areas = stores["explanations"], stores["areas"]
    known = explanations.attribution.notnull().any(["model", "explainer", "formant", "place"])
    times = index_on_clock(explanations.frame.values[known.values], areas.time.values)
    asked = np.flatnonzero(np.isin(frames, times))
    found = attributed(way(frames[asked]), explanations)
    away = np.log(open_distance(areas, asking(stores))[frames[asked]])
    base = np.log(explanations.neutral_distance.values)
    bases = [away.mean(0) if name == "gradient_shap" else base for name in found.explainer.values]
    found["displacement"] = ("frame", "explainer", "place"), away[:, None] - np.stack(bases)
    everywhere = found.assign_coords(frame=asked).reindex(frame=range(len(frames)))
    return everywhere.drop_vars("frame").assign_coords(formant=FORMANTS)


def true_shapes(stores: Stores) -> tuple[np.ndarray, np.ndarray]:
    """The simulator's ln A [ln m2] and d [m] (time, place); no area where the tract is closed."""
    truth, tube = stores["truth"], true_tube(stores["truth"])
    distance = open_distance(truth, asking(stores))
    open_tract = np.isfinite(unlabelled(truth.frequency).values).all(1)
    area = np.where(open_tract[:, None], tube.area, np.nan)  # in a closure no law holds
    places = equal_edges(distance.shape[1])
    return averaged(np.log(area), places, edges_of(tube.section_length)), distance


def open_distance(shapes: xr.Dataset, asked: Asking) -> np.ndarray:
    return np.maximum(shapes.distance.values, asked.floor)


def both_ways(known: Known, asked: Asking, regions: int) -> tuple[np.ndarray, np.ndarray]:
    """Change of ln F by widening and by narrowing each region (frame, formant, region)."""
    shares = region_shares(regions, len(known.slope))
    wider, narrower = (
        region_changes(known.tube, known.distance, known.slope, step * shares, asked.floor)
        for step in (asked.step, -asked.step)
    )
    return wider, narrower


def local_slope(
    log_area: np.ndarray, log_distance: np.ndarray, *, least_movement: float
) -> np.ndarray:
    """beta by place: slope of ln A on ln d over a speaker's frames, (time, place) -> (place,).

    Frames with a value that is not finite do not count.

    Parameters
    ----------
    log_area, log_distance : ln A [ln m2] and ln d [ln m] (time, place).
    least_movement : sd of ln d below which a place takes the slope that all places share.
    """
    area, distance = (part - part.mean(0) for part in both_known(log_area, log_distance))
    together, alone = (area * distance).mean(0), (distance**2).mean(0)
    moves = alone > least_movement**2
    shared = together[moves].sum() / alone[moves].sum()
    return np.where(moves, together / np.where(moves, alone, 1.0), shared)


def both_known(log_area: np.ndarray, log_distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of the frames in which every value of both is finite."""
    known = np.isfinite(log_area).all(1) & np.isfinite(log_distance).all(1)
    return log_area[known], log_distance[known]


def true_law(stores: Stores, *, least_movement: float) -> dict[str, np.ndarray]:
    """The simulator's A = A_1 (d / 1 cm)^beta by place: least squares of ln A on ln d.

    Parameters
    ----------
    least_movement : see `local_slope`.

    Returns
    -------
    ``true_exponent``: beta; ``true_scale``: A_1, the area at 1 cm [m2]; ``true_usual_distance``:
    the geometric mean of d [m], near which the law is best known, each (place,);
    ``true_length_gain`` (): the tube's length over the measured tract length, geometric mean.
    """
    log_area, distance = true_shapes(stores)
    log_area, log_distance = both_known(log_area, np.log(distance))
    slope = local_slope(log_area, log_distance, least_movement=least_movement)
    usual = log_distance.mean(0)
    log_scale = log_area.mean(0) - slope * (usual - np.log(CENTIMETRE))
    return {
        "true_exponent": slope,
        "true_scale": np.exp(log_scale),
        "true_usual_distance": np.exp(usual),
        "true_length_gain": length_gain(stores),
    }


def length_gain(stores: Stores) -> np.ndarray:
    """Geometric mean of the length of the simulator's tube over the measured tract length ()."""
    areas, tube = stores["areas"], true_tube(stores["truth"])
    ratio = np.log(tube.section_length.sum(1) / areas.tract_length.values)
    return np.asarray(np.exp(np.nanmean(np.where(areas.refused.values == "", ratio, np.nan))))


def region_changes(
    tube: Tube, distance: np.ndarray, slope: np.ndarray, steps: np.ndarray, floor: float
) -> np.ndarray:
    """Change of ln F when one region becomes wider or narrower, nothing neglected.

    Parameters
    ----------
    distance : (frame, place) [m].
    slope : beta (place,): ln A changes by beta times the change of ln d.
    steps : change of distance at each place, one row a region (region, place) [m].
    floor : distance that narrowing does not pass [m].

    Returns
    -------
    (frame, formant, region).
    """
    places, sections = equal_edges(len(slope)), edges_of(tube.section_length)
    log_change = slope * log_ratio(distance, steps[:, None], floor)
    factor = np.exp(averaged(log_change, sections, places))
    after = np.log(frequencies(tube.scaled(factor)))
    return np.moveaxis(after - np.log(frequencies(tube)), 0, -1)


class Parts(NamedTuple):
    """Parts of the tract that models were asked to stretch, and their share of each place."""

    within: np.ndarray  # (frame, cavity, place), NaN without a clear constriction
    length_share: np.ndarray  # (frame, cavity), of tract length
    at_end: np.ndarray  # (end, place)


def parts_of_tract(stores: Stores, frames: np.ndarray) -> Parts:
    """The cavities of the explained frames, and the ends of the tract."""
    edges, ends = stores["theory"].cavity_edge.values[frames], asking(stores).ends
    return parts(edges, ends, stores["areas"].sizes["place"])


def parts(edges: np.ndarray, ends: float, places: int) -> Parts:
    """Cavities between the ``edges`` (frame, 2), in x/L, and ``ends`` of that share of length."""
    within, length_share = cavities(edges, places)
    between = cavities(np.array([[ends, 1 - ends]]), places)[0]
    return Parts(within, length_share, between[0, ::2])


def cavities(edges: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """What of each place lies in the back cavity, the constriction, the front cavity; their length.

    Parameters
    ----------
    edges : x/L of the constriction's two ends (frame, 2), NaN without a clear constriction.

    Returns
    -------
    (frame, cavity, place) and (frame, cavity).
    """
    ends = np.broadcast_to([0.0, 1.0], edges.shape)
    bounds = np.concatenate([ends[:, :1], edges, ends[:, 1:]], 1)
    bounds = np.where(np.isnan(edges).any(1, keepdims=True), np.nan, bounds)
    return shared_length(bounds, equal_edges(places)) * places, np.diff(bounds)


def answers(
    by_area: np.ndarray,
    by_length: np.ndarray,
    slope: np.ndarray,
    parts: Parts,
    changes: tuple[np.ndarray, np.ndarray],
) -> xr.Dataset:
    """The reference in the language of the explanations.

    Parameters
    ----------
    by_area, by_length : dlnF/dlnA and dlnF/dln(section length) (frame, formant, place).
    slope : beta (place,), so that dlnF/dlnd = beta dlnF/dlnA.
    parts : of the tract that are made longer.
    changes : of ln F by widening and by narrowing each region (frame, formant, region).
    """
    maps, regions = ("frame", "formant", "place"), ("frame", "formant", "region")
    found = xr.Dataset(
        {
            "distance_sensitivity": (maps, slope * by_area),
            "length_sensitivity": (maps, by_length),
            "stretch_sensitivity": (maps[:2], by_length.sum(-1)),
            "widened": (regions, changes[0]),
            "narrowed": (regions, changes[1]),
            "within": (("frame", "cavity", "place"), parts.within),
            "length_share": (("frame", "cavity"), parts.length_share),
            "at_end": (("end", "place"), parts.at_end),
        },
        {"formant": FORMANTS},
    )
    lengths = found.length_sensitivity
    return found.assign(
        cavity_sensitivity=owed_to(lengths, found.within),
        end_sensitivity=owed_to(lengths, found.at_end),
    )


def differences(truth: xr.Dataset, *, largest_change: float) -> tuple[np.ndarray, np.ndarray]:
    """The reference's and the simulator's d ln F of the examined movements.

    A small movement that seems to move a formant by more than ``largest_change`` in ln F has made
    the simulator take one formant for another: NaN.

    Returns
    -------
    S* dlnA with length terms, and the simulator's own (exam, parameter, formant).
    """
    frames = index_on_clock(truth.exam.values, truth.time.values)
    by_area, by_length = sensitivities(true_tube(truth).at(frames))
    predicted = np.einsum("ens,eps->epn", by_area, truth.exam_area_change.values)
    predicted += np.einsum("ens,eps->epn", by_length, truth.exam_length_change.values)
    simulated = unlabelled(truth.exam_formant_change).values
    return predicted, np.where(np.abs(simulated) < largest_change, simulated, np.nan)
