"""What gestures of known laws give back: the table of SCIENCE 5, per law and noise.

Classes of simulated gestures (83 frames a second, 3 to 15 mm, 80 to 250 ms) of each law. Of single
gestures: medians of errors under the best pooled shape of all laws, and when speed peaks by a
smoothed derivative as well. Of classes of ten with a known law and onsets: stiffness. Of whole
classes: which law has the most evidence, how often an interval of adequacy of the true one holds 1,
and the arrow of time. Of six speakers' classes of ninety: which law has the most evidence of all
together. Without noise there is nothing to calibrate evidence by, and it is left empty.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from rich.progress import track as progress
from scipy.signal import savgol_filter

from benchmarks import tables
from tractable.movement.arrow import arrow_of_time
from tractable.movement.evidence import evidence
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import LAWS, law, laws
from tractable.movement.mean_shape import MEAN
from tractable.movement.pooled import best_pooled, class_stiffness
from tractable.movement.simulated import Simulated, simulate
from tractable.movement.skill import forward_skill
from tractable.movement.surrogates import phase_shuffled
from tractable.movement.uncertainty import kinematics

#: Cubic, scaled and ramp between values that are tabulated; a linear gesture critically damped.
MADE_BY = {
    "first": np.nan,
    "linear": 1.0,
    "cubic": 0.9,
    "scaled": 0.75,
    "ramp": 3.5,
    "target": 5.0,
    "minimum_jerk": np.nan,
}
LEVELS = (0.0, 0.5, 1.0)  # mm
TEN = 10  # gestures of a class whose stiffness is asked for
SPEAKERS, NINETY = 6, 90  # whose gestures say together which law it is
SMOOTHED = (7, 3)  # frames and degree of Savitzky and Golay's filter
COMMON = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}  # what a forecast can learn of a class
EVIDENCE = {"replicate_count": 2, "confidence": 0.95, "seed": 1}
COLUMNS = (
    *("law", "theta", "noise_mm", "gestures", "settled", "amplitude_percent"),
    *("peak_velocity_percent", "rise_percent", "peak_ms", "peak_by_derivative_ms"),
    *("class_stiffness_percent", "classes", "right", "right_but_for_mean", "chosen"),
    *("adequacy", "adequacy_covered", "groups_of_speakers", "right_by_speakers"),
    *("chosen_by_speakers", "arrow", "arrow_of_surrogates", "forward_skill"),
)


def drawn(
    name: str, level: float, count: int, seed: int, theta: float | None = None, **ranges: Any
) -> Simulated:
    noise, random = np.array([level**2]), np.random.default_rng(seed)
    theta = MADE_BY[name] if theta is None else theta
    return simulate(name, theta, count=count, noise_autocovariance=noise, random=random, **ranges)


def median_off(found: xr.DataArray, true: Float[np.ndarray, " gesture"]) -> float:
    """Median size of ln of found over true, in percent."""
    return 100 * float(np.nanmedian(np.abs(np.log(found.values / true))))


def of_single_gestures(truth: Simulated) -> dict[str, float]:
    fits = fit(truth.gestures)
    told = kinematics(fits, best_pooled(fits, laws(LAWS)).shape).where(fits.settled)
    late = np.abs(told.peak.values - truth.peak)
    return {
        "settled": float(fits.settled.mean()),
        "amplitude_percent": median_off(told.amplitude, truth.x0 - truth.target),
        "peak_velocity_percent": median_off(told.peak_velocity, truth.peak_velocity),
        "rise_percent": median_off(told.rise, truth.rise),
        "peak_ms": 1e3 * float(np.nanmedian(late)),
        "peak_by_derivative_ms": 1e3 * float(np.median(np.abs(fastest(truth) - truth.peak))),
    }


def fastest(truth: Simulated) -> Float[np.ndarray, " gesture"]:
    """When smoothed speed is largest [s], as it is usually measured."""
    gestures, found = truth.gestures, []
    for row in gestures.trajectory:
        speed = savgol_filter(row[np.isfinite(row)], *SMOOTHED, deriv=1)
        found.append(gestures.time[np.abs(speed).argmax()])
    return np.array(found)


def stiffness_off(name: str, level: float, classes: int) -> float:
    """Median error of a class of ten, law and onsets known, in percent."""
    off, theta = [], min(law(name).grid, key=lambda known: abs(known - MADE_BY[name]))
    for seed in range(classes):
        truth = drawn(name, level, TEN, 1000 + seed, theta)
        fits = fit(truth.gestures, onset=truth.onset)
        found = class_stiffness(fits, fits.members(law(name), theta), confidence=0.95)
        off.append(abs(np.log(found.value) + 2 * np.log(truth.tau).mean()))
    return 100 * float(np.median(off))


def of_classes(name: str, level: float, count: int, classes: int) -> dict[str, Any]:
    """Which law has the most evidence, in so many classes."""
    every = [evidence_of_class(name, level, count, 2000 + seed) for seed in range(classes)]
    rivals = [most_likely(found.log_likelihood.sel(law=list(LAWS))) for found in every]
    true = xr.concat([found.sel(law=name) for found in every], "class")
    return {
        "classes": classes,
        "right": share(most_likely(found.log_likelihood) == name for found in every),
        "right_but_for_mean": share(one == name for one in rivals),
        "chosen": counted(rivals),
        "adequacy": float(true.adequacy.mean()),
        "adequacy_covered": share((true.adequacy_low < 1) & (true.adequacy_high > 1)),
    }


def of_speakers(name: str, level: float, groups: int) -> dict[str, Any]:
    """Which law has the most evidence, six speakers' ninety gestures each taken together."""
    chosen = []
    for group in range(groups):
        seeds = range(5000 + group * SPEAKERS, 5000 + (group + 1) * SPEAKERS)
        own = [evidence_of_class(name, level, NINETY, seed).log_likelihood for seed in seeds]
        chosen.append(most_likely(sum(own).sel(law=list(LAWS))))
    return {
        "groups_of_speakers": groups,
        "right_by_speakers": share(one == name for one in chosen),
        "chosen_by_speakers": counted(chosen),
    }


def evidence_of_class(name: str, level: float, count: int, seed: int) -> xr.Dataset:
    gestures: Gestures = drawn(name, level, count, seed).gestures
    return evidence(gestures, [*LAWS, MEAN], **EVIDENCE).isel({"class": 0})


def most_likely(likelihood: xr.DataArray) -> str:
    return str(likelihood.law.values[likelihood.values.argmax()])


def share(right: Iterable[bool]) -> float:
    return float(np.mean(list(right)))


def counted(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def of_time(name: str, level: float, truth: Simulated) -> dict[str, float]:
    surrogates = phase_shuffled(truth.gestures, np.random.default_rng(1))
    taught, asked = (drawn(name, level, 60, 3000 + k, **COMMON) for k in range(2))
    onsets = {"training_onset": taught.onset, "onset": asked.onset}
    skill = forward_skill(taught.gestures, asked.gestures, law(name), **onsets)
    return {
        "arrow": float(arrow_of_time(truth.gestures, laws(LAWS)).mean()),
        "arrow_of_surrogates": float(arrow_of_time(surrogates, laws(LAWS)).mean()),
        "forward_skill": skill.over_first,
    }


def rows(levels: list[float], count: int, classes: int, groups: int) -> Iterator[dict[str, Any]]:
    cases = [(level, name) for level in levels for name in MADE_BY]
    for level, name in progress(cases, "law x noise"):
        truth = drawn(name, level, count, 1)
        numbers = of_single_gestures(truth) | of_time(name, level, truth)
        numbers["class_stiffness_percent"] = stiffness_off(name, level, 20)
        if level > 0:
            numbers |= of_classes(name, level, count, classes) | of_speakers(name, level, groups)
        line = {"law": name, "theta": MADE_BY[name], "noise_mm": level, "gestures": count}
        rounded = {
            word: float(f"{value:.3g}") if isinstance(value, float) else value
            for word, value in numbers.items()
        }
        yield line | rounded


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.movement_recovery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--noise", type=float, nargs="+", default=list(LEVELS), help="mm")
    parser.add_argument("--gestures", type=int, default=300, help="of a class")
    parser.add_argument("--classes", type=int, default=20, help="whose law is guessed")
    parser.add_argument("--groups", type=int, default=6, help="of six speakers, likewise")
    given = parser.parse_args()
    lines = rows(given.noise, given.gestures, given.classes, given.groups)
    tables.write(given.out, COLUMNS, tables.shown(lines))


if __name__ == "__main__":
    main()
