"""What stages that take a speaker at a time cost by minutes of speech and by workers, and a model.

Clips of one speaker are listed over and over (``benchmarks.memory``). A worker is a process of one
thread and takes one speaker: two do two, begun together. Its seconds are those of the slower, its
processor seconds those of all, memory is the most that one process had (which has imported what all
stages need, some 600 MiB, where a stage's own worker imports less), and disk is what one speaker's
outputs take; neither raw clips nor what waits in TMPDIR is counted. A first run at the smallest
size is thrown away, for code is compiled in it.

``FILE`` has medians and is written anew after every size, so that of a run which is cut short
``--fit-only`` makes the rest: ``FILE_model``, the line through each curve and how far off it is at
the largest size when it has not seen it; ``FILE_predicted``, USC-75 and a hundred times as much by
the lines of the most workers, and what runs out first; and an SVG of the curves. Stages that take
all speakers at once (models, scores) are not among them. Run it from the root, on a machine that
does nothing else: ``python -m benchmarks.scaling --out FILE``.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from rich.progress import Progress

from benchmarks import tables
from benchmarks.cost_curves import MODEL, chart, lines_of, model
from benchmarks.costs import PREDICTED, SIZES, Machine, predicted
from benchmarks.memory import STAGES, chosen, duration, looped, store, work
from benchmarks.processes import peak_memory
from benchmarks.reading import size
from benchmarks.scores import SPAWN, alone
from tractable.contracts import RECORDINGS
from tractable.engine import DOING, ONE_THREAD, cores
from tractable.store import load

COLUMNS = (
    *("stage", "workers", "minutes", "seconds", "processor_seconds", "memory_mib", "disk_mib"),
    *("rounds", "throughput_ratio_to_one_worker"),
)
MEASURED = ("seconds", "processor_seconds", "memory_mib", "disk_mib")
Table = list[dict[str, Any]]


class Case(NamedTuple):
    """One run of all stages."""

    minutes: float  # of speech of each speaker, as asked: clips are not cut
    workers: int


def cost(function: Callable[..., None], *arguments: Any) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak memory [MiB], in this process."""
    start, used = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - start, time.process_time() - used, peak_memory()


def side_by_side(calls: Sequence[tuple[Any, ...]]) -> tuple[float, float, float]:
    """Each call in a process of one thread, begun together: slowest, processor of all, largest."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
    gate = SPAWN.Barrier(len(calls))
    with ProcessPoolExecutor(len(calls), SPAWN, one_core, (gate,)) as pool:
        found = [future.result() for future in [pool.submit(cost, *call) for call in calls]]
    seconds, processor, memory = zip(*found, strict=True)
    return max(seconds), sum(processor), max(memory)


def one_core(gate: Barrier) -> None:
    DOING["cores"] = 1
    gate.wait()


def spoken(path: Path) -> float:
    """Minutes of speech in a store."""
    data = load(path, RECORDINGS)
    return data.sizes["time"] / data.attrs["frame_rate"] / 60


def one_case(
    case: Case, clips: list[Path], seconds: float, choices: dict[str, Any], stages: list[str]
) -> Iterator[dict[str, Any]]:
    """A row per stage, in the order in which data flow, as each is done; clips last so long [s]."""
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder) / str(k) for k in range(case.workers)]
        for home in homes:
            looped(clips, case.minutes, seconds, home / "raw")
        calls = [work(home, choices, stages) for home in homes]
        minutes = None
        for stage in calls[0]:
            before = size(homes[0])
            took = side_by_side([of[stage] for of in calls])
            minutes = minutes or alone(spoken, store(homes[0], "recordings"))
            values = (*took, (size(homes[0]) - before) / 1024**2)
            known = {"stage": stage, "workers": case.workers, "minutes": float(f"{minutes:.4g}")}
            yield known | dict(zip(MEASURED, values, strict=True))


def measured(
    cases: list[Case], out: Path, clips: list[Path], choices: dict[str, Any], stages: list[str]
) -> None:
    """All cases, the first of which is thrown away; the table grows with each."""
    rows: Table = []
    seconds = alone(duration, clips)
    with Progress() as progress:
        bar = progress.add_task("", total=sum(case.minutes for case in cases))
        for number, case in enumerate(cases):
            found = []
            for row in one_case(case, clips, seconds, choices, stages):
                found.append(row)
                share = case.minutes / (1 + len(stages))
                words = f"{row['stage']} done, {case.minutes:g} min, workers: {case.workers}"
                progress.update(bar, advance=share, description=words)
            rows += found if number else []
            tables.write(out, COLUMNS, medians(rows))


def medians(rows: Table) -> Table:
    """One row per stage, workers and minutes, beside more workers how much more gets done."""
    same = defaultdict(list)
    for row in rows:
        same[row["stage"], row["workers"], row["minutes"]].append(row)
    middle = {
        which: {name: statistics.median(row[name] for row in of) for name in MEASURED}
        for which, of in same.items()
    }
    table = []
    for stage, workers, minutes in sorted(middle):
        of, one = middle[stage, workers, minutes], middle.get((stage, 1, minutes))
        row = {"stage": stage, "workers": workers, "minutes": minutes}
        row |= {name: f"{value:.4g}" for name, value in of.items()}
        row |= {"rounds": len(same[stage, workers, minutes])}
        if one:
            ratio = f"{workers * one['seconds'] / of['seconds']:.3g}"
            row |= {"throughput_ratio_to_one_worker": ratio}
        table.append(row)
    return table


def cases(minutes: list[float], workers: list[int], rounds: int, rounds_to: float) -> list[Case]:
    """Small sizes first, several times; the very first once more, for it is thrown away."""
    listed = [
        Case(long, many)
        for long in sorted(minutes)
        for _ in range(rounds if long <= rounds_to else 1)
        for many in workers
    ]
    return listed[:1] + listed


def sizes_of(table: Table) -> dict[str, set[str]]:
    """Stage and workers -> minutes of speech that were measured."""
    sizes = defaultdict(set)
    for row in table:
        sizes[f"{row['stage']} by {row['workers']}"].add(row["minutes"])
    return sizes


def beside(out: Path, what: str) -> Path:
    return out.with_stem(f"{out.stem}_{what}")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.scaling", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="CSV to write; others and an SVG beside it")
    raw = Path("data/raw/phantom/sim1")
    add("--clips", type=Path, default=raw, help="folder of MP4 to loop")
    add("--spacing", type=float, default=2.4e-3, help="of their pixels [m]")
    add("--minutes", type=float, nargs="+", default=[0.25, 1, 4, 16, 64], help="of speech")
    add("--workers", type=int, nargs="+", default=[1, 2])
    add("--rounds", type=int, default=3, help="of small sizes; of larger ones one")
    add("--rounds-to", type=float, default=1, help="which sizes are small [min]")
    after = [*STAGES, "audit"]
    add("--stages", nargs="*", default=after, choices=after, help="after recordings")
    add("--fit-only", action="store_true", help="measure nothing, read FILE")
    add("--cores", type=int, default=cores(), help="of a machine that is to do USC-75")
    add("--cluster", type=int, default=75, help="workers of a cluster of such machines")
    memory, disk = psutil.virtual_memory().total / 2**30, shutil.disk_usage(".").free / 2**30
    add("--memory-gib", type=float, default=memory, help="of a machine; default: of this one")
    add("--disk-gib", type=float, default=disk, help="for all; default: what is free here")
    add("--days", type=float, default=1, help="that it may take")
    return parser


def main() -> None:
    parser = options()
    asked = parser.parse_args()
    clips, out = sorted(asked.clips.resolve().rglob("*.mp4")), asked.out
    if len(set(asked.minutes)) < SIZES:
        parser.error(f"--minutes: {SIZES} sizes at least, for a line and how far off it is")
    if not asked.fit_only:
        if not clips:
            parser.error(f"{asked.clips}: holds no MP4; dvc pull it, or name a folder by --clips")
        todo = cases(asked.minutes, asked.workers, asked.rounds, asked.rounds_to)
        measured(todo, out, clips, chosen(asked.spacing), asked.stages)
    elif not out.is_file():
        parser.error(f"{out}: no such file; run it without --fit-only, which makes it")
    table = tables.read(out)
    few = [of for of, sizes in sizes_of(table).items() if len(sizes) < SIZES]
    if few:
        parser.error(
            f"{out}: fewer than {SIZES} sizes, which a line wants, of {few}; run it for longer, or "
            "leave their rows out"
        )
    lines, most = lines_of(table), max(int(row["workers"]) for row in table)
    machine = Machine(asked.cores, asked.memory_gib, asked.disk_gib, asked.days)
    by_stage = {stage: of for (stage, workers), of in lines.items() if workers == most}
    rows = predicted(by_stage, [asked.cores, asked.cluster], machine)
    tables.write(beside(out, "model"), MODEL, model(table, lines))
    tables.write(beside(out, "predicted"), PREDICTED, tables.shown(rows))
    chart(table, lines, out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
