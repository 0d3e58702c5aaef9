"""What a formant does when one region of the tract is made wider or narrower, or half returns."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.hearing import Hearing
from tractable.regions import region_shares


def moved(
    shape: Float[Tensor, "frame feature"], step: float, *, regions: int, floor: float
) -> Float[Tensor, "region frame feature"]:
    """The shapes with one region after the other wider by ``step`` [m].

    No distance comes nearer to closure than ``floor`` [m]; one that was nearer already stays.

    Parameters
    ----------
    shape : ln d (place) [ln m], glottis first, and ln L [ln m].
    regions : equal parts of the tract.
    """
    distance = shape[:, :-1].exp()
    shares = torch.from_numpy(region_shares(regions, distance.shape[1]))
    wider = distance + step * shares[:, None]
    wider = torch.maximum(wider, distance.clamp(max=floor))
    log_length = shape[:, -1:].expand(regions, -1, -1)
    return torch.cat([wider.log(), log_length], 2)


def effect(
    hear: Hearing, shape: Float[Tensor, "frame feature"], step: float, *, regions: int, floor: float
) -> Float[Tensor, "frame formant region"]:
    """Change of ln F when a region is made wider (narrower: a negative step [m])."""
    before = hear(shape)
    after = hear(moved(shape, step, regions=regions, floor=floor).flatten(0, 1))
    return (after.unflatten(0, (regions, -1)) - before).permute(1, 2, 0)


def halves(sets: int, regions: int, places: int, *, seed: int) -> Float[np.ndarray, "set place"]:
    """Random halves of the tract, made of whole regions: the share of each place that is in them.

    Parameters
    ----------
    sets : how many halves; each is of half the ``regions``, one less if their number is odd.
    """
    random = np.random.default_rng(seed)
    chosen = np.stack([random.permutation(regions) < regions // 2 for _ in range(sets)])
    return chosen.astype(float) @ region_shares(regions, places)


def return_effect(
    hear: Hearing,
    shape: Float[Tensor, "frame feature"],
    neutral: Float[Tensor, " feature"],
    returned: Float[Tensor, "set place"],
) -> Float[Tensor, "frame formant set"]:
    """Change of ln F when some places return to the neutral shape; length stays as it is.

    Parameters
    ----------
    returned : share of each place's way back, in ln d.
    """
    away = shape[:, :-1] - neutral[:-1]
    back = shape[:, :-1] - returned[:, None] * away
    log_length = shape[:, -1:].expand(len(returned), -1, -1)
    after = hear(torch.cat([back, log_length], 2).flatten(0, 1))
    return (after.unflatten(0, (len(returned), -1)) - hear(shape)).permute(1, 2, 0)
