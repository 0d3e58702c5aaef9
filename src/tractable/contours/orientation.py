"""Which way a head looks, seen in the frames themselves.

The network knows heads that face left. Of the two ways round it is surer of its tissues where the
head does; of what is no head seen from its side it is as sure either way.
"""

import numpy as np
from jaxtyping import Shaped

from tractable.segmenter import PARTS, TISSUES, heard, part_shares

SEEN = 8  #: frames of a clip, evenly spread, that are looked at both ways round


def left_lead(
    frames: Shaped[np.ndarray, "time y x"], spacing: float, *, clip_share: float
) -> float:
    """By how much the largest share of a pixel, on average, is larger as given than mirrored.

    Positive where the head faces left. On 24 phantom clips, 19 clips of four speakers and stills of
    75, its size was 0.045 at least (0.035 on single stills) and its sign never wrong; noise has
    0.020 at most, coronal, axial and symmetrical pictures below 0.01.
    """
    seen = frames[np.unique(np.linspace(0, len(frames) - 1, SEEN).round().astype(int))]
    given, turned = (sureness(way, spacing, clip_share) for way in (seen, seen[..., ::-1]))
    return given - turned


def sureness(frames: Shaped[np.ndarray, "time y x"], spacing: float, clip_share: float) -> float:
    """Mean over pixels of the share of the tissue that is most likely."""
    share = part_shares(heard(frames, spacing, clip_share=clip_share), frames, spacing)
    whole = [share[:, [of == tissue for of in PARTS.values()]].sum(1) for tissue in TISSUES]
    return float(np.max(whole, axis=0).mean())
