"""What gestures of known laws give back: the table of SCIENCE 5, per law, noise, and gestures.

Classes of simulated gestures (83 frames a second, 3 to 15 mm, 80 to 250 ms) of each law. Of single
gestures: medians of errors under the best pooled shape of all laws, and when speed peaks by a
smoothed derivative as well. Of classes of ten with a known law and onsets: stiffness. Of whole
classes: which law has the most evidence, of one and of six together as if six speakers had said
them, how often an interval of adequacy of the true one holds 1, and the arrow of time. Without
noise there is nothing to calibrate evidence by, and it is left empty. Noise is white or goes on
from frame to frame as that of plateaus does; its autocovariance is known. Of two coupled
articulators, with white noise: the share of the other's movement that one takes on, from ten
utterances.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from rich.progress import track as progress
from scipy.signal import savgol_filter

from benchmarks import tables
from tractable.movement.arrow import arrow_of_time
from tractable.movement.coupling import Utterance, coupling
from tractable.movement.evidence import evidence
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import LAWS, coupled, law, laws
from tractable.movement.mean_shape import MEAN
from tractable.movement.pooled import best_pooled, class_stiffness
from tractable.movement.simulated import Simulated, simulate
from tractable.movement.skill import forward_skill
from tractable.movement.surrogates import phase_shuffled
from tractable.movement.uncertainty import kinematics
from tractable.vector_fields.trial import COMMON

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
SPEAKERS = 6  # whose classes say together which law it is
COUPLED = 28.0**2, 40.0**2  # 1/s2, of a jaw and a lip
SHARES = 0.0, 0.5  # of the jaw's movement that the lip takes on
UTTERANCES, TARGETS, SECONDS = 10, 8, 2.0  # targets of either in an utterance of so many seconds
LAGS = 3  # at which the autocovariance of noise is known, as `dynamics` has it
WEAKEST = 0.01  # mm, what a fit of movements without noise weighs them by
FRAME_RATE = 83.28  # Hz
SMOOTHED = (7, 3)  # frames and degree of Savitzky and Golay's filter
EVIDENCE = {"replicate_count": 2, "confidence": 0.95, "seed": 1}
Noise = Float[np.ndarray, " lag"]  # its autocovariance [mm2]
COLUMNS = (
    *("law", "theta", "noise_mm", "correlation", "gestures", "settled", "amplitude_percent"),
    *("peak_velocity_percent", "rise_percent", "onset_ms", "peak_ms", "peak_by_derivative_ms"),
    *("class_stiffness_percent", "classes", "right", "right_but_for_mean", "chosen"),
    *("adequacy", "adequacy_covered", "groups_of_speakers", "right_by_speakers"),
    *("chosen_by_speakers", "arrow", "arrow_of_surrogates", "forward_skill"),
    *("coupling", "coupling_sd"),
)


def drawn(
    name: str, noise: Noise, count: int, seed: int, theta: float | None = None, **ranges: Any
) -> Simulated:
    random = np.random.default_rng(seed)
    theta = MADE_BY[name] if theta is None else theta
    return simulate(name, theta, count=count, noise_autocovariance=noise, random=random, **ranges)


def autocovariance(level: float, correlation: float) -> Noise:
    """Of noise of so many mm, of which a frame keeps a share of the one before."""
    return level**2 * (correlation ** np.arange(LAGS) if correlation else np.ones(1))


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
        "onset_ms": 1e3 * float(np.nanmedian(np.abs(told.onset.values - truth.onset))),
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


def stiffness_off(name: str, noise: Noise, classes: int) -> float:
    """Median error of a class of ten, law and onsets known, in percent."""
    off, theta = [], min(law(name).grid, key=lambda known: abs(known - MADE_BY[name]))
    for seed in range(classes):
        truth = drawn(name, noise, TEN, 1000 + seed, theta)
        fits = fit(truth.gestures, onset=truth.onset)
        found = class_stiffness(fits, fits.members(law(name), theta), confidence=0.95)
        off.append(abs(np.log(found.value) + 2 * np.log(truth.tau).mean()))
    return 100 * float(np.median(off))


def of_classes(name: str, noise: Noise, count: int, classes: int) -> dict[str, Any]:
    """Which law has the most evidence in so many classes, each alone, and six together."""
    every = [evidence_of_class(name, noise, count, 2000 + seed) for seed in range(classes)]
    likelihoods = [found.log_likelihood for found in every]
    rivals = [likelihood.sel(law=list(LAWS)) for likelihood in likelihoods]
    alone = [most_likely(one) for one in rivals]
    starts = range(0, classes - SPEAKERS + 1, SPEAKERS)
    together = [most_likely(sum(rivals[start : start + SPEAKERS])) for start in starts]
    true = xr.concat([found.sel(law=name) for found in every], "class")
    return {
        "classes": classes,
        "right": share(most_likely(one) == name for one in likelihoods),
        "right_but_for_mean": share(one == name for one in alone),
        "chosen": counted(alone),
        "adequacy": float(true.adequacy.mean()),
        "adequacy_covered": share((true.adequacy_low < 1) & (true.adequacy_high > 1)),
        "groups_of_speakers": len(together),
        "right_by_speakers": share(one == name for one in together) if together else "",
        "chosen_by_speakers": counted(together),
    }


def evidence_of_class(name: str, noise: Noise, count: int, seed: int) -> xr.Dataset:
    gestures: Gestures = drawn(name, noise, count, seed).gestures
    return evidence(gestures, [*LAWS, MEAN], **EVIDENCE).isel({"class": 0})


def most_likely(likelihood: xr.DataArray) -> str:
    return str(likelihood.law.values[likelihood.values.argmax()])


def share(right: Iterable[bool]) -> float:
    return float(np.mean(list(right)))


def counted(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def of_time(name: str, noise: Noise, truth: Simulated) -> dict[str, float]:
    surrogates = phase_shuffled(truth.gestures, np.random.default_rng(1))
    taught, asked = (drawn(name, noise, 60, 3000 + k, **COMMON) for k in range(2))
    onsets = {"training_onset": taught.onset, "onset": asked.onset}
    skill = forward_skill(taught.gestures, asked.gestures, law(name), **onsets)
    return {
        "arrow": float(arrow_of_time(truth.gestures, laws(LAWS)).mean()),
        "arrow_of_surrogates": float(arrow_of_time(surrogates, laws(LAWS)).mean()),
        "forward_skill": skill.over_first,
    }


def coupled_utterance(strength: float, level: float, random: np.random.Generator) -> Utterance:
    """Two articulators from rest, targets and switches drawn evenly, none of these on a frame."""
    frames = int(SECONDS * FRAME_RATE)
    switches = [np.sort(random.uniform(0.1, SECONDS - 0.1, TARGETS - 1)) for _ in COUPLED]
    path = coupled.movements(
        np.array(COUPLED),
        np.array([0.0, strength]),
        start=np.zeros(4),
        targets=tuple(np.append(0.0, random.uniform(-8, 8, TARGETS - 1)) for _ in COUPLED),
        switches=(switches[0], switches[1]),
        frame_rate=FRAME_RATE,
        frames=frames,
    )
    noisy = path + level * random.standard_normal(path.shape)
    return Utterance(noisy, (switches[0], switches[1]))


def of_coupled(strength: float, level: float, sets: int) -> dict[str, float]:
    """The share that the lip is found to take on, in so many sets of utterances."""
    found = []
    for seed in range(sets):
        random = np.random.default_rng(7000 + seed)
        said = [coupled_utterance(strength, level, random) for _ in range(UTTERANCES)]
        found.append(coupling(said, FRAME_RATE, (max(level, WEAKEST),) * 2).coupling[1])
    return {"coupling": float(np.mean(found)), "coupling_sd": float(np.std(found, ddof=1))}


def of_law(name: str, noise: Noise, count: int, classes: int) -> dict[str, Any]:
    truth = drawn(name, noise, count, 1)
    numbers: dict[str, Any] = of_single_gestures(truth) | of_time(name, noise, truth)
    numbers["class_stiffness_percent"] = stiffness_off(name, noise, 20)
    return numbers | (of_classes(name, noise, count, classes) if noise[0] > 0 else {})


def rows(
    levels: list[float], correlation: float, counts: list[int], classes: int
) -> Iterator[dict[str, Any]]:
    cases = list(product(levels, counts, MADE_BY))
    for level, count, name in progress(cases, "law x noise x gestures"):
        line = {"law": name, "theta": MADE_BY[name], "noise_mm": level, "correlation": correlation}
        told = of_law(name, autocovariance(level, correlation), count, classes)
        yield line | {"gestures": count} | rounded(told)
    for level in levels if correlation == 0 else ():
        for strength in SHARES:
            line = {"law": "coupled", "theta": strength, "noise_mm": level, "correlation": 0.0}
            line["gestures"] = UTTERANCES * len(COUPLED) * (TARGETS - 1)
            yield line | rounded(of_coupled(strength, level, classes))


def rounded(numbers: dict[str, Any]) -> dict[str, Any]:
    return {
        word: float(f"{value:.3g}") if isinstance(value, float) else value
        for word, value in numbers.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.movement_recovery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--noise", type=float, nargs="+", default=list(LEVELS), help="mm")
    parser.add_argument(
        "--correlation", type=float, default=0.0, help="of noise from frame to frame; 0: white"
    )
    parser.add_argument(
        "--gestures", type=int, nargs="+", default=[30, 90, 150, 300], help="of a class"
    )
    parser.add_argument("--classes", type=int, default=24, help="whose law is guessed")
    given = parser.parse_args()
    lines = rows(given.noise, given.correlation, given.gestures, given.classes)
    tables.write(given.out, COLUMNS, tables.shown(lines))


if __name__ == "__main__":
    main()
