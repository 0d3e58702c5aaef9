"""What gestures of known laws give back: the table of SCIENCE 5, per law and noise.

Classes of simulated gestures (83 frames a second, 3 to 15 mm, 80 to 250 ms) of each law. Of single
gestures: medians of errors under the best pooled shape of all laws, and when speed peaks by a
smoothed derivative as well. Of classes of ten with a known law and onsets: stiffness. Of whole
classes: which law has the most evidence, adequacy of the true one, and the arrow of time.
"""

import argparse
from collections.abc import Iterator
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
SMOOTHED = (7, 3)  # frames and degree of Savitzky and Golay's filter
COMMON = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}  # what a forecast can learn of a class
EVIDENCE = {"replicate_count": 2, "confidence": 0.95, "seed": 1}
COLUMNS = (
    *("law", "theta", "noise_mm", "gestures", "settled", "amplitude_percent"),
    *("peak_velocity_percent", "rise_percent", "peak_ms", "peak_by_derivative_ms"),
    *("class_stiffness_percent", "classes", "right", "right_but_for_mean", "chosen"),
    *("adequacy", "arrow", "arrow_of_surrogates", "forward_skill"),
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
    best, rivals, adequacies = [], [], []
    for seed in range(classes):
        gestures: Gestures = drawn(name, level, count, 2000 + seed).gestures
        found = evidence(gestures, [*LAWS, MEAN], **EVIDENCE).isel({"class": 0})
        likelihood = found.log_likelihood
        best.append(most_likely(likelihood))
        rivals.append(most_likely(likelihood.sel(law=list(LAWS))))
        adequacies.append(float(found.adequacy.sel(law=name)))
    return {
        "classes": classes,
        "right": float(np.mean([one == name for one in best])),
        "right_but_for_mean": float(np.mean([one == name for one in rivals])),
        "chosen": " ".join(rivals),
        "adequacy": float(np.mean(adequacies)),
    }


def most_likely(likelihood: xr.DataArray) -> str:
    return str(likelihood.law.values[likelihood.values.argmax()])


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


def rows(levels: list[float], count: int, classes: int) -> Iterator[dict[str, Any]]:
    cases = [(level, name) for level in levels for name in MADE_BY]
    for level, name in progress(cases, "law x noise"):
        truth = drawn(name, level, count, 1)
        numbers = of_single_gestures(truth) | of_time(name, level, truth)
        numbers["class_stiffness_percent"] = stiffness_off(name, level, 20)
        numbers |= of_classes(name, level, count, classes)
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
    parser.add_argument("--classes", type=int, default=5, help="whose law is guessed")
    given = parser.parse_args()
    lines = rows(given.noise, given.gestures, given.classes)
    tables.write(given.out, COLUMNS, tables.shown(lines))


if __name__ == "__main__":
    main()
