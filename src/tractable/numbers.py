"""The numbers that the text quotes, with the digits that their uncertainty lets them have."""

import json
from pathlib import Path

import pandas as pd

from tractable import score_table
from tractable.whole import written_whole

Quotes = dict[str, dict[str, dict[str, dict]]]  # model -> score -> formant -> number


def quoted(scores: pd.DataFrame) -> Quotes:
    """Every row of one corpus: what was found, and how to write it.

    ``text`` is the number and its interval; ``value``, ``low`` and ``high`` are the parts; not
    applicable says so.
    """
    found: Quotes = {}
    for row in scores.itertuples():
        quote = score_table.quote(row.value, row.low, row.high)
        number = {"text": str(quote)} | quote._asdict()
        number["n_speakers"] = str(row.n_speakers)
        found.setdefault(row.model, {}).setdefault(row.score, {})[row.formant] = number
    return found


def compared(scores: pd.DataFrame, shown: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Corpus -> score -> model -> value; what is not applicable is left out."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    means = scores[scores.formant.isin(["mean", "all"]) & scores.value.notna()]
    for row in means[means.score.isin(shown)].itertuples():
        found.setdefault(row.corpus, {}).setdefault(row.score, {})[row.model] = row.value
    return found


def write_numbers(scores: Path, folder: Path, metrics: Path, *, metrics_shown: list[str]) -> None:
    """One JSON file per corpus in ``folder``, and a few values of all in ``metrics``, for DVC.

    Parameters
    ----------
    metrics_shown : scores whose mean over formants `dvc exp show` is to compare.
    """
    table = score_table.read(scores)
    with written_whole(metrics) as partial:
        partial.write_text(json.dumps(compared(table, metrics_shown), indent=1) + "\n")
    with written_whole(folder) as partial:
        partial.mkdir(parents=True)
        for corpus, rows in table.groupby("corpus", sort=False):
            text = json.dumps(quoted(rows), indent=1, ensure_ascii=False)
            (partial / f"{corpus}.json").write_text(text + "\n", encoding="utf-8")
