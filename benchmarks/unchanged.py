"""What `dvc repro` costs when there is nothing to do, by the number of speakers.

A made-up repository has whole outputs of every stage, small in bytes and many in number, as DVC
looks at files and not into them. Beside it the floor: asking the system for the size and time of
every file. Run it from the root: ``python -m benchmarks.unchanged --out FILE``.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import tables
from tests.sharing.laboratory import STAGES, Clone, made

COLUMNS = ("speakers", "what", "files", "seconds", "least", "most", "ratio_to_floor", "rounds")


def whole(folder: Path, speakers: int) -> Clone:
    """A repository in which every stage has run, as far as DVC can tell."""
    lab = made(folder, [f"s{number:03d}" for number in range(speakers)])
    outs = [out for stage in STAGES.values() for out in stage["outs"] + stage.get("metrics", [])]
    for out in (lab.folder / (out if isinstance(out, str) else next(iter(out))) for out in outs):
        if not out.exists() and out.suffix:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text("made up\n")
        elif not out.exists():
            out.mkdir(parents=True)
            (out / "README.txt").write_text("made up\n")
    lab.run("dvc", "commit", "-q", "--force")
    return lab


def nothing_done(lab: Clone) -> None:
    running = lab.start("dvc", "repro")
    printed, _ = running.communicate()
    if running.returncode or "Running stage" in printed:
        raise RuntimeError(f"`dvc repro` was to do nothing, and said:\n{printed[-3000:]}")


def walked(lab: Clone) -> int:
    """The system's word on every file that is tracked."""
    return sum(1 for file in (lab.folder / "data").rglob("*") if file.is_file())


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measured(speakers: int, rounds: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        lab = whole(Path(scratch) / "lab", speakers)
        files = walked(lab)
        ways = {
            "files": lambda: walked(lab),
            "imports": lambda: lab.start("dvc", "--version").communicate(),
            "dvc repro": lambda: nothing_done(lab),
        }
        nothing_done(lab)  # DVC remembers what it has seen
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                took[name].append(seconds(way))
    floor = statistics.median(took["files"]) + statistics.median(took["imports"])
    for name, times in took.items():
        middle = statistics.median(times)
        figures = (f"{value:.3g}" for value in (middle, min(times), max(times), middle / floor))
        values = (speakers, name, files, *figures, rounds)
        yield dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.unchanged", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--speakers", type=int, nargs="+", default=[8, 75])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rows = [row for speakers in asked.speakers for row in measured(speakers, asked.rounds)]
    tables.write(asked.out, COLUMNS, rows)
    for row in rows:
        print(*(row[name] for name in COLUMNS), sep="  ")


if __name__ == "__main__":
    main()
