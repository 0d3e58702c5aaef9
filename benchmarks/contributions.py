"""What a law of movement costs the formants of a tract that it drives, and whether parts sum up.

Of every speaker of the phantom the tract is driven by gestures as `contributions_to_f2` does it:
every part by the gestures of its own variable, or the whole tract by those of one; by laws, and by
the same ways gone at one speed or in one jump at half time. Formants of these shapes are held
against those of the measured ones, in frames in which gestures drive any part. The last rows say
by how much the contributions of all parts, on the measured path, miss the tube's own change since
the first frame of each stretch of a second.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float
from rich.progress import track as progress

from benchmarks import tables
from tractable.contracts import AREAS, DYNAMICS, THEORY
from tractable.dynamics.contributions import LENGTH, PART, contributions, path
from tractable.dynamics.driven import Drive, driven, drives, is_driven
from tractable.dynamics.trajectories import runs
from tractable.movement.laws import law
from tractable.stage import params
from tractable.store import load
from tractable.theory import physics

LAWS = ("target", "linear", "ramp", "minimum_jerk", "first")
WHOLE = ("tongue body constriction degree", "tongue root constriction degree", "lip aperture")
COLUMNS = (
    *("drivers", "law", "formant", "speakers", "frames", "share_of_frames"),
    *("rms_percent", "least_speaker", "most_speaker"),
)

Errors = Float[np.ndarray, "frame formant"]


class Speaker(NamedTuple):
    areas: xr.Dataset
    theory: xr.Dataset
    found: xr.Dataset


def opened(folder: Path, corpus: str, name: str) -> Speaker:
    nouns = {"areas": AREAS, "theory": THEORY, "dynamics": DYNAMICS}
    return Speaker(
        *(load(folder / noun / corpus / f"{name}.zarr", of).load() for noun, of in nouns.items())
    )


def evenly(one: Drive) -> Drive:
    return one.evenly


def at_once(one: Drive) -> Drive:
    """The least that a shape between two others can be told by: half of the frames are either."""
    return one._replace(progress=(one.evenly.progress > 0.5).astype(float))


CONTROLS = {"at one speed": evenly, "in one jump": at_once}


def errors(of: Speaker, moves: Mapping[str, list[Drive]], ends: Mapping[str, float]) -> Errors:
    """ln of formants by driven shapes over those of measured ones, in driven frames."""
    told = physics(driven(of.areas, moves, ends), **params("theory")).frequency.values
    where = is_driven(moves, of.areas.sizes["time"]).any(0)
    return np.log(told / of.theory.frequency.values)[where]


def by_drivers(
    speakers: list[Speaker], drivers: Mapping[str, str], ends: Mapping[str, float]
) -> Iterator[tuple[str, list[Errors]]]:
    """Errors of every speaker by law, then by what is no law."""
    for name in LAWS:
        moves = [
            {part: drives(of.areas, of.found, way, law(name)) for part, way in drivers.items()}
            for of in speakers
        ]
        yield name, [errors(of, one, ends) for of, one in zip(speakers, moves, strict=True)]
    for name, change in CONTROLS.items():
        changed = [
            {part: [change(drive) for drive in those] for part, those in one.items()}
            for one in moves
        ]
        yield name, [errors(of, one, ends) for of, one in zip(speakers, changed, strict=True)]


def gaps(of: Speaker, ends: Mapping[str, float], seconds: float) -> Errors:
    """By how much all parts together miss the change of ln F since a stretch's first frame."""
    known = np.isfinite(path(of.areas)).all(1) & np.isfinite(of.theory.frequency.values).all(1)
    run = runs(known, of.areas.clip_of.values, 0)
    length, found = round(seconds * of.areas.attrs["frame_rate"]), []
    for which in np.unique(run[run >= 0]):
        own = np.flatnonzero(run == which)
        for start in range(own[0], own[-1] + 2 - length, length):
            areas, theory = (one.isel(time=slice(start, start + length)) for one in of[:2])
            change = np.log(theory.frequency / theory.frequency[0]).values
            found.append(contributions(areas, theory, ends).sum(PART).values - change)
    return np.concatenate(found)


def rows(speakers: list[Speaker]) -> Iterator[dict[str, Any]]:
    asked = params("figures")["pictures"]["contributions_to_f2"]
    ends = asked["ends"]
    arms = {"each part by its own variable": asked["drivers"]}
    arms |= {f"all by {name}": dict.fromkeys([*ends, LENGTH], name) for name in WHOLE}
    for words, drivers in progress(arms.items(), "drivers"):
        for name, found in by_drivers(speakers, drivers, ends):
            yield from told(words, name, found, speakers)
    summed = [gaps(of, ends, asked["seconds"]) for of in speakers]
    yield from told("contributions summed", "measured path", summed, speakers)


def told(
    drivers: str, name: str, found: list[Errors], speakers: list[Speaker]
) -> Iterator[dict[str, Any]]:
    """A row per formant, the mean over speakers of their root mean squares."""
    rms = 100 * np.sqrt([np.nanmean(one**2, axis=0) for one in found])
    frames = sum(map(len, found))
    every = sum(of.areas.sizes["time"] for of in speakers)
    for k, own in enumerate(rms.T):
        counts = (f"F{k + 1}", len(found), frames, f"{frames / every:.2f}")
        numbers = (f"{value:.3g}" for value in (own.mean(), own.min(), own.max()))
        yield dict(zip(COLUMNS, (drivers, name, *counts, *numbers), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of stores")
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    options = parser.parse_args()
    names = params("corpora")["phantom"]["speakers"]
    speakers = [opened(options.data, "phantom", name) for name in names]
    tables.write(options.out, COLUMNS, tables.shown(rows(speakers)))


if __name__ == "__main__":
    main()
