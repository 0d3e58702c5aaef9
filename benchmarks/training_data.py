"""Examples a second of a network on pictures: held in memory, or read from stores as it learns.

The model ``cnn`` of params.yaml, with the first choice of its search and nothing held back, learns
from all speakers of the phantom, each of whom says the same so many times over. Frames are held
(the peer), read ahead of the steps that want them, or read at each step; that all learn the same
bytes is seen to. Every lesson has a process of its own, and ways take turns; one thread learns, as
in the pipeline, and another reads. Means and standard deviations of all pixels come first and are
timed apart; memory is what the process has had at most, beyond what it had when all was imported.
Run it from the root: ``python -m benchmarks.training_data --out FILE``.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
import yaml
from torch import Tensor

from benchmarks import tables
from benchmarks.processes import peak_memory
from benchmarks.scores import alone
from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS, Contract
from tractable.models import ahead, descent
from tractable.models.catalogue import architecture, fitted
from tractable.models.model import Examples
from tractable.models.search import choices, decided
from tractable.models.training import Matter
from tractable.store import load, save
from tractable.stretches import SETTING

MODEL, SEED = "cnn", 1
NOUNS = {"areas": AREAS, "formants": FORMANTS, "folds": FOLDS, "recordings": RECORDINGS}
PEER, WAYS = "held", ("held", "read ahead", "read at each step")
HELD = 65536.0  # MiB, more than any of these corpora takes
COLUMNS = (
    *("way", "frames", "memory_mib", "steps", "rounds", "examples_per_second", "low", "high"),
    *("ratio_to_held", "share_of_time_waiting", "seconds_of_means", "peak_memory_mib"),
)
Stores = list[tuple[Path, ...]]
Coming = Generator[Examples, None, None]


class Took(NamedTuple):
    """What a lesson took."""

    means: float  # s
    lesson: float  # s
    waiting: float  # s of the lesson, for its next examples
    memory: float  # MiB
    learnt: bytes


def over_again(store: Path, contract: Contract, times: int) -> Iterator[xr.Dataset]:
    """A speaker who says the same so many times, all but in silence."""
    data = load(store, contract)
    data = data.isel(sample=slice(1)) if "sample" in data.dims else data
    length, clips = data.time.values[-1] + 1 / 83, int(data.clip_of.max()) + 1
    for turn in range(times):
        later = {"time": data.time + turn * length, "clip_of": data.clip_of + turn * clips}
        yield data.assign_coords({n: of.assign_attrs(data[n].attrs) for n, of in later.items()})


def corpus(data: Path, home: Path, times: int) -> Stores:
    """Stores of every speaker of the phantom, each saying the same so many times."""
    speakers = sorted(path.name for path in (data / "areas" / "phantom").glob("*.zarr"))
    for noun, contract in NOUNS.items():
        for who in speakers:
            again = over_again(data / noun / "phantom" / who, contract, times)
            save(again, home / noun / "phantom" / who, contract)
    return [tuple(home / noun / "phantom" / who for noun in NOUNS) for who in speakers]


def at_each_step(examples: Examples, draws: Iterable[Tensor]) -> Coming:
    """Nothing is read before it is wanted."""
    yield from map(examples.rows, draws)


def lesson(
    stores: Stores, models: dict[str, Any], way: str, mebibytes: float, steps: int
) -> tuple[int, Took]:
    """A lesson from all frames, had in one way; with how many they are."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    os.environ[SETTING] = str(HELD if way == PEER else mebibytes)
    entry = decided(models[MODEL], choices(models[MODEL])[0]) | {"steps": steps}
    architecture(MODEL)  # imported
    idle, waits = peak_memory(), [0.0]
    order = at_each_step if way == "read at each step" else ahead.in_order

    def noting(examples: Examples, draws: Iterable[Tensor]) -> Coming:
        coming = order(examples, draws)
        while True:
            start = time.perf_counter()
            few = next(coming, None)
            waits.append(time.perf_counter() - start)
            if few is None:
                return
            yield few

    descent.in_order = noting
    matter = Matter.of(stores, "picture_to_sound", models["examples"] | {"context": 0})
    frames = [role.sizes["time"] for role in matter.roles]
    told = matter.kept([np.ones(count, bool) for count in frames])
    start = time.perf_counter()
    told.given.std(0)
    means, start = time.perf_counter() - start, time.perf_counter()
    model = fitted(MODEL, entry, told, SEED)
    took = time.perf_counter() - start
    learnt = model.state()["readout"].numpy().tobytes()
    return sum(frames), Took(means, took, sum(waits), peak_memory() - idle, learnt)


def compared(
    stores: Stores, models: dict[str, Any], mebibytes: float, steps: int, rounds: int
) -> list[dict[str, Any]]:
    """Rows of one corpus, a row for each way.

    Raises
    ------
    ValueError : a way that learnt other bytes.
    """
    took: dict[str, list[Took]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            frames, found = alone(lesson, stores, models, way, mebibytes, steps)
            took[way].append(found)
            if found.learnt != took[PEER][0].learnt:
                raise ValueError(f"{way} learnt other bytes than {PEER}")
    drawn = steps * models[MODEL]["batch"]
    pace = {way: [drawn / one.lesson for one in of] for way, of in took.items()}
    return [
        {
            "way": way,
            "frames": frames,
            "memory_mib": "" if way == PEER else f"{mebibytes:g}",
            "steps": steps,
            "rounds": rounds,
            **figures(pace[way], pace[PEER]),
            "share_of_time_waiting": f"{middle(one.waiting / one.lesson for one in of):.2g}",
            "seconds_of_means": f"{middle(one.means for one in of):.3g}",
            "peak_memory_mib": round(middle(one.memory for one in of)),
        }
        for way, of in took.items()
    ]


def figures(pace: Sequence[float], peer: Sequence[float]) -> dict[str, Any]:
    """Of examples a second."""
    return {
        "examples_per_second": round(middle(pace)),
        "low": round(min(pace)),
        "high": round(max(pace)),
        "ratio_to_held": f"{middle(pace) / middle(peer):.3g}",
    }


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.training_data", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--data", type=Path, default=Path("data"), help="stores of the phantom")
    parser.add_argument("--times", type=int, nargs="+", default=[3, 9], help="they are said")
    parser.add_argument("--memory", type=float, default=256, help="MiB, of those who read")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    models = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["models"]
    rows = []
    for times in asked.times:
        with tempfile.TemporaryDirectory() as home:
            stores = alone(corpus, asked.data, Path(home), times)
            rows += compared(stores, models, asked.memory, asked.steps, asked.rounds)
        tables.write(asked.out, COLUMNS, rows)
    print(asked.out.read_text())


if __name__ == "__main__":
    main()
