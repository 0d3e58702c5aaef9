"""A tube that learns what all shapes share: its law of area by place, its ends, walls and fossa."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tractable.models.descent import descend
from tractable.models.model import Examples
from tractable.models.tube_model import Tube, power_law
from tractable.tube import Branch

#: Both piriform fossae as one uniform branch, from which the learnt one begins: 2.5 cm3, 1.8 cm
#: deep, opening 2 cm above the glottis of a tract of 17 cm. Dang & Honda (1997),
#: doi:10.1121/1.417990, measured 2.1 to 2.9 cm3 and 1.6 to 2.0 cm in four speakers.
FOSSA_AREA, FOSSA_LENGTH, FOSSA_PLACE = 1.4e-4, 0.018, 0.12  # m2, m, x / L

#: What every shape shares.
LAW = ("log_scale", "exponent")
ANATOMY = (*LAW, "log_gain", "log_end", "log_wall", "log_fossa_area", "log_fossa_length")

Kind = TypeVar("Kind", bound="LearntTube")


class LearntTube(Tube):
    """Physics whose constants were learnt; the kinds that add something of their own inherit it."""

    log_fossa_area: Float[Tensor, ""]  # ln m2
    log_fossa_length: Float[Tensor, ""]  # ln m

    @classmethod
    def calibrated(cls: type[Kind], examples: Examples, how: "Calibration") -> Kind:
        """Learn, by second order, what the shapes of some examples share."""
        model = cls(examples.direction, textbook(examples, how.scale, how.exponent))
        few = examples.evenly(how.calibrated_on)
        strange = model.strangeness(weight=how.textbook_weight, smoothness=how.smoothness)
        speaker, log_factor = speaker_factors(few)

        def loss() -> Tensor:
            own = (log_factor - log_factor.mean())[speaker]  # what all have in common is the law's
            wider = torch.cat([few.given[:, :-1] + own[:, None], few.given[:, -1:]], 1)
            misfit = model.formant_misfit(few._replace(given=wider), how.error)
            return misfit + strange() + how.speaker_weight * log_factor.square().mean()

        descend(loss, [*model.anatomy().values(), log_factor], how.calibration_steps)
        return model

    def branch(self) -> Branch:
        joint = round(FOSSA_PLACE * len(self.log_scale))
        return Branch(self.log_fossa_area[None], self.log_fossa_length.exp()[None], joint)

    def anatomy(self) -> dict[str, Tensor]:
        """What every shape shares, by name: law by place, gain, end correction, walls, fossa."""
        return {name: part for name, part in self.named_parameters() if name in ANATOMY}

    def strangeness(self, *, weight: float, smoothness: float) -> Callable[[], Tensor]:
        """What it costs, from now on, to be far from what it is now, or rough along the tract.

        Parameters
        ----------
        weight : on mean squared differences of every part of the anatomy.
        smoothness : on mean squared second differences of ln A_1 and beta along the tract.
        """
        usual = {name: part.detach().clone() for name, part in self.anatomy().items()}

        def cost() -> Tensor:
            away = [
                (part - usual[name].to(part.device)).square().mean()
                for name, part in self.anatomy().items()
            ]
            rough = [part.diff(n=2).square().mean() for part in (self.log_scale, self.exponent)]
            return weight * torch.stack(away).sum() + smoothness * torch.stack(rough).sum()

        return cost

    def formant_misfit(self, examples: Examples, error: float) -> Tensor:
        """Weighted mean squared error of ln F, in units of ``error``."""
        off = examples.weight * (self.hear(examples.given) - examples.wanted) ** 2
        return off.mean() / error**2


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How a tube learns what all shapes share.

    Parameters
    ----------
    scale : area at a cross-distance of 1 cm [m2] by the textbook's law, which the learnt one is
        drawn to.
    exponent : of that law.
    error : of ln F that is expected of a good tube; the unit of misfit.
    textbook_weight : on mean squared differences from the textbook's ln A_1 and beta, and on those
        of ln length gain, end correction, wall resonance, area and length of the piriform fossa
        from where they begin.
    smoothness : weight on mean squared second differences of ln A_1 and beta along the tract.
    speaker_weight : on mean squared ln factors, one a training speaker, by which all that
        speaker's cross-distances are off; a speaker who was not heard in training has none.
    calibrated_on : training frames, evenly chosen.
    calibration_steps : of L-BFGS at most.
    """

    scale: float
    exponent: float
    error: float
    textbook_weight: float
    smoothness: float
    speaker_weight: float
    calibrated_on: int
    calibration_steps: int


def textbook(examples: Examples, scale: float, exponent: float) -> dict[str, Tensor]:
    """The tensors of a tube that has learnt nothing: the textbook's law, a fossa as measured."""
    return power_law(examples, scale, exponent, False) | {
        "log_fossa_area": torch.tensor(math.log(FOSSA_AREA), dtype=torch.float64),
        "log_fossa_length": torch.tensor(math.log(FOSSA_LENGTH), dtype=torch.float64),
    }


def speaker_factors(
    examples: Examples,
) -> tuple[Int[Tensor, " frame"], Float[Tensor, " speaker"]]:
    """Whose each example is, and for every speaker a ln factor, 0 as yet, to be learnt."""
    if examples.speaker is None:
        speaker = torch.zeros(len(examples.given), dtype=torch.int64)
    else:
        _, speaker = examples.speaker.unique(return_inverse=True)
    return speaker, examples.given.new_zeros(int(speaker.max()) + 1).requires_grad_()
