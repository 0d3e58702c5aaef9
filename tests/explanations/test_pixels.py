"""Pixels whose part in a formant is known, beside a midline that is a straight line."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr

from tests import known_law
from tractable.explanations.attributions import EXPLAINERS, Attributing
from tractable.explanations.pixels import nearest, pixels_asked, seen
from tractable.explanations.subject import Subject
from tractable.models.catalogue import fitted
from tractable.models.examples import Measured, pictures, pixel_places
from tractable.models.model import Examples, Model, Prediction

SIDE, PLACES, SPACING, FRAMES = 8, 4, 0.003, 3
REACH = 1.6 * SPACING
HOW = Attributing(frames=FRAMES, steps=4, most_steps=4, lacking=1e-6, draws=8, sets=1, seed=1)


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
    near = nearest(pixels, midline, reach=REACH)[0]
    assert near.sum(0).max() == 1
    shown = near.reshape(PLACES, SIDE, SIDE)
    assert shown[:, :, 5:].sum() == 0  # the columns far to the right are near no place
    assert np.argwhere(shown[1])[:, 0].tolist() == [2] * 3 + [3] * 3
    assert nearest(pixels, midline, reach=1.0).sum() == SIDE**2


@pytest.fixture
def near(pixels, midline):
    """The same tract in all frames but the last, where it lies a column further and is shorter."""
    aside = SPACING * np.array([0.0, 0.0, 1.0])
    found = nearest(pixels, midline + np.stack([aside, 0 * aside], 1)[:, None], reach=REACH)
    found[-1, -1] = False
    return found


@pytest.fixture
def given():
    return np.random.default_rng(0).normal(size=(FRAMES, SIDE**2))


def asked(weights: np.ndarray, given: np.ndarray, near: np.ndarray, **how) -> SimpleNamespace:
    """What a camera says: ``attribution`` and ``rest`` by the explainers' names."""
    model = Camera("picture_to_sound", {"weights": torch.from_numpy(weights)})
    told = pixels_asked(model, given, near, how=replace(HOW, **how))
    for word in ("attribution", "rest"):
        told[word] = dict(zip(EXPLAINERS, np.moveaxis(told[word], 1, 0), strict=True))
    return SimpleNamespace(**told)


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_what_is_seen_near_a_place_is_laid_at_its_door(pixels, midline, given, explainer):
    near = nearest(pixels, midline, reach=REACH)
    weights = np.zeros((SIDE**2, 3))
    weights[near[0, 1], 0] = weights[near[0, 2], 1] = 0.1
    weights[~near[0].any(0), 2] = 0.1
    told = asked(weights, given, np.repeat(near, FRAMES, 0))
    found, rest = told.attribution[explainer], told.rest[explainer]
    assert (found[:, 0, [0, 2, 3]] == 0).all()
    assert (found[:, 1, [0, 1, 3]] == 0).all()
    assert (found[:, 2] == 0).all()
    assert (rest[:, :2] == 0).all()
    np.testing.assert_allclose(told.off_tract, np.tile([0.0, 0.0, 1.0], (FRAMES, 1)))
    whole = found.sum(-1) + rest
    assert np.abs(whole).min() > 1e-4
    if explainer != "gradient_shap":  # of what lies in one group alone, all is said at once
        np.testing.assert_allclose(whole, told.departure, atol=1e-12)


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_of_a_sum_every_pixel_says_its_weight_times_its_change(given, near, explainer):
    """From the mean picture, by gradient SHAP from that of many draws of the pictures shown."""
    weights = np.random.default_rng(1).normal(size=(SIDE**2, 3))
    shap = explainer == "gradient_shap"
    told = asked(weights, given, near, draws=20000 if shap else 1)
    change = given - given.mean(0) if shap else given
    parts = (change[:, None] * weights.T)[:, 1:]  # the first is no sum
    of_place = np.einsum("knx,kpx->knp", parts, near)
    of_none = parts.sum(-1) - of_place.sum(-1)
    close = 0.2 if shap else 1e-12
    np.testing.assert_allclose(told.attribution[explainer][:, 1:], of_place, atol=close)
    np.testing.assert_allclose(told.rest[explainer][:, 1:], of_none, atol=close)
    assert (told.attribution[explainer][-1, 1:, -1] == 0).all()  # where nothing is near
    assert np.abs(of_place[:-1]).mean() > 1


def test_off_the_tract_is_a_share_of_squares_by_integrated_gradients(given, near):
    told = asked(np.ones((SIDE**2, 3)), given, near)
    beside = given**2 * ~near.any(1)
    expected = beside.sum(1) / (given**2).sum(1)
    np.testing.assert_allclose(told.off_tract[:, 1:], np.stack([expected] * 2, 1))


def test_of_pictures_that_are_all_the_same_gradient_shap_says_nothing(given, near):
    told = asked(np.ones((SIDE**2, 3)), np.repeat(given[:1], FRAMES, 0), near)
    assert (told.attribution["gradient_shap"] == 0).all()
    assert (told.rest["gradient_shap"] == 0).all()
    assert np.abs(told.attribution["integrated_gradients"][0]).min() > 0


def test_a_place_returns_whole(given, near):
    """Of the square of a sum s, what a group has in it with all others there."""
    told = asked(np.ones((SIDE**2, 3)), given, near)
    sums, groups = given.sum(-1, keepdims=True), np.einsum("kx,kpx->kp", given, near)
    expected = sums**2 - (sums - groups) ** 2
    np.testing.assert_allclose(told.attribution["occlusion"][:, 0], expected, atol=1e-10)


def test_frames_that_were_not_asked_have_no_answer(tmp_path):
    of = known_law.speaker("sim1", 30, number=0, folds=2)
    shown = torch.from_numpy(pictures(of["recordings"], SIDE))
    heard = torch.from_numpy(np.log(of["theory"].frequency.values))
    learnt = Examples("picture_to_sound", shown, heard, torch.ones_like(heard), 3)
    ridge = fitted("ridge", {"penalty": 0.01}, learnt, 1)
    shelf = known_law.shelved(tmp_path, {"camera": ("ridge", ridge)})
    measured = Measured(of["areas"], of["formants"], of["recordings"])
    subject = Subject.of(shelf, measured, of["theory"], of["folds"], 10)
    told = seen(subject, HOW, reach=1.0)
    assert told["picture_attribution"].shape == (10, 1, len(EXPLAINERS), 3, known_law.PLACES)
    for word in ("attribution", "rest", "departure", "off_tract", "motion"):
        known = np.isfinite(told[f"picture_{word}"]).reshape(10, -1)
        assert (known.all(1) == known.any(1)).all()
        assert known.all(1).sum() == FRAMES
    few = subject.some(FRAMES)
    path, _, alone = np.moveaxis(told["picture_attribution"][few, 0], 1, 0)
    np.testing.assert_allclose(path, alone, atol=1e-12)  # of a line
    np.testing.assert_allclose(path.sum(-1), told["picture_departure"][few, 0], atol=1e-12)
