"""Physics of the rendered scanner, with the conditions chosen so that the answer is known."""

import pytest
import torch

from tractable.segmenter.preparation import GRID
from tractable.segmenter.renderer import SIDE, Conditions, kspace, rendered, scanned, seen

PERFECT = Conditions(
    turn=0.0,
    size=(1.0, 1.0),
    stretch=0.0,
    shift=0.0,
    bend=0.0,
    bend_points=4,
    texture=(0.0, 0.0),
    grain=(0.005, 0.005),
    dephasing=(0.0, 0.0),
    depth=(1e-3, 1e-3),
    reach=(1e3, 1e3),
    pixel=(GRID, GRID),
    band=(1.0, 1.0),
    taper=(0.0, 0.0),
    noise=(1e-6, 1e-6),
    contrast=(1.0, 1.0),
    masked=0.0,
    mask=(1.0, 1.0),
)
PIXEL = 0.75e-3
PART = torch.tensor([0, 3])


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def half(edge: float) -> torch.Tensor:
    """A map of material 1 from ``edge`` [m] right of the middle to the right, 0 to the left."""
    place = (torch.arange(340) - 0.5 * 339) * PIXEL
    return (place > edge).to(torch.uint8).expand(1, 340, 340).contiguous()


def test_shares_say_where_the_edge_lies(generator):
    """The share of tissue in a row, times the pixel, is the width of the tissue."""
    bright = torch.tensor([[0.0, 1.0]])
    _, share = rendered(half(0.0105), PIXEL, bright, PART, generator, PERFECT)
    assert torch.allclose(share.sum(1), torch.ones(1, SIDE, SIDE))
    width = float(share[0, 3, 40].sum()) * GRID
    assert width == pytest.approx(0.5 * SIDE * GRID - 0.0105, abs=0.5 * PIXEL)


def test_a_perfect_scanner_shows_the_edge_at_half_brightness(generator):
    bright = torch.tensor([[0.0, 1.0]])
    image, share = rendered(half(0.0), PIXEL, bright, PART, generator, PERFECT)
    edge = SIDE // 2
    assert image[0, 20:-20, edge - 8 : edge - 2].abs().max() < 0.15  # ringing, no more
    assert (image[0, 20:-20, edge + 2 : edge + 8] - 1).abs().max() < 0.15
    assert share[0, 3, 50, edge] == 1 - share[0, 3, 50, edge - 1] == 1


def test_tissue_is_dim_beside_air(generator):
    """All that dephases is lost right at the edge, nothing deep inside; shares stay."""
    bright = torch.tensor([[0.0, 1.0]])
    uneven = PERFECT._replace(dephasing=(0.8, 0.8), depth=(4 * GRID, 4 * GRID))
    image, share = rendered(half(0.0), PIXEL, bright, PART, generator, uneven)
    profile = image[0, 40] / image[0, 40].max()
    deep = torch.erfc((torch.arange(SIDE // 2) + 0.5) / (4 * 2**0.5))  # of air, twice its share
    assert torch.allclose(profile[SIDE // 2 + 2 : -8], (1 - 0.8 * deep)[2:-8], atol=0.06)
    assert share[0, 3, 50, SIDE // 2] == 1


def test_masked_images_are_black_outside(generator):
    bright = torch.tensor([[0.5, 0.5]])
    round_or_square = PERFECT._replace(masked=1.0, mask=(0.5, 0.5))
    images, shares = rendered(
        half(0.0).expand(20, -1, -1), PIXEL, bright.expand(20, -1), PART, generator, round_or_square
    )
    extent = (images > 0).sum((1, 2)) / SIDE**2
    assert set(extent.mul(100).round().int().tolist()) == {20, 25}  # pi / 16, 1 / 4
    assert torch.equal(shares[0, 3], shares[1, 3])


def test_turned_heads_turn(generator):
    """A quarter turn makes the right half the upper or the lower one."""
    quarter = PERFECT._replace(turn=torch.pi / 2)
    turned = [
        float(seen(half(0.0), PIXEL, generator, quarter).place[0, 0, 0, 0]) for _ in range(40)
    ]
    assert max(turned) - min(turned) > GRID * SIDE / 2


def test_larger_heads_are_larger(generator):
    bright = torch.tensor([[0.0, 1.0]])
    _, share = rendered(
        half(0.02), PIXEL, bright, PART, generator, PERFECT._replace(size=(1.5, 1.5))
    )
    width = float(share[0, 3, 40].sum()) * GRID
    assert width == pytest.approx(0.5 * SIDE * GRID - 0.03, abs=PIXEL)


def test_kspace_keeps_what_is_constant_and_cuts_what_is_fine(generator):
    band = kspace(1, SIDE, generator, PERFECT._replace(band=(0.5, 0.5))).pixels[0]
    place = (torch.arange(SIDE) + 0.5) / SIDE
    assert torch.allclose(band.sum(1), torch.ones(SIDE), atol=1e-4)
    coarse, fine = (torch.cos(2 * torch.pi * k * place) for k in (20, 30))
    assert torch.allclose(band @ coarse, coarse, atol=1e-3)
    assert (band @ fine).abs().max() < 1e-3


def test_air_has_the_mean_of_a_rayleigh_distribution(generator):
    """The magnitude of two channels of noise: sd times the root of pi / 2."""
    signal = torch.zeros(4, 2 * SIDE, 2 * SIDE)
    signal[:, SIDE:] = 1
    image = scanned(signal, generator, PERFECT._replace(noise=(0.05, 0.05)))
    air = image[:, 10 : SIDE // 2 - 10]
    assert float(air.mean()) == pytest.approx(0.05 * (torch.pi / 2) ** 0.5, rel=0.05)


def test_the_same_seed_gives_the_same_image():
    free = PERFECT._replace(turn=0.3, bend=0.002, noise=(0.01, 0.1), pixel=(1.4e-3, 3e-3))
    bright = torch.tensor([[0.0, 1.0]])
    one, again = (
        rendered(half(0.0), PIXEL, bright, PART, torch.Generator().manual_seed(5), free)[0]
        for _ in range(2)
    )
    assert torch.equal(one, again)
