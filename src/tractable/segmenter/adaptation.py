"""A network that adapts to a site, on frames that nobody labelled.

The network looks at every frame several times, turned, moved and in other sizes; what it says in
the mean, it then learns to say at one look at a frame made worse (Radosavovic et al. 2018, arXiv
1712.04440; Xie et al. 2020, arXiv 1911.04252).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Shaped
from rich.progress import track as progress
from torch import Tensor
from torch.nn import functional

from tractable.contracts import BadInput
from tractable.segmenter.inference import evenly, tensor
from tractable.segmenter.network import TissueNet, folded, listened
from tractable.segmenter.preparation import channels, on_grid
from tractable.segmenter.renderer import Range, between, normal, uniform
from tractable.segmenter.site import FRAMES, SEED, STEPS
from tractable.segmenter.training import Batch, Recipe, seeded, settled, trained


class Clip(NamedTuple):
    """Frames of one clip, grey, the head facing left."""

    frames: Shaped[np.ndarray, "time y x"]
    spacing: float  # m


class Looks(NamedTuple):
    """How a frame is looked at, and made worse."""

    many: int  # looks of the teacher at a frame, the first as it is
    turn: float  # largest rotation [rad]
    size: Range
    shift: float  # largest displacement [share of half the image]
    contrast: Range  # exponent of brightness
    shading: float  # sd of the slope of ln brightness over half the image
    noise: Range  # sd over the bright tissue (drawn evenly in its ln)


class Lesson(NamedTuple):
    """Frames of a clip on the network's grid and what they show in the mean of many looks."""

    image: Float[Tensor, "frame row column"]
    share: Float[Tensor, "frame part row column"]


#: What `python -m tractable.segmenter adapt` does.
COURSE = Recipe(
    steps=STEPS,
    batch=8,
    learning_rate=5e-4,
    weight_decay=1e-3,
    near_interfaces=6.0,
    memory=0.99,
    seed=SEED,
)
LOOKS = Looks(
    many=8,
    turn=0.1,
    size=(0.93, 1.07),
    shift=0.06,
    contrast=(0.7, 1.4),
    shading=0.2,
    noise=(0.005, 0.06),
)


def adapt(
    network: TissueNet,
    clips: Sequence[Clip],
    *,
    recipe: Recipe = COURSE,
    looks: Looks = LOOKS,
    frames: int = FRAMES,
    clip_share: float = 0.5,
) -> TissueNet:
    """The network after some lessons on the clips of a site.

    Parameters
    ----------
    network : to begin with; it teaches as well.
    recipe : of the training.
    frames : of all clips together that are learnt from.
    clip_share : part of the teacher's statistics that is taken from each clip, 0 to 1.

    Raises
    ------
    BadInput : no clip, or one without a frame.
    """
    if not clips or not all(len(clip.frames) for clip in clips):
        raise BadInput("nothing to adapt to: no clip, or one without a frame")
    generator = seeded(recipe.seed)
    shares = shared_out(frames, [len(clip.frames) for clip in clips])
    pairs = list(zip(clips, shares, strict=True))
    lessons = [
        lesson(network, clip, count, looks, generator, clip_share)
        for clip, count in progress(pairs, "looking")
    ]
    examples = worsened(lessons, recipe.batch, looks, generator)
    course = trained(examples, recipe, start=network)
    *_, (_, adapted) = progress(course, "learning", total=recipe.steps)
    return settled(adapted, examples, 32)


def shared_out(frames: int, lengths: Sequence[int]) -> list[int]:
    """So many frames of every clip that all together are ``frames``, in proportion, 1 at least."""
    total = sum(lengths)
    return [max(1, min(length, round(frames * length / total))) for length in lengths]


@torch.no_grad()
def lesson(
    network: TissueNet,
    clip: Clip,
    count: int,
    looks: Looks,
    generator: torch.Generator,
    clip_share: float,
) -> Lesson:
    """The mean of what is seen at several looks, every one brought back to where it belongs."""
    image = on_grid(tensor(evenly(clip.frames, count)), clip.spacing)
    teacher = folded(listened(network, channels(image), clip_share))
    total = teacher(channels(image)).softmax(1)
    for _ in range(looks.many - 1):
        there = views(len(image), looks, generator)
        seen = teacher(channels(moved(image[:, None], there)[:, 0])).softmax(1)
        total = total + moved(seen, inverse(there))
    return Lesson(image, total / total.sum(1, keepdim=True))


def worsened(
    lessons: Sequence[Lesson], batch: int, looks: Looks, generator: torch.Generator
) -> Iterator[Batch]:
    """Endless examples: frames of one clip, moved, in another contrast, with noise."""
    sizes = torch.tensor([float(len(lesson.image)) for lesson in lessons])
    while True:
        taught = lessons[int(torch.multinomial(sizes, 1, generator=generator))]
        chosen = torch.randint(len(taught.image), (batch,), generator=generator)
        there = views(batch, looks, generator)
        image = moved(taught.image[chosen][:, None], there)[:, 0].clamp_min(0)
        share = moved(taught.share[chosen], there)
        yield channels(worse(image, looks, generator)), share / share.sum(1, keepdim=True)


def worse(
    image: Float[Tensor, "image row column"], looks: Looks, generator: torch.Generator
) -> Float[Tensor, "image row column"]:
    """Another contrast, a slope of brightness, and the noise of two channels."""
    count, rows, columns = image.shape
    slope = looks.shading * normal(generator, 2, count, 1, 1)
    down = torch.linspace(-1, 1, rows)[:, None]
    across = torch.linspace(-1, 1, columns)
    image = image / image.amax((1, 2), keepdim=True).clamp_min(1e-6)
    image = image ** between(generator, looks.contrast, count)[:, None, None]
    image = image * torch.exp(slope[0] * down + slope[1] * across)
    noise = normal(generator, 2, count, rows, columns)
    sd = between(generator, looks.noise, count, even_in_log=True)[:, None, None]
    return ((image + sd * noise[0]).square() + (sd * noise[1]).square()).sqrt()


def views(count: int, looks: Looks, generator: torch.Generator) -> Float[Tensor, "image 2 3"]:
    """Affine maps from where a view looks to where that lies, in halves of the image."""
    turn = between(generator, (-looks.turn, looks.turn), count)
    size = between(generator, looks.size, count)
    shift = looks.shift * (2 * uniform(generator, count, 2, 1) - 1)
    matrix = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], -1).view(-1, 2, 2)
    return torch.cat([matrix / size[:, None, None], shift], 2)


def inverse(there: Float[Tensor, "image 2 3"]) -> Float[Tensor, "image 2 3"]:
    """The maps back."""
    back = torch.linalg.inv(there[:, :, :2])
    return torch.cat([back, -back @ there[:, :, 2:]], 2)


def moved(
    values: Float[Tensor, "image channel row column"], there: Float[Tensor, "image 2 3"]
) -> Float[Tensor, "image channel row column"]:
    """What lies where a view looks; at the edge the image goes on as it is."""
    grid = functional.affine_grid(there, list(values.shape), align_corners=False)
    return functional.grid_sample(
        values, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
