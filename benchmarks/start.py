"""How long a command takes to say what it takes: ``--help`` of each, from nothing to its end.

``python -m benchmarks.start --out FILE``; in turn, so that whatever else runs is shared by all. The
processor's time is less in doubt on a busy machine than the clock's.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import tables

COMMANDS = (
    *("contours", "segmenter", "recordings", "recordings.download", "figures", "report"),
    *("export", "privacy", "laboratory", "check", "mirror"),
)
COLUMNS = ("command", "seconds", "processor_seconds", "least_seconds", "rounds")


def took(command: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    words = [sys.executable, "-m", f"tractable.{command}", "--help"]
    start, before = time.perf_counter(), os.times()
    subprocess.run(words, check=True, capture_output=True)
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return time.perf_counter() - start, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--commands", nargs="+", default=COMMANDS, choices=COMMANDS)
    asked = parser.parse_args()
    rounds = [{name: took(name) for name in asked.commands} for _ in range(asked.rounds)]
    tables.write(asked.out, COLUMNS, [row(name, rounds) for name in asked.commands])


def row(name: str, rounds: list[dict[str, tuple[float, float]]]) -> dict[str, Any]:
    clock, used = zip(*(of[name] for of in rounds), strict=True)
    medians = [f"{statistics.median(times):.2f}" for times in (clock, used)]
    values = [name, *medians, f"{min(clock):.2f}", len(rounds)]
    return dict(zip(COLUMNS, values, strict=True))


if __name__ == "__main__":
    main()
