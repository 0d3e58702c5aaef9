"""A bidirectional LSTM over a window of frames: what the published inversions are made of."""

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.descent import Adam
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised

#: Tensors of one direction, in the order in which torch takes them: of the four gates.
GATES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Recurrent(Regression):
    """Long short-term memory (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735), once
    from the first frame and once from the last; what both hold at the middle frame is read out.
    """

    over_time = True
    frames: Tensor  # of a window
    weight_ih: Float[Tensor, "gate feature"]
    readout: Float[Tensor, "unit target"]
    level: Float[Tensor, " target"]

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        width: int,
        decay: float,
        beside: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "Recurrent":
        """Learn step by step, from windows as long as the examples' are.

        Parameters
        ----------
        width : units of each of the two directions.
        beside : what a bandwidth, or a coefficient of the cepstrum, weighs beside a formant.
        decay, rate, steps, batch, patience : see :class:`tractable.models.descent.Adam`.
        """
        standard, scales = standardised(examples)
        features = standard.given.shape[1] // standard.frames
        memory = initial(features, width, standard.wanted.shape[1], seed)
        scales["frames"] = torch.tensor(standard.frames)
        model = cls(examples.direction, scales | memory)

        def terms(few: Examples, _: torch.Generator) -> dict[str, Tensor]:
            return {"misfit": model.misfit(few, beside)}

        how = Adam(rate=rate, decay=decay, steps=steps, batch=batch, patience=patience)
        learnt = {name: part for name, part in model.named_parameters() if name in memory}
        model.lesson = how.teach(model, learnt, terms, model.strayed, standard, seed)
        return model

    def regress(self, given: Tensor) -> Tensor:
        return remembered(given, int(self.frames), dict(self.named_parameters()))

    def hidden(self, given: Tensor) -> dict[str, Tensor]:
        return {"memory": memory(given, int(self.frames), dict(self.named_parameters()))}

    def unlearnt(self, seed: int) -> list[dict[str, Tensor]]:
        features, width = self.weight_ih.shape[1], len(self.readout) // 2
        fresh = initial(features, width, len(self.level), seed)
        output = {name: fresh.pop(name) for name in ("readout", "level")}
        return [output, fresh]


def initial(features: int, width: int, targets: int, seed: int) -> dict[str, Tensor]:
    """Random weights of both directions and of the readout; what is remembered lasts at first.

    Weights keep the variance of a signal; biases are 0, but for those of the forget gates, 1
    (Jozefowicz, Zaremba & Sutskever 2015).
    """
    random = torch.Generator().manual_seed(seed)

    def weight(come: int, go: int) -> Tensor:
        return torch.randn(come, go, generator=random, dtype=torch.float64) / come**0.5

    state: dict[str, Tensor] = {}
    for end in ("", "_reverse"):
        bias = torch.zeros(4 * width, dtype=torch.float64)
        keep = bias.clone()
        keep[width : 2 * width] = 1.0  # torch has the gates as input, forget, cell, output
        parts = weight(features, 4 * width).T, weight(width, 4 * width).T, keep, bias
        state |= {gate + end: part for gate, part in zip(GATES, parts, strict=True)}
    level = torch.zeros(targets, dtype=torch.float64)
    return state | {"readout": weight(2 * width, targets), "level": level}


def remembered(
    given: Float[Tensor, "frame feature"], frames: int, parts: dict[str, Tensor]
) -> Float[Tensor, "frame target"]:
    """What is read out of the ``memory`` of windows."""
    return parts["level"] + memory(given, frames, parts) @ parts["readout"]


def memory(
    given: Float[Tensor, "frame feature"], frames: int, parts: dict[str, Tensor]
) -> Float[Tensor, "frame unit"]:
    """What both directions hold at the middle of windows, the earliest frame first.

    Parameters
    ----------
    frames : of a window.
    parts : as ``initial`` has them.
    """
    window, middle = given.unflatten(1, (frames, -1)), frames // 2
    start = given.new_zeros(1, len(given), parts["readout"].shape[0] // 2)
    held = []
    # Neither direction is read beyond the middle, so neither goes there.
    for end, half in (("", window[:, : middle + 1]), ("_reverse", window[:, middle:].flip(1))):
        weights = [parts[gate + end].contiguous() for gate in GATES]
        # As in training: a GPU keeps what the way back needs then alone, and there is no dropout.
        _, last, _ = torch.lstm(half, (start, start), weights, True, 1, 0.0, True, False, True)
        held.append(last[0])
    return torch.cat(held, 1)
