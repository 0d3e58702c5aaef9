"""A repository to which corpora are added."""

import shutil
import subprocess
import sys

import pytest

TABLES = {
    "params.yaml": "corpora:\n  phantom: {}\nrecordings: {tier: phones}\n",
    "dvc.yaml": "stages:\n  recordings:\n    cmd: x\n    deps:\n    - data/raw/phantom\n",
}


@pytest.fixture(scope="session")
def empty_repository(tmp_path_factory):
    """One of git and DVC, with two tables and no data."""
    folder = tmp_path_factory.mktemp("empty_repository")
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    for words in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(words, cwd=folder, check=True)
    return folder


@pytest.fixture
def empty(empty_repository, tmp_path, monkeypatch):
    """A copy of it, to work in."""
    shutil.copytree(empty_repository, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
