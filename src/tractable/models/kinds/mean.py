"""The mean of what was seen: the error of knowing nothing."""

import torch
from torch import Tensor

from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised


class Mean(Regression):
    @classmethod
    def fit(cls, examples: Examples, *, seed: int) -> "Mean":
        return cls(examples.direction, standardised(examples)[1])

    def regress(self, given: Tensor) -> Tensor:
        # Zero times the input: a Jacobian of zeros rather than none.
        return 0.0 * given.sum(1, keepdim=True) + torch.zeros_like(self.wanted_mean)
