"""Shape components: the few ways in which tracts really move."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.model import Examples


class Components(NamedTuple):
    """Principal components of a set of features."""

    mean: Float[Tensor, " feature"]
    directions: Float[Tensor, "component feature"]  # orthonormal
    spread: Float[Tensor, " component"]  # standard deviation along each

    @classmethod
    def of(cls, features: Float[Tensor, "frame feature"], count: int) -> "Components":
        """The ``count`` directions in which the features vary most, each of settled sign."""
        mean = features.mean(0)
        _, singular, directions = torch.linalg.svd(features - mean, full_matrices=False)
        count = min(count, int((singular > 1e-9 * singular[0]).sum()))
        directions = directions[:count]
        largest = directions.abs().argmax(1, keepdim=True)
        directions = directions * directions.gather(1, largest).sign()
        return cls(mean, directions, singular[:count] / (len(features) - 1) ** 0.5)

    @classmethod
    def of_examples(cls, examples: Examples, count: int) -> "Components":
        """Components of what is given; of shapes, those of ln d, and ln L as a last one."""
        if examples.direction == "sound_to_shape":
            return cls.of(examples.given, count)
        shape, length = cls.of(examples.given[:, :-1], count), cls.of(examples.given[:, -1:], 1)
        return cls(*(block(*pair) for pair in zip(shape, length, strict=True)))

    def amounts(self, features: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame component"]:
        """How much of each component, in standard deviations."""
        return (features - self.mean) @ self.directions.T / self.spread


def block(first: Tensor, second: Tensor) -> Tensor:
    """Two vectors end to end, or two matrices as blocks along a diagonal."""
    if first.dim() == 1:
        return torch.cat([first, second])
    return torch.block_diag(first, second)
