"""Sensitivities of every kind of model are those that small changes of its input show."""

import numpy as np
import pytest
import torch

from tests import known_law
from tests.models.test_kinds import ENTRIES
from tractable.explanations import asked
from tractable.models.catalogue import architecture, fitted, known_kinds
from tractable.models.model import Examples, Model

OPTIONS = {"regions": 8, "step": 1e-3, "floor": 2e-4, "stretch": 0.01, "ends": 0.05}
FEW = {"steps": 20, "calibration_steps": 10, "bend_steps": 20, "inducing": 40}  # taught badly
FRAMES, CHANGE = 4, 1e-4
FEATURES = known_law.PLACES + 1
WINDOW = 5
KINDS = [kind for kind in known_kinds() if "shape_to_sound" in architecture(kind).directions]


@pytest.fixture(autouse=True)
def as_in_a_stage():
    torch.set_default_dtype(torch.float32)


def taught(kind: str, examples: Examples) -> Model:
    entry = {word: FEW.get(word, value) for word, value in ENTRIES[kind].items()}
    return fitted("it", entry | {"kind": kind}, examples, 1)


def windowed(examples: Examples) -> Examples:
    """Windows of frames that follow one another; their middle frame is asked of."""
    given = examples.given.unfold(0, WINDOW, 1).transpose(1, 2).flatten(1)
    middle = slice(WINDOW // 2, -(WINDOW // 2))
    return examples._replace(
        given=given, wanted=examples.wanted[middle], weight=examples.weight[middle], frames=WINDOW
    )


def by_differences(model: Model, given: torch.Tensor) -> np.ndarray:
    """Central differences of ln F, the change held over all frames of a window (frame, formant,
    feature)."""
    held = CHANGE * torch.eye(FEATURES).double().repeat(1, given.shape[1] // FEATURES)
    with torch.no_grad():
        change = [model.hear(given + one) - model.hear(given - one) for one in held]
    return torch.stack(change, 2).numpy() / (2 * CHANGE)


def assert_alike(model: Model, given: torch.Tensor, shapes: torch.Tensor) -> None:
    edges = np.full((len(given), 2), np.nan)
    told = asked(model, given.numpy(), shapes.numpy(), edges, **OPTIONS)
    known = by_differences(model, given)
    found = np.concatenate(
        [told["distance_sensitivity"], told["stretch_sensitivity"][..., None]], 2
    )
    size = np.abs(known).max(2, keepdims=True)
    assert (np.abs(found - known) <= 1e-5 * size).all()


@pytest.mark.parametrize("kind", KINDS)
def test_sensitivities_are_those_of_differences(kind):
    training = known_law.examples(60, seed=4, noise=0.01)
    given = known_law.examples(FRAMES, seed=5).given
    assert_alike(taught(kind, training), given, given)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if architecture(kind).over_time])
def test_a_model_of_windows_is_asked_for_what_is_held_over_them(kind):
    model = taught(kind, windowed(known_law.examples(60, seed=4, noise=0.01)))
    given = windowed(known_law.examples(FRAMES + WINDOW - 1, seed=5)).given
    shapes = given.unflatten(1, (WINDOW, FEATURES))[:, WINDOW // 2]
    assert_alike(model, given, shapes)
