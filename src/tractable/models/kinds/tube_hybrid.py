"""The tube with a learnt law of area by place, and a small residual on shape components."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.components import Components
from tractable.models.model import Examples
from tractable.models.tube_model import Tube, power_law


class TubeHybrid(Tube):
    """Physics learns what anatomy hides from the midsagittal plane; the residual gets the rest."""

    mean: Float[Tensor, " place"]
    components: Float[Tensor, "component place"]
    spread: Float[Tensor, " component"]
    centre: Float[Tensor, "centre component"]
    amount: Float[Tensor, "centre formant"]
    width: Float[Tensor, ""]

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
        steps: int,
        components: int,
        centres: int,
        width: float,
        residual_weight: float,
        seed: int,
    ) -> "TubeHybrid":
        """First the tube is calibrated; then the residual learns what it left unexplained.

        Parameters
        ----------
        scale, exponent : of the textbook's law, which the learnt one is drawn to.
        reversed : turn the calibrated tract round before the residual learns: a control.
        error : of ln F that is expected of a good tube; the unit of misfit.
        textbook_weight : on mean squared differences from the textbook's ln A_1 and beta, and on
            the squares of ln length gain, ln end correction and ln wall resonance.
        smoothness : weight on mean squared second differences of ln A_1 and beta along the tract.
        steps : of L-BFGS at most.
        components : principal components of ln d that the residual knows of.
        centres : training shapes around which the residual may differ from 0; 0: no residual.
        width : of the Gaussian around each centre, in standard deviations of a component.
        residual_weight : penalty on the residual's squared norm, in units of ``error`` squared.
        """
        shape = examples.given[:, :-1]
        basis = residual_basis(shape, components, centres, width, examples.wanted.shape[1])
        model = cls(examples.direction, power_law(examples, scale, exponent, False) | basis)
        model.calibrate(examples, error, textbook_weight, smoothness, steps)
        model.turned.fill_(reversed)
        model.excuse(examples, residual_weight * error**2)
        return model

    def calibrate(
        self,
        examples: Examples,
        error: float,
        textbook_weight: float,
        smoothness: float,
        steps: int,
    ) -> None:
        """Learn the law by place, length gain, end correction and walls, the residual being 0."""
        law = [self.log_scale, self.exponent]
        textbook = [part.detach().clone() for part in law]
        rest = [self.log_gain, self.log_end, self.log_wall]

        def misfit() -> Tensor:
            told = self.hear(examples.given)
            off = [part - usual for part, usual in zip(law, textbook, strict=True)]
            return (
                (examples.weight * (told - examples.wanted) ** 2).mean() / error**2
                + textbook_weight * sum((part**2).mean() for part in off + rest)
                + smoothness * sum((part.diff(n=2) ** 2).mean() for part in law)
            )

        descend(misfit, law + rest, steps)

    def excuse(self, examples: Examples, penalty: float) -> None:
        """Fit the residual to what the tube leaves unexplained: penalised least squares."""
        with torch.no_grad():
            told = self.hear(examples.given)
            bumps = self.bumps(examples.given[:, :-1])
            share = examples.weight / examples.weight.sum(0)
            normal = torch.einsum("fi,ft,fj->tij", bumps, share, bumps)
            moment = torch.einsum("fi,ft->ti", bumps, share * (examples.wanted - told))
            shrink = penalty * torch.eye(bumps.shape[1], dtype=bumps.dtype)
            self.amount.copy_(torch.linalg.solve(normal + shrink, moment).T)

    def bumps(self, log_distance: Float[Tensor, "frame place"]) -> Float[Tensor, "frame centre"]:
        """Nearness to every centre, 1 on it, 0 far from it: far from all, the tube is alone."""
        shape = Components(self.mean, self.components, self.spread).amounts(log_distance)
        far = ((shape[:, None] - self.centre) ** 2).sum(2)
        return torch.exp(-far / (2 * self.width**2))

    def residual(
        self, log_distance: Float[Tensor, "frame place"]
    ) -> Float[Tensor, "frame formant"]:
        """ln F beyond the tube: how much the physics is excused."""
        return self.bumps(log_distance) @ self.amount


def residual_basis(
    log_distance: Float[Tensor, "frame place"],
    components: int,
    centres: int,
    width: float,
    count: int,
) -> dict[str, Tensor]:
    """The tensors of a residual that is 0: evenly chosen training shapes are its centres."""
    found = Components.of(log_distance, components)
    chosen = torch.linspace(0, len(log_distance) - 1, min(centres, len(log_distance)))
    centre = found.amounts(log_distance)[chosen.long()]
    return {
        "mean": found.mean,
        "components": found.directions,
        "spread": found.spread,
        "centre": centre,
        "amount": torch.zeros(len(centre), count, dtype=torch.float64),
        "width": torch.tensor(width, dtype=torch.float64),
    }


def descend(loss: Callable[[], Tensor], learnt: list[Tensor], steps: int) -> None:
    """L-BFGS until it stands still, or for ``steps`` steps."""
    descent = torch.optim.LBFGS(learnt, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        descent.zero_grad()
        total = loss()
        total.backward(inputs=learnt)
        return total

    descent.step(closure)
