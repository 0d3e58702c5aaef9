"""The benchmark runs and writes what it promises; how fast anything is, no test may say."""

import csv
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from benchmarks import movement_blackboxes, pipeline
from benchmarks.planted.exam import NAMED
from tests import known_law
from tests.recordings.corpus import write_clip, write_textgrid
from tests.recordings.voice import speech
from tests.scores import simulated
from tests.sharing.laboratory import made_up
from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS
from tractable.imaging.video import write_video
from tractable.scores.corpora import CONTRACTS
from tractable.store import save

ROOT = Path(__file__).parents[1]
CONTOUR_NUMBERS = ("frames_per_second", "ratio_to_network_in_float32")
NUMBERS = ("shapes_per_second", "microseconds_per_shape", "ratio_to_vocaltractlab")


def table_of(name: str, out: Path, *words: str) -> list[dict[str, str]]:
    """The rows that a benchmark leaves."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--out", str(out), *words]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with out.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_tube_benchmark_writes_a_row_for_every_method(tmp_path):
    out = tmp_path / "benchmarks" / "tube.csv"
    size = ["--threads", "1", "--batches", "3", "--rounds", "1", "--states", "1"]
    rows = table_of("tube", out, *size)
    ours, peers = rows[:2], rows[2:]
    assert [row["method"] for row in ours] == ["formants, equal sections", "formants, own lengths"]
    assert all(row["method"].startswith("VocalTractLab") for row in peers)
    assert all(float(row[name]) != 0 for row in rows for name in NUMBERS)
    assert {row["batch_shapes"] for row in ours} == {"3"}
    assert all(int(row["peak_memory_mib"]) > 0 for row in ours)
    assert {(row["threads"], row["rounds"]) for row in ours} == {("1", "1")}
    assert {row["vocaltractlab_frequencies_to_5_khz"] for row in rows} == {"116"}
    assert all("numba" in row["versions"] for row in rows)


def test_the_contours_benchmark_writes_a_row_for_every_step(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (40, 84, 84)).astype("uint8")
    write_video(
        tmp_path / "a.mp4", frames, Fraction(50), np.zeros(17640), 22050, quality=30, bit_rate=64000
    )
    out = tmp_path / "contours.csv"
    size = ["--raw", str(tmp_path), "--frames", "34", "--rounds", "1"]
    rows = {row["step"]: row for row in table_of("contours", out, *size)}
    assert list(rows)[:3] == ["decoding", "preparation", "network"]
    assert float(rows["network, float32"]["ratio_to_network_in_float32"]) == 1
    assert all(float(row[name]) > 0 for row in rows.values() for name in CONTOUR_NUMBERS)
    assert rows["frames to contours"]["frames"] == "34"
    assert rows["video to contours, float32"]["frames"] == "40"


@pytest.mark.slow
def test_the_memory_benchmark_writes_a_row_for_every_stage_and_length(tmp_path):
    """Of a clip of a second, said once and twice; contours and what comes of them cost minutes."""
    sound = np.random.default_rng(1).normal(0, 0.01, 22050)
    frames = np.random.default_rng(0).integers(0, 255, (50, 84, 84)).astype("uint8")
    write_video(
        tmp_path / "a_video.mp4", frames, Fraction(50), sound, 22050, quality=30, bit_rate=64000
    )
    out = tmp_path / "memory.csv"
    size = ["--clips", str(tmp_path), "--minutes", "0.016", "0.033"]
    only = ["--stages", "formants", "--phantom"]
    rows = table_of("memory", out, *size, *only)
    assert [row["stage"] for row in rows] == ["formants"] * 2 + ["recordings"] * 2
    assert [(row["clips"], row["frames"]) for row in rows[2:]] == [("1", "50"), ("2", "100")]
    assert [bool(row["mib_per_minute_more"]) for row in rows] == [False, True] * 2
    assert all(int(row["frames_per_second"]) > 0 for row in rows)


def test_the_lessons_benchmark_writes_a_row_for_every_precision(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known_law.written(["sim1", "sim2"], {"areas": AREAS, "formants": FORMANTS, "folds": FOLDS}, 60)
    out = tmp_path / "lessons.csv"
    size = ["--data", str(tmp_path / "data"), "--models", "mlp"]
    rows = {(row["device"], row["precision"]): row for row in table_of("lessons", out, *size)}
    double, single = rows["cpu", "64-true"], rows["cpu", "32-true"]
    assert double["ratio_to_processor"] == "1"
    assert float(double["farthest_apart"]) == 0
    assert 0 < float(single["farthest_apart"]) < 0.1
    assert all(float(row["seconds"]) > 0 for row in rows.values())


def test_the_planted_benchmark_writes_a_row_for_every_model_and_score(tmp_path):
    out = tmp_path / "planted.csv"
    size = ["--seeds", "1", "--speakers", "4"]
    rows = table_of("planted", out, *size)
    meant = {(row["planted"], row["score"]) for row in rows if row["meant"] == "caught"}
    assert meant == {(pair.planted, pair.score) for pair in NAMED}
    assert {row["caught"] for row in rows} <= {"0", "1"}
    assert {(row["speakers"], row["seeds"]) for row in rows} == {("4", "1")}


@pytest.mark.slow
def test_the_scores_benchmark_writes_a_row_for_every_size(tmp_path):
    for number in range(2):
        for noun, data in simulated.stores(number, 2).items():
            save(data, tmp_path / "data" / noun / "phantom" / f"s{number}.zarr", CONTRACTS[noun])
    out = tmp_path / "scores.csv"
    size = ["--data", str(tmp_path / "data"), "--frames", "80", "160"]
    rows = table_of("scores", out, *size)
    assert [row["frames"] for row in rows] == ["80", "160"] * 2
    held, growing = rows[:2], rows[2:]
    assert held[1]["explained_frames"] == growing[1]["explained_frames"]  # fewer than are held
    assert int(growing[1]["explained_frames"]) > int(growing[0]["explained_frames"])
    assert {(row["speakers"], row["models"]) for row in rows} == {("2", "3")}
    assert all(int(row["memory_above_idle_mib"]) > 0 for row in rows)


@pytest.mark.slow
def test_the_noise_benchmark_tells_every_reduction_beside_none(tmp_path):
    """Of one phantom speaker, where there are stores of the phantom."""
    if not (ROOT / "data" / "recordings" / "phantom").is_dir():
        pytest.skip("no stores of the phantom: dvc pull, or dvc repro recordings")
    out = tmp_path / "noise.csv"
    rows = table_of("noise", out, "--speakers", "1")
    f1 = {(r["noise_db"], r["reduction"]): r for r in rows if r["formant"] == "F1"}
    assert ("", "none") in f1
    assert {name for level, name in f1 if level == "10.0"} >= {"none", "Wiener, minimum statistics"}
    loud, cleaned = (f1["10.0", name] for name in ("none", "Wiener, minimum statistics"))
    assert float(cleaned["median_error"]) < float(loud["median_error"])


@pytest.mark.slow
def test_the_lag_benchmark_recovers_shifts(tmp_path):
    """Of one phantom speaker, where there are stores of the phantom."""
    for noun in ("recordings", "contours"):
        store = ROOT / "data" / noun / "phantom" / "sim1.zarr"
        if not store.is_dir():
            pytest.skip(f"{store} is not there: dvc pull, or dvc repro contours")
        (tmp_path / noun).mkdir()
        (tmp_path / noun / "sim1.zarr").symlink_to(store)
    out = tmp_path / "lag.csv"
    folders = [f"--{noun}={tmp_path / noun}" for noun in ("recordings", "contours")]
    rows = [row for row in table_of("lag", out, *folders) if row["estimator"] == "pictures"]
    assert {row["frame_rate"] for row in rows} == {"83.28", "23.18", "50.0", "99.0"}
    assert all(float(row["shifted_within_half_frame"]) > 0.95 for row in rows)
    assert all(abs(float(row["lag_median_ms"])) < 12 for row in rows)


def test_the_start_benchmark_writes_a_row_for_every_command(tmp_path):
    out = tmp_path / "start.csv"
    size = ["--rounds", "1", "--commands", "contours", "recordings"]
    rows = table_of("start", out, *size)
    assert [row["command"] for row in rows] == ["contours", "recordings"]
    assert all(float(row["seconds"]) > 0 for row in rows)


HEAVY = ("numpy", "torch", "xarray", "pydicom", "matplotlib")


@pytest.mark.parametrize("name", ["contours", "segmenter", "recordings"])
def test_help_loads_nothing_that_takes_long(name):
    """Which libraries a command has loaded when it has said what it takes."""
    listed = f"""
import atexit, runpy, sys
sys.argv[1:] = ["--help"]
atexit.register(lambda: print("loaded", *({set(HEAVY)} & set(sys.modules))))
runpy.run_module("tractable.{name}", run_name="__main__")
"""
    said = subprocess.check_output([sys.executable, "-c", listed], cwd=ROOT, text=True)
    assert "usage: python -m tractable" in said
    assert said.splitlines()[-1] == "loaded"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory) -> Path:
    """Two clips whose phones are known to the sample, in the phantom's layout."""
    raw = tmp_path_factory.mktemp("spoken") / "raw"
    said = [("", 0.3), ("a", 0.3), ("s", 0.2), ("i", 0.3), ("", 0.3), ("u", 0.3), ("", 0.3)]
    sound, phones = speech(said)
    for speaker in ("sim1", "sim5"):
        home, stem = raw / speaker / "2drt", f"{speaker}_2drt_01_vcv_r1"
        labels = [("", 0.0), *((part.label, part.start) for part in phones), ("", 1.7)]
        labels.insert(4, ("", phones[2].end))
        ends = [start for _, start in labels[1:]] + [2.0]
        parts = [(start, end, label) for (label, start), end in zip(labels, ends, strict=True)]
        write_textgrid(home / "textgrid" / f"{stem}.TextGrid", parts)
        (home / "video").mkdir()
        frames = np.zeros((50, 16, 16), "uint8")
        file = home / "video" / f"{stem}_video.mp4"
        write_video(file, frames, Fraction(25), sound, 16000, quality=30, bit_rate=64000)
    return raw


def test_the_alignment_benchmark_measures_true_and_wrong_prompts(spoken, tmp_path):
    where = ["--raw", str(spoken), "--real", str(tmp_path)]
    rows = table_of("alignment", tmp_path / "alignment.csv", *where)
    assert {row["material"] for row in rows} == {"phantom sim1 to sim4", "phantom other speakers"}
    of = {(row["method"], row["phones_of"]): row for row in rows}
    assert float(of["aligned", "all"]["ninetieth_ms"]) < 60
    assert of["aligned", "all"]["phones"] == "4"
    assert float(of["equal parts of the voice", "all"]["ninetieth_ms"]) > 60
    assert of["aligned", "all"]["refused"] == "0"
    assert of["wrong prompt: its words backwards", ""]["refused"] == "1"


def test_the_prompts_benchmark_counts_words_that_are_named(spoken, tmp_path):
    where = ["--raw", str(spoken), "--real", str(tmp_path)]
    rows = table_of("prompts", tmp_path / "prompts.csv", *where)
    assert len(rows) == 2 * 5
    assert {row["words_too_many"] for row in rows[:2]} == {"1"}
    assert {row["words_too_many"] for row in rows[2:5]} == {"0"}
    assert {row["words_said"] for row in rows} == {"2"}
    assert rows[1]["of_these_named"] == "1"
    assert rows[2]["of_those_named"] == "0"


def test_the_movement_benchmark_writes_a_row_for_every_method(tmp_path):
    out = tmp_path / "movement.csv"
    size = ["--gestures", "6", "--fewer", "4", "--rounds", "1"]
    rows = {row["method"]: row for row in table_of("movement", out, *size)}
    assert list(rows) == ["all laws", "one law", "least_squares, one law"]
    assert all(float(row["microseconds_per_fit"]) > 0 for row in rows.values())
    assert rows["least_squares, one law"]["ratio_to_least_squares"] == "1.0"
    assert float(rows["one law"]["same_minimum"]) + float(rows["one law"]["lower_minimum"]) == 1


@pytest.mark.slow
def test_the_recovery_of_movement_has_a_row_for_every_law(tmp_path):
    out = tmp_path / "recovery.csv"
    size = ["--noise", "0.5", "--gestures", "30", "--classes", "6"]
    rows = {(row["law"], row["theta"]): row for row in table_of("movement_recovery", out, *size)}
    couplings = [float(rows.pop(("coupled", theta))["coupling"]) for theta in ("0.0", "0.5")]
    assert couplings == pytest.approx([0, 0.5], abs=0.05)
    assert [law for law, _ in rows] == [
        *("first", "linear", "cubic", "scaled", "ramp", "target", "minimum_jerk")
    ]
    for row in rows.values():
        assert float(row["peak_velocity_percent"]) < 30
        assert 0.7 < float(row["adequacy"]) < 1.3
    assert sum(float(row["right_by_speakers"]) for row in rows.values()) >= 5
    arrows = {law: float(row["arrow"]) for (law, _), row in rows.items()}
    assert arrows["first"] > 0.1 > abs(arrows["minimum_jerk"])


def test_the_benchmark_of_onsets_has_a_row_for_every_way(tmp_path):
    rows = table_of("onsets", tmp_path / "onsets.csv", "--speakers", "2")
    of_first = [row for row in rows if row["jitter_ms"] == "0" and row["noise_mm"] == "0.5"]
    over = {row["way"]: float(row["over_smoother_percent"]) for row in of_first[:7]}
    assert len(rows) == 18 * len(over)
    assert over["gestures_order_5"] < -20 < 0 == over["smoother"] < 20 < over["as_drawn"]


STAGES_OF_TWO = """
stages:
  small:
    cmd: python -c "import time; time.sleep(2)"
    outs: []
  large:
    cmd: python -c "held = b'x' * 200_000_000; import time; time.sleep(2)"
    outs: []
"""


def test_a_pipeline_is_seen_stage_by_stage(tmp_path):
    (tmp_path / "dvc.yaml").write_text(STAGES_OF_TWO)
    for words in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        subprocess.run([*words], cwd=tmp_path, check=True)
    table = list(pipeline.rows(pipeline.watched(tmp_path, [])))
    assert [row["stage"] for row in table] == ["small", "large"]
    small, large = table
    assert float(small["start_s"]) < float(large["start_s"])
    assert float(large["peak_memory_mib"]) > float(small["peak_memory_mib"]) + 150
    pipeline.chart(table, tmp_path / "pipeline.svg")
    assert "large" in (tmp_path / "pipeline.svg").read_text()
    (tmp_path / "dvc.yaml").write_text(STAGES_OF_TWO.replace("time.sleep(2)", "sys.exit(1)"))
    with pytest.raises(SystemExit, match="small"):
        pipeline.watched(tmp_path, [])


@pytest.mark.slow
def test_what_nothing_costs_is_measured_beside_its_floor(tmp_path):
    out = tmp_path / "unchanged.csv"
    size = ["--speakers", "2", "--rounds", "1"]
    rows = {row["what"]: row for row in table_of("unchanged", out, *size)}
    assert list(rows) == ["files", "imports", "dvc repro"]
    assert float(rows["dvc repro"]["ratio_to_floor"]) > 1
    assert all(int(row["files"]) > 100 for row in rows.values())


def test_windows_are_read_from_a_store_a_video_and_an_array(tmp_path):
    store = tmp_path / "sim1.zarr"
    save(made_up(RECORDINGS, "sim1"), store, RECORDINGS)
    write_clip(tmp_path / "raw", "sim1_2drt_01_vowels_r1", seed=0)
    out = tmp_path / "reading.csv"
    size = ["--windows", "3", "--frames", "8", "--rounds", "2"]
    where = ["--store", str(store), "--raw", str(tmp_path / "raw")]
    rows = {row["way"]: row for row in table_of("reading", out, *where, *size)}
    assert list(rows) == ["npy, mapped", "store", "store, opened and checked", "video, decoded"]
    assert rows["npy, mapped"]["ratio_to_npy"] == "1.0"
    assert all(int(row["bytes_on_disk"]) > 0 for row in rows.values())
    assert {row["windows"] for row in rows.values()} == {"1", "3"}


def test_who_forecasts_as_the_law_does_and_holds_a_softer_one_stands_beside_it_and_below():
    row = {"law": "ramp", "stiffness_percent_least": "-80", "stiffness_percent_most": "-60"}
    true = {"method": "true_law", "forecast_mm": "0.2", "stiffness_percent": "0"}
    black_box = {"method": "neural_ode", "forecast_mm": "0.3", "stiffness_percent": "-75"}
    nothing = {"method": "mean_trajectory", "forecast_mm": "0.4", "stiffness_percent": ""}
    axes = Figure().subplots()
    movement_blackboxes.draw_level(axes, [row | one for one in (true, black_box, nothing)])
    drawn = [line.get_xydata()[0] for line in axes.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(drawn, [[1.0, 1.0], [1.5, 0.25]])


@pytest.mark.slow
def test_a_black_box_forecasts_as_well_as_the_law_and_holds_another(tmp_path):
    """Ramped activation: the neural ODE is as good, and its spring far too soft."""
    pytest.importorskip("pysindy", reason="pip install 'tractable[sindy]'")
    out = tmp_path / "blackboxes.csv"
    size = ["--laws", "ramp", "--noise", "0.5", "--classes", "1"]
    rows = {row["method"]: row for row in table_of("movement_blackboxes", out, *size)}
    skill = {name: float(row["forward_skill"] or "nan") for name, row in rows.items()}
    assert skill["neural_ode"] > 0.9 * skill["true_law"] > 0.8
    assert skill["neural_ode"] > skill["linear_law"]
    assert float(rows["neural_ode"]["stiffness_percent"]) < -50
    assert abs(float(rows["true_law"]["stiffness_percent"])) < 30
    assert rows["sindy_cubic"]["diverged"] == "1"
