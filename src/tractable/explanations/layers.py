"""Inside networks: what their layers hold, and what is left to explain when these forget."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import torch
from jaxtyping import Float, Int

from tractable.explanations.attributions import among
from tractable.explanations.subject import Subject
from tractable.models.asking import Shelf, by_fold
from tractable.models.hearing import held, jacobian
from tractable.models.model import Model

Array = np.ndarray
#: Layer, as model/layer -> what it holds in every frame, for each of the folds that has it.
Held = dict[str, dict[int, Float[Array, "frame _"]]]


@dataclass(frozen=True, kw_only=True)
class Inside:
    """How networks are looked into.

    Parameters
    ----------
    frames : of the explained ones, evenly spread, that are asked while layers become random.
    draws : of random weights, in every fold; the frames are dealt out to them.
    seed : of those.
    """

    frames: int
    draws: int
    seed: int

    def answers(self, subject: Subject) -> dict[str, Array]:
        """What all networks are asked, under the names of the contract; nothing of none."""
        return representations(subject) | self.cascades(subject)

    def cascades(self, subject: Subject) -> dict[str, Array]:
        """Sensitivities while one layer after the other, the output's first, becomes random.

        By the model that holds a frame out, as all explanations are. Hybrids are left out: a tube
        has no weights that chance could draw, and keeps its sensitivities.

        References
        ----------
        Cascading randomisation: Adebayo et al. (2018), arXiv 1810.03292. Weights of a layer are
        drawn as before its lesson.
        """
        shelf, fold = subject.shelf, subject.fold
        depth = {name: self.depth(shelf, name, fold) for name in subject.windows}
        deepest = max(depth.values(), default=0)
        if deepest == 0:
            return {}
        few = subject.some(self.frames)
        seeds = self.seed + self.draws * fold[few] + np.arange(len(few)) % self.draws
        places = subject.shapes.shape[1] - 1
        shape = (len(fold), deepest + 1, shelf.examples["count"], places)
        found = np.full((len(depth), *shape), np.nan)
        for row, (name, layers) in enumerate(depth.items()):
            if layers:
                inputs = *(part[few] for part in subject.given(name)), seeds
                ask = partial(asked_while_forgetting, steps=deepest + 1)
                told = by_fold(shelf, name, fold[few], inputs, ask)
                found[row] = among(len(fold), few, told["sensitivity"])
        return {
            "cascade": np.arange(deepest + 1),
            "cascade_sensitivity": np.moveaxis(found, 1, 2),
        }

    def depth(self, shelf: Shelf, name: str, fold: Int[Array, " frame"]) -> int:
        """Layers that a model can forget, the most that it has in a fold."""
        return max(len(shelf.model(name, int(k)).unlearnt(self.seed)) for k in np.unique(fold))


def representations(subject: Subject) -> dict[str, Array]:
    """What every layer of every network holds, put before the networks of all folds.

    A probe has to be taught by the frames that train a fold, and asked about those that it holds
    out, with the activations of one network: that of the fold.
    """
    shelf, given = subject.shelf, {**subject.windows, **subject.pictures}
    found: Held = {}
    network = {}
    for name, fold in product(given, range(shelf.folds)):
        told = shelf.model(name, fold).activations(torch.from_numpy(given[name]))
        for layer, units in told.items():
            label = f"{name}/{layer}"
            network[label] = name
            found.setdefault(label, {})[fold] = units.numpy()
    if not found:
        return {}
    return {
        "layer": np.array(list(found)),
        "network": np.array([network[label] for label in found]),
        "represented": side_by_side(found, shelf.folds),
    }


def side_by_side(found: Held, folds: int) -> Float[Array, "fold layer frame unit"]:
    """All layers in single precision; NaN where there are no more units, or no such layer."""
    parts = [part for by_fold in found.values() for part in by_fold.values()]
    frames, widest = len(parts[0]), max(part.shape[1] for part in parts)
    together = np.full((folds, len(found), frames, widest), np.nan, "float32")
    for row, of_layer in enumerate(found.values()):
        for fold, units in of_layer.items():
            together[fold, row, :, : units.shape[1]] = units
    return together


def asked_while_forgetting(
    model: Model,
    windows: Float[Array, "frame window"],
    shapes: Float[Array, "frame feature"],
    seeds: Int[Array, " frame"],
    *,
    steps: int,
) -> dict[str, Float[Array, "frame cascade formant place"]]:
    """dlnF/dlnd as learnt, and after each layer that a network forgets; NaN after the last.

    Parameters
    ----------
    seeds : of the random weights that each frame meets.
    steps : that are told, one more than layers can be forgotten.
    """
    order, parts = [], []
    for seed in np.unique(seeds):
        order.append(np.flatnonzero(seeds == seed))
        given, shape = (torch.from_numpy(part[order[-1]]) for part in (windows, shapes))
        heard = (held(of.hear, given, shape.shape[1]) for of in forgetting(model, int(seed)))
        maps = np.stack([jacobian(hear, shape)[..., :-1].numpy() for hear in heard], 1)
        more = ((0, 0), (0, steps - maps.shape[1]), (0, 0), (0, 0))
        parts.append(np.pad(maps, more, constant_values=np.nan))
    return {"sensitivity": np.concatenate(parts)[np.argsort(np.concatenate(order))]}


def forgetting(model: Model, seed: int) -> Iterator[Model]:
    """A model as it is, then with its output's layer random, then with the layer before as well."""
    state = model.state()
    yield model
    for layer in model.unlearnt(seed):
        state = state | layer
        yield type(model)(model.direction, state).requires_grad_(False)
