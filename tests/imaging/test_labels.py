"""Label maps and boundaries: the same walls twice, as areas and as curves."""

import numpy as np
import pytest

from tractable.contracts import ARTICULATORS
from tractable.curves import distance_to
from tractable.imaging.anatomy import Head, Material, Walls, follow, of, regions, rim
from tractable.imaging.kernel import paint
from tractable.imaging.labels import (
    Grid,
    Pose,
    articulators,
    blocks,
    boundaries,
    material_map,
    placed,
    resample,
    tissue_map,
)
from tractable.simulator import JD3, outlines, shapes

HEAD = Head(1.0, 0.022, 0.010, 0.016, 0.042, 0.008, 0.008, 0.005, 0.018)
GRID = Grid(height=84, width=84, spacing=0.0024, fine=4)
POSE = Pose(0.072, 0.077, 0.0)
SHAPES = ["a", "i", "u", "@", "ll-labial-closure(a)", "tt-alveolar-closure(i)"]


@pytest.fixture(scope="module")
def heads():
    found = outlines(shapes(SHAPES, JD3), JD3)
    return {name: Walls(*parts) for name, *parts in zip(SHAPES, *found, strict=True)}


def labelled(walls, pose=POSE):
    return tissue_map(material_map(regions(walls, HEAD), walls.upper[22], pose, GRID), GRID)


def test_a_square_covers_what_it_covers():
    painted = np.zeros((40, 40), np.uint8)
    paint(painted, 4 * np.array([[2.0, 2], [7, 2], [7, 5], [2, 5]]) - 0.5, 1)
    assert blocks(painted, 4).sum() == pytest.approx(15)
    assert blocks(painted, 4)[2:5, 2:7].min() == 1


def test_where_sides_cross_nothing_is_painted():
    """A bow tie: only the larger loop, which gives the polygon its sense."""
    painted = np.zeros((20, 20), np.uint8)
    paint(painted, np.array([[0.0, 0], [12, 12], [18, 6], [12, 0], [0, 12]]) - 0.1, 1)
    assert painted[6, 12] != painted[6, 2]


def test_the_head_faces_left_and_stands_upright():
    anchor, pose = np.zeros(2), Pose(0.1, 0.1, 0.0)
    np.testing.assert_allclose(placed(np.array([[0.01, 0.0]]), anchor, pose), [[0.09, 0.1]])
    np.testing.assert_allclose(placed(np.array([[0.0, 0.01]]), anchor, pose), [[0.1, 0.09]])


@pytest.mark.parametrize("name", SHAPES)
def test_boundaries_run_between_tissue_and_airway(heads, name):
    """Half a pixel to either side of a boundary there is its tissue, and something else."""
    walls = heads[name]
    tissues = np.pad(labelled(walls), 2, mode="edge")
    code = {"lower": 2, "upper": 3, "wall": 4}
    for tissue, curve in boundaries(walls, walls.upper[22], POSE, spacing=1e-3).items():
        x, y = np.rint(curve.T / GRID.spacing).astype(int) + 2
        around = np.stack([tissues[y + i, x + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
        assert ((around == code[tissue]).any(0)).mean() > 0.97
        assert ((around != code[tissue]).any(0)).mean() > 0.97


@pytest.mark.parametrize("name", SHAPES)
def test_articulators_go_with_the_points_in_order(heads, name):
    walls = heads[name]
    curves = boundaries(walls, walls.upper[22], POSE, spacing=1e-3)
    named = articulators(walls, spacing=1e-3)
    order = {
        "upper": ["upper lip", "palate", "velum"],
        "lower": ["lower lip", "tongue", "epiglottis", "larynx"],
        "wall": ["wall"],
    }
    for tissue, codes in named.items():
        assert len(codes) == len(curves[tissue])
        seen = [ARTICULATORS[code - 1] for code in dict.fromkeys(codes.tolist())]
        assert seen == [one for one in order[tissue] if one in seen]
        assert len(seen) >= len(order[tissue]) - 1
        assert (np.diff(codes) >= 0).all()
    tongue = curves["lower"][named["lower"] == ARTICULATORS.index("tongue") + 1]
    outline = placed(walls.tongue, walls.upper[22], POSE)
    assert distance_to(tongue, outline)[0].max() < 2e-3


@pytest.mark.parametrize("name", SHAPES)
def test_curves_run_from_the_lips_to_the_glottis(heads, name):
    walls = heads[name]
    curves = boundaries(walls, walls.upper[22], POSE, spacing=1e-3)
    glottis = placed(walls.lower[:1], walls.upper[22], POSE)[0]
    np.testing.assert_allclose(curves["lower"][-1], glottis)
    assert curves["lower"][0, 0] < 0.07 > curves["upper"][0, 0]
    assert curves["wall"][-1, 1] > curves["wall"][0, 1]
    for curve in curves.values():
        step = np.hypot(*np.diff(curve, axis=0).T)  # shorter across a corner
        assert step.max() < 1.05e-3
        assert np.median(step) == pytest.approx(1e-3, rel=0.02)


def test_a_lip_closure_closes_the_airway(heads):
    """The air of the tract touches outside air when the mouth is open, and not when it is shut."""

    def leaks(tissues):
        airway, outside = tissues == 1, tissues == 0
        return (airway[:, 1:] & outside[:, :-1]).any()

    assert leaks(labelled(heads["a"]))
    assert not leaks(labelled(heads["ll-labial-closure(a)"]))


def test_moving_the_head_by_a_pixel_moves_the_map(heads):
    moved = Pose(POSE.x + GRID.spacing, POSE.y, 0.0)
    here, there = labelled(heads["i"]), labelled(heads["i"], moved)
    np.testing.assert_array_equal(here[:60, :-1], there[:60, 1:])


def test_every_tissue_is_seen(heads):
    assert set(np.unique(labelled(heads["@"]))) == {0, 1, 2, 3, 4, 5}
    materials = material_map(regions(heads["@"], HEAD), heads["@"].upper[22], POSE, GRID)
    assert len(np.unique(materials)) >= len(Material) - 1


def test_follow_goes_round_the_outside():
    along = of(np.array([[0.0, 0], [4, 0]]), "tongue")
    up = of(np.array([[2.0, -1], [2, 3]]), "tongue")
    np.testing.assert_allclose(follow(along, up)[:, :2], [[0, 0], [2, 0], [2, 3]])
    apart = of(np.array([[3.0, 1], [3, 3]]), "tongue")
    np.testing.assert_allclose(follow(along, apart)[:, :2], [[0, 0], [3, 0], [3, 1], [3, 3]])


def test_rim_lies_under_the_skin():
    """Down the front of a body that lies behind: behind is towards smaller x."""
    band = rim(np.array([[1.0, 2], [1, 1], [1, 0]]), 0.5)
    assert band[:, 0].min() == pytest.approx(0.5)
    assert band[:, 0].max() == pytest.approx(1)


def test_resampling_keeps_ends_and_spaces_evenly():
    curve = resample(np.array([[0.0, 0], [1, 0], [1, 1]]), 0.1)
    assert len(curve) == 21
    np.testing.assert_allclose(curve[[0, 10, -1]], [[0, 0], [1, 0], [1, 1]])
