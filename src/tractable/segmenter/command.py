"""A network for a site: what `python -m tractable.segmenter adapt` does."""

from argparse import Namespace
from pathlib import Path

import torch

from tractable.contracts import BadInput
from tractable.imaging.film import read_film
from tractable.segmenter import RELEASED, network_in
from tractable.segmenter.adaptation import COURSE, Clip, adapt
from tractable.segmenter.orientation import left_lead
from tractable.segmenter.release import refuse_other, release_adapted


def main(options: Namespace) -> None:
    refuse_other(options.out)
    torch.set_num_threads(1)  # two give other bytes
    clips = [clip(path, options.pixel_spacing) for path in options.videos]
    recipe = COURSE._replace(steps=options.steps, seed=options.seed)
    adapted = adapt(network_in(RELEASED), clips, recipe=recipe, frames=options.frames)
    weights = release_adapted(
        adapted, RELEASED, options.out, recipe=recipe._asdict(), clips=len(clips)
    )
    print(
        f"segmenter: adapted to {len(clips)} clips; python -m tractable.contours VIDEO --network "
        f"{options.out}, or in params.yaml:\ncontours:\n"
        f"  adapted: {{folder: {options.out}, weights: {weights}}}"
    )


def clip(path: Path, given: float | None) -> Clip:
    """Frames of a clip, the head facing left; the option wins over the file, as for contours."""
    film = read_film(path)
    spacing = film.pixel_spacing if given is None else given / 1000
    if spacing is None:
        raise BadInput(f"{path}: does not hold its pixel spacing; give it, --pixel-spacing MM")
    frames = film.frames[:]
    looks_right = left_lead(frames, spacing, clip_share=0.5, network=network_in(RELEASED)) < 0
    return Clip(frames[..., ::-1] if looks_right else frames, spacing)
