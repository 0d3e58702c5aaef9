"""Models of windows, articulators under their names, an inverse that answers to a tube."""

import numpy as np
import pytest
import torch

from tests.known_law import PLACE, law, sound, sounds
from tractable.models.articulation import guided, names
from tractable.models.catalogue import fitted
from tractable.models.hearing import jacobian
from tractable.models.model import Examples
from tractable.models.search import doubt
from tractable.scores.identifiability import (
    covariance,
    directions,
    held_constant,
    unseen_over_seen,
)

SEED = 1
LSTM = {
    "kind": "lstm",
    "width": 16,
    "decay": 0.001,
    "beside": 0.1,
    "rate": 0.02,
    "steps": 300,
    "batch": 64,
    "patience": 5,
}
HYBRID = {
    "kind": "articulatory_hybrid",
    "direction": "sound_to_shape",
    "tongue": 3,
    "width": 24,
    "posterior_weight": 0.1,
    "acoustic_weight": 0.01,
    "unlabelled_weight": 0.01,
    "scale": 1.5e-4,
    "exponent": 2.0,
    "error": 0.04,
    "textbook_weight": 0.01,
    "smoothness": 100.0,
    "speaker_weight": 1.0,
    "calibrated_on": 80,
    "calibration_steps": 30,
    "decay": 0.01,
    "rate": 0.02,
    "steps": 250,
    "batch": 64,
    "patience": 5,
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


def windows(frames: int, seed: int) -> Examples:
    """Three formants that are those of the frame before, in windows of three frames."""
    random = torch.Generator().manual_seed(seed)
    moves = torch.randn(frames, 3, 4, generator=random, dtype=torch.float64)
    wanted = moves[:, 0, :3].contiguous()
    given = moves.flatten(1)
    return Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3, frames=3)


@pytest.fixture(scope="module")
def listener():
    return fitted("lstm", LSTM, windows(400, 0), SEED)


def test_a_window_tells_what_its_middle_frame_cannot(listener):
    asked = windows(100, 1)
    middle = asked._replace(given=asked.given.unflatten(1, (3, 4))[:, 1], frames=1)
    told = windows(400, 0)
    alone = told._replace(given=told.given.unflatten(1, (3, 4))[:, 1], frames=1)
    deaf = fitted("lstm", LSTM, alone, SEED)
    missed = (listener.hear(asked.given) - asked.wanted).square().mean()
    assert missed < 0.1
    assert (deaf.hear(middle.given) - middle.wanted).square().mean() > 0.9


def test_the_order_of_time_matters(listener):
    asked = windows(100, 1)
    back = asked.given.unflatten(1, (3, 4)).flip(1).flatten(1)
    assert (listener.hear(back) - asked.wanted).square().mean() > 1


def test_frames_after_the_middle_are_heard_as_well():
    told, asked = windows(400, 0), windows(100, 1)
    told, asked = (
        of._replace(given=of.given.unflatten(1, (3, 4)).flip(1).flatten(1)) for of in (told, asked)
    )
    model = fitted("lstm", LSTM, told, SEED)
    assert (model.hear(asked.given) - asked.wanted).square().mean() < 0.1


def bump(middle: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((PLACE - middle) / width) ** 2)


#: What each articulator does to ln d on 40 places and to ln L.
MOVES = {
    "larynx": np.append(0.3 * bump(0.0, 0.05), 0.05),
    "jaw": np.append(0.3 * bump(0.76, 0.1) + 0.2 * bump(1.0, 0.05) - 0.2 * bump(0.3, 0.1), 0.0),
    "lips": np.append(0.4 * (PLACE > 0.93), 0.0),
    "tongue 1": np.append(0.3 * (bump(0.45, 0.08) - bump(0.2, 0.08)), 0.0),
}


@pytest.fixture(scope="module")
def moved():
    amounts = np.random.default_rng(4).normal(size=(2000, 4))
    tracts = np.log(0.01) + amounts @ np.stack(list(MOVES.values()))
    return torch.from_numpy(amounts), torch.from_numpy(tracts)


def test_planted_movements_come_back_under_their_names(moved):
    amounts, tracts = moved
    found = guided(tracts, 1)
    assert names(1) == list(MOVES)
    told = found.amounts(tracts)
    for number, (name, move) in enumerate(MOVES.items()):
        r = float(torch.corrcoef(torch.stack([told[:, number], amounts[:, number]]))[0, 1])
        assert abs(r) > 0.98, name
        assert r > 0 or name.startswith("tongue")
        np.testing.assert_allclose(found.loading[number] * np.sign(r), move, atol=0.04)
    assert found.rest.max() < 0.02


def test_components_of_training_shapes_do_not_go_together(moved):
    tracts = moved[1] + 0.05 * torch.randn(
        moved[1].shape, generator=torch.Generator().manual_seed(1)
    )
    found = guided(tracts, 2)
    torch.testing.assert_close(
        found.amounts(tracts).T.cov(), torch.eye(5).double(), atol=1e-6, rtol=0
    )
    drawn = found.tract(found.amounts(tracts))
    torch.testing.assert_close((tracts - drawn).std(0), found.rest)
    torch.testing.assert_close(found.amounts(drawn), found.amounts(tracts))


@pytest.fixture(scope="module")
def training():
    return sounds(240, seed=0, noise=0.02)


@pytest.fixture(scope="module")
def unseen():
    return sounds(120, seed=1, noise=0.02)


@pytest.fixture(scope="module")
def hybrid(training):
    model = fitted("hybrid", HYBRID, training, SEED)
    return model.doubting(doubt(model, sounds(200, seed=2, noise=0.02)))


def resonances(tract: torch.Tensor) -> torch.Tensor:
    """ln F by the chosen law, of ln d and ln L."""
    return sound(law(tract[:, :-1]), tract[:, -1])


def missed(model, asked: Examples) -> float:
    return float((model.tell(asked.given) - asked.wanted[:, :41]).square().mean())


def test_shapes_are_better_than_the_mean(hybrid, training, unseen):
    mean = fitted("mean", {"direction": "sound_to_shape"}, training, SEED)
    assert missed(hybrid, unseen) < 0.8 * missed(mean, unseen)


def test_shapes_sound_as_the_sound_that_was_given(hybrid, training, unseen):
    mean = fitted("mean", {"direction": "sound_to_shape"}, training, SEED)
    drawn = (model.tell(unseen.given) for model in (hybrid, mean))
    off = [(resonances(d) - unseen.wanted[:, 41:]).abs().mean() for d in drawn]
    assert off[0] < 0.5 * off[1]
    own = hybrid.answer(unseen.given).log_frequency
    assert (own - unseen.wanted[:, 41:]).abs().mean() < 0.5 * off[1]


def test_nine_tenths_are_nine_tenths(hybrid, unseen):
    told = hybrid.answer(unseen.given)
    away = (hybrid.tell(unseen.given) - unseen.wanted[:, :41]).abs() / hybrid.deviations(told)
    assert 0.85 < float((away < 1.645).double().mean()) < 0.95


def test_the_posterior_is_wider_where_no_formant_sees_the_shape(hybrid, training, unseen):
    shapes = unseen.wanted[:, :41]
    maps = jacobian(resonances, shapes)[..., :-1]
    metric = training.wanted[:, :40].T.cov().expand(len(shapes), -1, -1)
    of = directions(maps.detach().numpy(), metric.numpy(), 5)
    told = hybrid.answer(unseen.given)
    together, deviation = told.factor[..., :-1].numpy(), told.log_distance_sd.numpy()
    assert (deviation**2 - (together**2).sum(1)).min() > -1e-12
    posterior = covariance(together, deviation)
    np.testing.assert_allclose(np.einsum("fpp->fp", posterior), deviation**2)
    ratio = unseen_over_seen(posterior, of)
    assert ratio > max(1.3, unseen_over_seen(held_constant(posterior), of))


def silenced(training: Examples, known: int) -> Examples:
    """Shapes of all but the first frames forgotten, and made nonsense."""
    weight, wanted = training.weight.clone(), training.wanted.clone()
    weight[known:, :41] = 0.0
    wanted[known:, :41] = 100.0
    return training._replace(weight=weight, wanted=wanted)


def test_sound_without_shapes_is_learnt_from(training, unseen):
    few = silenced(training, 40)
    heard = fitted("heard", HYBRID, few, SEED)
    deaf = fitted("deaf", HYBRID | {"unlabelled_weight": 0.0}, few, SEED)
    off = [
        float((m.answer(unseen.given).log_frequency - unseen.wanted[:, 41:]).abs().mean())
        for m in (heard, deaf)
    ]
    assert off[0] < off[1]
    assert missed(heard, unseen) < 2 * missed(deaf, unseen)


def test_regressions_do_not_hear_of_sound_without_shapes(training, unseen):
    entry = {"kind": "ridge", "direction": "sound_to_shape", "penalty": 1e-3}
    told = (silenced(training, 40), training.rows(slice(40)).alone())
    one, other = (fitted("ridge", entry, of, SEED).tell(unseen.given) for of in told)
    torch.testing.assert_close(one, other)


def test_an_inverse_is_its_tensors(hybrid, unseen):
    again = type(hybrid)(hybrid.direction, hybrid.state()).requires_grad_(False)
    for one, other in zip(hybrid.answer(unseen.given), again.answer(unseen.given), strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


def test_an_inverse_is_the_same_twice(training):
    entry = HYBRID | {"steps": 20, "calibration_steps": 3}
    one, other = (fitted("hybrid", entry, training, SEED).state() for _ in range(2))
    assert all(torch.equal(other[part], value) for part, value in one.items())


def test_an_inverse_can_be_derived(hybrid, unseen):
    given = unseen.given[:1].clone().requires_grad_()
    torch.autograd.gradcheck(hybrid.tell, given, eps=1e-5, atol=1e-4)
