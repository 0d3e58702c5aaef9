"""Scores of all corpora that a page or a paper speaks of, each with its text."""

import json
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tractable import score_table
from tractable.contracts import BadInput
from tractable.numbers import Quotes, quoted


class Quoted(NamedTuple):
    """Rows of the table of scores, and their numbers as text by corpus."""

    rows: pd.DataFrame
    quotes: dict[str, Quotes]
    brought: list[str]  # corpora that another run, in a laboratory's workspace, has scored


def with_recorded(scores: Path, recorded: Path, numbers: Path) -> Quoted:
    """Scores of this run, and those that left a laboratory's workspace.

    Parameters
    ----------
    recorded : the table that left it; of a corpus that is in ``scores`` as well, those count.
    numbers : folder with a .json per corpus of ``scores``.

    Raises
    ------
    BadInput : a table or the numbers of a corpus are not there.
    """
    table, outside = score_table.read(scores), score_table.read(recorded)
    outside = outside[~outside.corpus.isin(table.corpus)]
    brought = {str(corpus): quoted(rows) for corpus, rows in outside.groupby("corpus")}
    return Quoted(pd.concat([table, outside]), read_quotes(numbers, table) | brought, [*brought])


def read_quotes(folder: Path, table: pd.DataFrame) -> dict[str, Quotes]:
    """Numbers as text: corpus -> model -> score -> formant.

    Raises
    ------
    BadInput : a corpus of the score table is not there.
    """
    quotes = {}
    for corpus in dict.fromkeys(table.corpus):
        path = folder / f"{corpus}.json"
        if not path.is_file():
            raise BadInput(f"{path}: no numbers of {corpus}; `dvc repro numbers` makes them")
        quotes[corpus] = json.loads(path.read_text("utf-8"))
    return quotes
