"""What layers hold, and what they are before a lesson: known of networks whose weights are."""

import pytest
import torch

from tests.known_law import examples, sounds
from tests.models import test_cnn, test_inverse
from tests.models.test_kinds import ENTRIES
from tractable.models.catalogue import fitted
from tractable.models.regression import standardised

SEED = 3
BRIEF = {"steps": 4, "bend_steps": 4, "calibration_steps": 4, "imagined": 4}
NETWORKS = {
    "mlp": ["hidden 1", "hidden 2"],
    "lstm": ["memory"],
    "tube_hybrid": [f"{net} hidden {k}" for net in ("bend", "residual") for k in (1, 2)],
    "webster_network": [f"{net} hidden {k}" for net in ("formants", "waves") for k in (1, 2)],
}


def entry(name, **changes):
    """A lesson of few steps: what layers are does not hang on what they learnt."""
    return {w: changes.get(w, BRIEF.get(w, value)) for w, value in ENTRIES[name].items()}


@pytest.fixture(scope="module")
def training():
    return examples(60, seed=0, noise=0.01)


@pytest.fixture(scope="module")
def models(training):
    return {name: fitted(name, entry(name), training, SEED) for name in NETWORKS}


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_are_named_from_the_input_on(models, training, name):
    held = models[name].activations(training.given)
    assert list(held) == NETWORKS[name]
    assert all(len(units) == 60 and units.std(0).max() > 0 for units in held.values())


@pytest.mark.parametrize("name", ["mean", "ridge", "lwr", "gaussian_process", "tube_textbook"])
def test_what_is_no_network_has_no_layers(training, name):
    model = fitted(name, entry(name), training, SEED)
    assert model.activations(training.given) == {}
    assert model.unlearnt(1) == []


READOUTS = {"mlp": ("hidden 2", "weight2", "bias2"), "lstm": ("memory", "readout", "level")}


@pytest.mark.parametrize("name", READOUTS)
def test_the_answer_is_read_out_of_the_last_layer(models, training, name):
    layer, weight, bias = READOUTS[name]
    model, parts = models[name], dict(models[name].named_parameters())
    told = model.activations(training.given)[layer] @ parts[weight] + parts[bias]
    answer = model.wanted_mean + model.wanted_spread * told
    torch.testing.assert_close(answer[:, :3], model.hear(training.given))


def test_the_first_layer_is_that_of_the_standardised_shape(models, training):
    model, (standard, _) = models["mlp"], standardised(training)
    first = torch.nn.functional.silu(standard.given @ model.weight0 + model.bias0)
    torch.testing.assert_close(model.activations(training.given)["hidden 1"], first)


def test_networks_within_a_model_are_asked_as_they_are(models, training):
    ear = models["webster_network"].ear.activations(training.given)["hidden 2"]
    told = models["webster_network"].activations(training.given)["formants hidden 2"]
    assert torch.equal(told, ear)


def test_a_listener_has_its_memory():
    heard = sounds(20, seed=0)
    few = {"steps": 2, "calibration_steps": 2}
    model = fitted("hybrid_inverse", test_inverse.HYBRID | few, heard, SEED)
    (held,) = model.activations(heard.given).values()
    told = model.level + held @ model.readout
    assert torch.equal(told[:, : len(model.loading)], model.encode(heard.given)[0])


def test_a_picture_is_held_part_by_part():
    """A kernel that passes on what it sees: means of every second pixel over nine parts."""
    seen = test_cnn.seen(70, 0)  # more than are taken at a time
    model = fitted("cnn", test_cnn.ENTRY | {"steps": 0}, seen, SEED)
    with torch.no_grad():
        model.kernel0.zero_()
        model.kernel0[:, 0, 1, 1] = 1.0
    held = model.activations(seen.given)
    assert [units.shape[1] for units in held.values()] == [9 * 8, 9 * 16]
    standard = ((seen.given - model.given_mean) / model.given_spread).float()
    pixels = torch.nn.functional.silu(standard.reshape(-1, 12, 12)[:, ::2, ::2])
    parts = pixels.unflatten(2, (3, 2)).unflatten(1, (3, 2)).mean((2, 4)).flatten(1)
    torch.testing.assert_close(held["convolution 1"][:, :9], parts)


@pytest.mark.parametrize("name", ["mlp", "lstm", "webster_network"])
def test_who_never_learnt_is_what_forgetting_makes(training, name):
    """Every weight that a lesson changes is among those that are drawn anew, and no other."""
    before = fitted(name, entry(name, steps=0), training, SEED).state()
    layers = fitted(name, entry(name), training, SEED).unlearnt(SEED)
    forgotten = {word: part for layer in layers for word, part in layer.items()}
    assert all(torch.equal(before[word], part) for word, part in forgotten.items())
    after = fitted(name, entry(name), training, SEED).state()
    changed = {word for word in before if not torch.equal(before[word], after[word])}
    of_ln_f = {word for word in changed if name != "webster_network" or word.startswith("ear.")}
    assert of_ln_f == set(forgotten)


@pytest.mark.parametrize("name", ["mlp", "lstm", "webster_network"])
def test_the_output_is_forgotten_first(models, training, name):
    """Of all other layers nothing is lost."""
    model = models[name]
    output, *_ = model.unlearnt(7)
    there = type(model)(model.direction, model.state() | output)
    before, after = (of.activations(training.given) for of in (model, there))
    assert all(torch.equal(before[layer], after[layer]) for layer in before)
    assert (there.hear(training.given) - model.hear(training.given)).abs().min() > 0
