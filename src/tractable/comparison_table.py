"""``reports/comparisons.csv`` as everybody reads it."""

from pathlib import Path

import pandas as pd

from tractable.score_table import read_text

#: What every row says: of which corpus and family of tests, which measure of which two models,
#: ``difference`` being the first less the second; ``p`` over speakers, ``p_folds`` over the means
#: of those whom one fold tests, ``p_signs`` by exact flips of the signs of speakers, and
#: ``p_holm``, the first by Holm's correction, by which the verdict is; ``least_shown`` the
#: difference that so many speakers show four times in five, by their spread, and
#: ``speakers_needed`` how many would show the ``effect`` that params.yaml names as often, both
#: before that correction and with a fold for everybody.
COLUMNS = {
    **dict.fromkeys(("corpus", "family", "measure", "first", "second"), str),
    **dict.fromkeys(("difference", "low", "high"), float),
    **dict.fromkeys(("n_speakers", "n_folds"), int),
    **dict.fromkeys(("p", "p_folds", "p_signs", "p_holm"), float),
    **dict.fromkeys(("least_shown", "effect", "speakers_needed"), float),
    "verdict": str,
}
#: Of the first of a pair: beyond chance the better one, or the worse one, or neither; "": no test.
AHEAD, BEHIND, OPEN, UNTESTED = "ahead", "behind", "open", ""


def read(path: Path) -> pd.DataFrame:
    """The table of comparisons; numbers that are not there are NaN.

    Raises
    ------
    BadInput : no such file, or one that lacks a column.
    """
    absent = "no comparisons; `dvc repro scores` makes them"
    table = read_text(path, COLUMNS, absent=absent, missing=[""])
    return table.fillna({name: "" for name, kind in COLUMNS.items() if kind is str}).astype(COLUMNS)
