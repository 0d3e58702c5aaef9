"""Training: the network learns tissues from rendered heads, and is scored on heads left out."""

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Integer, UInt8
from rich.progress import track as progress
from torch import Tensor, nn
from torch.nn import functional

from tractable.segmenter.heads import (
    MAP,
    PALATE_BONE,
    PART,
    Material,
    Variety,
    empty_map,
    maps,
)
from tractable.segmenter.network import TISSUES, TissueNet, fastest, joined, norms
from tractable.segmenter.preparation import channels
from tractable.segmenter.renderer import Conditions, Range, rendered, uniform

Batch = tuple[Tensor, Tensor]  # channels seen, shares of tissues


class Recipe(NamedTuple):
    """How the network is trained."""

    steps: int
    batch: int
    learning_rate: float  # its highest, reached after a twentieth of the steps
    weight_decay: float
    near_interfaces: float  # weight of pixels at an interface, over 1 elsewhere
    memory: float  # of the averaged weights, from one step to the next
    seed: int


def train(
    atlas: xr.Dataset,
    *,
    held_out: int,
    empty: float,
    recipe: dict,
    variety: dict,
    conditions: dict,
    brightness: dict[str, Range],
    device: str = "cpu",
) -> tuple[TissueNet, dict[str, float]]:
    """The network, and the Dice of each tissue on rendered heads of anatomies left out.

    Parameters
    ----------
    atlas : shapes (contract ATLAS).
    held_out : number of anatomies, the last ones, that are not learnt from.
    empty : share of maps without a head in it.
    recipe, variety, conditions : see ``Recipe``, ``heads.Variety``, ``renderer.Conditions``.
    brightness : range of each material's brightness; "tissue" for those not named.
    device : that renders and learns; another one gives other last bits.
    """
    how, scanner = Recipe(**recipe), Conditions(**conditions)
    random = np.random.default_rng(how.seed)
    drawn = torch.from_numpy(
        np.stack(
            list(
                progress(
                    maps(atlas, Variety(**variety), random), "heads", total=atlas.sizes["shape"]
                )
            )
        )
    )
    seen = torch.from_numpy(atlas.anatomy_of.values < atlas.sizes["anatomy"] - held_out)
    blank = [empty_map(random) for _ in range(round(empty * int(seen.sum())))]
    learnt = torch.cat([drawn[seen], torch.from_numpy(np.array(blank, "uint8"))])
    examples = batches(learnt, brightness, scanner, how.batch, seeded(how.seed + 1, device))
    course = trained(examples, how, untaught(how.seed).to(device))
    *_, (_, network) = progress(course, "training", total=how.steps)
    network = settled(network, examples, 32)
    exam = batches(drawn[~seen], brightness, scanner, how.batch, seeded(how.seed + 2, device))
    dice = overlap(network, exam, 32).tolist()
    return network.cpu(), dict(zip(TISSUES, dice, strict=True))


def seeded(seed: int, device: str = "cpu") -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)


def batches(
    maps: UInt8[Tensor, "head down across"],
    brightness: dict[str, Range],
    conditions: Conditions,
    size: int,
    generator: torch.Generator,
) -> Iterator[Batch]:
    """Endless rendered examples, where the generator lives."""
    here = generator.device
    maps, part = maps.to(here), torch.from_numpy(PART).to(here)
    ranges = torch.tensor(np.array(brightness_ranges(brightness)), device=here).float()
    while True:
        chosen = torch.randint(len(maps), (size,), generator=generator, device=here)
        share = uniform(generator, size, len(ranges))
        bright = ranges[:, 0] + (ranges[:, 1] - ranges[:, 0]) * share
        image, target = rendered(maps[chosen], MAP.spacing, bright, part, generator, conditions)
        yield channels(image), target


def brightness_ranges(brightness: dict[str, Range]) -> list[Range]:
    """Range of every material's brightness, by code; "tissue" stands for those not named."""
    names = [material.name.lower() for material in Material] + ["cleft", "palate_bone"]
    assert names[PALATE_BONE] == "palate_bone"
    return [brightness.get(name, brightness["tissue"]) for name in names]


def loss(
    logits: Float[Tensor, "image part row column"],
    share: Float[Tensor, "image part row column"],
    near_interfaces: float,
) -> Float[Tensor, ""]:
    """Cross-entropy with the share of each part in a pixel, heavier where tissues meet."""
    around = functional.avg_pool2d(joined(share), 5, stride=1, padding=2, count_include_pad=False)
    weight = 1 + 2 * (near_interfaces - 1) * (1 - around.amax(1))
    surprise = -(share * functional.log_softmax(logits, 1)).sum(1)
    return (weight * surprise).sum() / weight.sum()


def untaught(seed: int) -> TissueNet:
    """A network that knows nothing yet."""
    torch.manual_seed(seed)
    return TissueNet()


def trained(
    examples: Iterator[Batch], recipe: Recipe, start: TissueNet
) -> Iterator[tuple[float, TissueNet]]:
    """Loss and averaged network after every step; the last network is what was sought.

    Parameters
    ----------
    start : what to begin with, left as it is, where the examples are.
    """
    network = deepcopy(start).to(memory_format=torch.channels_last).train()
    averaged = deepcopy(network)
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, recipe.steps, pct_start=0.05
    )
    for step in range(recipe.steps):
        image, share = next(examples)
        with fastest():
            logits = network(image.contiguous(memory_format=torch.channels_last))
        price = loss(logits.float(), share, recipe.near_interfaces)
        optimiser.zero_grad()
        price.backward()
        optimiser.step()
        schedule.step()
        average(averaged, network, min(recipe.memory, step / (step + 10)))
        yield float(price.detach()), averaged


@torch.no_grad()
def average(averaged: TissueNet, network: TissueNet, memory: float) -> None:
    for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(now, 1 - memory)


@torch.no_grad()
def settled(network: TissueNet, examples: Iterator[Batch], count: int) -> TissueNet:
    """A copy whose normalisation holds the averaged weights' own statistics."""
    network = deepcopy(network).train()
    for norm in norms(network):
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    for _ in range(count):
        network(next(examples)[0])
    return network.eval()


@torch.no_grad()
def overlap(network: nn.Module, examples: Iterator[Batch], count: int) -> Float[Tensor, " tissue"]:
    """Dice of each tissue on ``count`` batches."""
    counted = []
    for _ in range(count):
        image, share = next(examples)
        found, true = hard(joined(network(image).softmax(1))), hard(joined(share))
        counted.append(torch.stack([found & true, found, true]).sum((1, 3, 4)))
    both, in_found, in_true = torch.stack(counted).sum(0)
    return 2 * both / (in_found + in_true)


def hard(
    score: Float[Tensor, "image tissue row column"],
) -> Integer[Tensor, "image tissue row column"]:
    return functional.one_hot(score.argmax(1), score.shape[1]).permute(0, 3, 1, 2)
