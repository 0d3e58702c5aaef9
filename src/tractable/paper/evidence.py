"""All that the text may quote, gathered in one place: results, tables, and figures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tractable import comparison_table, score_table
from tractable.contracts import BadInput
from tractable.report.page import corpus_tables, in_order, spelt, stopped
from tractable.report.quotes import with_recorded

RIVAL = "best black box"  # the one that a model was compared with in a measure

Results = dict[str, dict[str, dict[str, dict[str, dict[str, Any]]]]]  # corpus, who, what, part


@dataclass(frozen=True)
class Wording:
    """What other sections of params.yaml say of models; for the page and the paper alike."""

    summary: list[str]
    models: dict[str, str]
    gate: list[str]
    controls: list[str]
    black_boxes: list[str]


def evidence(
    scores: Path, comparisons: Path, recorded: Path, numbers: Path, wording: Wording
) -> dict[str, Any]:
    """Results by corpus, and what tables are made of.

    Parameters
    ----------
    scores, comparisons : the table of scores, and that of models against models.
    recorded, numbers : see `tractable.report.quotes.with_recorded`.

    Raises
    ------
    BadInput : a table or the numbers of a corpus are not there.
    """
    rows, quotes, _ = with_recorded(scores, recorded, numbers)
    every = in_order(rows, list(wording.models))
    found = results(every, quotes)
    add_comparisons(found, comparison_table.read(comparisons), wording.black_boxes)
    return {
        "results": found,
        "tables": {
            str(corpus): summary(str(corpus), rows, quotes[str(corpus)], wording)
            for corpus, rows in every.groupby("corpus", sort=False)
        },
        "models": {m: about for m, about in wording.models.items() if m in set(every.model)},
        "controls": wording.controls,
    }


def summary(
    corpus: str, rows: pd.DataFrame, quotes: Mapping[str, Any], wording: Wording
) -> dict[str, Any]:
    """The page's own summary of a corpus, and the models that the gate stops."""
    of_page = corpus_tables(corpus, rows, quotes, wording.summary)["summary"]
    return of_page | {"stopped": stopped(rows, wording.gate)}


def results(table: pd.DataFrame, quotes: Mapping[str, Any]) -> Results:
    """Every row as text, with the number that claims are held against; no number is None.

    Of a control ``told apart`` says whether the score sets its honest counterpart apart from it.

    Raises
    ------
    BadInput : a row has no number as text.
    """
    found: Results = {}
    for row in table.itertuples():
        words = quotes[row.corpus].get(row.model, {}).get(row.score, {}).get(row.formant)
        if words is None:
            raise BadInput(
                f"numbers of {row.corpus}: none of {row.model}, {row.score}, {row.formant}, which "
                "the score table has; `dvc repro numbers` makes them anew"
            )
        words |= {
            "number": None if math.isnan(row.value) else row.value,
            "null": score_table.quote(row.null).value,
            "ceiling": score_table.quote(row.ceiling).value,
        }
        by_score = found.setdefault(row.corpus, {}).setdefault(row.model, {})
        by_score.setdefault(row.score, {})[row.formant] = words
        if row.separated and row.formant in ("mean", "all"):
            by_score[row.score]["told apart"] = leaf(row.separated)
    return found


def add_comparisons(found: Results, tests: pd.DataFrame, black_boxes: list[str]) -> None:
    """Put tests beside the results, as those of "FIRST less SECOND".

    The black box that the first test of a measure is against is the best one in it, as families of
    comparisons are ordered: it can be asked for as "best black box" too, by its own results and its
    ``name``.
    """
    for row in tests[tests.verdict != comparison_table.UNTESTED].itertuples():
        leaves, corpus = told(row), found[row.corpus]
        corpus.setdefault(f"{row.first} less {row.second}", {})[row.measure] = leaves
        if row.second in black_boxes:
            own = corpus.get(row.second, {}).get(row.measure, {})
            named = own | {"name": leaf(row.second.replace("_", " "))}
            best = corpus.setdefault(RIVAL, {}).setdefault(row.measure, named)
            if best["name"] == named["name"]:
                corpus.setdefault(f"{row.first} less {RIVAL}", {})[row.measure] = leaves


def told(test: Any) -> dict[str, dict[str, Any]]:
    """A test as leaves: its difference, chances, verdict, and what its speakers could show."""
    words = spelt(test)
    between = f"[{words['interval'].replace(' to ', ', ')}]" if words["interval"] else ""
    difference = leaf(words["difference"], test.difference)
    return {
        "difference": difference | {"text": f"{words['difference']} {between}".strip()},
        "p": leaf(words["p"], test.p),
        "p_folds": leaf(words["p_folds"], test.p_folds),
        "p_signs": leaf(words["p_signs"], test.p_signs),
        "p_holm": leaf(words["p_holm"], test.p_holm),
        "verdict": leaf(words["verdict"]),
        "least_shown": leaf(words["least_shown"], test.least_shown),
        "speakers_needed": leaf(words["needed"], test.speakers_needed),
    }


def leaf(word: str, number: float = math.nan) -> dict[str, Any]:
    """A word or a number, as the text says it and as claims compare it."""
    word = word or score_table.NOT_APPLICABLE
    return {"text": word, "value": word, "number": None if math.isnan(number) else number}
