"""Stacks of pictures: image files, multi-page TIFF, arrays; frames that stay on disk."""

import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image, ImageSequence

from tractable.contracts import BadInput


class Reel:
    """Frames on disk, asked for as of an array: only what is asked for takes memory."""

    def __init__(self, mapped: Callable[[], np.ndarray]) -> None:
        self.mapped = mapped  # the whole file, until the mapping is let go
        self.shape, self.dtype = mapped().shape, mapped().dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        return np.array(self.mapped()[index])


Frames = Shaped[np.ndarray | Reel, "time y x"]


class Film(NamedTuple):
    """Frames of a clip, and what its files say of them."""

    frames: Shaped[Reel, "time y x"]  # grey
    pixel_spacing: float | None  # m; None: they do not say
    frame_rate: float | None  # Hz; None: they do not say


class Spool:
    """What does not fit into memory, laid end to end in a file without a name.

    It lies where the system keeps temporary files (TMPDIR) and goes with the process.

    Parameters
    ----------
    unit : what an item is called, of which each must be of one size and type.
    """

    def __init__(self, unit: str) -> None:
        self.unit, self.count = unit, 0
        self.kind: tuple[np.dtype, tuple[int, ...]] | None = None
        self.file = TemporaryFile(buffering=0)  # noqa: SIM115 (is closed with this)
        finalize(self, self.file.close)

    def append(self, items: Shaped[np.ndarray, "_item ..."]) -> None:
        """Put some after those that are there.

        Raises
        ------
        BadInput : of another size or type than the first, or no space is left there.
        """
        self.kind = self.kind or (items.dtype, items.shape[1:])
        if (items.dtype, items.shape[1:]) != self.kind:
            is_now = f"{items.dtype} of {sized(items[0])}"
            raise BadInput(f"{self.unit} {self.count}: {is_now}, but the first is another")
        left = np.ascontiguousarray(items).data.cast("B") if items.size else b""
        try:
            while left:
                left = left[self.file.write(left) :]
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            message = f"no space left for {self.unit} {self.count}; TMPDIR names another folder"
            raise BadInput(f"{gettempdir()}: {message}") from problem
        self.count += len(items)

    def mapped(self) -> np.ndarray:
        if self.kind is None:
            raise BadInput(f"no {self.unit} in it")
        return np.memmap(self.file, self.kind[0], "r", shape=(self.count, *self.kind[1]))


def put_on_disk(frames: Iterable[Shaped[np.ndarray, "y x"]]) -> Reel:
    """Frames of one size and type, one after another in a ``Spool``.

    Raises
    ------
    BadInput : no frame, one of another size or type than the first, or no space is left there.
    """
    spool = Spool("frame")
    for frame in frames:
        spool.append(frame[None])
    return Reel(spool.mapped)


def read_pictures(files: list[Path]) -> Film:
    """Frames of image files in the order of the numbers in their names, pages in their own.

    Raises
    ------
    BadInput : a file that cannot be read, or of another size or type than the first.
    """
    every = ((file, page) for file in sorted(files, key=natural) for page in pages(file))
    return Film(put_on_disk(alike(every)), None, None)


def alike(
    pictures: Iterable[tuple[Path, Shaped[np.ndarray, "y x"]]],
) -> Iterator[Shaped[np.ndarray, "y x"]]:
    """Pictures as they come, the first that is unlike the one before it refused."""
    before = None
    for file, picture in pictures:
        if before is not None and picture.shape != before.shape:
            raise BadInput(f"{file}: {sized(picture)}, but the frames before it {sized(before)}")
        if before is not None and picture.dtype != before.dtype:
            raise BadInput(f"{file}: {picture.dtype}, but the frames before it {before.dtype}")
        yield picture
        before = picture


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
    mapped = partial(np.load, file, mmap_mode="r", allow_pickle=False)
    frames = loaded(file, mapped)
    if not isinstance(frames, np.ndarray) or frames.ndim != 3:
        shape = getattr(frames, "shape", "none")
        raise BadInput(
            f"{file}: array of shape {shape}, expected (time, y, x): one slice, colour averaged, "
            "a single frame as frames[None]"
        )
    return Film(Reel(mapped), None, None)


def read_arrays(files: list[Path]) -> Film:
    """Frames of ``.npy`` files of one each, in the order of the numbers in their names.

    Raises
    ------
    BadInput : no array, one that is not (y, x), or one of another size or type than the first.
    """
    return Film(
        put_on_disk(alike((file, one(file)) for file in sorted(files, key=natural))), None, None
    )


def one(file: Path) -> Shaped[np.ndarray, "y x"]:
    frame = loaded(file, partial(np.load, file, allow_pickle=False))
    if not isinstance(frame, np.ndarray) or frame.squeeze().ndim != 2:
        shape = getattr(frame, "shape", "none")
        raise BadInput(f"{file}: array of shape {shape}, expected one frame (y, x)")
    return frame.squeeze()


def loaded(file: Path, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (OSError, ValueError, EOFError) as problem:
        message = f"{file}: cannot be read as an array ({problem}); write it with numpy.save"
        raise BadInput(message) from problem


def grey_levels(frames: Frames, white: float) -> UInt8[np.ndarray, "time y x"]:
    """Frames in 256 grey levels; those that have no more stay as they are.

    Others are scaled as one: 0 is black, and so is what is less; white is the level that ``white``
    of the pixels of the clip do not pass. Magnitudes of MRI have no unit, and a few bright pixels
    (vessels, fat at a coil) would otherwise make all else dark.

    Raises
    ------
    BadInput : values that are not finite, or not one above 0.
    """
    values = frames[:]
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values).all((1, 2)))[0])
        raise BadInput(f"frame {bad}: values that are not finite; reconstruct it again")
    level = np.quantile(values, white).astype(np.float32)
    if not level > 0:
        raise BadInput(
            f"{white:.4g} of its pixels are not above 0: all black? magnitudes are expected; see "
            "params.yaml: recordings: white"
        )
    scaled = (np.rint(np.clip(frame / level * 255, 0, 255)) for frame in values)
    return np.stack([frame.astype(np.uint8) for frame in scaled])


def numbers(files: Iterable[Path]) -> dict[int, Path]:
    """Files by the last number in their names; those without one are left out."""
    found = ((re.findall(r"\d+", file.stem), file) for file in files)
    return {int(parts[-1]): file for parts, file in found if parts}


def refuse_gaps(numbered: Mapping[int, Path], first: int | None = None) -> None:
    """Refuse numbered frames among which one is missing, by which time would be lost.

    Parameters
    ----------
    first : number of the first; None: any.
    """
    there = sorted(numbered)
    before = there[:1] if first is None else [first - 1]
    for last, number in pairwise([*before, *there]):
        if number > last + 1:
            raise BadInput(
                f"{numbered[number]}: number {number}, but there is no {last + 1}: a frame is "
                "missing, and time would be lost; fetch it"
            )
