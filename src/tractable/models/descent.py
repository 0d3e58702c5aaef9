"""How models are fitted that have no closed form: all examples at once, second order."""

from collections.abc import Callable

import torch
from torch import Tensor


def descend(loss: Callable[[], Tensor], learnt: list[Tensor], steps: int) -> None:
    """L-BFGS until it stands still, or for ``steps`` steps."""
    descent = torch.optim.LBFGS(learnt, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        descent.zero_grad()
        total = loss()
        total.backward(inputs=learnt)
        return total

    descent.step(closure)
