"""What it costs to share: one speaker or all, and our layout of stores beside plain small chunks.

A made-up corpus goes over OpenSSH on loopback; bytes are counted on the wire before the server.
Every way begins in a place that has seen nothing, and knows the repository's code alone. Run it
from the root: ``python -m benchmarks.sharing --out FILE``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.progress import track

from benchmarks import tables
from tests.sharing.servers import Remote, ssh_server
from tractable.contracts import Contract, described
from tractable.store import contents, save

SHAPES = Contract(
    "shapes",
    "Made-up shapes.",
    {"time": (("time",), "s", "of a frame"), "shape": (("time", "place"), "m", "its values")},
)
PLACES = 40
PLAIN = 64  # frames in a chunk of the plain layout, whose keys make a folder of each
COLUMNS = (
    *("part", "way", "speakers", "files", "stored_mb", "received_mb", "ratio_to_what_was_asked"),
    "seconds",
)
OPENED = """
import sys
from dvc.api import DVCFileSystem
DVCFileSystem(sys.argv[1]).get("data/shapes/lab/s0.zarr", "s0.zarr", recursive=True)
"""


def shapes(frames: int, number: int) -> xr.Dataset:
    """Numbers that no codec makes small."""
    random = np.random.default_rng(number)
    values = random.normal(0, 0.01, (frames, PLACES)).astype("float32")
    parts = {"time": np.arange(frames) / 83.28, "shape": values}
    return described(SHAPES, parts, corpus="lab", speaker=f"s{number}")


def plain(data: xr.Dataset, path: Path) -> None:
    """The same as zarr writes it by itself, in small chunks."""
    chunks = {"time": {"chunks": (PLAIN,)}, "shape": {"chunks": (PLAIN, PLACES)}}
    data.to_zarr(path, mode="w", zarr_format=3, consolidated=False, encoding=chunks)


class Laboratory:
    """A repository with one output, and clones of it, each a stranger to the others."""

    def __init__(self, home: Path, remote: Remote, speakers: int, frames: int, sharded: bool):
        self.home, self.remote, self.folder = home, remote, home / "lab"
        self.code = home / "code.git"  # what others see: no data lie beside it
        for number in track(range(speakers), "stores"):
            path = self.folder / "data" / "shapes" / "lab" / f"s{number}.zarr"
            data = shapes(frames, number)
            save(data, path, SHAPES) if sharded else plain(data, path)
        lines = f"[core]\n    remote = open\n['remote \"open\"']\n    url = {remote.url}\n"
        lines += "    verify = true\n"
        lines += "".join(f"    {k} = {v}\n" for k, v in remote.server.settings.items())
        self.do("git init -q", self.folder)
        self.do("dvc init -q", self.folder)
        (self.folder / ".dvc" / "config").write_text(lines)

    def do(self, command: str | list[str], folder: Path) -> float:
        """Seconds that a command takes."""
        words = command.split() if isinstance(command, str) else command
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "DVC_SITE_CACHE_DIR": str(self.home / f"site-{folder.name}")}
        who = {f"GIT_{a}_{b}": "t@t" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
        start = time.perf_counter()
        done = subprocess.run(
            words, cwd=folder, env=os.environ | own | who, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"`{' '.join(words)}` failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.perf_counter() - start

    def share(self) -> dict[str, float]:
        """Seconds to add, to see that nothing changed, and to push."""
        took = {"add": self.do("dvc add data/shapes", self.folder)}
        self.do("git add -A", self.folder)
        self.do("git commit -qm data", self.folder)
        self.do(["git", "clone", "-q", "--bare", str(self.folder), str(self.code)], self.home)
        took["status, unchanged"] = self.do("dvc status", self.folder)
        took["push"] = self.do("dvc push", self.folder)
        return took | {"push, unchanged": self.do("dvc push", self.folder)}

    def clone(self) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.home))
        self.do(["git", "clone", "-q", str(self.code), str(folder)], self.home)
        return folder


def ways(lab: Laboratory) -> Iterator[tuple[str, bool, Callable[[], float]]]:
    """Name, whether for one speaker, and what to measure; each in a place of its own."""
    one, all_ = "data/shapes/lab/s0.zarr", "data/shapes"
    for name, alone, words in (
        ("dvc get", True, ["dvc", "get", str(lab.code), one]),
        ("DVC's file system", True, [sys.executable, "-c", OPENED, str(lab.code)]),
    ):
        empty = Path(tempfile.mkdtemp(dir=lab.home))
        yield name, alone, lambda words=words, empty=empty: lab.do(words, empty)
    for name, alone, path in (("dvc pull TARGET", True, one), ("dvc pull", False, all_)):
        clone = lab.clone()
        yield name, alone, lambda path=path, clone=clone: lab.do(["dvc", "pull", path], clone)


def size(folder: Path) -> float:
    """Bytes of a folder [MB]."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def one_speaker(home: Path, remote: Remote, speakers: int, frames: int) -> list[dict[str, Any]]:
    """Bytes and seconds of one speaker by each way, and of all."""
    lab = Laboratory(home, remote, speakers, frames, sharded=True)
    lab.share()
    whole, rows = lab.folder / "data" / "shapes", []
    for way, alone, measure in ways(lab):
        asked = whole / "lab" / "s0.zarr" if alone else whole
        before = remote.server.wire.received
        seconds = measure()
        received = (remote.server.wire.received - before) / 1e6
        rows.append(
            {
                "part": "one speaker" if alone else "all speakers",
                "way": way,
                "speakers": speakers,
                "files": len(contents(asked)),
                "stored_mb": f"{size(asked):.3f}",
                "received_mb": f"{received:.3f}",
                "ratio_to_what_was_asked": f"{received / size(asked):.2f}",
                "seconds": f"{seconds:.1f}",
            }
        )
    return rows


def layout(
    home: Path, remote: Remote, speakers: int, frames: int, sharded: bool
) -> list[dict[str, Any]]:
    """Seconds of each step of sharing, for one layout of stores."""
    lab = Laboratory(home, remote, speakers, frames, sharded)
    took = lab.share()
    took["pull"] = lab.do("dvc pull", lab.clone())
    folder = lab.folder / "data" / "shapes"
    known = {
        "part": "shards, keys with ." if sharded else f"chunks of {PLAIN} frames, keys with /",
        "speakers": speakers,
        "files": len(contents(folder)),
        "stored_mb": f"{size(folder):.3f}",
    }
    return [known | {"way": f"dvc {way}", "seconds": f"{s:.1f}"} for way, s in took.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--speakers", type=int, default=75)
    parser.add_argument("--frames", type=int, default=4096, help="of each speaker")
    parser.add_argument("--compared", type=int, default=10, help="speakers of the two layouts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ssh_server(Path(folder) / "ssh") as server:
        home = Path(folder)
        homes = [home / name for name in ("corpus", "sharded", "plain")]
        for place in homes:
            place.mkdir()
        rows = one_speaker(homes[0], server.remote("corpus"), asked.speakers, asked.frames)
        for place, sharded in zip(homes[1:], (True, False), strict=True):
            remote = server.remote(place.name)
            rows += layout(place, remote, asked.compared, asked.frames, sharded)
    tables.write(asked.out, COLUMNS, rows)
    print(asked.out.read_text())


if __name__ == "__main__":
    main()
