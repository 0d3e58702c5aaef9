"""Modes, energies and sensitivities: exact laws of the lossless tube."""

import math

import pytest
import torch

from tests.tube.test_formants import IDEAL, lengths, rough
from tractable.tube import (
    LOSSLESS,
    affiliation,
    energies,
    formants,
    length_sensitivity,
    modes,
    sensitivity,
)


def test_uniform_tube_sensitivities_are_cosines():
    """-cos((2n-1) pi x/L) dx/L, averaged over each section; x from the glottis."""
    n = 40
    log_area = torch.full((1, n), math.log(3e-4))
    found = sensitivity(log_area, lengths(log_area), count=3, **IDEAL)[0]
    edge = torch.arange(n + 1) / n
    for k, row in enumerate(found):
        wave = (2 * k + 1) * math.pi
        assert torch.allclose(row, -torch.diff(torch.sin(wave * edge)) / wave, atol=1e-9)


def test_area_sensitivities_sum_to_zero_and_length_ones_to_minus_one():
    log_area = rough()
    area = sensitivity(log_area, lengths(log_area), count=4, **IDEAL)
    length = length_sensitivity(log_area, lengths(log_area), count=4, **IDEAL)
    assert area.sum(-1).abs().max() < 1e-8
    assert (length.sum(-1) + 1).abs().max() < 1e-8


def test_walls_hold_f1_up_against_stretching():
    log_area = rough()
    first = length_sensitivity(log_area, lengths(log_area), count=1).sum(-1)
    assert ((first > -1) & (first < -0.3)).all()


@pytest.mark.parametrize("radiation", ["open", "mass"])
def test_sensitivity_is_the_surplus_of_kinetic_over_potential_energy(radiation):
    log_area = rough()
    found = sensitivity(log_area, lengths(log_area), count=3, losses=LOSSLESS, radiation=radiation)
    energy = energies(log_area, lengths(log_area), count=3, radiation=radiation)
    surplus = energy.kinetic - energy.potential
    surplus[..., -1] += energy.radiation / 2
    assert torch.allclose(found, surplus, rtol=0, atol=1e-8)


def test_energies_are_shares_and_balance():
    """Kinetic and potential energy are equal in a mode; all shares sum to 1."""
    log_area = rough()
    energy = energies(log_area, lengths(log_area), count=4)
    kinetic = energy.kinetic.sum(-1) + energy.radiation
    assert torch.allclose(kinetic, torch.full_like(kinetic, 0.5), atol=1e-8)
    assert torch.allclose(energy.potential.sum(-1), torch.full_like(kinetic, 0.5), atol=1e-8)
    assert min(part.min() for part in energy) > -1e-12


def test_length_sensitivity_is_the_energy_share_of_a_section():
    log_area = rough()
    energy = energies(log_area, lengths(log_area), count=4, radiation="open")
    share = energy.kinetic + energy.potential
    found = length_sensitivity(log_area, lengths(log_area), count=4, **IDEAL)
    assert torch.allclose(found, -share, atol=1e-8)


def test_junction_masses_count_among_the_sensitivities():
    """They follow from the areas, so part of the derivative by an area goes through them."""
    log_area = rough(3).requires_grad_()
    told = formants(log_area, lengths(log_area), count=3, junction_inertance=True).frequency
    found = sensitivity(log_area.detach(), lengths(log_area), count=3, junction_inertance=True)
    for formant in range(3):
        (slope,) = torch.autograd.grad(told[:, formant].log().sum(), log_area, retain_graph=True)
        assert torch.allclose(found[:, formant], slope, atol=1e-10)
    without = sensitivity(log_area.detach(), lengths(log_area), count=3)
    assert (found - without).abs().max() > 1e-3


def test_sensitivities_equal_finite_differences_losses_and_all():
    log_area, step = rough(3), 1e-5
    found = sensitivity(log_area, lengths(log_area), count=3)
    for section in (0, 17, 39):
        ends = []
        for sign in (1, -1):
            moved = log_area.clone()
            moved[:, section] += sign * step
            ends.append(formants(moved, lengths(log_area), count=3).frequency.log())
        difference = (ends[0] - ends[1]) / (2 * step)
        assert torch.allclose(found[..., section], difference, atol=1e-8)


def test_modes_of_a_uniform_tube_are_quarter_waves():
    log_area = torch.full((1, 40), math.log(3e-4))
    found = modes(log_area, lengths(log_area), count=2, **IDEAL)
    x = torch.arange(41) / 40
    for k in range(2):
        wave = (k + 0.5) * math.pi * x
        assert torch.allclose(found.pressure[0, k].abs(), wave.cos().abs(), atol=1e-7)
        flow = found.flow[0, k].abs()
        assert torch.allclose(flow / flow.max(), wave.sin().abs(), atol=1e-7)


def test_affiliation_follows_the_cavity_that_makes_the_formant():
    """A back cavity of 9 cm behind a tight constriction and a front cavity of 5.4 cm: F2 is the
    half wave of the back (1.94 kHz), F3 the half of the front or its quarter (1.62 kHz): decoupled,
    the lower of both belongs to the front."""
    area = torch.full((1, 48), 6e-4)
    area[:, 28:31] = 3e-6
    cavities = torch.zeros(1, 3, 48)
    for cavity, (start, end) in enumerate([(0, 28), (28, 31), (31, 48)]):
        cavities[0, cavity, start:end] = 1
    step = torch.tensor([0.0032])
    stretched = length_sensitivity(area.log(), step, count=3, **IDEAL)
    shares = affiliation(stretched, cavities)[0]
    back, front = 350 / (2 * 28 * 0.0032), 350 / (4 * 17 * 0.0032)
    frequency = formants(area.log(), step, count=3, **IDEAL).frequency[0]
    assert frequency[1:].tolist() == pytest.approx(sorted([back, front]), rel=0.02)
    assert torch.allclose(shares.sum(-1), torch.ones(3))
    assert shares[1, 2] > 0.9
    assert shares[2, 0] > 0.9
