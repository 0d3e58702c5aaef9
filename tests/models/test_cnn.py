"""The network on pictures: what it can see it learns, and nobody can ask it for a place."""

import numpy as np
import pytest
import torch
import xarray as xr

from tractable.contracts import BadInput
from tractable.models.catalogue import check_entry, fitted
from tractable.models.examples import pictures
from tractable.models.hearing import held
from tractable.models.model import Examples

SIDE, SEED = 12, 1
ENTRY = {
    "kind": "cnn",
    "direction": "picture_to_sound",
    "channels": [8, 16],
    "shift": 1,
    "beside": 0.1,
    "decay": 0.01,
    "rate": 0.005,
    "steps": 300,
    "batch": 32,
    "patience": 5,
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


def seen(frames: int, seed: int) -> Examples:
    """Two bright spots, one above the other, and ln F that goes with the gap between them."""
    random = np.random.default_rng(seed)
    gap = random.uniform(3, 6, frames)
    rows, columns = np.arange(SIDE)[:, None], np.arange(SIDE) - SIDE / 2
    spots = (rows - 3 - below[:, None, None] for below in (0 * gap, gap))
    shown = sum(np.exp(-(far**2 + columns**2) / 2) for far in spots)
    shown = shown + random.normal(0, 0.02, (frames, SIDE, SIDE))
    wanted = np.log([500.0, 1500.0, 2500.0]) + 0.1 * (gap[:, None] - 4.5)
    parts = torch.from_numpy(shown.reshape(frames, -1)), torch.from_numpy(wanted)
    return Examples("picture_to_sound", *parts, torch.ones(frames, 3).double(), 3)


@pytest.fixture(scope="module")
def model():
    return fitted("cnn", ENTRY, seen(200, 0), SEED)


def test_what_can_be_seen_is_heard(model):
    unseen = seen(60, 1)
    missed = (model.hear(unseen.given) - unseen.wanted).abs().mean()
    assert missed < 0.3 * (unseen.wanted - unseen.wanted.mean(0)).abs().mean()


def test_who_saw_pictures_moved_about_minds_less_where_they_are(model):
    unseen = seen(60, 1)
    aside = torch.roll(unseen.given.reshape(-1, SIDE, SIDE), 1, 2).flatten(1)
    still = fitted("cnn", ENTRY | {"shift": 0}, seen(200, 0), SEED)
    moved, minded = ((m.hear(aside) - m.hear(unseen.given)).abs().mean() for m in (model, still))
    assert moved < 0.5 * minded


def test_it_is_its_tensors_and_the_same_twice(model):
    unseen = seen(60, 1)
    again = type(model)(model.direction, model.state())
    assert torch.equal(again.hear(unseen.given), model.hear(unseen.given))
    twin = fitted("cnn", ENTRY, seen(200, 0), SEED).state()
    assert all(torch.equal(twin[name], value) for name, value in model.state().items())


def test_shapes_are_none_of_its_business():
    with pytest.raises(BadInput, match=r"direction 'shape_to_sound'.*cnn has picture_to_sound"):
        check_entry("cnn", ENTRY | {"direction": "shape_to_sound"}, SEED)


def test_pictures_are_differences_from_the_mean_frame():
    """Bands of unequal width are averaged; a head that never moves is black all over."""
    frames = np.full((4, 7, 7), 100, "uint8")
    frames[:, :3] = 20
    frames[2, 0, 0] = 120
    made = pictures(xr.Dataset({"frames": (("time", "y", "x"), frames)}), 2).reshape(4, 2, 2)
    assert np.abs(made[:, 1]).max() == pytest.approx(0, abs=1e-12)
    bands = np.array([[20, 20], [100, 100]]) + np.array([[100 / 9 / 4, 0], [0, 0]])
    assert made[2, 0, 0] == pytest.approx(100 / 9 * 3 / 4 / bands.std())
    assert made[0, 0, 0] == pytest.approx(-100 / 9 / 4 / bands.std())


@pytest.mark.parametrize("rows, columns", [(7, 8), (8, 7)])
def test_more_bands_than_pixels_are_refused(rows, columns):
    frames = np.zeros((2, rows, columns), "uint8")
    shown = xr.Dataset({"frames": (("time", "y", "x"), frames)}, attrs={"speaker": "sim1"})
    with pytest.raises(BadInput, match=rf"sim1: .*side: 8, but .* only {rows} x {columns} pixels"):
        pictures(shown, 8)


def test_a_change_is_held_over_the_window():
    """Of a window of three frames of two features, every frame is moved as the middle one is."""
    windows = torch.arange(12.0).reshape(2, 6)
    middle = windows[:, 2:4]
    hear = held(lambda rows: rows, windows, 2)
    assert torch.equal(hear(middle), windows)
    moved = hear(torch.cat([middle + 1, middle + torch.tensor([0.0, 5.0])]))
    assert torch.equal(moved[:2], windows + 1)
    assert torch.equal(moved[2:] - windows, torch.tensor([0.0, 5.0]).repeat(2, 3))
