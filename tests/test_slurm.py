"""Real Slurm on one node: the same bytes, nothing lost with a job, and why one cannot start."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.project import ROOT, TINY, Project
from tests.slurm_node import PARTITION, PATH, lacking, slurm

pytest.importorskip("dask_jobqueue", reason="pip install 'tractable[cluster]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

STAGES = ("contours", "areas", "formants")
FIRST = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["phantom"]["cmd"]
FORCED = ("dvc", "repro", "--force", "--no-run-cache", "--single-item")
JOB = {
    "TRACTABLE_CLUSTER": "slurm",
    "TRACTABLE_MEMO": "off",
    "DASK_JOBQUEUE__SLURM__QUEUE": PARTITION,
    "DASK_JOBQUEUE__SLURM__MEMORY": "1.5GB",
    "DASK_JOBQUEUE__SLURM__WALLTIME": "00:20:00",
    "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
}


@pytest.fixture(scope="module")
def node():
    """Slurm's commands of this process and its children find a cluster of one node."""
    if lacking():
        pytest.skip(f"no {', '.join(lacking())}: apt-get install slurm-wlm munge")
    with slurm() as settings, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PATH)
        patch.setenv("SLURM_CONF", settings["SLURM_CONF"])
        yield settings


@pytest.fixture(scope="module")
def small(node, tmp_path_factory) -> Project:
    """Two speakers of three seconds, computed on this machine as far as areas and formants."""
    made = Project(tmp_path_factory.mktemp("small"), TINY)
    made.run("dvc", "repro", *STAGES[1:], TRACTABLE_MEMO="off")
    return made


def in_queue() -> list[str]:
    command = ["squeue", "--noheader", "--format=%i", "--states=PENDING,RUNNING"]
    return subprocess.check_output(command, text=True).split()


def test_stages_on_slurm_give_the_bytes_of_this_machine(small):
    before, lock = small.outputs(), (small.folder / "dvc.lock").read_bytes()
    printed = small.run(*FORCED, *STAGES, **JOB)
    assert small.computed(printed) == dict.fromkeys(STAGES, (2, 2))
    assert small.outputs() == before
    assert (small.folder / "dvc.lock").read_bytes() == lock
    assert "/min" in printed
    for stage in STAGES:
        logs = list((small.folder / ".cluster" / stage).glob("tractable-*.err"))
        assert logs, f"no worker of {stage} left a log"
    assert not in_queue()


def test_a_job_killed_in_mid_run_loses_nothing(small):
    before, logs = small.outputs(), small.folder / ".cluster" / "contours"
    older = set(logs.glob("*.err"))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(small.run, *FORCED, "contours", **JOB)
        job = at_work(logs, older)
        killed = time.time()
        subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
        printed = running.result()
    assert small.computed(printed) == {"contours": (2, 2)}
    assert small.outputs() == before
    written = list((small.folder / "data" / "contours").glob("*/*.zarr/zarr.json"))
    assert len(written) == 2
    assert all(file.stat().st_mtime > killed for file in written), "there was nothing to lose"


def at_work(logs: Path, older: set[Path]) -> str:
    """Number of a job whose worker has joined, just now."""
    for _ in range(1200):
        for file in set(logs.glob("*.err")) - older:
            if "Registered to" in file.read_text():
                time.sleep(1.0)  # it has begun by then, and has not ended
                return file.stem.rpartition("-")[2]
        time.sleep(0.1)
    raise AssertionError(f"no worker joined in two minutes; see {logs}")


@pytest.fixture
def bare(node, tmp_path) -> Project:
    """The same, of which nothing is computed."""
    return Project(tmp_path, TINY)


@pytest.mark.parametrize(
    "setting, words",
    [
        ({"QUEUE": "nowhere"}, "invalid partition specified: nowhere"),
        ({"MEMORY": "900GB"}, "Requested node configuration is not available"),
        ({"WALLTIME": "900:00:00"}, "PartitionTimeLimit"),
        ({"PYTHON": "/nowhere/python"}, "/nowhere/python: No such file or directory"),
    ],
)
def test_a_job_that_cannot_start_says_why(bare, setting, words):
    """Refused beforehand, left waiting for ever, or ended before a worker came of it."""
    named = {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in setting.items()}
    printed = bare.run("sh", "-c", FIRST, fails=True, **JOB | named)
    assert words in printed
    assert "phantom: Slurm" in printed
    assert "INFO" not in printed
    assert "Traceback" not in printed
    assert not (bare.folder / "data" / "truth").exists()
    assert not in_queue()


def test_a_stage_that_is_interrupted_has_failed_and_leaves_no_job(bare):
    """dask-jobqueue, left alone, would have it succeed."""
    environment = bare.environment() | JOB
    with subprocess.Popen(FIRST.split(), cwd=bare.folder, env=environment) as stage:
        at_work(bare.folder / ".cluster" / "phantom", set())
        stage.send_signal(signal.SIGINT)
        assert stage.wait(60) != 0
    assert not in_queue()


def test_without_slurm_a_stage_says_what_is_not_there(bare):
    _, *words = FIRST.split()
    folder = str(Path(sys.executable).parent)
    printed = bare.run(sys.executable, *words, fails=True, **JOB | {"PATH": folder})
    assert "there is no sbatch here" in printed
    assert "Traceback" not in printed
