"""Walks through the tube, each fused into one pass over memory by torch's compiler where wanted.

Plain torch writes down what every section makes of every wave; fused, a lane stays in registers
from the lips to the glottis. That takes a C++ compiler, on a GPU triton, and a minute or more of
compiling for every number of sections, so it is done where asked for: ``TRACTABLE_FUSE=searches``
fuses the walks of the searches, ``TRACTABLE_FUSE=all`` also the walk back, whose code is long.
"""

import os
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from tractable.contracts import BadInput
from tractable.tube import lanes as plain
from tractable.tube import lattice
from tractable.tube.lanes import Lanes
from tractable.tube.losses import Numbers
from tractable.tube.pair import Pair

FEWEST = 64  # lanes that are worth it, once it is compiled
KNOWN: dict[tuple, Callable] = {}  # compiled walks, by what they were compiled for


def wanted(lanes: Lanes, *, by: tuple[str, ...] = ("searches", "all")) -> bool:
    """Whether a walk of so many lanes is fused.

    Raises
    ------
    BadInput : a ``TRACTABLE_FUSE`` that means nothing.
    """
    asked = os.environ.get("TRACTABLE_FUSE", "")
    if asked not in ("", "searches", "all"):
        raise BadInput(f"TRACTABLE_FUSE is {asked!r}, expected searches, all or nothing")
    return asked in by and len(lanes.tract) >= FEWEST


def lossless(
    w: Float[Tensor, " lane"], lanes: Lanes, joint: int, far: bool
) -> tuple[Float[Tensor, " lane"], Float[Tensor, " lane"]]:
    """As ``lanes.lossless``."""
    if not wanted(lanes):
        return plain.lossless(w, lanes, joint, far)
    count, phase = fused(lossless_walk, (joint, far), [w], lanes)
    return count, phase


def lossless_walk(w: Tensor, lanes: Lanes, joint: int, far: bool) -> Sequence[Tensor]:
    return plain.lossless(w, lanes, joint, far)


def flow(s: Complex[Tensor, " lane"], lanes: Lanes, joint: int) -> Complex[Tensor, " lane"]:
    """As ``lattice.flow``."""
    if not wanted(lanes):
        return lattice.flow(s, lanes, joint)
    return torch.complex(*fused(flow_walk, (joint,), [s.real, s.imag], lanes))


def flow_walk(real: Tensor, imag: Tensor, lanes: Lanes, joint: int) -> Sequence[Tensor]:
    found = lattice.flow(Pair(real, imag), lanes, joint)
    return found.real, found.imag


def pulled_back(
    s: Complex[Tensor, " lane"],
    weight: Complex[Tensor, " lane"],
    lanes: Lanes,
    joint: int,
    formants: int,
) -> Float[Tensor, "parameter shape"]:
    """Sum over formants of Re(conj(weight) ds), by the parameters of ``lattice.slopes``."""
    if wanted(lanes, by=("all",)):
        numbers = [s.real, s.imag, weight.real, -weight.imag]
        shares = fused(shares_walk, (joint,), numbers, lanes)
    else:
        shares = weighed(s, weight.conj(), lanes, joint)
    return torch.stack([share.view(formants, -1).sum(0) for share in shares])


def shares_walk(
    real: Tensor, imag: Tensor, real_weight: Tensor, imag_weight: Tensor, lanes: Lanes, joint: int
) -> Sequence[Tensor]:
    return weighed(Pair(real, imag), Pair(real_weight, imag_weight), lanes, joint)


def weighed(s: Numbers, weight: Numbers, lanes: Lanes, joint: int) -> Sequence[Tensor]:
    """Re(weight ds) of each lane, by each parameter."""
    by_s, *groups = lattice.slopes(s, lanes, joint)
    share = weight * -by_s.reciprocal()
    return [(by * share).real for group in groups for by in group]


def fused(
    walk: Callable, settings: tuple, numbers: Sequence[Tensor], lanes: Lanes
) -> Sequence[Tensor]:
    """What ``walk`` says, compiled at the first call for any number of lanes.

    It is followed once on a few lanes, to write down its arithmetic: of that the compiler is told,
    which does not follow operators of a class.
    """
    # Nothing that is a view of something else: the compiler would distinguish it.
    numbers = [part.clone(memory_format=torch.contiguous_format) for part in numbers]
    key = walk, settings, numbers[0].device, tuple(part.shape[:-1] for part in lanes)
    if key not in KNOWN:
        example = [part[..., :2].contiguous() for part in (*numbers, *lanes)]

        def arithmetic(*parts: Tensor) -> Sequence[Tensor]:
            return walk(*parts[: len(numbers)], Lanes(*parts[len(numbers) :]), *settings)

        KNOWN[key] = torch.compile(
            make_fx(arithmetic)(*example), dynamic=True, options={"max_fusion_size": 4096}
        )
    return KNOWN[key](*numbers, *lanes)
