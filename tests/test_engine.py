"""A cluster gives the bytes of this machine, loses nothing, and says in a line what is wrong."""

import os
import signal
import sys
import time
from pathlib import Path

import numba
import pytest
import torch

from tests.counting import SPEAKERS, doubled, repro, staged
from tests.dask_cluster import scheduler, workers
from tractable import engine
from tractable.contracts import BadInput
from tractable.stage import Task, run_tasks
from tractable.store import contents

pytest.importorskip("distributed", reason="pip install 'tractable[cluster]'")
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A scheduler with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as where, workers(folder, where, "--nworkers", "2", "--nthreads", "1"):
        yield where


@pytest.fixture
def project(tmp_path, monkeypatch):
    return staged(monkeypatch, tmp_path)


@pytest.fixture
def clustered(project, address, monkeypatch):
    """The project, which computes on the cluster."""
    monkeypatch.setenv("TRACTABLE_CLUSTER", address)
    return project


def test_a_cluster_gives_the_same_bytes_and_its_results_are_remembered(
    project, address, monkeypatch
):
    assert repro() == SPEAKERS
    here = contents(Path("data/doubled"))
    monkeypatch.setenv("TRACTABLE_CLUSTER", address)
    assert repro() == []  # of what was computed here
    monkeypatch.setenv("TRACTABLE_MEMO", "other")
    assert repro() == SPEAKERS
    assert contents(Path("data/doubled")) == here
    monkeypatch.delenv("TRACTABLE_CLUSTER")
    assert repro() == []  # of what was computed there


def say_threads(path: Path) -> None:
    path.write_text(f"{os.getpid()} {torch.get_num_threads()} {numba.get_num_threads()}")


def test_a_worker_has_one_thread_and_is_not_this_process(clustered):
    run_tasks([Task("phantom/sim1", say_threads, (Path("out"),), (Path("out"),), ())])
    process, *threads = Path("out").read_text().split()
    assert threads == ["1", "1"]
    assert int(process) != os.getpid()


def die_once(data):
    """As by lack of memory, at the first time of asking."""
    tried = Path(f"tried-{data.attrs['speaker']}")
    if not tried.exists():
        tried.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(data, factor=2)


def test_a_killed_worker_loses_nothing(clustered):
    assert repro(die_once) == SPEAKERS
    assert len(list(Path().glob("tried-*"))) == 2


def die(data):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_what_kills_every_worker_is_given_up_and_named(clustered):
    with pytest.raises(BadInput, match=r"^phantom/sim\d: 4 workers died over it.*memory"):
        repro(die)


def fail(data):
    raise BadInput("frame 3: no head")


def test_bad_input_comes_back_as_the_one_message_that_it_is_here(clustered):
    with pytest.raises(BadInput, match=r"^phantom/sim\d: frame 3: no head$"):
        repro(fail)
    assert not Path("data/doubled").exists()


def stumble(data):
    return 1 / 0


def test_an_error_that_nobody_foresaw_is_no_bad_input(clustered):
    with pytest.raises(ZeroDivisionError):
        repro(stumble)


def tell(path: Path) -> None:
    engine.report("half way")
    time.sleep(0.5)  # a word is shown when it arrives
    path.touch()


def test_a_worker_reports_under_the_name_of_its_task(clustered):
    heard = []
    task = Task("phantom/sim1", tell, (Path("out"),), (Path("out"),), ())
    there = __import__(engine.CLUSTER, fromlist=["there"]).there
    assert list(there(os.environ["TRACTABLE_CLUSTER"], "stage", [task], heard.append)) == [task]
    assert "phantom/sim1  half way" in heard


CODE = """
def answer(path):
    path.write_text("{}")
"""


@pytest.mark.slow
def test_no_worker_goes_on_with_older_code(clustered, monkeypatch, tmp_path):
    """A scheduler outlives stages, and code changes between them."""
    monkeypatch.syspath_prepend(tmp_path)
    for number in "12":
        Path("lately.py").write_text(CODE.format(number))
        sys.modules.pop("lately", None)
        run_tasks([Task(number, ask_lately, (Path("out"), tmp_path), (Path("out"),), ())])
        assert Path("out").read_text() == number


def ask_lately(path: Path, folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True  # two versions within a second look alike to it
    import lately

    lately.answer(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options, complaint",
    [
        (("--nthreads", "2"), r"more than one thread.*--nthreads 1"),
        (("--nthreads", "1", "--no-nanny"), r"more than one thread.*NUMBA_NUM_THREADS=1.*nanny"),
    ],
)
def test_a_worker_that_would_give_other_bytes_is_refused(
    project, tmp_path, monkeypatch, options, complaint
):
    for name in engine.ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    with scheduler(tmp_path) as where, workers(tmp_path, where, *options):
        monkeypatch.setenv("TRACTABLE_CLUSTER", where)
        with pytest.raises(BadInput, match=complaint):
            repro()


@pytest.mark.parametrize(
    "where, complaint",
    [
        ("slrum", r"TRACTABLE_CLUSTER='slrum': expected slurm or the address of a dask scheduler"),
        ("tcp://127.0.0.1:1", r"tcp://127.0.0.1:1: no dask scheduler answers there"),
    ],
)
def test_a_place_that_is_none_is_named(project, monkeypatch, where, complaint):
    cluster = pytest.importorskip(engine.CLUSTER)
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    monkeypatch.setenv("TRACTABLE_CLUSTER", where)
    with pytest.raises(BadInput, match=complaint):
        repro()


def test_without_the_extra_a_cluster_says_what_to_install(project, monkeypatch):
    monkeypatch.setenv("TRACTABLE_CLUSTER", "tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, engine.CLUSTER, raising=False)
    with pytest.raises(BadInput, match=r"distributed is not installed: `pip install 'tractable\[c"):
        repro()
