"""Controls made of the reference itself; they stand in every table as if they were models."""

import zlib

import numpy as np
import xarray as xr

from tractable.regions import region_shares
from tractable.scores.evidence import Evidence, on_frames
from tractable.scores.training import Training

#: What a map can answer.
ANSWERED = (
    "distance_sensitivity",
    "stretch_sensitivity",
    "widened",
    "narrowed",
    "cavity_sensitivity",
    "end_sensitivity",
    "attribution",
)
#: Where a constriction was swept.
SWEPT = "swept_frequency"
PHYSICS, NEUTRAL, MEAN, PERMUTED = "physics", "neutral_map", "mean_map", "permuted_physics"
MOTION = "motion_energy"


def answered(told: xr.Dataset) -> xr.Dataset:
    """What a map can answer, of what was asked."""
    return told[[*ANSWERED, *(name for name in [SWEPT] if name in told)]]


def log_ratio(distance: np.ndarray, step: np.ndarray, floor: float) -> np.ndarray:
    """ln((d + step) / d); nothing comes nearer to closure than ``floor`` [m], or than it was."""
    return np.log(np.maximum(distance + step, np.minimum(distance, floor)) / distance)


def first_order(
    maps: xr.DataArray, log_distance: xr.DataArray, steps: xr.DataArray, floor: float
) -> xr.DataArray:
    """Change of ln F (frame, formant, region), by the map alone, when d changes by ``steps`` [m].

    Parameters
    ----------
    maps : dlnF/dlnd (frame, formant, place).
    log_distance : ln d (frame, place) [ln m].
    steps : change of d at each place (region, place), one row an intervention [m].
    floor : distance that narrowing does not pass [m].
    """
    change = xr.apply_ufunc(log_ratio, xr.ufuncs.exp(log_distance), steps, floor)
    return xr.dot(maps, change, dim="place")


def owed_to(lengths: xr.DataArray, parts: xr.DataArray) -> xr.DataArray:
    """-dlnF/dlnL of each of some ``parts`` of the tract.

    Parameters
    ----------
    lengths : dlnF/dln(section length) (..., place).
    parts : share of each place that lies in each part (..., part, place).
    """
    return -xr.dot(lengths, parts, dim="place")


def constant_map(
    evidence: Evidence, maps: xr.DataArray, stretch: xr.DataArray, lengths: xr.DataArray
) -> xr.Dataset:
    """Answers of a map that knows its fold and no frame; arrays have a dim ``fold`` for frames.

    Parameters
    ----------
    maps : dlnF/dlnd (fold, formant, place).
    stretch : dlnF/dlnL (fold, formant).
    lengths : dlnF/dln(section length) (fold, formant, place).
    """
    reference, asking = evidence.reference, evidence.asking
    fold = evidence.fold_of_frame
    maps = maps.isel(fold=fold)
    log_distance = on_frames(evidence.log_distance, evidence.frames)
    shares = region_shares(reference.sizes["region"], log_distance.sizes["place"])
    steps = asking.step * xr.DataArray(shares, dims=("region", "place"))
    lengths = lengths.isel(fold=fold)
    told = xr.Dataset(
        {
            "distance_sensitivity": maps,
            "stretch_sensitivity": stretch.isel(fold=fold),
            "widened": first_order(maps, log_distance, steps, asking.floor),
            "narrowed": first_order(maps, log_distance, -steps, asking.floor),
            "cavity_sensitivity": owed_to(lengths, reference.within),
            "end_sensitivity": owed_to(lengths, reference.at_end),
            "attribution": maps * reference.displacement,
        }
    )
    return told.assign({SWEPT: swept_by(maps, reference)}) if SWEPT in reference else told


def swept_by(maps: xr.DataArray, reference: xr.Dataset) -> xr.DataArray:
    """Formants of the swept shapes to first order (sweep, formant) [Hz]; the level is physics' own.

    Parameters
    ----------
    maps : dlnF/dlnd (frame, formant, place), their mean over frames being asked.
    """
    log_change = xr.dot(maps.mean("frame"), reference.narrowing, dim="place")
    level = xr.ufuncs.log(reference[SWEPT]).mean("sweep")
    return xr.ufuncs.exp(level + log_change - log_change.mean("sweep"))


def uniform_lengths(training: Training) -> xr.DataArray:
    """Length sensitivity of a uniform tube: -1 in all, the same everywhere."""
    like = xr.zeros_like(training.mean.length_sensitivity)
    return like - 1 / like.sizes["place"]


def controls(evidence: Evidence, training: Training, *, seed: int) -> xr.Dataset:
    """Physics itself, two maps that see no frame, physics told of the wrong frames, and motion.

    Parameters
    ----------
    seed : of the permutation, with the speaker's name.

    Returns
    -------
    The variables of ``explanations`` that a map can answer (model, frame, ...).
    """
    reference = evidence.reference
    uniform, mean = uniform_lengths(training), training.mean
    neutral = (training.neutral["natural"], uniform.sum("place"), uniform)
    usual = (mean.distance_sensitivity, mean.stretch_sensitivity, mean.length_sensitivity)
    known = {
        PHYSICS: answered(reference),
        NEUTRAL: constant_map(evidence, *neutral),
        MEAN: constant_map(evidence, *usual),
        PERMUTED: permuted(reference, np.random.default_rng([seed, number_of(evidence.speaker)])),
        MOTION: motion_energy(evidence),
    }
    return xr.concat([part.expand_dims(model=[name]) for name, part in known.items()], "model")


def number_of(speaker: str) -> int:
    """A number for a name, the same on every machine."""
    return zlib.crc32(speaker.encode())


def permuted(reference: xr.Dataset, random: np.random.Generator) -> xr.Dataset:
    """Physics of another frame of the same speaker, asked about this frame's cavities.

    Not applicable to nomograms, which belong to no frame.
    """
    order = random.permutation(reference.sizes["frame"])
    other = answered(reference.isel(frame=order))
    other = other.assign({n: xr.full_like(other[n], np.nan) for n in [SWEPT] if n in other})
    lengths = reference.length_sensitivity.isel(frame=order)
    return other.assign(
        cavity_sensitivity=owed_to(lengths, reference.within),
        attribution=other.distance_sensitivity * reference.displacement,
    )


def motion_energy(evidence: Evidence) -> xr.Dataset:
    """Attributions by where the tract moves, whatever sounds: not applicable but to those.

    Each place has its share of motion in what physics attributes to all places together, so that
    the sum is right in every frame.
    """
    reference = answered(evidence.reference)
    total = reference.attribution.sum("place", skipna=False)
    nothing = xr.full_like(reference, np.nan)
    return nothing.assign(attribution=motion_share(evidence) * total)


def motion_share(evidence: Evidence) -> xr.DataArray:
    """Share of each place in the variance of the speaker's ln d (place,)."""
    variance = evidence.log_distance.var("time")
    return variance / variance.sum("place")
