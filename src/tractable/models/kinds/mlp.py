"""A multilayer perceptron, on all points or on shape components: the black box."""

from collections.abc import Mapping
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tractable.models.components import Components
from tractable.models.descent import Adam
from tractable.models.model import Examples
from tractable.models.regression import Regression, standardised


class Perceptron(Regression):
    basis: Float[Tensor, "feature component"]  # what of the features the first layer is shown

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        components: int | None,
        width: int,
        layers: int,
        decay: float,
        jacobian_weight: float,
        beside: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "Perceptron":
        """Learn step by step.

        Parameters
        ----------
        components : shape components that the network is shown, for which all examples are gathered
            in memory; null: all features as they are.
        width, layers : units of a hidden layer, number of hidden layers.
        jacobian_weight : penalty on the squared norm of the Jacobian of standardised ln F by
            features in their own units, as Hoffman, Roberts & Yaida (2019, arXiv:1908.02729)
            estimate it; 0: none. Of shapes by ln d alone: every formant hangs on ln L.
        beside : what a bandwidth, or a coefficient of the cepstrum, weighs beside a formant.
        decay, rate, steps, batch, patience : see :class:`tractable.models.descent.Adam`;
            no steps leave the network untrained: a control.
        """
        random = torch.Generator().manual_seed(seed)
        standard, scales = standardised(examples)
        basis = shown(standard, components)
        sizes = [basis.shape[1], *layers * [width], standard.wanted.shape[1]]
        model = cls(examples.direction, scales | {"basis": basis} | initial(sizes, random))

        def terms(few: Examples, noise: torch.Generator) -> dict[str, Tensor]:
            if jacobian_weight == 0:
                return {"misfit": model.misfit(few, beside)}
            given = few.given.clone().requires_grad_()
            told = model.regress(given)
            steep = jacobian_weight * model.steepness(told, given, noise)
            return {"misfit": model.misfit_of(told, few, beside), "jacobian": steep}

        how = Adam(rate=rate, decay=decay, steps=steps, batch=batch, patience=patience)
        model.lesson = how.teach(model, model.layers(), terms, model.strayed, standard, seed)
        return model

    def layers(self) -> dict[str, Tensor]:
        """Weights and biases, by name."""
        return {name: part for name, part in self.named_parameters() if name[-1].isdigit()}

    def jacobian_norm(
        self, given: Float[Tensor, "frame feature"], random: torch.Generator
    ) -> Float[Tensor, ""]:
        """Mean square over frames and targets of the Jacobian, by one random projection a frame."""
        given = given.clone().requires_grad_()
        return self.steepness(self.regress(given), given, random)

    def steepness(
        self,
        told: Float[Tensor, "frame target"],
        given: Float[Tensor, "frame feature"],
        random: torch.Generator,
    ) -> Float[Tensor, ""]:
        """As ``jacobian_norm``, of an answer that is there already."""
        told = told[:, : int(self.scored)]
        direction = torch.randn(told.shape, generator=random, dtype=told.dtype).to(told.device)
        (slope,) = torch.autograd.grad((direction * told).sum(), given, create_graph=True)
        slope = slope / self.given_spread
        if self.direction == "shape_to_sound":
            slope = slope[:, :-1]
        return (slope**2).sum(1).mean() / told.shape[1]

    def regress(self, given: Tensor) -> Tensor:
        return self.passed(given)[-1]

    def hidden(self, given: Tensor) -> dict[str, Tensor]:
        *layers, _ = self.passed(given)
        return {f"hidden {number}": held for number, held in enumerate(layers, 1)}

    def passed(self, given: Float[Tensor, "frame feature"]) -> list[Float[Tensor, "frame unit"]]:
        """What each layer makes of standardised features, the answer last."""
        parts = dict(self.named_parameters())
        last = sum(name.startswith("weight") for name in parts) - 1
        told, held = given @ self.basis, []
        for layer in range(last + 1):
            told = told @ parts[f"weight{layer}"] + parts[f"bias{layer}"]
            told = nn.functional.silu(told) if layer < last else told
            held.append(told)
        return held

    def unlearnt(self, seed: int) -> list[dict[str, Tensor]]:
        learnt = self.layers()
        weights = [learnt[f"weight{k}"] for k in range(len(learnt) // 2)]
        sizes = [*(len(weight) for weight in weights), weights[-1].shape[1]]
        fresh = initial(sizes, torch.Generator().manual_seed(seed))
        layers = range(len(weights))
        return [{name: fresh[name] for name in (f"weight{k}", f"bias{k}")} for k in layers][::-1]


def nested(direction: str, state: Mapping[str, Tensor], name: str) -> Perceptron | None:
    """The perceptron within another model, its tensors kept under ``name.``; None: it has none."""
    own = {word: value for word, value in state.items() if word.startswith(f"{name}.")}
    named = {word.removeprefix(f"{name}."): value for word, value in own.items()}
    return Perceptron(direction, named) if named else None


def held_within(
    given: Float[Tensor, "frame feature"], **networks: Perceptron | None
) -> dict[str, Float[Tensor, "frame unit"]]:
    """What the layers of the perceptrons within a model hold, each name before its layers'."""
    return {
        f"{name} {layer}": held
        for name, network in networks.items()
        if network is not None
        for layer, held in network.activations(given).items()
    }


def shown(standard: Examples, components: int | None) -> Float[Tensor, "feature component"]:
    """Matrix from standardised features to what the network is shown of them."""
    if components is None:
        return torch.eye(standard.given.shape[1], dtype=standard.wanted.dtype)
    found = Components.of_examples(standard.gathered(), components)
    return found.directions.T / found.spread.square().mean().sqrt()


def initial(sizes: list[int], random: torch.Generator) -> dict[str, Tensor]:
    """Random weights that keep the variance of a signal, biases 0."""
    state = {}
    for layer, (come, go) in enumerate(pairwise(sizes)):
        weight = torch.randn(come, go, generator=random, dtype=torch.float64)
        state[f"weight{layer}"] = weight / come**0.5
        state[f"bias{layer}"] = torch.zeros(go, dtype=torch.float64)
    return state
