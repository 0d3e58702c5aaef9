"""What all tests share: where the recorded corpora are, one tiny project, double precision."""

import fcntl
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from jaxtyping import install_import_hook

# One thread, as in a stage: workers of pytest-xdist inherit it before they load any library.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
torch.set_num_threads(1)

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT / "src").rglob("*.py")
MODULES = [".".join(file.relative_to(ROOT / "src").with_suffix("").parts) for file in SOURCES]

# Shapes in signatures are checked in every test. A package's own name would take its compiled
# kernels in, and numba cannot compile a function that is wrapped.
install_import_hook(
    [name for name in MODULES if not name.endswith((".kernel", ".__init__"))], "beartype.beartype"
)


#: In which order files of slow tests begin. pytest-xdist hands a worker that has two tests left one
#: more file: each of the longest is followed by one of many short tests, or one worker would get
#: them all. The first makes the tiny project that others wait for; the next two need none.
FIRST = (
    "test_end_to_end.py",
    "scores/test_planted.py",
    "test_benchmarks.py",
    "test_reruns.py",
    "sharing/test_faults.py",
    "test_replaced_clip.py",
    "test_slurm.py",
    "test_real.py",
)


def pytest_collection_modifyitems(items):
    ranks = {ROOT / "tests" / name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def memory_of_dvc():
    """What DVC remembers of repositories: it ends with the tests, and needs no disk.

    It is kept by many small commits to SQLite, each of which would wait for one.
    """
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2e9
    folder = TemporaryDirectory(prefix="dvc-", dir=memory if roomy else None)
    with folder as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_SITE_CACHE_DIR", site)
        yield


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of recorded corpora, which are never part of the repository."""
    folder = Path(os.environ.get("TRACTABLE_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no recorded corpora in {folder}: set TRACTABLE_REAL to their folder")
    return folder


@pytest.fixture(scope="session")
def reference(real) -> Path:
    """Published area functions and formants, beside the recorded corpora."""
    folder = real.parent / "reference"
    if not folder.is_dir():
        pytest.skip(f"no published reference values in {folder}")
    return folder


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A tiny project in which ``dvc repro`` has run: once, whoever of pytest-xdist asks first."""
    from tests.project import TINY, Project  # after the hook, which sees what is imported then

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "tiny").exists():
            shutil.rmtree(shared / "begun", ignore_errors=True)  # of one that failed
            (shared / "begun").mkdir()
            begun = Project(shared / "begun", TINY)
            begun.run("dvc", "repro")
            begun.commit()
            (shared / "begun").rename(shared / "tiny")
        return Project(shared / "tiny").copied(tmp_path_factory.mktemp("project") / "tiny")
