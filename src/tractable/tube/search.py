"""Searches for the resonances of many lanes at once, in torch: the kernel's, step by step.

Sturm's count encloses each lossless resonance, so that none is missed or mislabelled; secants
follow it to its complex place. Lanes that are done leave when they are half, so that slow ones do
not hold up the rest.
"""

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from tractable.constants import SOUND_SPEED
from tractable.tube.fused import flow, lossless
from tractable.tube.lanes import Lanes
from tractable.tube.losses import loss_back, lossy_air

HALF_WAVE = 3.0  # angle of a section [rad] up to which the flow changes its sign once at most
NARROWINGS = 200  # of an enclosure, at most
# As in the kernel, so that both say the same:
STEPS = 60  # of one root search, at most
ENCLOSURE = 3e-2  # of a lossless resonance, relative: where the complex search begins
PRECISION = 1e-12  # of a root, relative
CURVATURE = 100.0  # of the flow around a root: the next step is at most this times the last two


def lossless_roots(lanes: Lanes, joint: int, count: int) -> Float[Tensor, " lane"]:
    """The resonance [rad/s] of every lane's order, within a narrow enclosure.

    Regula falsi on the phase, less at an end that stays (Anderson & Bjorck 1973), now and then a
    bisection.
    """
    low, high = enclosed(lanes, joint, count)
    order = torch.arange(1.0, count + 1).to(low).repeat_interleave(low.shape[1] // count)
    low[1], high[1] = low[1] - order, high[1] - order
    roots, side, which = torch.empty_like(order), torch.zeros_like(order), None
    for number in range(NARROWINGS):
        w, wide = guessed(low, high, number)
        if which is None:
            roots, which = w.clone(), torch.arange(len(w), device=w.device)
        else:
            roots[which] = w
        left = wide.nonzero()[:, 0]
        if len(left) == 0:
            break
        if 2 * len(left) <= len(wide):
            low, high, side, order = low[:, left], high[:, left], side[left], order[left]
            which, lanes, w = which[left], lanes.some(left), w[left]
        passed, phase = lossless(w, lanes, joint, far(w, lanes))
        low, high, side = narrowed(low, high, side, w, passed >= order, phase - order)
    return roots


def enclosed(
    lanes: Lanes, joint: int, count: int
) -> tuple[Float[Tensor, "2 lane"], Float[Tensor, "2 lane"]]:
    """Two frequencies around each resonance, and the phases there.

    On a grid of a few frequencies of each shape at once, as many as it has lanes.
    """
    shapes = len(lanes.tract) // count
    stride = (count + 0.5) / (2 * count) * torch.pi * SOUND_SPEED / lanes.tract[:shapes]
    order = torch.arange(1, count + 1, device=stride.device)[:, None]
    low = torch.zeros(2, count, shapes).to(stride)
    low[1] = 0.5  # at frequency 0 nothing turns
    high, first = torch.full_like(low, torch.inf), 0
    while high[0, -1].isinf().any():
        w = (first + order) * stride
        found = lossless(w.view(-1), lanes, joint, far(w.view(-1), lanes))
        passed, phase = (part.view(count, shapes) for part in found)
        for at, number, value in zip(w, passed, phase, strict=True):
            here, above = torch.stack([at, value])[:, None], number >= order
            low = torch.where(above, low, here)
            high = torch.where(above & high[0].isinf(), here, high)
        first += count
    return low.view(2, -1), high.view(2, -1)


def far(w: Float[Tensor, " lane"], lanes: Lanes) -> bool:
    """Whether any section may hold more than one zero of the flow."""
    return bool((w / SOUND_SPEED * lanes.length.amax(0)).max() >= HALF_WAVE)


def guessed(
    low: Float[Tensor, "2 lane"], high: Float[Tensor, "2 lane"], number: int
) -> tuple[Float[Tensor, " lane"], Bool[Tensor, " lane"]]:
    """What lies between the ends of each enclosure, and which of them are wide."""
    width, least = high[0] - low[0], 0.4 * ENCLOSURE * high[0]
    crossed = (low[1] < 0) & (high[1] > 0)
    share = torch.where(crossed, low[1] / (low[1] - high[1]), 0.5)
    guess, wide = low[0] + share * width, width > ENCLOSURE * high[0]
    inner = low[0] + 0.5 * width if number % 12 == 11 else guess
    inner = inner.clamp(min=low[0] + least).clamp(max=high[0] - least)
    return torch.where(wide, inner, guess), wide


def narrowed(
    low: Float[Tensor, "2 lane"],
    high: Float[Tensor, "2 lane"],
    side: Float[Tensor, " lane"],
    w: Float[Tensor, " lane"],
    above: Bool[Tensor, " lane"],
    value: Float[Tensor, " lane"],
) -> tuple[Float[Tensor, "2 lane"], Float[Tensor, "2 lane"], Float[Tensor, " lane"]]:
    """One end of every wide enclosure moved to w. A phase at an end that stays loses weight."""
    wide = high[0] - low[0] > ENCLOSURE * high[0]
    lost = value / torch.where(above, high[1], low[1])
    weight = torch.where(lost < 1, 1 - lost, 0.5)
    weight = torch.where(side == torch.where(above, 1.0, -1.0), weight, 1.0)
    up, down, here = wide & above, wide & ~above, torch.stack([w, value])
    lighter_low = torch.stack([low[0], low[1] * torch.where(up, weight, 1.0)])
    lighter_high = torch.stack([high[0], high[1] * torch.where(down, weight, 1.0)])
    side = torch.where(up, 1.0, torch.where(down, -1.0, side))
    return torch.where(down, here, lighter_low), torch.where(up, here, lighter_high), side


def damped(w: Float[Tensor, " lane"], loss: Float[Tensor, "4 lane"]) -> Complex[Tensor, " lane"]:
    """The lossless resonance w with the losses of the sections: (s + alpha)(s + beta) = -w^2.

    Exact under an ideal open end, for losses do not depend on area.
    """
    s = torch.complex(torch.full_like(w, -1.0), (w**2 + loss[2] ** 2).sqrt())
    for _ in range(2):
        air = lossy_air(s, loss)
        _, by_s = loss_back(s, loss, air.shunt, air.series)
        s = s - (air.series * air.shunt + w * w) / by_s
    return s


def lossy_roots(
    w: Float[Tensor, " lane"],
    lanes: Lanes,
    joint: int,
    kind: int,
    lower: Complex[Tensor, "known lane"] | None = None,
) -> tuple[Complex[Tensor, " lane"], Bool[Tensor, " lane"]]:
    """Complex roots that grow out of lossless resonances w; whether each search settled there.

    Divided by ``lower`` roots, the flow leads to none of them.
    """
    roots, settled = torch.complex(torch.zeros_like(w), w), torch.zeros_like(w, dtype=torch.bool)
    lower = roots.new_empty(0, len(w)) if lower is None else lower
    which = torch.arange(len(w), device=w.device)
    before = damped(w, lanes.loss)
    f_before = flow(before, lanes, joint) * away(before, lower)
    here = before * (1 + (0.01j if kind == 2 else 1e-4))  # radiation damps, by about a percent
    busy = torch.ones_like(settled)
    for _ in range(STEPS):
        f_here = flow(here, lanes, joint) * away(here, lower)
        there, done = secants(before, here, f_before, f_here)
        ended = busy & done
        roots[which[ended]], settled[which[ended]] = there[ended], True
        lost = (there == here) | (size(there) >= 1e7) | (there.imag <= 0)
        busy = busy & ~done & ~lost
        before, here = torch.where(busy, here, before), torch.where(busy, there, here)
        f_before = torch.where(busy, f_here, f_before)
        left = busy.nonzero()[:, 0]
        if len(left) == 0:
            break
        if 2 * len(left) <= len(busy):
            which, lanes, lower = which[left], lanes.some(left), lower[:, left]
            before, here, f_before, busy = before[left], here[left], f_before[left], busy[left]
    return roots, settled


def away(
    s: Complex[Tensor, " lane"], lower: Complex[Tensor, "known lane"]
) -> Complex[Tensor, " lane"]:
    """The factor that takes known roots out of a flow."""
    return (lower.imag / (s - lower)).prod(0)


def secants(
    before: Complex[Tensor, " lane"],
    here: Complex[Tensor, " lane"],
    f_before: Complex[Tensor, " lane"],
    f_here: Complex[Tensor, " lane"],
) -> tuple[Complex[Tensor, " lane"], Bool[Tensor, " lane"]]:
    """Where lines through two values are zero, a tenth away at most, and whether it is precise."""
    last, whole = size(here - before), size(here)
    near, still = last < 1e-11 * whole, f_here == f_before
    move = f_here * (here - before) / torch.where(still, 1, f_here - f_before)
    far = size(move)
    stays = still | (near & (far > last))  # rounding is all that is left
    reach = far.minimum(0.1 * whole)
    there = torch.where(stays, here, here - move * torch.where(far > reach, reach / far, 1.0))
    precise = CURVATURE * reach * last < PRECISION * size(there) ** 2
    done = torch.where(still, near | (f_here == 0), stays | precise)
    return there, done


def size(z: Complex[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """|Re z| + |Im z|, as the kernel measures."""
    return z.real.abs() + z.imag.abs()
