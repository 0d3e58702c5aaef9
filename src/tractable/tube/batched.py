"""Resonances of very many tubes and their exact derivatives, in torch: the kernel's form for GPUs.

On whatever device the tubes lie; a processor is better served by the kernel, and both say the same.
"""

from typing import Any

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from tractable.contracts import BadInput
from tractable.tube import fused
from tractable.tube.lanes import side_by_side
from tractable.tube.lattice import slopes
from tractable.tube.search import lossless_roots, lossy_roots, size
from tractable.tube.tube import Tubes

BLOCK = 1 << 17  # shapes at once, which bounds memory
FEWEST = 1 << 16  # shapes on a GPU that are worth it: as long as two cores need with the kernel
ALIKE = 1e-7  # roots that differ by less, relative, are one, as in the kernel


def serves(shapes: Tensor) -> bool:
    """Whether this form, rather than the kernel, serves these (shape, ...)."""
    return shapes.is_cuda and len(shapes) >= FEWEST


def resonances(
    given: Tubes, joint: int, kind: int, count: int
) -> tuple[Complex[Tensor, "shape formant"], Bool[Tensor, "shape formant"]]:
    """Roots and whether each settled, on the device of the tubes; see ``kernel.resonances``.

    Raises
    ------
    BadInput : a count below 1.
    """
    if count < 1:
        raise BadInput(f"count of formants is {count}, expected 1 or more")
    found = [solved(block, joint, kind, count) for block in blocks(given)]
    roots, settled = (torch.cat(part, dim=1) for part in zip(*found, strict=True))
    return roots.T.contiguous(), settled.T.contiguous()


def derivatives(
    roots: Complex[Tensor, "shape formant"], given: Tubes, joint: int, kind: int
) -> Complex[Tensor, "shape formant parameter"]:
    """ds of the roots by all parameters; see ``kernel.derivatives``."""
    found = []
    for own, block in zip(roots.split(BLOCK), blocks(given), strict=True):
        lanes = side_by_side(block, joint, kind, roots.shape[1])
        by_s, *groups = slopes(own.T.reshape(-1), lanes, joint)
        table = torch.stack([by for group in groups for by in group]) / -by_s
        table = table.view(len(table), *own.T.shape).permute(2, 1, 0)
        found.append(by_masses(table, block))
    return torch.cat(found)


def pulled_back(
    weight: Complex[Tensor, "shape formant"],
    roots: Complex[Tensor, "shape formant"],
    given: Tubes,
    joint: int,
    kind: int,
) -> Float[Tensor, "shape parameter"]:
    """Sum over formants of Re(conj(weight) ds), as the chain rule asks."""
    found, pieces = [], (weight.split(BLOCK), roots.split(BLOCK), blocks(given))
    for share, own, block in zip(*pieces, strict=True):
        lanes = side_by_side(block, joint, kind, roots.shape[1])
        numbers = own.T.reshape(-1), share.resolve_conj().T.reshape(-1)
        table = fused.pulled_back(*numbers, lanes, joint, roots.shape[1])
        found.append(by_masses(table.T, block))
    return torch.cat(found)


def by_masses(table: Tensor, given: Tubes) -> Tensor:
    """Derivatives by all parameters (shape, ..., parameter), from those by ln mass.

    Masses of 0 get none.
    """
    junctions, first = given.mass.shape[1], 2 * given.log_area.shape[1]
    if junctions == 0:
        return table
    mass = given.mass.view(len(given.mass), *[1] * (table.ndim - 2), junctions)
    if not given.mass.any():  # no lane has carried them
        by_mass = table.new_zeros(*table.shape[:-1], junctions)
        return torch.cat([table[..., :first], by_mass, table[..., first:]], dim=-1)
    by_mass = torch.where(mass > 0, table[..., first : first + junctions] / mass, 0)
    return torch.cat([table[..., :first], by_mass, table[..., first + junctions :]], dim=-1)


class BatchedResonances(torch.autograd.Function):
    """``resonances`` as a differentiable function of all that defines the tubes.

    Its arguments are those of ``formants.Resonances``.
    """

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> Complex[Tensor, "shape formant"]:
        given, ctx.settings = Tubes(*arguments[:6]), arguments[6:8]
        roots, _ = resonances(given, *arguments[6:])
        ctx.save_for_backward(roots, *given)
        return roots

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weight: Complex[Tensor, "shape formant"]) -> Any:
        roots, *tubes = ctx.saved_tensors
        slope = pulled_back(weight, roots, Tubes(*tubes), *ctx.settings)
        return *slope.split([part.shape[1] for part in tubes], dim=1), None, None, None


def blocks(given: Tubes) -> list[Tubes]:
    """The tubes, some shapes at a time."""
    parts = (part.detach().split(BLOCK) for part in given)
    return [Tubes(*block) for block in zip(*parts, strict=True)]


def solved(
    given: Tubes, joint: int, kind: int, count: int
) -> tuple[Complex[Tensor, "formant shape"], Bool[Tensor, "formant shape"]]:
    """Roots of one block, lowest first, and whether they settled."""
    lanes = side_by_side(given, joint, kind, count)
    w = lossless_roots(lanes, joint, count)
    roots, settled = (part.view(count, -1) for part in lossy_roots(w, lanes, joint, kind))
    shapes = roots.shape[1]
    for i in range(1, count):
        again = (size(roots[i] - roots[:i]) < ALIKE * size(roots[i])).any(0).nonzero()[:, 0]
        if len(again):  # search again, away from the roots that are known
            which = again + i * shapes
            roots[i, again], settled[i, again] = lossy_roots(
                w[which], lanes.some(which), joint, kind, roots[:i, again]
            )
    order = roots.imag.argsort(dim=0, stable=True)  # losses may change the order of neighbours
    return roots.gather(0, order), settled.gather(0, order)
