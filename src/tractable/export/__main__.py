"""Export tables with units for R and spreadsheets, and labels for Praat, to a new folder."""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from tractable.contracts import BadInput
from tractable.export.folder import FORMATS, LABELS, USUAL, export
from tractable.export.tables import NOUNS, TABLES
from tractable.privacy import kept_inside
from tractable.stage import params


def arguments() -> Namespace:
    lines = [f"  {table.contract.noun:<12} {table.name}: {table.about}" for table in TABLES]
    lines.append(f"  {LABELS:<12} a TextGrid for each clip")
    parser = ArgumentParser(
        "python -m tractable.export",
        description=__doc__,
        epilog="nouns, and the tables that each becomes:\n" + "\n".join(lines),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="to make")
    parser.add_argument(
        "--nouns",
        nargs="+",
        metavar="NOUN",
        help=f"of {', '.join((*NOUNS, LABELS))} (default: what there is of {' '.join(USUAL)})",
    )
    parser.add_argument(
        "--speakers",
        nargs="+",
        metavar="SPEAKER",
        help="as sim1, or phantom/sim1 (default: all that params.yaml lists)",
    )
    parser.add_argument("--format", choices=FORMATS, default="csv", help="of tables (default csv)")
    parser.add_argument("--data", type=Path, default=Path("data"), help="where the stores are")
    parser.add_argument("--force", action="store_true", help="replace an earlier export")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    absent = export(
        options.folder,
        params("corpora"),
        data=options.data,
        nouns=options.nouns,
        chosen=options.speakers,
        kind=options.format,
        force=options.force,
        inside=kept_inside(Path()),
    )
    for words in absent:
        print(f"export: {words}")
    print(f"export: {options.folder}; its units.csv says what each column is")


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"export: {problem}")
