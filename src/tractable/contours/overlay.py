"""Contours drawn over their frames, as a video or as a sheet: for the eye, before any use."""

import textwrap
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float, UInt8
from PIL import Image, ImageColor, ImageDraw, ImageFont

from tractable.imaging.pictures import Frames
from tractable.imaging.video import write_colour
from tractable.segmenter import evenly
from tractable.whole import written_whole

COLOURS = {"upper": "#56B4E9", "lower": "#E69F00", "wall": "#CC79A7"}  # those of the figures
REFUSED = "#D55E00"
SIDE = 480  #: a frame of the video is at least so high and wide [pixels]
TILE = 240  #: of the sheet
LOOKED_AT = 64  #: frames of a clip, evenly spread, that say what is black and white
TOGETHER = 512  #: frames whose curves are read together
WHITE = 0.995  #: quantile of the clip's grey levels that is shown white
QUALITY = 18  #: of the video, as x264 counts
GREYS = 48  #: of the sheet, whose file would be twice as large with all of them
LETTER = 7  #: width of most letters of a label [pixels]


def write_overlay(path: Path, frames: Frames, contours: xr.Dataset, *, shown: int) -> None:
    """Frames with their contours: every one for ``.mp4``, ``shown`` of them for ``.png``.

    A refused frame has a red border and says why.
    """
    with written_whole(path) as partial:
        if path.suffix.lower() == ".mp4":
            rate = Fraction(contours.frame_rate).limit_denominator(10_000)
            pictures = painted(frames, contours, range(len(frames)), SIDE)
            write_colour(partial, map(np.asarray, pictures), rate, quality=QUALITY)
        else:
            save_png(sheet(frames, contours, shown), partial)


def write_sheet(path: Path, tiles: list[Image.Image]) -> None:
    """Tiles of several clips on one sheet, a ``.png``."""
    with written_whole(path) as partial:
        save_png(arranged(tiles), partial)


def save_png(picture: Image.Image, path: Path) -> None:
    few_colours(picture).save(path, format="png", optimize=True)


def sheet(frames: Frames, contours: xr.Dataset, shown: int) -> Image.Image:
    """Frames evenly spread over a clip, row by row, with their times and what the colours are."""
    chosen = evenly(np.arange(len(frames)), shown).tolist()
    return arranged(list(painted(frames, contours, chosen, TILE)))


def clip_tile(frames: Frames, contours: xr.Dataset, name: str) -> Image.Image:
    """The frame of median uncertainty of a clip, with the name and how sure that frame is."""
    frame = typical(contours)
    (picture,) = traced(frames, contours, [frame], TILE)
    uncertainty = 1000 * float(contours.uncertainty[frame])
    sure = f"{uncertainty:.2f} mm" if np.isfinite(uncertainty) else ""
    label(picture, f"{name}  {sure}".rstrip(), str(contours.refused.values[frame]))
    return picture


def typical(contours: xr.Dataset) -> int:
    """Index of the frame of median uncertainty; the first of a clip without a boundary."""
    uncertainty = contours.uncertainty.values
    return int(uncertainty.argsort(kind="stable")[np.isfinite(uncertainty).sum() // 2])


def arranged(tiles: list[Image.Image]) -> Image.Image:
    """Row by row, and below them what the colours are."""
    rows = max(1, int(np.sqrt(0.75 * len(tiles))))  # three for every four columns
    columns = -(-len(tiles) // rows)
    width, height = (max(sizes) for sizes in zip(*(tile.size for tile in tiles), strict=True))
    whole = Image.new("RGB", (columns * width, rows * height + 24))
    for k, tile in enumerate(tiles):
        whole.paste(tile, (k % columns * width, k // columns * height))
    pen = ImageDraw.Draw(whole)
    for k, (tissue, colour) in enumerate(COLOURS.items()):
        pen.text((6 + 60 * k, rows * height + 4), tissue, colour, ImageFont.load_default(14))
    return whole


def few_colours(picture: Image.Image) -> Image.Image:
    """Some greys, and the colours of curves and refusals as they are."""
    greys = np.linspace(0, 255, GREYS).round().astype(int).tolist()
    colours = [ImageColor.getrgb(colour) for colour in (*COLOURS.values(), REFUSED)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for rgb in [*((g, g, g) for g in greys), *colours] for level in rgb])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def painted(
    frames: Frames,
    contours: xr.Dataset,
    chosen: range | list[int],
    side: int,
) -> Iterator[Image.Image]:
    """The chosen frames with their contours, their times, and why they are refused if they are."""
    times, reasons = contours.time.values, contours.refused.values
    for k, picture in zip(chosen, traced(frames, contours, chosen, side), strict=True):
        label(picture, f"{times[k]:.2f} s", str(reasons[k]))
        yield picture


def traced(
    frames: Frames,
    contours: xr.Dataset,
    chosen: range | list[int],
    side: int,
) -> Iterator[Image.Image]:
    """The chosen frames, enlarged until they fill ``side`` pixels, with their contours."""
    black, white = np.quantile(evenly(frames, LOOKED_AT), [0, WHITE])
    tissues = contours.tissue.values.tolist()
    larger = 2 * -(-side // (2 * min(frames.shape[1:])))  # even, as the video needs
    for k, curves in zip(chosen, boundaries(contours, chosen), strict=True):
        levels = (frames[k].astype(float) - black) / max(white - black, 1e-9)
        picture = enlarged((255 * levels.clip(0, 1)).astype("uint8"), larger)
        in_pixels = curves / contours.pixel_spacing
        draw_curves(picture, dict(zip(tissues, in_pixels, strict=True)), larger)
        yield picture


def boundaries(
    contours: xr.Dataset, chosen: range | list[int]
) -> Iterator[Float[np.ndarray, "tissue point axis"]]:
    """Curves of the chosen frames, a stretch at a time: a store is unpacked by whole chunks."""
    for first in range(0, len(chosen), TOGETHER):
        some = list(chosen[first : first + TOGETHER])
        yield from contours.boundary.isel(time=some).values


def enlarged(frame: UInt8[np.ndarray, "y x"], larger: int) -> Image.Image:
    size = (frame.shape[1] * larger, frame.shape[0] * larger)
    return Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC).convert("RGB")


def draw_curves(
    picture: Image.Image, curves: dict[str, Float[np.ndarray, "point axis"]], larger: int
) -> None:
    """Curves in pixels of the frame, from the centre of its first, piece by piece."""
    pen = ImageDraw.Draw(picture)
    for tissue, curve in curves.items():
        known = np.isfinite(curve).all(1)
        for piece in np.split(curve, np.flatnonzero(np.diff(known)) + 1):
            if len(piece) > 1 and np.isfinite(piece).all():
                points = [(x, y) for x, y in (piece + 0.5) * larger - 0.5]
                pen.line(points, COLOURS[tissue], width=max(3, larger // 2), joint="curve")


def label(picture: Image.Image, words: str, reason: str) -> None:
    """What a frame is; where it is refused, below it the reason, and a border."""
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    lines = [words, *textwrap.wrap(reason, (picture.width - 12) // LETTER)]
    colour = REFUSED if reason else "white"
    pen.text((6, 4), "\n".join(lines), colour, font, stroke_width=2, stroke_fill="black")
    if reason:
        pen.rectangle((0, 0, picture.width - 1, picture.height - 1), outline=REFUSED, width=3)
