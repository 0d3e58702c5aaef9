"""What models are given: frames of speakers, and windows of them that are cut when they are wanted.

Frames are held once, however wide a window is. Where those of a corpus take more than
``TRACTABLE_MEMORY`` (see ``tractable.stretches``), they stay in their stores, and what is asked for
is read. No byte depends on it.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tractable.contracts import BadInput
from tractable.store import ROOT, remedy
from tractable.stretches import CHUNK, memory

Array = np.ndarray
Change = Callable[[Tensor], Tensor]
Rows = Tensor | slice  # numbers of rows, or whether each is wanted

#: Columns that a processor sums side by side, or a multiple of them: who is given so many, from a
#: multiple of them on, finds the sums of who is given all.
ABREAST = 32


class Frames(ABC):
    """What is given of every frame of one speaker, in memory or not."""

    features: int
    mark: bytes  # tells these frames from others

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, frames: Int[Array, " some"]) -> Float[Array, "some feature"]: ...

    @cached_property
    def wanting(self) -> tuple[Bool[Array, " time"], Bool[Array, " time"]]:
        """Whether a frame has something that is no number, or that is infinite."""
        nan, infinite = np.zeros((2, len(self)), bool)
        for part in portions(len(self)):
            values = self[np.arange(part.start, part.stop)]
            nan[part], infinite[part] = np.isnan(values).any(1), np.isinf(values).any(1)
        return nan, infinite


class Held(Frames):
    """Frames in memory."""

    def __init__(self, values: Float[Array, "time feature"], mark: bytes | None = None):
        self.values, self.features = values, values.shape[1]
        self.mark = hashlib.blake2b(values.tobytes()).digest() if mark is None else mark

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, frames: Int[Array, " some"]) -> Float[Array, "some feature"]:
        return self.values[frames]


class Store(NamedTuple):
    """A store, and its files as they were before it was checked and opened.

    What is read later may be read of others: a missing file would read as zeros without a word.
    """

    path: Path
    files: frozenset[tuple[str, int, int]]

    @classmethod
    def found(cls, path: Path) -> "Store":
        return cls(path, files_of(path))

    @property
    def mark(self) -> bytes:
        """What tells it from others: its root lists the digests of all other files."""
        return hashlib.blake2b((self.path / ROOT).read_bytes()).digest()

    def refuse_changed(self) -> None:
        """Say so where what has been read since it was opened may be wrong.

        Raises
        ------
        BadInput : a file is not what it was.
        """
        if wrong := sorted(self.files ^ files_of(self.path)):
            file = wrong[0][0]
            raise BadInput(f"{file}: missing or changed since it was opened; {remedy(self.path)}")


def files_of(path: Path) -> frozenset[tuple[str, int, int]]:
    """Files of the variables of a store: name, bytes, and when it was written."""
    found = [(str(file), file.stat()) for file in path.glob("*/*")]
    return frozenset((name, about.st_size, about.st_mtime_ns) for name, about in found)


class Stored(Frames):
    """Frames that are read from their store when they are asked for, its every chunk once."""

    def __init__(
        self,
        store: Store,
        data: xr.Dataset,
        draw: Callable[[xr.Dataset], Float[Array, "time feature"]],
        features: int,
    ):
        """
        Parameters
        ----------
        data : what is in the store, as :func:`tractable.store.load` opens it.
        draw : makes features of some of its frames, of each whatever the others are.
        features : that are drawn.
        """
        self.store, self.draw, self.features = store, draw, features
        number = np.arange(data.sizes["time"])
        self.data = data.reset_coords(drop=True).assign_coords(number=("time", number))
        self.mark = store.mark

    def __len__(self) -> int:
        return self.data.sizes["time"]

    def __getitem__(self, frames: Int[Array, " some"]) -> Float[Array, "some feature"]:
        wanted, place = np.unique(frames, return_inverse=True)
        found = self.read(wanted)
        return found if np.array_equal(wanted, frames) else found[place]

    def read(self, frames: Int[Array, " some"]) -> Float[Array, "some feature"]:
        """Features of some frames, in the order of time.

        Raises
        ------
        BadInput : the store cannot be read, or is not what it was when it was opened.
        """
        try:
            packed = self.data.isel(time=frames).load()
        except Exception as problem:
            self.store.refuse_changed()
            raise BadInput(
                f"{self.store.path}: cannot be read ({type(problem).__name__}: {problem}); "
                f"{remedy(self.store.path)}"
            ) from problem
        self.store.refuse_changed()
        values = np.empty((len(frames), self.features))
        for part in portions(len(frames)):
            values[part] = self.draw(packed.isel(time=part))
        return values


def portions(count: int, most: int = CHUNK) -> Iterator[slice]:
    """``count`` frames, ``most`` at a time."""
    yield from (slice(k, min(k + most, count)) for k in range(0, count, most))


class Film:
    """Frames of one speaker, clip after clip, each seen with ``context`` on either side."""

    def __init__(self, frames: Frames, clip_of: Int[Array, " time"], context: int):
        self.frames, self.context = frames, context
        self.first = np.searchsorted(clip_of, clip_of, "left")
        self.last = np.searchsorted(clip_of, clip_of, "right") - 1

    @property
    def features(self) -> int:
        """Of a window."""
        return (2 * self.context + 1) * self.frames.features

    def near(self, frames: Int[Array, " row"]) -> Int[Array, "row step"]:
        """Frames of each window, the earliest first.

        At the edge of a clip its first or last frame is repeated.
        """
        steps = frames[:, None] + np.arange(-self.context, self.context + 1)
        return np.clip(steps, self.first[frames][:, None], self.last[frames][:, None])

    def cut(self, frames: Int[Array, " row"]) -> Float[Array, "row window"]:
        """Windows about some frames, what is given of each frame side by side.

        A neighbour without a value takes that of the frame in the middle.
        """
        if self.context == 0:
            return self.frames[frames]
        near = self.near(frames)
        values = self.frames[near.ravel()].reshape(*near.shape, -1)
        middle = values[:, self.context, None]
        return np.where(np.isnan(values), middle, values).reshape(len(frames), -1)

    def known(self) -> Bool[Array, " time"]:
        """Whether all that a window about each frame has is a finite number."""
        nan, infinite = self.frames.wanting
        if infinite.any():
            nan = nan | infinite[self.near(np.arange(len(nan)))].any(1)
        return ~nan


class Windows:
    """Windows of speakers' frames, one a row, that are cut when a row is asked for.

    As far as a lesson needs it, it is used as a tensor of them is (rows, differences, means), and
    gives the same bytes.
    """

    def __init__(
        self,
        films: Sequence[Film],
        film: Int[Array, " row"],
        frame: Int[Array, " row"],
        changes: tuple[Change, ...] = (),
    ):
        """
        Parameters
        ----------
        film : which of ``films`` each row is of.
        frame : in its middle.
        changes : of what is cut, in their order, each row by itself.
        """
        self.films, self.film, self.frame, self.changes = films, film, frame, changes

    @classmethod
    def of(cls, film: Film, frames: Int[Array, " row"]) -> "Windows":
        return cls([film], np.zeros_like(frames), frames)

    @classmethod
    def end_to_end(cls, parts: Sequence["Windows"]) -> "Windows":
        """The rows of several, as they are cut, one after the other."""
        assert not any(part.changes for part in parts), "changes are of all rows alike"
        before = np.cumsum([0, *(len(part.films) for part in parts)])
        film = np.concatenate([part.film + k for part, k in zip(parts, before, strict=False)])
        films = [film for part in parts for film in part.films]
        return cls(films, film, np.concatenate([part.frame for part in parts]))

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), self.films[0].features

    @property
    def stored(self) -> bool:
        """Whether anything has to be read."""
        return any(isinstance(film.frames, Stored) for film in self.films)

    def __getitem__(self, rows: Rows) -> Float[Tensor, "row window"]:
        some = self.only(rows)
        windows = torch.from_numpy(some.cut())
        for change in self.changes:
            windows = change(windows)
        return windows

    def only(self, rows: Rows) -> "Windows":
        """Some of the rows; nothing is cut yet."""
        chosen = rows if isinstance(rows, slice) else rows.cpu().numpy()
        return Windows(self.films, self.film[chosen], self.frame[chosen], self.changes)

    def cut(self) -> Float[Array, "row window"]:
        """All rows, as they are before any change."""
        present = np.unique(self.film).tolist()
        if len(present) == 1:
            return self.films[present[0]].cut(self.frame)
        windows = np.empty(self.shape)
        for k in present:
            own = self.film == k
            windows[own] = self.films[k].cut(self.frame[own])
        return windows

    def changed(self, change: Change) -> "Windows":
        """The same with one more change of every row that is cut."""
        return Windows(self.films, self.film, self.frame, (*self.changes, change))

    def __sub__(self, other: Tensor) -> "Windows":
        return self.changed(lambda windows: windows - other)

    def __truediv__(self, other: Tensor) -> "Windows":
        return self.changed(lambda windows: windows / other)

    def to(self, device: torch.device, kind: torch.dtype) -> "Windows":
        return self.changed(lambda windows: windows.to(device, kind))

    def mean(self, dim: int) -> Float[Tensor, " window"]:
        """Of every column, as torch has it of all rows side by side."""
        assert dim == 0
        return self.moments[0]

    def std(self, dim: int) -> Float[Tensor, " window"]:
        """Of every column, as torch has it of all rows side by side."""
        assert dim == 0
        return self.moments[1]

    @cached_property
    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of every column: of as many at once as may be held.

        The order of torch's sums over rows hangs on their number, so that sums of stretches of rows
        would have other last bits. Columns are none of each other's business.
        """
        found = [(part.mean(0), part.std(0)) for part in map(self.columns, self.abreast())]
        means, deviations = zip(*found, strict=True)
        return torch.cat(means), torch.cat(deviations)

    def abreast(self) -> Iterator[slice]:
        """Columns that are held together: all, or some of them at a time."""
        rows, columns = self.shape
        most = int(memory() * 1024**2 / (8 * rows))
        # What is left goes with those before it: one column alone would be summed another way.
        step = columns if columns <= most else max(most // ABREAST - 1, 1) * ABREAST
        edges = [*range(0, max(columns - ABREAST, 1), step), columns]
        yield from map(slice, edges, edges[1:])

    def columns(self, which: slice) -> Float[Tensor, "row some"]:
        """Some columns of all rows."""
        held = torch.empty(len(self), which.stop - which.start, dtype=torch.float64)
        for part in portions(len(self)):
            held[part] = self[part][:, which]
        return held

    def mark(self) -> bytes:
        """What tells these from others, changes aside."""
        about = hashlib.blake2b()
        for film in self.films:
            about.update(film.frames.mark + f"{film.frames.features} {film.context}".encode())
        for part in (self.film, self.frame):
            about.update(part.tobytes())
        return about.digest()
