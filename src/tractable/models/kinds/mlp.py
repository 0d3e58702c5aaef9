"""A multilayer perceptron, on all points or on shape components: the black box."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tractable.models.components import Components
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised


class Perceptron(Regression):
    basis: Float[Tensor, "feature component"]  # what of the features the first layer is shown

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        components: int | None,
        width: int,
        layers: int,
        decay: float,
        jacobian_weight: float,
        rate: float,
        steps: int,
        batch: int,
        seed: int,
    ) -> "Perceptron":
        """Adam on a few examples at a time, the step length falling to 0 along a cosine.

        Parameters
        ----------
        components : shape components that the network is shown; null: all features as they are.
        width, layers : units of a hidden layer, number of hidden layers.
        decay : decoupled weight decay (Loshchilov & Hutter 2019).
        jacobian_weight : penalty on the squared norm of the Jacobian of standardised targets by
            features in their own units, as Hoffman, Roberts & Yaida (2019, arXiv:1908.02729)
            estimate it; 0: none. Of shapes by ln d alone: every formant hangs on ln L.
        rate : first step length.
        steps : 0 leaves the network untrained: a control.
        batch : examples a step, drawn anew each time.
        """
        random = torch.Generator().manual_seed(seed)
        standard, scales = standardised(examples)
        basis = shown(standard, components)
        sizes = [basis.shape[1], *layers * [width], standard.wanted.shape[1]]
        model = cls(examples.direction, scales | {"basis": basis} | initial(sizes, random))
        learnt = [value for name, value in model.named_parameters() if name[-1].isdigit()]
        descent = torch.optim.AdamW(learnt, rate, weight_decay=decay)
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(descent, max(steps, 1))
        for _ in range(steps):
            few = standard.rows(torch.randint(len(standard.given), (batch,), generator=random))
            descent.zero_grad()
            loss = (few.weight * (model.regress(few.given) - few.wanted) ** 2).mean()
            if jacobian_weight > 0:
                loss = loss + jacobian_weight * model.jacobian_norm(few.given, random)
            loss.backward(inputs=learnt)
            descent.step()
            slower.step()
        return model

    def jacobian_norm(self, given: Tensor, random: torch.Generator) -> Tensor:
        """Mean square over frames and targets of the Jacobian, by one random projection a frame."""
        given = given.clone().requires_grad_()
        told = self.regress(given)
        direction = torch.randn(told.shape, generator=random, dtype=told.dtype)
        (slope,) = torch.autograd.grad((direction * told).sum(), given, create_graph=True)
        slope = slope / self.given_spread
        if self.direction == "shape_to_sound":
            slope = slope[:, :-1]
        return (slope**2).sum(1).mean() / told.shape[1]

    def regress(self, given: Tensor) -> Tensor:
        parts = dict(self.named_parameters())
        last = sum(name.startswith("weight") for name in parts) - 1
        hidden = given @ self.basis
        for layer in range(last + 1):
            hidden = hidden @ parts[f"weight{layer}"] + parts[f"bias{layer}"]
            hidden = nn.functional.silu(hidden) if layer < last else hidden
        return hidden


def shown(standard: Examples, components: int | None) -> Float[Tensor, "feature component"]:
    """Matrix from standardised features to what the network is shown of them."""
    if components is None:
        return torch.eye(standard.given.shape[1], dtype=standard.given.dtype)
    found = Components.of_examples(standard, components)
    return found.directions.T / found.spread.square().mean().sqrt()


def initial(sizes: list[int], random: torch.Generator) -> dict[str, Tensor]:
    """Random weights that keep the variance of a signal, biases 0."""
    state = {}
    for layer, (come, go) in enumerate(pairwise(sizes)):
        weight = torch.randn(come, go, generator=random, dtype=torch.float64)
        state[f"weight{layer}"] = weight / come**0.5
        state[f"bias{layer}"] = torch.zeros(go, dtype=torch.float64)
    return state
