"""The numbers of a figure as a file; what the file does not hold is not drawn."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from tractable.contracts import BadInput
from tractable.whole import written_whole

Columns = Mapping[str, type]  # name -> str, int or float; only a float may be missing

#: Columns of many figures.
INTERVAL = {"value": float, "low": float, "high": float}
COUNTS = {"n_frames": int, "n_speakers": int}


def write_table(numbers: pd.DataFrame, path: Path) -> None:
    """Six digits of every number: more than anybody sees."""
    with written_whole(path) as partial:
        numbers.to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")


def read_table(path: Path, columns: Columns) -> pd.DataFrame:
    """The same numbers again; columns beyond those named are numbers.

    Raises
    ------
    BadInput : no table, one that lacks a column, or a word where a number belongs.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as problem:
        raise BadInput(f"{path}: not there; `dvc repro figures` makes it") from problem
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        raise BadInput(f"{path}: expected a CSV; {str(problem).strip()}") from problem
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise BadInput(f"{path}: no column {', '.join(lacking)}; found {', '.join(table)}")
    for name in table:
        kind = columns.get(name, float)
        if kind is not str:
            table[name] = as_numbers(table[name], kind, path)
    return table


def as_numbers(cells: pd.Series, kind: type, path: Path) -> pd.Series:
    """A column of text as numbers.

    Raises
    ------
    BadInput : naming the line of the file that holds none.
    """
    numbers = pd.to_numeric(cells, errors="coerce")
    wrong = numbers.isna() & ~((cells == "") & (kind is float))
    if wrong.any():
        line = int(wrong.idxmax())
        raise BadInput(
            f"{path}: line {line + 2}: {cells.name}: expected a number, found {cells[line]!r}"
        )
    return numbers.astype(kind)
