"""What the layers of networks hold, all speakers' explained frames laid end to end."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from tractable.scores.evidence import Evidence, on_frames

Array = np.ndarray
INPUT = "input"  # the shape itself stands before all layers


class Frames(NamedTuple):
    """The explained frames of all speakers."""

    speaker: Int[Array, " frame"]  # number of the speaker
    trains: Bool[Array, "fold frame"]
    fold: Int[Array, " frame"]  # that holds it out


class Layer(NamedTuple):
    """What one layer holds, in the network of every fold."""

    name: str
    network: str  # the model that it is a layer of; of the input none
    held: Float[Array, "fold frame unit"]  # NaN beyond its units

    def of_fold(self, fold: int) -> Float[Array, "frame unit"]:
        """In double precision; without units where the fold's network has no such layer."""
        held = self.held[fold].astype(float)
        return held[:, np.isfinite(held).all(0)]


def all_frames(evidences: Sequence[Evidence]) -> Frames:
    counts = [len(evidence.frames) for evidence in evidences]
    return Frames(
        np.repeat(np.arange(len(counts)), counts),
        np.concatenate([evidence.trains_frames.values for evidence in evidences], 1),
        np.concatenate([evidence.fold_of_frame.values for evidence in evidences]),
    )


def all_layers(evidences: Sequence[Evidence]) -> list[Layer]:
    """The input, then what every layer of every network holds; nothing where no network was asked.

    The input is what models are given of one frame: ln d, glottis first [ln m], and ln L [ln m].
    """
    answers = [evidence.answers for evidence in evidences]
    if not all("represented" in of for of in answers):
        return []
    names, networks = (answers[0][word].values.astype(str) for word in ("layer", "network"))
    held = np.concatenate([of.represented.values for of in answers], 2)
    shown = np.concatenate([shape(evidence) for evidence in evidences])
    layers = [Layer(INPUT, "", np.broadcast_to(shown, (len(held), *shown.shape)))]
    return layers + [
        Layer(str(name), str(network), held[:, k])
        for k, (name, network) in enumerate(zip(names, networks, strict=True))
    ]


def shape(evidence: Evidence) -> Float[Array, "frame feature"]:
    """ln d and ln L side by side."""
    log_distance = on_frames(evidence.log_distance, evidence.frames).values
    log_length = np.log(on_frames(evidence.tract_length, evidence.frames).values)
    return np.concatenate([log_distance, log_length[:, None]], 1)
