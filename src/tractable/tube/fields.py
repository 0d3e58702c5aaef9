"""What the resonances look like inside: transfer function, modes, energies, sensitivities."""

from typing import NamedTuple

import torch
from jaxtyping import Complex, Float
from torch import Tensor
from torch.autograd.functional import jacobian

from tractable.constants import AIR_DENSITY, SOUND_SPEED
from tractable.tube.formants import root_slopes, solve, widths
from tractable.tube.reference import glottal_flow, lip_load, walked
from tractable.tube.tube import (
    KINDS,
    LOSSLESS,
    SONDHI_SCHROETER,
    Branch,
    Losses,
    Radiation,
    Tubes,
    junction_mass,
    tubes,
)


def transfer_function(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    frequency: Float[Tensor, " frequency"],
    *,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Complex[Tensor, "shape frequency"]:
    """Lip over glottal volume velocity, differentiable.

    Parameters
    ----------
    frequency : where to evaluate [Hz], not 0; the others as in ``formants``.
    """
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    s = 2j * torch.pi * frequency.to(given.log_area).expand(len(given.log_area), -1)
    return 1 / glottal_flow(s, given, -1 if branch is None else branch.joint, radiation)


class Modes(NamedTuple):
    """Pressure and flow of each resonance at the section boundaries, glottis first.

    Scaled to a largest magnitude of 1 of the pressure; at the glottis the flow is 0.
    """

    pressure: Complex[Tensor, "shape formant boundary"]  # Pa
    flow: Complex[Tensor, "shape formant boundary"]  # m3/s


def modes(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Modes:
    """Standing waves of the resonances that ``formants`` returns; arguments and errors are its."""
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    joint = -1 if branch is None else branch.joint
    roots = solve(given, joint, KINDS[radiation], count)[0]
    states = walked(roots, given, joint, radiation)[::-1]
    pressure, flow = (torch.stack([state[k] for state in states], dim=-1) for k in (0, 1))
    largest = pressure.abs().amax(-1, keepdim=True)
    return Modes(pressure / largest, flow / largest)


class Energies(NamedTuple):
    """Shares of a lossless mode's energy, glottis first; all together sum to 1."""

    kinetic: Float[Tensor, "shape formant section"]
    potential: Float[Tensor, "shape formant section"]
    radiation: Float[Tensor, "shape formant"]  # kinetic, in the mass of the radiation load


def energies(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    radiation: Radiation = "flanagan",
) -> Energies:
    """Kinetic and potential energy of each section in each lossless mode.

    Notes
    -----
    Within a section P^2 + (Z U)^2 with Z = rho c / A is constant, so both energies follow from the
    states at its ends: their sum goes with l A (P^2 + Z^2 U^2), their difference with the integral
    of A (Z^2 U^2 - P^2), which is A [P Z U] c / w between the ends.
    """
    reactive: Radiation = "open" if radiation == "open" else "mass"
    given = tubes(log_area, section_length, LOSSLESS, None, False)
    roots = solve(given, -1, KINDS[reactive], count)[0]
    states = walked(roots, given, -1, reactive)[::-1]
    pressure = torch.stack([state[0].imag for state in states], dim=-1)
    flow = torch.stack([state[1].real for state in states], dim=-1)
    area, length = given.log_area.exp()[:, None], given.length[:, None]
    drive = AIR_DENSITY * SOUND_SPEED / area * flow[..., 1:]  # Z U at the lip end of each section
    drive_back = AIR_DENSITY * SOUND_SPEED / area * flow[..., :-1]
    scale = area / (4 * AIR_DENSITY * SOUND_SPEED**2)
    total = scale * length * (pressure[..., 1:] ** 2 + drive**2)
    wave = roots.imag[..., None] / SOUND_SPEED
    surplus = scale * (pressure[..., :-1] * drive_back - pressure[..., 1:] * drive) / wave
    mass = lip_load(torch.ones_like(roots.real), area[:, 0, -1:], reactive)
    load = mass * flow[..., -1] ** 2 / 4
    whole = total.sum(-1) + load
    kinetic, potential = (total + surplus) / 2, (total - surplus) / 2
    return Energies(kinetic / whole[..., None], potential / whole[..., None], load / whole)


def sensitivity(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Float[Tensor, "shape formant section"]:
    """Sensitivity functions dlnF/dlnA, exact, losses and all.

    Lossless, they are (kinetic - potential) / total energy of each section, plus half of the
    radiation's kinetic energy at the lips (Fant & Pauli 1974; Schroeder 1967).
    """
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    return sensitivities(given, branch, radiation, count, junction_inertance)[0]


def length_sensitivity(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Float[Tensor, "shape formant section"]:
    """dlnF/dln l of each section; they sum to -1 in a lossless tube with an ideal open end."""
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    return sensitivities(given, branch, radiation, count, junction_inertance)[1]


def sensitivities(
    given: Tubes, branch: Branch | None, radiation: Radiation, count: int, junction_inertance: bool
) -> tuple[Tensor, Tensor]:
    """dlnF/dlnA and dlnF/dln l (shape, formant, section) from one call of the kernel."""
    joint = -1 if branch is None else branch.joint
    roots, _ = solve(given, joint, KINDS[radiation], count)
    slope = root_slopes(roots, given, joint, KINDS[radiation])
    relative = slope.imag / roots.imag[..., None]
    by_area, by_length, by_mass, *_ = relative.split(widths(given), dim=-1)
    if junction_inertance:  # the masses follow from the areas
        masses = jacobian(lambda log_area: junction_mass(log_area).sum(0), given.log_area)
        by_area = by_area + torch.einsum("bfi,iba->bfa", by_mass, masses)
    return by_area, by_length * given.length[:, None]


def affiliation(
    length_sensitivity: Float[Tensor, "shape formant section"],
    cavity_share: Float[Tensor, "shape cavity section"],
) -> Float[Tensor, "shape formant cavity"]:
    """How much of each formant belongs to each cavity: shares that sum to 1.

    -dlnF/dln(length of the cavity), normalised. ``cavity_share`` says what part of each section
    (0 to 1) lies in each cavity.
    """
    raw = -torch.einsum("bfs,bcs->bfc", length_sensitivity, cavity_share)
    return raw / raw.sum(-1, keepdim=True)
