"""Look whether the working tree keeps what is personal where it belongs, and names nobody.

Prints every finding with what to do. Names in pictures, sounds and labels themselves are out of its
reach; of what files and clips are called it knows dates and years. Exit status 1 if anything was
found.
"""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from tractable.command import carry_out


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.privacy",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("root", type=Path, nargs="?", default=Path(), help="of the repository")
    return parser.parse_args()


if __name__ == "__main__":
    carry_out("tractable.privacy", arguments())
