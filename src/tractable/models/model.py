"""What every model promises: what it learns from, what it returns, how it is kept."""

from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

#: What is given, and what is wanted.
DIRECTIONS = ("shape_to_sound", "sound_to_shape")


class Prediction(NamedTuple):
    """All that a loss, a probe or a figure may ask for; ``None`` is what a model does not have."""

    log_frequency: Float[Tensor, "frame formant"] | None = None  # ln Hz
    log_bandwidth: Float[Tensor, "frame formant"] | None = None  # ln Hz
    area: Float[Tensor, "frame place"] | None = None  # m2, glottis first; None: no tube
    section_length: Float[Tensor, "frame place"] | None = None  # m
    residual: Float[Tensor, "frame formant"] | None = None  # ln F beyond the model's own tube
    log_distance: Float[Tensor, "frame place"] | None = None  # ln m, glottis first
    log_length: Float[Tensor, " frame"] | None = None  # ln m


class Examples(NamedTuple):
    """What a model learns from, one row per frame.

    Shape to sound: given are ln d on every place [ln m], glottis first, then ln L [ln m]; wanted
    are ln F [ln Hz]. Sound to shape: given is a stretch of cepstra, wanted are ln d and ln L.
    """

    direction: str
    given: Float[Tensor, "frame feature"]
    wanted: Float[Tensor, "frame target"]  # any finite value where it is not known
    weight: Float[Tensor, "frame target"]  # 1: as good as it gets, 0: not known

    def rows(self, keep: Bool[Tensor, " frame"] | Int[Tensor, " row"] | slice) -> "Examples":
        return Examples(self.direction, self.given[keep], self.wanted[keep], self.weight[keep])

    def evenly(self, count: int) -> "Examples":
        """``count`` rows at even steps, or all if there are fewer."""
        frames = len(self.given)
        return self.rows(torch.linspace(0, frames - 1, min(count, frames)).long())


class Model(nn.Module):
    """Named tensors, and a call that is differentiable in what it is given.

    ``fit`` makes one; ``state`` and the constructor are each other's inverse. A model of shape to
    sound is called with ln d (frame, place) and ln L (frame,), glottis first; one of sound to
    shape with cepstra (frame, feature).
    """

    #: Class method of examples and, keyword-only, the parameters of an entry of params.yaml.
    fit: ClassVar[Callable[..., "Model"]]
    directions: ClassVar[tuple[str, ...]] = ("shape_to_sound",)

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__()
        self.direction = direction
        for name, value in state.items():
            self.register_parameter(name, nn.Parameter(value, value.is_floating_point()))

    def answer(self, given: Float[Tensor, "frame feature"]) -> Prediction:
        """The prediction for the ``given`` of examples."""
        whole = self.direction == "sound_to_shape"
        return self(given) if whole else self(given[:, :-1], given[:, -1])

    def hear(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame formant"]:
        """ln F [ln Hz] of shapes: the part of the answer that most questions are about."""
        log_frequency = self.answer(given).log_frequency
        assert log_frequency is not None, "a model of sound to shape does not hear"
        return log_frequency

    def tell(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame target"]:
        """The answer as the ``wanted`` of examples is laid out, in either direction."""
        return self.hear(given) if self.direction == "shape_to_sound" else tract(self.answer(given))

    def state(self) -> dict[str, Tensor]:
        return {name: value.detach() for name, value in self.named_parameters()}


def tract(prediction: Prediction) -> Float[Tensor, "frame feature"]:
    """ln d and ln L of a model of sound to shape, side by side (frame, place + 1)."""
    assert prediction.log_distance is not None
    assert prediction.log_length is not None
    return torch.cat([prediction.log_distance, prediction.log_length[:, None]], 1)
