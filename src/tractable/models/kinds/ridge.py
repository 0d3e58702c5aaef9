"""Ridge regression: one linear map for all shapes."""

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised


class Ridge(Regression):
    slope: Float[Tensor, "feature target"]
    intercept: Float[Tensor, " target"]

    @classmethod
    def fit(cls, examples: Examples, *, penalty: float, seed: int) -> "Ridge":
        """Least squares of weighted examples, all of them in memory.

        Parameters
        ----------
        penalty : on squared slopes, all features and targets having standard deviation 1; in units
            of the mean squared error.
        """
        lazy, scales = standardised(examples)
        standard = lazy.gathered()
        solved = weighted_ridge(standard.given, standard.wanted, standard.weight, penalty)
        fitted = {"intercept": solved[0], "slope": solved[1:]}
        return cls(examples.direction, scales | fitted)

    def regress(self, given: Tensor) -> Tensor:
        return self.intercept + given @ self.slope


def weighted_ridge(
    given: Float[Tensor, "frame feature"],
    wanted: Float[Tensor, "frame target"],
    weight: Float[Tensor, "frame target"],
    penalty: float,
) -> Float[Tensor, "coefficient target"]:
    """Intercept and slopes that minimise, for each target, its weighted mean squared error."""
    basis = torch.cat([torch.ones_like(given[:, :1]), given], 1)
    share = weight / weight.sum(0)
    normal = torch.einsum("fi,ft,fj->tij", basis, share, basis)
    shrink = torch.full((basis.shape[1],), penalty, dtype=basis.dtype)
    shrink[0] = 0.0  # the intercept is free
    moment = torch.einsum("fi,ft->ti", basis, share * wanted)
    return torch.linalg.solve(normal + torch.diag(shrink), moment).T
