"""A network that learns a site's own frames, of which nobody has traced one.

example:
  python -m tractable.segmenter adapt clips/*.avi --pixel-spacing 2.94 --out adapted
  python -m tractable.contours clips/one.avi --pixel-spacing 2.94 --network adapted --out one.zarr
"""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from tractable.command import carry_out
from tractable.segmenter.site import FRAMES, SEED, STEPS


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
    options.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"default {STEPS}")
    options.add_argument(
        "--frames",
        type=int,
        default=FRAMES,
        metavar="N",
        help=f"of all clips together that are learnt from (default {FRAMES})",
    )
    options.add_argument("--seed", type=int, default=SEED, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    carry_out("tractable.segmenter", arguments())
