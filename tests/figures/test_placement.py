"""Names beside a crowd of points: every one can be read, and it is clear whose it is."""

from itertools import permutations

import numpy as np
import pytest

from tractable.figures.placement import Spots, best_places, overlaps, within

INSIDE = np.array([0, 0, 400, 300])
SIZE = np.array([60, 10])


@pytest.fixture(params=range(4))
def placed(request):
    """Ten names of one size around points that lie within 50 pixels."""
    points = np.random.default_rng(request.param).uniform(150, 200, (10, 2))
    spots = {str(k): Spots.around(point, SIZE, 1.4) for k, point in enumerate(points)}
    places = best_places(spots, np.array([of.sign for of in spots.values()]), INSIDE)
    return [(spots[n].sign, spots[n].boxes[k], spots[n].leaders[k]) for n, k in places.items()]


def test_names_cover_neither_each_other_nor_a_point(placed):
    for (_, box, _), (sign, other, _) in permutations(placed, 2):
        assert overlaps(box[None], other[None]) == 0
        assert overlaps(box[None], sign[None]) == 0


def test_no_name_is_crossed_by_another_ones_line(placed):
    for (_, _, leader), (_, other, _) in permutations(placed, 2):
        assert not within(leader, other).any()


def test_a_name_alone_stands_beside_its_point():
    spots = {"one": Spots.around(np.array([200, 150]), SIZE, 1.0)}
    places = best_places(spots, spots["one"].sign[None], INSIDE)
    np.testing.assert_allclose(spots["one"].boxes[places["one"]], [206, 145, 266, 155])


def test_a_name_at_the_edge_turns_inwards():
    spots = {"one": Spots.around(np.array([395, 150]), SIZE, 1.0)}
    places = best_places(spots, spots["one"].sign[None], INSIDE)
    assert spots["one"].boxes[places["one"]][2] <= 395
