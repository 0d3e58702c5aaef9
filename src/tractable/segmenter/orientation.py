"""Which way a head looks, seen in the frames themselves.

The network knows heads that face left. Of the two ways round it is surer of its tissues where the
head does; of what is no head seen from its side it is as sure either way.
"""

import numpy as np
import torch
from jaxtyping import Float, Shaped

from tractable.segmenter import evenly, heard, joined, part_shares
from tractable.segmenter.network import TissueNet

SEEN = 8  #: frames of a clip, evenly spread, that are looked at both ways round


def left_lead(
    frames: Shaped[np.ndarray, "time y x"],
    spacing: float,
    *,
    clip_share: float,
    network: TissueNet,
) -> float:
    """By how much the largest share of a pixel, on average, is larger as given than mirrored.

    Positive where the head faces left. On 19 clips of four speakers and stills of 75, its size was
    0.053 at least (0.038 on 198 single stills) and its sign never wrong; noise has 0.026 at most.
    """
    seen = evenly(frames, SEEN)
    ways = (seen, seen[..., ::-1])
    ready = (heard(way, spacing, clip_share=clip_share, network=network) for way in ways)
    given, turned = (sureness(part_shares(*of, spacing)) for of in zip(ready, ways, strict=True))
    return given - turned


def sureness(parts: Float[np.ndarray, "time part row column"]) -> float:
    """Mean over pixels of the share of the tissue that is most likely."""
    return float(joined(torch.from_numpy(parts)).amax(1).mean())
