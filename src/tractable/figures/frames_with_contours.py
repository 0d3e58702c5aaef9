"""Frames with their contours: what the pipeline believes it sees."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.frames import curve, show_frame, traced_frame
from tractable.figures.sheet import MIDLINE, PAGE, TISSUES, listed
from tractable.figures.vowels import Speakers

TITLE = "Frames with contours"
NOUNS = ("recordings", "contours", "areas")


def numbers(
    speakers: Speakers, *, shown: int, phones: list[str], stops: list[str]
) -> list[xr.Dataset]:
    """The chosen frames of the first ``shown`` speakers, with contours and midline.

    Parameters
    ----------
    phones : of each, the frame in the middle of its first stretch.
    stops : of these, the unrefused frame in which the tract is narrowest.

    Returns
    -------
    One dataset per picture: frame (y, x), boundary (tissue, point, axis), midline (place, axis),
    with the attributes speaker and phone. A speaker without labels gives frames at even steps.
    """
    pictures = []
    for name, stores in list(speakers.items())[:shown]:
        for phone, frame in chosen(stores["areas"], phones, stops):
            pictures.append(picture(stores, frame).assign_attrs(speaker=name, phone=phone))
    return pictures


def chosen(areas: xr.Dataset, phones: list[str], stops: list[str]) -> Iterator[tuple[str, int]]:
    """(label, frame index) of the pictures of one speaker."""
    phone, fine = areas.phone.values, areas.refused.values == ""
    if not np.isin(phone, [*phones, *stops]).any():
        where = np.flatnonzero(fine)
        for k in np.linspace(0, len(where) - 1, min(len(where), len(phones) + 1)).astype(int):
            yield f"{areas.time.values[where[k]]:.2f} s", int(where[k])
        return
    for wanted in phones:
        frames = np.flatnonzero((phone == wanted) & fine)
        if len(frames):
            yield f"/{wanted}/", middle_of_first(frames)
    closed = np.flatnonzero(np.isin(phone, stops) & fine)
    if len(closed):
        narrowest = closed[areas.distance.values[closed].min(1).argmin()]
        yield f"closure of /{phone[narrowest]}/", int(narrowest)


def middle_of_first(frames: np.ndarray) -> int:
    """Middle of the first unbroken run of frame indices."""
    first = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)[0]
    return int(first[len(first) // 2])


def picture(stores: Mapping[str, xr.Dataset], frame: int) -> xr.Dataset:
    midline = stores["areas"].midline.isel(time=frame).reset_coords(drop=True)
    return traced_frame(stores, frame).assign(midline=midline)


def draw(numbers: list[xr.Dataset], *, families: Mapping[str, list[str]]) -> Figure:
    """A row per speaker, a column per phone; axes in cm."""
    speakers = list(dict.fromkeys(picture.speaker for picture in numbers))
    rows = [[picture for picture in numbers if picture.speaker == name] for name in speakers]
    columns = max(map(len, rows))
    size = PAGE / columns
    figure = Figure(figsize=(PAGE, 0.3 + (size + 0.12) * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), columns, squeeze=False)
    for line, pictures in zip(panels, rows, strict=True):
        for axes in line:
            axes.axis("off")
        for axes, shown in zip(line, pictures, strict=False):
            draw_picture(axes, shown)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def draw_picture(axes: Axes, picture: xr.Dataset) -> None:
    """One frame, its boundaries in colour, the midline dotted."""
    show_frame(axes, picture)
    for tissue, colour in TISSUES.items():
        axes.plot(*curve(picture, tissue).T, color=colour, linewidth=1, label=tissue, gid=tissue)
    midline = 100 * picture.midline.values
    axes.plot(*midline.T, ":", color=MIDLINE, linewidth=0.8, label="midline", gid="midline")
    axes.set_title(f"{picture.speaker} {picture.phone}", fontsize=7)


def caption(numbers: list[xr.Dataset]) -> str:
    """Who is shown, and what the colours are."""
    speakers = listed(dict.fromkeys(picture.speaker for picture in numbers))
    size = {len(picture.x) for picture in numbers}
    return (
        f"Frames of {speakers} ({', '.join(map(str, sorted(size)))} pixels wide) with the "
        "boundaries that the segmenter found: upper (lip, palate, velum), lower (lip, tongue, "
        "epiglottis), back wall, and the midline along which the tract is measured, from the "
        "glottis to the lips. Lips are on the left."
    )
