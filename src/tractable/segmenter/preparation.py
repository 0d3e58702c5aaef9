"""Any frame on the network's own grid: one pixel size, one brightness, and local contrast beside.

Every blur and every resampling is a small matrix from the left and one from the right, which on a
processor is several times faster than a convolution of a single channel.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

GRID = 2.1e-3  #: pixel side on which the network works [m]
MULTIPLE = 16  #: its grid has a multiple of so many pixels each way, for it halves them four times
BRIGHT = 0.98  #: the quantile of a frame that is called 1
WINDOW = 9e-3  #: sd of the neighbourhood that local contrast is taken against [m]
FLOOR = 0.05  #: contrast of a neighbourhood that counts as noise


class Grid(NamedTuple):
    """Where the network's pixels lie, in metres from the centre of a frame's first pixel."""

    start: float
    count: int  # type: ignore[assignment]  # a tuple's own method gives way

    def centres(self) -> Float[Tensor, " pixel"]:
        return self.start + GRID * torch.arange(self.count, dtype=torch.float64)


def grid_over(count: int, spacing: float) -> Grid:
    """The grid that shares its centre with ``count`` pixels of side ``spacing`` [m]."""
    needed = count * spacing / GRID
    pixels = MULTIPLE * max(1, int(-(-(needed - 0.5) // MULTIPLE)))
    return Grid(0.5 * (count - 1) * spacing - 0.5 * (pixels - 1) * GRID, pixels)


def interpolation(
    count: int, at: Float[Tensor, " point"], *, sharpness: float = -0.5
) -> Float[Tensor, "point count"]:
    """Matrix that reads ``count`` samples at fractional indices, the ends going on as they are.

    Cubic convolution (Keys 1981, doi:10.1109/TASSP.1981.1163711).
    """
    at = at.clamp(0, count - 1)
    matrix = torch.zeros(len(at), count, dtype=torch.float64)
    for step in (-1, 0, 1, 2):
        index = at.floor() + step
        away = (at - index).abs()
        near = ((sharpness + 2) * away - (sharpness + 3)) * away**2 + 1
        far = sharpness * (((away - 5) * away + 8) * away - 4)
        weight = torch.where(away <= 1, near, torch.where(away < 2, far, 0.0))
        matrix.scatter_add_(1, index.clamp(0, count - 1).long()[:, None], weight[:, None])
    return matrix.float()


def smoothing(count: int, width: Float[Tensor, "*mean"]) -> Float[Tensor, "*mean count count"]:
    """Matrices of Gaussian means with sd ``width`` [samples]; they never look beyond the ends."""
    place = torch.arange(count, dtype=torch.float64, device=width.device)
    weight = torch.exp(-0.5 * ((place[:, None] - place) / width[..., None, None]) ** 2)
    return (weight / weight.sum(-1, keepdim=True)).float()


def prepared(
    frames: Float[Tensor, "frame y x"], spacing: float
) -> Float[Tensor, "frame channel row column"]:
    """Root of the normalised frame and its local contrast, on the network's grid."""
    return channels(on_grid(frames, spacing))


def on_grid(
    frames: Float[Tensor, "frame y x"], spacing: float
) -> Float[Tensor, "frame row column"]:
    """Frames in the pixels of the grid over them."""
    rows, columns = (onto_grid(count, spacing) for count in frames.shape[1:])
    return rows @ frames @ columns.T


@lru_cache(16)
def onto_grid(count: int, spacing: float) -> Float[Tensor, "point count"]:
    """Matrix from ``count`` pixels of side ``spacing`` [m] to the grid over them."""
    return interpolation(count, grid_over(count, spacing).centres() / spacing)


@lru_cache(16)
def neighbourhood(count: int, device: torch.device) -> Float[Tensor, "count count"]:
    """Matrix of the mean that local contrast is taken against."""
    return smoothing(count, torch.tensor(WINDOW / GRID, dtype=torch.float64)).to(device)


def channels(
    image: Float[Tensor, "frame row column"],
) -> Float[Tensor, "frame channel row column"]:
    """The two channels that the network sees."""
    root = (image / bright(image)[:, None, None]).clamp(0, 1.5).sqrt()
    rows, columns = (neighbourhood(count, image.device) for count in image.shape[1:])
    mean = rows @ root @ columns.T
    spread = (rows @ (root - mean).square() @ columns.T).clamp_min(0).sqrt()
    return torch.stack([2 * root - 1, (root - mean) / (spread + FLOOR)], 1)


def bright(image: Float[Tensor, "frame row column"]) -> Float[Tensor, " frame"]:
    """The brightness that is called 1: a high quantile of means over 2 x 2 pixels."""
    pooled = torch.nn.functional.avg_pool2d(image[:, None], 2).flatten(1)
    return pooled.kthvalue(max(1, round(BRIGHT * pooled.shape[1])), dim=1).values.clamp_min(1e-6)
