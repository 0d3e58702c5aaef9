"""Figures as a journal takes them: as wide as a column or a page, readable there, for all eyes."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from tractable.figures.__main__ import redrawn
from tractable.figures.catalogue import FIGURES
from tractable.figures.sheet import COLOURS, COLUMN, PAGE, ink, looks, styled

TABLES = sorted((Path(__file__).parents[2] / "reports" / "figures").rglob("*.csv"))
SMALLEST = 6  # points
#: Machado, Oliveira & Fernandes (2009), doi:10.1109/TVCG.2009.113: linear red, green and blue as
#: dichromats see them.
EYES = {
    "all": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def words(figure):
    """All that is written: what hangs on a tick beyond the axes is not."""
    figure.set_canvas(FigureCanvasAgg(figure))
    with styled():
        figure.canvas.draw()
    beyond = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not (axes.get_visible() and inside(tick.get_loc(), axis.get_view_interval()))
    }
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [text for text in texts if text not in beyond]


def inside(at, interval):
    return min(interval) - 1e-9 <= at <= max(interval) + 1e-9


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_as_wide_as_a_column_or_a_page_and_readable_there(name, asked):
    figure = asked(name).drawn()
    assert figure.get_figwidth() in (COLUMN, PAGE)
    assert min(text.get_fontsize() for text in words(figure)) >= SMALLEST


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_no_two_words_of_a_committed_figure_cover_each_other_or_leave_it(table):
    figure = redrawn(table.stem, table)
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in words(figure)]
    for (one, a), (other, b) in combinations(boxes, 2):
        shared = np.minimum(a.max, b.max) - np.maximum(a.min, b.min)
        assert min(shared) < 1, (one, other)
    for word, box in boxes:
        assert (box.min > figure.bbox.min - 1).all(), word
        assert (box.max < figure.bbox.max + 1).all(), word


def lab(colour, eye):
    """CIELAB of a colour as an eye sees it."""
    linear = np.array([c / 12.92 if c < 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour])
    xyz = XYZ @ np.clip(EYES[eye] @ linear, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_no_two_colours_of_models_look_alike_to_any_eye(eye):
    """2.3 is just noticeable."""
    seen = [lab(to_rgb(colour), eye) for family in COLOURS.values() for colour in family]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 10


def test_models_of_one_colour_have_signs_of_their_own():
    families = {family: [f"{family}{k}" for k in range(8)] for family in ("tube", "control")}
    known = looks([f"box{k}" for k in range(12)], families)
    assert len({(look.colour, look.marker) for look in known.values()}) >= 6 + 12 + 8
    assert len({(look.colour, look.marker) for look in known.values() if not look.is_control}) == 18


def test_words_on_a_colour_are_black_or_white_as_it_is_light_or_dark():
    assert [ink(to_rgb(c)) for c in ("white", "yellow", "grey", "navy", "black")] == [
        *["black"] * 3,
        *["white"] * 2,
    ]
