"""Contours of one clip, whatever it was filmed with, each length in it from the pixel spacing.

VIDEO is a video, a DICOM file, a multi-page TIFF, a .npy (time, y, x), or a folder: of single-frame
DICOM files, or of images in the order of the numbers in their names.

example:
  python -m tractable.contours clip.avi --pixel-spacing 2.94 --out contours.zarr --overlay sheet.png
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
import xarray as xr
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

from tractable.contours import tracked
from tractable.contours.overlay import write_overlay
from tractable.contracts import CONTOURS, BadInput
from tractable.imaging.film import read_film
from tractable.imaging.pictures import Film
from tractable.segmenter import RELEASED
from tractable.store import load, save_in_turn

AGREE = 0.01  #: relative difference of an option and a file that is none
USABLE = 0.05  #: a clip of which less can be used is refused


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.contours",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("video", type=Path, metavar="VIDEO", help="file or folder")
    parser.add_argument(
        "--pixel-spacing",
        type=float,
        metavar="MM",
        help="side of a pixel in mm, which all but DICOM files need (USC-TIMIT: 2.94)",
    )
    parser.add_argument(
        "--frame-rate", type=float, metavar="HZ", help="of image stacks and arrays, which hold none"
    )
    parser.add_argument(
        "--slice", type=int, metavar="N", help="of a DICOM series of several, from 1"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="STORE", help="contours.zarr; an older one goes"
    )
    parser.add_argument(
        "--network",
        type=Path,
        default=RELEASED,
        metavar="FOLDER",
        help="adapted to a site by python -m tractable.segmenter adapt (default: the released one)",
    )
    parser.add_argument(
        "--overlay",
        type=Path,
        metavar="FILE",
        help="the contours drawn over the frames: .mp4, or .png",
    )
    parser.add_argument(
        "--shown", type=int, default=12, metavar="N", help="frames on the sheet .png (default 12)"
    )
    parser.add_argument(
        "--keep-refused", action="store_true", help="write even if nearly no frame can be used"
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    refuse_outputs(options)
    film = read_film(options.video, slice_number=options.slice)
    spacing = calibration(options, film)
    rate = agreed(options, "--frame-rate", "Hz", options.frame_rate, film.frame_rate)
    save_in_turn(useful(options, watched(options, film, spacing, rate)), options.out, CONTOURS)
    found = load(options.out, CONTOURS)
    if options.overlay:
        write_overlay(options.overlay, film.frames, found, shown=options.shown)
    print(f"contours: {summary(found)}; in {options.out}")


def calibration(options: Namespace, film: Film) -> float:
    """Side of a pixel [m]."""
    held = None if film.pixel_spacing is None else 1000 * film.pixel_spacing
    return agreed(options, "--pixel-spacing", "mm", options.pixel_spacing, held) / 1000


def agreed(
    options: Namespace, name: str, unit: str, given: float | None, held: float | None
) -> float:
    """What the option says, else what the file holds.

    Raises
    ------
    BadInput : neither says it, or no positive number.
    """
    what = name.strip("-").replace("-", " ")
    if given is None and held is None:
        raise BadInput(f"{options.video}: does not hold its {what}; give it, {name} {unit.upper()}")
    value = held if given is None else given
    if value is None or not 0 < value < np.inf:
        raise BadInput(
            f"{options.video}: {what} {value}, expected a positive number; {name} {unit.upper()}"
        )
    if given is not None and held is not None and abs(given - held) > AGREE * held:
        say(f"{options.video} holds a {what} of {held:.4g} {unit}; {given:.4g} is used")
    return value


def refuse_outputs(options: Namespace) -> None:
    """Refuse to replace what is no older result, before anything is computed."""
    out, overlay, video = options.out, options.overlay, options.video
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


def watched(options: Namespace, film: Film, spacing: float, rate: float) -> Iterator[xr.Dataset]:
    """``tracked`` with a progress bar on the error stream."""
    torch.set_num_threads(1)  # several are slower
    look = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), FrameRate()
    with Progress(*look, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(options.video.name, total=len(film.frames))
        ways = {"advance": lambda done: progress.advance(bar, done), "network": options.network}
        try:
            yield from tracked(film.frames, spacing, rate, **ways)
        except BadInput as problem:
            raise BadInput(f"{options.video}: {problem}") from problem


class FrameRate(ProgressColumn):
    """Frames done per second."""

    def render(self, task: Task) -> Text:
        seconds = task.finished_time or task.elapsed
        return Text(f"{task.completed / seconds:.0f} frames/s" if seconds else "")


def useful(options: Namespace, stretches: Iterable[xr.Dataset]) -> Iterator[xr.Dataset]:
    """The same; at the end, a refusal if nearly no frame of all can be used."""
    verdicts = []
    for found in stretches:
        verdicts.append(found[["refused", "facing"]])
        yield found
    refuse_useless(options, xr.concat(verdicts, "time"))


def refuse_useless(options: Namespace, found: xr.Dataset) -> None:
    usable = float((found.refused == "").mean())
    if usable >= USABLE or options.keep_refused:
        return
    raise BadInput(
        f"{options.video}: {summary(found)}; nothing was written. Expected a midsagittal head, the "
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


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"contours: {problem}")
