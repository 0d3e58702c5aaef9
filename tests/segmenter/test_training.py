"""Learning, on a problem small enough to see through."""

from itertools import repeat

import numpy as np
import pytest
import torch
from torch import nn

from tractable.atlas import build
from tractable.segmenter.heads import empty_map
from tractable.segmenter.network import PARTS, TissueNet, norms
from tractable.segmenter.renderer import Conditions
from tractable.segmenter.training import (
    Recipe,
    average,
    batches,
    brightness_ranges,
    loss,
    overlap,
    seeded,
    settled,
    train,
    trained,
    untaught,
)

from .recipe import PARAMETERS

TONGUE = list(PARTS).index("tongue")
RECIPE = Recipe(
    steps=40,
    batch=4,
    learning_rate=1e-2,
    weight_decay=0.0,
    near_interfaces=6.0,
    memory=0.5,
    seed=0,
)


@pytest.fixture(scope="module")
def stripes():
    """Tongue where the image is bright, air where it is dark."""
    bright = (torch.arange(32) // 8 % 2).expand(2, 32, 32).float()
    share = torch.zeros(2, len(PARTS), 32, 32)
    share[:, TONGUE], share[:, 0] = bright, 1 - bright
    return torch.stack([bright, bright], 1) - 0.5, share


def test_it_learns_what_is_bright(stripes):
    prices, networks = zip(*trained(repeat(stripes), RECIPE, untaught(0)), strict=True)
    assert prices[-1] < 0.3 * prices[0]
    network = networks[-1]
    dice = overlap(settled(network, repeat(stripes), 3), repeat(stripes), 1)
    assert dice[[0, 2]].min() > 0.95


def test_training_twice_gives_the_same_weights(stripes):
    short = RECIPE._replace(steps=3)
    (*_, (_, one)), (*_, (_, again)) = (
        list(trained(repeat(stripes), short, untaught(0))) for _ in range(2)
    )
    assert all(map(torch.equal, one.state_dict().values(), again.state_dict().values()))


def test_the_loss_is_least_at_the_true_shares():
    share = torch.zeros(1, len(PARTS), 8, 8)
    share[:, 0], share[:, 1] = 0.7, 0.3
    true = (share + 1e-9).log()
    entropy = -(0.7 * torch.tensor(0.7).log() + 0.3 * torch.tensor(0.3).log())
    assert torch.isclose(loss(true, share, 6.0), entropy, atol=1e-4)
    assert loss(true + 0.1 * share.gt(0.5), share, 6.0) > entropy


def test_a_mistake_at_an_interface_costs_more(stripes):
    _, share = stripes
    right = 4.0 * share
    near, far = right.clone(), right.clone()
    near[:, :, 16, 8], far[:, :, 16, 4] = -right[:, :, 16, 8], -right[:, :, 16, 4]
    base = loss(right, share, 6.0)
    assert loss(near, share, 6.0) - base > 1.5 * (loss(far, share, 6.0) - base)
    assert torch.isclose(loss(near, share, 1.0), loss(far, share, 1.0))


def test_averages_remember(stripes):
    mean, now = TissueNet(), TissueNet()
    before = [parameter.clone() for parameter in mean.parameters()]
    average(mean, now, 0.75)
    expected = [0.75 * b + 0.25 * n for b, n in zip(before, now.parameters(), strict=True)]
    assert all(map(torch.allclose, mean.parameters(), expected))


def test_settling_takes_the_statistics_of_the_examples(stripes):
    network = settled(TissueNet(), repeat(stripes), 2)
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    answer = first(nn.functional.pixel_unshuffle(stripes[0], 2))
    assert torch.allclose(next(norms(network)).running_mean, answer.mean((0, 2, 3)), atol=1e-5)


def test_overlap_of_a_perfect_answer_is_one(stripes):
    class Perfect(nn.Module):
        def forward(self, image):
            return 100 * stripes[1]

    assert overlap(Perfect(), repeat(stripes), 2)[[0, 2]].tolist() == [1, 1]


def test_materials_not_named_are_tissue():
    ranges = brightness_ranges({"tissue": (0.3, 0.9), "palate_bone": (0.0, 0.1)})
    assert ranges[0] == (0.3, 0.9)
    assert ranges[-1] == (0.0, 0.1)


@pytest.mark.slow
def test_a_minute_of_the_release_recipe_finds_tongue_and_airway():
    """The short form of ``make segmenter``."""
    few = {"anatomies": 6, "shapes_per_anatomy": 40}
    atlas = build(**PARAMETERS["atlas"] | few)
    choices = PARAMETERS["segmenter"] | {"held_out": 1}
    choices["recipe"] = choices["recipe"] | {"steps": 250}
    _, dice = train(atlas, **choices)
    assert dice["lower"] > 0.9
    assert dice["airway"] > 0.75


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_renders_what_a_processor_renders_and_learns_the_same_twice():
    heads = torch.from_numpy(np.stack([empty_map(np.random.default_rng(k)) for k in range(4)]))
    recipe = RECIPE._replace(steps=3)
    choices = PARAMETERS["segmenter"]
    scanner = Conditions(**choices["conditions"])

    def examples(device):
        return batches(heads, choices["brightness"], scanner, 4, seeded(1, device))

    image, share = next(examples("cuda"))
    assert image.device.type == share.device.type == "cuda"
    assert torch.allclose(share.sum(1), torch.ones_like(share[:, 0]))
    courses = [list(trained(examples("cuda"), recipe, untaught(0).cuda())) for _ in range(2)]
    one, again = (course[-1][1].state_dict().values() for course in courses)
    assert all(map(torch.equal, one, again))
