"""Windows of pictures in random order: from a store, from the video, from one big npy.

What training asks for. The windows are the same for all, drawn from one speaker's clips; the store
is opened once, as a stage does, and its opening (which reads every byte against its digest) is a
row of its own. A video has to be decoded from its beginning. Run it from the root:
``python -m benchmarks.reading --out FILE``.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import tables
from tractable.contracts import RECORDINGS
from tractable.imaging.video import read_silent
from tractable.store import load

COLUMNS = (
    *("way", "windows", "frames_of_a_window", "windows_per_second", "low", "high"),
    *("ratio_to_npy", "bytes_on_disk", "rounds"),
)
PEER = "npy, mapped"


class Way(NamedTuple):
    """One of the ways to read."""

    read: Callable[[], Any]
    windows: int
    stored: int  # bytes


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def measured(
    store: Path, videos: list[Path], count: int, length: int, rounds: int
) -> list[dict[str, Any]]:
    data = load(store, RECORDINGS)
    random = np.random.default_rng(0)
    starts = random.integers(0, data.sizes["time"] - length, count).tolist()
    clips = [videos[k] for k in random.integers(0, len(videos), count)]
    frames = data.frames.values
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "frames.npy"
        np.save(whole, frames)

        def decoded() -> None:
            for clip in clips:
                film = read_silent(clip).frames
                np.asarray(film[len(film) // 2 : len(film) // 2 + length])

        def mapped() -> None:
            held = np.load(whole, mmap_mode="r")
            for start in starts:
                np.array(held[start : start + length])

        def from_store() -> None:
            for start in starts:
                _ = data.frames[start : start + length].values

        films = sum(video.stat().st_size for video in videos)
        ways = {
            PEER: Way(mapped, count, whole.stat().st_size),
            "store": Way(from_store, count, size(store / "frames")),
            "store, opened and checked": Way(lambda: load(store, RECORDINGS), 1, size(store)),
            "video, decoded": Way(decoded, count, films),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                start = time.perf_counter()
                way.read()
                took[name].append(time.perf_counter() - start)
    pace = {name: [ways[name].windows / seconds for seconds in took[name]] for name in ways}
    return [row(name, way, pace, length) for name, way in ways.items()]


def row(name: str, way: Way, pace: dict[str, list[float]], length: int) -> dict[str, Any]:
    middle, low, high = (float(f"{f(pace[name]):.4g}") for f in (statistics.median, min, max))
    ratio = float(f"{statistics.median(pace[name]) / statistics.median(pace[PEER]):.3g}")
    rounds = len(pace[name])
    values = (name, way.windows, length, middle, low, high, ratio, way.stored, rounds)
    return dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument(
        "--store", type=Path, default=Path("data/recordings/phantom/sim1.zarr"), help="recordings"
    )
    parser.add_argument(
        "--raw", type=Path, default=Path("data/raw/phantom/sim1"), help="of the same speaker"
    )
    parser.add_argument("--windows", type=int, default=100)
    parser.add_argument("--frames", type=int, default=64, help="of a window")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    videos = sorted(asked.raw.rglob("*.mp4"))
    rows = measured(asked.store, videos, asked.windows, asked.frames, asked.rounds)
    tables.write(asked.out, COLUMNS, rows)
    for row in rows:
        print(*(row[name] for name in COLUMNS), sep="  ")


if __name__ == "__main__":
    main()
