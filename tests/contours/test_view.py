"""Blank margins and mirrors: what is looked at, and the way back to the frames as given."""

import numpy as np
import pytest

from tractable.contours.view import View, extremes, without_margins

SMALLEST = 10


@pytest.mark.parametrize("grey", [0, 50])
def test_blank_lines_are_margins_and_dark_ones_are_not(grey):
    frames = np.full((3, 40, 50), grey, "uint8")
    frames[:, 5:30, 8:45] = np.random.default_rng(0).integers(0, 100, (3, 25, 37))
    assert without_margins(extremes(frames), SMALLEST) == View(slice(5, 30), slice(8, 45))
    frames[1, 38, 2] = grey + 5  # noise in one frame is a picture
    assert without_margins(extremes(frames), SMALLEST) == View(slice(5, 39), slice(2, 45))


@pytest.mark.parametrize("frames", [np.zeros((2, 40, 50)), np.eye(40)[None] * [[[1.0]], [[2.0]]]])
def test_nothing_is_cut_that_leaves_too_little(frames):
    frames = frames.copy()
    frames[:, 9:, :] = 0
    height, width = frames.shape[1:]
    assert without_margins(extremes(frames), SMALLEST) == View(slice(0, height), slice(0, width))


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_point_comes_back_to_the_pixel_where_it_was_seen(mirrored):
    """One pixel shines: found in the view, it shines at the same place of the frames."""
    frames = np.zeros((1, 40, 50))
    frames[0, 12, 31] = 1
    view = View(slice(5, 30), slice(8, 45), mirrored)
    seen = view.of(frames)
    row, column = np.argwhere(seen[0])[0]
    point = np.full((1, 3, 2, 2), np.nan, "float32")
    point[0, 0, 0] = 2e-3 * column, 2e-3 * row
    found = {
        "boundary": point,
        "constriction_point": point[:, :, 0],
        "tissue_map": seen.astype("uint8"),
        "refused": np.array([""]),
    }
    given = view.given(found, frames.shape, 2e-3)
    np.testing.assert_allclose(given["boundary"][0, 0, 0], (2e-3 * 31, 2e-3 * 12), rtol=1e-6)
    assert np.isnan(given["boundary"][0, 1:]).all()
    np.testing.assert_array_equal(given["tissue_map"], frames)
    assert given["refused"] is found["refused"]
