"""A dask scheduler and its workers on loopback, started as docs/cluster.md says."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.programs import free_port, started
from tests.project import ROOT


@contextmanager
def program(folder: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen]:
    """A program that is ended at the end; what it prints is kept in ``folder``."""
    settings = {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-m", *words]
    with started(command, folder / f"{words[1]}.log", settings | environment, folder) as running:
        yield running


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """Its address."""
    port = str(free_port())
    words = ("dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    with program(folder, *words):
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def workers(
    folder: Path, address: str, *options: str, environment: Mapping[str, str] = {}
) -> Iterator[None]:
    words = ("dask", "worker", address, "--no-dashboard", "--host", "127.0.0.1", *options)
    with program(folder, *words, **environment):
        yield
