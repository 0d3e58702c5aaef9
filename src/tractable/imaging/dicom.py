"""Clips in DICOM: one file of many frames, or many files of one; one slice of them.

What a file says is believed: its pixel spacing, its frame rate, and that a slice is sagittal.
Attributes are named as in the standard (DICOM PS3.6).
"""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
from jaxtyping import Float, Integer, Shaped
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_color_lut, apply_rescale, iter_pixels

from tractable.contracts import BadInput
from tractable.imaging.pictures import Film, grey, put_on_disk, sized

SQUARE = 0.01  #: relative difference of the sides of a pixel that is none
ACROSS = {0: "sagittal", 1: "coronal", 2: "axial"}  #: axis of the patient along a slice's normal
EVEN = 0.5e-3  #: neighbouring positions closer than this are of one slice [m]


class Shot(NamedTuple):
    """One frame and what its file says of it."""

    file: Path
    number: int  # within the file, from 1
    picture: Shaped[np.ndarray, "y x"]
    spacing: tuple[float, float] | None  # m, down and across
    plane: Float[np.ndarray, "axis=3"] | None  # normal of the slice
    depth: float | None  # of the slice along its normal [m]
    time: float | None  # s since midnight or trigger


def is_dicom(file: Path) -> bool:
    """Whether the file begins as DICOM files do."""
    with file.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def read_dicom(files: list[Path], slice_number: int | None) -> Film:
    """Grey frames of one slice, in the order in which they were taken.

    Raises
    ------
    BadInput : files of several series, sizes or slices, a slice that is not sagittal, pixels that
        are not square, or a picture that cannot be decoded.
    """
    headers = in_order({file: header(file) for file in files})
    with quiet():
        shots = [shot for file, data in headers.items() for shot in shots_of(file, data)]
    shots = one_slice(shots, slice_number)
    refuse_mixture(shots)
    refuse_other_plane(shots[0])
    kind = np.result_type(*{shot.picture.dtype for shot in shots})  # some may be rescaled
    frames = put_on_disk(shot.picture.astype(kind) for shot in shots)
    return Film(frames, pixel_side(shots[0]), frame_rate(list(headers.values()), shots))


def header(file: Path) -> pydicom.Dataset:
    try:
        with quiet():
            data = pydicom.dcmread(file)
    except (InvalidDicomError, OSError, EOFError, ValueError) as problem:
        message = f"{file}: cannot be read as DICOM ({problem}); export it again"
        raise BadInput(message) from problem
    if "PixelData" not in data:
        raise BadInput(f"{file}: a DICOM file without pictures; truncated? export it again")
    return data


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, what the library finds odd but can read is not said."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def in_order(headers: dict[Path, pydicom.Dataset]) -> dict[Path, pydicom.Dataset]:
    """Files of one series by their InstanceNumber."""
    if len(headers) == 1:
        return headers
    series = {str(data.get("SeriesInstanceUID", "")) for data in headers.values()}
    folder = next(iter(headers)).parent
    if len(series) > 1:
        raise BadInput(f"{folder}: holds {len(series)} DICOM series; put each in its own folder")
    known: dict[int, Path] = {}
    for file, data in headers.items():
        number = data.get("InstanceNumber")
        if number is None:
            raise BadInput(f"{file}: has no InstanceNumber, so its place in time is unknown")
        if int(number) in known:
            raise BadInput(f"{file}: InstanceNumber {number}, as {known[int(number)].name} has")
        known[int(number)] = file
    return {known[number]: headers[known[number]] for number in sorted(known)}


def instance_numbers(files: Iterable[Path]) -> dict[int, Path]:
    """Files by their InstanceNumber; those without one are left out."""
    with quiet():
        heads = {file: pydicom.dcmread(file, stop_before_pixels=True) for file in files}
    return {
        int(data.InstanceNumber): file
        for file, data in heads.items()
        if data.get("InstanceNumber") is not None
    }


def shots_of(file: Path, data: pydicom.Dataset) -> Iterator[Shot]:
    """The frames of one file."""
    for k, picture in enumerate(pictures(file, data)):
        spacing = attribute(data, k, "PixelMeasuresSequence", "PixelSpacing")
        plane, depth = placed(data, k)
        yield Shot(
            file=file,
            number=k + 1,
            picture=picture,
            spacing=None if spacing is None else (spacing[0] / 1000, spacing[1] / 1000),
            plane=plane,
            depth=depth,
            time=taken(data),
        )


def pictures(file: Path, data: pydicom.Dataset) -> Iterator[Shaped[np.ndarray, "y x"]]:
    """Grey pictures, brighter where more was received."""
    count, k = int(data.get("NumberOfFrames") or 1), 0
    means = data.get("PhotometricInterpretation")
    largest = 2 ** int(data.get("BitsStored", 16)) - 1
    try:
        for picture in iter_pixels(data):
            k += 1
            if means == "PALETTE COLOR":
                picture = apply_color_lut(picture, data)
            if means == "MONOCHROME1":
                picture = largest - picture
            yield apply_rescale(grey(picture), data)
    except Exception as problem:  # decoders raise what they like
        reason = " ".join(str(problem).split())
        message = f"{file}: frame {k + 1} of {count} cannot be decoded ({reason}); export it again"
        raise BadInput(f"{message}, uncompressed if need be") from problem


def attribute(data: pydicom.Dataset, frame: int, group: str, name: str) -> Any:
    """An attribute of a frame, wherever the standard lets it stand; None: nowhere."""
    for holder, index in (
        ("PerFrameFunctionalGroupsSequence", frame),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        groups = data.get(holder) or []
        if index < len(groups):
            for item in groups[index].get(group) or []:
                if item.get(name) is not None:
                    return item.get(name)
    return data.get(name)


def placed(
    data: pydicom.Dataset, frame: int
) -> tuple[Float[np.ndarray, "axis=3"] | None, float | None]:
    """Normal of a frame's slice in axes of the patient, and its place along it [m]."""
    axes = attribute(data, frame, "PlaneOrientationSequence", "ImageOrientationPatient")
    corner = attribute(data, frame, "PlanePositionSequence", "ImagePositionPatient")
    if axes is None or len(axes) != 6:
        return None, None
    along = np.array(axes, float).reshape(2, 3)
    normal = np.cross(along[0], along[1])
    if corner is None or len(corner) != 3:
        return normal, None
    return normal, float(normal @ np.array(corner, float)) / 1000


def taken(data: pydicom.Dataset) -> float | None:
    """When a file's picture was taken [s]; only differences mean anything."""
    if data.get("TriggerTime") is not None:
        return float(data.TriggerTime) / 1000
    clock = str(data.get("AcquisitionTime") or "")  # HHMMSS.ffffff
    if len(clock) < 6 or not clock[:6].isdigit():
        return None
    return 3600 * int(clock[:2]) + 60 * int(clock[2:4]) + float(clock[4:])


def one_slice(shots: list[Shot], number: int | None) -> list[Shot]:
    """The frames of the slice asked for, where there are several."""
    slices = slice_of(np.array([shot.depth or 0.0 for shot in shots]))
    count, path = slices.max(), shots[0].file
    if number is None and count > 1:
        raise BadInput(
            f"{path if len({s.file for s in shots}) == 1 else path.parent}: holds {count} slices "
            f"of {len(shots) // count} frames, expected one; choose the midsagittal slice, "
            f"--slice 1 to --slice {count}"
        )
    if number is not None and not 1 <= number <= count:
        raise BadInput(f"{path}: --slice {number}, but there are slices 1 to {count}")
    return [shot for shot, its in zip(shots, slices, strict=True) if its == (number or 1)]


def slice_of(depth: Float[np.ndarray, " shot"]) -> Integer[np.ndarray, " shot"]:
    """Number of each shot's slice, from 1: a new one begins where no shot lies for ``EVEN``."""
    order = np.argsort(depth, kind="stable")
    number = np.empty(len(depth), int)
    number[order] = 1 + np.cumsum(np.diff(depth[order], prepend=depth[order[0]]) > EVEN)
    return number


def refuse_mixture(shots: Iterable[Shot]) -> None:
    first, *others = shots
    for shot in others:
        where = f"{shot.file}: frame {shot.number}"
        if shot.picture.shape != first.picture.shape:
            raise BadInput(
                f"{where} has {sized(shot.picture)}, the first {sized(first.picture)}; "
                "put one series into a folder"
            )
        if shot.spacing != first.spacing:
            raise BadInput(f"{where} has another pixel spacing than the first frame")


def refuse_other_plane(shot: Shot) -> None:
    """A file that says it shows no sagittal slice is believed."""
    if shot.plane is None:
        return
    plane = ACROSS[int(np.abs(shot.plane).argmax())]
    if plane != "sagittal":
        raise BadInput(
            f"{shot.file}: its slice is {plane} (ImageOrientationPatient), "
            "expected a midsagittal one"
        )


def pixel_side(shot: Shot) -> float | None:
    """Side of a square pixel [m]; None: the file does not say."""
    if shot.spacing is None:
        return None
    down, across = shot.spacing
    if abs(down - across) > SQUARE * max(down, across):
        raise BadInput(
            f"{shot.file}: pixels of {1000 * down:.4g} x {1000 * across:.4g} mm, expected square "
            "ones; resample the frames first"
        )
    return down


def frame_rate(headers: list[pydicom.Dataset], shots: list[Shot]) -> float | None:
    """Of FrameTime, CineRate, or the times at which the frames were taken [Hz]; None: of none."""
    first, whole = headers[0], sum(int(of.get("NumberOfFrames") or 1) for of in headers)
    if whole > len(shots):  # one slice of several: the period is that of all of them
        first = pydicom.Dataset()
    if first.get("FrameTime"):
        return 1000 / float(first.FrameTime)
    if first.get("CineRate"):
        return float(first.CineRate)
    times = [shot.time for shot in shots if shot.time is not None]
    steps = np.diff(times)
    if len(headers) < 2 or len(times) < len(shots) or len(steps) == 0 or steps.min() <= 0:
        return None
    return float(1 / np.median(steps))
