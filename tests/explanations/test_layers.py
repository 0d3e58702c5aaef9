"""Inside networks: a layer's units are its model's own, and nothing that was learnt survives."""

import numpy as np
import pytest
import torch

from tests import known_law
from tests.explanations.test_explanations import OPTIONS, TUBE
from tractable.contracts import BadInput
from tractable.explanations import explained
from tractable.explanations.layers import asked_while_forgetting, forgetting
from tractable.models.catalogue import fitted
from tractable.models.files import model_path, save_model
from tractable.models.hearing import jacobian
from tractable.stage import check_options

PERCEPTRON = {
    "kind": "mlp",
    "components": None,
    "width": 8,
    "layers": 2,
    "decay": 0.0,
    "jacobian_weight": 0.0,
    "beside": 0.0,
    "rate": 0.01,
    "steps": 5,
    "batch": 8,
    "patience": 1,
}
LSTM = {w: PERCEPTRON[w] for w in ("decay", "beside", "rate", "steps", "batch", "patience")}


@pytest.fixture(autouse=True)
def as_in_a_stage():
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def training():
    return known_law.examples(60, seed=4)


@pytest.fixture(scope="module")
def models(training):
    return {
        "mean": ("mean", fitted("mean", {}, training, 1)),
        "mlp": ("mlp", fitted("mlp", PERCEPTRON, training, 1)),
        "lstm": ("lstm", fitted("lstm", LSTM | {"width": 5}, training, 1)),
        "tube": ("tube_textbook", fitted("tube", TUBE, training, 1)),
    }


@pytest.fixture(scope="module")
def speaker():
    """Held out in the second of two folds."""
    return known_law.speaker("sim2", 40, number=1, folds=2)


@pytest.fixture
def shelf(tmp_path, models, training):
    """The first fold has another perceptron than the second."""
    shelf = known_law.shelved(tmp_path, models)
    other = fitted("mlp", PERCEPTRON, training, 2)
    save_model(other, model_path(tmp_path, "phantom", "mlp", 0), {"kind": "mlp"})
    return shelf


def asked(speaker, shelf, **changes):
    parts = [speaker[noun] for noun in ("areas", "formants", "theory", "folds", "recordings")]
    return explained(*parts, shelf, **OPTIONS | changes)


@pytest.fixture
def answers(speaker, shelf):
    return asked(speaker, shelf)


def shapes(answers, speaker):
    """ln d and ln L of the explained frames."""
    areas = speaker["areas"].sel(time=answers.frame.values)
    parts = [areas.distance.values, areas.tract_length.values[:, None]]
    return torch.from_numpy(np.log(np.concatenate(parts, 1)))


def test_every_fold_is_shown_every_frame(answers, speaker, shelf):
    assert answers.network.values.tolist() == ["mlp", "mlp", "lstm"]
    shape = shapes(answers, speaker)
    for fold in range(2):
        for layer in answers.layer.values:
            name, _, at = str(layer).partition("/")
            units = shelf.model(name, fold).activations(shape)[at]
            told = answers.represented.sel(fold=fold, layer=layer)
            np.testing.assert_allclose(told[:, : units.shape[1]], units, rtol=1e-6, atol=1e-6)
            assert told[:, units.shape[1] :].isnull().all()
    first, second = answers.represented.sel(layer="mlp/hidden 1")
    assert np.abs(first - second).max() > 0.1


def test_what_nobody_forgot_is_the_explanation_itself(answers):
    whole = answers.cascade_sensitivity.isel(cascade=0)
    known = whole.notnull().all(["formant", "place"])
    assert known.sum("frame").to_series().to_dict() == {"mean": 0, "mlp": 6, "lstm": 6, "tube": 0}
    expected = answers.distance_sensitivity.where(known)
    np.testing.assert_allclose(whole, expected, atol=1e-12)


def test_a_network_is_asked_as_often_as_it_has_layers(answers):
    known = answers.cascade_sensitivity.notnull().any(["frame", "formant", "place"])
    assert known.sum("cascade").values.tolist() == [0, 4, 3, 0]
    assert (known.cumsum("cascade") == known.sum("cascade")).sel(cascade=3).all()


def test_of_what_was_learnt_nothing_is_left_in_the_end(models):
    """Two networks of different weights and the same scales are one when all is forgotten."""
    model = models["mlp"][1]
    state = {name: part.clone() for name, part in model.state().items()}
    for name in ("weight0", "weight1", "weight2"):
        state[name] = 2 * state[name].flip(0)
    other = type(model)(model.direction, state)
    shape = torch.cat([part.reshape(6, -1) for part in known_law.shapes(6, 3)], 1)
    maps = [
        [jacobian(step.hear, shape) for step in forgetting(of, seed=5)] for of in (model, other)
    ]
    apart = [float((one - two).abs().max()) for one, two in zip(*maps, strict=True)]
    assert min(apart[:3]) > 1e-4
    assert apart[3] == 0.0


def test_frames_of_one_draw_meet_the_same_weights(models):
    model = models["mlp"][1]
    shape = torch.cat([part.reshape(6, -1) for part in known_law.shapes(6, 3)], 1)
    seeds = np.array([4, 9, 4, 4, 9, 9])
    told = asked_while_forgetting(model, shape.numpy(), shape.numpy(), seeds, steps=6)[
        "sensitivity"
    ]
    assert np.isnan(told[:, 4:]).all()
    for seed in (4, 9):
        *_, last = forgetting(model, seed)
        alone = jacobian(last.hear, shape)[..., :-1].numpy()
        np.testing.assert_allclose(told[seeds == seed, 3], alone[seeds == seed], atol=1e-12)
        assert np.abs(told[seeds != seed, 3] - alone[seeds != seed]).max() > 1e-3


def test_who_has_no_network_leaves_nothing_inside(speaker, models, tmp_path):
    none = {name: models[name] for name in ("mean", "tube")}
    answers = asked(speaker, known_law.shelved(tmp_path, none))
    assert not {"layer", "represented", "cascade", "cascade_sensitivity"} & set(answers.variables)


def test_an_option_that_nobody_knows_is_refused():
    wrong = OPTIONS | {"inside": {"frames": 6, "drows": 2, "seed": 1}}
    with pytest.raises(BadInput, match=r"inside: unknown parameter 'drows'.*draws"):
        check_options(explained, wrong, "explanations")
