"""Commands of a clone, run by processes that had libraries imported when they were forked.

A command line begins with seconds of imports, and these tests have hundreds. Each is a process of
its own nevertheless, with its own folder, environment and exit status; of our code nothing has been
imported before, so that a clone runs what lies in it.
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

#: What DVC, our commands and stages import, and none of our own code.
IMPORTED = [
    *("dvc.cli.parser", "dvc.repo.artifacts", "dvc.repo.brancher", "dvc.repo.graph"),
    *("dvc.repo.metrics", "dvc.repo.params", "dvc.repo.plots", "dvc.repo.worktree"),
    *("dvc_data.hashfile.status", "dvc_data.index.checkout", "dvc_data.index.fetch"),
    *("dvc_data.index.push", "dvc_ssh", "dvc_s3", "dvc_http", "dvc_webdav"),
    *("asyncssh", "s3fs", "aiohttp", "webdav4", "networkx", "psutil", "xarray", "zarr", "torch"),
]
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(IMPORTED)


def quick(words: list[str]) -> bool:
    """Whether ``called`` can run these words."""
    return words[0] == "dvc" or words[:2] in (["python", "-m"], ["python", "-P"])


def run(words: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit status of `dvc ...`, `python -m ...` or `python -P FILE ...`, and what was printed."""
    with tempfile.NamedTemporaryFile() as printed:
        arguments = (words, str(folder), dict(environment), printed.name)
        process = FORKED.Process(target=called, args=arguments)
        process.start()
        process.join()
        return process.exitcode or 0, Path(printed.name).read_text()


def called(words: list[str], folder: str, environment: dict[str, str], printed: str) -> None:
    """In a process of its own: what the shell would have started there."""
    out = os.open(printed, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, f"{folder}/src")
    if words[0] == "dvc":
        from dvc.cli import main

        sys.exit(main(words[1:]))
    sys.argv = words[2:]
    if words[1] == "-P":
        runpy.run_path(words[2], run_name="__main__")
        return
    runpy.run_module(words[2], run_name="__main__", alter_sys=True)
