"""Stacks of pictures: image files, multi-page TIFF, arrays."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped
from PIL import Image, ImageSequence

from tractable.contracts import BadInput


class Film(NamedTuple):
    """Frames of a clip, and what its files say of them."""

    frames: Shaped[np.ndarray, "time y x"]  # grey
    pixel_spacing: float | None  # m; None: they do not say
    frame_rate: float | None  # Hz; None: they do not say


def read_pictures(files: list[Path]) -> Film:
    """Frames of image files in the order of the numbers in their names, pages in their own.

    Raises
    ------
    BadInput : a file that cannot be read, or of another size than the first.
    """
    frames: list[np.ndarray] = []
    for file in sorted(files, key=natural):
        for page in pages(file):
            if frames and page.shape != frames[0].shape:
                raise BadInput(
                    f"{file}: {sized(page)}, but the frames before it {sized(frames[0])}"
                )
            frames.append(page)
    return Film(np.stack(frames), None, None)


def natural(file: Path) -> list[tuple[int, str]]:
    """Order of names in which 2 comes before 10."""
    parts = re.split(r"(\d+)", file.name.lower())
    return [(int(part) if k % 2 else 0, "" if k % 2 else part) for k, part in enumerate(parts)]


def pages(file: Path) -> Iterator[Shaped[np.ndarray, "y x"]]:
    """Every picture of an image file, grey."""
    try:
        with Image.open(file) as image:
            for page in ImageSequence.Iterator(image):
                yield grey_page(page)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        message = f"{file}: cannot be read as an image ({problem}); fetch or export it again"
        raise BadInput(message) from problem


def grey_page(page: Image.Image) -> Shaped[np.ndarray, "y x"]:
    if page.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
        page = page.convert("RGB")
    if page.mode in ("1", "LA"):
        page = page.convert("L")
    return grey(np.asarray(page))


def grey(picture: np.ndarray) -> Shaped[np.ndarray, "*time y x"]:
    """Colour averaged over its channels, a fourth (opacity) left out; in the type of the input."""
    if picture.ndim < 3 or picture.shape[-1] not in (3, 4):
        return picture
    return np.rint(picture[..., :3].mean(-1)).astype(picture.dtype)


def sized(frame: Shaped[np.ndarray, "y x"]) -> str:
    return f"{frame.shape[0]} x {frame.shape[1]} pixels"


def read_array(file: Path) -> Film:
    """Frames of a ``.npy`` file, which stay on disk until they are used.

    Raises
    ------
    BadInput : no array, or one that is not (time, y, x).
    """
    try:
        frames = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as problem:
        message = f"{file}: cannot be read as an array ({problem}); write it with numpy.save"
        raise BadInput(message) from problem
    if not isinstance(frames, np.ndarray) or frames.ndim != 3:
        shape = getattr(frames, "shape", "none")
        raise BadInput(
            f"{file}: array of shape {shape}, expected (time, y, x): one slice, colour averaged, "
            "a single frame as frames[None]"
        )
    return Film(frames, None, None)
