"""What a tube depends on is known: every question asked of it has an answer in closed form."""

import numpy as np
import pytest
import torch

from tests import known_law
from tractable.contracts import BadInput
from tractable.explanations import bending, explained
from tractable.explanations.cavities import cavity_sensitivity, stretched
from tractable.explanations.interventions import effect, moved
from tractable.explanations.stability import repeated
from tractable.models.asking import Shelf, spread_over
from tractable.models.catalogue import fitted
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.hearing import jacobian
from tractable.models.kinds.ridge import Ridge
from tractable.models.kinds.tube_hybrid import TubeHybrid, unbent
from tractable.models.learnt_tube import textbook
from tractable.models.model import Examples
from tractable.tube import formants

PLACES = 40
TUBE = {"kind": "tube_textbook", "scale": 1.5e-4, "exponent": 2.0, "reversed": False}
OPTIONS = {"frames": 12, "regions": 16, "step": 1e-3, "floor": 2e-4, "stretch": 0.01, "ends": 0.05}
OPTIONS |= {"repeated_frames": 4, "reach": 0.015, "raising": {"rise": 0.05, "window": 0.025}}
OPTIONS |= {"attribution": {"frames": 5, "draws": 4, "sets": 6, "seed": 1}}
OPTIONS["attribution"] |= {"steps": 8, "most_steps": 32, "lacking": 0.002}
OPTIONS |= {"nomogram": {"places": 12, "start": 0.15, "degree": 3e-3, "width": 0.05}}
OPTIONS |= {"inside": {"frames": 6, "draws": 2, "seed": 1}}


@pytest.fixture(autouse=True)
def as_in_a_stage():
    torch.set_default_dtype(torch.float32)


def linear(shape):
    """ln F1 rises with ln d towards the lips, ln F2 falls with ln L alone."""
    slope = torch.arange(PLACES, dtype=torch.float64)
    return torch.stack([shape[:, :-1] @ slope, -shape[:, -1]], 1)


def uniform(frames=2):
    distance = torch.full((frames, PLACES), np.log(0.01), dtype=torch.float64)
    return torch.cat([distance, torch.full((frames, 1), np.log(0.16)).double()], 1)


def test_jacobian_of_a_linear_map_is_its_slope():
    derivative = jacobian(linear, uniform())
    assert derivative[0, 0].tolist() == [*range(PLACES), 0]
    assert derivative[1, 1].tolist() == [0] * PLACES + [-1]


def test_a_step_of_a_millimetre_is_one():
    wider = moved(uniform(), 1e-3, regions=16, floor=2e-4).exp()
    assert wider.shape == (16, 2, PLACES + 1)
    np.testing.assert_allclose(wider[0, 0, :4], [0.011, 0.011, 0.0105, 0.010])
    np.testing.assert_allclose(wider[..., -1], 0.16)


def test_narrowing_stops_at_the_floor_and_never_opens():
    shape = uniform()
    shape[0, :PLACES] = np.log(5e-4)
    shape[1, :PLACES] = np.log(1e-4)
    narrow = moved(shape, -1e-3, regions=16, floor=2e-4).exp()
    np.testing.assert_allclose(narrow[0, 0, 0], 2e-4)
    np.testing.assert_allclose(narrow[0, 1, :PLACES], 1e-4)


def test_effect_belongs_to_its_region_and_formant():
    change = effect(linear, uniform(), 1e-3, regions=PLACES, floor=2e-4)
    assert change.shape == (2, 2, PLACES)
    np.testing.assert_allclose(change[0, 0], np.arange(PLACES) * np.log(1.1))
    np.testing.assert_allclose(change[0, 1], 0.0, atol=1e-12)


def test_stretching_a_part_moves_what_lies_beyond_it():
    """A cosine of place: the back half 10 % longer, in closed form."""
    place = (np.arange(PLACES) + 0.5) / PLACES
    shape = np.append(np.cos(np.pi * place), np.log(0.16))[None]
    longer = stretched(shape, np.array([0.0]), np.array([0.5]), 0.1)[0]
    position = place * 1.05  # in units of the old length
    before = np.where(position < 0.55, position / 1.1, position - 0.05)
    np.testing.assert_allclose(longer[:-1], np.cos(np.pi * before), atol=1e-4)
    assert longer[-1] == pytest.approx(np.log(0.16 * 1.05))


def test_cavities_of_a_uniform_map_count_by_length():
    """ln F = -ln L: each cavity has its share of the length."""
    edges = np.array([[0.5, 0.7], [np.nan, np.nan]])
    answer = cavity_sensitivity(linear, uniform().numpy(), edges, 0.01)
    np.testing.assert_allclose(answer[0, 1], [0.5, 0.2, 0.3], rtol=1e-3)
    assert np.isnan(answer[1]).all()


def test_cavities_of_a_tube_are_those_of_its_own_sections():
    """Stretched and regridded, a tube answers as it does when asked for its sections' lengths."""
    hear = tube_hearing()
    log_distance, log_length = known_law.shapes(4, seed=3)
    shape = torch.cat([log_distance, log_length[:, None]], 1)
    answer = cavity_sensitivity(hear, shape.numpy(), np.tile([0.5, 0.7], (4, 1)), 0.01)
    expected = section_sensitivity(log_distance, log_length)
    parts = [expected[..., a:b].sum(-1) for a, b in ((0, 20), (20, 28), (28, 40))]
    np.testing.assert_allclose(answer, -np.stack(parts, 2), atol=0.01)


def tube_hearing():
    return fitted("tube", TUBE, known_law.examples(8, seed=0), 1).hear


def section_sensitivity(log_distance, log_length):
    """dlnF/dln(section length) of the textbook's tube, by its exact gradient."""
    log_area = np.log(1.5e-4) + 2.0 * (log_distance - np.log(0.01))
    lengths = (log_length.exp() / PLACES)[:, None].repeat(1, PLACES).requires_grad_()
    frequency, _ = known_law.formants(log_area, lengths, count=3)
    rows = [
        torch.autograd.grad(one.sum(), lengths, retain_graph=True)[0] * lengths
        for one in frequency.log().unbind(1)
    ]
    return torch.stack(rows, 1).detach().numpy()


@pytest.fixture(scope="module")
def models():
    training = known_law.examples(60, seed=4)
    perceptron = {"components": None, "width": 8, "layers": 1, "decay": 0.0}
    perceptron |= {"jacobian_weight": 0.0, "beside": 0.0, "rate": 0.01, "steps": 5, "batch": 8}
    perceptron |= {"patience": 1}
    return {
        "mean": ("mean", fitted("mean", {}, training, 1)),
        "mlp": ("mlp", fitted("mlp", perceptron, training, 1)),
        "tube": ("tube_textbook", fitted("tube", TUBE, training, 1)),
        "turned": ("tube_textbook", fitted("turned", TUBE | {"reversed": True}, training, 1)),
    }


@pytest.fixture(scope="module")
def speaker():
    return known_law.speaker("sim2", 40, number=1, folds=2)


@pytest.fixture
def answers(speaker, models, tmp_path):
    parts = [speaker[noun] for noun in ("areas", "formants", "theory", "folds", "recordings")]
    return explained(*parts, known_law.shelved(tmp_path, models), **OPTIONS)


def test_all_but_frames_without_a_constriction_are_answered(answers):
    assert answers.sizes["frame"] == 12
    clear = np.isfinite(answers.cavity_sensitivity.values).all((2, 3))
    assert (clear.sum(1) == 11).all()  # the first frame has no clear constriction
    assert np.isfinite(answers.distance_sensitivity).all()
    assert np.isfinite(answers.widened).all()


def test_a_model_without_tube_is_not_asked_for_one(answers):
    tube = answers.tube_distance_sensitivity
    assert np.isnan(tube.sel(model=["mean", "mlp"])).all()
    whole = answers.distance_sensitivity.sel(model=["tube", "turned"])
    np.testing.assert_allclose(tube.sel(model=["tube", "turned"]), whole)


def test_a_mean_depends_on_nothing(answers):
    mean = answers.sel(model="mean")
    for name in ("distance_sensitivity", "stretch_sensitivity", "widened", "narrowed"):
        assert (mean[name] == 0).all()


def test_lips_and_glottis_are_told_apart(answers):
    """Wider at the lips raises all formants, wider at the glottis lowers them; turned, it does not.

    Over frames: a textbook fact that holds of nearly every shape.
    """
    tube, turned = answers.widened.sel(model="tube"), answers.widened.sel(model="turned")
    assert (tube.isel(region=-1) > 0).mean() > 0.95
    assert (tube.isel(region=0) < 0).mean() > 0.95
    assert (turned.isel(region=-1) > 0).mean() < 0.05


def test_a_longer_tract_lowers_every_formant(answers):
    stretch = answers.stretch_sensitivity.sel(model="tube")
    assert stretch.max() < -0.6  # F1 the least: the walls do not stretch
    assert np.abs(stretch.sel(formant=[2, 3]) + 1).max() < 0.15


def test_frames_are_spread_evenly_over_the_usable_ones():
    usable = np.arange(100) % 2 == 0
    assert spread_over(usable, 3).tolist() == [0, 48, 98]
    assert spread_over(usable, 1000).tolist() == list(range(0, 100, 2))
    with pytest.raises(BadInput, match="no held-out frame"):
        spread_over(np.zeros(5, bool), 3)


def test_what_comes_by_the_bend_is_what_is_missing_when_it_is_held():
    """And the rest is what a law by place says, with the bent areas as they are."""
    shape = torch.cat([part.reshape(len(part), -1) for part in known_law.shapes(6, 3)], 1)
    model = bent_tube(shape)
    bend, by_bend = bending(model, shape, shape.shape[1] - 1)
    assert bend.std(0).min() > 0.001  # it is another bend for every shape

    def hear_held(given):
        held = model.area(given[:, :-1], bend).log()
        of = {"losses": model.losses(), "branch": model.branch()}
        return formants(held, model.section_length(given[:, -1]), count=3, **of)[0].log()

    by_law = jacobian(hear_held, shape)[..., :-1]
    assert by_bend.abs().max() > 0.01
    torch.testing.assert_close(by_law + by_bend, jacobian(model.hear, shape)[..., :-1])


def bent_tube(shape):
    """A tube of the textbook's law, bent by a perceptron that was never taught."""
    given = Examples("shape_to_sound", shape, shape[:, :3], torch.ones_like(shape[:, :3]), 3)
    model = TubeHybrid("shape_to_sound", textbook(given, 1.5e-4, 2.0))
    random = torch.Generator().manual_seed(1)
    model.amounts = unbent(given, (8, 4), random)
    with torch.no_grad():
        model.amounts.weight1.normal_(generator=random)
    return model


@pytest.mark.parametrize("entry, nothing", [(TUBE, 0.0), ({"kind": "mean"}, np.nan)])
def test_a_law_by_place_is_not_bent_and_no_tube_has_none(entry, nothing):
    shape = uniform()
    told = Examples("shape_to_sound", shape, shape[:, :3], torch.ones_like(shape[:, :3]), 3)
    bend, by_bend = bending(fitted("it", entry, told, 1), shape, PLACES)
    np.testing.assert_array_equal(bend, np.full((2, PLACES), nothing))
    np.testing.assert_array_equal(by_bend, np.full((2, 3, PLACES), nothing))


def straight(slope):
    """A line of that slope (feature, formant) through the origin."""
    features, formants = slope.shape
    ends = {"given_mean": torch.zeros(features), "given_spread": torch.ones(features)}
    ends |= {"wanted_mean": torch.zeros(formants), "wanted_spread": torch.ones(formants)}
    ends |= {"scored": torch.tensor(formants), "intercept": torch.zeros(formants)}
    return Ridge("shape_to_sound", ends | {"slope": slope})


def test_all_folds_are_asked_and_a_twin_speaks_for_itself(tmp_path):
    """Folds whose slopes are known: 1 and 2, and the twin of the second: 3."""
    places, folder = 4, tmp_path / "models"
    for fold, twin, slope in ((0, False, 1.0), (1, False, 2.0), (0, True, 9.0), (1, True, 3.0)):
        weights = slope * torch.ones(places + 1, 3, dtype=torch.float64)
        path = model_path(folder, "phantom", "line", fold, twin=twin)
        save_model(straight(weights), path, {"kind": "ridge"})
    about = {"line": {"kind": "ridge", "direction": "shape_to_sound", "context": 0}}
    catalogue = {"models": about, "twins": ["line"], "folds": {"phantom": 2}, "examples": {}}
    save_catalogue(folder, catalogue)
    shapes = np.zeros((3, places + 1))
    subject = known_law.subject(Shelf(folder, "phantom"), [1, 1, 1], shapes, line=shapes)
    found = repeated(subject, "line", frames=3)
    assert found["fold_sensitivity"].shape == (3, 2, 3, places)
    np.testing.assert_allclose(found["fold_sensitivity"].mean((0, 2, 3)), [1.0, 2.0])
    np.testing.assert_allclose(found["twin_sensitivity"], 3.0)
