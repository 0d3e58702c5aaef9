"""Programs that run beside a test, and end with it."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FREE = range(10_000, 32_768)  # ports: above, Linux gives them to whoever connects
PATIENCE = 10  # seconds that a program may take to end


def free_port() -> int:
    """A port that no connection of another process is given before the server has taken it.

    The system hands out the upper half of all ports by itself, so this one is of the lower.
    """
    while True:
        port = secrets.randbelow(FREE.stop - FREE.start) + FREE.start
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def started(
    command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[subprocess.Popen]:
    """A program, until the end of the block; what it prints is added to ``log``.

    Parameters
    ----------
    environment : beside that of the tests.
    folder : in which it runs.
    """
    with log.open("a") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_with_parent() -> None:
    """Of a program about to start: it ends though the tests are killed, where Linux can say so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
