"""Files and folders that are whole or not there at all: written beside, then renamed."""

import errno
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from tractable.contracts import BadInput

#: Something half-written, and who writes it: a process of a machine.
PARTIAL = re.compile(r"\..+\.(?P<process>\d+)@(?P<machine>[^.]+)\.partial")
FORSAKEN = 7 * 24 * 3600.0  # s without a change, after which nobody writes to it any more


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to, moved to ``path`` only when all went well.

    It is this process's own: what a killed stage left behind may still be written to elsewhere.

    Raises
    ------
    BadInput : the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent.resolve(), os.getpid())
    partial = path.with_name(f".{path.name}.{os.getpid()}@{machine()}.partial")
    remove(partial)
    try:
        yield partial
        remove(path)
        partial.rename(path)
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"{path}: the disk is full; nothing was replaced; free some space and run again"
        raise BadInput(message) from problem
    finally:
        remove(partial)


def machine() -> str:
    """Name of this machine, in one word."""
    return socket.gethostname().replace(".", "_")


@cache
def remove_abandoned(folder: Path, process: int) -> None:
    """Remove what nobody will end any more, once in the life of a process.

    A process of this machine is seen to live; of another machine nothing is known but when it last
    wrote. What cannot be removed stays: another process may be at it, or it is somebody else's.
    """
    for begun in folder.iterdir():
        writer = PARTIAL.fullmatch(begun.name)
        if writer is None:
            continue
        if writer["machine"] == machine():
            abandoned = not lives(int(writer["process"]))
        else:
            abandoned = time.time() - last_change(begun) > FORSAKEN
        if abandoned:
            with suppress(OSError):
                remove(begun)


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)  # which only looks
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def last_change(begun: Path) -> float:
    """When a file, or anything in a folder, was last written, in seconds since 1970."""
    try:
        return max(path.lstat().st_mtime for path in [begun, *begun.rglob("*")])
    except FileNotFoundError:  # it has just been ended
        return time.time()


def remove(path: Path) -> None:
    """Remove a file or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def replicate(source: Path, target: Path) -> None:
    """The same file or folder at ``target``, hard-linked where the file system allows."""
    with written_whole(target) as partial:
        if source.is_dir():
            shutil.copytree(source, partial, copy_function=link)
        else:
            link(source, partial)


def link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
