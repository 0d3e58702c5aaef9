"""A Gaussian process on shape components: linear, and smooth beyond, as far as the sound tells."""

import math
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from tractable.models.components import Components
from tractable.models.descent import descend
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised

LENGTH, SLOPE, NOISE = 3.0, 0.3, 0.1  # where scales begin, in standard deviations
LOOSENESS = 2.0  # sd of the prior on the logarithm of every scale
JITTER = 1e-6  # of a variance, so that its matrix can be inverted


class GaussianProcess(Regression):
    """One process for each target, with a length scale and a slope of its own for each component.

    Kernel, marginal likelihood and the projected process after Rasmussen & Williams (2006),
    chapters 2, 5 and 8.3.4; a value of weight w has the noise variance of its target over w.
    """

    mean: Float[Tensor, " feature"]
    components: Float[Tensor, "component feature"]
    spread: Float[Tensor, " component"]
    inducing: Float[Tensor, "inducing component"]
    coefficient: Float[Tensor, "inducing target"]
    log_length: Float[Tensor, "target component"]
    log_slope: Float[Tensor, "target component"]
    log_deviation: Float[Tensor, " target"]
    log_noise: Float[Tensor, " target"]

    @classmethod
    def fit(
        cls, examples: Examples, *, components: int, inducing: int, steps: int, seed: int
    ) -> "GaussianProcess":
        """Scales by marginal likelihood of a few examples; then all examples are learnt from.

        All are gathered in memory.

        Parameters
        ----------
        components : shape components that the process knows of.
        inducing : examples, evenly chosen, that the scales are learnt from and that the answer is
            made of.
        steps : of L-BFGS at most.
        """
        lazy, scales = standardised(examples)
        standard = lazy.gathered()
        found = Components.of_examples(standard, components)
        known = standard._replace(given=found.amounts(standard.given))
        few = known.evenly(inducing)
        start = few.given.new_zeros(few.wanted.shape[1], few.given.shape[1])
        kept = {
            "mean": found.mean,
            "components": found.directions,
            "spread": found.spread,
            "inducing": few.given,
            "coefficient": torch.zeros_like(few.wanted),
            "log_length": start + math.log(LENGTH),
            "log_slope": start + math.log(SLOPE),
            "log_deviation": start[:, 0],
            "log_noise": start[:, 0] + math.log(NOISE),
        }
        model = cls(examples.direction, scales | kept)
        model.learn_scales(few, steps)
        model.condition(known)
        return model

    def kernel(
        self, one: Float[Tensor, "row component"], other: Float[Tensor, "column component"]
    ) -> Float[Tensor, "target row column"]:
        """Covariance of what the process says of two sets of shapes, without its noise."""
        length, slope = self.log_length.exp()[:, None], self.log_slope.exp()[:, None]
        left, right = one / length, other / length
        from_left = 2 * self.log_deviation[:, None] - (left**2).sum(2) / 2
        near = torch.baddbmm(from_left[:, :, None], left, right.mT)
        near = (near - (right**2).sum(2)[:, None] / 2).exp()
        return torch.baddbmm(near, slope * one, (slope * other).mT)

    def learn_scales(self, few: Examples, steps: int) -> None:
        """Maximise marginal likelihood, and prior, of a few examples; no weight, no say."""
        scales = [self.log_length, self.log_slope, self.log_deviation, self.log_noise]
        starts = [scale.detach().clone() for scale in scales]
        root, known = few.weight.T.sqrt(), few.weight.T > 0
        wanted, worth = (root * few.wanted.T)[:, :, None], root[:, :, None] * root[:, None]

        def improbability() -> Tensor:
            noise = torch.where(known, self.log_noise.exp()[:, None] ** 2, 1.0)
            covariance = invertible(worth * self.kernel(few.given, few.given), noise)
            surprise = cast(Tensor, Surprise.apply(covariance, wanted))
            off = sum(((s - b) ** 2).sum() for s, b in zip(scales, starts, strict=True))
            return (surprise + off / (2 * LOOSENESS**2)) / len(few.given)

        descend(improbability, scales, steps)

    def condition(self, known: Examples) -> None:
        """What all examples say of the process, told by its values at the inducing shapes."""
        with torch.no_grad():
            eye = torch.eye(len(self.inducing), dtype=self.inducing.dtype)
            own = invertible(self.kernel(self.inducing, self.inducing))
            factor = torch.linalg.cholesky(own)
            across = self.kernel(self.inducing, known.given)
            across = torch.linalg.solve_triangular(factor, across, upper=False)
            weighted = across * known.weight.T[:, None]
            noise = self.log_noise.exp()[:, None, None] ** 2
            solved = torch.linalg.solve(
                weighted @ across.mT + noise * eye, weighted @ known.wanted.T[:, :, None]
            )
            coefficient = torch.linalg.solve_triangular(factor.mT, solved, upper=True)
            self.coefficient.copy_(coefficient[:, :, 0].T)

    def regress(self, given: Tensor) -> Tensor:
        shape = Components(self.mean, self.components, self.spread).amounts(given)
        return torch.einsum("tfi,it->ft", self.kernel(shape, self.inducing), self.coefficient)


class Surprise(torch.autograd.Function):
    """Minus the log likelihood of values of normal distributions of mean 0, less a constant.

    Its gradient by a covariance K is (K^-1 - K^-1 y y' K^-1) / 2, Rasmussen & Williams' equation
    5.9: one inverse, where to go back through the decomposition takes several times as long. By
    the values y it is K^-1 y.
    """

    @staticmethod
    def forward(
        ctx: Any,
        covariance: Float[Tensor, "target row row"],
        values: Float[Tensor, "target row 1"],
    ) -> Float[Tensor, ""]:
        factor = torch.linalg.cholesky(covariance)
        solved = torch.cholesky_solve(values, factor)
        ctx.save_for_backward(factor, solved)
        return factor.diagonal(dim1=1, dim2=2).log().sum() + (values * solved).sum() / 2

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Float[Tensor, ""]) -> tuple[Tensor, Tensor]:
        factor, solved = ctx.saved_tensors
        inverse, half = torch.cholesky_inverse(factor), float(slope) / 2
        by_covariance = torch.baddbmm(inverse, solved, solved.mT, beta=half, alpha=-half)
        return by_covariance, slope * solved


def invertible(
    covariance: Float[Tensor, "target row row"], noise: Tensor | float = 0.0
) -> Float[Tensor, "target row row"]:
    """The same with noise, and a little more variance."""
    variance = covariance.diagonal(dim1=1, dim2=2)
    jitter = (JITTER * variance.mean(1, keepdim=True)).expand_as(variance)
    return covariance + torch.diag_embed(jitter + noise)
