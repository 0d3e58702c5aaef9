"""A multilayer perceptron on all points: the black box."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised


class Perceptron(Regression):
    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        width: int,
        layers: int,
        decay: float,
        rate: float,
        steps: int,
        seed: int,
    ) -> "Perceptron":
        """Adam on all examples at once, the step length falling to 0 along a cosine.

        Parameters
        ----------
        width, layers : units of a hidden layer, number of hidden layers.
        decay : decoupled weight decay (Loshchilov & Hutter 2019).
        rate : first step length.
        steps : 0 leaves the network untrained: a control.
        """
        standard, scales = standardised(examples)
        sizes = [standard.given.shape[1], *layers * [width], standard.wanted.shape[1]]
        model = cls(examples.direction, scales | initial(sizes, seed))
        learnt = [value for name, value in model.named_parameters() if name[-1].isdigit()]
        descent = torch.optim.AdamW(learnt, rate, weight_decay=decay)
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(descent, max(steps, 1))
        for _ in range(steps):
            descent.zero_grad()
            error = model.regress(standard.given) - standard.wanted
            (standard.weight * error**2).mean().backward()
            descent.step()
            slower.step()
        return model

    def regress(self, given: Tensor) -> Tensor:
        parts = dict(self.named_parameters())
        last = sum(name.startswith("weight") for name in parts) - 1
        hidden = given
        for layer in range(last + 1):
            hidden = hidden @ parts[f"weight{layer}"] + parts[f"bias{layer}"]
            hidden = nn.functional.silu(hidden) if layer < last else hidden
        return hidden


def initial(sizes: list[int], seed: int) -> dict[str, Tensor]:
    """Random weights that keep the variance of a signal, biases 0."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for layer, (come, go) in enumerate(pairwise(sizes)):
        weight = torch.randn(come, go, generator=random, dtype=torch.float64)
        state[f"weight{layer}"] = weight / come**0.5
        state[f"bias{layer}"] = torch.zeros(go, dtype=torch.float64)
    return state
