"""Inverse models whose answer to a raised formant is known, heard by a known physics."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import xarray as xr

from tractable.scores.redrawn import redrawn_scores

FOLLOWED, SKILL = "V8 formant followed", "V8 skill of a raised formant"


def answers(evidence, **models) -> dict:
    """Scores of models by what they draw of each raised formant (frame, raised, place + 1)."""
    drawn = np.stack([*models.values()])
    dims = ("inverse_model", "frame", "formant", "place")
    told = {
        "redrawn_distance": (dims, drawn[..., :-1]),
        "redrawn_length": (dims[:-1], drawn[..., -1]),
    }
    labels = {"inverse_model": [*models], "formant": evidence.reference.formant.values}
    asked = replace(evidence, answers=xr.Dataset(told, labels))
    return {score.name: score.value for score in redrawn_scores(asked)}


def slopes(evidence) -> np.ndarray:
    """dlnF of ln d at every place and, last, of ln L (frame, formant, place + 1)."""
    physics = evidence.reference
    maps = physics.distance_sensitivity.transpose("frame", "formant", "place").values
    length = physics.stretch_sensitivity.transpose("frame", "formant").values
    return np.concatenate([maps, length[..., None]], -1)


@pytest.fixture(scope="module")
def evidence():
    return planted.speaker(0, 2)


@pytest.fixture(scope="module")
def right(evidence):
    """The least change of shape that raises one formant and no other, by physics."""
    return np.linalg.pinv(slopes(evidence)).swapaxes(1, 2)


@pytest.fixture(scope="module")
def scores(evidence, right):
    turned = right[:, [1, 2, 0]]  # raises the next formant
    every = right.sum(1, keepdims=True) * np.ones((3, 1))
    models = {"right": right, "half": right / 2, "still": 0 * right}
    return answers(evidence, **models, turned=turned, every=every)


@pytest.mark.parametrize(
    "model, followed, skill",
    [("right", 1, 1), ("half", 0.5, 0.75), ("still", 0, 0), ("turned", 0, -1), ("every", 1, -1)],
)
def test_what_comes_back_of_a_raised_formant_is_known(scores, model, followed, skill):
    np.testing.assert_allclose(scores[FOLLOWED].sel(model=model), followed, atol=1e-9)
    np.testing.assert_allclose(scores[SKILL].sel(model=model), skill, atol=1e-9)


def test_what_formants_cannot_hear_of_a_shape_is_not_asked(evidence, right, scores):
    """Any change that physics does not hear may be added."""
    both = slopes(evidence)
    random = np.random.default_rng(0).normal(size=right.shape)
    unheard = random - random @ both.swapaxes(1, 2) @ np.linalg.pinv(both).swapaxes(1, 2)
    found = answers(evidence, added=right + unheard)
    assert np.abs(unheard).max() > 1
    np.testing.assert_allclose(found[SKILL], 1, atol=1e-9)


def test_frames_whose_formant_is_not_known_are_left_out(evidence, right):
    drawn = right.copy()
    drawn[:10, 1] = np.nan
    found = answers(evidence, right=drawn)
    np.testing.assert_allclose(found[SKILL], 1, atol=1e-9)
    drawn[:, 1] = np.nan
    value = answers(evidence, right=drawn)[SKILL].sel(model="right")
    assert value.sel(formant="F1") == pytest.approx(1)
    assert np.isnan(value.sel(formant=["F2", "mean"])).all()


def test_nobody_who_draws_shapes_has_no_scores(evidence):
    assert redrawn_scores(evidence) == []
