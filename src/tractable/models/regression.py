"""What all black boxes share: standardised features in, standardised targets out."""

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.model import DIRECTIONS, Examples, Model, Prediction


class Regression(Model):
    """A map from features to targets that knows no acoustics, in either direction."""

    directions = DIRECTIONS
    given_mean: Float[Tensor, " feature"]
    given_spread: Float[Tensor, " feature"]
    wanted_mean: Float[Tensor, " target"]
    wanted_spread: Float[Tensor, " target"]

    @abstractmethod
    def regress(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame target"]:
        """Standardised targets from standardised features."""

    def forward(self, *inputs: Tensor) -> Prediction:
        given = torch.cat([part.reshape(len(part), -1) for part in inputs], 1)
        standard = self.regress((given - self.given_mean) / self.given_spread)
        wanted = self.wanted_mean + self.wanted_spread * standard
        if self.direction == "shape_to_sound":
            return Prediction(log_frequency=wanted)
        return Prediction(log_distance=wanted[:, :-1], log_length=wanted[:, -1])


def standardised(examples: Examples) -> tuple[Examples, dict[str, Tensor]]:
    """Examples of mean 0 and standard deviation 1, and the four tensors that undo it."""
    weight = examples.weight
    mean, spread = examples.given.mean(0), positive(examples.given.std(0))
    wanted_mean = (weight * examples.wanted).sum(0) / weight.sum(0)
    deviation = examples.wanted - wanted_mean
    wanted_spread = positive(((weight * deviation**2).sum(0) / weight.sum(0)).sqrt())
    scales = {
        "given_mean": mean,
        "given_spread": spread,
        "wanted_mean": wanted_mean,
        "wanted_spread": wanted_spread,
    }
    given = (examples.given - mean) / spread
    return examples._replace(given=given, wanted=deviation / wanted_spread), scales


def positive(spread: Tensor) -> Tensor:
    """A feature that never moves keeps its unit."""
    return torch.where(spread > 0, spread, torch.ones_like(spread))
