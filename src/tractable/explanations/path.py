"""Integrated gradients, sampled until their parts make up the whole, or refused."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from captum.attr import IntegratedGradients
from jaxtyping import Float
from torch import Tensor

from tractable.contracts import BadInput


@dataclass(frozen=True, kw_only=True)
class Path:
    """How densely a path from a neutral input is sampled, by the rule of Gauss and Legendre.

    Parameters
    ----------
    steps : of every path; doubled for those whose parts do not make up the whole.
    most_steps : beyond which a path that still lacks more is refused: what is heard jumps on it.
    lacking : difference in ln F between the sum of the parts and the whole that is let pass.

    Raises
    ------
    BadInput : fewer steps at most than at first: every path would be refused.
    """

    steps: int
    most_steps: int
    lacking: float

    def __post_init__(self) -> None:
        if self.most_steps < self.steps:
            raise BadInput(
                f"params.yaml: explanations.attribution: most_steps {self.most_steps} are fewer "
                f"than steps {self.steps}, so that nothing would be attributed; raise most_steps"
            )

    def integrated(
        self,
        hear: Callable[..., Tensor],
        given: Float[Tensor, "frame feature"],
        neutral: Float[Tensor, "#frame feature"],
        formant: int,
        *beside: Tensor,
    ) -> Float[Tensor, "frame feature"]:
        r"""What every feature adds to ln F of one formant [ln Hz]; NaN in frames that are refused.

        (x_i - x0_i) \int_0^1 df/dx_i (x0 + a (x - x0)) da. They sum to f(x) - f(x0) wherever f is
        continuous along the path; a jump belongs to no derivative.

        Parameters
        ----------
        hear : ln F of inputs, and of what stands ``beside`` each.
        """
        way, steps = IntegratedGradients(hear), self.steps
        found, left = torch.full_like(given, torch.nan), torch.arange(len(given))
        while len(left) and steps <= self.most_steps:
            rows = given[left]
            told, missed = way.attribute(
                rows,
                neutral.expand_as(rows),
                formant,
                tuple(part[left] for part in beside),
                n_steps=steps,
                return_convergence_delta=True,
            )
            whole = missed.abs() <= self.lacking
            found[left[whole]] = told[whole].detach()
            left, steps = left[~whole], 2 * steps
        return found
