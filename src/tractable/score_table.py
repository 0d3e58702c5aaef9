"""``reports/scores.csv`` as everybody reads it, and its numbers as text."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tractable.contracts import BadInput

#: What every row says; these and no others may leave a laboratory's workspace.
COLUMNS = {
    **dict.fromkeys(("corpus", "model", "direction", "score", "formant"), str),
    **dict.fromkeys(("value", "low", "high", "null", "ceiling"), float),
    "n_speakers": int,
}
NUMBERS = [name for name, kind in COLUMNS.items() if kind is float]
#: Many times as large of one speaker as of another: means and intervals are of their logarithm.
RATIOS = ("V9 adequacy",)
#: Of a control, last in the table: does the score set its honest counterpart apart from it?
SEPARATED = "separated"
NOT_APPLICABLE = "not applicable"
#: By which models are ranked and stopped.
ACCURACY = "V0 error (%)"


def read(path: Path) -> pd.DataFrame:
    """The score table; what is not applicable is NaN.

    Raises
    ------
    BadInput : no such file, or one that lacks a column.
    """
    absent = "no score table; `dvc repro scores` makes it"
    table = read_text(path, COLUMNS, absent=absent, missing=[NOT_APPLICABLE, ""])
    if SEPARATED not in table:  # as in what leaves a laboratory's workspace
        table[SEPARATED] = ""
    return table.fillna(dict.fromkeys(table.columns.difference(NUMBERS), "")).astype(COLUMNS)


def read_text(
    path: Path, columns: Iterable[str], *, absent: str, missing: list[str]
) -> pd.DataFrame:
    """A table that the stage ``scores`` wrote, its cells as text.

    Parameters
    ----------
    columns : that it has to have.
    absent : what to say where there is no such file.
    missing : what a cell says that has no value; it is read as NaN.

    Raises
    ------
    BadInput : no such file, or one that lacks a column.
    """
    if not path.is_file():
        raise BadInput(f"{path}: {absent}")
    table = pd.read_csv(path, na_values=missing, keep_default_na=False, dtype=str)
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise BadInput(f"{path}: no column {', '.join(lacking)}; `dvc repro scores` makes it anew")
    return table


class Quote(NamedTuple):
    """A number and its interval as text; no interval is ""."""

    value: str
    low: str
    high: str

    def __str__(self) -> str:
        """``4.6 [4.3, 4.9]``; without an interval the number alone."""
        return f"{self.value} [{self.low}, {self.high}]" if self.low else self.value


def quote(value: float, low: float = math.nan, high: float = math.nan) -> Quote:
    """A number with as many digits as its uncertainty lets it have.

    Half the interval decides: its first digit is the last that is written, its second if the first
    is a 1. Without an interval, two significant digits, and no decimals on a whole number.
    """
    if math.isnan(value):
        return Quote(NOT_APPLICABLE, "", "")
    half = (high - low) / 2
    if math.isnan(half):
        return Quote(rounded(value, own_places(value)), "", "")
    places = uncertain_places(half) if half > 0 else own_places(value)
    return Quote(*(rounded(number, places) for number in (value, low, high)))


def own_places(number: float) -> int:
    return 0 if number == round(number) else decimals(number, 2)


def uncertain_places(half: float) -> int:
    starts_with_one = f"{half:.1e}".startswith("1")
    return decimals(half, 2 if starts_with_one else 1)


def decimals(number: float, digits: int) -> int:
    """Decimal places that show so many significant digits; negative: tens, hundreds."""
    exponent = int(f"{abs(number):.{digits - 1}e}".partition("e")[2])
    return digits - 1 - exponent


def rounded(number: float, places: int) -> str:
    """Fixed-point text, a true minus sign, no negative zero."""
    text = f"{round(number, places):.{max(places, 0)}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
