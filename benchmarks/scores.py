"""How long the battery takes, and how much memory, by frames: the phantom's stores, over and over.

Every case runs in a process of its own, on stores on disk. Memory is what that process has had at
most, beyond what it had when all was imported.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
import yaml
from rich.progress import track as progress

from benchmarks import tables
from benchmarks.processes import peak_memory
from tractable.scores.corpora import CONTRACTS, score_corpus
from tractable.stage import store_path
from tractable.store import load, save

SPAWN = multiprocessing.get_context("spawn")
MODELS = 10  # of shape to sound, at most
HELD = 100  # explained frames of a speaker, where they do not grow with the rest
COLUMNS = (
    *("explained", "frames", "explained_frames", "speakers", "models", "seconds"),
    *("peak_memory_mib", "memory_above_idle_mib", "bytes_per_frame_more"),
)
Result = TypeVar("Result")
Stores = dict[str, dict[str, Path]]  # speaker -> noun -> store


class Case(NamedTuple):
    """A corpus."""

    grows: bool  # whether explained frames are as many times more as frames are
    frames: int  # of all speakers together


def over_and_over(stores: Mapping[str, xr.Dataset], frames: int, grows: bool) -> dict:
    """Stores of a speaker with so many frames, cut short or one copy after the other."""
    clock, rate = stores["areas"].time.values, stores["areas"].attrs["frame_rate"]
    explained = np.searchsorted(clock, stores["explanations"].frame.values - 1e-6)
    times = np.arange(frames) / rate
    which, at = copies(explained, len(clock), frames)
    if not grows:
        few = np.linspace(0, len(at) - 1, min(len(at), HELD)).round().astype(int)
        which, at = which[few], at[few]
    examined = np.searchsorted(clock, stores["truth"].exam.values - 1e-6)
    inside = np.flatnonzero(examined < frames)
    indices = {
        "time": (np.arange(frames) % len(clock), times),
        "frame": (which, times[at]),
        "exam": (inside, times[examined[inside]]),
    }
    # Gestures are not repeated: theirs are dims of the same names but other sizes.
    return {
        noun: data if noun == "dynamics" else taken(data, indices) for noun, data in stores.items()
    }


def copies(explained: np.ndarray, clock: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Which explained frame, and where on a clock of ``frames`` that repeats one of ``clock``."""
    start = clock * np.arange(-(-frames // clock))[:, None]
    at = (start + explained).ravel()
    which = np.tile(np.arange(len(explained)), len(start))
    return which[at < frames], at[at < frames]


def taken(data: xr.Dataset, indices: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> xr.Dataset:
    """The same at some indices of dims, labelled anew."""
    own = {dim: pair for dim, pair in indices.items() if dim in data.dims}
    found = data.isel({dim: which for dim, (which, _) in own.items()})
    return found.assign_coords({dim: (dim, at, data[dim].attrs) for dim, (_, at) in own.items()})


def written(case: Case, data: Path, folder: Path) -> Stores:
    """The stores of a case, on disk."""
    speakers = sorted(path.stem for path in (data / "areas" / "phantom").glob("*.zarr"))
    made: Stores = {}
    for name in speakers:
        stores = {
            noun: load(store_path(data / noun, "phantom", name), contract)
            for noun, contract in CONTRACTS.items()
        }
        first = [*stores["efficiency"].model.values, *stores["explanations"].model.values]
        models = list(dict.fromkeys(first))[:MODELS]
        stores |= {of: stores[of].sel(model=models) for of in ("predictions", "explanations")}
        repeated = over_and_over(stores, case.frames // len(speakers), case.grows)
        made[name] = {noun: store_path(folder / noun, "phantom", name) for noun in repeated}
        for noun, path in made[name].items():
            save(repeated[noun].load(), path, CONTRACTS[noun])
    return made


def score(stores: Stores, output: Path, options: dict[str, Any]) -> tuple[float, float, float]:
    """Score in this process: seconds, and memory before and at most [MiB]."""
    idle, start = peak_memory(), time.perf_counter()
    score_corpus("phantom", stores, output, **options)
    return time.perf_counter() - start, idle, peak_memory()


def alone(function: Callable[..., Result], *arguments: Any) -> Result:
    """The same in a process of its own; this one stays small, for a child starts as large."""
    with ProcessPoolExecutor(1, SPAWN) as pool:
        return pool.submit(function, *arguments).result()


def measured(case: Case, data: Path, options: dict[str, Any]) -> dict[str, Any]:
    """One case, its stores written beforehand."""
    with tempfile.TemporaryDirectory() as folder:
        stores = alone(written, case, data, Path(folder))
        told = [load(of["explanations"], CONTRACTS["explanations"]) for of in stores.values()]
        explained, models = sum(of.sizes["frame"] for of in told), told[0].sizes["model"]
        seconds, idle, peak = alone(score, stores, Path(folder) / "scores.zarr", options)
    return {
        "explained": "with the frames" if case.grows else f"{HELD} a speaker",
        "frames": case.frames // len(stores) * len(stores),
        "explained_frames": explained,
        "speakers": len(stores),
        "models": models,
        "seconds": float(f"{seconds:.3g}"),
        "peak_memory_mib": round(peak),
        "memory_above_idle_mib": round(peak - idle),
    }


def with_growth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Beside each row of more frames than the one before it, bytes a frame more."""
    found = []
    for before, row in zip([None, *rows[:-1]], rows, strict=True):
        more: Any = ""
        if before and before["explained"] == row["explained"]:
            grown = row["peak_memory_mib"] - before["peak_memory_mib"]
            more = round(grown * 1024**2 / (row["frames"] - before["frames"]))
        found.append(row | {"bytes_per_frame_more": more})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--data", type=Path, default=Path("data"), help="stores of the phantom")
    parser.add_argument("--frames", type=int, nargs="+", default=[1000, 10_000, 100_000])
    asked = parser.parse_args()
    options = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["scores"]["battery"]
    options["equally_accurate"]["among"] = []  # a case has not all the models that are named there
    cases = [Case(grows, frames) for grows in (False, True) for frames in asked.frames]
    rows = [measured(case, asked.data, options) for case in progress(cases, "corpora")]
    table = with_growth(rows)
    tables.write(asked.out, COLUMNS, table)
    for row in table:
        print(*(f"{name} {row[name]}" for name in COLUMNS))


if __name__ == "__main__":
    main()
