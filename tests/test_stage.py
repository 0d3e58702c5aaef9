"""The plumbing: what is refused, what is remembered, and that a memo changes no byte."""

import errno
import fcntl
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numba
import pytest
import torch

from tests.counting import COUNTS, SPEAKERS, counted, doubled, repro, staged, write_corpora
from tests.programs import started
from tests.project import ROOT
from tractable import engine, stage
from tractable.contracts import BadInput
from tractable.stage import (
    Task,
    check_options,
    code_fingerprint,
    recalled,
    refuse_partial,
    remember,
    run_tasks,
)
from tractable.store import contents, load, save


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACTABLE_WORKERS", "1")
    return staged(monkeypatch, tmp_path)


def test_every_speaker_is_computed_once_and_then_remembered(project):
    assert repro() == SPEAKERS
    first = contents(Path("data/doubled"))
    assert repro() == []
    assert contents(Path("data/doubled")) == first
    assert load(Path("data/doubled/phantom/sim2.zarr"), COUNTS)["count"].values.tolist() == [
        2, 4, 6, 8, 10,
    ]  # fmt: skip


def test_one_changed_speaker_costs_that_speaker(project):
    repro()
    save(counted(7, "sim2"), Path("data/counts/phantom/sim2.zarr"), COUNTS)
    assert repro() == ["sim2"]


@pytest.mark.parametrize("change", ["parameter", "code"])
def test_a_parameter_or_the_code_costs_everybody(project, change):
    repro()
    if change == "code":
        Path("code.py").write_text("version = 2\n")
    assert repro(factor=3 if change == "parameter" else 2) == SPEAKERS


def test_code_that_a_task_does_not_run_costs_it_nothing(project):
    def key(foreign: str) -> str:
        left_out = frozenset([Path(foreign).resolve()])
        task = Task("a", doubled, (), (), (), foreign=left_out)
        return task.key(code_fingerprint(task.foreign))

    before = key("code.py"), key("other.py")
    Path("code.py").write_text("version = 2\n")
    assert key("code.py") == before[0]
    assert key("other.py") != before[1]


def test_without_the_memo_the_bytes_are_the_same(project, monkeypatch):
    repro()
    remembered = contents(Path("data/doubled"))
    monkeypatch.setenv("TRACTABLE_MEMO", "off")
    assert repro() == SPEAKERS
    assert contents(Path("data/doubled")) == remembered


def test_of_two_stages_that_remember_at_once_one_does(tmp_path, monkeypatch):
    """They share a memo; whoever is overtaken has nothing to complain of."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "made"
    made.write_text("made")
    task = Task("phantom/sim1", print, (), (made,), ())

    @contextmanager
    def overtaken(_):
        monkeypatch.undo()
        monkeypatch.chdir(tmp_path)
        remember(task, "key")
        raise OSError(errno.ENOTEMPTY, "Directory not empty")
        yield

    monkeypatch.setattr("tractable.stage.written_whole", overtaken)
    remember(task, "key")
    made.unlink()
    assert recalled(task, "key")
    assert made.read_text() == "made"


def test_a_tampered_memo_is_not_believed(project):
    repro()
    shard = next(Path(".memo").rglob("count/c.0"))
    shard.write_bytes(b"x" * shard.stat().st_size)
    assert len(repro()) == 1


@pytest.mark.parametrize(
    "listed, complaint",
    [
        (["sim1", "sim2", "sim3"], r"no store of phantom/sim3.*dvc pull data/counts"),
        (["sim1"], r"holds phantom/sim2, which params.yaml: corpora does not list"),
    ],
)
def test_a_partial_folder_is_refused(project, listed, complaint):
    write_corpora(listed)
    with pytest.raises(BadInput, match=complaint):
        repro()
    with pytest.raises(BadInput, match=complaint):
        refuse_partial(Path("data/counts"), [("phantom", name) for name in listed])


def test_speakers_taken_off_the_list_leave_the_output(project):
    repro()
    write_corpora(["sim1"])
    (project / "data/counts/phantom/sim2.zarr").rename(project / "elsewhere")
    repro()
    assert [p.stem for p in Path("data/doubled/phantom").iterdir()] == ["sim1"]


def test_a_misspelt_parameter_is_named_with_its_likely_meaning():
    with pytest.raises(BadInput, match=r"doubled: unknown parameter 'facto'; did you mean 'facto"):
        check_options(doubled, {"facto": 2}, "doubled")
    with pytest.raises(BadInput, match="parameter factor is missing"):
        check_options(doubled, {}, "doubled")


def of_width(*, width: float) -> None:
    """Takes options of another's."""


@dataclass(frozen=True, kw_only=True)
class Narrow:
    width: float

    def __post_init__(self) -> None:
        if self.width > 1:
            raise BadInput(f"width: {self.width}, expected at most 1")


def with_parts(
    *, part: Annotated[dict[str, float], of_width], made: Annotated[dict[str, Any], Narrow]
) -> None:
    """Takes options of its own, which are others'."""


PARTS = {"part": {"width": 2.0}, "made": {"width": 0.5}}


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        ({"part": {"widht": 1.0}}, r"parts: part: unknown parameter 'widht'; did you mean 'width'"),
        ({"part": {}}, "parts: part: parameter width is missing"),
        ({"part": 3.0}, r"parts: part: expected dict\[str, float\], found 3.0"),
        ({"made": {"width": "wide"}}, "parts: made: width: expected float, found 'wide'"),
        ({"made": {"width": 2.0}}, "width: 2.0, expected at most 1"),
    ],
)
def test_options_of_options_are_refused_alike(wrong, complaint):
    check_options(with_parts, PARTS, "parts")
    with pytest.raises(BadInput, match=complaint):
        check_options(with_parts, PARTS | wrong, "parts")


def measured(
    data,
    *,
    width: float,
    bands: dict[str, list[float]],
    radiation: str,
    fossa: float | None,
    places: list[float] | None,
):
    return data


RIGHT = {
    "width": 1,
    "bands": {"low": [1, 2.5]},
    "radiation": "flanagan",
    "fossa": None,
    "places": [0.5, 1],
}


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        ({"width": "1e-3"}, r"measured: width: expected float, found '1e-3'.*1\.0e-3 for a number"),
        ({"width": [1.0]}, "width: expected float, found .*list"),
        ({"bands": {"low": [1, "2"]}}, r"bands: expected dict\[str, list\[float\]\]"),
        ({"bands": [1, 2]}, "bands: expected dict"),
        ({"radiation": False}, "radiation: expected str, found False, which is bool"),
        ({"width": True}, "width: expected float, found True, which is bool"),
        ({"places": [0.5] * 20 + ["x"]}, r"places: expected list\[float\] \| None"),
        ({"bands": {1: [1.0]}}, "bands: expected dict"),
        ({"fossa": "none"}, r"fossa: expected float \| None, found 'none'"),
    ],
)
def test_a_parameter_of_a_wrong_type_is_named_with_the_right_one(wrong, complaint):
    check_options(measured, RIGHT, "measured")
    with pytest.raises(BadInput, match=complaint):
        check_options(measured, RIGHT | wrong, "measured")


def count_threads(path: Path) -> None:
    path.write_text(f"{torch.get_num_threads()} {numba.get_num_threads()}")


def test_a_process_has_one_thread_whatever_the_shell_says(project, monkeypatch):
    for name in engine.ONE_THREAD:
        monkeypatch.setenv(name, "2")
    run_tasks([Task("phantom/sim1", count_threads, (Path("out"),), (Path("out"),), ())])
    assert Path("out").read_text() == "1 1"


def fail(path: Path) -> None:
    raise BadInput("frame 3: no head")


def test_a_failure_in_a_process_names_the_speaker(project):
    task = Task("phantom/sim1", fail, (Path("out"),), (Path("out"),), ())
    with pytest.raises(BadInput, match=r"^phantom/sim1: frame 3: no head$"):
        run_tasks([task])
    assert not Path("out").exists()


def test_bad_input_ends_a_stage_in_one_line(monkeypatch):
    def main():
        raise BadInput("params.yaml: no section 'areas'")

    monkeypatch.setattr(sys, "argv", ["stages/areas.py"])
    monkeypatch.delenv("DVC_STAGE", raising=False)
    with pytest.raises(SystemExit, match=r"^areas: params.yaml: no section 'areas'$"):
        stage.run(main)
    monkeypatch.setenv("DVC_STAGE", "areas")
    with pytest.raises(SystemExit, match=r"^areas: .* 'areas'\nDVC removes .* `dvc checkout`"):
        stage.run(main)


def killed(data):
    """As the system does to who wants too much memory, in the middle of a report."""
    engine.DOING["tell"].__self__._wlock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.timeout(120)  # it may hang
def test_a_killed_process_is_told_of(project):
    with pytest.raises(BadInput, match=r"a process was killed.*TRACTABLE_WORKERS=1"):
        repro(killed)


def ill(data):
    """One speaker fails while the other is still at work, whose result comes later."""
    if data.attrs["speaker"] == "sim1" and not Path("well").exists():
        raise BadInput("frame 3: no head")
    time.sleep(0.5)
    return doubled(data, factor=2)


def test_what_is_done_beside_a_failure_is_remembered(project, monkeypatch):
    monkeypatch.setenv("TRACTABLE_WORKERS", "2")
    with pytest.raises(BadInput, match="sim1: frame 3"):
        repro(ill)
    Path("well").touch()
    assert repro(ill) == ["sim1"]


def test_after_a_failure_nothing_is_begun_and_it_is_said(capsys):
    begun = []

    def fail():
        begun.append("sim1")
        raise BadInput("no head")

    def take(who, seconds):
        begun.append(who)
        time.sleep(seconds)

    others = [Task(who, take, (who, 0.3), (), ()) for who in ("sim2", "sim3", "sim4", "sim5")]
    tasks = [others[0], Task("sim1", fail, (), (), ()), *others[1:]]
    with ThreadPoolExecutor(4) as pool:
        done = engine.those_done(pool.submit, tasks, 2)
        assert next(done).label == "sim2"
        assert capsys.readouterr().out == "sim1 failed; still at work, to be remembered: sim2\n"
        with pytest.raises(BadInput, match="sim1: no head"):
            next(done)
    assert sorted(begun) == ["sim1", "sim2"]


HELD = """
from pathlib import Path
from tests.test_stage import held
from tractable.stage import Task, run_tasks

if __name__ == "__main__":
    run_tasks([Task("phantom/sim1", held, (Path("held"),), (), ())])
"""


def held(path: Path) -> None:
    """As long as this process lives."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("begun")
        file.flush()
        time.sleep(600)


@pytest.mark.timeout(120)
def test_the_processes_of_a_killed_stage_end_with_it(project, tmp_path):
    Path("stages").mkdir()
    Path("stages/doubled.py").write_text(HELD)
    environment = {"PYTHONPATH": str(ROOT)}
    with started(
        [sys.executable, "stages/doubled.py"], tmp_path / "log", environment, tmp_path
    ) as running:
        while not (Path("held").exists() and Path("held").read_text()):
            assert running.poll() is None, Path("log").read_text()
            time.sleep(0.05)
        running.kill()
    with Path("held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits for whoever holds it


def test_a_process_that_is_killed_before_all_is_handed_out_is_told_of(project, monkeypatch):
    class Broken(engine.ProcessPoolExecutor):
        def submit(self, *_):
            raise BrokenProcessPool

    monkeypatch.setattr(engine, "ProcessPoolExecutor", Broken)
    with pytest.raises(BadInput, match="a process was killed"):
        repro()


def test_what_is_reported_is_shown(monkeypatch):
    """Until there is no more, which here an error says."""
    notes, said = multiprocessing.SimpleQueue(), []
    monkeypatch.setattr(notes, "get", iter(["phantom/sim1  half way"]).__next__)
    with pytest.raises(StopIteration):
        engine.show(notes, said.append)
    assert said == ["phantom/sim1  half way"]


def test_a_process_reports_under_the_name_of_its_task(monkeypatch):
    monkeypatch.delitem(engine.DOING, "tell", raising=False)
    engine.report("nobody listens")
    notes = multiprocessing.SimpleQueue()
    monkeypatch.setitem(engine.DOING, "tell", notes.put)
    Task("phantom/sim1", lambda: engine.report("half way"), (), (), ())()
    assert notes.get() == "phantom/sim1  half way"


def test_a_number_of_processes_is_one(project, monkeypatch):
    monkeypatch.setenv("TRACTABLE_WORKERS", "all")
    with pytest.raises(BadInput, match="TRACTABLE_WORKERS='all': expected a number of processes"):
        repro()
