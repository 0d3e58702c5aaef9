"""The lossy tube as a lattice of two waves, in torch for many lanes at once, and its derivatives.

The equations are the kernel's: losses do not depend on area, so waves in tract and branch meet real
reflections only. Walks go from the lips to the glottis, and from the blind end of a branch to its
joint; one walk back with the adjoint waves says all derivatives. Complex numbers stand on the left
of real ones and of each other, so that they may as well be ``Pair``s, which compilers understand.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor

from tractable.tube.lanes import Lanes
from tractable.tube.losses import Air, Numbers, loss_back, lossy_air, radiation

Waves = tuple[Numbers, Numbers]  # towards the lips or the blind end, and back


def reflections(ratio: Float[Tensor, "section lane"]) -> Float[Tensor, "section lane"]:
    """At the far end of each section, of a wave that comes from the glottis."""
    return (1 - ratio) / (1 + ratio)


def step(waves: Waves, r: Tensor, delay: Numbers) -> Waves:
    """From beyond a section's far end to its near end, but for a factor without zeros."""
    outward, inward = waves
    return outward + inward * r, (inward + outward * r) * delay


def step_back(rows: Waves, before: Waves, r: Tensor, delay: Numbers) -> tuple[Waves, Any, Any]:
    """The adjoint of ``step``, and the derivatives by ln ratio of areas and by ln delay."""
    (row_out, row_in), (outward, inward) = rows, before
    late = row_in * delay
    by_ratio = (row_out * inward + late * outward) * (-0.5 * (1 - r * r))
    return (row_out + late * r, late + row_out * r), by_ratio, late * (inward + outward * r)


def delays(wave: Numbers, length: Float[Tensor, "row lane"], sections: int) -> list[Numbers]:
    """Back and forth through each section."""
    found = [(wave * row * -2.0).exp() for row in length]
    return found if len(found) == sections else found * sections


def branch_walk(air: Air, lanes: Lanes) -> Iterator[Waves]:
    """Waves of the branch: at its blind end, then at the near end of every part."""
    delay = delays(air.wave, lanes.twig_length, len(lanes.twig_ratio))
    r, ones = reflections(lanes.twig_ratio), air.wave * 0.0 + 1
    waves = ones, ones
    yield waves
    for i in reversed(range(len(r))):
        waves = step(waves, r[i], delay[i])
        yield waves


def leakage(waves: Waves, lanes: Lanes) -> Numbers:
    """Half the admittance of the branch, in the wave admittance of the section it opens into."""
    outward, inward = waves
    return (outward - inward) * (outward + inward).reciprocal() * lanes.opening


def tract_walk(
    s: Numbers, air: Air, lanes: Lanes, joint: int, leak: Numbers | None
) -> Iterator[Waves]:
    """Waves of the tract: at the lips, then at the glottal end of every section."""
    r, per_unit = reflections(lanes.ratio), air.unit.reciprocal()
    load = radiation(s, lanes.lips)[0] * per_unit * lanes.lips[0]
    waves = load + 1, load - 1
    yield waves
    even = len(lanes.length) < len(r)
    for i in reversed(range(len(r))):
        if i == len(r) - 1 or not even:
            delay = (air.wave * lanes.length[0 if even else i] * -2.0).exp()
        outward, inward = step(waves, r[i], delay)
        if len(lanes.inertia):
            extra = (outward - inward) * (s * per_unit * (0.5 * lanes.inertia[i]))
            outward, inward = outward + extra, inward + extra
        if i == joint:
            extra = (outward + inward) * leak
            outward, inward = outward + extra, inward - extra
        waves = outward, inward
        yield waves


def flow(s: Numbers, lanes: Lanes, joint: int) -> Numbers:
    """Zero at a resonance: the flow at the glottis, of waves that neither grow nor fade.

    Where P of a branch is zero at the joint the flow has a pole, often beside a resonance; times
    that P it has none.
    """
    air = lossy_air(s, lanes.loss)
    if joint < 0:
        outward, inward = last(tract_walk(s, air, lanes, joint, None))
        return (outward - inward) * (air.wave * lanes.tract).exp()
    twig = last(branch_walk(air, lanes))
    outward, inward = last(tract_walk(s, air, lanes, joint, leakage(twig, lanes)))
    growth = (air.wave * (lanes.tract + lanes.twig_length.sum(0))).exp()
    return (outward - inward) * (twig[0] + twig[1]) * growth


def last(walked: Iterator[Waves]) -> Waves:
    """Waves at the end of a walk, of which nothing else is kept."""
    waves = next(walked)
    for further in walked:
        waves = further
    return waves


class Slopes(NamedTuple):
    """Derivatives of the flow at a resonance, of each lane, without its last factors."""

    s: Numbers
    log_area: list[Numbers]  # of each section
    length: list[Numbers]
    log_mass: list[Numbers]  # of each junction, or none
    loss: list[Numbers]
    twig_log_area: list[Numbers]  # of each part of the branch
    twig_length: list[Numbers]


def slopes(s: Numbers, lanes: Lanes, joint: int) -> Slopes:
    """All derivatives, from one walk to the glottis and one back."""
    air, twigs, leak = lossy_air(s, lanes.loss), [], None
    if joint >= 0:
        twigs = list(branch_walk(air, lanes))
        leak = leakage(twigs[-1], lanes)
    walked = list(tract_walk(s, air, lanes, joint, leak))
    back = tract_back(s, air, lanes, joint, leak, walked)
    by_area, by_wave, twig = back.log_area, back.wave, BranchBack([], [], s * 0.0)
    if leak is not None:
        twig = branch_back(air, lanes, back.leak, twigs)
        by_area[joint] = by_area[joint] - back.leak * leak
        twig.log_area[0] = twig.log_area[0] + back.leak * leak
        by_wave = by_wave + twig.wave
    load, load_s, load_area = radiation(s, lanes.lips)
    by_load = back.load * air.unit.reciprocal() * lanes.lips[0]
    by_area[-1] = by_area[-1] + by_load * (load_area + load)
    by_log_wave = by_wave * air.wave
    by_log_unit = -(back.log_inertance + by_load * load)
    by_series = (by_log_wave + by_log_unit) * 0.5 * air.series.reciprocal()
    by_shunt = (by_log_wave - by_log_unit) * 0.5 * air.shunt.reciprocal()
    by_loss, by_s = loss_back(s, lanes.loss, by_series, by_shunt)
    by_s = by_s + by_load * load_s + back.log_inertance * s.reciprocal()
    return Slopes(by_s, by_area, back.length, back.log_mass, by_loss, *twig[:2])


class TractBack(NamedTuple):
    """Derivatives by what the walk through the tract is given."""

    log_area: list[Numbers]
    length: list[Numbers]
    log_mass: list[Numbers]
    load: Numbers  # at the lips, in their wave impedance
    wave: Numbers
    leak: Numbers
    log_inertance: Numbers  # s / unit, of all junctions together


def tract_back(
    s: Numbers, air: Air, lanes: Lanes, joint: int, leak: Numbers | None, walked: list[Waves]
) -> TractBack:
    """The adjoint of ``tract_walk``, from the glottis to the lips."""
    r, inert = reflections(lanes.ratio), s * air.unit.reciprocal() * 0.5
    n, none = len(r), s * 0.0
    delay = delays(air.wave, lanes.length, n)
    rows, by_ratio, by_delay, by_mass, by_leak = (none + 1, none - 1), [], [], [], none
    for i in range(n):
        before = walked[n - 1 - i]
        if i == joint:
            outward, inward = rows[0] - rows[1], walked[n - i]
            by_leak = outward * (inward[0] + inward[1])  # P is the same before and behind
            extra = outward * leak
            rows = rows[0] + extra, rows[1] + extra
        if len(lanes.inertia):
            outward, inward = step(before, r[i], delay[i])
            by_mass.append((rows[0] + rows[1]) * (outward - inward) * inert * lanes.inertia[i])
            extra = (rows[0] + rows[1]) * inert * lanes.inertia[i]
            rows = rows[0] + extra, rows[1] - extra
        rows, by_r, by_d = step_back(rows, before, r[i], delay[i])
        by_ratio.append(by_r)
        by_delay.append(by_d)
    by_area = by_areas(by_ratio)
    for i, by in enumerate(by_mass):
        by_area[i] = by_area[i] + by
    by_length, by_wave = by_delays(by_delay, air.wave, lanes.length)
    return TractBack(
        by_area, by_length, by_mass, rows[0] + rows[1], by_wave, by_leak, sum(by_mass, none)
    )


class BranchBack(NamedTuple):
    """Derivatives by what the walk through the branch is given."""

    log_area: list[Numbers]
    length: list[Numbers]
    wave: Numbers


def branch_back(air: Air, lanes: Lanes, by_leak: Numbers, twigs: list[Waves]) -> BranchBack:
    """The adjoint of ``branch_walk`` and ``leakage``."""
    r, delay = reflections(lanes.twig_ratio), delays(air.wave, lanes.twig_length, len(twigs) - 1)
    outward, inward = twigs[-1]
    share = (outward + inward).reciprocal()
    share = by_leak * share * share * (2 * lanes.opening)
    rows, by_ratio, by_delay = (share * inward, -(share * outward)), [], []
    for i in range(len(r)):
        rows, by_r, by_d = step_back(rows, twigs[len(r) - 1 - i], r[i], delay[i])
        by_ratio.append(by_r)
        by_delay.append(by_d)
    by_length, by_wave = by_delays(by_delay, air.wave, lanes.twig_length)
    return BranchBack(by_areas(by_ratio), by_length, by_wave)


def by_areas(by_ratio: list[Numbers]) -> list[Numbers]:
    """Chain rule from ln of A_beyond / A to ln A; the last ratio stays 1."""
    moved = [*by_ratio[:-1], by_ratio[-1] * 0.0]
    return [-by + (moved[i - 1] if i else 0) for i, by in enumerate(moved)]


def by_delays(
    by_delay: list[Numbers], wave: Numbers, length: Float[Tensor, "row lane"]
) -> tuple[list[Numbers], Numbers]:
    """Chain rule from ln delay to the length of each section, and to the wave number."""
    rows = [length[min(i, len(length) - 1)] for i in range(len(by_delay))]
    by_wave = sum((by * row for by, row in zip(by_delay, rows, strict=True)), wave * 0.0)
    return [by * wave * -2.0 for by in by_delay], by_wave * -2.0
