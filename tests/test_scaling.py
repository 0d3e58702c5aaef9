"""Costs that are known give back their line; what a corpus needs follows with a pencil."""

import csv
import re
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cost_curves, costs, scaling
from benchmarks.costs import Corpus, Machine, line
from tractable.engine import DOING
from tractable.imaging.video import write_video

ROOT = Path(__file__).parents[1]
SIZES = [0.25, 1.0, 4.0, 16.0, 64.0]
START, PACE = 3.0, 12.0


def drawn(seed: int, sizes=SIZES, noise=0.05) -> list[float]:
    """What speakers of these sizes cost, each measurement off by 5 % or so."""
    errors = 1 + noise * np.random.default_rng(seed).normal(size=len(sizes))
    return ((START + PACE * np.array(sizes)) * errors).tolist()


def test_a_line_without_noise_is_found_again():
    found = line(SIZES, drawn(0, noise=0))
    assert (found.start, found.pace) == pytest.approx((START, PACE))
    assert found.missed == pytest.approx(0, abs=1e-9)
    assert found.between(20) == pytest.approx(np.full(3, START + 20 * PACE))


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Of 300 noisy curves: 95 % +- 4 standard errors, or more where the line is widened."""
    held, new = [], []
    for seed in range(300):
        found = line(SIZES, drawn(seed))
        _, low, high = found.coefficients().T
        held.append((low <= [START, PACE]) & (high >= [START, PACE]))
        _, least, most = found.between(20)
        (measured,) = drawn(seed + 1000, [20.0])
        new.append(least <= measured <= most)
    assert np.mean(held, 0) == pytest.approx(0.95, abs=0.05)
    assert np.mean(new) > 0.9


def test_nothing_costs_less_than_nothing():
    falling = line(SIZES, [5.0, 4.0, 3.0, 2.0, 1.0])
    assert falling.pace == 0
    assert line(SIZES, [0.01, 1.0, 5.0, 20.0, 90.0]).start == 0


def test_a_largest_size_that_costs_twice_as_much_widens_the_interval():
    """Among so many sizes it hardly shows in the scatter."""
    sizes = list(range(1, 41))
    paid = drawn(0, sizes, noise=0)
    paid[-1] *= 2
    found = line(sizes, paid)
    assert found.missed == pytest.approx(-0.5)
    assert found.quantile() * found.scatter < 0.3
    assert found.between(20) / found.at(20) == pytest.approx([1, 0.5, 1.5])


def test_two_sizes_make_no_interval():
    with pytest.raises(ValueError, match="2 sizes"):
        line([1.0, 2.0, 2.0], [1.0, 2.0, 2.1])


#: A minute of speech takes a minute and 1/30 GiB on disk, and a worker 1 GiB.
PLANTED = {
    "seconds": line(SIZES, [60 * size for size in SIZES]),
    "memory_mib": line(SIZES, [1024.0] * len(SIZES)),
    "disk_mib": line(SIZES, [1024 / 30 * size for size in SIZES]),
}
FOUR = Corpus("four", 4, 30.0)  # 2 h of speech: on two cores 1 h, 2 GiB, and 4 GiB on disk


@pytest.mark.parametrize(
    "machine, first, at",
    [
        (Machine(2, memory=3, disk=8, days=0.5 / 24), "time", 1),
        (Machine(2, memory=3, disk=1, days=1), "disk", 0.5),
        (Machine(2, memory=1.5, disk=1, days=1), "memory", 0),
        (Machine(2, memory=3, disk=8, days=1), "disk", 4),  # after the corpus: it fits
        (Machine(2, memory=3, disk=800, days=1), "time", 48),
    ],
)
def test_what_runs_out_first(machine, first, at):
    need = costs.needed(PLANTED, FOUR, 2, machine.cores)
    assert need[:, 0] == pytest.approx([1, 2, 4])
    found, hours = costs.first_to_run_out(need, FOUR, machine)
    assert found == first
    assert hours == pytest.approx(np.full(3, at))


def test_what_is_known_to_half_runs_out_between_half_and_twice():
    need = np.array([[1.0, 0.5, 2.0], [2.0, 1.0, 4.0], [4.0, 2.0, 8.0]])
    _, hours = costs.first_to_run_out(need, FOUR, Machine(2, memory=5, disk=80, days=0.5 / 24))
    assert hours == pytest.approx([1, 0.5, 2])
    _, hours = costs.first_to_run_out(need, FOUR, Machine(2, memory=3, disk=80, days=0.5 / 24))
    assert hours == pytest.approx([1, 0, 2])  # at most 4 GiB, of which there are 3


def test_usc75_is_predicted_on_two_cores_and_on_a_cluster():
    """A stage waits for its last speaker: 75 on two workers are 38 times 20 minutes."""
    rows = costs.predicted({"a": PLANTED, "b": PLANTED}, [2, 75], Machine(2, 3, 1000, 1))
    of = {(row["corpus"], row["workers"], row["stage"]): row for row in rows}
    assert len(of) == 3 * 2 * 3
    assert of["USC-75", 2, "a"]["hours"] == f"{38 / 3:.3g}"
    assert of["USC-75", 75, "a"]["hours"] == f"{1 / 3:.3g}"
    assert of["USC-75", 75, "all"]["hours"] == f"{2 / 3:.3g}"
    assert of["USC-75", 75, "all"]["memory_gib"] == "2"  # of each of its machines
    assert of["USC-75", 2, "all"]["disk_gib"] == "100"
    assert of["USC-75", 2, "a"]["hours_of_speech"] == "25"
    assert of["100 times the speakers", 75, "a"]["hours"] == f"{100 / 3:.3g}"
    assert of["100 times the speech of each", 75, "a"]["disk_gib"] == "5000"


def run(stage: str, workers: int, minutes: float, seconds: float) -> dict:
    return {
        **{"stage": stage, "workers": workers, "minutes": minutes, "seconds": seconds},
        **{"processor_seconds": workers * seconds, "memory_mib": 500.0, "disk_mib": 2 * minutes},
    }


def test_runs_become_medians_a_model_and_a_chart(tmp_path):
    """One of three rounds was disturbed; two workers slow each other down by a quarter."""
    runs = [run("areas", 1, m, m * slow) for m in (1, 2, 4) for slow in (1, 1, 5)]
    runs += [run("areas", 2, m, 1.25 * m) for m in (1, 2, 4)]
    table = scaling.medians(runs)
    assert [row["seconds"] for row in table] == ["1", "2", "4", "1.25", "2.5", "5"]
    assert [row["rounds"] for row in table] == [3] * 3 + [1] * 3
    assert {row["throughput_ratio_to_one_worker"] for row in table[3:]} == {"1.6"}
    lines = cost_curves.lines_of(table)
    rows = {(row["workers"], row["of"]): row for row in cost_curves.model(table, lines)}
    assert float(rows[1, "seconds"]["per_minute"]) == pytest.approx(1)
    assert float(rows[2, "seconds"]["per_minute"]) == pytest.approx(1.25)
    assert float(rows[2, "memory_mib"]["start"]) == pytest.approx(500)
    assert float(rows[2, "disk_mib"]["predicted_from_smaller"]) == pytest.approx(8)
    cost_curves.chart(table, lines, tmp_path / "scaling.svg")
    assert "areas" in (tmp_path / "scaling.svg").read_text()


def meet(mine: Path, other: Path, hold: int) -> None:
    """Ends only while another process is at work too."""
    held = b"x" * hold
    mine.touch()
    for _ in range(600):
        if other.exists():
            assert DOING["cores"] == 1
            assert len(held) == hold
            return
        time.sleep(0.1)
    raise TimeoutError("the other has not begun")


def test_workers_run_side_by_side_and_the_largest_is_told(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    calls = [(meet, here, there, 1), (meet, there, here, 400_000_000)]
    _, _, memory = scaling.side_by_side(calls)
    _, _, small = scaling.side_by_side([(meet, here, there, 1)])
    assert memory > small + 300


def test_what_a_run_that_was_cut_short_lacks_is_said(tmp_path, monkeypatch, capsys):
    """Two sizes of one stage; and no file at all."""
    for name, words in (("some.csv", "fewer than 3 sizes.*areas by 2"), ("none.csv", "no such")):
        command = ["scaling", "--out", str(tmp_path / name), "--fit-only"]
        monkeypatch.setattr(sys, "argv", command)
        (tmp_path / "some.csv").write_text(
            "stage,workers,minutes,seconds,processor_seconds,memory_mib,disk_mib\n"
            "areas,2,1,5,5,100,3\nareas,2,4,15,15,100,12\n"
        )
        with pytest.raises(SystemExit):
            scaling.main()
        assert re.search(words, capsys.readouterr().err)


@pytest.mark.slow
def test_scaling_measures_fits_and_predicts(tmp_path):
    """A clip of a second, said up to three times; fitted again, the table gives the same bytes."""
    sound = np.random.default_rng(1).normal(0, 0.01, 22050)
    frames = np.random.default_rng(0).integers(0, 255, (50, 84, 84)).astype("uint8")
    clip = tmp_path / "a_video.mp4"
    write_video(clip, frames, Fraction(50), sound, 22050, quality=30, bit_rate=64000)
    out = tmp_path / "scaling.csv"
    command = [sys.executable, "-m", "benchmarks.scaling", "--out", str(out), "--rounds", "1"]
    command += ["--clips", str(tmp_path), "--stages", "formants"]
    command += ["--minutes", "0.016", "0.033", "0.05", "--cores", "2", "--workers", "2"]
    command += ["--memory-gib", "0.01", "--disk-gib", "1000"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    rows = rows_of(out)
    assert [row["stage"] for row in rows] == ["formants"] * 3 + ["recordings"] * 3
    assert {(row["workers"], row["rounds"]) for row in rows} == {("2", "1")}
    assert [row["minutes"] for row in rows[:3]] == ["0.01667", "0.03333", "0.05"]
    assert all(float(row[name]) > 0 for row in rows for name in scaling.MEASURED)
    assert len(rows_of(tmp_path / "scaling_model.csv")) == 2 * 3
    predicted = rows_of(tmp_path / "scaling_predicted.csv")
    assert {row["first_to_run_out"] for row in predicted} == {"memory"}
    before = (tmp_path / "scaling_predicted.csv").read_bytes()
    subprocess.run([*command, "--fit-only"], cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "scaling_predicted.csv").read_bytes() == before


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
