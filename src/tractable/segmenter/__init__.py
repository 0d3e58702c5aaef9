"""The network that finds tissue in a frame, and its release.

It has never seen a recorded head: it learns from shapes of the simulator, drawn as heads and
rendered under every condition a scanner may have. See ``stages/segmenter`` for how it is made.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from tractable.segmenter.network import TISSUES, TissueNet, folded, joined, listened
from tractable.segmenter.preparation import Grid, grid_over, prepared
from tractable.segmenter.release import WEIGHTS, opened

__all__ = ["TISSUES", "Grid", "grid_over", "released", "tissue_shares"]

CHUNK = 64  #: frames at a time: memory does not grow with the length of a clip
HEARD = 64  #: frames of a clip, evenly spaced, that the network listens to


@cache
def released() -> TissueNet:
    """The network as released with this package."""
    return opened(Path(__file__).parent / "released" / WEIGHTS)


@torch.inference_mode()
def tissue_shares(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    clip_share: float,
    neighbour_share: float,
    network: TissueNet | None = None,
) -> Iterator[Float[Tensor, "frame tissue row column"]]:
    """Share of each tissue in every pixel of the network's grid, some frames at a time.

    Parameters
    ----------
    frames : of one clip, grey.
    spacing : side of their pixels [m].
    clip_share : part of the network's statistics that is taken from this clip, 0 to 1.
    neighbour_share : weight of the frame before and of the frame after, 0 to 1/3.
    """
    heard = np.unique(np.linspace(0, len(frames) - 1, HEARD).round().astype(int))
    image = prepared(tensor(frames[heard]), spacing)
    ready = folded(listened(network or released(), image, clip_share))
    for first in range(0, len(frames), CHUNK):
        last = min(first + CHUNK, len(frames))
        index = np.clip(np.arange(first - 1, last + 1), 0, len(frames) - 1)
        image = prepared(tensor(frames[index]), spacing)
        share = joined(ready(image.contiguous(memory_format=torch.channels_last)).softmax(1))
        yield (1 - 2 * neighbour_share) * share[1:-1] + neighbour_share * (share[:-2] + share[2:])


def tensor(frames: Shaped[np.ndarray, "time y x"]) -> Float[Tensor, "time y x"]:
    return torch.from_numpy(np.ascontiguousarray(frames, dtype="float32"))
