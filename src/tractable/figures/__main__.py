"""One figure again, drawn from the table of its numbers alone.

FIGURE is a figure's name or its table; the table of a name is looked for under reports/figures.
How it is drawn stands in the .json beside the table, or else in the params.yaml of this folder.

examples:
  python -m tractable.figures validation_battery
  python -m tractable.figures vowel_space reports/figures/phantom/vowel_space.csv --out vowels.pdf
  python -m tractable.figures reports/figures/phantom/calibration.csv --out calibration.png

figures:
"""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from types import ModuleType
from typing import Any

from matplotlib.figure import Figure

from tractable.contracts import BadInput
from tractable.figures.catalogue import FIGURES, completed, drawn, has_table, module, split
from tractable.figures.sheet import FORMATS, save_picture
from tractable.figures.table import read_table
from tractable.stage import params

SHOWN = Path("reports/figures")
TABLE = ".csv"


def arguments() -> Namespace:
    width = max(map(len, FIGURES))
    titles = [f"  {name:{width}}  {module(name).TITLE}" for name in FIGURES]
    parser = ArgumentParser(
        "python -m tractable.figures",
        description=str(__doc__) + "\n".join(titles),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("figure", metavar="FIGURE", help="name of a figure, or its table (.csv)")
    parser.add_argument(
        "table", nargs="?", type=Path, metavar="CSV", help="its table, where it lies elsewhere"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"picture to write: {', '.join(FORMATS)} (default: FIGURE.svg in this folder)",
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    name, table = asked(options)
    out = options.out or Path(f"{name}.svg")
    if out.suffix.lower() not in FORMATS:
        raise BadInput(f"--out {out}: expected a name that ends in {', '.join(FORMATS)}")
    save_picture(redrawn(name, table), out)
    print(f"figures: {name} of {table} in {out}")


def asked(options: Namespace) -> tuple[str, Path]:
    """Name of the figure, and its table."""
    given = Path(options.figure)
    if given.suffix != TABLE:
        return options.figure, options.table or found(options.figure)
    if options.table:
        raise BadInput(f"two tables, {given} and {options.table}: a figure is drawn of one")
    return given.stem, given


def found(name: str) -> Path:
    """The only table of this figure under SHOWN.

    Raises
    ------
    BadInput : no such figure, no table of it, or several.
    """
    figure(name)
    tables = sorted(SHOWN.rglob(f"{name}{TABLE}"))
    if not tables:
        raise BadInput(f"{SHOWN}: no {name}{TABLE}; name it, or `dvc repro figures` makes it")
    if len(tables) > 1:
        several = ", ".join(map(str, tables))
        raise BadInput(f"{name} is drawn of several corpora; name one of {several}")
    return tables[0]


def figure(name: str) -> ModuleType:
    """The module of a figure that has a table.

    Raises
    ------
    BadInput : no such figure, or one that shows frames.
    """
    known = module(name, asked_by="FIGURE")
    if not has_table(known):
        raise BadInput(f"{name} shows frames, which no table holds; `dvc repro figures` draws it")
    return known


def redrawn(name: str, table: Path) -> Figure:
    """A figure of its table; where nothing was changed, the one that the stage drew."""
    known = figure(name)
    numbers = read_table(table, known.COLUMNS)
    families, options = choices(name, table)
    _, of_draw = split(known, options)
    return drawn(known, numbers, families, of_draw)


def choices(name: str, table: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """How the figure is drawn: families of models, and its own options.

    Raises
    ------
    BadInput : nobody says.
    """
    about = table.with_suffix(".json")
    told = json.loads(about.read_text("utf-8")) if about.is_file() else {}
    if {"families", "parameters"} <= told.keys():
        return told["families"], told["parameters"]
    if not Path("params.yaml").is_file():
        raise BadInput(f"neither {about} nor a params.yaml here says how {name} is drawn")
    section = params("figures")
    chosen = {"finder": params("dynamics"), "acoustics": params("theory")}
    asked = completed({name: section["pictures"].get(name, {})}, **chosen)
    return section["families"], asked[name]


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"figures: {problem}")
