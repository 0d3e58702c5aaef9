"""How models are fitted that have no closed form: all examples at once, or a few at a time."""

from collections.abc import Callable

import torch
from torch import Tensor

from tractable.models.model import Examples


def descend(loss: Callable[[], Tensor], learnt: list[Tensor], steps: int) -> None:
    """L-BFGS until it stands still, or for ``steps`` steps."""
    descent = torch.optim.LBFGS(learnt, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        descent.zero_grad()
        total = loss()
        total.backward(inputs=learnt)
        return total

    descent.step(closure)


def descend_by_few(
    loss: Callable[[Examples], Tensor],
    learnt: list[Tensor],
    examples: Examples,
    *,
    rate: float,
    steps: int,
    batch: int,
    random: torch.Generator,
) -> None:
    """Adam on a few examples at a time, drawn anew; step lengths fall to 0 along a cosine.

    Parameters
    ----------
    loss : of some examples.
    rate : first step length.
    batch : examples a step.
    """
    descent = torch.optim.Adam(learnt, rate)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(descent, steps)
    for _ in range(steps):
        drawn = torch.randint(len(examples.given), (batch,), generator=random)
        descent.zero_grad()
        loss(examples.rows(drawn)).backward(inputs=learnt)
        descent.step()
        slower.step()
