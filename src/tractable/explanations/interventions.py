"""What a formant does when one region of the tract is made wider or narrower."""

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
