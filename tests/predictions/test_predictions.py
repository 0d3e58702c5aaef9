"""Held-out answers: from the right fold, NaN where there is nothing to answer."""

import numpy as np
import pytest

from tests import known_law
from tests.models.test_inverse import HYBRID
from tractable.models.catalogue import fitted
from tractable.models.examples import Measured, examples_of
from tractable.models.files import model_path, save_model
from tractable.predictions import predicted

TUBE = {"kind": "tube_textbook", "scale": 1.5e-4, "exponent": 2.0, "reversed": False}


@pytest.fixture(scope="module")
def speaker():
    return known_law.speaker("sim2", 40, number=1, folds=2)


@pytest.fixture(scope="module")
def models(speaker):
    """A mean that only fold 1 can have made, a tube, and a ridge from sound to shape."""
    training = known_law.examples(40, seed=5)
    areas, formants = speaker["areas"], speaker["formants"]
    options = {"every": 1, "count": 3, "tolerance": 0.04, "context": 0, "side": 8}
    everything, measured = np.ones(40, bool), Measured(areas, formants)
    told = examples_of("sound_to_shape", measured, everything, **options)
    inverse = {"kind": "ridge", "direction": "sound_to_shape", "penalty": 1e-4}
    return {
        "mean": ("mean", fitted("mean", {}, training, 1)),
        "tube": ("tube_textbook", fitted("tube", TUBE, training, 1)),
        "inverse": ("ridge", fitted("inverse", inverse, told, 1)),
    }


def stores(speaker):
    return [speaker[noun] for noun in ("areas", "formants", "folds", "recordings")]


@pytest.fixture
def answers(speaker, models, tmp_path):
    shelf = known_law.shelved(tmp_path, models)
    return predicted(*stores(speaker), shelf)


def test_every_held_out_frame_with_a_shape_is_answered(answers):
    silent = np.isnan(answers.frequency.values).any((0, 2))
    assert np.flatnonzero(silent).tolist() == [3]  # the refused frame; masked formants are asked
    assert answers.model.values.tolist() == ["mean", "tube"]


def test_only_a_tube_has_a_residual(answers):
    assert np.isnan(answers.residual.sel(model="mean")).all()
    assert (answers.residual.sel(model="tube").dropna("time") == 0).all()


def test_frames_that_no_fold_tests_are_left_alone(speaker, models, tmp_path):
    folds = speaker["folds"].copy(deep=True)
    folds.role[1, :10] = ""
    shelf = known_law.shelved(tmp_path, models)
    answers = predicted(*stores(speaker | {"folds": folds}), shelf)
    assert np.isnan(answers.frequency[:, :10]).all()
    assert np.isfinite(answers.frequency[:, 10:]).all()


@pytest.mark.parametrize("fold, matters", [(0, False), (1, True)])
def test_each_frame_is_asked_of_the_fold_that_held_it_out(
    speaker, models, answers, tmp_path, fold, matters
):
    """A liar in fold 1, which tests this speaker, is heard; a liar in fold 0 is not."""
    training = known_law.examples(40, seed=6)
    liar = fitted("mean", {}, training._replace(wanted=training.wanted + 1.0), 1)
    shelf = known_law.shelved(tmp_path / "other", models)
    path = model_path(tmp_path / "other", "phantom", "mean", fold)
    save_model(liar, path, {"kind": "mean"})
    told = predicted(*stores(speaker), shelf)
    assert told.frequency.equals(answers.frequency) != matters


def test_inverse_models_draw_the_tract_in_metres(answers, speaker):
    drawn = answers.distance.isel(inverse_model=0)
    assert drawn.min() > 0.001
    assert drawn.max() < 0.1
    assert np.abs(answers.tract_length - 0.16).max() < 0.05
    measured = speaker["areas"].distance
    assert np.abs(drawn - measured).mean() < np.abs(measured - measured.mean("time")).mean()


def test_what_errs_together_is_less_than_all_error(speaker, models, tmp_path):
    options = {"every": 1, "count": 3, "tolerance": 0.04, "context": 0, "side": 8}
    measured = Measured(speaker["areas"], speaker["formants"])
    told = examples_of("sound_to_shape", measured, np.ones(40, bool), **options)
    assert len(told.given) == 40  # the refused frame has a sound
    entry = HYBRID | {"tongue": 2, "steps": 5, "calibration_steps": 2}
    hybrid = ("articulatory_hybrid", fitted("hybrid", entry, told, 1))
    shelf = known_law.shelved(tmp_path, {"inverse": models["inverse"], "hybrid": hybrid})
    answers = predicted(*stores(speaker), shelf)
    together = answers.log_distance_together
    assert together.sizes["part"] == 5
    assert together.sel(inverse_model="inverse").isnull().all()
    shared = (together.sel(inverse_model="hybrid") ** 2).sum("part", skipna=False)
    whole = answers.log_distance_sd.sel(inverse_model="hybrid") ** 2
    assert ((shared > 0) & (shared < whole + 1e-12)).all()
