"""Labels beside points that cover neither each other nor what is drawn."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import BboxBase

Sideways = Literal["left", "center", "right"]
Upright = Literal["bottom", "center", "top"]

LEADER = 12.0  # points; from here on a thin line ties the label to its point
FAR = 0.0015  # share of its area that a label had rather cover than stand a point further off


class Place(NamedTuple):
    """Where a label stands, seen from its point [points], and how it is aligned there."""

    x: float
    y: float
    sideways: Sideways
    upright: Upright

    @classmethod
    def at(cls, angle: int, distance: int) -> "Place":
        x, y = distance * np.cos(np.radians(angle)), distance * np.sin(np.radians(angle))
        sideways: Sideways = "left" if x > 1 else "right" if x < -1 else "center"
        upright: Upright = "bottom" if y > 4 else "top" if y < -4 else "center"
        return cls(x, y, sideways, upright)

    @property
    def distance(self) -> float:
        return float(np.hypot(self.x, self.y))

    def box(self, point: np.ndarray, size: np.ndarray, dots: float) -> np.ndarray:
        """Box of a label of this size [pixels], with so many dots a point."""
        shares = {"left": 0, "center": 0.5, "right": 1, "bottom": 0, "top": 1}
        corner = point + dots * np.array([self.x, self.y])
        corner = corner - size * [shares[self.sideways], shares[self.upright]]
        return np.concatenate([corner, corner + size])


#: Nearest and most readable first.
PLACES = [
    Place.at(angle, distance)
    for distance in (6, 12, 20, 30, 42, 56)
    for angle in (0, 180, 45, -45, 135, -135, 90, -90, 20, -20, 160, -160)
]


def place_labels(
    axes: Axes,
    points: Mapping[str, tuple[float, float]],
    colours: Mapping[str, str],
    obstacles: Iterable[BboxBase],
) -> dict[str, Annotation]:
    """Write each name beside its point, one after the other, where it covers least.

    The layout of the figure is settled first and must not change afterwards.

    Parameters
    ----------
    points : name -> (x, y) in data coordinates.
    colours : name -> colour of the text.
    obstacles : boxes in display coordinates that labels had better not cover.
    """
    figure = settled(axes)
    figure.set_layout_engine("none")
    canvas = FigureCanvasAgg(figure)
    inside, dots = np.array(axes.get_window_extent().extents), figure.dpi / 72
    centres = {name: axes.transData.transform(point) for name, point in points.items()}
    drawn = [np.array([x - 4, y - 4, x + 4, y + 4]) for x, y in centres.values()]
    drawn += [np.array(box.extents) for box in obstacles]
    placed: dict[str, Annotation] = {}
    written = np.empty((0, 4))
    for name, point in points.items():
        size = text_size(canvas, name)
        boxes = [place.box(centres[name], size, dots) for place in PLACES]
        costs = [covered(box, np.array(drawn), written, inside) for box in boxes]
        best = int(np.argmin(costs + FAR * size.prod() * np.array([p.distance for p in PLACES])))
        placed[name] = annotated(axes, name, point, colours[name], PLACES[best])
        written = np.vstack([written, boxes[best]])
    return placed


def settled(axes: Axes) -> Figure:
    """The figure of the axes, once its layout knows where everything stands."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    return figure


def text_size(canvas: FigureCanvasAgg, words: str) -> np.ndarray:
    """Width and height of the words [pixels]."""
    text = canvas.figure.text(0, 0, words)
    extent = text.get_window_extent(canvas.get_renderer())
    text.remove()
    return np.array([extent.width, extent.height])


def annotated(
    axes: Axes, name: str, point: tuple[float, float], colour: str, place: Place
) -> Annotation:
    leader = {"arrowstyle": "-", "color": colour, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 2}
    return axes.annotate(
        name,
        point,
        (place.x, place.y),
        textcoords="offset points",
        ha=place.sideways,
        va=place.upright,
        color=colour,
        arrowprops=leader if place.distance > LEADER + 0.1 else None,
    )


def covered(box: np.ndarray, drawn: np.ndarray, written: np.ndarray, inside: np.ndarray) -> float:
    """Area [pixels squared] that a label would cover, or that would stick out of the axes.

    Boxes are x0, y0, x1, y1, one a row. Two names on each other can be read neither, a name across
    a line can: it costs a tenth.
    """
    width, height = box[2:] - box[:2]
    outside = width * height - overlaps(box, inside[None]).sum()
    return float(overlaps(box, drawn).sum() + 10 * (overlaps(box, written).sum() + outside))


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Area that a box shares with each of the others (other,)."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    return np.clip(high - low, 0, None).prod(1)
