"""Arrays, labels and lists: .npy, MATLAB, HDF5, TextGrid, tables of labels, a corpus's metafile."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.lib.recfunctions import repack_fields
from scipy.io import loadmat, savemat
from scipy.io.matlab import MatReadError

from tractable.contracts import BadInput
from tractable.recordings.private.edits import Cleaned, Edit, blank, in_place
from tractable.recordings.textgrid import text_of

MATLAB = f"{'MATLAB 5.0 MAT-file':<116}".encode()  # the heading, without host and date
FIELDS = {"NAME", "SRATE", "SIGNAL"}  # of traces, as the program mview writes them
ROLES = {"task": {"prefix", "index", "name", "file"}}  # of a metafile: what a clip is, not who

#: Quoted text; a comment to the end of its line; words.
PARTS = re.compile(r'"(?:[^"]|"")*"|!.*|[^\s"!]+')
#: Words between the values of a TextGrid, long or short, and numbers.
PLAIN = re.compile(
    r"(File|type|Object|class|xmin|xmax|tiers|size|item|intervals|points|name|text|mark|number|time"
    r"|value)?(\[\d*\])?[:=?]*|<exists>|[-+]?\d+(\.\d*)?([eE][-+]?\d+)?"
)


def array(file: Path) -> Cleaned:
    """A .npy of plain numbers.

    Raises
    ------
    BadInput : anything else, such as pickled objects or named fields.
    """
    try:
        held = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as problem:
        raise BadInput(
            f"{file}: cannot be read as an array ({problem}); write it with numpy.save"
        ) from problem
    if held.dtype.kind not in "biuf":
        raise BadInput(f"{file}: holds {held.dtype}, expected plain numbers; save these alone")
    end = held.offset + held.nbytes
    return in_place(file, lambda data: [blank(end, len(data), "bytes after the array")])


def textgrid(file: Path) -> Cleaned:
    """Tiers, times and labels are kept; comments go. What labels say is not looked at."""
    text = text_of(file)
    found = [part for part in PARTS.findall(text) if part[0] != '"' and not PLAIN.fullmatch(part)]

    def kept(part: re.Match[str]) -> str:
        return part[0] if part[0][0] == '"' or PLAIN.fullmatch(part[0]) else ""

    clean = PARTS.sub(kept, text)
    held = ["comments"] if found else []
    return Cleaned(held, lambda target: target.write_text(clean, encoding="utf-8"))


def labels(file: Path) -> Cleaned:
    """A table of labels is read whole: it is taken as it is, if it is text."""
    text_of(file)
    return Cleaned([], partial(shutil.copyfile, file))


def metafile(file: Path) -> Cleaned:
    """Who has which clips is kept; who they are (sex, age, languages, notes) goes."""
    try:
        data = json.loads(file.read_text("utf-8-sig"))
        plain = {who: only(entry) for who, entry in data.items()}
    except (ValueError, AttributeError, TypeError) as problem:
        raise BadInput(f"{file}: damaged ({problem}); fetch it again") from problem
    held = [f"{name!r} of people" for name in sorted(others(data))]
    text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    return Cleaned(held, lambda target: target.write_text(text, encoding="utf-8"))


def only(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        role: [{name: task[name] for name in task if name in names} for task in entry[role]]
        for role, names in ROLES.items()
        if role in entry
    }


def others(data: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What the entries hold beyond; once each."""
    found = {name for entry in data.values() for name in entry if name not in ROLES}
    for role, names in ROLES.items():
        tasks = [task for entry in data.values() for task in entry.get(role, [])]
        found |= {name for task in tasks for name in task if name not in names}
    yield from found


def matlab(file: Path) -> Cleaned:
    """Numbers, and traces as mview writes them (their names, rates and signals), are kept.

    Raises
    ------
    BadInput : a file that cannot be read.
    """
    try:
        data = loadmat(file)
    except (ValueError, TypeError, OSError, MatReadError) as problem:
        raise BadInput(f"{file}: cannot be read as MATLAB 5 ({problem}); save it -v7") from problem
    data = {name: value for name, value in data.items() if not name.startswith("__")}
    plain = {name: numbers(value) for name, value in data.items()}
    held = [f"variable {name!r}" for name, value in plain.items() if value is None]
    for name, value in data.items():
        fields = value.dtype.names or ()
        held += [f"field {field!r} of {name}" for field in fields if field not in FIELDS]
    if held:
        kept = {name: value for name, value in plain.items() if value is not None}
        return Cleaned(held, partial(write_matlab, kept))
    return in_place(file, lambda _: [Edit(0, MATLAB, "host and date of the heading")])


def numbers(value: np.ndarray) -> np.ndarray | None:
    """What may stay of a variable; None: nothing."""
    if value.dtype.names is None:
        return value if value.dtype.kind in "biuf" else None
    fields = [name for name in value.dtype.names if name in FIELDS]
    return repack_fields(value[fields]) if fields else None


def write_matlab(variables: dict[str, np.ndarray], target: Path) -> None:
    with target.open("wb") as stream:
        savemat(stream, variables, do_compression=True)
        stream.seek(0)
        stream.write(MATLAB)


def hdf5(file: Path) -> Cleaned:
    """Datasets of plain numbers are kept; attributes, text and all else go.

    Raises
    ------
    BadInput : a damaged file.
    """
    held: list[str] = []

    def look(name: str, item: Any) -> None:
        held.extend(f"attribute {key!r} of {name}" for key in item.attrs)
        if isinstance(item, h5py.Dataset) and item.dtype.kind not in "biuf":
            held.append(f"dataset {name!r}")

    try:
        with h5py.File(file) as data:
            look("/", data)
            data.visititems(look)
            if data.userblock_size:
                held.append("user block")
    except OSError as problem:
        raise BadInput(f"{file}: damaged ({problem}); fetch it again") from problem
    return Cleaned(held, partial(write_hdf5, file))


def write_hdf5(source: Path, target: Path) -> None:
    with h5py.File(source) as data, h5py.File(target, "w") as plain:

        def take(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.dtype.kind in "biuf":
                data.copy(item, plain.require_group(item.parent.name), without_attrs=True)

        data.visititems(take)
