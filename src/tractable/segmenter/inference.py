"""The network at work: made ready for a clip, and asked about its frames."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from tractable.imaging.pictures import Reel
from tractable.segmenter.network import PARTS, TISSUES, TissueNet, fastest, folded, joined, listened
from tractable.segmenter.preparation import Grid, grid_over, prepared
from tractable.segmenter.release import WEIGHTS, opened

__all__ = [
    "HEARD",
    "PARTS",
    "TISSUES",
    "Grid",
    "evenly",
    "grid_over",
    "heard",
    "joined",
    "network_in",
    "part_shares",
]

HEARD = 64  #: frames of a clip, evenly spaced, that the network listens to


def network_in(folder: Path) -> TissueNet:
    """The network of a folder, that of ``RELEASED`` or one that a site adapted.

    Raises
    ------
    BadInput : no weights there, or of another network.
    """
    return opened(folder / WEIGHTS)


@torch.inference_mode()
def heard(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    clip_share: float,
    network: TissueNet,
) -> TissueNet:
    """A network made ready for one clip.

    Parameters
    ----------
    frames : of the clip, grey.
    spacing : side of their pixels [m].
    clip_share : part of the network's statistics that is taken from this clip, 0 to 1.
    """
    with fastest():
        image = prepared(tensor(evenly(frames, HEARD)), spacing)
        return folded(listened(network, image, clip_share))


def evenly(
    frames: Shaped[np.ndarray | Reel, "time ..."], count: int
) -> Shaped[np.ndarray, "_time ..."]:
    """At most ``count`` frames, evenly spread over a clip, or of what else there is one a frame."""
    return frames[np.unique(np.linspace(0, len(frames) - 1, count).round().astype(int))]


@torch.inference_mode()
def part_shares(
    network: TissueNet, frames: Shaped[np.ndarray, "time y x"], spacing: float
) -> Float[np.ndarray, "time part row column"]:
    """Share of each of ``PARTS`` in every pixel of the network's grid, by a network that ``heard``.

    Parameters
    ----------
    frames : as many as memory holds, grey.
    spacing : side of their pixels [m].
    """
    image = prepared(tensor(frames), spacing)
    with fastest():
        logits = network(image.contiguous(memory_format=torch.channels_last))
    return logits.contiguous().float().softmax(1).numpy()


def tensor(frames: Shaped[np.ndarray, "time y x"]) -> Float[Tensor, "time y x"]:
    return torch.from_numpy(np.ascontiguousarray(frames, dtype="float32"))
