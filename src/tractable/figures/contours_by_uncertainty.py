"""The frames that the contours are surest and least sure of, and the one halfway between."""

from collections.abc import Iterable, Iterator, Mapping

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from tractable.figures.frames import curve, show_frame, traced_frame
from tractable.figures.sheet import PAGE, TISSUES, counted, ipa, listed
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Contours by uncertainty"
NOUNS = ("recordings", "contours")
STANDINGS = ("least", "median", "largest")
DARKEST = 0.4  # share of the colours that is left out: they could not be told from air
REFUSED = "#D55E00"
STEP = 0.1  # mm of standard deviation that a colour stands for
MARGIN = 1.5  # cm of the frame that is seen around the boundaries


def numbers(speakers: Speakers, *, shown: int) -> list[xr.Dataset]:
    """Of the first ``shown`` speakers the frames of least, median and largest uncertainty.

    Returns
    -------
    One dataset per picture, see `frames.traced_frame`, with the attributes speaker, standing and
    phone. A speaker in whose frames no boundary was found has none.
    """
    pictures = []
    for name, stores in list(speakers.items())[:shown]:
        phone = stores["contours"].phone.values
        for standing, frame in ranked(stores["contours"].uncertainty.values):
            about = {"speaker": name, "standing": standing, "phone": str(phone[frame])}
            pictures.append(traced_frame(stores, frame).assign_attrs(about))
    return pictures


def ranked(uncertainty: np.ndarray) -> Iterator[tuple[str, int]]:
    """(standing, frame index); refused frames count, those without a boundary do not."""
    order = uncertainty.argsort(kind="stable")[: np.isfinite(uncertainty).sum()]
    if len(order):
        for standing, place in zip(STANDINGS, (0, len(order) // 2, -1), strict=True):
            yield standing, int(order[place])


def draw(numbers: list[xr.Dataset], *, families: Mapping[str, list[str]]) -> Figure:
    """A column per speaker, a row per standing; boundaries in the colour of their uncertainty."""
    speakers = list(dict.fromkeys(picture.speaker for picture in numbers))
    size = PAGE / max(len(speakers), 3)
    figure = Figure(figsize=(PAGE, 0.5 + (size + 0.2) * len(STANDINGS)), layout="constrained")
    panels = figure.subplots(len(STANDINGS), len(speakers), squeeze=False)
    colours = LineCollection([], norm=sd_range(numbers), cmap=bright_colours(), linewidths=1.3)
    for picture in numbers:
        axes = panels[STANDINGS.index(picture.standing), speakers.index(picture.speaker)]
        draw_picture(axes, picture, colours)
        look_at(axes, extent(picture).mean(0), view_side(numbers))
    for axes in panels.ravel():
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for axes, standing in zip(panels[:, 0], STANDINGS, strict=True):
        axes.set_ylabel(f"{standing} uncertainty")
    bar = figure.colorbar(colours, ax=panels, location="bottom", shrink=0.4, aspect=40, pad=0.02)
    bar.set_label("standard deviation of the boundary (mm)")
    return figure


def sd_range(numbers: list[xr.Dataset]) -> Normalize:
    """From the least to the largest standard deviation that is drawn [mm]."""
    known = np.concatenate([picture.boundary_sd.values.ravel() for picture in numbers])
    return Normalize(1e3 * np.nanmin(known), 1e3 * np.nanmax(known))


def bright_colours() -> Colormap:
    return ListedColormap(matplotlib.colormaps["plasma"](np.linspace(DARKEST, 1, 256)))


def draw_picture(axes: Axes, picture: xr.Dataset, colours: LineCollection) -> None:
    """One frame; above it who, what and how sure, and why it is refused if it is."""
    show_frame(axes, picture)
    for tissue in TISSUES:
        sd = 1e3 * picture.boundary_sd.sel(tissue=tissue).values
        stretches, values = by_colour(curve(picture, tissue), sd)
        lines = LineCollection(stretches, norm=colours.norm, cmap=colours.cmap, gid=tissue)
        lines.set_array(values)
        lines.set(linewidth=1.3, capstyle="round")
        axes.add_collection(lines)
    phone = f" /{ipa(picture.phone)}/" if picture.phone else ""
    words, reason = f"{picture.speaker}{phone} {told(picture)} mm", str(picture.refused.values)
    title = axes.set_title(f"{words}\n{reason}".rstrip())
    if reason:
        title.set_color(REFUSED)


def by_colour(points: np.ndarray, sd: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Stretches of a curve that are as sure to a `STEP`, each up to where the next begins."""
    level = STEP * np.round(sd / STEP)
    first = np.flatnonzero(np.diff(level, prepend=np.nan))  # NaN is another level than any
    last = np.append(first[1:], len(points))
    known = np.isfinite(level[first])
    stretches = zip(first[known], last[known], strict=True)
    return [points[a : b + 1] for a, b in stretches], level[first[known]]


def extent(picture: xr.Dataset) -> np.ndarray:
    """Least and most (bound, axis) of all that was traced [cm]; of the frame if nothing was."""
    points = np.concatenate([curve(picture, tissue) for tissue in TISSUES])
    if np.isnan(points).all():
        corner = [picture.x.values.max(), picture.y.values.max()]
        points = 100 * np.array([[0.0, 0.0], corner])
    return np.stack([np.nanmin(points, 0), np.nanmax(points, 0)])


def view_side(numbers: list[xr.Dataset]) -> float:
    """Side of the square that shows the boundaries of each frame with a margin [cm]."""
    return float(max(np.ptp(extent(picture), 0).max() for picture in numbers) + 2 * MARGIN)


def look_at(axes: Axes, centre: np.ndarray, side: float) -> None:
    """Show a square around a point, y down as in the frame; beyond the frame it is black."""
    x, y = centre
    axes.set(xlim=(x - side / 2, x + side / 2), ylim=(y + side / 2, y - side / 2))
    axes.set_facecolor("black")


def told(picture: xr.Dataset) -> str:
    return quote(1e3 * float(picture.uncertainty)).value


def caption(numbers: list[xr.Dataset]) -> str:
    """Who is shown, how sure the contours are, and how many of the frames are refused."""
    speakers = dict.fromkeys(picture.speaker for picture in numbers)
    of_standing = [
        f"{standing} {span(told(p) for p in numbers if p.standing == standing)} mm"
        for standing in STANDINGS
    ]
    refused = sum(str(picture.refused.values) != "" for picture in numbers)
    return (
        f"Frames of {listed(speakers)} around the boundaries that were found, coloured by the "
        "standard deviation that is told with each point. Above each frame the label of its phone, "
        "where it has one, and its uncertainty, the root mean square of the standard deviation "
        f"between lips and glottis: {listed(of_standing)}. Refused, and marked with the reason: "
        f"{refused or 'none'} of {counted(len(numbers), 'frame')}."
    )


def span(words: Iterable[str]) -> str:
    """``0.65 to 0.70``."""
    known = sorted(words, key=float)
    return known[0] if known[0] == known[-1] else f"{known[0]} to {known[-1]}"
