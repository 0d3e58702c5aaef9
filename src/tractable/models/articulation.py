"""Articulatory components of shapes: each has a guide in the tract, and a name."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.components import Components

#: What moves as one where the jaw does, and what is left to the lips, in x / L.
FRONT, LIPS = (0.60, 0.92), (0.92, 1.0)


class Articulation(NamedTuple):
    """Linear components of ln d on every place, glottis first, and ln L.

    In training shapes each has mean 0 and standard deviation 1, and no two go together.
    """

    mean: Float[Tensor, " feature"]
    loading: Float[Tensor, "component feature"]  # ln d and ln L that one unit of each makes
    reading: Float[Tensor, "feature component"]  # from ln d and ln L to amounts of each
    rest: Float[Tensor, " feature"]  # standard deviation of what they leave unsaid

    def amounts(self, tract: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame component"]:
        """How much of each component is in shapes."""
        return (tract - self.mean) @ self.reading

    def tract(self, amounts: Float[Tensor, "frame component"]) -> Float[Tensor, "frame feature"]:
        """ln d and ln L that so much of each component makes."""
        return self.mean + amounts @ self.loading


def names(tongue: int) -> list[str]:
    """Names of the components, of which ``tongue`` are the tongue's."""
    return ["larynx", "jaw", "lips", *(f"tongue {number}" for number in range(1, tongue + 1))]


def guided(tracts: Float[Tensor, "frame feature"], tongue: int) -> Articulation:
    """Components of shapes: a guide is regressed on and subtracted, and the next one takes over.

    Arbitrary factor analysis in the manner of Maeda (1990, doi:10.1007/978-94-009-2037-8_6), whose
    guides were measured movements. Here the larynx is guided by ln L, the jaw by the mean ln d of
    the front of the tract, the lips by that of their end; the tongue has the principal components
    of what is left. Between speakers ln L is size as well as larynx. Larger is a longer tract, a
    lower jaw, more open lips.

    Parameters
    ----------
    tracts : ln d on every place, glottis first, and ln L.
    tongue : components of the tongue.
    """
    mean = tracts.mean(0)
    left, reading = tracts - mean, torch.eye(tracts.shape[1], dtype=tracts.dtype)
    loadings, readings = [], []

    def take(guide: Float[Tensor, " feature"]) -> None:
        nonlocal left, reading
        guide = guide / (left @ guide).std()
        amount = left @ guide
        loading = amount @ left / (amount @ amount)
        loadings.append(loading)
        readings.append(reading @ guide)
        reading = reading - torch.outer(readings[-1], loading)
        left = left - torch.outer(amount, loading)

    for guide in guides(tracts.shape[1]):
        take(guide.to(tracts))
    for guide in Components.of(left, tongue).directions:
        take(guide)
    return Articulation(mean, torch.stack(loadings), torch.stack(readings, 1), left.std(0))


def guides(features: int) -> Float[Tensor, "guide feature"]:
    """What is read off a shape: ln L, and the mean ln d of the front and of the lips."""
    place = (torch.arange(features - 1) + 0.5) / (features - 1)
    length = torch.zeros(features)
    length[-1] = 1.0
    within = [((place > first) & (place < last)).double() for first, last in (FRONT, LIPS)]
    ends = [torch.cat([part / part.sum(), part.new_zeros(1)]) for part in within]
    return torch.stack([length.double(), *ends])
