"""The curves of ``benchmarks.scaling``: a line through each, as a table and as a chart."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.costs import CONFIDENCE, Line, figures, line
from tractable.whole import written_whole

COSTS = {
    "seconds": "seconds of a worker",
    "memory_mib": "peak memory of a worker [MiB]",
    "disk_mib": "disk of a speaker [MiB]",
}
MODEL = (
    *("stage", "workers", "of", "start", "start_low", "start_high"),
    *("per_minute", "per_minute_low", "per_minute_high", "scatter_percent"),
    *("largest_minutes", "measured_there", "predicted_from_smaller", "off_percent"),
)
Rows = list[dict[str, str]]
Lines = dict[tuple[str, int], dict[str, Line]]  # stage and workers -> cost -> line


def lines_of(table: Rows) -> Lines:
    """Stage and workers -> cost -> line."""
    curves = defaultdict(list)
    for row in table:
        curves[row["stage"], int(row["workers"])].append(row)
    return {
        which: {
            name: line([float(r["minutes"]) for r in of], [float(r[name]) for r in of])
            for name in COSTS
        }
        for which, of in curves.items()
    }


def model(table: Rows, lines: Lines) -> Iterator[dict[str, Any]]:
    for (stage, workers), costs in lines.items():
        of = [row for row in table if (row["stage"], int(row["workers"])) == (stage, workers)]
        largest = max(of, key=lambda row: float(row["minutes"]))
        for name, fitted in costs.items():
            there = float(largest[name])
            values = [stage, workers, name, *map(figures, fitted.coefficients().ravel())]
            values += [figures(100 * fitted.scatter), largest["minutes"], figures(there)]
            values += [figures(there * (1 + fitted.missed)), figures(100 * fitted.missed)]
            yield dict(zip(MODEL, values, strict=True))


def chart(table: Rows, lines: Lines, path: Path) -> None:
    """Each cost by minutes of speech: what was measured, and the line with its interval."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    stages, most = sorted({stage for stage, _ in lines}), max(workers for _, workers in lines)
    minutes = [float(row["minutes"]) for row in table]
    along = np.geomspace(min(minutes), max(minutes), 50)
    for axes, (name, words) in zip(figure.subplots(1, len(COSTS)), COSTS.items(), strict=True):
        for place, stage in enumerate(stages):
            colour = f"C{place}"
            for row in (row for row in table if row["stage"] == stage):
                many = int(row["workers"])
                fill = colour if many == most else "none"
                at = float(row["minutes"]), float(row[name])
                axes.scatter(*at, s=14, edgecolors=colour, facecolors=fill)
            middle, low, high = np.stack([lines[stage, most][name].between(m) for m in along], 1)
            axes.plot(along, middle, color=colour, label=stage)
            axes.fill_between(along, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.set(xscale="log", yscale="log", xlabel="speech of a speaker [min]", ylabel=words)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.suptitle(
        f"filled, lines and {CONFIDENCE:.0%} intervals: {most} workers, a speaker each", fontsize=9
    )
    with written_whole(path) as partial:
        figure.savefig(partial, format="svg", metadata={"Date": None})
