"""Corpora as received: ``python -m tractable.recordings add NAME FOLDER`` adds one, or speakers to
a listed one; ``... prompt NAME TABLE`` says what was read in it, ``... align NAME`` makes TextGrids
of that.
"""

from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from pathlib import Path

from tractable.command import carry_out
from tractable.recordings.layouts import LAYOUTS


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.recordings",
        description=__doc__,
        epilog=f"adapters, and the layout that each reads:\n{layouts()}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    options = commands.add_parser(
        "add",
        help="track what is new and list it in the pipeline",
        epilog=f"adapters, and the layout that each reads:\n{layouts()}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    options.add_argument("name", help="of the corpus in params.yaml, new or listed")
    options.add_argument("folder", type=Path, help="the corpus as received")
    options.add_argument("--adapter", choices=LAYOUTS, help="its folder layout (default usc75)")
    options.add_argument(
        "--pixel-spacing",
        type=metres,
        metavar="MM",
        help="of the pictures in mm, where no file holds it (USC 75-Speaker: 2.4); wins over files",
    )
    options.add_argument(
        "--frame-rate",
        type=rate,
        metavar="HZ",
        help="of the pictures, as 50 or 65040/781, where no file holds it; wins over files",
    )
    options.add_argument(
        "--pictures",
        metavar="PLACE",
        help="of a clip in the folder of a speaker, as 'video/{clip}.avi' or 'dicom/{clip}' "
        "(adapter folder); video or recon (usc75)",
    )
    options.add_argument("--sound", metavar="PLACE", help="likewise, as 'sound/{clip}.wav'")
    options.add_argument("--labels", metavar="PLACE", help="likewise, as 'labels/{clip}.TextGrid'")
    options.add_argument("--tier", help="of these TextGrids that holds the phones")
    options.add_argument(
        "--prompts",
        metavar="FILE",
        help="in the folder: what was read in clips that nobody labelled, a table clip,text",
    )
    options.add_argument(
        "--pronunciations",
        metavar="FILE",
        help="likewise: lines of a word and its phones in SAMPA, where English has no such word",
    )
    options.add_argument(
        "--speakers",
        nargs="+",
        help="to take (default: all that are there), or to join a listed corpus",
    )
    options.add_argument(
        "--present",
        action="store_true",
        help="take the clips that are there, though more are promised, and say which are not",
    )
    how = options.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_true", help="the files (default)")
    how.add_argument("--link", action="store_true", help="them; DVC then takes them into its cache")
    options = commands.add_parser("prompt", help="give a listed corpus the prompts of its clips")
    options.add_argument("name", help="of a corpus in params.yaml that has none")
    options.add_argument("table", type=Path, help="what was read: two columns, clip,text")
    options.add_argument(
        "--pronunciations",
        type=Path,
        metavar="FILE",
        help="lines of a word and its phones in SAMPA, where English has no such word",
    )
    options = commands.add_parser("align", help="make TextGrids of prompts, to check in Praat")
    options.add_argument("name", help="of a corpus in params.yaml that has prompts")
    options.add_argument("--speakers", nargs="+", help="to align (default: all)")
    options.add_argument(
        "--out", type=Path, help="folder of the TextGrids (default data/aligned/NAME)"
    )
    options.add_argument(
        "--again", action="store_true", help="replace TextGrids that are there, corrected perhaps"
    )
    return parser.parse_args()


def layouts() -> str:
    """One line of each adapter."""
    return "\n".join(f"  {name:<10} {layout}" for name, layout in LAYOUTS.items())


def metres(millimetres: str) -> float:
    return number(millimetres) / 1000


def rate(hertz: str) -> float | str:
    """A number, or two and a stroke, as params.yaml takes them."""
    return hertz if "/" in hertz else number(hertz)


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        hint = f"a decimal point, {text.replace(',', '.')}" if "," in text else "digits, as 2.4"
        raise ArgumentTypeError(f"{text!r} is no number; write {hint}") from None


if __name__ == "__main__":
    carry_out("tractable.recordings", arguments())
