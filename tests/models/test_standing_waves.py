"""Waves of a tube satisfy its equations; any other waves, and any other tube, do not."""

import math

import pytest
import torch

from tests.known_law import FOSSA, shapes
from tractable.models.standing_waves import Waves, misfit
from tractable.tube import SONDHI_SCHROETER, Branch, formants, modes
from tractable.tube.tube import tubes

JOINT = 5
FOSSA_BRANCH = Branch(*torch.tensor(FOSSA).double()[:, None].unbind(0), JOINT)
BRANCH = FOSSA_BRANCH._replace(log_area=FOSSA_BRANCH.log_area.log())


def tract(turned: bool = False):
    """Six tracts, sections at the lips twice as long as the others, with a fossa."""
    log_distance, log_length = shapes(6, seed=4)
    log_area = math.log(1.5e-4) + 1.5 * (log_distance - math.log(0.01))
    length = (log_length.exp() / 40)[:, None] * torch.tensor([*39 * [1.0], 2.0]).double()
    return log_area.flip(1) if turned else log_area, length


def told(stations: slice) -> Waves:
    """The true modes of these tracts."""
    frequency, bandwidth = formants(*tract(), count=3, branch=BRANCH)
    root = torch.complex(-bandwidth, 2 * frequency) * torch.pi
    pressure, flow = modes(*tract(), count=3, branch=BRANCH)
    return Waves(root, pressure[..., stations], flow[..., stations])


def missed(waves: Waves, turned: bool = False) -> torch.Tensor:
    """In units of relative frequency."""
    tube = tubes(*tract(turned), SONDHI_SCHROETER, BRANCH, False)
    return misfit(waves, tube, JOINT).whole().sqrt()


@pytest.mark.parametrize("stride", [1, 4, 5, 8, 10, 40])
def test_true_modes_satisfy_the_equations_whatever_the_stations(stride):
    assert missed(told(slice(None, None, stride))).max() < 1e-9


def test_scale_and_phase_of_a_wave_do_not_matter():
    waves = told(slice(None, None, 5))
    other = waves._replace(root=1.1 * waves.root)
    turned = other._replace(pressure=3j * other.pressure, flow=3j * other.flow)
    torch.testing.assert_close(missed(turned), missed(other))


@pytest.mark.parametrize("share", [-0.03, 0.03])
def test_a_wrong_root_costs_as_much_as_it_is_wrong(share):
    waves = told(slice(None, None, 5))
    off = missed(waves._replace(root=waves.root * (1 + share)))
    assert off.min() > 0.6 * abs(share)
    assert off.max() < 2.0 * abs(share)


def test_a_tract_turned_round_does_not_hold_these_waves():
    assert missed(told(slice(None, None, 5)), turned=True).min() > 0.1


def test_waves_that_swap_roots_are_found_out():
    waves = told(slice(None, None, 5))
    assert missed(waves._replace(root=waves.root.flip(1)))[:, [0, 2]].min() > 0.3


def test_a_wave_that_misses_its_load_is_found_out_at_the_lips():
    waves, tube = told(slice(None, None, 5)), tubes(*tract(), SONDHI_SCHROETER, BRANCH, False)
    assert misfit(waves, tube, JOINT).lips.max() < 1e-18
    pressure = torch.cat([waves.pressure[..., :-1], 1.5 * waves.pressure[..., -1:]], -1)
    assert misfit(waves._replace(pressure=pressure), tube, JOINT).lips.min() > 1e-6
