"""What all black boxes share: standardised features in, standardised targets out."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.model import Examples, Model, Prediction


class Regression(Model):
    """A map from features to targets that knows no acoustics, in either direction."""

    directions: ClassVar[tuple[str, ...]] = ("shape_to_sound", "sound_to_shape")
    scored: Tensor  # how many of the targets are ln F; of a shape all are
    given_mean: Float[Tensor, " feature"]
    given_spread: Float[Tensor, " feature"]
    wanted_mean: Float[Tensor, " target"]
    wanted_spread: Float[Tensor, " target"]

    @abstractmethod
    def regress(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame target"]:
        """Standardised targets from standardised features."""

    def hidden(
        self, given: Float[Tensor, "frame feature"]
    ) -> dict[str, Float[Tensor, "frame unit"]]:
        """What its hidden layers make of standardised features, by name; of none, nothing."""
        return {}

    def activations(
        self, given: Float[Tensor, "frame feature"]
    ) -> dict[str, Float[Tensor, "frame unit"]]:
        return self.hidden((given - self.given_mean) / self.given_spread)

    def misfit(self, standard: Examples, beside: float) -> Float[Tensor, ""]:
        """Mean squared error of standardised targets; those not scored weigh ``beside``."""
        return self.misfit_of(self.regress(standard.given), standard, beside)

    def misfit_of(
        self, told: Float[Tensor, "frame target"], standard: Examples, beside: float
    ) -> Float[Tensor, ""]:
        """The same of an answer that is there already."""
        missed = standard.weight * (told - standard.wanted) ** 2
        scored = missed[:, : standard.scored].mean()
        rest = missed[:, standard.scored :]
        return scored + beside * rest.mean() if beside > 0 and rest.shape[1] else scored

    def strayed(self, standard: Examples) -> Float[Tensor, ""]:
        """As ``missed``, of standardised examples."""
        told = standard.answers(self.regress)
        off = (standard.weight * (told - standard.wanted).abs())[:, : standard.scored]
        share = off.sum(0) / standard.weight[:, : standard.scored].sum(0)
        return (self.wanted_spread[: standard.scored] * share).mean()

    def forward(self, *inputs: Tensor) -> Prediction:
        given = torch.cat([part.reshape(len(part), -1) for part in inputs], 1)
        standard = self.regress((given - self.given_mean) / self.given_spread)
        wanted = self.wanted_mean + self.wanted_spread * standard
        if self.direction == "sound_to_shape":
            return Prediction(log_distance=wanted[:, :-1], log_length=wanted[:, -1])
        count = int(self.scored)
        if wanted.shape[1] == count:
            return Prediction(log_frequency=wanted)
        frequency, bandwidth, cepstrum = wanted.tensor_split([count, 2 * count], 1)
        return Prediction(log_frequency=frequency, log_bandwidth=bandwidth, cepstrum=cepstrum)


def standardised(examples: Examples) -> tuple[Examples, dict[str, Tensor]]:
    """Examples of mean 0 and standard deviation 1, and the tensors that undo it.

    Of shapes only what is scored of them, in frames where it is known.
    """
    if examples.direction == "sound_to_shape":
        examples = examples.alone().known()
    weight = examples.weight
    mean, spread = examples.given.mean(0), positive(examples.given.std(0))
    wanted_mean = (weight * examples.wanted).sum(0) / weight.sum(0)
    deviation = examples.wanted - wanted_mean
    wanted_spread = positive(((weight * deviation**2).sum(0) / weight.sum(0)).sqrt())
    scales = {
        "scored": torch.tensor(examples.scored),
        "given_mean": mean,
        "given_spread": spread,
        "wanted_mean": wanted_mean,
        "wanted_spread": wanted_spread,
    }
    return rescaled(examples, scales), scales


def rescaled(examples: Examples, scales: Mapping[str, Tensor]) -> Examples:
    """Examples in the units of ``scales``, those held back as well."""
    given = (examples.given - scales["given_mean"]) / scales["given_spread"]
    wanted = (examples.wanted - scales["wanted_mean"]) / scales["wanted_spread"]
    judged = examples.judged and rescaled(examples.judged, scales)
    return examples._replace(given=given, wanted=wanted, judged=judged)


def positive(spread: Tensor) -> Tensor:
    """A feature that never moves keeps its unit."""
    return torch.where(spread > 0, spread, torch.ones_like(spread))
