"""Image files: PNG, JPEG (also JPEG 2000, and inside DICOM), TIFF, BMP, blanked in place."""

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.private.edits import Bytes, Cleaned, Edit, blank, in_place

PNG = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sBIT", b"acTL", b"fcTL", b"fdAT"}
EMPTY = b"spAc"  # a chunk that every reader of PNG passes over

#: What describes the pixels of a TIFF, and where they lie; no text.
TIFF = {
    *(254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284),
    *(296, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339, 347, 530, 531, 532),
}
WIDTH = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
}  # bytes, by type
PLACES, SIZES = (273, 324), (279, 325)  # of strips, of tiles


def png(file: Path) -> Cleaned:
    """Pixels and palette are kept; text, dates, EXIF, profiles go."""
    return in_place(file, png_edits)


def png_edits(data: Bytes) -> Iterator[Edit]:
    at = 8
    while at + 12 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        after = min(at + 12 + size, len(data))
        if name not in PNG:
            new = EMPTY + bytes(max(0, after - at - 12))
            new += struct.pack(">I", zlib.crc32(new))
            yield Edit(at + 4, new, f"chunk {name.decode('latin-1')}")
        at = after
        if name == b"IEND":
            break
    if at < len(data):
        yield blank(at, len(data), "bytes after the end")


def jpeg(file: Path) -> Cleaned:
    """What decodes the picture is kept; EXIF, comments, and all else in APPn go."""
    return in_place(file, jpeg_edits)


def jpeg_edits(data: Bytes) -> Iterator[Edit]:
    """Of a JPEG or a JPEG 2000 code stream, or of the beginning of one."""
    at, comment = 2, b"\x64" if data[:2] == b"\xff\x4f" else b"\xfe"
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, start = data[at + 1 : at + 2], at + 4
        if marker in (b"\xd9", b"\x90"):  # the end; or tiles of JPEG 2000, to the end
            break
        after = at + 2 + int.from_bytes(data[at + 2 : start], "big")
        known = data[start : start + 5] in (b"JFIF\0", b"Adobe")
        if marker == comment or (0xE0 <= marker[0] <= 0xEF and comment == b"\xfe" and not known):
            yield blank(start, min(after, len(data)), f"segment {marker.hex().upper()}")
        at = coded(data, after) if marker == b"\xda" else after
    if data[at : at + 2] == b"\xff\xd9" and any(data[at + 2 :]):
        yield blank(at + 2, len(data), "bytes after the end")


def coded(data: Bytes, at: int) -> int:
    """Where the coded pixels that begin here end."""
    while (at := data.find(b"\xff", at)) >= 0:
        if data[at + 1 : at + 2] not in (b"\0", *(bytes([0xD0 + k]) for k in range(8)), b"\xff"):
            return at
        at += 1
    return len(data)


def tiff(file: Path) -> Cleaned:
    """Pixels, and the tags that describe them, are kept; every other byte becomes 0.

    Raises
    ------
    BadInput : a BigTIFF, or a damaged file.
    """
    return in_place(file, lambda data: tiff_edits(file, data))


def tiff_edits(file: Path, data: Bytes) -> Iterator[Edit]:
    order = "<" if data[:2] == b"II" else ">"
    try:
        if struct.unpack(order + "H", data[2:4]) != (42,):
            raise BadInput(f"{file}: a BigTIFF; save it as plain TIFF, or as .npy")
        kept, at = [(0, 8)], struct.unpack(order + "I", data[4:8])[0]
        while at:
            edits, ranges, at = directory(data, order, at)
            yield from edits
            kept += ranges
    except (struct.error, KeyError) as problem:
        raise BadInput(f"{file}: a damaged TIFF; export it again") from problem
    for (_, before), (after, _) in pairwise(sorted([*kept, (len(data), len(data))])):
        if before < after:
            yield blank(before, after, "bytes that no picture needs")


def directory(data: Bytes, order: str, at: int) -> tuple[list[Edit], list[tuple[int, int]], int]:
    """Of one picture: its table with the tags that stay, the bytes that it needs, the next."""
    (count,) = struct.unpack(order + "H", data[at : at + 2])
    end = at + 2 + 12 * count + 4
    entries = [data[at + 2 + 12 * k : at + 14 + 12 * k] for k in range(count)]
    stay = [entry for entry in entries if struct.unpack(order + "H", entry[:2])[0] in TIFF]
    ranges, values = [(at, end)], {}
    for entry in stay:
        tag, kind, number = struct.unpack(order + "HHI", entry[:8])
        size = number * WIDTH[kind]
        (place,) = struct.unpack(order + "I", entry[8:])
        if size > 4:
            ranges.append((place, place + size))
        raw = data[place : place + size] if size > 4 else entry[8 : 8 + size]
        if tag in (*PLACES, *SIZES):
            values[tag] = struct.unpack(f"{order}{number}{'H' if kind == 3 else 'I'}", raw)
    for places, sizes in zip(PLACES, SIZES, strict=True):
        pairs = zip(values.get(places, ()), values.get(sizes, ()), strict=True)
        ranges += [(place, place + size) for place, size in pairs]
    following = data[end - 4 : end]
    table = struct.pack(order + "H", len(stay)) + b"".join(stay) + following
    new = table + bytes(end - at - len(table))
    (after,) = struct.unpack(order + "I", following)
    return [Edit(at, new, "tags that describe no pixel")], ranges, after


def bmp(file: Path) -> Cleaned:
    """Header and pixels are kept; nothing else has a place in a bitmap.

    Raises
    ------
    BadInput : a bitmap of the 1980s, or a damaged one.
    """
    with file.open("rb") as stream:
        heading = stream.read(54)
    if len(heading) < 54 or heading[14] < 40:
        raise BadInput(f"{file}: a damaged bitmap, or of a kind that is unknown; save it as PNG")
    return in_place(file, bmp_edits)


def bmp_edits(data: Bytes) -> Iterator[Edit]:
    offset, heading, width, height, _, depth = struct.unpack("<IIiiHH", data[10:30])
    end = offset + (width * depth + 31) // 32 * 4 * abs(height)
    if heading > 40:
        yield blank(14 + 40 + 16, 14 + heading, "fields of the header that describe no pixel")
    if end < len(data):
        yield blank(end, len(data), "bytes after the end")
