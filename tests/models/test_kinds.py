"""Every architecture: what it must learn, what a control must not, and that it comes back whole."""

import numpy as np
import pytest
import torch

from tests.known_law import EXPONENT, GAIN, LOG_SCALE, PLACES, examples, shapes
from tractable.contracts import BadInput
from tractable.models.catalogue import check_entry, fitted, known_kinds
from tractable.models.model import Examples

TUBE = {"scale": 1.5e-4, "exponent": 2.0, "reversed": False}
HYBRID = TUBE | {
    "kind": "tube_hybrid",
    "error": 0.02,
    "textbook_weight": 0.01,
    "smoothness": 100.0,
    "steps": 40,
    "components": 5,
    "centres": 60,
    "width": 1.5,
    "residual_weight": 0.1,
}
PERCEPTRON = {"width": 32, "layers": 2, "decay": 0.001, "rate": 0.01, "steps": 300}
ENTRIES = {
    "mean": {},
    "ridge": {"penalty": 1e-3},
    "lwr": {"components": 6, "width": 1.0, "penalty": 1e-3},
    "mlp": PERCEPTRON,
    "tube_textbook": TUBE,
    "tube_hybrid": HYBRID,
}
SEED = 1


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As in a stage: two threads give other bytes."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def single_precision():
    """As in a stage: models say themselves that they are double."""
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def training():
    return examples(160, seed=0, noise=0.01)


@pytest.fixture(scope="module")
def unseen():
    return examples(60, seed=1)


@pytest.fixture(scope="module")
def models(training):
    """Each model, fitted once."""
    return {name: fitted(name, entry, training, SEED) for name, entry in ENTRIES.items()}


def error(model, examples: Examples) -> float:
    """Mean abs(dF)/F."""
    return float((model.hear(examples.given) - examples.wanted).abs().mean())


def test_every_kind_is_tried_here():
    assert {entry.get("kind", name) for name, entry in ENTRIES.items()} == set(known_kinds())


@pytest.mark.parametrize(
    "name, at_most",
    [("ridge", 0.06), ("lwr", 0.05), ("mlp", 0.05), ("tube_textbook", 0.12), ("tube_hybrid", 0.01)],
)
def test_what_is_learnt_holds_for_shapes_never_seen(models, unseen, name, at_most):
    assert error(models[name], unseen) < at_most
    assert error(models[name], unseen) < error(models["mean"], unseen)


def test_hybrid_finds_the_law_that_made_the_sound(models):
    hybrid = models["tube_hybrid"]
    # The sound of a tube does not change when all areas grow alike: only differences are heard.
    scale = hybrid.log_scale.numpy() - LOG_SCALE
    assert np.abs(scale - scale.mean()).max() < 0.25
    assert np.abs(hybrid.exponent.numpy() - EXPONENT).max() < 0.25
    assert float(hybrid.log_gain.exp()) == pytest.approx(GAIN, abs=0.02)


def test_hybrid_needs_no_excuse_where_physics_is_right(models, unseen):
    residual = models["tube_hybrid"].answer(unseen.given).residual
    assert residual.square().mean().sqrt() < 0.008


def test_far_from_all_training_shapes_the_tube_is_alone(models):
    log_distance, log_length = shapes(4, seed=2)
    residual = models["tube_hybrid"](log_distance + 6.0, log_length).residual
    assert residual.abs().max() < 1e-6


def test_reversed_tube_is_wrong_and_needs_its_excuse(training, unseen):
    turned = HYBRID | {"reversed": True}
    bare = fitted("bare", turned | {"centres": 0}, training, SEED)
    excused = fitted("excused", turned, training, SEED)
    assert error(bare, unseen) > 0.12
    assert error(excused, unseen) < 0.7 * error(bare, unseen)
    assert excused.answer(unseen.given).residual.square().mean().sqrt() > 0.1


@pytest.mark.parametrize("control", [{"shuffled": True}, {"steps": 0}])
def test_controls_know_nothing(models, training, unseen, control):
    model = fitted("control", PERCEPTRON | {"kind": "mlp"} | control, training, SEED)
    assert error(model, unseen) > 0.9 * error(models["mean"], unseen)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_is_its_tensors(models, unseen, name):
    model = models[name]
    again = type(model)(model.direction, model.state())
    for one, other in zip(model.answer(unseen.given), again.answer(unseen.given), strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_twice(models, training, name):
    again = fitted(name, ENTRIES[name], training, SEED).state()
    assert all(torch.equal(again[part], value) for part, value in models[name].state().items())


@pytest.mark.parametrize("name", ENTRIES)
def test_derivatives_are_those_of_the_call(models, unseen, name):
    given = unseen.given[:1].clone().requires_grad_()
    torch.autograd.gradcheck(models[name].hear, given, eps=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_not_known_is_not_learnt(training, unseen, name):
    """A target without weight may say what it likes."""
    wild = training.wanted.clone()
    weight = training.weight.clone()
    weight[::5, 1] = 0.0
    wild[::5, 1] = 100.0
    silent = fitted(name, ENTRIES[name], training._replace(weight=weight), SEED)
    loud = fitted(name, ENTRIES[name], training._replace(weight=weight, wanted=wild), SEED)
    told, heard = (m.hear(unseen.given) for m in (silent, loud))
    torch.testing.assert_close(told, heard, rtol=0, atol=1e-6)


def test_only_tubes_show_a_seam(models, unseen):
    for name, model in models.items():
        prediction = model.answer(unseen.given)
        assert (prediction.area is not None) == name.startswith("tube")
        assert (prediction.residual is not None) == name.startswith("tube")
    assert models["tube_hybrid"].area(unseen.given[:, :-1]).shape == (60, PLACES)


@pytest.mark.parametrize("name", ["mean", "ridge", "lwr", "mlp"])
def test_black_boxes_go_both_ways(name):
    """Sound that tells the shape: a linear map without noise."""
    random = torch.Generator().manual_seed(3)
    sound = torch.randn(200, 4, generator=random, dtype=torch.float64)
    shape = sound @ torch.randn(4, 41, generator=random, dtype=torch.float64)
    entry = {"kind": name, "direction": "sound_to_shape"} | ENTRIES[name]
    told = Examples("sound_to_shape", sound, shape, torch.ones_like(shape))
    prediction = fitted("inverse", entry, told, SEED).answer(sound)
    assert prediction.log_frequency is None
    assert prediction.log_distance.shape == (200, 40)
    missed = (prediction.log_length - shape[:, -1]).std() / shape[:, -1].std()
    assert (missed < 0.1) == (name != "mean")


@pytest.mark.parametrize(
    "entry, complaint",
    [
        ({"kind": "ridgee", "penalty": 1.0}, "did you mean 'ridge'"),
        ({"kind": "ridge", "penaltie": 1.0}, "did you mean 'penalty'"),
        ({"kind": "ridge"}, "penalty is missing"),
        ({"kind": "ridge", "penalty": 1.0, "direction": "up"}, "unknown; ridge has shape_to_sound"),
        (TUBE | {"kind": "tube_textbook", "direction": "sound_to_shape"}, "not have"),
        (None, "expected the parameters"),
    ],
)  # fmt: skip
def test_an_entry_that_nobody_understands_is_refused(entry, complaint):
    with pytest.raises(BadInput, match=complaint):
        check_entry("model", entry, SEED)
