"""Curves from shares of parts: below a pixel, in the order of the tract, by articulator."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tractable.contours.boundaries import FACING, POINTS, TISSUE_OF, pieces, trace_shares
from tractable.contours.kernel import (
    FACE,
    FRONT,
    LOWER_LIP,
    PALATE,
    TONGUE,
    UPPER_LIP,
    VELUM,
    in_order,
    outlines,
    unrolled,
    without_crumbs,
    without_gaps,
    without_strays,
)
from tractable.contracts import ARTICULATORS, CONSTRICTIONS
from tractable.contracts import FACE as CONTRACT_FACE
from tractable.contracts import FRONT as CONTRACT_FRONT
from tractable.curves import arc_length
from tractable.segmenter import PARTS
from tractable.segmenter.preparation import GRID

SIDE = 48
PLACE = GRID * np.arange(SIDE)
Y, X = np.meshgrid(PLACE, PLACE, indexing="ij")
PART = {name: k for k, name in enumerate(PARTS)}
OPTIONS = {
    "neighbour_share": 0.0,
    "point_spacing": 1e-3,
    "bridge": 5e-3,
    "shortest": 6e-3,
    "farthest": 0.015,
}
MIDDLE = 0.047


def shares(label: np.ndarray) -> np.ndarray:
    """Every pixel wholly of one part, named by its code."""
    return (label[..., None] == np.arange(len(PARTS))).astype("float32")


def two(part: str, other: str, amount: np.ndarray) -> np.ndarray:
    """``amount`` of one part, the rest of another."""
    share = np.zeros((SIDE, SIDE, len(PARTS)), "float32")
    share[..., PART[part]], share[..., PART[other]] = amount, 1 - amount
    return share


def covered(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel that lies before a straight edge, from its centre's distance to it."""
    return np.clip(0.5 - distance / GRID, 0, 1)


def film_of(frames: list[np.ndarray]) -> np.ndarray:
    """As the network answers: parts before pixels."""
    return np.ascontiguousarray(np.moveaxis(np.stack(frames), -1, 1))


def traced(share: np.ndarray, **options):
    return trace_shares(film_of([share] * 3), (SIDE, SIDE), GRID, **OPTIONS | options)


def curve_of(share: np.ndarray, tissue: str) -> np.ndarray:
    found = traced(share)
    curve = found.boundary[0, list(FACING).index(tissue)]
    return curve[np.isfinite(curve[:, 0])]


def edges_of(share: np.ndarray, tissue: int) -> list[np.ndarray]:
    """Outlines of a tissue in metres, from hard or soft shares of parts."""
    total = np.stack([share[..., k == TISSUE_OF].sum(-1) for k in range(6)], -1)
    rivals = np.stack([np.delete(total, k, -1).max(-1) for k in range(6)], -1)
    most = 3 * SIDE**2
    room = np.empty((most, 2)), np.empty((most, 2), np.int64), np.empty(most, "uint8")
    ends = np.empty(most, np.int64)
    lead = (total - rivals)[..., tissue].astype("float32")
    count = outlines(total.argmax(-1).astype("uint8"), lead, tissue, *room, ends)
    return [GRID * part for part in np.split(room[0], ends[:count])[:count]]


@pytest.mark.parametrize("edge", [0.0400, 0.0405, 0.0411, 0.0419])
def test_an_edge_between_two_pixels_is_found_between_them(edge):
    (outline,) = edges_of(two("tongue", "airway", covered(X - edge)), FACING["lower"].tissue)
    assert outline[:, 0] == pytest.approx(edge, abs=0.15 * GRID)


def test_a_disc_has_its_radius():
    centre, radius = np.array([0.047, 0.049]), 0.023
    away = np.hypot(X - centre[0], Y - centre[1]) - radius
    (outline,) = edges_of(two("tongue", "airway", covered(away)), FACING["lower"].tissue)
    found = np.hypot(*(outline - centre).T)
    assert found.mean() == pytest.approx(radius, abs=0.02 * GRID)
    assert np.ptp(found) < 0.2 * GRID
    np.testing.assert_array_equal(outline[0], outline[-1])


@pytest.mark.parametrize("seed", range(5))
def test_every_edge_of_noise_is_walked_once_and_comes_back(seed):
    """Saddles everywhere; whether an edge is an outer one or a hole's, none is walked twice."""
    random = np.random.default_rng(seed)
    share = random.dirichlet(np.full(len(PARTS), 0.3), (SIDE, SIDE)).astype("float32")
    for facing in FACING.values():
        found = edges_of(share, facing.tissue)
        crossed = np.concatenate([np.unique(edge, axis=0) for edge in found])
        assert len(np.unique(crossed, axis=0)) == len(crossed)
        for edge in found:
            ends = edge[[0, -1]] / GRID
            border = np.isin(ends.round(9), [0, SIDE - 1]).any(1)
            assert np.array_equal(*ends) or border.all()


def mouth(half_open: float, fine: int = 21) -> np.ndarray:
    """Upper tissue above, lower below, airway between; both end at a lip at 30 mm, and at the back
    a wall from 70 mm. From 40 mm on palate and tongue, from 60 mm on velum and epiglottis."""
    step = (np.arange(fine) - fine // 2) / fine * GRID
    total = np.zeros((SIDE, SIDE, len(PARTS)))
    for y in (Y + s for s in step):
        above = np.select(
            [X < 0.040, X < 0.060], [PART["upper lip"], PART["palate"]], PART["velum"]
        )
        below = np.select(
            [X < 0.040, X < 0.060], [PART["lower lip"], PART["tongue"]], PART["epiglottis"]
        )
        label = np.select(
            [X < 0.030, X > 0.070, y < MIDDLE - half_open, y > MIDDLE + half_open],
            [PART["outside"], PART["wall"], above, below],
            PART["airway"],
        )
        total += shares(label) / fine
    return total.astype("float32")


@pytest.mark.parametrize("tissue", ["upper", "lower"])
def test_curves_run_from_the_face_over_the_lips_inward(tissue):
    found = traced(mouth(0.010))
    k = list(FACING).index(tissue)
    side = -1 if tissue == "upper" else 1
    face, curve = found.articulator[0, k] == FACE, found.boundary[0, k]
    assert curve[face, 0] == pytest.approx(0.030, abs=GRID)
    assert np.ptp(curve[face, 1]) > 0.025  # up to the end of the image
    (inner,) = pieces(curve, found.articulator[0, k])
    assert inner[0, 0] == pytest.approx(0.030, abs=GRID)
    assert inner[-1, 0] > 0.065
    inside = inner[(inner[:, 0] > 0.04) & (inner[:, 0] < 0.06), 1]
    assert inside == pytest.approx(MIDDLE + side * 0.010, abs=0.15 * GRID)


@pytest.mark.parametrize(
    "tissue, order",
    [
        ("upper", ["face", "upper lip", "palate", "velum"]),
        ("lower", ["face", "lower lip", "tongue", "epiglottis"]),
        ("wall", ["wall"]),
    ],
)
def test_articulators_follow_one_another(tissue, order):
    codes = traced(mouth(0.010)).articulator[0, list(FACING).index(tissue)]
    seen = codes[codes > 0]
    assert [ARTICULATORS[code - 1] for code in dict.fromkeys(seen.tolist())] == order
    assert len(seen) - 1 == np.count_nonzero(np.diff(seen) == 0) + len(order) - 1


def test_a_stray_label_does_not_break_the_order():
    """Three labels in a row, one point of the last among the first; and the second is missing."""
    likely = np.eye(3)[[0, 0, 2, 0, 0, 0, 1, 1, 1, 2, 2]]
    assert in_order(0.8 * likely + 0.1).tolist() == [0] * 6 + [1] * 3 + [2] * 2
    assert in_order(np.eye(3)[[0, 0, 0, 2, 2]]).tolist() == [0, 0, 0, 2, 2]


def test_the_kernel_and_the_contract_speak_of_the_same():
    named = {"face": FACE, "upper lip": UPPER_LIP, "palate": PALATE, "velum": VELUM}
    for name, code in (named | {"lower lip": LOWER_LIP, "tongue": TONGUE}).items():
        assert ARTICULATORS[code - 1] == name
    assert (FACE, FRONT) == (CONTRACT_FACE, CONTRACT_FRONT)


def test_the_wall_runs_downward():
    curve = curve_of(mouth(0.010), "wall")
    assert curve[0, 1] < curve[-1, 1]


def test_in_a_closure_both_curves_run_on_and_coincide():
    for tissue in ("upper", "lower"):
        curve = curve_of(mouth(0.0), tissue)
        inside = (curve[:, 0] > 0.032) & (curve[:, 0] < 0.068)
        assert curve[inside, 1] == pytest.approx(MIDDLE, abs=0.15 * GRID)
        assert np.ptp(curve[inside, 0]) > 0.030


def test_a_hole_in_a_tissue_is_no_boundary():
    amount = np.ones((SIDE, SIDE))
    amount[20:24, 20:24] = 0
    assert len(curve_of(two("tongue", "airway", amount), "lower")) == 0


def test_nor_is_a_hole_that_looks_like_airway_in_part():
    """Marrow: half of it reads as airway, half as outside air; the mouth above keeps its edge."""
    whole = mouth(0.010)
    marrow = whole.copy()
    marrow[38:44, 25:28] = np.eye(len(PARTS))[PART["airway"]]
    marrow[38:44, 28:31] = np.eye(len(PARTS))[PART["outside"]]
    np.testing.assert_array_equal(curve_of(marrow, "lower"), curve_of(whole, "lower"))


def test_an_island_in_the_tract_is_no_boundary():
    whole = mouth(0.010)
    island = whole.copy()
    island[20:25, 22:27] = np.eye(len(PARTS))[PART["tongue"]]
    np.testing.assert_array_equal(curve_of(island, "lower"), curve_of(whole, "lower"))


def test_a_closed_edge_is_cut_where_it_faces_something_else():
    """A circle whose right half faces the tract: one run of it, cut at its left."""
    turn = np.linspace(0, 2 * np.pi, 41)
    curve = 0.02 * np.stack([np.cos(turn), np.sin(turn)], 1)
    curve[-1] = curve[0]
    beyond = np.where(curve[:, 0] > 0, 1, 5).astype("uint8")
    facing = np.arange(6) == 1
    unrolled(curve, np.zeros((41, 2), np.int64), beyond, facing, True)
    assert np.count_nonzero(np.diff((beyond == 1).astype(int))) == 2
    assert curve[0, 0] < -0.015


def test_small_gaps_are_bridged_and_large_ones_are_not():
    kept = np.array([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0], bool)
    arc = 1e-3 * np.arange(len(kept))
    without_gaps(kept, arc, 3e-3)
    assert kept.tolist() == [1] * 6 + [0] * 5 + [1, 0]
    without_crumbs(kept, arc, 3e-3)
    assert kept.tolist() == [1] * 6 + [0] * 7


def test_points_are_evenly_spaced_and_a_gap_ends_a_piece():
    found = traced(mouth(0.010))
    assert found.boundary.shape == (1, 3, POINTS, 2)
    for curve, code in zip(found.boundary[0], found.articulator[0], strict=True):
        np.testing.assert_array_equal(np.isfinite(curve[:, 0]), code > 0)
        for piece in pieces(curve, code):
            assert np.diff(arc_length(piece)).max() < 1.01e-3


def test_a_boundary_that_is_too_long_loses_points_of_the_face():
    found, fine = (traced(mouth(0.010), point_spacing=step) for step in (1e-3, 1.5e-4))
    for whole, cut in zip(found.boundary[0][:2], fine.boundary[0][:2], strict=True):
        ends = [curve[np.isfinite(curve[:, 0])][-1] for curve in (whole, cut)]
        np.testing.assert_allclose(*ends, atol=1e-6)


@pytest.mark.parametrize("tissue, side", [("upper", -1), ("lower", 1)])
def test_the_face_begins_where_a_round_lip_turns_to_it(tissue, side):
    """A lip with a front of radius 6 mm: inner to where its skin is inclined by a half."""
    radius, centre = 0.006, np.array([0.030, MIDDLE + side * 0.010])
    lip = np.hypot(X - centre[0], Y - centre[1]) - radius
    inside = np.maximum(centre[0] - X, -side * (Y - centre[1]) - radius)
    share = np.zeros((SIDE, SIDE, len(PARTS)), "float32")
    share[..., PART[f"{tissue} lip"]] = covered(np.minimum(lip, inside))
    rest = 1 - share.sum(-1)
    share[..., PART["airway"]], share[..., PART["outside"]] = (
        rest * (centre[0] < X),
        rest * (centre[0] >= X),
    )
    found = traced(share)
    k = list(FACING).index(tissue)
    (curve,) = pieces(found.boundary[0, k], found.articulator[0, k])
    assert curve[0, 0] == pytest.approx(centre[0] - radius * np.cos(np.pi / 6), abs=GRID)
    assert (found.articulator[0, k] == FACE).any()


@pytest.mark.parametrize("half_gap", [0.0, 0.2e-3, 0.4e-3, 0.8e-3, 3e-3])
@pytest.mark.parametrize("place, x", [("lips", 0.035), ("alveolar", 0.045), ("velar", 0.055)])
def test_a_gap_below_a_pixel_has_its_width(half_gap, place, x):
    """The channel is as wide everywhere; the air that its pixels hold says how wide."""
    found = traced(mouth(half_gap, fine=101))
    k = CONSTRICTIONS.index(place)
    assert found.degree[0, k] == pytest.approx(2 * half_gap, abs=0.1e-3)
    assert found.point[0, k] == pytest.approx([x, MIDDLE], abs=3e-3)


def test_what_is_not_there_has_no_constriction():
    amount = np.broadcast_to(covered(X - 0.04), (SIDE, SIDE))
    found = traced(two("tongue", "airway", amount))
    assert np.isnan(found.degree).all()
    assert np.isnan(found.point).all()


def test_an_edge_that_moves_evenly_is_seen_where_it_is_now():
    """The mean over three frames is symmetric: no lag, to a fiftieth of what it moves a frame."""
    speed = 0.8e-3
    film = film_of([two("tongue", "airway", covered(0.05 + speed * k - Y)) for k in range(5)])
    found = trace_shares(film, (SIDE, SIDE), GRID, **OPTIONS | {"neighbour_share": 0.25})
    lower = found.boundary[:, list(FACING).index("lower"), :, 1]
    means = np.nanmean(lower, axis=1)
    assert means - 0.05 == pytest.approx(speed * np.array([1, 2, 3]), abs=0.15 * GRID)
    assert (means - 0.05 - speed * np.array([1, 2, 3])).mean() == pytest.approx(
        0, abs=speed / 50 + 2e-5
    )


def test_doubt_is_least_across_a_sharp_edge_and_grows_as_it_blurs():
    doubts = []
    for blur in (1, 2, 3):
        share = two("tongue", "airway", np.clip(0.5 - (MIDDLE - Y) / (blur * GRID), 0, 1))
        doubts.append(np.nanmedian(traced(share).doubt[0, list(FACING).index("lower")]))
    assert doubts[0] < 0.4 * GRID
    assert np.diff(doubts).min() > 0.1 * GRID


OVERRUN = """
from tests.contours.test_boundaries import Y, covered, traced, two
traced(two("tongue", "airway", covered(0.05 - Y)))
"""


def test_a_lip_at_the_border_of_the_image_reads_nothing_beyond_its_arrays():
    """Uncompiled, Python looks after every index: an edge that begins at the border has no skin
    before its lip, and a piece of a single point once read what lay beyond it."""
    plain = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", OVERRUN], env=os.environ | plain, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_piece_far_from_the_others_is_none_of_the_boundary():
    """Four pieces down a line; the third is the longest, the second near it, the first is not."""
    along = np.r_[0:4.0, 20:26.0, 28:40.0, 41:44.0]
    points = np.stack([np.zeros_like(along), along], 1)
    piece = np.repeat([1, 2, 3, 4], [4, 6, 12, 3])
    index, kept = without_strays(np.arange(len(along)), piece, points, along, 10.0)
    np.testing.assert_array_equal(np.unique(kept), [2, 3, 4])
    np.testing.assert_array_equal(along[index], along[4:])
    index, kept = without_strays(np.arange(len(along)), piece, points, along, 2.5)
    np.testing.assert_array_equal(np.unique(kept), [3, 4])
    index, kept = without_strays(np.arange(len(along)), piece, points, along, 17.0)
    np.testing.assert_array_equal(kept, piece)
