"""Add a corpus, or speakers to a listed one: ``python -m tractable.recordings add NAME FOLDER``."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.add import add
from tractable.recordings.corpora import ADAPTERS


def arguments() -> Namespace:
    parser = ArgumentParser("python -m tractable.recordings", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    options = commands.add_parser("add", help="track what is new and list it in the pipeline")
    options.add_argument("name", help="of the corpus in params.yaml, new or listed")
    options.add_argument("folder", type=Path, help="the corpus, one folder per speaker")
    options.add_argument(
        "--pixel-spacing",
        type=metres,
        metavar="MM",
        help="of the pictures in mm, which a new corpus needs: the files do not hold it "
        "(USC 75-Speaker: 2.4)",
    )
    options.add_argument("--adapter", choices=ADAPTERS, help="its folder layout (default usc75)")
    options.add_argument(
        "--speakers",
        nargs="+",
        help="to take (default: all with a folder), or to join a listed corpus",
    )
    options.add_argument(
        "--present",
        action="store_true",
        help="take the clips that are there, though the metafile promises more",
    )
    how = options.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_true", help="the files (default)")
    how.add_argument("--link", action="store_true", help="them; DVC then takes them into its cache")
    return parser.parse_args()


def metres(millimetres: str) -> float:
    return float(millimetres) / 1000


def main() -> None:
    options = arguments()
    add(
        options.name,
        options.folder,
        adapter=options.adapter,
        pixel_spacing=options.pixel_spacing,
        speakers=options.speakers,
        present=options.present,
        link=options.link,
    )


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"recordings: {problem}")
