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
TRACE = re.compile(r"[A-Za-z]{1,16}\d?")  # the name of a signal: AUDIO, IMAGE, Bilabial
RECON = "recon"  # the one dataset of HDF5 that is read
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
    """Numbers, and traces as mview writes them, are kept: of these names in one word, rates, and
    signals that are numbers. Another trace goes whole.

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
        if set(fields) >= FIELDS and not all(map(trace, value.flat)):
            held.append(f"traces of {name} that are no numbers under a name in one word")
    if held:
        kept = {name: value for name, value in plain.items() if value is not None}
        return Cleaned(held, partial(write_matlab, kept))
    return in_place(file, lambda _: [Edit(0, MATLAB, "host and date of the heading")])


def numbers(value: np.ndarray) -> np.ndarray | None:
    """What may stay of a variable; None: nothing."""
    if value.dtype.names is None:
        return value if value.dtype.kind in "biuf" else None
    if not set(value.dtype.names) >= FIELDS:
        return None
    rows = [row for row in value.flat if trace(row)]
    kept = np.array(rows, value.dtype).reshape(1, -1)
    return repack_fields(kept[[name for name in value.dtype.names if name in FIELDS]])


def trace(row: np.void) -> bool:
    """Whether a row of mview's holds a word, a rate, and numbers."""
    name, rate, signal = (np.asarray(row[field]) for field in ("NAME", "SRATE", "SIGNAL"))
    plain = all(part.dtype.kind in "biuf" for part in (rate, signal))
    return plain and rate.size == 1 and bool(TRACE.fullmatch("".join(map(str, name.flat))))


def write_matlab(variables: dict[str, np.ndarray], target: Path) -> None:
    with target.open("wb") as stream:
        savemat(stream, variables, do_compression=True)
        stream.seek(0)
        stream.write(MATLAB)


def hdf5(file: Path) -> Cleaned:
    """The dataset /recon of plain numbers is kept; attributes and all else go: MATLAB writes text
    as whole numbers too.

    Raises
    ------
    BadInput : a damaged file, or one without that dataset.
    """
    held: list[str] = []

    def look(name: str, item: Any) -> None:
        held.extend(f"attribute {key!r} of {name}" for key in item.attrs)
        if name not in ("/", RECON):
            held.append(f"{'dataset' if isinstance(item, h5py.Dataset) else 'group'} {name!r}")

    try:
        with h5py.File(file) as data:
            frames = data.get(RECON, getclass=True, getlink=True) is h5py.HardLink and data[RECON]
            if not pictures(frames):
                raise BadInput(
                    f"{file}: no /{RECON} of plain numbers (time, x, y) in it, and nothing else "
                    "is read of HDF5; save it so, or keep the file out of the speaker's folder"
                )
            look("/", data)
            data.visititems(look)
            if data.userblock_size:
                held.append("user block")
    except OSError as problem:
        raise BadInput(f"{file}: damaged ({problem}); fetch it again") from problem
    return Cleaned(held, partial(write_hdf5, file))


def write_hdf5(source: Path, target: Path) -> None:
    with h5py.File(source) as data, h5py.File(target, "w") as plain:
        data.copy(RECON, plain, without_attrs=True)


def pictures(item: Any) -> bool:
    """Whether frames may be in there, that lie in this file."""
    return (
        isinstance(item, h5py.Dataset)
        and item.dtype.kind in "biuf"
        and item.ndim == 3
        and not (item.external or item.is_virtual)
        and item.attrs.get("MATLAB_class") not in ("char", b"char")
    )
