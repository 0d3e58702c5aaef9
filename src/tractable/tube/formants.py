"""Formants and bandwidths of vocal tracts with exact gradients.

By the compiled kernel; very many tubes that lie on a GPU stay there, by its form in torch.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from tractable.contracts import BadInput
from tractable.tube import batched
from tractable.tube.kernel import derivatives, pulled_back, resonances
from tractable.tube.tube import (
    AIR,
    KINDS,
    SONDHI_SCHROETER,
    Branch,
    Losses,
    Radiation,
    Tubes,
    tubes,
)


class Formants(NamedTuple):
    """Resonances of each shape, lowest first."""

    frequency: Float[Tensor, "shape formant"]  # Hz
    bandwidth: Float[Tensor, "shape formant"]  # Hz


def formants(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Formants:
    r"""Resonances of concatenated tubes, closed at the glottis, radiating at the lips.

    Parameters
    ----------
    log_area : ln of the cross-sections [m2], **glottis first**, lips last.
    section_length : of every section [m]; or one length for all of a shape, as fast and with one
        gradient.
    count : number of formants, from F1.
    losses : constants of Sondhi & Schroeter; tensors receive gradients.
    radiation : "open" (ideal, no load), "mass", or "flanagan" (mass beside resistance).
    branch : a closed side branch; ``None`` for none.
    junction_inertance : add Karal's mass at abrupt steps. Wrong on a staircase that stands for a
        smooth tract, so off.

    Returns
    -------
    Formants : F = Im s / 2 pi and B = -Re s / pi of the roots s of U_glottis(s) = 0.

    Raises
    ------
    BadInput : see ``tractable.tube.tube.tubes``; or a count below 1.

    Notes
    -----
    Section i maps (P, U) at its lip end to its glottal end by
    P' = ch P + z l sh U, U' = ch U + y l sh P with z = (s + alpha) rho / A,
    y = (s + beta) A / (rho c^2), ch = cosh sqrt(q), sh = sinh(sqrt(q)) / sqrt(q), q = z y l^2.
    Each root is enclosed by the lossless Sturm count, so none is missed or mislabelled, and then
    followed to its complex place; gradients are those of the implicit function, -f_theta / f_s.
    A nearly closed tract is defined: its F1 falls to the resonance of the closed tract (about
    200 Hz), which the walls set. Where a search does not settle the lossless resonance stands in,
    with bandwidth 0; ``settled`` tells where. Plane waves only: below 4 to 5 kHz in adults.

    References
    ----------
    Sondhi & Schroeter (1987), doi:10.1109/TASSP.1987.1165240; radiation: Flanagan (1972).
    """
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    search = batched.BatchedResonances if batched.serves(given.log_area) else Resonances
    roots = search.apply(*given, -1 if branch is None else branch.joint, KINDS[radiation], count)
    return Formants(roots.imag / (2 * torch.pi), -roots.real / torch.pi)


def settled(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Bool[Tensor, "shape formant"]:
    """Whether each root of ``formants`` is the lossy one; False: the lossless one stands in."""
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    joint = -1 if branch is None else branch.joint
    return solve(given, joint, KINDS[radiation], count)[1]


class Resonances(torch.autograd.Function):
    """Roots of the kernel as a differentiable function of all that defines the tubes."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> Complex[Tensor, "shape formant"]:
        given, ctx.settings = Tubes(*arguments[:6]), arguments[6:8]
        roots, _ = solve(given, *arguments[6:])
        ctx.save_for_backward(roots, *given)
        return roots

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weight: Complex[Tensor, "shape formant"]) -> Any:
        roots, *tubes = ctx.saved_tensors
        joint, kind = ctx.settings
        given = Tubes(*tubes)
        slope = torch.empty(len(roots), sum(widths(given)), dtype=torch.float64)
        numbers = weight.resolve_conj().cpu().contiguous().numpy(), roots.cpu().numpy()
        pulled_back(*numbers, plain(given), joint, AIR, kind, slope.numpy())
        return *slope.to(roots.device).split(widths(given), dim=1), None, None, None


def solve(given: Tubes, joint: int, kind: int, count: int) -> tuple[Tensor, Tensor]:
    """Roots (shape, formant) and which of them settled.

    Raises
    ------
    BadInput : a count below 1.
    """
    if batched.serves(given.log_area):
        return batched.resonances(given, joint, kind, count)
    if count < 1:
        raise BadInput(f"count of formants is {count}, expected 1 or more")
    roots, sure = resonances(plain(given), joint, AIR, kind, count)
    device = given.log_area.device
    return torch.from_numpy(roots).to(device), torch.from_numpy(sure).to(device)


def root_slopes(roots: Tensor, given: Tubes, joint: int, kind: int) -> Tensor:
    """Derivatives (shape, formant, parameter) of the roots that ``solve`` found."""
    if batched.serves(roots):
        return batched.derivatives(roots, given, joint, kind)
    slope = torch.empty(*roots.shape, sum(widths(given)), dtype=torch.complex128)
    derivatives(roots.cpu().numpy(), plain(given), joint, AIR, kind, slope.numpy())
    return slope.to(roots.device)


def widths(given: Tubes) -> list[int]:
    """Parameters of each kind, in the kernel's order."""
    return [part.shape[1] for part in given]


def plain(given: Tubes) -> tuple[np.ndarray, ...]:
    """The arrays of the kernel; areas by the exponential of torch: one rounding everywhere."""
    parts = [part.detach() for part in given]
    parts[0], parts[4] = parts[0].exp(), parts[4].exp()
    return tuple(part.cpu().contiguous().numpy() for part in parts)
