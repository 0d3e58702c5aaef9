"""The tube with a learnt law of area by place and a learnt fossa, and a smooth residual."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.descent import descend
from tractable.models.kinds.mlp import Perceptron
from tractable.models.model import Examples
from tractable.models.tube_model import Tube, power_law
from tractable.tube import Branch

#: Both piriform fossae as one uniform branch, from which the learnt one begins: 2.5 cm3, 1.8 cm
#: deep, opening 2 cm above the glottis of a tract of 17 cm. Dang & Honda (1997),
#: doi:10.1121/1.417990, measured 2.1 to 2.9 cm3 and 1.6 to 2.0 cm in four speakers.
FOSSA_AREA, FOSSA_LENGTH, FOSSA_PLACE = 1.4e-4, 0.018, 0.12  # m2, m, x / L


class TubeHybrid(Tube):
    """Physics learns what anatomy hides from the midsagittal plane; the residual gets the rest."""

    log_fossa_area: Float[Tensor, ""]  # ln m2
    log_fossa_length: Float[Tensor, ""]  # ln m

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        excuse = {name: value for name, value in state.items() if name.startswith("excuse.")}
        super().__init__(direction, {name: state[name] for name in state if name not in excuse})
        named = {name.removeprefix("excuse."): value for name, value in excuse.items()}
        self.excuse = Perceptron(direction, named) if named else None

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        scale: float,
        exponent: float,
        reversed: bool,
        error: float,
        textbook_weight: float,
        smoothness: float,
        calibrated_on: int,
        calibration_steps: int,
        width: int,
        layers: int,
        decay: float,
        jacobian_weight: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "TubeHybrid":
        """First the tube is calibrated; then the residual learns what it left unexplained.

        Parameters
        ----------
        scale, exponent : of the textbook's law, which the learnt one is drawn to.
        reversed : turn the calibrated tract round before the residual learns: a control.
        error : of ln F that is expected of a good tube; the unit of misfit.
        textbook_weight : on mean squared differences from the textbook's ln A_1 and beta, and on
            those of ln length gain, end correction, wall resonance, area and length of the
            piriform fossa from where they begin.
        smoothness : weight on mean squared second differences of ln A_1 and beta along the tract.
        calibrated_on : training frames, evenly chosen, that calibrate the tube.
        calibration_steps : of L-BFGS at most.
        width, layers, decay, jacobian_weight, rate, steps, batch, patience : of the
            residual, as in :meth:`tractable.models.kinds.mlp.Perceptron.fit`; no steps, none.
        """
        examples = examples.alone()
        model = cls(examples.direction, power_law(examples, scale, exponent, False) | fossa())
        few = examples.evenly(calibrated_on)
        model.calibrate(few, error, textbook_weight, smoothness, calibration_steps)
        model.turned.fill_(reversed)
        if steps > 0:
            model.excuse = Perceptron.fit(
                examples.less(model.hear),
                components=None,
                width=width,
                layers=layers,
                decay=decay,
                jacobian_weight=jacobian_weight,
                beside=0.0,
                rate=rate,
                steps=steps,
                batch=batch,
                patience=patience,
                seed=seed,
            )
            model.lesson = model.excuse.lesson
        return model

    def branch(self) -> Branch:
        joint = round(FOSSA_PLACE * len(self.log_scale))
        return Branch(self.log_fossa_area[None], self.log_fossa_length.exp()[None], joint)

    def calibrate(
        self,
        examples: Examples,
        error: float,
        textbook_weight: float,
        smoothness: float,
        steps: int,
    ) -> None:
        """Learn the law by place, length gain, end correction, walls and fossa; no residual yet."""
        law = [self.log_scale, self.exponent]
        rest = [self.log_gain, self.log_end, self.log_wall]
        learnt = [*law, *rest, self.log_fossa_area, self.log_fossa_length]
        textbook = [part.detach().clone() for part in learnt]

        def misfit() -> Tensor:
            told = self.hear(examples.given)
            off = [part - usual for part, usual in zip(learnt, textbook, strict=True)]
            return (
                (examples.weight * (told - examples.wanted) ** 2).mean() / error**2
                + textbook_weight * sum((part**2).mean() for part in off)
                + smoothness * sum((part.diff(n=2) ** 2).mean() for part in law)
            )

        descend(misfit, learnt, steps)

    def residual(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame formant"]:
        """ln F beyond the tube: how much the physics is excused."""
        if self.excuse is None:
            return super().residual(log_distance, log_length)
        return self.excuse.hear(torch.cat([log_distance, log_length[:, None]], 1))


def fossa() -> dict[str, Tensor]:
    """The tensors of a piriform fossa as it was measured."""
    return {
        "log_fossa_area": torch.tensor(math.log(FOSSA_AREA), dtype=torch.float64),
        "log_fossa_length": torch.tensor(math.log(FOSSA_LENGTH), dtype=torch.float64),
    }
