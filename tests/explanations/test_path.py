"""Paths on which what is heard is known: bent, broken at a corner, and torn by a jump."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from tractable.contracts import BadInput
from tractable.explanations.path import Path

STEPS, MOST = 4, 1024
LEAST = 2e-3
SHAPE = torch.tensor([[1.0, 2.0], [0.5, -1.0], [0.2, 0.1]], dtype=torch.float64)
NEUTRAL = torch.zeros(1, 2, dtype=torch.float64)
CORNER = 0.4


def gap(hear, **how):
    """What the parts lack of the whole (frame,), and the parts."""
    options = {"steps": STEPS, "most_steps": MOST, "lacking": LEAST} | how
    found = Path(**options).integrated(hear, SHAPE, NEUTRAL, 0)
    whole = (hear(SHAPE) - hear(NEUTRAL))[:, 0]
    return (whole - found.sum(1)).abs().numpy(), found


def bent(given):
    """A resonance that passes: smooth, and too narrow for few steps."""
    return torch.atan(30 * (given[:, :1] - CORNER))


def with_corner(given):
    """Shut until the first feature opens it: nothing, then a straight line."""
    return (given[:, :1] - CORNER).clamp(min=0.0)


def with_jump(given):
    """Another formant's number beyond the corner; its slope knows nothing of that."""
    return given.sum(1, keepdim=True) + 0.3 * (given[:, :1] > CORNER)


@pytest.mark.parametrize("hear", [bent, with_corner])
def test_steps_are_added_until_the_parts_are_the_whole(hear):
    few, _ = gap(hear, most_steps=STEPS, lacking=np.inf)
    many, found = gap(hear)
    assert few.max() > 10 * LEAST
    assert (many <= LEAST).all()
    assert (found[:, 1] == 0).all()  # of what is not heard


def test_a_corner_costs_more_steps_than_a_bend_for_the_same():
    """Gauss and Legendre's rule is all but exact of what is smooth, and not of a corner."""
    smooth, corner = (gap(of, steps=MOST, lacking=np.inf)[0] for of in (bent, with_corner))
    assert smooth.max() < 1e-6  # weights are of single precision
    assert 1e-6 < corner.max() < LEAST


def test_a_path_on_which_the_formant_jumps_is_refused_and_no_other():
    """The first two shapes lie beyond the jump, the third before it."""
    _, found = gap(with_jump)
    assert found[:2].isnan().all()
    torch.testing.assert_close(found[2], SHAPE[2])


def test_shapes_whose_parts_are_whole_get_no_more_steps():
    """To the last bit what the library says of the first steps, whoever is refused beside them."""
    _, found = gap(with_jump)
    theirs = IntegratedGradients(with_jump).attribute(SHAPE, NEUTRAL, 0, n_steps=STEPS)
    assert torch.equal(found[2], theirs[2])


def test_what_stands_beside_a_shape_goes_with_it_to_its_further_steps():
    """Only the second shape needs them, and only it is heard by its own factor."""
    factor = torch.tensor([[0.0], [100.0], [0.0]], dtype=torch.float64)
    shape = SHAPE.abs()

    def hear(given, factor):
        return factor * with_corner(given)

    path = Path(steps=STEPS, most_steps=2**14, lacking=0.01)
    found = path.integrated(hear, shape, NEUTRAL, 0, factor)
    np.testing.assert_allclose(found[:, 0], [0, 100 * (0.5 - CORNER), 0], atol=0.01)


def test_fewer_steps_at_most_than_at_first_are_refused():
    with pytest.raises(BadInput, match="most_steps 8 are fewer than steps 16"):
        Path(steps=16, most_steps=8, lacking=LEAST)
