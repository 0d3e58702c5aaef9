"""Pixels whose part in a formant is known, beside a midline that is a straight line."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr

from tractable.explanations.path import Path
from tractable.explanations.pixels import nearest, pixels_asked
from tractable.models.examples import pixel_places
from tractable.models.model import Model, Prediction

SIDE, PLACES, SPACING = 8, 4, 0.003


class Camera(Model):
    """ln F of weights on pixels (pixel, formant), the first squared: a curved path."""

    weights: torch.Tensor

    def forward(self, given) -> Prediction:
        straight = given @ self.weights
        return Prediction(log_frequency=torch.cat([straight[:, :1] ** 2, straight[:, 1:]], 1))


@pytest.fixture
def pixels():
    axis = SPACING * (0.5 + np.arange(2 * SIDE) / 2)
    frame = xr.Dataset(coords={"x": ("x", axis), "y": ("y", axis)})
    return pixel_places(frame, SIDE)


@pytest.fixture
def midline():
    """Down the third column, two rows to each place."""
    rows = SPACING * (1.25 + 2 * np.arange(PLACES))
    return np.stack([np.full(PLACES, 2.75 * SPACING), rows], 1)[None]


def test_pixels_are_where_their_bands_are(pixels):
    assert pixels.shape == (SIDE**2, 2)
    np.testing.assert_allclose(pixels[1] - pixels[0], [SPACING, 0.0], atol=1e-12)
    np.testing.assert_allclose(pixels[SIDE] - pixels[0], [0.0, SPACING], atol=1e-12)
    np.testing.assert_allclose(pixels[0], [0.75 * SPACING] * 2)


def test_every_pixel_has_one_place_or_none(pixels, midline):
    near = nearest(pixels, midline, reach=1.6 * SPACING)[0]
    assert near.sum(0).max() == 1
    shown = near.reshape(PLACES, SIDE, SIDE)
    assert shown[:, :, 5:].sum() == 0  # the columns far to the right are near no place
    assert np.argwhere(shown[1])[:, 0].tolist() == [2] * 3 + [3] * 3
    assert nearest(pixels, midline, reach=1.0).sum() == SIDE**2


def test_what_is_seen_near_a_place_is_laid_at_its_door(pixels, midline):
    near = nearest(pixels, midline, reach=1.6 * SPACING)
    weights = np.zeros((SIDE**2, 3))
    weights[near[0, 1], 0] = weights[near[0, 2], 1] = 0.1
    weights[~near[0].any(0), 2] = 0.1
    model = Camera("picture_to_sound", {"weights": torch.from_numpy(weights)})
    given = np.random.default_rng(0).normal(size=(3, SIDE**2))
    path = Path(steps=4, most_steps=4, lacking=1e-6)
    told = SimpleNamespace(**pixels_asked(model, given, np.repeat(near, 3, 0), path=path))
    assert (told.attribution[:, 0, [0, 2, 3]] == 0).all()
    assert (told.attribution[:, 1, [0, 1, 3]] == 0).all()
    assert (told.attribution[:, 2] == 0).all()
    np.testing.assert_allclose(told.off_tract, np.tile([0.0, 0.0, 1.0], (3, 1)))
    whole = told.attribution.sum(-1) + told.rest
    np.testing.assert_allclose(whole, told.departure, atol=1e-12)
    assert np.abs(told.departure).min() > 1e-4
