"""The whole pipeline, cold, stage by stage: when, how long, how many cores, how much memory.

The last commit is cloned into a folder of its own, where nothing is remembered, and ``dvc repro``
runs there with the packages of this interpreter. Memory is that of all processes of a stage
together, each with its share of what several have; processor time is that of all of them.
Run it on a machine that does nothing else: ``python -m benchmarks.pipeline --out FILE``, which
leaves a chart beside the table.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import matplotlib
import psutil
from matplotlib.figure import Figure

from benchmarks import tables
from tractable.whole import written_whole

ROOT = Path(__file__).parents[1]
EVERY = 0.25  # s, between two looks at the processes
MEBIBYTE = 1024**2
COLUMNS = ("stage", "start_s", "seconds", "processor_seconds", "cores_used", "peak_memory_mib")
#: Seconds that the design allows on two cores, by the stages that share them.
ALLOWED = {
    ("phantom",): 210,
    ("recordings", "formants"): 70,
    ("contours", "areas", "theory"): 110,
    ("models",): 260,
    ("efficiency",): 60,
    ("dynamics",): 40,
    ("predictions", "explanations"): 100,
    ("scores",): 70,
    ("figures", "report", "paper"): 80,
}
RUNNING = re.compile(r"Running stage '(\w+)'")


@dataclass
class Seen:
    """What was seen of one stage."""

    start: float  # s, since the pipeline began
    end: float = 0.0
    memory: float = 0.0  # MiB, at most
    processor: dict[tuple[int, float], float] = field(default_factory=dict)  # process -> s


class Watch:
    """Looks at a process and all that it started, and books it to the stage that runs."""

    def __init__(self, process: subprocess.Popen):
        self.root, self.begun = psutil.Process(process.pid), time.monotonic()
        self.stages: dict[str, Seen] = {}
        self.before: dict[tuple[int, float], float] = {}  # process -> s, when the stage began
        self.lock, self.over = Lock(), Event()

    def begin(self, stage: str) -> None:
        with self.lock:
            now = time.monotonic() - self.begun
            self.end(now)
            self.stages[stage] = Seen(now)
            self.before = {which: used for which, used, _ in family(self.root)}

    def end(self, now: float) -> None:
        if self.stages:
            list(self.stages.values())[-1].end = now

    def look(self) -> None:
        with self.lock:
            self.end(time.monotonic() - self.begun)
            if not self.stages:
                return
            seen, memory = list(self.stages.values())[-1], 0.0
            for which, used, held in family(self.root):
                seen.processor[which] = used - self.before.get(which, 0.0)
                memory += held
            seen.memory = max(seen.memory, memory)

    def keep_looking(self) -> None:
        while not self.over.wait(EVERY):
            self.look()


def family(root: psutil.Process) -> Iterator[tuple[tuple[int, float], float, float]]:
    """Of a process and its descendants: which, processor time [s] and memory [MiB]."""
    with suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                used, held = process.cpu_times(), process.memory_full_info()
                which = process.pid, process.create_time()
                yield which, used.user + used.system, getattr(held, "pss", held.uss) / MEBIBYTE


def watched(folder: Path, targets: list[str]) -> dict[str, Seen]:
    """Run the pipeline in a folder, and say what was seen of every stage.

    Raises
    ------
    SystemExit : the pipeline failed.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PATH": path, "PYTHONPATH": str(folder / "src"), "DVC_NO_ANALYTICS": "1"}
    outer = {name: value for name, value in os.environ.items() if name[:10] != "TRACTABLE_"}
    with subprocess.Popen(
        ["dvc", "repro", *targets],
        cwd=folder,
        env=outer | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        watch, printed = Watch(running), []
        looking = Thread(target=watch.keep_looking, daemon=True)
        looking.start()
        for line in running.stdout or ():
            printed.append(line)
            if found := RUNNING.search(line):
                watch.begin(found[1])
                print(f"{watch.stages[found[1]].start:8.1f} s  {found[1]}", flush=True)
        watch.over.set()
        looking.join()
    watch.end(time.monotonic() - watch.begun)
    if running.returncode:
        sys.exit("".join(printed[-30:]))
    return watch.stages


def rows(stages: dict[str, Seen]) -> Iterator[dict[str, str]]:
    for name, seen in stages.items():
        seconds, processor = seen.end - seen.start, sum(seen.processor.values())
        values = (
            name,
            f"{seen.start:.1f}",
            f"{seconds:.1f}",
            f"{processor:.1f}",
            f"{processor / seconds:.2f}",
            f"{seen.memory:.0f}",
        )
        yield dict(zip(COLUMNS, values, strict=True))


def chart(table: list[dict[str, str]], path: Path) -> None:
    """Stages in time, as dark as they use the cores; beside each its memory."""
    cores = os.cpu_count() or 1
    figure = Figure(figsize=(7, 0.26 * len(table) + 0.8), layout="constrained")
    axes = figure.subplots()
    shade = matplotlib.colormaps["Blues"]
    for place, row in enumerate(table):
        start, seconds, used = (float(row[c]) for c in ("start_s", "seconds", "cores_used"))
        axes.barh(place, seconds, left=start, color=shade(0.2 + 0.8 * min(1.0, used / cores)))
        words = f"{seconds:.0f} s, {used:.1f} cores, {row['peak_memory_mib']} MiB"
        late = start + seconds / 2 > float(table[-1]["start_s"]) / 2
        at, align = (start, "right") if late else (start + seconds, "left")
        axes.text(at, place, f" {words} ", ha=align, va="center", fontsize=7)
    axes.set_yticks(range(len(table)), [row["stage"] for row in table], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(f"time since the start of a cold `dvc repro` [s], on {cores} cores")
    axes.spines[["top", "right"]].set_visible(False)
    with written_whole(path) as partial:
        figure.savefig(partial, format="svg", metadata={"Date": None})


def say_allowed(table: list[dict[str, str]]) -> None:
    print(f"seconds on {os.cpu_count()} cores, and what is allowed on two")
    took = {row["stage"]: float(row["seconds"]) for row in table}
    for stages, allowed in ALLOWED.items():
        used = sum(took.get(name, 0.0) for name in stages)
        print(f"{' + '.join(stages):32} {used:6.0f} s of {allowed}")
    print(f"{'all':32} {sum(took.values()):6.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV to write; beside it an SVG")
    parser.add_argument("--folder", type=Path, help="to clone into, and to be kept")
    parser.add_argument("--targets", nargs="*", default=[], help="stages, with all before them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        table = list(rows(watched(folder, asked.targets)))
    tables.write(asked.out, COLUMNS, table)
    chart(table, asked.out.with_suffix(".svg"))
    say_allowed(table)


if __name__ == "__main__":
    main()
