"""One clip to a store of contours, or many to a sheet: what `python -m tractable.contours` does."""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from PIL import Image
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tractable.contours import track, tracked
from tractable.contours.overlay import clip_tile, typical, write_overlay, write_sheet
from tractable.contracts import CONTOURS, BadInput
from tractable.imaging.film import read_film
from tractable.imaging.pictures import Film, natural
from tractable.store import load, save

AGREE = 0.01  #: relative difference of an option and a file that is none
NO_CLOCK = 1.0  #: Hz of stills, which are no neighbours in time
USABLE = 0.05  #: a clip of which less can be used is refused


def main(options: Namespace) -> None:
    if options.sheet:
        compare(options)
    else:
        trace(options)


def trace(options: Namespace) -> None:
    """One clip to a store, and to an overlay if one is wanted."""
    if len(options.videos) > 1:
        raise BadInput("--out holds one clip, but there are several VIDEOs; --sheet shows them all")
    (video,) = options.videos
    refuse_outputs(options, video)
    film = read_film(video, slice_number=options.slice)
    spacing = pixel_side(options, video, film)
    rate = agreed(video, "--frame-rate", "Hz", options.frame_rate, film.frame_rate)
    stretches = useful(options, video, watched(options, video, film, spacing, rate))
    save(stretches, options.out, CONTOURS)
    found = load(options.out, CONTOURS)
    if options.overlay:
        write_overlay(options.overlay, film.frames, found, shown=options.shown)
    print(f"contours: {summary(found)}; in {options.out}")


def compare(options: Namespace) -> None:
    """Many clips to one sheet, a tile each; what cannot be used is said and left out."""
    refuse_sheet(options)
    tiles = []
    with bar_of("clips", len(options.videos)) as tick:
        for video, name in zip(options.videos, names(options.videos), strict=True):
            try:
                tiles.append(tile_of(options, video, name))
            except BadInput as problem:
                say(f"left out: {problem}")
            tick(1)
    if not tiles:
        raise BadInput(f"--sheet {options.sheet}: no clip is left; nothing was written")
    tiles.sort(key=lambda tile: tile.order)
    write_sheet(options.sheet, [tile.picture for tile in tiles])
    refused = sum(tile.refused for tile in tiles)
    print(
        f"contours: {len(tiles)} of {len(options.videos)} clips in {options.sheet}, "
        f"{refused} of them refused"
    )


class Tile(NamedTuple):
    """One clip on a sheet."""

    order: tuple  # what it is sorted by
    picture: Image.Image
    refused: bool  # the frame that it shows


def tile_of(options: Namespace, video: Path, name: str) -> Tile:
    film = read_film(video, slice_number=options.slice)
    spacing, rate = pixel_side(options, video, film), film.frame_rate
    if rate is None or options.frame_rate is not None:
        given = NO_CLOCK if options.frame_rate is None else options.frame_rate
        rate = agreed(video, "--frame-rate", "Hz", given, rate)
    with named(video):
        found = track(film.frames, spacing, rate, network=options.network)
    return Tile(
        sorting_key(options, video, found),
        clip_tile(film.frames, found, name),
        bool(found.refused[typical(found)] != ""),
    )


def sorting_key(options: Namespace, video: Path, found: xr.Dataset) -> tuple:
    """What has no boundary comes last."""
    uncertainty = float(found.uncertainty[typical(found)])
    by_name = natural(video)
    if options.order == "name":
        return (by_name,)
    return (not np.isfinite(uncertainty), np.nan_to_num(uncertainty), by_name)


def names(videos: list[Path]) -> list[str]:
    """Of files, as they were given where two are called the same."""
    stems = Counter(video.stem for video in videos)
    return [v.stem if stems[v.stem] == 1 else str(v) for v in videos]


def pixel_side(options: Namespace, video: Path, film: Film) -> float:
    """Side of a pixel [m]."""
    held = None if film.pixel_spacing is None else 1000 * film.pixel_spacing
    return agreed(video, "--pixel-spacing", "mm", options.pixel_spacing, held) / 1000


def agreed(video: Path, name: str, unit: str, given: float | None, held: float | None) -> float:
    """What the option says, else what the file holds.

    Raises
    ------
    BadInput : neither says it, or no positive number.
    """
    what = name.strip("-").replace("-", " ")
    if given is None and held is None:
        raise BadInput(f"{video}: does not hold its {what}; give it, {name} {unit.upper()}")
    value = held if given is None else given
    if value is None or not 0 < value < np.inf:
        raise BadInput(
            f"{video}: {what} {value}, expected a positive number; {name} {unit.upper()}"
        )
    if given is not None and held is not None and abs(given - held) > AGREE * held:
        say(f"{video} holds a {what} of {held:.4g} {unit}; {given:.4g} is used")
    return value


def refuse_sheet(options: Namespace) -> None:
    """Refuse a sheet that is no picture, or would replace what is read."""
    sheet = options.sheet
    if options.overlay or options.keep_refused:
        what = "--overlay draws" if options.overlay else "--keep-refused writes"
        raise BadInput(f"{what} one clip with --out; --sheet draws a tile of each, refused or not")
    if sheet.suffix.lower() != ".png":
        raise BadInput(f"--sheet {sheet}: expected a name that ends in .png")
    if sheet.is_dir() or any(inside(sheet, video) for video in options.videos):
        raise BadInput(f"--sheet {sheet}: would replace or enter a file that is needed")


def refuse_outputs(options: Namespace, video: Path) -> None:
    """Refuse to replace what is no older result, before anything is computed."""
    out, overlay = options.out, options.overlay
    if out.exists() or out.is_symlink():
        try:
            load(out, CONTOURS).close()
        except BadInput as problem:
            raise BadInput(
                f"--out {out}: is there and is no whole store of contours ({problem}); "
                "name another, or remove it yourself"
            ) from problem
    if options.shown < 1:
        raise BadInput(f"--shown {options.shown}: expected 1 frame at least")
    if overlay is None:
        return
    if overlay.suffix.lower() not in (".mp4", ".png"):
        raise BadInput(f"--overlay {overlay}: expected a name that ends in .mp4 or .png")
    if overlay.is_dir() or inside(overlay, video) or inside(overlay, out):
        raise BadInput(f"--overlay {overlay}: would replace or enter a file that is needed")


def inside(path: Path, other: Path) -> bool:
    return path.resolve().is_relative_to(other.resolve())


def watched(
    options: Namespace, video: Path, film: Film, spacing: float, rate: float
) -> Iterator[xr.Dataset]:
    """``tracked`` with a progress bar on the error stream."""
    with bar_of(video.name, len(film.frames), FrameRate()) as tick, named(video):
        yield from tracked(film.frames, spacing, rate, network=options.network, advance=tick)


@contextmanager
def named(video: Path) -> Iterator[None]:
    """Complaints name the clip."""
    try:
        yield
    except BadInput as problem:
        raise BadInput(f"{video}: {problem}") from problem


@contextmanager
def bar_of(what: str, total: int, *columns: ProgressColumn) -> Iterator[Callable[[int], None]]:
    """A progress bar; what it yields is told how many more are done."""
    look = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *columns
    with Progress(*look, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(what, total=total)
        yield lambda done: progress.advance(bar, done)


class FrameRate(ProgressColumn):
    """Frames done per second."""

    def render(self, task: Task) -> Text:
        seconds = task.finished_time or task.elapsed
        return Text(f"{task.completed / seconds:.0f} frames/s" if seconds else "")


def useful(
    options: Namespace, video: Path, stretches: Iterable[xr.Dataset]
) -> Iterator[xr.Dataset]:
    """The same; at the end, a refusal if nearly no frame of all can be used."""
    verdicts = []
    for found in stretches:
        verdicts.append(found[["refused", "facing"]])
        yield found
    refuse_useless(options, video, xr.concat(verdicts, "time"))


def refuse_useless(options: Namespace, video: Path, found: xr.Dataset) -> None:
    usable = float((found.refused == "").mean())
    if usable >= USABLE or options.keep_refused:
        return
    raise BadInput(
        f"{video}: {summary(found)}; nothing was written. Expected a midsagittal head, the "
        f"right pixel spacing (now {1000 * found.pixel_spacing:.4g} mm) and upright frames; "
        "--keep-refused writes all the same"
    )


def summary(found: xr.Dataset) -> str:
    """How many frames, which way they face, and how many are refused for what."""
    reasons = Counter(reason for reason in found.refused.values.tolist() if reason)
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
    facing = str(found.facing.values[0])
    words = f"{found.sizes['time']} frames{facing and f', facing {facing}'}, "
    return words + (f"{sum(reasons.values())} refused ({why})" if reasons else "none refused")


def say(text: str) -> None:
    print(f"contours: {text}", file=sys.stderr, flush=True)
