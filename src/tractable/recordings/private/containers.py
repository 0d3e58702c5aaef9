"""Video and sound containers: RIFF (AVI, WAV) and MP4 (QuickTime), blanked in place.

A chunk or box that is not listed here becomes padding of its own size (JUNK, free), so that no
offset changes and every frame and sample stays where it was.
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from tractable.contracts import BadInput
from tractable.recordings.private.edits import Bytes, Cleaned, Edit, blank, in_place

Tree = dict[bytes, Any]  # pattern of a name -> None: kept whole; what it may hold; or who looks

MOVIE: Tree = {rb"\d\d(d[bc]|wb|pc)": None, rb"ix\d\d": None}
MOVIE[b"LISTrec "] = MOVIE
STREAM = {b"strh": None, b"strf": None, b"indx": None, b"vprp": None}
HEADER = {b"avih": None, b"LISTstrl": STREAM, b"LISTodml": {b"dmlh": None}}
RIFF: dict[bytes, Tree] = {
    b"AVI ": {b"LISThdrl": HEADER, b"LISTmovi": MOVIE, b"idx1": None},
    b"AVIX": {b"LISTmovi": MOVIE, b"idx1": None},
    b"WAVE": {b"fmt ": None, b"fact": None, b"data": None},
}
UNKNOWN = (0, 0xFFFFFFFF)  # sizes that nobody wrote
PADDED = "what stood in padding, which nobody reads"


def riff(file: Path) -> Cleaned:
    """AVI or WAV: formats, frames, samples and indices are kept; INFO, bext, IDIT, ID3 ... go.

    A recorder that was stopped, or a stream, leaves the size of the whole and that of the samples
    at 0 or at the largest number: then they go to the end.

    Raises
    ------
    BadInput : another form of RIFF. The copy is read back: if it would play otherwise, as well.
    """
    return read_back(file, in_place(file, lambda data: forms(file, data)))


def forms(file: Path, data: Bytes) -> Iterator[Edit]:
    at = 0
    while data[at : at + 4] == b"RIFF" and at + 12 <= len(data):
        form = data[at + 8 : at + 12]
        if form not in RIFF:
            raise BadInput(f"{file}: RIFF of form {form!r}, expected AVI or WAV; convert it")
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = len(data) if size in UNKNOWN else min(at + 8 + size, len(data))
        yield from chunks(data, at + 12, end, RIFF[form], size in UNKNOWN)
        at = end + end % 2
    if at < len(data):
        yield blank(at, len(data), "bytes after the end")


def chunks(data: Bytes, at: int, end: int, tree: Tree, unfinished: bool) -> Iterator[Edit]:
    """``unfinished``: samples and frames of no known size go to the end."""
    while at + 8 <= end:
        name, size = struct.unpack("<4sI", data[at : at + 8])
        name += data[at + 8 : at + 12] if name == b"LIST" else b""
        to_the_end = unfinished and size in UNKNOWN and name in (b"data", b"LISTmovi")
        after = end if to_the_end else min(at + 8 + size, end)
        known, inner = looked_up(name, tree)
        if not known:
            what = PADDED if name == b"JUNK" else f"chunk {shown(name)}"
            yield from (Edit(at, b"JUNK", what), blank(at + 8, after, what))
        elif inner:
            yield from chunks(data, at + 12, after, inner, unfinished)
        at = after + size % 2
    if at < end:
        yield blank(at, end, "bytes between chunks")


def looked_up(name: bytes, tree: Tree) -> tuple[bool, Any]:
    found = [inner for pattern, inner in tree.items() if re.fullmatch(pattern, name)]
    return bool(found), found[0] if found else None


def shown(name: bytes) -> str:
    return repr(name.decode("latin-1").strip())


def times(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    """When something was made and changed."""
    width = 16 if data[at] == 1 else 8  # version 1 counts in 64 bits
    yield blank(at + 4, at + 4 + width, "time of creation")


def handler(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    """A handler's kind, and a name that somebody gave it."""
    name = data[at + 24 : end].strip(b"\0")
    if not re.fullmatch(rb"[\x0b-\x0d]?(Video|Sound|Data)Handler|", name):
        yield blank(at + 24, end, "name of a track's handler")


def references(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    """Where the pictures lie: in this file."""
    if end - at > 20:
        raise BadInput(f"{file}: its pictures or sound lie in another file; export it as one")
    yield from ()


def samples(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    """What the coded pictures or sounds are; a picture's entry has room for a compressor's name."""
    entry = at + 8
    while entry + 36 <= end:
        size, code = struct.unpack(">I4s", data[entry : entry + 8])
        if code not in (*PICTURES, *SOUNDS) or not 36 <= size <= end - entry:
            raise BadInput(f"{file}: a track of kind {shown(code)} is unknown; convert it to H.264")
        heading = 86 if code in PICTURES else 36
        if code in PICTURES:
            yield blank(entry + 50, entry + 82, "name of a compressor")
        if code in PICTURES or data[entry + 16 : entry + 18] == bytes(2):
            yield from boxes(file, data, entry + heading, entry + size, CODING)
        entry += size


def software(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    """The program that wrote the file, where it is FFmpeg."""
    if not re.fullmatch(rb".{4}data.{8}Lavf[\d.]*", data[at:end], re.DOTALL):
        yield blank(at, end, "program that wrote it")


def listed(file: Path, data: Bytes, at: int, end: int) -> Iterator[Edit]:
    tree = {b"hdlr": handler, b"ilst": {b"\xa9too": software}}
    yield from boxes(file, data, at + 4, end, tree)


PICTURES = (*b"avc1 avc3 hvc1 hev1 av01 vp09 mp4v jpeg mjpa mjp2".split(), b"png ", b"raw ")
SOUNDS = b"mp4a lpcm ipcm fpcm sowt twos in24 in32 fl32 fl64 alac Opus".split()
CODING: Tree = {
    name: None
    for name in (b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"wave", b"chan", b"dOps", b"pcmC")
    + (b"btrt", b"colr", b"pasp", b"clap", b"fiel")
}
TABLE: Tree = {
    **{name: None for name in (b"stts", b"ctts", b"cslg", b"stss", b"stsc", b"stsz", b"stz2")},
    **{name: None for name in (b"stco", b"co64", b"sgpd", b"sbgp", b"sdtp")},
    b"stsd": samples,
}
MEDIUM: Tree = {
    **{name: None for name in (b"vmhd", b"smhd", b"nmhd")},
    b"hdlr": handler,
    b"dinf": {b"dref": references},
    b"stbl": TABLE,
}
TRACK: Tree = {
    b"tkhd": times,
    b"edts": {b"elst": None},
    b"mdia": {b"mdhd": times, b"hdlr": handler, b"minf": MEDIUM},
}
FRAGMENT: Tree = {name: None for name in (b"tfhd", b"tfdt", b"trun", b"sgpd", b"sbgp")}
MP4: Tree = {
    **{name: None for name in (b"ftyp", b"styp", b"sidx", b"mdat", b"mfra")},
    b"moov": {
        b"mvhd": times,
        b"trak": TRACK,
        b"mvex": {b"mehd": None, b"trex": None},
        b"udta": {b"meta": listed},
    },
    b"moof": {b"mfhd": None, b"traf": FRAGMENT},
}
PADDING = (b"free", b"skip", b"wide")


def mp4(file: Path) -> Cleaned:
    """MP4 or QuickTime: tables, frames and samples are kept; udta, meta, uuid, dates ... go.

    Raises
    ------
    BadInput : a box that ends beyond the file, or pictures that lie in another file. The copy is
        read back: if it would play otherwise, as well.
    """
    return read_back(file, in_place(file, lambda data: boxes(file, data, 0, len(data), MP4)))


def read_back(file: Path, cleaned: Cleaned) -> Cleaned:
    """The same, but a copy that would not play as the file does is refused, and goes."""

    def write(target: Path) -> None:
        cleaned.write(target)
        try:
            alike = coded(file, file) == coded(target, file)
        except BadInput:
            target.unlink()
            raise
        if not alike:
            target.unlink()
            raise BadInput(
                f"{file}: without what may name a person it would not play as it does; is it "
                "damaged? export it again, as by `ffmpeg -i IN -map_metadata -1 OUT`"
            )

    return cleaned._replace(write=write)


def coded(path: Path, named: Path) -> list[tuple[bytes, str]]:
    """Of each track, how it is coded and a digest of its frames or samples, with their times."""
    try:
        with av.open(str(path), metadata_errors="replace") as held:
            digests = {track.index: hashlib.blake2b() for track in held.streams}
            for packet in held.demux():
                digest = digests[packet.stream.index]
                digest.update(f"{packet.pts} {packet.dts} {packet.size} ".encode())
                digest.update(bytes(packet))
            return [
                (getattr(track.codec_context, "extradata", None) or b"", digest.hexdigest())
                for track, digest in zip(held.streams, digests.values(), strict=True)
            ]
    except av.FFmpegError as problem:
        raise BadInput(
            f"{named}: cannot be read ({problem.strerror}); truncated? fetch it again"
        ) from problem


def boxes(file: Path, data: Bytes, at: int, end: int, tree: Tree) -> Iterator[Edit]:
    while at + 8 <= end:
        size, name, heading = *struct.unpack(">I4s", data[at : at + 8]), 8
        if size == 1:
            size, heading = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        after, start = at + size if size else end, at + heading
        if not start <= after <= end:
            raise BadInput(f"{file}: damaged, or truncated, at byte {at}; fetch it again")
        inner = tree.get(name)
        if name not in tree:
            what = f"box {shown(name)}"
            yield Edit(at + 4, name if name in PADDING else b"free", what)
            yield blank(start, after, what)
        elif callable(inner):
            yield from inner(file, data, start, after)
        elif inner:
            yield from boxes(file, data, start, after, inner)
        at = after
    if at < end:
        yield blank(at, end, "bytes between boxes")
