"""Attributions of models whose parts are known: of a sum, each term; of a tube, the whole."""

import numpy as np
import pytest
import torch

from tests import known_law
from tests.explanations.test_explanations import OPTIONS, bent_tube
from tractable.contracts import BadInput
from tractable.explanations import explained
from tractable.explanations.attributions import EXPLAINERS, attributions
from tractable.explanations.interventions import halves, return_effect
from tractable.explanations.path import Path
from tractable.models.catalogue import fitted
from tractable.models.hearing import held
from tractable.stage import check_options

PLACES, FRAMES = 6, 5
HOW = {"path": Path(steps=4, most_steps=4, lacking=np.inf), "draws": 8, "seed": 1}
#: ln F1 hangs on the front half and the length, ln F2 on every place and not on the length.
SLOPE = torch.tensor([[0, 0, 0, 1, -2, 3, -1], [1, 1, 1, 1, 1, 1, 0]], dtype=torch.float64)
NEUTRAL = torch.linspace(-1, 1, PLACES + 1, dtype=torch.float64)


def linear(shape):
    return shape @ SLOPE.T


def shapes(frames=FRAMES):
    random = torch.Generator().manual_seed(3)
    return torch.randn(frames, PLACES + 1, generator=random, dtype=torch.float64)


def parts(hear, windows, shape, **how):
    """Attributions (frame, formant, feature) by their name."""
    found = attributions(hear, windows, shape, NEUTRAL, **(HOW | how))
    return dict(zip(EXPLAINERS, found.unbind(1), strict=True))


@pytest.mark.parametrize("explainer", ["integrated_gradients", "occlusion"])
def test_terms_of_a_sum_are_slope_times_displacement(explainer):
    shape = shapes()
    expected = (shape - NEUTRAL)[:, None] * SLOPE
    found = parts(linear, shape, shape)[explainer]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_gradient_shap_of_a_sum_is_the_same_from_what_was_drawn():
    """Slope times displacement from the mean draw, for all formants alike; of many, the mean."""
    shape = shapes()
    few = parts(linear, shape, shape)["gradient_shap"]
    drawn = few[:, 1, :-1]  # whose slopes are 1
    torch.testing.assert_close(few[:, 0, :-1], SLOPE[0, :-1] * drawn)
    many = parts(linear, shape, shape, draws=20000)["gradient_shap"]
    expected = (shape - shape.mean(0))[:, None] * SLOPE
    torch.testing.assert_close(many, expected, rtol=0, atol=0.1)


def deaf_behind(shape):
    """Hears the front half alone, and bent."""
    return torch.stack([shape[:, 3:-1].square().sum(1).sin(), shape[:, 4].exp()], 1)


@pytest.mark.parametrize("explainer", EXPLAINERS)
def test_half_a_tract_that_is_not_heard_is_given_nothing(explainer):
    shape = shapes()
    found = parts(deaf_behind, shape, shape)[explainer]
    assert (found[..., :3] == 0).all()
    assert (found[..., -1] == 0).all()
    assert (found[:, 0, 3:-1] != 0).all()


def test_parts_of_a_bent_tube_are_the_whole():
    """Completeness: and one step does not do."""
    log_distance, log_length = known_law.shapes(6, 3)
    shape = torch.cat([log_distance, log_length[:, None]], 1)
    hear, neutral = bent_tube(shape).hear, shape.mean(0)
    whole = (hear(shape) - hear(neutral[None])).detach()
    gap = {}
    for steps in (1, 8):
        path = Path(steps=steps, most_steps=steps, lacking=np.inf)
        found = attributions(hear, shape, shape, neutral, path=path, draws=1, seed=1)
        gap[steps] = float((found[:, 0].sum(-1) - whole).square().mean().sqrt())
    spread = float(whole.square().mean().sqrt())
    assert gap[8] < 1e-3 * spread
    assert gap[1] > 1e-2 * spread


def test_the_seed_decides_what_is_drawn_and_leaves_the_process_alone():
    shape = shapes()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    once, again, other = (parts(deaf_behind, shape, shape, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    for explainer in EXPLAINERS:
        assert torch.equal(once[explainer], again[explainer])
        assert torch.equal(once[explainer], other[explainer]) == (explainer != "gradient_shap")


def test_a_change_is_held_over_the_frames_own_window():
    """A model of three frames that multiplies the first by the last: nothing may be mixed up."""
    shape = shapes(4)
    windows = torch.cat([shapes(4) + 1, shape, shape - 2], 1)

    def hear(given):
        first, _, last = given.unflatten(1, (3, -1)).unbind(1)
        return (first * last)[:, :2]

    together = parts(hear, windows, shape)["integrated_gradients"]
    alone = [parts(hear, w, s)["integrated_gradients"] for w, s in zip_rows(windows, shape)]
    torch.testing.assert_close(together, torch.cat(alone))
    of_shape = held(hear, windows, PLACES + 1)
    whole = of_shape(shape) - of_shape(NEUTRAL.expand_as(shape))
    torch.testing.assert_close(together.sum(-1), whole, rtol=1e-6, atol=1e-6)
    occluded = parts(hear, windows, shape)["occlusion"]
    torch.testing.assert_close(occluded.sum(-1), whole, rtol=0, atol=1e-12)  # places do not meet


def test_gradient_shap_keeps_frames_with_their_windows():
    """Frames differ in their windows alone, by a factor of 0, 1 and 100 on the shape."""
    shape = torch.ones(3, PLACES + 1, dtype=torch.float64)
    shape[0] = 0.0  # something to draw
    own = torch.tensor([0, 1, 100], dtype=torch.float64)
    windows = torch.cat([shape + own[:, None], shape, shape], 1)

    def hear(given):
        first, middle, _ = given.unflatten(1, (3, -1)).unbind(1)
        return (first - middle)[:, :1] * middle[:, :2]

    found = parts(hear, windows, shape, draws=200)["gradient_shap"][1:, 0, 0]
    expected = torch.full((2,), 1 / 3, dtype=torch.float64)  # 1 less the mean draw
    torch.testing.assert_close(found / own[1:], expected, rtol=0, atol=0.15)


def zip_rows(*tensors):
    return [tuple(part[k : k + 1] for part in tensors) for k in range(len(tensors[0]))]


def test_halves_are_of_whole_regions_and_half_of_them():
    returned = halves(50, 4, 8, seed=1)
    assert set(returned.flatten()) == {0.0, 1.0}
    assert (returned[:, ::2] == returned[:, 1::2]).all()
    assert (returned.sum(1) == 4).all()
    np.testing.assert_array_equal(returned, halves(50, 4, 8, seed=1))
    assert (returned.mean(0) > 0.2).all()


def test_half_a_tract_that_returns_takes_its_terms_of_a_sum_away():
    shape = shapes()
    returned = torch.from_numpy(halves(4, 3, PLACES, seed=1))
    found = return_effect(linear, shape, NEUTRAL, returned)
    terms = (shape - NEUTRAL)[:, None, :-1] * SLOPE[:, :-1]
    torch.testing.assert_close(found, -torch.einsum("fnp,sp->fns", terms, returned))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    training = known_law.examples(60, seed=4)
    tube = {"kind": "tube_textbook", "scale": 1.5e-4, "exponent": 2.0, "reversed": False}
    models = {
        "mean": ("mean", fitted("mean", {}, training, 1)),
        "tube": ("tube_textbook", fitted("tube", tube, training, 1)),
    }
    return known_law.shelved(tmp_path_factory.mktemp("models"), models)


def asked(shelf, **options):
    speaker = known_law.speaker("sim2", 40, number=1, folds=2)
    stores = [speaker[noun] for noun in ("areas", "formants", "theory", "folds", "recordings")]
    return explained(*stores, shelf, **(OPTIONS | options))


def test_some_frames_are_asked_and_keep_the_contract(shelf):
    answers = asked(shelf)
    known = answers.attribution.notnull()
    assert known.all(["explainer", "formant", "place"]).sum("frame").values.tolist() == [5, 5]
    assert known.any(["explainer", "formant", "place"]).sum("frame").values.tolist() == [5, 5]
    path = answers.sel({"explainer": "integrated_gradients", "model": "tube"})
    whole = path.attribution.sum("place", skipna=False) + path.length_attribution
    np.testing.assert_allclose(whole, path.departure, atol=1e-4)
    assert np.abs(path.departure).max() > 0.05
    assert (answers.attribution.sel(model="mean").dropna("frame") == 0).all()


def test_the_neutral_shape_is_the_speakers_mean(shelf):
    answers = asked(shelf)
    areas = known_law.speaker("sim2", 40, number=1, folds=2)["areas"]
    fine = areas.refused.values == ""
    mean = np.exp(np.log(areas.distance.values[fine]).mean(0))
    np.testing.assert_allclose(answers.neutral_distance, mean)
    length = np.exp(np.log(areas.tract_length.values[fine]).mean())
    assert answers.attrs["neutral_length"] == pytest.approx(length)


def test_an_option_that_nobody_knows_is_refused():
    wrong = OPTIONS | {"attribution": OPTIONS["attribution"] | {"step": 3}}
    with pytest.raises(BadInput, match=r"attribution: unknown parameter 'step'.*steps"):
        check_options(explained, wrong, "explanations")
