"""Pictures of one clip from whatever a laboratory has: video, DICOM, image files, arrays."""

from pathlib import Path

from tractable.contracts import BadInput
from tractable.imaging.dicom import is_dicom, read_dicom
from tractable.imaging.pictures import Film, read_array, read_arrays, read_pictures
from tractable.imaging.video import read_silent

PICTURES = {".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"}
ARRAYS = {".npy"}
DICOM = {".dcm", ".ima"}


def read_film(path: Path, *, slice_number: int | None = None) -> Film:
    """The frames of a file or folder, and the calibration that it holds.

    Parameters
    ----------
    path : a video; a DICOM file; a multi-page TIFF or one image; a ``.npy`` (time, y, x); a folder
        of single-frame DICOM files, or of images or ``.npy`` (y, x) in the order of the numbers in
        their names.
    slice_number : which slice of a DICOM series to take, from 1.

    Raises
    ------
    BadInput : nothing there that can be read; it names the file and says what to try.
    """
    files = picture_files(path)
    if is_dicom(files[0]):
        return read_dicom(files, slice_number)
    if slice_number is not None:
        raise BadInput(f"{path}: --slice {slice_number}, but only DICOM files have slices")
    if files[0].suffix.lower() in PICTURES:
        return read_pictures(files)
    if path.is_dir():
        return read_arrays(files)
    if path.suffix.lower() == ".npy":
        return read_array(path)
    return read_silent(path)


def picture_files(path: Path) -> list[Path]:
    """The files that ``read_film`` reads of a path, of one kind: DICOM, images, arrays, or itself.

    Raises
    ------
    BadInput : nothing there, none of these in the folder, or a DICOM file that is none.
    """
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    files = members(path)
    medical = [file for file in files if is_dicom(file)]
    strange = [file for file in files if file.suffix.lower() in DICOM and file not in medical]
    if strange:
        raise BadInput(f"{strange[0]}: is no DICOM file, by its first bytes; export it again")
    if medical or path.is_file():
        return medical or files
    for kind in (PICTURES, ARRAYS):
        if found := [file for file in files if file.suffix.lower() in kind]:
            return found
    known = ", ".join(sorted(PICTURES | ARRAYS))
    raise BadInput(f"{path}: holds no DICOM file and none of {known}")


def is_video(path: Path) -> bool:
    """Whether ``read_film`` takes it for a video, if it is there."""
    if path.is_dir() or path.suffix.lower() in PICTURES | ARRAYS | DICOM:
        return False
    return not (path.is_file() and is_dicom(path))


def members(path: Path) -> list[Path]:
    """The file itself, or what a folder holds but for hidden files and a DICOM index."""
    if path.is_file():
        return [path]
    files = sorted(file for file in path.iterdir() if file.is_file())
    return [file for file in files if file.name[0] != "." and file.name.upper() != "DICOMDIR"]
