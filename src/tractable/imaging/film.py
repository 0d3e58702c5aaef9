"""Pictures of one clip from whatever a laboratory has: video, DICOM, image files, arrays."""

from pathlib import Path

from tractable.contracts import BadInput
from tractable.imaging.dicom import is_dicom, read_dicom
from tractable.imaging.pictures import Film, read_array, read_pictures
from tractable.imaging.video import read_silent

PICTURES = {".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"}
DICOM = {".dcm", ".ima"}


def read_film(path: Path, *, slice_number: int | None = None) -> Film:
    """The frames of a file or folder, and the calibration that it holds.

    Parameters
    ----------
    path : a video; a DICOM file; a multi-page TIFF or one image; a ``.npy`` (time, y, x); a folder
        of single-frame DICOM files, or of images in the order of the numbers in their names.
    slice_number : which slice of a DICOM series to take, from 1.

    Raises
    ------
    BadInput : nothing there that can be read; it names the file and says what to try.
    """
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    files = members(path)
    medical = [file for file in files if is_dicom(file)]
    strange = [file for file in files if file.suffix.lower() in DICOM and file not in medical]
    if strange:
        raise BadInput(f"{strange[0]}: is no DICOM file, by its first bytes; export it again")
    if medical:
        return read_dicom(medical, slice_number)
    if slice_number is not None:
        raise BadInput(f"{path}: --slice {slice_number}, but only DICOM files have slices")
    images = [file for file in files if file.suffix.lower() in PICTURES]
    if images:
        return read_pictures(images)
    if path.is_dir():
        raise BadInput(f"{path}: holds no DICOM file and none of {', '.join(sorted(PICTURES))}")
    if path.suffix.lower() == ".npy":
        return read_array(path)
    return read_silent(path)


def members(path: Path) -> list[Path]:
    """The file itself, or what a folder holds but for hidden files and a DICOM index."""
    if path.is_file():
        return [path]
    files = sorted(file for file in path.iterdir() if file.is_file())
    return [file for file in files if file.name[0] != "." and file.name.upper() != "DICOMDIR"]
