"""Locally weighted regression: a linear map of its own for every shape, from its neighbours."""

from collections.abc import Iterator
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.components import Components
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised

CHUNK = 256  # frames regressed at a time, for memory's sake


class LocallyWeighted(Regression):
    """After Atkeson, Moore & Schaal (1997), doi:10.1023/A:1006559212014, on few components."""

    mean: Float[Tensor, " feature"]
    components: Float[Tensor, "component feature"]
    spread: Float[Tensor, " component"]
    neighbour: Float[Tensor, "neighbour component"]
    target: Float[Tensor, "neighbour target"]
    weight: Float[Tensor, "neighbour target"]
    width: Float[Tensor, ""]
    penalty: Float[Tensor, ""]

    @classmethod
    def fit(
        cls, examples: Examples, *, components: int, width: float, penalty: float, seed: int
    ) -> "LocallyWeighted":
        """Keep the examples, all of them in memory; the fitting is done when a shape comes.

        Parameters
        ----------
        components : principal components in which neighbours are sought.
        width : of the Gaussian neighbourhood, in standard deviations of one component.
        penalty : on squared local slopes, as a share of all weights.
        """
        lazy, scales = standardised(examples)
        standard = lazy.gathered()
        found = Components.of(standard.given, components)
        kept = {
            "mean": found.mean,
            "components": found.directions,
            "spread": found.spread,
            "neighbour": found.amounts(standard.given),
            "target": standard.wanted,
            "weight": standard.weight,
            "width": torch.tensor(width, dtype=torch.float64),
            "penalty": torch.tensor(penalty, dtype=torch.float64),
        }
        return cls(examples.direction, scales | kept)

    def regress(self, given: Tensor) -> Tensor:
        return self.first_targets(given, self.target.shape[1])

    def hear(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame formant"]:
        """ln F without a regression for all that stands beside it."""
        count = int(self.scored)
        told = self.first_targets((given - self.given_mean) / self.given_spread, count)
        return self.wanted_mean[:count] + self.wanted_spread[:count] * told

    def first_targets(self, given: Tensor, count: int) -> Float[Tensor, "frame target"]:
        """So many standardised targets from standardised features."""
        shape = Components(self.mean, self.components, self.spread).amounts(given)
        return torch.cat([self.local_fit(part, count) for part in shape.split(CHUNK)])

    def local_fit(
        self, shape: Float[Tensor, "frame component"], count: int
    ) -> Float[Tensor, "frame target"]:
        """What a regression in which near examples weigh more says of each shape."""
        far = ((shape[:, None] - self.neighbour) ** 2).sum(2)
        near = torch.softmax(-far / (2 * self.width**2), 1)
        basis = torch.cat([torch.ones_like(self.neighbour[:, :1]), self.neighbour], 1)
        squares = (basis[:, :, None] * basis[:, None]).flatten(1)
        slopes = torch.ones_like(basis[0])
        slopes[0] = 0.0  # the intercept is free
        here = torch.cat([torch.ones_like(shape[:, :1]), shape], 1)
        answers = []
        for weight, targets in self.equally_known(count):
            share = near * weight
            share = share / share.sum(1, keepdim=True)
            normal = (share @ squares).unflatten(1, (basis.shape[1], -1))
            moment = torch.einsum("fn,ni,nt->fit", share, basis, self.target[:, targets])
            solved = torch.linalg.solve(normal + torch.diag(self.penalty * slopes), moment)
            answers.append(torch.einsum("fit,fi->ft", solved, here))
        return torch.cat(answers, 1)

    def equally_known(self, count: int) -> Iterator[tuple[Float[Tensor, " neighbour"], slice]]:
        """Runs of targets that are known in the same neighbours: one regression does for each.

        Of the first ``count`` targets.
        """
        weight = self.weight[:, :count]
        change = (weight[:, 1:] != weight[:, :-1]).any(0).nonzero().flatten() + 1
        for first, last in pairwise([0, *change.tolist(), count]):
            yield weight[:, first], slice(first, last)
