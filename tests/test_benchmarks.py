"""The benchmark runs and writes what it promises; how fast anything is, no test may say."""

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMBERS = ("shapes_per_second", "microseconds_per_shape", "ratio_to_vocaltractlab")


def test_the_tube_benchmark_writes_a_row_for_every_method(tmp_path):
    out = tmp_path / "benchmarks" / "tube.csv"
    size = ["--threads", "1", "--batches", "3", "--rounds", "1", "--states", "1"]
    command = [sys.executable, "benchmarks/tube.py", "--out", str(out), *size]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    ours, peers = rows[:2], rows[2:]
    assert [row["method"] for row in ours] == ["formants, equal sections", "formants, own lengths"]
    assert all(row["method"].startswith("VocalTractLab") for row in peers)
    assert all(float(row[name]) != 0 for row in rows for name in NUMBERS)
    assert {row["batch_shapes"] for row in ours} == {"3"}
    assert all(int(row["peak_memory_mib"]) > 0 for row in ours)
    assert {(row["threads"], row["rounds"]) for row in ours} == {("1", "1")}
    assert {row["vocaltractlab_frequencies_to_5_khz"] for row in rows} == {"116"}
    assert all("numba" in row["versions"] for row in rows)
