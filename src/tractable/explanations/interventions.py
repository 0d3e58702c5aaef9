"""What a formant does when one region of the tract is made wider or narrower."""

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.explanations.jacobian import Hearing


def region_shares(regions: int, places: int) -> Float[Tensor, "region place"]:
    """Share of each place that lies in each of ``regions`` equal parts of the tract."""
    region = torch.arange(regions, dtype=torch.float64)[:, None] / regions
    place = torch.arange(places, dtype=torch.float64) / places
    upper = torch.minimum(region + 1 / regions, place + 1 / places)
    return (upper - torch.maximum(region, place)).clamp(min=0.0) * places


def moved(
    shape: Float[Tensor, "frame feature"], step: float, *, regions: int, floor: float
) -> Float[Tensor, "region frame feature"]:
    """The shapes with one region after the other wider by ``step`` [m].

    No distance comes nearer to closure than ``floor`` [m]; one that was nearer already stays.
    """
    distance = shape[:, :-1].exp()
    wider = distance + step * region_shares(regions, distance.shape[1])[:, None]
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
