"""How long a command takes to say what it takes: ``--help`` of each, from nothing to its end.

``python benchmarks/start.py --out FILE``; in turn, so that whatever else runs is shared by all. The
processor's time is less in doubt on a busy machine than the clock's.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tractable.store import written_whole

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
    with written_whole(asked.out) as partial, partial.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for name in asked.commands:
            clock, used = zip(*(round_[name] for round_ in rounds), strict=True)
            medians = (f"{statistics.median(times):.2f}" for times in (clock, used))
            table.writerow([name, *medians, f"{min(clock):.2f}", asked.rounds])


if __name__ == "__main__":
    main()
