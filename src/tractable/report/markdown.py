"""Tables of models by scores in a page that people write by hand, such as README.

Such a page says where a table stands, of which corpus and with which columns:

    <!-- scores: phantom | V0 error (%) | V1 natural skill -->
    (the table, made anew each time)
    <!-- end of scores -->
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

import pandas as pd

from tractable import score_table
from tractable.contracts import BadInput, likely
from tractable.report.page import in_order

OPENING, CLOSING = "<!-- scores: {} -->", "<!-- end of scores -->"
BLOCK = re.compile(rf"<!-- scores: ([^>]*?) -->\n.*?{CLOSING}", re.DOTALL)
NOBODY = "-"  # cannot be asked
WHOLE = ("mean", "all")  # of several formants, or of none


def with_tables(text: str, scores: pd.DataFrame, *, models: list[str], controls: list[str]) -> str:
    """The text with all its tables made anew.

    Parameters
    ----------
    scores : the score table, of all corpora that the text may name.
    models : in the order of the tables.
    controls : models that should fail, in italics.

    Raises
    ------
    BadInput : a corpus or a score that nobody has, or a table that is not closed.
    """
    marks = re.findall(rf"<!-- scores: [^>]*? -->|{CLOSING}", text)
    for mark, after in zip_longest(marks[::2], marks[1::2]):
        if mark == CLOSING or after != CLOSING:
            raise BadInput(f"{mark}: expected one {CLOSING} behind it, and none before it")

    def anew(block: re.Match[str]) -> str:
        corpus, *columns = (part.strip() for part in block[1].split("|"))
        for name, known in ((corpus, scores.corpus), *((c, scores.score) for c in columns)):
            if name not in set(known):
                raise BadInput(f"{block[0].splitlines()[0]}: no {name!r}; {likely(name, known)}")
        rows = in_order(scores[scores.corpus == corpus], models)
        table = "\n".join(lines(rows, columns, controls))
        return f"{OPENING.format(block[1])}\n\n{table}\n\n{CLOSING}"

    return BLOCK.sub(anew, text)


def lines(rows: pd.DataFrame, columns: list[str], controls: list[str]) -> Iterator[str]:
    """A table in Markdown: a row per model who can be asked any of the columns, then the nulls."""
    whole = rows[rows.formant.isin(WHOLE)].set_index(["model", "score"])
    whole = whole[~whole.index.duplicated()]
    yield row("", columns)
    yield row("---", ["---"] * len(columns))
    for model in dict.fromkeys(rows.model):
        known = [cell(whole, model, score) for score in columns]
        if any(words != NOBODY for words in known):
            yield row(f"*{model}*" if model in controls else model, known)
    for name in ("null", "ceiling"):
        told = (whole[whole.index.get_level_values("score") == score][name] for score in columns)
        yield row(f"**{name}**", [quoted(of.mean()) for of in told])


def row(first: str, others: list[str]) -> str:
    return f"| {' | '.join([first, *others])} |"


def cell(whole: pd.DataFrame, model: str, score: str) -> str:
    """A score with its interval over speakers."""
    if (model, score) not in whole.index:
        return NOBODY
    found = whole.loc[(model, score)]
    return quoted(found.value, found.low, found.high)


def quoted(*number: float) -> str:
    words = str(score_table.quote(*number))
    return NOBODY if words == score_table.NOT_APPLICABLE else words
