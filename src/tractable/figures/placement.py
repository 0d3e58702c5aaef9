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
SAMPLES = 12  # of such a line
SIGN = 4  # pixels, half of what is drawn at a point
APART = np.array([-5, -1, 5, 1])  # pixels between two labels
SWEEPS = 8  # every label is placed again among the others, so often at most
#: What a label pays: for a point further off, as a share of its area; for an area of what is drawn,
#: of other labels or outside the axes; and for a sample of a line between it and another label.
FAR, DRAWN, WRITTEN, CROSSED = 0.004, 6.0, 10.0, 60.0


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

    @property
    def is_tied(self) -> bool:
        return self.distance > LEADER + 0.1

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


class Spots(NamedTuple):
    """Where one label may stand, place by place, in display coordinates."""

    sign: np.ndarray  # box of what is drawn at its point
    boxes: np.ndarray  # (place, corner): x0, y0, x1, y1
    leaders: np.ndarray  # (place, sample, axis); NaN inside the label and where there is no line

    @classmethod
    def around(cls, point: np.ndarray, size: np.ndarray, dots: float) -> "Spots":
        boxes = np.array([place.box(point, size, dots) for place in PLACES])
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        leaders = middle[:, None] + np.linspace(0, 1, SAMPLES)[:, None] * (point - middle)[:, None]
        tied = np.array([place.is_tied for place in PLACES])
        hidden = within(leaders, boxes[:, None])
        sign = np.concatenate([point - SIGN, point + SIGN])
        return cls(sign, boxes, np.where((tied[:, None] & ~hidden)[..., None], leaders, np.nan))


def place_labels(
    axes: Axes,
    points: Mapping[str, tuple[float, float]],
    colours: Mapping[str, str],
    obstacles: Iterable[BboxBase],
) -> dict[str, Annotation]:
    """Write each name beside its point where it covers least.

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
    spots = {
        name: Spots.around(axes.transData.transform(point), text_size(canvas, name), dots)
        for name, point in points.items()
    }
    drawn = [of.sign for of in spots.values()] + [np.array(box.extents) for box in obstacles]
    places = best_places(spots, np.array(drawn), inside)
    return {
        name: annotated(axes, name, point, colours[name], PLACES[places[name]])
        for name, point in points.items()
    }


def best_places(
    spots: Mapping[str, Spots], drawn: np.ndarray, inside: np.ndarray
) -> dict[str, int]:
    """Place of each label, the cheapest among the others, once none moves any more."""
    chosen: dict[str, int] = {}
    for _ in range(SWEEPS):
        before = dict(chosen)
        for name, own in spots.items():
            others = [(spots[n], k) for n, k in chosen.items() if n != name]
            written = np.array([of.boxes[k] for of, k in others]).reshape(-1, 4)
            leaders = np.array([of.leaders[k] for of, k in others]).reshape(-1, 2)
            signs = np.array([of.sign for n, of in spots.items() if n != name]).reshape(-1, 4)
            costs = covered(own.boxes, drawn, written, inside)
            costs += crossed(own, np.concatenate([written, signs]), leaders)
            chosen[name] = int(np.argmin(costs + far_off(own)))
        if chosen == before:
            break
    return chosen


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
        arrowprops=leader if place.is_tied else None,
    )


def far_off(label: Spots) -> np.ndarray:
    """What a label pays for its distance (place,)."""
    area = np.prod(label.boxes[0, 2:] - label.boxes[0, :2])
    return FAR * area * np.array([place.distance for place in PLACES])


def covered(
    boxes: np.ndarray, drawn: np.ndarray, written: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """What a label pays for what it would cover, and for sticking out of the axes (place,).

    Boxes are x0, y0, x1, y1, one a row. Two names on each other can be read neither, a name across
    a line can.
    """
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    outside = area - overlaps(boxes, inside[None]).sum(1)
    unread = overlaps(boxes + APART, written).sum(1) + outside
    return DRAWN * overlaps(boxes, drawn).sum(1) + WRITTEN * unread


def crossed(label: Spots, in_the_way: np.ndarray, leaders: np.ndarray) -> np.ndarray:
    """What a label pays for lines to points (place,): its own through boxes, others' through it."""
    own = within(label.leaders[:, :, None], in_the_way).sum((1, 2))
    theirs = within(leaders, label.boxes[:, None]).sum(1)
    return CROSSED * (own + theirs)


def within(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which of the points (..., axis) lie in the boxes (..., corner)."""
    return np.all((points > boxes[..., :2]) & (points < boxes[..., 2:]), axis=-1)


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Area that each box shares with each of the others (box, other)."""
    low = np.maximum(boxes[:, None, :2], others[:, :2])
    high = np.minimum(boxes[:, None, 2:], others[:, 2:])
    return np.clip(high - low, 0, None).prod(-1)
