"""Changes in place: what may name a person is overwritten, and no byte moves."""

import mmap
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

Bytes = bytes | mmap.mmap


class Edit(NamedTuple):
    """New bytes from a place on, and what they overwrite, in words."""

    at: int
    new: bytes
    what: str


class Cleaned(NamedTuple):
    """What a file holds beyond what is read of it, and how to write the file without that."""

    held: list[str]  # [] if it may be taken as it is
    write: Callable[[Path], object]
    names: tuple[str, ...] = ()  # of the person, which no path may hold


def blank(at: int, end: int, what: str) -> Edit:
    return Edit(at, bytes(end - at), what)


def in_place(file: Path, found: Callable[[Bytes], Iterable[Edit]]) -> Cleaned:
    """The file with those of the edits that ``found`` asks for that change it."""
    with mapped(file) as data:
        edits = [
            edit for edit in found(data) if data[edit.at : edit.at + len(edit.new)] != edit.new
        ]
    return Cleaned(list(dict.fromkeys(edit.what for edit in edits)), partial(apply, file, edits))


@contextmanager
def mapped(file: Path) -> Iterator[Bytes]:
    """The bytes of a file, on disk until they are asked for."""
    with file.open("rb") as stream:
        if file.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def apply(source: Path, edits: Iterable[Edit], target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("r+b") as stream:
        for edit in edits:
            stream.seek(edit.at)
            stream.write(edit.new)


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The same of bytes in memory."""
    changed = bytearray(data)
    for edit in edits:
        changed[edit.at : edit.at + len(edit.new)] = edit.new
    return bytes(changed)
