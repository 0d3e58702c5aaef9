"""What a tube is made of: losses, radiation, a side branch, and the checks on what is given."""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.constants import (
    AIR_DENSITY,
    CLOSED_TRACT_RESONANCE,
    FRICTION,
    PIRIFORM_AREA,
    PIRIFORM_JOINT,
    PIRIFORM_PART_LENGTH,
    SIMULATOR_CLOSED_TRACT_RESONANCE,
    SIMULATOR_FRICTION,
    SIMULATOR_WALL_DAMPING,
    SOUND_SPEED,
    WALL_DAMPING,
    WALL_RESONANCE_SQUARED,
)
from tractable.contracts import BadInput

AIR = (AIR_DENSITY, SOUND_SPEED)

Radiation = Literal["open", "mass", "flanagan"]
KINDS: dict[str, int] = {"open": 0, "mass": 1, "flanagan": 2}


class Losses(NamedTuple):
    """Loss constants of Sondhi & Schroeter (1987); floats, or tensors to be learnt (of any batch).

    alpha = sqrt(s c1), beta = s w0^2 / ((s + a) s + b) + alpha.
    """

    wall_damping: float | Tensor = WALL_DAMPING  # a [1/s]
    wall_resonance_squared: float | Tensor = WALL_RESONANCE_SQUARED  # b [1/s2]
    closed_tract_resonance: float | Tensor = CLOSED_TRACT_RESONANCE  # w0 [1/s]
    friction: float | Tensor = FRICTION  # c1 [1/s]


SONDHI_SCHROETER = Losses()
LOSSLESS = Losses(0.0, 0.0, 0.0, 0.0)
#: The losses of VocalTractLab's tube, as nearly as this form can say them: F1 to F4 of its shapes
#: within 1 % in the mean and 2 % at most, bandwidths of F1 a third too wide.
VOCALTRACTLAB = Losses(
    SIMULATOR_WALL_DAMPING, 0.0, SIMULATOR_CLOSED_TRACT_RESONANCE, SIMULATOR_FRICTION
)


class Branch(NamedTuple):
    """A closed side branch, such as the piriform fossa, from its joint to its blind end."""

    log_area: Float[Tensor, "*batch part"]  # ln m2
    length: Float[Tensor, "*batch part"]  # m
    joint: int  # section (from 0 at the glottis) at whose glottal end the branch opens


#: The piriform fossa of VocalTractLab, for its tubes of 40 sections.
PIRIFORM = Branch(
    torch.tensor(PIRIFORM_AREA, dtype=torch.float64).log(),
    torch.full((len(PIRIFORM_AREA),), PIRIFORM_PART_LENGTH, dtype=torch.float64),
    PIRIFORM_JOINT,
)


class Tubes(NamedTuple):
    """Checked tubes, each tensor of the same batch and on one device, float64."""

    log_area: Float[Tensor, "shape section"]
    length: Float[Tensor, "shape section"]
    mass: Float[Tensor, "shape junction"]  # at the glottal end of each section [kg/m4], or of none
    loss: Float[Tensor, "shape 4"]
    branch_log_area: Float[Tensor, "shape part"]
    branch_length: Float[Tensor, "shape part"]


def tubes(
    log_area: Tensor,
    section_length: Tensor,
    losses: Losses,
    branch: Branch | None,
    junction_inertance: bool,
) -> Tubes:
    """All that defines the tubes, expanded to one batch.

    Raises
    ------
    BadInput : a logarithm of area that is not finite (an area that is zero, negative or unknown),
        a length that is not positive, a loss constant that is negative or unknown, the same in a
        branch, shapes that do not fit, or a joint outside the tract.
    """
    if log_area.ndim != 2 or log_area.shape[1] == 0:
        raise BadInput(f"log_area has shape {tuple(log_area.shape)}, expected (shape, section)")
    log_area = log_area.to(torch.float64)
    shapes, sections = log_area.shape
    length = section_length.to(log_area)
    if length.ndim == 1:
        length = length[:, None]
    refuse(~log_area.isfinite(), "area is zero, negative or not finite; set a floor for closures")
    if length.shape not in {(shapes, 1), (shapes, sections)}:
        raise BadInput(
            f"section_length has shape {tuple(section_length.shape)}, expected ({shapes},) or "
            f"({shapes}, {sections})"
        )
    refuse(~(length > 0) | length.isinf(), "section length is not a positive number")
    length = length.expand(shapes, sections)
    # A Python number would pass through the default precision, and leave digits there.
    given = [torch.as_tensor(c, dtype=log_area.dtype, device=log_area.device) for c in losses]
    loss = torch.stack([c.expand(shapes) for c in given], dim=-1)
    if not ((loss >= 0) & loss.isfinite()).all():
        raise BadInput(f"a loss constant is negative or not finite: {losses}")
    mass = junction_mass(log_area) if junction_inertance else log_area.new_zeros(shapes, 0)
    if branch is None:
        none = log_area.new_zeros(shapes, 0)
        return Tubes(log_area, length, mass, loss, none, none)
    if not 0 <= branch.joint < sections:
        raise BadInput(f"branch joint {branch.joint} lies outside the {sections} sections")
    parts = [part.to(log_area).expand(shapes, part.shape[-1]) for part in branch[:2]]
    if not (parts[0].isfinite() & (parts[1] > 0) & parts[1].isfinite()).all():
        raise BadInput(
            f"the branch has an area or a length that is not a positive number: {branch}"
        )
    return Tubes(log_area, length, mass, loss, *parts)


def refuse(wrong: Tensor, complaint: str) -> None:
    """Raise, naming the first shape and section that are wrong."""
    if wrong.any():
        shape, section = wrong.nonzero()[0].tolist()
        raise BadInput(f"shape {shape}, section {section} from the glottis: {complaint}")


def junction_mass(
    log_area: Float[Tensor, "shape section"],
) -> Float[Tensor, "shape section"]:
    """Acoustic mass of the abrupt step at the glottal end of each section [kg/m4].

    rho 8 / (3 pi^2 r) (1 - 1.25 r/R) with radii r < R, 0 for r/R above 0.8: Karal (1953),
    doi:10.1121/1.1907041, his H(r/R) by its straight part. The first section has no step.
    """
    radius = (log_area.exp() / torch.pi).sqrt()
    small = torch.minimum(radius[:, 1:], radius[:, :-1])
    large = torch.maximum(radius[:, 1:], radius[:, :-1])
    step = 8 * AIR_DENSITY / (3 * torch.pi**2 * small) * (1 - 1.25 * small / large).clamp(min=0)
    return torch.cat([torch.zeros_like(step[:, :1]), step], dim=1)
