"""A convolutional network on pictures: it is shown the head, and no shape at all."""

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tractable.models.descent import Adam
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised

KERNEL = 3  # pixels
STRIDE = 2  # every layer halves the picture
PRECISION = torch.float32
PARTS = 3  # along both axes of a picture, over which what is seen is averaged for those who ask
FEW = 64  # pictures at a time: the layers of many more leave the processor's cache


class Convolutions(Regression):
    """Layers of strided convolutions, then a line; in single precision, as pictures need no more.

    It answers from pictures, so that nobody can ask it what a place of the tract does.
    """

    directions: ClassVar[tuple[str, ...]] = ("picture_to_sound",)

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        channels: list[int],
        shift: int,
        beside: float,
        decay: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "Convolutions":
        """Learn step by step, every picture moved about a little each time it is seen.

        Parameters
        ----------
        channels : of each layer.
        shift : pixels by which a picture is moved at most, along both axes.
        beside, decay, rate, steps, batch, patience : as in
            :meth:`tractable.models.kinds.mlp.Perceptron.fit`.
        """
        standard, scales = standardised(examples)
        side = math.isqrt(examples.given.shape[1])
        random = torch.Generator().manual_seed(seed)
        layers = initial(channels, side, standard.wanted.shape[1], random)
        model = cls(examples.direction, scales | layers)

        def terms(few: Examples, noise: torch.Generator) -> dict[str, Tensor]:
            moved = few._replace(given=moved_about(few.given, shift, noise))
            return {"misfit": model.misfit(moved, beside)}

        how = Adam(rate=rate, decay=decay, steps=steps, batch=batch, patience=patience)
        learnt = {name: part for name, part in model.named_parameters() if name in layers}
        model.lesson = how.teach(model, learnt, terms, model.strayed, standard, seed)
        return model

    def regress(self, given: Tensor) -> Tensor:
        return torch.cat([self.regress_few(part) for part in given.split(FEW)])

    def regress_few(self, given: Tensor) -> Tensor:
        parts = dict(self.named_parameters())
        seen = self.convolved(given)[-1]
        return (seen.flatten(1) @ parts["readout"] + parts["offset"]).to(given.dtype)

    def hidden(self, given: Tensor) -> dict[str, Tensor]:
        """Means of each channel over parts of the picture: places are kept, pixels are not."""
        layers = zip(*(self.convolved(few) for few in given.split(FEW)), strict=True)
        coarse = nn.AdaptiveAvgPool2d(PARTS)
        return {
            f"convolution {number}": torch.cat([coarse(seen).flatten(1) for seen in maps])
            for number, maps in enumerate(layers, 1)
        }

    def convolved(
        self, given: Float[Tensor, "frame pixel"]
    ) -> list[Float[Tensor, "frame channel row column"]]:
        """What each layer of convolutions makes of standardised pictures."""
        parts = dict(self.named_parameters())
        side = math.isqrt(given.shape[1])
        seen = given.to(parts["bias0"].dtype).reshape(-1, 1, side, side)
        held: list[Tensor] = []
        while f"kernel{len(held)}" in parts:
            kernel, bias = parts[f"kernel{len(held)}"], parts[f"bias{len(held)}"]
            seen = nn.functional.conv2d(seen, kernel, bias, stride=STRIDE, padding=KERNEL // 2)
            seen = nn.functional.silu(seen)
            held.append(seen)
        return held


def initial(
    channels: list[int], side: int, targets: int, random: torch.Generator
) -> dict[str, Tensor]:
    """Random kernels that keep the variance of a signal, biases 0."""
    state, come = {}, 1
    for layer, go in enumerate(channels):
        kernel = torch.randn(go, come, KERNEL, KERNEL, generator=random, dtype=PRECISION)
        state[f"kernel{layer}"] = kernel * (2 / (come * KERNEL**2)) ** 0.5
        state[f"bias{layer}"] = torch.zeros(go, dtype=PRECISION)
        come, side = go, (side + 1) // STRIDE
    units = come * side**2
    readout = torch.randn(units, targets, generator=random, dtype=PRECISION)
    state["readout"] = readout / units**0.5
    state["offset"] = torch.zeros(targets, dtype=PRECISION)
    return state


def moved_about(
    given: Float[Tensor, "frame pixel"], shift: int, random: torch.Generator
) -> Float[Tensor, "frame pixel"]:
    """Pictures moved together by so many pixels at most; what leaves on one side comes back."""
    side = math.isqrt(given.shape[1])
    down, right = (2 * shift + 1) * torch.rand(2, generator=random, dtype=PRECISION) // 1 - shift
    pictures = given.reshape(-1, side, side)
    return torch.roll(pictures, (int(down), int(right)), (1, 2)).flatten(1)
