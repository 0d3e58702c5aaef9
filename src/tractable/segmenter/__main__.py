"""A network that learns a site's own frames, of which nobody has traced one.

example:
  python -m tractable.segmenter adapt clips/*.avi --pixel-spacing 2.94 --out adapted
  python -m tractable.contours clips/one.avi --pixel-spacing 2.94 --network adapted --out one.zarr
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import torch

from tractable.contracts import BadInput
from tractable.imaging.film import read_film
from tractable.segmenter import RELEASED, network_in
from tractable.segmenter.adaptation import COURSE, FRAMES, Clip, adapt
from tractable.segmenter.orientation import left_lead
from tractable.segmenter.release import refuse_other, release_adapted


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.segmenter",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    options = commands.add_parser(
        "adapt",
        help="the released network to clips of one site",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "videos", nargs="+", type=Path, metavar="VIDEO", help="as for python -m tractable.contours"
    )
    options.add_argument(
        "--pixel-spacing", type=float, metavar="MM", help="which all but DICOM files need"
    )
    options.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="for the network; new, or its own"
    )
    options.add_argument(
        "--steps", type=int, default=COURSE.steps, metavar="N", help=f"default {COURSE.steps}"
    )
    options.add_argument(
        "--frames",
        type=int,
        default=FRAMES,
        metavar="N",
        help=f"of all clips together that are learnt from (default {FRAMES})",
    )
    options.add_argument("--seed", type=int, default=COURSE.seed, metavar="N")
    return parser.parse_args()


def main() -> None:
    options = arguments()
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


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"segmenter: {problem}")
