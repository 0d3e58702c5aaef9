"""Channels whose midline, width and length can be written down."""

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.curves import arc_length, bridged, channel, distance_to, resampled
from tractable.curves.midline import pairing

GEOMETRY = {
    "sections": 40,
    "step": 1.5e-3,
    "pocket_mouth": 0.012,
    "pocket_depth": 1.5,
    "stiffness": 3.6e-3,
    "flare": 0.0,
}


def line(*corners):
    return resampled(np.array(corners, float), 1e-3)


def straight(width=0.02, length=0.16):
    return line((0, 0), (length, 0)), line((0, width), (length, width))


def bend(inner=0.02, outer=0.04):
    """A quarter circle between two straight pieces of 4 cm, as mouth, velum and pharynx."""
    angle = np.linspace(np.pi / 2, 0, 60)[:, None]
    arc = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    before, after = np.array([[-0.04, 0]]), np.array([[0, -0.04]])
    walls = []
    for radius in (outer, inner):
        wall = radius * arc
        walls.append(np.concatenate([wall[:1] + before, wall, wall[-1:] + after]))
    return walls


def wedge(narrow=0.005, wide=0.025, length=0.16):
    half = np.array([narrow, wide]) / 2
    return line((0, half[0]), (length, half[1])), line((0, -half[0]), (length, -half[1]))


def step_in_one_wall():
    """A level wall facing one that steps from 25 mm to 8 mm."""
    return line((0, 0), (0.16, 0)), line((0, 0.025), (0.07, 0.025), (0.08, 0.008), (0.16, 0.008))


def with_pocket(wall, at=0.08, mouth=0.006, depth=0.02):
    """A straight wall at y > 0 with a narrow bight away from the channel below it."""
    x, y = wall[:, 0], wall[0, 1]
    bight = line((at, y), (at, y + depth), (at + mouth, y + depth), (at + mouth, y))
    return np.concatenate([wall[x < at], bight, wall[x > at + mouth]])


def ways(i, j):
    """All ordered pairings of i + 1 with j + 1 points."""
    if i == j == 0:
        return [[(0, 0)]]
    before = [(a, b) for a, b in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if a >= 0 and b >= 0]
    return [[*way, (i, j)] for a, b in before for way in ways(a, b)]


def test_no_other_pairing_is_better():
    """Squared rungs, by the trapezoidal rule over the steps along both walls, tried one by one."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        outer, inner = rng.normal(size=(2, 5, 2)) + [[[0.0, 2.0]], [[0.0, 0.0]]]
        square = ((outer[:, None] - inner) ** 2).sum(-1)

        def cost(way, square=square):
            (a, b), rungs = np.diff(way, axis=0).T, square[tuple(np.transpose(way))]
            return ((a + b) * (rungs[1:] + rungs[:-1]) / 2).sum()

        best = min(cost(way) for way in ways(4, 4))
        assert cost(pairing(outer, inner)) == pytest.approx(best)


def test_straight_channel():
    found = channel(*straight(), **GEOMETRY)
    assert found.length == pytest.approx(0.16, abs=1e-6)
    np.testing.assert_allclose(found.distance, 0.02, atol=1e-6)
    np.testing.assert_allclose(found.midline[:, 1], 0.01, atol=1e-6)
    np.testing.assert_allclose(found.midline[:, 0], 0.16 * (np.arange(40) + 0.5) / 40, atol=1e-6)


def test_bent_channel_keeps_its_width_and_its_middle():
    found = channel(*bend(), **GEOMETRY)
    assert found.length == pytest.approx(0.08 + 0.03 * np.pi / 2, rel=0.01)
    np.testing.assert_allclose(found.distance, 0.02, rtol=0.05)  # it cuts the corner a little
    radius = np.hypot(*found.midline[(found.midline > 0).all(1)].T)
    np.testing.assert_allclose(radius, 0.03, atol=6e-4)


def test_wedge_widens_from_the_first_end_on():
    found = channel(*wedge(), **GEOMETRY)
    assert found.length == pytest.approx(0.16, abs=1e-4)
    np.testing.assert_allclose(found.distance, np.linspace(0.00525, 0.02475, 40), atol=1e-4)


def test_flipped_walls_give_the_flipped_channel():
    there = channel(*wedge(), **GEOMETRY)
    back = channel(*(wall[::-1] for wall in wedge()), **GEOMETRY)
    np.testing.assert_allclose(back.distance, there.distance[::-1], atol=1e-6)
    assert np.abs(back.distance - there.distance).max() > 0.015


@pytest.mark.parametrize("mirror", [1, -1])
@pytest.mark.parametrize("shape", [bend, wedge, step_in_one_wall])
def test_turning_mirroring_and_exchanging_walls_change_nothing(shape, mirror):
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]]) * [1, mirror]
    there = channel(*shape(), **GEOMETRY)
    moved = channel(*(wall @ turn + [0.3, -0.1] for wall in shape()[::-1]), **GEOMETRY)
    assert moved.length == pytest.approx(there.length, rel=1e-9)
    np.testing.assert_allclose(moved.distance, there.distance, rtol=1e-6)
    np.testing.assert_allclose(moved.midline, there.midline @ turn + [0.3, -0.1], atol=1e-8)


@pytest.mark.parametrize("spacing", [2e-4, 3e-3])
def test_spacing_of_the_points_hardly_matters(spacing):
    there = channel(*bend(), **GEOMETRY)
    other = channel(*(resampled(wall, spacing) for wall in bend()), **GEOMETRY)
    assert other.length == pytest.approx(there.length, rel=5e-3)
    np.testing.assert_allclose(other.distance, there.distance, rtol=0.04)


def test_midline_runs_through_a_closure():
    upper, lower = straight()
    touching = lower.copy()
    touching[:, 1] -= 0.02 * np.exp(-(((lower[:, 0] - 0.1) / 0.01) ** 2))
    found = channel(upper, touching, **GEOMETRY)
    assert found.distance.min() < 1.5e-3
    assert found.distance.argmin() == pytest.approx(40 * 0.1 / 0.16, abs=1.5)
    assert found.length == pytest.approx(0.16, rel=0.08)


def test_overlapping_walls_have_negative_distance():
    upper, lower = straight()
    crossing = lower - np.array([0, 0.03]) * (np.abs(lower[:, :1] - 0.08) < 0.02)
    assert channel(upper, crossing, **GEOMETRY).distance.min() == pytest.approx(-0.01, rel=0.2)


def test_no_surface_is_lost_or_counted_twice():
    """The sections' surfaces add up to the polygon between the walls."""
    outer, inner = wedge()
    found = channel(outer, inner, **GEOMETRY)
    assert found.distance.mean() * found.length == pytest.approx(0.16 * 0.015, rel=1e-6)


def test_a_side_pocket_is_no_part_of_the_channel():
    level, wall = straight()
    for walls in ((level, with_pocket(wall)), (with_pocket(wall), level)):
        found = channel(*walls, **GEOMETRY)
        assert found.length == pytest.approx(0.16, abs=1e-4)
        np.testing.assert_allclose(found.distance, 0.02, atol=1e-3)
    open_mouth = channel(level, with_pocket(wall), **{**GEOMETRY, "pocket_mouth": 0.004})
    assert open_mouth.distance.max() > 0.03


def test_a_tongue_is_no_pocket():
    """The same shape into the channel is an obstacle, and stays."""
    _, wall = straight()
    spike = with_pocket(wall, depth=-0.008)
    assert len(bridged(spike, side=-1.0, mouth=0.012, depth=1.5)) == len(spike)
    assert len(bridged(with_pocket(wall), side=-1.0, mouth=0.012, depth=1.5)) < len(spike)


def test_a_wall_that_runs_on_alone_is_cut():
    """To an end of 45 degrees, whose middle is half the width further on."""
    upper, _ = straight()
    short = line((0, 0.02), (0.12, 0.02))
    assert channel(upper, short, **GEOMETRY).length == pytest.approx(0.13, abs=1e-3)


def test_an_end_moves_no_faster_than_the_walls():
    """One wall ends 1 mm further on each time, from far behind the other to far beyond it."""
    upper, _ = straight(length=0.12)
    ends = np.arange(0.08, 0.16, 1e-3)
    lengths = [channel(upper, line((0, 0.02), (end, 0.02)), **GEOMETRY).length for end in ends]
    assert np.abs(np.diff(lengths)).max() < 2e-3


def test_flare_is_taken_off_the_first_end():
    found = channel(*straight(), **{**GEOMETRY, "flare": 0.01})
    assert found.length == pytest.approx(0.15)
    assert found.midline[0, 0] == pytest.approx(0.01 + 0.15 / 80, abs=1e-6)


def test_nothing_to_measure_is_refused():
    with pytest.raises(BadInput, match="1 and 2 points"):
        channel(np.zeros((1, 2)), np.ones((2, 2)), **GEOMETRY)
    with pytest.raises(BadInput, match="the flare leaves nothing"):
        channel(*straight(length=0.01), **{**GEOMETRY, "flare": 0.02})


def test_arc_length_and_resampling():
    corner = np.array([[0.0, 0], [3, 0], [3, 4]])
    np.testing.assert_allclose(arc_length(corner), [0, 3, 7])
    np.testing.assert_allclose(resampled(corner, 3.5), [[0, 0], [3, 0.5], [3, 4]])


def test_distance_to_a_curve_in_pieces_and_what_lies_abeam():
    """Two pieces of a straight line, a hole from 2 to 4: beside, in the hole, beyond the end."""
    line = np.array([[0.0, 0], [1, 0], [2, 0], [np.nan, np.nan], [4, 0], [6, 0]])
    points = np.array([[0.5, 3.0], [1.0, -1.0], [2.5, 0.0], [7.0, 0.0], [5.0, 2.0]])
    distance, abeam = distance_to(points, line)
    np.testing.assert_allclose(distance, [3, 1, 0.5, 1, 2])
    assert abeam.tolist() == [True, True, False, False, True]
