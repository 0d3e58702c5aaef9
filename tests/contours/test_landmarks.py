"""Where the ends of boundaries stand to one another."""

import numpy as np
import pytest

from tests.contours.heads import PARAMS, POSE, USC, filmed
from tractable.contours import track
from tractable.contours.landmarks import WRONG, misplaced

PLAUSIBLE = PARAMS["contours"]["plausible"]
#: Lips at 20 mm, wall at 100 mm, glottis 70 mm below the lips: ends of upper, lower and wall.
HEAD = {
    "upper": [(20, 50), (95, 55)],
    "lower": [(20, 60), (90, 130)],
    "wall": [(100, 55), (98, 130)],
}


def of_head(**moved) -> str:
    """What is wrong with the head, some of its ends moved [mm]."""
    ends = np.array([*(HEAD | moved).values()], float) / 1000
    curves = np.full((3, 6, 2), np.nan)
    curves[:, [1, 3]] = ends  # NaN about them, as about pieces
    (words,) = misplaced(curves[None], PLAUSIBLE)
    return words


def test_a_head_is_plausible():
    assert of_head() == ""


@pytest.mark.parametrize(
    "moved, words",
    [
        ({"lower": [(20, 120), (90, 150)]}, "lips far apart"),
        ({"upper": [(20, 50), (50, 55)]}, "velum not behind the lips"),
        ({"upper": [(20, 50), (15, 55)]}, "velum not behind the lips"),
        ({"wall": [(50, 55), (52, 130)]}, "wall not behind the lips"),
        ({"wall": [(160, 55), (160, 130)]}, "wall not behind the lips"),
        ({"lower": [(20, 60), (90, 70)]}, "glottis not below the lips"),
        ({"upper": [(20, 50), (70, 5)]}, "velum far from the wall"),
        ({"wall": [(100, 130), (98, 55)]}, "wall does not run down"),
        ({"lower": [(20, 60), (50, 130)]}, "glottis far from the wall"),
    ],
)
def test_what_no_head_has_is_named(moved, words):
    assert of_head(**moved) == words


def test_every_distance_has_its_words_and_its_limits():
    assert set(PLAUSIBLE) == set(WRONG)


def test_a_wrong_pixel_spacing_is_seen_where_the_head_gets_too_large_or_too_small():
    """Half or twice as large; a head a quarter larger might be one."""
    film = np.repeat(filmed(USC, POSE)[0], 3, axis=0)
    for spacing in (1.2e-3, 4.8e-3):
        assert (track(film, spacing, 83.28).refused != "").mean() > 0.9
