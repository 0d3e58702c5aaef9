"""Curves from shares of tissue: below a pixel, and in the order of the tract."""

import numpy as np
import pytest

from tractable.contours.boundaries import (
    FACING,
    LOWER,
    POINTS,
    Outline,
    Ranking,
    boundary,
    outlines,
    ranked,
    row,
    runs,
    unrolled,
    without_gaps,
)
from tractable.curves import arc_length

STEP = 2e-3
PLACE = STEP * np.arange(48)


def frame(share: np.ndarray) -> Ranking:
    return Ranking(*(part[0] for part in ranked(share[None].astype("float32"))))


def two(tissue: int, other: int, amount: np.ndarray) -> Ranking:
    """``amount`` of one tissue, the rest of another."""
    share = np.zeros((6, *amount.shape))
    share[tissue], share[other] = amount, 1 - amount
    return frame(share)


def covered(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel that lies before a straight edge, from its centre's distance to it."""
    return np.clip(0.5 - distance / STEP, 0, 1)


@pytest.mark.parametrize("edge", [0.0400, 0.0405, 0.0411, 0.0419])
def test_an_edge_between_two_pixels_is_found_between_them(edge):
    amount = np.broadcast_to(covered(PLACE - edge), (48, 48))
    (outline,) = outlines(two(LOWER, 1, amount), LOWER, PLACE, PLACE)
    assert outline.curve[:, 0] == pytest.approx(edge, abs=0.15 * STEP)
    assert set(outline.beyond) == {1}


def test_a_disc_has_its_radius():
    y, x = np.meshgrid(PLACE, PLACE, indexing="ij")
    centre, radius = np.array([0.047, 0.049]), 0.023
    away = np.hypot(x - centre[0], y - centre[1]) - radius
    (outline,) = outlines(two(LOWER, 1, covered(away)), LOWER, PLACE, PLACE)
    found = np.hypot(*(outline.curve - centre).T)
    assert found.mean() == pytest.approx(radius, abs=0.02 * STEP)
    assert np.ptp(found) < 0.2 * STEP


def test_ranks():
    share = np.random.default_rng(0).random((3, 6, 4, 5)).astype("float32")
    ranking = ranked(share)
    in_order = np.sort(share, 1)
    assert np.array_equal(ranking.label, share.argmax(1))
    assert np.array_equal(ranking.largest, in_order[:, -1])
    assert np.array_equal(ranking.second, in_order[:, -2])
    assert np.array_equal(share, ranking.share)


def mouth(half_open: float) -> Ranking:
    """Upper tissue above, lower below, airway between; both end at a lip at 30 mm, and at the back
    a wall from 70 mm."""
    y, x = np.meshgrid(PLACE, PLACE, indexing="ij")
    label = np.where(y < 0.047 - half_open, 3, np.where(y > 0.047 + half_open, 2, 1))
    label = np.where(x > 0.070, 4, np.where(x < 0.030, 0, label))
    return frame((np.arange(6)[:, None, None] == label).astype(float))


def pieces_of(ranking: Ranking, name: str) -> list[np.ndarray]:
    facing = FACING[name]
    edges = outlines(ranking, facing.tissue, PLACE, PLACE)
    return boundary(edges, facing, bridge=5e-3, shortest=6e-3)


@pytest.mark.parametrize("name", ["upper", "lower"])
def test_curves_run_from_the_lips_inward(name):
    (curve,) = pieces_of(mouth(0.010), name)
    assert curve[0, 0] == pytest.approx(0.030, abs=STEP)
    assert curve[-1, 0] > 0.065
    side = -1 if name == "upper" else 1
    inside = curve[(curve[:, 0] > 0.04) & (curve[:, 0] < 0.06), 1]
    assert inside == pytest.approx(0.047 + side * 0.010, abs=STEP)


def test_the_wall_runs_downward():
    (curve,) = pieces_of(mouth(0.010), "wall")
    assert curve[0, 1] < curve[-1, 1]


def test_in_a_closure_both_curves_run_on_and_coincide():
    for name in ("upper", "lower"):
        (curve,) = pieces_of(mouth(0.0), name)
        inside = (curve[:, 0] > 0.032) & (curve[:, 0] < 0.068)
        assert curve[inside, 1] == pytest.approx(0.047, abs=1e-6)
        assert np.ptp(curve[inside, 0]) > 0.030


def test_a_hole_in_a_tissue_is_no_boundary():
    amount = np.ones((48, 48))
    amount[20:24, 20:24] = 0
    assert pieces_of(two(LOWER, 1, amount), "lower") == []


def test_nor_is_a_hole_that_looks_like_airway_in_part():
    """Marrow: half of it reads as airway, half as outside air; the mouth above keeps its edge."""
    ranking = mouth(0.010)
    label = ranking.label.copy()
    hole = np.s_[38:44, 25:31]
    assert (label[hole] == LOWER).all()
    label[hole] = 1
    label[38:44, 28:31] = 0
    marrow = frame((np.arange(6)[:, None, None] == label).astype(float))
    (curve,) = pieces_of(marrow, "lower")
    np.testing.assert_array_equal(curve, pieces_of(ranking, "lower")[0])


def test_a_closed_edge_is_cut_where_it_faces_something_else():
    """A square whose right half faces the tract: one piece, cut at its left."""
    turn = np.linspace(0, 2 * np.pi, 41)
    curve = 0.02 * np.stack([np.cos(turn), np.sin(turn)], 1)
    curve[-1] = curve[0]
    edge = unrolled(
        Outline(curve, np.where(curve[:, 0] > 0, 1, 0).astype("uint8")), FACING["lower"]
    )
    assert len(runs(edge.beyond == 1)) == 1
    assert edge.curve[0, 0] < -0.015


def test_small_gaps_are_bridged_and_large_ones_are_not():
    kept = np.array([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0], bool)
    arc = 1e-3 * np.arange(len(kept))
    assert without_gaps(kept, arc, 3e-3).tolist() == [1] * 6 + [0] * 5 + [1, 0]


def test_rows_have_points_evenly_spaced_and_gaps_between_pieces():
    one = np.array([[0.0, 0.0], [0.020, 0.0]])
    found = row([one, one + 0.05], 1e-3)
    assert found.shape == (POINTS, 2)
    known = np.isfinite(found).all(1)
    assert [last - first for first, last in runs(known)] == [20, 20]
    assert np.diff(arc_length(found[:21])) == pytest.approx(1e-3)


@pytest.mark.parametrize("name, side", [("upper", -1), ("lower", 1)])
def test_a_round_lip_ends_where_it_turns_to_the_face(name, side):
    """A lip with a front of radius 6 mm: followed to where its skin is inclined by a half."""
    y, x = np.meshgrid(PLACE, PLACE, indexing="ij")
    radius, centre = 0.006, np.array([0.030, 0.047 + side * 0.010])
    lip = np.hypot(x - centre[0], y - centre[1]) - radius
    inside = np.maximum(centre[0] - x, -side * (y - centre[1]) - radius)
    share = np.zeros((6, *x.shape))
    share[FACING[name].tissue] = covered(np.minimum(lip, inside))
    share[1], share[0] = (1 - share.sum(0)) * (x > centre[0]), (1 - share.sum(0)) * (x <= centre[0])
    (curve,) = pieces_of(frame(share), name)
    assert curve[0, 0] == pytest.approx(centre[0] - radius * np.cos(np.pi / 6), abs=STEP)
