"""Tubes side by side in torch, on any device, and Sturm's count of their lossless resonances.

A lane is the search for one resonance of one shape. Tables are (section, lane), so that a section
of all lanes lies together; only sections are looped over. SI units, glottis first.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.constants import AIR_DENSITY, SOUND_SPEED
from tractable.tube.tube import Tubes


class Lanes(NamedTuple):
    """Tubes of some lanes."""

    ratio: Float[Tensor, "section lane"]  # of the area beyond, towards the lips; 1 at the lips
    length: Float[Tensor, "row lane"]  # m; one row where all sections are as long
    inertia: Float[Tensor, "junction lane"]  # junction mass times area [kg/m2], or none
    twig_ratio: Float[Tensor, "part lane"]  # of the branch
    twig_length: Float[Tensor, "part lane"]
    opening: Float[Tensor, " lane"]  # area of the branch over twice that of its section
    lips: Float[Tensor, "3 lane"]  # area [m2], mass [kg/m4], conductance [m3/(s Pa)]
    loss: Float[Tensor, "4 lane"]
    tract: Float[Tensor, " lane"]  # whole length [m]

    def some(self, which: Tensor) -> "Lanes":
        """A few of the lanes, by number."""
        return Lanes(*(part.index_select(-1, which) for part in self))


def side_by_side(given: Tubes, joint: int, kind: int, count: int) -> Lanes:
    """``count`` lanes of each shape; lane k is of shape k modulo their number."""
    area, twig = given.log_area.exp().T, given.branch_log_area.exp().T
    lips = torch.stack([area[-1], *load_parts(area[-1], kind)])
    even = bool((given.length == given.length[:, :1]).all())
    shapes = Lanes(
        beyond(area) / area,
        given.length.T[:1] if even else given.length.T,
        given.mass.T * area if given.mass.shape[1] else given.mass.T,
        beyond(twig) / twig,
        given.branch_length.T,
        twig[0] / (2 * area[joint]) if joint >= 0 else torch.zeros_like(area[0]),
        lips,
        given.loss.T,
        given.length.sum(1),
    )
    # No whole rows of zeros, which a look at the masses would otherwise walk for nothing.
    if not shapes.inertia.any():
        shapes = shapes._replace(inertia=shapes.inertia[:0])
    return Lanes(*(part.repeat(*[1] * (part.ndim - 1), count) for part in shapes))


def beyond(area: Float[Tensor, "section lane"]) -> Float[Tensor, "section lane"]:
    """Area of the next section towards the end; the last one goes on as it is."""
    return torch.cat([area[1:], area[-1:]])


def load_parts(area: Tensor, kind: int) -> tuple[Tensor, Tensor]:
    """Mass and conductance side by side at lips of an area (see ``kernel.opening``)."""
    mass = 8 * AIR_DENSITY / (3 * torch.pi * (torch.pi * area).sqrt())
    conductance = 9 * torch.pi**2 * area / (128 * AIR_DENSITY * SOUND_SPEED)
    return mass * (kind > 0), conductance * (kind == 2)


def lossless(
    w: Float[Tensor, " lane"], lanes: Lanes, joint: int, far: bool
) -> tuple[Float[Tensor, " lane"], Float[Tensor, " lane"]]:
    """Number of lossless resonances below each angular frequency, and the phase of the flow.

    The phase, in half turns, rises through n where resonance n is (see ``kernel.lossless``). P and
    U are real, U in units of A / (rho c). ``far``: whether a section may turn a lane by half a turn
    and more.
    """
    wave = w / SOUND_SPEED
    p, u = wave * lanes.lips[1] * lanes.lips[0] / AIR_DENSITY, torch.ones_like(w)
    count, shear = closed_branch(wave, lanes) if joint >= 0 else (torch.zeros_like(w),) * 2
    for i in reversed(range(len(lanes.ratio))):
        if i == len(lanes.ratio) - 1 or len(lanes.length) > 1:
            angle = wave * lanes.length[min(i, len(lanes.length) - 1)]
            cos, sin = angle.cos(), angle.sin()
        before, drive = p, u * lanes.ratio[i]
        p, u = cos * before + sin * drive, cos * drive - sin * before
        met = passages(before, drive, angle, u) if far else (drive >= 0) != (u >= 0)
        count = count + met
        if len(lanes.inertia):
            p = p + wave * lanes.inertia[i] / AIR_DENSITY * u
        if i == joint:
            sheared = u + shear * p
            count = count + sector(p, sheared) - sector(p, u)
            u = sheared
    return count, count + 0.5 + half_turns(p, u)


def half_turns(p: Tensor, u: Tensor) -> Tensor:
    """arctan(p / u) in half turns, as rough as the kernel's: where no search settles, what lies
    between two phases is the answer (see ``kernel.half_turns``)."""
    along = (p.abs() - u.abs()) / (p.abs() + u.abs())
    square = along * along
    beyond = square * (square * 0.0208351 - 0.0851330) + 0.1801410
    angle = 0.25 + along * (square * (square * beyond - 0.3302995) + 0.9998660) / torch.pi
    return torch.where((p >= 0) == (u >= 0), angle, -angle)


def closed_branch(wave: Tensor, lanes: Lanes) -> tuple[Tensor, Tensor]:
    """Poles of the admittance below each wave number, and what the flow gains by it for P = 1."""
    p, u, poles = torch.ones_like(wave), torch.zeros_like(wave), torch.zeros_like(wave)
    for ratio, length in zip(lanes.twig_ratio.flip(0), lanes.twig_length.flip(0), strict=True):
        drive, angle = u * ratio, wave * length
        start = torch.atan2(p, drive)
        poles = poles + ((start + angle) / torch.pi).floor() - (start / torch.pi).floor()
        cos, sin = angle.cos(), angle.sin()
        p, u = cos * p + sin * drive, cos * drive - sin * p
    return poles, 2 * lanes.opening * u / p


def sector(pressure: Tensor, flow: Tensor) -> Tensor:
    """0 where U >= 0, else 1 or -1 by the sign of P (see ``kernel.sector``)."""
    return torch.where(flow >= 0, 0.0, torch.where(pressure >= 0, 1.0, -1.0))


def passages(pressure: Tensor, flow: Tensor, angle: Tensor, end_flow: Tensor) -> Tensor:
    """Passages through U = 0 in a turn by ``angle`` (see ``kernel.passages``)."""
    turned = (torch.atan2(pressure, flow) + angle) / torch.pi + 0.5
    end = turned.floor()
    nearest = torch.where(turned - end >= 0.5, end + 1, end - 1)
    end = torch.where((end % 2 != 0) != (end_flow < 0), nearest, end)
    return end - sector(pressure, flow)
