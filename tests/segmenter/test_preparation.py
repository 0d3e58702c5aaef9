"""Frames on the network's grid."""

import pytest
import torch

from tractable.segmenter.preparation import (
    GRID,
    channels,
    grid_over,
    interpolation,
    prepared,
    smoothing,
)


def test_interpolation_reads_a_straight_line_between_the_samples():
    at = torch.linspace(1, 8, 23, dtype=torch.float64)
    line = 3 * torch.arange(10.0) - 4
    assert torch.allclose(interpolation(10, at) @ line, (3 * at - 4).float(), atol=1e-5)


def test_interpolation_goes_on_as_the_ends_are():
    at = torch.tensor([-5.0, 0.0, 9.0, 14.0], dtype=torch.float64)
    assert (interpolation(10, at) @ torch.arange(10.0)).tolist() == [0, 0, 9, 9]


@pytest.mark.parametrize(
    "count, spacing", [(68, 0.2 / 68), (84, 2.4e-3), (96, 2.1e-3), (104, 1.9e-3)]
)
def test_a_frame_and_its_grid_share_their_centre(count, spacing):
    grid = grid_over(count, spacing)
    assert grid.count % 16 == 0
    assert float(grid.centres().mean()) == pytest.approx(0.5 * (count - 1) * spacing, abs=1e-9)
    assert grid.count * GRID >= count * spacing - GRID


def test_usual_frames_need_no_larger_a_grid_than_training_has():
    assert grid_over(68, 0.2 / 68).count == grid_over(84, 2.4e-3).count == 96


def test_smoothing_keeps_what_is_constant_and_centres_what_is_not():
    matrix = smoothing(41, torch.tensor(3.0))
    assert torch.allclose(matrix.sum(1), torch.ones(41))
    assert matrix[20].argmax() == 20
    assert torch.allclose(matrix[20], matrix[20].flip(0))


@pytest.mark.parametrize("gain", [0.01, 1.0, 255.0])
def test_the_scale_of_brightness_does_not_matter(gain):
    image = torch.rand(2, 48, 48)
    assert torch.allclose(channels(image), channels(gain * image), atol=1e-4)


def test_local_contrast_forgets_a_slow_shade():
    """A coil four times less sensitive at the far side halves the root, hardly the contrast."""
    image = 0.5 + torch.rand(1, 96, 96)
    shade = torch.linspace(1, 0.25, 96)
    plain, shaded = channels(image)[0], channels(image * shade)[0]
    far = slice(60, 90)
    assert (plain - shaded)[0, :, far].abs().mean() > 0.5
    assert (plain - shaded)[1, :, far].abs().mean() < 0.25


def test_a_frame_is_read_at_the_same_place():
    """A bright dot stays where it was, in metres."""
    frame = torch.full((1, 84, 84), 0.7)
    frame[0, 30, 50] = 1
    root = prepared(frame, 2.4e-3)[0, 0]
    row, column = divmod(int(root.argmax()), root.shape[1])
    grid = grid_over(84, 2.4e-3)
    assert float(grid.centres()[row]) == pytest.approx(30 * 2.4e-3, abs=GRID)
    assert float(grid.centres()[column]) == pytest.approx(50 * 2.4e-3, abs=GRID)
