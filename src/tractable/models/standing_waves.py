"""Standing waves that somebody claims, and how far they are from the equations of a tube."""

from typing import NamedTuple

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from tractable.constants import AIR_DENSITY, SOUND_SPEED
from tractable.tube.reference import admittance, even_functions, lip_load, loss_factors
from tractable.tube.tube import Tubes

IMPEDANCE = AIR_DENSITY * SOUND_SPEED  # rho c [kg/m2/s], that of a tube times its area


class Waves(NamedTuple):
    """One wave per formant, at stations that cut the tract into stretches of as many sections.

    Of any scale and phase. At the glottis, the first station, flow is 0: it is closed.
    """

    root: Complex[Tensor, "frame formant"]  # s = -pi B + 2 pi i F [1/s]
    pressure: Complex[Tensor, "frame formant station"]  # Pa, glottis first
    flow: Complex[Tensor, "frame formant station"]  # m3/s


class Misfit(NamedTuple):
    """Squared, each in units of relative frequency: a root that is 3 % off costs about 0.03^2."""

    equations: Float[Tensor, "frame formant"]  # lossy Webster equations, along the tract
    lips: Float[Tensor, "frame formant"]  # P = Z U with the load of radiation (Flanagan 1972)

    def whole(self) -> Float[Tensor, "frame formant"]:
        return self.equations + self.lips


def misfit(waves: Waves, tube: Tubes, joint: int) -> Misfit:
    """How far waves are from what a tube allows; 0 for its modes, and for nothing else.

    Parameters
    ----------
    tube : of equal sections, the one at the lips excepted, with a branch.
    joint : section at whose glottal end the branch opens.

    Notes
    -----
    In every stretch the wave at the lip end is carried to the glottal end by the exact relations of
    the sections, so that steps of x cost nothing; what misses there is the error. Its power,
    A |dP|^2 + (rho c)^2 / A |dU|^2, is divided by length, summed, and divided by k^2 times the same
    integral of the wave, k = |s| / c. A mode whose s is off by a share e then misses by about e^2,
    and no wave gets better by getting smaller. The choice of unit and of stretches is ours.
    """
    pressure, flow = carried(waves, tube, joint)
    stretches = pressure.shape[-1]
    length = by_stretch(tube.length, stretches).sum(-1)[:, None]
    area = by_stretch(tube.log_area, stretches).mean(-1).exp()[:, None]
    off = power(pressure - waves.pressure[..., :-1], flow - waves.flow[..., :-1], area)
    held = length * power(waves.pressure[..., 1:], waves.flow[..., 1:], area)
    scale = held.sum(-1) * (waves.root.abs() / SOUND_SPEED) ** 2
    opening = tube.log_area[:, -1:].exp()
    load = lip_load(waves.root, opening, "flanagan")
    excess = waves.pressure[..., -1] - load * waves.flow[..., -1]
    at_lips = power(excess, torch.zeros_like(excess), opening) / length.sum(-1)
    return Misfit((off / length).sum(-1) / scale, at_lips / scale)


def power(pressure: Tensor, flow: Tensor, area: Tensor) -> Tensor:
    """A |P|^2 + (rho c)^2 / A |U|^2, constant along a lossless tube of one area."""
    return area * pressure.abs() ** 2 + IMPEDANCE**2 / area * flow.abs() ** 2


def by_stretch(values: Tensor, stretches: int) -> Tensor:
    """(..., section) as (..., stretch, section)."""
    return values.reshape(*values.shape[:-1], stretches, -1)


def carried(waves: Waves, tube: Tubes, joint: int) -> tuple[Tensor, Tensor]:
    """(P, U) of every stretch (frame, formant, stretch), from its lip end to its glottal end."""
    stretches = waves.pressure.shape[-1] - 1
    relations = [by_stretch(part, stretches).unbind(-1) for part in relations_of(waves.root, tube)]
    sections = list(zip(*relations, strict=True))
    branch = admittance(*loss_factors(waves.root, tube.loss), tube)[..., None]
    opens = torch.arange(stretches, device=tube.length.device) == joint // len(sections)
    pressure, flow = waves.pressure[..., 1:], waves.flow[..., 1:]
    for place in reversed(range(len(sections))):
        along, series, shunt = sections[place]
        pressure, flow = along * pressure + series * flow, along * flow + shunt * pressure
        if place == joint % len(sections):
            flow = flow + opens * branch * pressure
    return pressure, flow


def relations_of(root: Tensor, tube: Tubes) -> tuple[Tensor, Tensor, Tensor]:
    """ch, z l sh and y l sh of every section (frame, formant, section), see `tube.formants`.

    Only two of ch and sh are worked out: the sections are of one length but for the last.
    """
    sections = tube.length.shape[1]
    series, shunt = (factor[..., None] for factor in loss_factors(root, tube.loss))
    length = tube.length[:, None, -2:]
    ch, sh = even_functions(series * shunt * (length / SOUND_SPEED) ** 2)
    ch, series, shunt = (
        torch.cat([part[..., :1].expand(*part.shape[:-1], sections - 1), part[..., 1:]], -1)
        for part in (ch, series * length * sh, shunt * length * sh)
    )
    area = tube.log_area.exp()[:, None]
    return ch, AIR_DENSITY / area * series, area / (AIR_DENSITY * SOUND_SPEED**2) * shunt
