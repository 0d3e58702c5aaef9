"""Images that no scanner made: maps of materials seen under every condition a scanner may have.

Only the geometry of a head is believed. Brightness of each material, coil, resolution, noise,
posture and size are drawn at random and wider than they are in life, so that what the network
learns is where tissues lie and not how one scanner shows them (domain randomisation: Tobin et al.
2017, arXiv 1703.06907; label maps to images of the head: Billot et al. 2023,
doi:10.1016/j.media.2023.102789).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Integer, UInt8
from torch import Tensor
from torch.nn import functional

from tractable.segmenter.network import PARTS
from tractable.segmenter.preparation import GRID, bright, interpolation, smoothing

SILENT = [list(PARTS).index(part) for part in ("outside", "airway")]  #: air, and the jaw's cleft
SIDE = 96  #: pixels of a training image each way
FINE = 2  #: of the rendered scene to one of those
SCENE = SIDE * FINE
WIDE = SIDE * GRID  # field of view [m]

Range = Sequence[float]  # lowest and highest


class Conditions(NamedTuple):
    """Ranges that scanner and posture are drawn from."""

    turn: float  # largest rotation [rad]
    size: Range  # of the head
    stretch: float  # sd of ln(width / height)
    shift: float  # largest displacement [m]
    bend: float  # sd of the elastic displacement [m]
    bend_points: int  # control points of it along a side
    texture: Range  # sd of the brightness within a material, as a share
    grain: Range  # extent of that texture [m]
    dephasing: Range  # share of the signal that tissue loses right at air
    depth: Range  # of that loss [m]
    reach: Range  # of the coil: distance over which the signal falls to 1/e [m]
    pixel: Range  # side of the scanner's pixel [m]
    band: Range  # share of k-space that was measured
    taper: Range  # 0 rings, 1 fades out to the edge of k-space
    noise: Range  # sd of each channel's noise over the bright tissue (drawn evenly in its ln)
    contrast: Range  # exponent of the displayed brightness
    masked: float  # share of images that are black beyond a circle or a rectangle
    mask: Range  # radius or half side of those, over half the side of the image


class Scene(NamedTuple):
    """Warped maps, finer than the image."""

    material: Integer[Tensor, "image row column"]
    place: Float[Tensor, "image row column axis"]  # in the head: x to the right, y down [m]


def uniform(generator: torch.Generator, *shape: int) -> Tensor:
    """Random numbers from 0 to 1, where their generator lives."""
    return torch.rand(shape, generator=generator, device=generator.device)


def normal(generator: torch.Generator, *shape: int) -> Tensor:
    """Random numbers around 0 with sd 1, where their generator lives."""
    return torch.randn(shape, generator=generator, device=generator.device)


def between(
    generator: torch.Generator, low_high: Range, count: int, *, even_in_log: bool = False
) -> Float[Tensor, " image"]:
    low, high = low_high
    share = uniform(generator, count)
    return low * (high / low) ** share if even_in_log else low + (high - low) * share


def rendered(
    maps: UInt8[Tensor, "image down across"],
    map_pixel: float,
    brightness: Float[Tensor, "image material"],
    part: Integer[Tensor, " material"],
    generator: torch.Generator,
    conditions: Conditions,
    *,
    shots: int = 1,
) -> tuple[Float[Tensor, "shot row column"], Float[Tensor, "image part row column"]]:
    """A batch of images on the network's grid, and the share of each part in their pixels.

    Parameters
    ----------
    shots : how often each is scanned, one shot after another, with noise drawn anew.
    """
    scene = seen(maps, map_pixel, generator, conditions)
    signal = brightness.gather(1, scene.material.flatten(1)).view(scene.material.shape)
    signal = signal * texture(len(maps), generator, conditions)
    signal = signal * shading(scene.place, generator, conditions)
    kind = part[scene.material]
    signal = signal * near_silence(
        torch.isin(kind, torch.tensor(SILENT, device=kind.device)), generator, conditions
    )
    shares = [functional.avg_pool2d((kind == k).float(), FINE) for k in range(len(PARTS))]
    image = scanned(signal.repeat_interleave(shots, 0), generator, conditions)
    left = masks(len(maps), generator, conditions).repeat_interleave(shots, 0)
    return image * left, torch.stack(shares, 1)


def seen(
    maps: UInt8[Tensor, "image down across"],
    map_pixel: float,
    generator: torch.Generator,
    conditions: Conditions,
) -> Scene:
    """Heads turned, scaled, stretched, shifted and bent."""
    count, side = len(maps), maps.shape[-1]
    centre = (torch.arange(SCENE, device=generator.device) - 0.5 * (SCENE - 1)) * GRID / FINE
    grid = torch.stack(torch.meshgrid(centre, centre, indexing="xy"), -1)
    turn = between(generator, (-conditions.turn, conditions.turn), count)
    stretch = 0.5 * conditions.stretch * normal(generator, count)
    size = between(generator, conditions.size, count)
    cos, sin = turn.cos(), turn.sin()
    rotation = torch.stack([cos, -sin, sin, cos], -1).view(-1, 2, 2)
    matrix = (
        rotation * torch.stack([stretch.exp(), (-stretch).exp()], -1)[:, None] / size[:, None, None]
    )
    shift = conditions.shift * (2 * uniform(generator, count, 1, 1, 2) - 1)
    place = torch.einsum("bij,rcj->brci", matrix, grid) + shift + bend(count, generator, conditions)
    index = (place / map_pixel + 0.5 * (side - 1)).round().long().clamp(0, side - 1)
    flat = (index[..., 1] * side + index[..., 0]).flatten(1)
    return Scene(maps.flatten(1).gather(1, flat).view(count, SCENE, SCENE).long(), place)


def bend(
    count: int, generator: torch.Generator, conditions: Conditions
) -> Float[Tensor, "image row column axis"]:
    """Smooth random displacements [m]."""
    points = conditions.bend_points
    force = conditions.bend * normal(generator, count, 2, points, points)
    smooth = functional.interpolate(force, size=(SCENE, SCENE), mode="bicubic", align_corners=True)
    return smooth.permute(0, 2, 3, 1)


def texture(
    count: int, generator: torch.Generator, conditions: Conditions
) -> Float[Tensor, "image row column"]:
    """Brightness that varies within a material, around 1."""
    coarse = SCENE // 4
    noise = normal(generator, count, coarse, coarse)
    widths = between(generator, conditions.grain, count, even_in_log=True) / (4 * GRID / FINE)
    blur = smoothing(coarse, widths)
    noise = blur @ noise @ blur.mT
    noise = noise / noise.std((1, 2), keepdim=True)
    strength = between(generator, conditions.texture, count)[:, None, None]
    fine = functional.interpolate((strength * noise)[:, None], scale_factor=4.0, mode="bilinear")
    return fine[:, 0].exp()


def near_silence(
    silent: Bool[Tensor, "image row column"], generator: torch.Generator, conditions: Conditions
) -> Float[Tensor, "image row column"]:
    """What air, and the teeth and bone of the cleft, leave of the signal of tissue beside them.

    The field is uneven there, and signal is lost (Lim et al. 2019, doi:10.1002/mrm.27373).
    """
    widths = between(generator, conditions.depth, len(silent), even_in_log=True) / (GRID / FINE)
    blur = smoothing(SCENE, widths)
    lost = between(generator, conditions.dephasing, len(silent))[:, None, None]
    return 1 - lost * (2 * blur @ silent.float() @ blur.mT).clamp(max=1)


def shading(
    place: Float[Tensor, "image row column axis"],
    generator: torch.Generator,
    conditions: Conditions,
) -> Float[Tensor, "image row column"]:
    """Sensitivity of a coil somewhere before the mouth."""
    count = len(place)
    middle, spread = torch.tensor([[-0.06, 0.01], [0.03, 0.04]], device=generator.device)
    coil = middle + spread * normal(generator, count, 1, 1, 2)
    reach = between(generator, conditions.reach, count, even_in_log=True)
    return torch.exp(-(place - coil).square().sum(-1).sqrt() / reach[:, None, None])


def scanned(
    signal: Float[Tensor, "image fine fine"],
    generator: torch.Generator,
    conditions: Conditions,
) -> Float[Tensor, "image row column"]:
    """The scene through k-space, coil noise and the magnitude, then on the network's grid."""
    count = len(signal)
    pixels = round(WIDE / float(between(generator, conditions.pixel, 1)))
    rows, columns = (kspace(count, pixels, generator, conditions) for _ in range(2))
    image = rows.scene @ signal @ columns.scene.mT
    level = bright(image)[:, None, None]
    noise = normal(generator, 2, count, pixels, pixels)
    noise = rows.pixels @ noise @ columns.pixels.mT
    sd = between(generator, conditions.noise, count, even_in_log=True)[:, None, None]
    noise = noise * sd / noise.std((0, 2, 3))[:, None, None]
    image = ((image / level + noise[0]).square() + noise[1].square()).sqrt()
    image = image ** between(generator, conditions.contrast, count)[:, None, None]
    at = (torch.arange(SIDE, dtype=torch.float64) + 0.5) * pixels / SIDE - 0.5
    resample = interpolation(pixels, at).to(generator.device)
    return resample @ image @ resample.T


def masks(
    count: int, generator: torch.Generator, conditions: Conditions
) -> Bool[Tensor, "image row column"]:
    """What a site leaves of an image: all of it, or no more than a circle or a rectangle."""
    place = 2 * (torch.arange(SIDE, device=generator.device) + 0.5) / SIDE - 1
    row, column = place[:, None].expand(SIDE, SIDE), place.expand(SIDE, SIDE)
    half = between(generator, conditions.mask, 2 * count).view(2, count, 1, 1)
    circle = (row.square() + column.square()).sqrt() <= half[0]
    rectangle = (row.abs() <= half[0]) & (column.abs() <= half[1])
    drawn, round_ = uniform(generator, 2, count, 1, 1)
    return (drawn >= conditions.masked) | torch.where(round_ < 0.5, circle, rectangle)


class Band(NamedTuple):
    """Matrices of what a measured band of k-space lets through, to the scanner's pixels."""

    scene: Float[Tensor, "image pixel fine"]
    pixels: Float[Tensor, "image pixel pixel"]


def kspace(count: int, pixels: int, generator: torch.Generator, conditions: Conditions) -> Band:
    """Truncation and tapering of k-space along one side of the image."""
    here = generator.device
    wave = torch.arange(pixels // 2 + 1, dtype=torch.float32, device=here)
    edge = between(generator, conditions.band, count)[:, None] * pixels / 2
    taper = between(generator, conditions.taper, count)[:, None]
    share = (wave / edge).clamp(max=1)
    passed = (1 - taper * torch.sin(0.5 * torch.pi * share).square()) * (wave <= edge)
    passed = passed * torch.where(wave == 0, 1.0, 2.0)
    pixel = (torch.arange(pixels, device=here) + 0.5) / pixels

    def response(samples: int) -> Tensor:
        sample = (torch.arange(samples, device=here) + 0.5) / samples
        phase = 2 * torch.pi * (pixel[:, None] - sample)
        return torch.einsum("bk,pqk->bpq", passed, torch.cos(phase[..., None] * wave)) / samples

    return Band(response(SCENE), response(pixels))
