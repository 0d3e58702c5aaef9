"""Does taking a scanner's noise out of the sound make its formants better, or worse?

Phantom speech with a simulated scanner is measured by our formants as it is and after each way of
reducing the noise, and compared with the poles of the simulator's transfer functions. What is lost
counts too: the share of voiced frames whose F1 to F3 are all trusted.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from rich.progress import track as progress

from benchmarks import tables
from benchmarks.scanner import ARMS, REPETITION, scanner_noise, with_noise
from tractable.contracts import RECORDINGS, TRUTH
from tractable.formants import formants
from tractable.formants.noise import without_noise
from tractable.stage import params
from tractable.store import load

LEVELS = (30.0, 20.0, 10.0, 0.0)  # dB, of the sound over the scanner
WIENER = {"window": 0.032, "smoothing": 0.2, "memory": 1.5, "underrated": 1.8, "floor": 0.1}
LEARNT = 3  # formants
COLUMNS = (
    *("noise_db", "reduction", "speakers", "formant", "trusted", "median_error", "ninth_tenth"),
    *("median_error_where_both", "without_reduction_where_both"),
)

Sound = Float[np.ndarray, " sample"]


def as_it_is(sound: Sound, sample_rate: int) -> Sound:
    return sound


def wiener(sound: Sound, sample_rate: int) -> Sound:
    """What ``params.yaml: formants: noise_reduction`` offers."""
    return without_noise(sound, sample_rate, **WIENER)


def without_period(sound: Sound, sample_rate: int) -> Sound:
    """Less its mean over all rounds of a sequence: speech is out of step with them."""
    return less_mean(sound, ARMS * REPETITION * sample_rate)


def without_repetition(sound: Sound, sample_rate: int) -> Sound:
    """Less its mean over all repetitions: a comb of notches at the harmonics of 1 / repetition."""
    return less_mean(sound, REPETITION * sample_rate)


def less_mean(sound: Sound, period: float) -> Sound:
    """A sound less its mean course over a period [samples], which need not be whole."""
    steps = round(period)
    phase = np.arange(len(sound)) % period * (steps / period)
    before, share = phase.astype(int) % steps, phase % 1
    weight = np.bincount(before, 1 - share, steps) + np.bincount((before + 1) % steps, share, steps)
    total = np.bincount(before, (1 - share) * sound, steps)
    total += np.bincount((before + 1) % steps, share * sound, steps)
    course = total / weight
    return sound - (1 - share) * course[before] - share * course[(before + 1) % steps]


REDUCTIONS: dict[str, Callable[[Sound, int], Sound]] = {
    "none": as_it_is,
    "Wiener, minimum statistics": wiener,
    "mean of a repetition taken off": without_repetition,
    "mean of all arms taken off": without_period,
}


def errors(
    recordings: xr.Dataset, truth: xr.Dataset, options: dict[str, Any]
) -> Float[np.ndarray, "time formant"]:
    """Absolute error of F1 to F3 over the pole, NaN where masked or not voiced."""
    found = formants(recordings, **options).frequency.values[:, :LEARNT]
    known = truth.frequency.values[:, :LEARNT]
    error = np.abs(found / known - 1)
    return np.where((truth.voiced.values > 0)[:, None], error, np.nan)


def changed(recordings: xr.Dataset, of: Callable[[Sound, int], Sound]) -> xr.Dataset:
    """Every clip's sound changed on its own."""
    rate, sample_rate = recordings.attrs["frame_rate"], recordings.attrs["sample_rate"]
    edges = np.cumsum([0, *np.bincount(recordings.clip_of.values)])
    ends = np.round(edges / rate * sample_rate).astype(int)[1:-1]
    parts = np.split(recordings.sound.values.astype(float), ends)
    new = np.concatenate([of(part, sample_rate) for part in parts]).astype(np.float32)
    return recordings.assign(sound=recordings.sound.copy(data=new))


def noisy(recordings: xr.Dataset, level: float, seed: int) -> xr.Dataset:
    def louder(sound: Sound, sample_rate: int) -> Sound:
        noise = scanner_noise(len(sound), sample_rate, seed=seed)
        return with_noise(sound, noise, level)

    return changed(recordings, louder)


def rows(stores: list[tuple[xr.Dataset, xr.Dataset]]) -> Iterator[dict[str, Any]]:
    options = params("formants")
    clean = [errors(*store, options) for store in stores]
    yield from told("", "none", clean, clean, stores)
    for level in progress(LEVELS, "noise"):
        loud = [noisy(seen, level, seed) for seed, (seen, _) in enumerate(stores)]
        plain: list[np.ndarray] = []
        for name, reduce in REDUCTIONS.items():
            quiet = [changed(one, reduce) for one in loud]
            found = [
                errors(one, truth, options) for one, (_, truth) in zip(quiet, stores, strict=True)
            ]
            plain = plain or found
            yield from told(level, name, found, plain, stores)


def told(
    level: float | str,
    name: str,
    found: list[np.ndarray],
    plain: list[np.ndarray],
    stores: list[tuple[xr.Dataset, xr.Dataset]],
) -> Iterator[dict[str, Any]]:
    """A row per formant, all speakers together, in percent."""
    error, other = 100 * np.concatenate(found), 100 * np.concatenate(plain)
    voiced = np.concatenate([truth.voiced.values > 0 for _, truth in stores])
    trusted = 100 * np.isfinite(error)[voiced].mean(0)
    for formant in range(LEARNT):
        mine, theirs = error[:, formant], other[:, formant]
        both = np.isfinite(mine) & np.isfinite(theirs)
        numbers = (
            *(trusted[formant], *np.nanquantile(mine, (0.5, 0.9))),
            *(np.median(mine[both]), np.median(theirs[both])),
        )
        first = (level, name, len(found), f"F{formant + 1}")
        values = (*first, *(float(f"{number:.3g}") for number in numbers))
        yield dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    given = arguments()
    names = sorted(path.name for path in given.recordings.glob("*.zarr"))[: given.speakers]
    stores = [
        (load(given.recordings / name, RECORDINGS), load(given.truth / name, TRUTH))
        for name in names
    ]
    tables.write(given.out, COLUMNS, rows(stores))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.noise", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    for noun in ("recordings", "truth"):
        default = Path("data", noun, "phantom")
        parser.add_argument(f"--{noun}", type=Path, default=default, help="folder of stores")
    parser.add_argument("--speakers", type=int, default=8, help="how many of them")
    return parser.parse_args()


if __name__ == "__main__":
    main()
