"""The network: a small U-Net that works at half resolution and answers at full.

Ronneberger, Fischer & Brox (2015), arXiv 1505.04597; the folding of 2 x 2 pixels into channels
before, and their unfolding after, is what makes it cheap.
"""

from collections.abc import Iterator
from copy import deepcopy

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

TISSUES = ("outside", "airway", "lower", "upper", "wall", "rest")  #: codes 0-5 of a tissue map
#: What the network tells apart, and the tissue that each is part of.
PARTS = {
    "outside": "outside",
    "airway": "airway",
    "lower lip": "lower",
    "tongue": "lower",
    "epiglottis": "lower",
    "larynx": "lower",
    "upper lip": "upper",
    "palate": "upper",
    "velum": "upper",
    "wall": "wall",
    "rest": "rest",
}
WIDTHS = (20, 40, 72, 96)  #: channels at a half, a quarter, an eighth, a sixteenth resolution


class Norm(nn.BatchNorm2d):
    """Normalisation by statistics of training, mixed with those of the clip at hand.

    A scanner or a head unlike those of training shifts the statistics of every layer; a clip can
    be listened to, without any label, and takes its share.
    """

    clip_share: float | None = None  # None: do not listen

    def forward(self, input: Tensor) -> Tensor:
        if self.clip_share is not None and self.running_mean is not None:
            pixel = (
                input.movedim(1, -1).flatten(0, -2).float()
            )  # as they lie in memory: twice as fast
            mean = pixel.mean(0)
            self.running_mean.lerp_(mean, self.clip_share)
            assert self.running_var is not None
            self.running_var.lerp_((pixel - mean).square().mean(0), self.clip_share)
        return super().forward(input)


class Block(nn.Module):
    """Two convolutions, each normalised and rectified."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm = Norm(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = Norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(x)))


class TissueNet(nn.Module):
    """Two channels in, the logits of ``PARTS`` out, on the same grid."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        inputs = (8, *widths[:-1])
        self.down = nn.ModuleList(Block(i, o) for i, o in zip(inputs, widths, strict=True))
        deeper, level = widths[:0:-1], widths[-2::-1]
        self.up = nn.ModuleList(Block(i + o, o) for i, o in zip(deeper, level, strict=True))
        self.head = nn.Conv2d(widths[0], 4 * len(PARTS), 1)

    def forward(
        self, image: Float[Tensor, "frame channel row column"]
    ) -> Float[Tensor, "frame part row column"]:
        x = functional.pixel_unshuffle(image, 2)
        passed = []
        for k, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if k else x)
            passed.append(x)
        for block, beside in zip(self.up, passed[-2::-1], strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0), beside], 1))
        return functional.pixel_shuffle(self.head(x), 2)


def joined(
    parts: Float[Tensor, "frame part row column"],
) -> Float[Tensor, "frame tissue row column"]:
    """Shares of tissues from shares of their parts."""
    of = [TISSUES.index(tissue) for tissue in PARTS.values()]
    tissues = parts.new_zeros(len(parts), len(TISSUES), *parts.shape[2:])
    return tissues.index_add_(1, torch.tensor(of, device=parts.device), parts)


def listened(
    network: TissueNet, image: Float[Tensor, "frame channel row column"], clip_share: float
) -> TissueNet:
    """A copy whose statistics are, for ``clip_share`` of them, those of the frames given."""
    network = deepcopy(network).eval().to(memory_format=torch.channels_last)
    for norm in norms(network):
        norm.clip_share = clip_share
    with torch.no_grad():
        network(image.contiguous(memory_format=torch.channels_last))
    for norm in norms(network):
        norm.clip_share = None
    return network


def norms(network: nn.Module) -> Iterator[Norm]:
    return (module for module in network.modules() if isinstance(module, Norm))


def folded(network: TissueNet) -> TissueNet:
    """The same function with every normalisation folded into the convolution before it."""
    network = deepcopy(network).eval()
    for block in network.modules():
        if isinstance(block, Block):
            block.first = fuse_conv_bn_eval(block.first, block.first_norm)
            block.second = fuse_conv_bn_eval(block.second, block.second_norm)
            block.first_norm, block.second_norm = nn.Identity(), nn.Identity()  # type: ignore
    return network.to(memory_format=torch.channels_last)


def fastest() -> torch.autocast:
    """Convolutions in bfloat16, where this processor computes in it."""
    return torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16())


def has_bfloat16() -> bool:
    """Whether this processor computes in bfloat16 itself; imitated, it is four times slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
