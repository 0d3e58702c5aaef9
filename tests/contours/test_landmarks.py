"""Where the ends of boundaries stand to one another, and blank margins."""

import numpy as np
import pytest

from tests.contours.heads import PARAMS, POSE, USC, filmed
from tractable.contours.landmarks import WRONG, misplaced
from tractable.contours.margins import picture_in

PLAUSIBLE = PARAMS["contours"]["plausible"]
#: Lips at 20 mm, wall at 100 mm, glottis 70 mm below the lips: ends of upper, lower and wall.
HEAD = {
    "upper": [(20, 50), (95, 55)],
    "lower": [(20, 60), (90, 130)],
    "wall": [(100, 55), (98, 130)],
}


def of_head(**moved) -> str:
    """What is wrong with the head, some of its ends moved [mm]."""
    curves = np.array([*(HEAD | moved).values()], float) / 1000
    return misplaced(curves, PLAUSIBLE)


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
    from tractable.contours import track

    film = np.repeat(filmed(USC, POSE)[0], 3, axis=0)
    for spacing in (1.2e-3, 4.8e-3):
        assert (track(film, spacing, 83.28).refused != "").mean() > 0.9


SMALLEST = 10


@pytest.mark.parametrize("grey", [0, 50])
def test_blank_lines_are_margins_and_dark_ones_are_not(grey):
    frames = np.full((3, 40, 50), grey, "uint8")
    frames[:, 5:30, 8:45] = np.random.default_rng(0).integers(0, 100, (3, 25, 37))
    assert picture_in(frames, SMALLEST) == (slice(5, 30), slice(8, 45))
    frames[1, 38, 2] = grey + 5  # noise in one frame is a picture
    assert picture_in(frames, SMALLEST) == (slice(5, 39), slice(2, 45))


@pytest.mark.parametrize("frames", [np.zeros((2, 40, 50)), np.eye(40)[None] * [[[1.0]], [[2.0]]]])
def test_nothing_is_cut_that_leaves_too_little(frames):
    frames = frames.copy()
    frames[:, 9:, :] = 0
    height, width = frames.shape[1:]
    assert picture_in(frames, SMALLEST) == (slice(0, height), slice(0, width))
