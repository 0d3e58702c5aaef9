"""DICOM headers by an allow-list: what ``imaging.dicom`` reads, and nothing else.

Patient, dates, places, people, devices, free text, private groups, overlays, curves, the preamble
and who sent the file go, in sequences too (compare DICOM PS3.15, Annex E, whose profiles list what
goes instead). UIDs are made anew as hashes: that of a series of the old one, so that its files stay
together, that of a file of what is kept of it. The time of a picture counts from an hour before its
series began; where the file does not say when, that is the first of its pictures in the folder.
Pixels stay: what is burned into them is out of reach, and a file that says that it has such pixels
is refused.
"""

import hashlib
import math
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from tractable.contracts import BadInput
from tractable.imaging.dicom import header, is_dicom, quiet
from tractable.recordings.private.edits import Cleaned, edited
from tractable.recordings.private.pictures import jpeg_edits

Allowed = dict[str, Any]  # keyword -> None: the element stays; what its sequence may hold

METHOD = "Tractable: allow-list of elements"  # of DeidentificationMethod
MARK = {"PatientIdentityRemoved": "YES", "DeidentificationMethod": METHOD}
WRITER = UID("2.25.238571934051229471385203746158263940127"), "TRACTABLE"  # made up once

PALETTE = [f"{colour}PaletteColorLookupTable" for colour in ("Red", "Green", "Blue")]
GEOMETRY: Allowed = {
    "PixelMeasuresSequence": {"PixelSpacing": None},
    "PlaneOrientationSequence": {"ImageOrientationPatient": None},
    "PlanePositionSequence": {"ImagePositionPatient": None},
}
ALLOWED: Allowed = {
    **dict.fromkeys(("SOPClassUID", "SeriesInstanceUID", "SOPInstanceUID", "InstanceNumber")),
    **dict.fromkeys(("FrameTime", "CineRate", "TriggerTime", "AcquisitionTime")),
    **dict.fromkeys(("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient")),
    **GEOMETRY,
    "SharedFunctionalGroupsSequence": GEOMETRY,
    "PerFrameFunctionalGroupsSequence": GEOMETRY,
    **dict.fromkeys(
        ("NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PlanarConfiguration")
    ),
    **dict.fromkeys(("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")),
    **dict.fromkeys(("PhotometricInterpretation", "PixelData", "BurnedInAnnotation")),
    **dict.fromkeys(f"{name}{part}" for name in PALETTE for part in ("Data", "Descriptor")),
    **dict.fromkeys(("RescaleIntercept", "RescaleSlope")),
    "ModalityLUTSequence": {"LUTDescriptor": None, "LUTData": None},
    **dict.fromkeys(MARK),
}
TIME = r"\d{6}(\.\d{1,6})?"  # HHMMSS.ffffff
NUMBERS = {"DS", "IS", "US", "SS", "UL", "SL", "FD", "FL"}
BYTES = {"OB", "OW", "OB or OW"}
#: All that an element in words may say.
WORDS: dict[str, tuple[str, ...]] = {
    "PhotometricInterpretation": (
        *("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB"),
        *("YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420"),
    ),
    "BurnedInAnnotation": ("NO",),
    **{keyword: (value,) for keyword, value in MARK.items()},
}
SYNTAX = {"FileMetaInformationGroupLength", "FileMetaInformationVersion", "TransferSyntaxUID"}
SENDER = {
    *("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID"),
    *("ImplementationClassUID", "ImplementationVersionName"),
}
PEOPLE = ("PatientName", "PatientID", "PatientBirthDate", "OtherPatientIDs", "OtherPatientNames")
ORIGINS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")


def dicom(file: Path) -> Cleaned:
    """A DICOM file with nothing but pixels, geometry and timing.

    Raises
    ------
    BadInput : no DICOM file, one that says that a name is burned into its pixels or that overlays
        are, or an element that is kept and holds something else than it should.
    """
    data = header(file)
    with quiet():
        refuse_burned_in(file, data)
        held = [*outside(data), *beyond(data, ALLOWED)]
        ours = all(data.get(keyword) == value for keyword, value in MARK.items())
        if not ours:
            held += ["UIDs of the scanner"]
        anew = without_people(file, data)
    names = () if ours else tuple(names_of(data))
    return Cleaned(list(dict.fromkeys(held)), partial(write, anew), names)


def refuse_burned_in(file: Path, data: Dataset) -> None:
    if str(data.get("BurnedInAnnotation") or "").upper() == "YES":
        raise BadInput(
            f"{file}: BurnedInAnnotation is YES: a name may be burned into its pixels; export it "
            "without annotations, or blank them"
        )
    if any(data.get((group, 0x0102)) and data[group, 0x0102].value for group in overlays(data)):
        raise BadInput(
            f"{file}: an overlay lies in the unused bits of its pixels (OverlayBitPosition); "
            "export it without overlays"
        )


def overlays(data: Dataset) -> list[int]:
    """Groups that hold an overlay (DICOM PS3.3, C.9.2)."""
    return [group for group in range(0x6000, 0x6020, 2) if (group, 0x0010) in data]


def outside(data: Any) -> Iterator[str]:
    """What the file holds before its data set, of who wrote and sent it."""
    if any(data.preamble or b""):
        yield "preamble"
    meta = data.file_meta
    writer = meta.get("ImplementationClassUID"), meta.get("ImplementationVersionName")
    known = SYNTAX | SENDER if writer == WRITER else SYNTAX
    yield from (shown(element) for element in meta if element.keyword not in known)


def beyond(data: Dataset, allowed: Allowed) -> Iterator[str]:
    """Elements that are not on the list, in sequences too."""
    for element in data:
        if element.keyword not in allowed or element.tag.is_private:
            yield shown(element)
        elif allowed[element.keyword] and element.VR == "SQ":
            for item in element.value:
                yield from beyond(item, allowed[element.keyword])


def shown(element: DataElement) -> str:
    tag = f"({element.tag.group:04X},{element.tag.element:04X})"
    return f"{keyword_for_tag(element.tag)} {tag}".strip()


def without_people(file: Path, data: Any) -> Dataset:
    """The same pictures under new UIDs, with their geometry and timing."""
    kept = on_list(file, data, ALLOWED)
    for keyword, value in MARK.items():
        setattr(kept, keyword, value)
    if any(data.get(keyword) != value for keyword, value in MARK.items()):
        put_new_uids(file, kept, data)
    kept.file_meta = FileMetaDataset()
    kept.file_meta.TransferSyntaxUID = data.file_meta.TransferSyntaxUID
    kept.file_meta.MediaStorageSOPClassUID = kept.get("SOPClassUID", pydicom.uid.MRImageStorage)
    kept.file_meta.MediaStorageSOPInstanceUID = kept.SOPInstanceUID
    kept.file_meta.ImplementationClassUID, kept.file_meta.ImplementationVersionName = WRITER
    kept.SOPClassUID = kept.file_meta.MediaStorageSOPClassUID
    return kept


def put_new_uids(file: Path, kept: Dataset, data: Dataset) -> None:
    if "AcquisitionTime" in kept:
        began = str(data.get("SeriesTime") or "")
        if not re.fullmatch(TIME, began):
            first = first_times(file.parent, file.parent.stat().st_mtime_ns)
            began = first[str(data.get("SeriesInstanceUID", ""))]
        kept.AcquisitionTime = since(str(data.AcquisitionTime), began)
    if "SeriesInstanceUID" in kept:
        kept.SeriesInstanceUID = uid(str(data.SeriesInstanceUID).encode())
    kept.SOPInstanceUID = "2.25.0"
    kept.SOPInstanceUID = uid(kept.to_json().encode(), kept.PixelData)


def on_list(file: Path, data: Dataset, allowed: Allowed) -> Dataset:
    """The elements that may stay, each seen to hold what it should and no other text."""
    kept = Dataset()
    for element in data:
        keyword = element.keyword
        if keyword not in allowed or element.tag.is_private or element.is_empty:
            continue
        if allowed[keyword] is not None:
            items = [on_list(file, item, allowed[keyword]) for item in element.value]
            kept.add_new(element.tag, "SQ", items)
        elif keyword == "PixelData":
            kept.add_new(element.tag, element.VR, without_comments(element.value))
        elif not proper(element):
            raise BadInput(
                f"{file}: {shown(element)} holds {element.VR} {str(element.value)[:20]!r}"
                ", which it should not; correct it, or export the file again"
            )
        else:
            kept.add_new(element.tag, element.VR, element.value)
    return kept


def proper(element: DataElement) -> bool:
    """Whether an element on the list holds a number, bytes, a UID, or a word that it may say."""
    if element.keyword in WORDS:
        return element.value in WORDS[element.keyword]
    if element.VR == "UI":
        return element.keyword != "SOPClassUID" or not UID(element.value).is_private
    if element.VR == "TM":
        return re.fullmatch(TIME, str(element.value)) is not None
    if element.VR in NUMBERS:
        return all(map(is_number, element.value if element.VM > 1 else [element.value]))
    return element.VR in BYTES


def is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def without_comments(pixels: bytes) -> bytes:
    """Coded pixels without the comments that JPEG and JPEG 2000 allow."""
    for start in re.finditer(rb"\xfe\xff\x00\xe0(....)(?=\xff[\xd8\x4f])", pixels, re.DOTALL):
        end = start.end() + int.from_bytes(start[1], "little")
        coded = pixels[start.end() : end]
        pixels = pixels[: start.end()] + edited(coded, jpeg_edits(coded)) + pixels[end:]
    return pixels


@lru_cache(maxsize=4)
def first_times(folder: Path, changed: int) -> dict[str, str]:
    """Series -> the earliest AcquisitionTime of its files in a folder, as it now is."""
    first: dict[str, str] = {}
    for file in filter(is_dicom, sorted(path for path in folder.iterdir() if path.is_file())):
        data = pydicom.dcmread(file, stop_before_pixels=True)
        time, series = (
            str(data.get("AcquisitionTime") or ""),
            str(data.get("SeriesInstanceUID", "")),
        )
        if re.fullmatch(TIME, time):
            first[series] = min(time, first.get(series, time), key=microseconds)
    return first


def since(time: str, began: str) -> str:
    """A time of day [HHMMSS.ffffff] from an hour before a series began, past midnight too."""
    passed = (microseconds(time) - microseconds(began) + 3_600_000_000) % 86_400_000_000
    seconds, fraction = divmod(passed, 1_000_000)
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}.{fraction:06d}"


def microseconds(time: str) -> int:
    whole, _, fraction = time.partition(".")
    seconds = 3600 * int(whole[:2]) + 60 * int(whole[2:4]) + int(whole[4:])
    return 1_000_000 * seconds + int(f"{fraction:0<6}"[:6])


def uid(*parts: bytes) -> UID:
    """A UID that is a hash, under the root that anybody may use (DICOM PS3.5, B.2)."""
    digest = hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()
    return UID(f"2.25.{int.from_bytes(digest, 'big')}")


def names_of(data: Dataset) -> Iterator[str]:
    """Words and numbers by which a person or a session may be told."""
    for keyword in PEOPLE:
        for part in re.split(r"[\W_]+", str(data.get(keyword) or "")):
            if len(part) > 2:
                yield part
    yield from (str(data.get(keyword)) for keyword in ORIGINS if data.get(keyword))


def write(data: Dataset, target: Path) -> None:
    data.save_as(target, enforce_file_format=True)
