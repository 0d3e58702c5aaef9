"""Every architecture: what it must learn, what a control must not, and that it comes back whole."""

import numpy as np
import pytest
import torch

from tests.known_law import (
    EXPONENT,
    FOSSA,
    GAIN,
    LOG_SCALE,
    PLACES,
    WAVES,
    bent,
    bent_law,
    examples,
    shapes,
    sound,
)
from tractable.contracts import BadInput
from tractable.explanations import hear_tube
from tractable.models.catalogue import check_entry, fitted, foreign_code, known_kinds
from tractable.models.components import Components
from tractable.models.examples import together
from tractable.models.files import load_model, save_model
from tractable.models.hearing import jacobian
from tractable.models.kinds.gaussian_process import Surprise
from tractable.models.kinds.lstm import GATES, remembered
from tractable.models.kinds.lstm import initial as recurrent_start
from tractable.models.kinds.ridge import Ridge
from tractable.models.model import Examples
from tractable.models.regression import standardised
from tractable.models.windows import Film, Held, Windows
from tractable.tube import formants

TUBE = {"scale": 1.5e-4, "exponent": 2.0, "reversed": False}
PERCEPTRON = {
    "components": None,
    "width": 32,
    "layers": 2,
    "decay": 0.001,
    "jacobian_weight": 0.0,
    "beside": 0.1,
    "rate": 0.01,
    "steps": 300,
    "batch": 64,
    "patience": 5,
}
CALIBRATED = {
    "kind": "tube_calibrated",
    "scale": 1.5e-4,
    "exponent": 2.0,
    "error": 0.02,
    "textbook_weight": 0.01,
    "smoothness": 100.0,
    "speaker_weight": 10.0,
    "calibrated_on": 160,
    "calibration_steps": 100,
}
BENT = CALIBRATED | {
    "kind": "tube_hybrid",
    "reversed": False,
    "waves": 5,
    "anatomy_weight": 0.1,
    "bend_weight": 200.0,
    "bend_jacobian_weight": 2000.0,
    "bend_rate": 0.01,
    "bend_steps": 200,
    "width": 32,
    "layers": 2,
    "decay": 0.001,
    "jacobian_weight": 0.1,
    "rate": 0.01,
    "steps": 0,
    "batch": 64,
    "patience": 5,
}
HYBRID = BENT | {"steps": 100}
LSTM = {
    "width": 24,
    "decay": 0.001,
    "beside": 0.1,
    "rate": 0.02,
    "steps": 300,
    "batch": 64,
    "patience": 5,
}
PROCESS = {"components": 5, "inducing": 100, "steps": 40}
WEBSTER = {
    "patience": 5,
    "scale": 1.5e-4,
    "exponent": 2.0,
    "error": 0.02,
    "physics_weight": 1.0,
    "imagined": 32,
    "spread": 0.1,
    "stretches": 8,
    "textbook_weight": 0.05,
    "smoothness": 10.0,
    "width": 48,
    "layers": 2,
    "decay": 0.01,
    "rate": 0.01,
    "steps": 250,
    "batch": 64,
}
ENTRIES = {
    "mean": {},
    "ridge": {"penalty": 1e-3},
    "lwr": {"components": 6, "width": 1.0, "penalty": 1e-3},
    "mlp": PERCEPTRON,
    "gaussian_process": PROCESS,
    "lstm": LSTM,
    "tube_textbook": TUBE,
    "tube_calibrated": CALIBRATED,
    "tube_hybrid": HYBRID,
    "webster_network": WEBSTER,
}
SEAMED = {"tube_textbook", "tube_calibrated", "tube_hybrid", "webster_network"}
SEED = 1


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As in a stage: two threads give other bytes, and so does another default precision."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)


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
    film = Film(Held(training.given.numpy()), np.zeros(len(training.given), int), context=0)
    told = training._replace(given=Windows.of(film, np.arange(len(training.given))))
    return {name: fitted(name, entry, told, SEED) for name, entry in ENTRIES.items()}


def error(model, examples: Examples) -> float:
    """Mean abs(dF)/F."""
    return float((model.hear(examples.given) - examples.wanted).abs().mean())


def test_every_kind_is_tried_here():
    elsewhere = {"cnn", "articulatory_hybrid"}  # are given pictures, and sounds
    tried = {entry.get("kind", name) for name, entry in ENTRIES.items()}
    untried = set(known_kinds()) - tried - elsewhere
    assert not untried, f"{untried}: add an entry of small parameters to ENTRIES above"


def test_a_kind_is_remembered_with_what_it_imports_and_without_the_rest():
    others = {file.stem for file in foreign_code("tube_hybrid") if file.suffix == ".py"}
    assert others == set(known_kinds()) - {"tube_hybrid", "mlp"}
    assert "mlp" in {file.stem for file in foreign_code("ridge")}


def test_a_file_without_a_model_of_its_own_is_named(monkeypatch):
    monkeypatch.setattr(Ridge, "__module__", "elsewhere")
    with pytest.raises(BadInput, match=r"ridge\.py: expected one class that inherits .*found none"):
        check_entry("ridge", {"penalty": 1.0}, seed=1)


@pytest.mark.parametrize(
    "name, at_most",
    [
        ("ridge", 0.06),
        ("lwr", 0.05),
        ("mlp", 0.05),
        ("gaussian_process", 0.05),
        ("lstm", 0.06),
        ("tube_textbook", 0.12),
        ("tube_calibrated", 0.01),
        ("tube_hybrid", 0.01),
        ("webster_network", 0.05),
    ],
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
    volume = float(hybrid.log_fossa_area.exp() * hybrid.log_fossa_length.exp())
    assert np.prod(FOSSA) / 1.5 < volume < 1.5 * np.prod(FOSSA)


def test_hybrid_needs_no_excuse_where_physics_is_right(models, unseen):
    residual = models["tube_hybrid"].answer(unseen.given).residual
    assert residual.square().mean().sqrt() < 0.008


def test_a_law_that_is_no_power_law_is_bent_into_place():
    """The area at the back hangs on how open the front is: no law by place can say that."""
    known, asked = bent(300, 5), bent(60, 6)
    straight, found = (fitted("tube", entry, known, SEED) for entry in (CALIBRATED, BENT))
    assert error(found, asked) < 0.02 < 0.5 * error(straight, asked)
    true = along_waves(lambda given: sound(bent_law(given[:, :-1]), given[:, -1]), asked)
    missed = [(along_waves(m.hear, asked) - true).square().mean() for m in (straight, found)]
    assert missed[1] < 0.3 * missed[0]


def along_waves(hear, asked: Examples) -> torch.Tensor:
    """How ln F changes in the ways in which the tract moves."""
    return jacobian(hear, asked.given)[..., :-1] @ torch.from_numpy(WAVES).T


@pytest.mark.parametrize("penalty", ["bend_weight", "bend_jacobian_weight"])
def test_a_dear_bend_is_a_small_one(models, unseen, penalty):
    known = bent(160, 5)
    cheap, dear = (
        fitted("bent", BENT | {penalty: weight}, known, SEED) for weight in (200.0, 200000.0)
    )
    sizes = [m.answer(unseen.given).bend.square().mean() for m in (cheap, dear)]
    assert sizes[1] < 0.1 * sizes[0]


def test_what_bends_is_heard_only_as_a_tube_can_sound(unseen):
    """The area that a bent tube shows is the one it sounds with."""
    known = bent(160, 5)
    model = fitted("bent", BENT, known, SEED)
    told = model.answer(unseen.given)
    frequency, _ = formants(
        told.area.log(), told.section_length, count=3, losses=model.losses(), branch=model.branch()
    )
    torch.testing.assert_close(frequency.log(), told.log_frequency)


def test_a_residual_of_small_derivatives_is_a_small_one(models, training, unseen):
    strict = fitted("strict", HYBRID | {"jacobian_weight": 100.0}, training, SEED)
    excuses = [
        m.answer(unseen.given).residual.var(0).sum() for m in (strict, models["tube_hybrid"])
    ]
    assert excuses[0] < 0.2 * excuses[1]


def test_physics_that_weighs_more_is_obeyed_more(models, training, unseen):
    """Waves nearer to the equations, and a dependence on shape nearer to that of the tube."""
    entry, asked = {"kind": "webster_network"} | WEBSTER, unseen.given
    few = [fitted("w", entry | {"physics_weight": w}, training, SEED) for w in (0.0, 0.01)]
    chain = [*few, models["webster_network"]]
    missed = [float(model.wave_misfit(asked).whole().median()) for model in chain]
    excused = [excused_share(model, asked) for model in chain]
    assert missed[2] < missed[1] < missed[0]
    assert excused[2] < excused[1] < excused[0]


def test_equations_teach_the_areas(models, unseen):
    """No tube is ever solved in training, and yet the learnt one sounds right."""
    told = models["webster_network"].answer(unseen.given)
    off = (told.log_frequency - told.residual - unseen.wanted).abs().mean()
    assert off < 0.5 * error(models["tube_textbook"], unseen)


def test_stations_need_whole_sections_between_them(training):
    with pytest.raises(BadInput, match="expected a divisor of the 40 places"):
        fitted("uneven", {"kind": "webster_network"} | WEBSTER | {"stretches": 7}, training, SEED)


def excused_share(model, asked: torch.Tensor) -> float:
    """How much of what F depends on is not what the model's own tube depends on."""
    whole = jacobian(model.hear, asked)
    tube = jacobian(lambda shape: hear_tube(model, shape), asked)
    return float((whole - tube).square().sum() / tube.square().sum())


def test_reversed_tube_is_wrong_and_needs_its_excuse(training, unseen):
    turned = HYBRID | {"reversed": True}
    bare = fitted("bare", turned | {"steps": 0}, training, SEED)
    excused = fitted("excused", turned, training, SEED)
    assert error(bare, unseen) > 0.12
    assert error(excused, unseen) < 0.7 * error(bare, unseen)
    assert excused.answer(unseen.given).residual.square().mean().sqrt() > 0.1


@pytest.mark.parametrize("control", [{"shuffled": True}, {"steps": 0}])
def test_controls_know_nothing(models, training, unseen, control):
    model = fitted("control", PERCEPTRON | {"kind": "mlp"} | control, training, SEED)
    assert error(model, unseen) > 0.9 * error(models["mean"], unseen)


def test_gaussian_process_learns_what_no_line_can(models):
    """ln F = sin of the first way in which the tract moves."""
    known, asked = (shapes(frames, seed) for frames, seed in ((200, 5), (50, 6)))
    way = known[0].mean(1).std()
    told, heard = (told_by(of, lambda shape: torch.sin(2 * shape / way)) for of in (known, asked))
    smooth = fitted("smooth", {"kind": "gaussian_process"} | PROCESS, told, SEED)
    line = fitted("line", {"kind": "ridge", "penalty": 1e-3}, told, SEED)
    assert error(smooth, told) < 0.02
    assert error(smooth, heard) < 0.1 < 0.5 * error(line, heard)


def told_by(shape, law) -> Examples:
    """Three formants that follow one law of the mean ln d."""
    log_distance, log_length = shape
    moved = (log_distance - np.log(0.012)).mean(1)
    given = torch.cat([log_distance, log_length[:, None]], 1)
    wanted = law(moved)[:, None].expand(-1, 3).contiguous()
    return Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3)


@pytest.mark.parametrize("kind", ["mlp", "gaussian_process"])
def test_what_moves_outside_the_components_is_not_heard(training, unseen, kind):
    entry = {"mlp": PERCEPTRON, "gaussian_process": PROCESS}[kind] | {"kind": kind, "components": 2}
    model = fitted("few", entry, training, SEED)
    standard, _ = standardised(training)
    seen = Components.of_examples(standard, 2).directions
    random = torch.Generator().manual_seed(8)
    step = torch.randn(len(unseen.given), seen.shape[1], generator=random, dtype=torch.float64)
    outside = (step - step @ seen.T @ seen) * training.given.std(0)
    torch.testing.assert_close(model.hear(unseen.given + outside), model.hear(unseen.given))
    assert (model.hear(unseen.given + step) - model.hear(unseen.given)).abs().max() > 0.1


def test_length_is_a_component_of_its_own(training, unseen):
    model = fitted("few", PERCEPTRON | {"kind": "mlp", "components": 5}, training, SEED)
    longer = unseen.given.clone()
    longer[:, -1] += 0.05
    assert (model.hear(longer) - model.hear(unseen.given)).mean() == pytest.approx(-0.05, abs=0.02)


def test_a_penalty_on_the_jacobian_makes_it_smaller(training, unseen):
    def norm(weight: float) -> float:
        entry = PERCEPTRON | {"kind": "mlp", "jacobian_weight": weight}
        model = fitted("penalised", entry, training, SEED)
        return float(jacobian(model.hear, unseen.given)[..., :-1].square().mean())

    free, light, heavy = (norm(weight) for weight in (0.0, 0.01, 1.0))
    assert heavy < 0.5 * light < 0.5 * free


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_is_its_tensors(models, unseen, name):
    model = models[name]
    again = type(model)(model.direction, model.state())
    for one, other in zip(model.answer(unseen.given), again.answer(unseen.given), strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_comes_back_from_its_file(models, unseen, tmp_path, name):
    model, path = models[name], tmp_path / "fold0.safetensors"
    save_model(model, path, {"kind": ENTRIES[name].get("kind", name)})
    told, kept = (of.hear(unseen.given) for of in (model, load_model(path)))
    torch.testing.assert_close(kept, told, rtol=0, atol=1e-12)  # laid out otherwise in memory


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_twice(models, training, name):
    again = fitted(name, ENTRIES[name], training, SEED).state()
    assert all(torch.equal(again[part], value) for part, value in models[name].state().items())


@pytest.mark.parametrize("name", ENTRIES)
def test_derivatives_are_those_of_the_call(models, unseen, name):
    given = unseen.given[:1].clone().requires_grad_()
    torch.autograd.gradcheck(models[name].hear, given, eps=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_heard_is_what_the_answer_says(models, unseen, name):
    """Also of a kind that hears by a shorter way."""
    told = models[name].without_envelope(unseen.given).log_frequency
    torch.testing.assert_close(models[name].hear(unseen.given), told, rtol=0, atol=1e-12)


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
        assert (prediction.area is not None) == (name in SEAMED)
        assert (prediction.residual is not None) == (name in SEAMED)
    assert models["tube_hybrid"].area(unseen.given[:, :-1]).shape == (
        60,
        PLACES,
    )


@pytest.mark.parametrize("name", ["mean", "ridge", "lwr", "mlp", "gaussian_process", "lstm"])
def test_black_boxes_go_both_ways(name):
    """Sound that tells the shape: a linear map without noise."""
    random = torch.Generator().manual_seed(3)
    sound = torch.randn(200, 4, generator=random, dtype=torch.float64)
    shape = sound @ torch.randn(4, 41, generator=random, dtype=torch.float64)
    entry = {"kind": name, "direction": "sound_to_shape"} | ENTRIES[name]
    told = Examples("sound_to_shape", sound, shape, torch.ones_like(shape), 41)
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
        (TUBE | {"kind": "tube_textbook", "context": 1}, "one shape at a time"),
        (None, "expected the parameters"),
    ],
)  # fmt: skip
def test_an_entry_that_nobody_understands_is_refused(entry, complaint):
    with pytest.raises(BadInput, match=complaint):
        check_entry("model", entry, SEED)


def test_an_improbability_has_the_derivatives_of_its_formula():
    random = torch.Generator().manual_seed(3)
    root, values = (
        torch.randn(2, 5, columns, generator=random, dtype=torch.float64).requires_grad_()
        for columns in (5, 1)
    )
    eye = torch.eye(5, dtype=torch.float64)

    def improbability(root, values):
        return Surprise.apply(root @ root.mT + eye, values)

    assert torch.autograd.gradcheck(improbability, (root, values))


def test_what_is_read_out_is_what_torchs_own_lstm_holds_at_the_middle():
    frames, features, width = 5, 3, 4
    parts = recurrent_start(features, width, 2, SEED)
    whole = torch.nn.LSTM(features, width, bidirectional=True, batch_first=True).double()
    gates = {f"{gate}_l0{end}": parts[gate + end] for gate in GATES for end in ("", "_reverse")}
    whole.load_state_dict(gates)
    given = torch.randn(7, frames * features, dtype=torch.float64)
    held = whole(given.unflatten(1, (frames, features)))[0][:, frames // 2]
    found = remembered(given, frames, parts)
    torch.testing.assert_close(found, parts["level"] + held @ parts["readout"])


def test_examples_of_several_speakers_know_whose_they_are():
    told = together([examples(4, seed=0), examples(6, seed=1)])
    assert told.speaker.tolist() == 4 * [0] + 6 * [1]
    for part in (told.alone(), told.known(), told.less(lambda given: given[:, :3])):
        assert torch.equal(part.speaker, told.speaker)
    assert told.rows(slice(2, 6)).speaker.tolist() == [0, 0, 1, 1]
    assert told.evenly(3).speaker.tolist() == [0, 1, 1]
