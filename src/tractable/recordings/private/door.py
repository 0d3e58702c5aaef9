"""Which kind a file is of, and its way into data/raw."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.private import containers, pictures, tables
from tractable.recordings.private.dicom import dicom
from tractable.recordings.private.edits import Cleaned
from tractable.recordings.private.names import DATE

Cleaner = Callable[[Path], Cleaned]

#: By what a file begins with: where, what, and who knows the kind.
SIGNATURES: tuple[tuple[int, bytes, Cleaner], ...] = (
    (128, b"DICM", dicom),
    (0, b"RIFF", containers.riff),
    *((4, name, containers.mp4) for name in (b"ftyp", b"moov", b"mdat", b"wide", b"free")),
    (0, b"\x89PNG\r\n\x1a\n", pictures.png),
    (0, b"\xff\xd8\xff", pictures.jpeg),
    (0, b"II*\0", pictures.tiff),
    (0, b"MM\0*", pictures.tiff),
    (0, b"BM", pictures.bmp),
    (0, b"\x93NUMPY", tables.array),
    (0, b"\x89HDF\r\n\x1a\n", tables.hdf5),
    (512, b"\x89HDF\r\n\x1a\n", tables.hdf5),
    (0, b"MATLAB 5.0", tables.matlab),
)
#: Text, by its name.
TEXT: dict[str, Cleaner] = {
    ".textgrid": tables.textgrid,
    ".json": tables.metafile,
    **{
        suffix: tables.labels
        for suffix in (".csv", ".tsv", ".txt", ".trans", ".lab", ".phn", ".dict")
    },
}
KNOWN = (
    "AVI, MP4, MOV, WAV, DICOM, PNG, JPEG, TIFF, BMP, .npy, .mat, HDF5, TextGrid, tables of text"
)

#: A few letters and a number, or a word for whoever speaks: sub001, F3, usc_s1, 1612, Subject12.
CODE = re.compile(
    r"((subject|speaker|participant|sprecher|locuteur|usc)[-_]?[a-z]{0,2}|[a-z]{1,4}[-_]?)?\d{1,4}",
    re.IGNORECASE,
)
#: Years of birth, or of a session, behind letters.
YEAR = re.compile(r"[A-Za-z_-](19|20)\d\d$")


def bring_in(source: Path, target: Path, *, place: Path = Path(), link: bool = False) -> list[str]:
    """Bring a file to ``target`` without what it holds beyond pictures, sound, labels and timing.

    A file that holds nothing else comes as it is, to the byte.

    Parameters
    ----------
    source : of a kind that is known, by its first bytes.
    place : where it belongs in the folder of its speaker; this must tell no date and, where the
        file says who was recorded, no part of that name.
    link : rather than copy; a file that has to change is copied none the less.

    Returns
    -------
    list : what it held, in words; [] if it came as it is.

    Raises
    ------
    BadInput : an unknown kind, a name burned into pixels or told by ``place``; nothing is written.
    """
    clean = cleaned(source)
    refuse_name(str(place), source, clean.names)
    if clean.held:
        clean.write(target)
    elif link:
        target.symlink_to(source.absolute())
    else:
        shutil.copyfile(source, target)
    return clean.held


def cleaned(file: Path) -> Cleaned:
    """What a file holds that should not come in, and how to write it without.

    Raises
    ------
    BadInput : of a kind that is unknown, damaged, or not to be freed of a name.
    """
    with file.open("rb") as stream:
        start = stream.read(1024)
    for at, signature, cleaner in SIGNATURES:
        if start[at : at + len(signature)] == signature:
            return cleaner(file)
    if file.suffix.lower() in TEXT:
        return TEXT[file.suffix.lower()](file)
    raise BadInput(
        f"{file}: of a kind of which it is not known where a name may hide ({KNOWN} are); convert "
        "it, as by `ffmpeg -i IN -map_metadata -1 -c copy OUT.mp4`"
    )


def refuse_name(place: str, source: Path, names: tuple[str, ...] = ()) -> None:
    """Refuse a place in a speaker's folder that tells a date, or one of the ``names``."""
    if date := DATE.search(place):
        raise BadInput(
            f"{source}: its name holds {date[0]!r}, which may be a date of birth or of the "
            "session; rename it, or its folder, before it comes in"
        )
    if told := next((word for word in names if word.lower() in place.lower()), None):
        raise BadInput(
            f"{source}: its name holds {told!r}, which the file says of the person or the scan; "
            "rename it, as to 0001.dcm: the order of pictures is told inside"
        )


def called(speaker: str) -> str:
    """The name of a speaker, if it can be a pseudonym.

    Raises
    ------
    BadInput : one that is not a code with a number: it may be a person's name, or hold a year.
    """
    if not CODE.fullmatch(speaker) or DATE.search(speaker) or YEAR.search(speaker):
        raise BadInput(
            f"{speaker!r}: may name a person; speakers go by a code with a number, such as m01 or "
            "sub003, of at most four letters and no year: rename the folder, and keep the list of "
            "who is who to yourself"
        )
    return speaker
