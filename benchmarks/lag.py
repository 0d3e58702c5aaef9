"""How well the lag between sound and pictures is found: shifted clips, frame rates, scanner noise.

The phantom's sound and pictures are in step, so that what is found there is the natural lag of the
estimator; of a shifted clip it should differ by the shift. Rivals look at the pictures' motion
energy, at the opening of the lips, or at all constrictions, each with the same jackknife. A
recorded clip is cut into pieces; there the lag of the whole stands for the truth.
"""

import argparse
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from rich.progress import track as progress
from scipy.ndimage import median_filter

from benchmarks import tables
from benchmarks.scanner import scanner_noise, with_noise
from tractable.contours import contours
from tractable.contracts import CONTOURS, RECORDINGS
from tractable.coupling import (
    PICTURE_COMPONENTS,
    SOUND_COMPONENTS,
    band_levels,
    between,
    components,
)
from tractable.imaging.video import read_video
from tractable.recordings.clock import Take, one_clock
from tractable.recordings.lag import audio_lag, lag_between
from tractable.stage import params
from tractable.store import load
from tractable.stretches import end_to_end

SHIFTS = (-0.15, -0.0317, 0.0041, 0.006, 0.0731, 0.2)  # s
RATES = (23.18, 50.0, 99.0)  # Hz, beside the clip's own
NOISES = (10.0, 0.0, -5.0)  # dB, of the sound over the scanner
PIECES = (5.0, 9.6)  # s, of a recorded clip
REACH = 2  # frames, on both sides, over which motion is taken
COLUMNS = (
    *("material", "clips", "seconds", "frame_rate", "noise_db", "estimator", "known"),
    *("lag_median_ms", "lag_lowest_tenth_ms", "lag_highest_tenth_ms", "half_interval_ms"),
    *("interval_holds_zero", "interval_holds_reference", "reference_ms"),
    *("shifted_within_half_frame", "shifted_largest_error_ms"),
)


class Clip(NamedTuple):
    frames: np.ndarray
    rate: float  # Hz
    sound: np.ndarray
    sample_rate: int
    degree: Float[np.ndarray, "time constriction"]  # m, the lips first


Estimator = Callable[[Clip, dict[str, Any]], tuple[float, float]]


def by_pictures(clip: Clip, options: dict[str, Any]) -> tuple[float, float]:
    return audio_lag(clip.frames, clip.rate, clip.sound, clip.sample_rate, **options)


def by_motion(clip: Clip, options: dict[str, Any]) -> tuple[float, float]:
    """Log motion energy against the root mean square change of the band levels."""
    values = clip.frames.astype(np.float32)
    moved = np.abs(values[2 * REACH :] - values[: -2 * REACH]).mean((1, 2))
    calm = median_filter(np.pad(moved, REACH, mode="edge"), 4 * REACH + 1, mode="nearest")
    levels = band_levels(clip.sound, clip.sample_rate, len(values), clip.rate)
    change = np.sqrt(((levels[2 * REACH :] - levels[: -2 * REACH]) ** 2).mean(1))
    change = np.pad(change, REACH, mode="edge")
    return of_series(np.log(np.maximum(calm, 1e-3))[:, None], change[:, None], clip, options)


def by_lips(clip: Clip, options: dict[str, Any]) -> tuple[float, float]:
    levels = band_levels(clip.sound, clip.sample_rate, len(clip.frames), clip.rate)
    return of_series(clip.degree[:, :1], levels, clip, options)


def by_constrictions(clip: Clip, options: dict[str, Any]) -> tuple[float, float]:
    levels = band_levels(clip.sound, clip.sample_rate, len(clip.frames), clip.rate)
    return of_series(clip.degree, levels, clip, options)


def of_series(
    seen: np.ndarray, heard: np.ndarray, clip: Clip, options: dict[str, Any]
) -> tuple[float, float]:
    narrow, wide = (options[name] * clip.rate for name in ("smoothing", "trend"))
    names = ("longest", "block", "natural", "widest", "least_correlation")
    return lag_between(
        components(between(1e3 * seen, narrow, wide), PICTURE_COMPONENTS),
        components(between(heard, narrow, wide), SOUND_COMPONENTS),
        clip.rate,
        **{name: options[name] for name in names},
    )


ESTIMATORS: dict[str, Estimator] = {
    "pictures": by_pictures,
    "motion energy": by_motion,
    "lip opening": by_lips,
    "constrictions": by_constrictions,
}


def shifted(clip: Clip, lag: float) -> Clip:
    """Its sound later by ``lag`` [s], silence before."""
    by = round(lag * clip.sample_rate)
    late = np.pad(clip.sound, (max(0, by), max(0, -by)))
    return clip._replace(sound=late[max(0, -by) :][: len(clip.sound)])


def at_rate(clip: Clip, rate: float) -> Clip:
    """Its pictures taken at another rate [Hz], each between two neighbours."""
    at = np.arange(int(len(clip.frames) / clip.rate * rate)) / rate * clip.rate
    before = np.minimum(at.astype(int), len(clip.frames) - 2)
    share = at - before
    frames = mixed(clip.frames, before, share[:, None, None]).round().astype(np.uint8)
    degree = mixed(clip.degree, before, share[:, None])
    return clip._replace(frames=frames, rate=rate, degree=degree)


def mixed(values: np.ndarray, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    return (1 - share) * values[before] + share * values[before + 1]


def noisy(clip: Clip, level: float, seed: int) -> Clip:
    noise = scanner_noise(len(clip.sound), clip.sample_rate, seed=seed)
    return clip._replace(sound=with_noise(clip.sound, noise, level).astype(np.float32))


def pieces(clip: Clip, seconds: float) -> list[Clip]:
    size = round(seconds * clip.rate)
    starts = range(0, len(clip.frames) - size + 1, size)
    return [cut(clip, start, start + size) for start in starts]


def cut(clip: Clip, start: int, stop: int) -> Clip:
    samples = slice(*(round(at / clip.rate * clip.sample_rate) for at in (start, stop)))
    frames = slice(start, stop)
    return clip._replace(
        frames=clip.frames[frames], sound=clip.sound[samples], degree=clip.degree[frames]
    )


def filled(degree: np.ndarray) -> np.ndarray:
    """Between frames in which a constriction was found; 0 where it never was."""
    at = np.arange(len(degree))
    found = [np.isfinite(column) for column in degree.T]
    columns = [
        np.interp(at, at[known], column[known]) if known.any() else np.zeros(len(degree))
        for column, known in zip(degree.T, found, strict=True)
    ]
    return np.stack(columns, 1)


def simulated(recordings: Path, traced: Path) -> list[Clip]:
    """All clips of all phantom speakers."""
    clips = []
    for path in sorted(recordings.glob("*.zarr")):
        seen, found = load(path, RECORDINGS), load(traced / path.name, CONTOURS)
        clips += clips_of(seen, filled(found.constriction_degree.values))
    return clips


def clips_of(seen, degree: np.ndarray) -> list[Clip]:
    rate, sample_rate = seen.attrs["frame_rate"], seen.attrs["sample_rate"]
    whole = Clip(seen.frames.values, rate, seen.sound.values, sample_rate, degree)
    edges = np.cumsum([0, *np.bincount(seen.clip_of.values)])
    return [cut(whole, *ends) for ends in pairwise(edges)]


def recorded(video: Path, spacing: float) -> Clip:
    """A clip on the clock of its pictures, and its constrictions by the released network."""
    options = params("recordings")
    stretches = one_clock(
        [Take("clip", video, read_video(video), [], spacing)],
        corpus="recorded",
        speaker="one",
        sample_rate=options["sample_rate"],
        lag=options["lag"],
    )
    seen = end_to_end(list(stretches))
    found = end_to_end(list(contours(seen, **params("contours"))))
    return clips_of(seen, filled(found.constriction_degree.values))[0]


def measured(
    clips: list[Clip], estimator: str, options: dict[str, Any], reference: float | None = None
) -> dict[str, Any]:
    """What an estimator says of some clips and of the same clips shifted, as the table has it."""
    of = ESTIMATORS[estimator]
    lag, sd = np.array([of(clip, options) for clip in clips]).T
    moved = [[of(shifted(clip, by), options)[0] - by for by in SHIFTS] for clip in clips]
    error = (np.array(moved) - lag[:, None])[np.isfinite(lag)]
    error = error[np.isfinite(error)]
    known, half = np.isfinite(lag), 1.96 * sd
    lag, half = lag[known], half[known]
    where = reference if reference is not None else float(np.median(lag)) if len(lag) else np.nan
    tenths = np.quantile(lag, (0.5, 0.1, 0.9)) if len(lag) else [np.nan] * 3
    values = (
        *(known.mean(), *(1e3 * value for value in tenths)),
        1e3 * np.median(half) if len(half) else np.nan,
        (np.abs(lag) <= half).mean() if reference is None and len(lag) else np.nan,
        (np.abs(lag - where) <= half).mean() if len(lag) else np.nan,
        1e3 * where,
        (np.abs(error) < 0.5 / clips[0].rate).mean() if len(error) else np.nan,
        1e3 * np.abs(error).max() if len(error) else np.nan,
    )
    return dict(zip(COLUMNS[6:], (float(f"{value:.3g}") for value in values), strict=True))


def rows(clips: list[Clip], clip: Clip | None, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    cases: list[tuple[str, list[Clip], float | str, bool]] = [("phantom", clips, "", True)]
    cases += [("phantom", [at_rate(one, rate) for one in clips], "", True) for rate in RATES]
    for level in NOISES:
        loud = [noisy(one, level, seed) for seed, one in enumerate(clips)]
        cases.append(("phantom", loud, level, True))
    if clip:
        cases += [("recorded", pieces(clip, seconds), "", False) for seconds in PIECES]
        cases.append(("recorded", [clip], "", False))
    for material, some, level, in_step in progress(cases, "lag"):
        for name in ESTIMATORS:
            whole = None if in_step or clip is None else ESTIMATORS[name](clip, options)[0]
            seconds = float(np.median([len(one.sound) / one.sample_rate for one in some]))
            first = (material, len(some), round(seconds, 1), round(some[0].rate, 2), level, name)
            yield dict(zip(COLUMNS, first, strict=False)) | measured(some, name, options, whole)


def main() -> None:
    given = arguments()
    clips = simulated(given.recordings, given.contours)
    clip = recorded(given.video, given.pixel_spacing) if given.video else None
    tables.write(given.out, COLUMNS, rows(clips, clip, params("recordings")["lag"]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.lag", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    stores = {"recordings": RECORDINGS, "contours": CONTOURS}
    for noun in stores:
        default = Path("data", noun, "phantom")
        parser.add_argument(f"--{noun}", type=Path, default=default, help="folder of stores")
    parser.add_argument("--video", type=Path, help="a recorded clip with its sound")
    parser.add_argument("--pixel-spacing", type=float, default=2.4e-3, help="of that clip [m]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
