"""What knowing onsets is worth to a trajectory: errors by each way of V9, beside a smoother's.

Simulated speakers of three clips: gestures by target approximation of the fifth order between
targets of 6 to 18 mm at ten places, 40 ms before labels of 0.1 to 0.25 s. Noise is added, white or
correlated from frame to frame, and true onsets are off their labels by chance, as much again at
every place. What may be chosen is what params.yaml says.
"""

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from rich.progress import track as progress
from scipy.signal import lfilter

from benchmarks import tables
from tractable.movement.sequences import shares
from tractable.scores.evidence import Asking, Evidence, Stores
from tractable.scores.onsets import SMOOTHER, Onsets, changes, onset_scores
from tractable.stage import params
from tractable.statistics import student_interval

FRAME_RATE, MM = 83.28, 1e-3
CLIPS, FRAMES, PLACES = 3, 300, 10
LEAD, DELAY, ORDER = 0.04, 0.06, 5  # s, s
LEVELS, CORRELATIONS, JITTERS = (0.5, 1.0, 1.5), (0.0, 0.7), (0.0, 0.015, 0.03)  # mm; s
COLUMNS = ("jitter_ms", "correlation", "noise_mm", "speakers", "way", "error_mm") + tuple(
    f"over_smoother_percent{part}" for part in ("", "_low", "_high")
)
Random = np.random.Generator


def labels(random: Random) -> np.ndarray:
    """Phones of a clip, named by number."""
    long = random.integers(8, 21, FRAMES)
    return np.repeat(np.arange(FRAMES).astype(str), long)[:FRAMES]


def moved(phone: np.ndarray, jitter: float, random: Random) -> Float[np.ndarray, "time place"]:
    """Cross-distances of one clip [m]."""
    labelled = changes(phone) / FRAME_RATE - LEAD
    common = labelled + random.normal(0, jitter, len(labelled))
    found = np.empty((len(phone), PLACES))
    for column in found.T:
        onset = np.sort(common + random.normal(0, jitter, len(common)))
        share = shares(onset, len(phone), FRAME_RATE, order=ORDER, tau=DELAY / ORDER)
        column[:] = MM * share @ random.uniform(6, 18, share.shape[1])
    return found


def noise(level: float, correlation: float, random: Random) -> Float[np.ndarray, "time place"]:
    """A first-order autoregression at every place [m]."""
    white = random.normal(0, MM * level, (CLIPS * FRAMES, PLACES))
    return lfilter([np.sqrt(1 - correlation**2)], [1, -correlation], white, axis=0)


def speaker(
    number: int, level: float, *, folds: int, correlation: float = 0.0, jitter: float = 0.0
) -> tuple[Evidence, Stores]:
    """One speaker, held out in one fold, and what one inverse model drew of all.

    Parameters
    ----------
    level : of noise [mm].
    correlation : of noise in neighbouring frames.
    jitter : sd of true onsets about their labels, in common and of each place [s].
    """
    random = np.random.default_rng(number)
    phones = [labels(random) for _ in range(CLIPS)]
    true = np.concatenate([moved(phone, jitter, random) for phone in phones])
    drawn = true + noise(level, correlation, random)
    tests = np.repeat(np.arange(folds)[:, None] == number % folds, len(true), 1)
    evidence = Evidence(
        f"s{number}",
        Asking(step=1e-3, floor=5e-4, ends=0.05),
        trains=xr.DataArray(~tests, dims=("fold", "time")),
        tests=xr.DataArray(tests, dims=("fold", "time")),
        frames=np.arange(0),
        log_distance=xr.DataArray(np.log(true), dims=("time", "place")),
        tract_length=xr.DataArray(np.full(len(true), 0.17), dims="time"),
        reference=xr.Dataset(),
        answers=xr.Dataset(),
        phone=xr.DataArray(np.concatenate(phones), dims="time"),
    )
    told = xr.DataArray(
        drawn[None], {"inverse_model": ["noisy"]}, ("inverse_model", "time", "place")
    )
    clip = np.repeat(np.arange(CLIPS), FRAMES)
    areas = xr.Dataset({"clip_of": ("time", clip)}, attrs={"frame_rate": FRAME_RATE})
    return evidence, {"predictions": told.to_dataset(name="distance"), "areas": areas}


def errors(speakers: list[tuple[Evidence, Stores]], asked: Onsets) -> xr.DataArray:
    """Of every inverse model, speaker and way [mm]."""
    evidences, stores = map(list, zip(*speakers, strict=True))
    found = onset_scores(evidences, stores, asked)
    models = stores[0]["predictions"].inverse_model
    each = [xr.concat([score.value.squeeze() for score in of_one], models) for of_one in found]
    return xr.concat(each, "speaker").rename(model="way")


def rows(speakers: int, asked: Onsets) -> Iterator[dict[str, Any]]:
    cases = list(product(JITTERS, CORRELATIONS, LEVELS))
    for jitter, correlation, level in progress(cases, "jitter x correlation x noise"):
        about = {"folds": speakers, "correlation": correlation, "jitter": jitter}
        made = [speaker(number, level, **about) for number in range(speakers)]
        error = errors(made, asked).sel(inverse_model="noisy")
        over = 100 * np.log(error / error.sel(way=SMOOTHER))
        interval = student_interval(over, confidence=0.95)
        line = {"jitter_ms": f"{1e3 * jitter:g}", "correlation": correlation, "noise_mm": level}
        for way in asked.ways:
            found = interval.sel(way=way)
            numbers = [error.sel(way=way).mean(), found.value, found.low, found.high]
            told = [f"{float(number):.3g}" for number in numbers]
            yield line | dict(zip(COLUMNS[3:], [speakers, way, *told], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.onsets", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--speakers", type=int, default=8)
    given = parser.parse_args()
    asked = Onsets(**params("scores")["battery"]["onsets"])
    tables.write(given.out, COLUMNS, tables.shown(rows(given.speakers, asked)))


if __name__ == "__main__":
    main()
