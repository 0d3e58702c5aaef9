"""Losses of the air and radiation at the lips, in torch for many lanes at once, with derivatives.

The equations of Sondhi & Schroeter (1987) and Flanagan (1972), as in the kernel.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.constants import AIR_DENSITY, SOUND_SPEED

Numbers = Any  # complex, of each lane: a tensor or a Pair of them


class Air(NamedTuple):
    """What losses make of the air at a lane's frequency."""

    series: Numbers  # s + alpha [1/s]
    shunt: Numbers  # s + beta [1/s]
    wave: Numbers  # wave number [1/m]
    unit: Numbers  # wave impedance times area [kg/(m2 s)]


def lossy_air(s: Numbers, loss: Float[Tensor, "4 lane"]) -> Air:
    """Factors of Sondhi & Schroeter (1987), and the wave that they let pass."""
    a, b, w0, c1 = loss
    alpha = (s * c1).sqrt()
    series, shunt = s + alpha, s + s * w0**2 * ((s + a) * s + b).reciprocal() + alpha
    # The product lies near the negative axis: turned about, no search meets the branch cut.
    wave = (-(series * shunt)).sqrt() * 1j * (1 / SOUND_SPEED)
    return Air(series, shunt, wave, series * wave.reciprocal() * AIR_DENSITY)


def radiation(s: Numbers, lips: Float[Tensor, "3 lane"]) -> tuple[Numbers, Numbers, Numbers]:
    """Load at the lips, and its derivatives by s and by ln area."""
    _, mass, conductance = lips
    share = (s * mass * conductance + 1).reciprocal()
    load = s * mass * share
    return load, share * share * mass, -load * share * (s * mass * conductance + 0.5)


def loss_back(
    s: Numbers, loss: Float[Tensor, "4 lane"], by_series: Numbers, by_shunt: Numbers
) -> tuple[list[Numbers], Numbers]:
    """Chain rule from the series and shunt factors to the loss constants and to s."""
    a, b, w0, c1 = loss
    fraction, rooted = ((s + a) * s + b).reciprocal(), (s * c1).sqrt()
    by_b = -(by_shunt * s * fraction * fraction) * w0**2
    by_c1 = (by_series + by_shunt) * rooted * torch.where(c1 > 0, 0.5 / c1, 0.0)
    by_alpha = rooted * 0.5 * s.reciprocal() + 1
    by_wall = (-(s * s) + b) * fraction * fraction * w0**2 + by_alpha
    by_s = by_series * by_alpha + by_shunt * by_wall
    return [by_b * s, by_b, by_shunt * s * fraction * (2 * w0), by_c1], by_s
