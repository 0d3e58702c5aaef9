"""The page: figures and numbers as they were written, put into one template."""

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tractable import comparison_table, score_table
from tractable.contracts import BadInput, likely
from tractable.report.quotes import with_recorded
from tractable.report.templates import template
from tractable.store import digest
from tractable.whole import written_whole

ADEQUACY = "V9 adequacy"
NARROW = 300.0  # pt, between a column and a page


def write_page(
    scores: Path,
    comparisons: Path,
    recorded: Path,
    figures: Path,
    numbers: Path,
    page: Path,
    *,
    summary: list[str],
    models: dict[str, str],
    gate: list[str],
    controls: list[str],
) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    scores, comparisons : the table of scores, and that of models against models.
    recorded : the table of scores that left a laboratory's workspace.
    figures : folder of pictures, each a .svg with a .json that says what it is.
    numbers : folder with a .json per corpus, the numbers as text.
    page : where to.
    summary : scores of the table at the top, means over formants.
    models : what each model is, in a few words, in the order of the tables; others come last.
    gate : models that a model must beat in accuracy before its explanations are worth reading.
    controls : models that should fail, marked as such.
    """
    every, compared = with_recorded(scores, recorded, numbers), comparison_table.read(comparisons)
    table = in_order(every.rows, list(models))
    refuse_unknown(gate, table.model.unique(), "gate")
    corpora = [
        corpus_tables(corpus, rows, every.quotes[corpus], summary)
        | {
            "brought": corpus in every.brought,
            "stopped": stopped(rows, gate),
            "families": families(compared[compared.corpus == corpus]),
            "who": {m: models[m] for m in models if m in set(rows.model)},
            "movement": movement(rows, every.quotes[corpus], controls),
        }
        for corpus, rows in table.groupby("corpus", sort=False)
    ]
    text = template("report.html").render(
        figures=read_figures(figures, page.parent),
        corpora=corpora,
        gate=gate,
        controls=controls,
        tables={path.as_posix(): digest(path) for path in (scores, comparisons, recorded)},
    )
    with written_whole(page) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def in_order(table: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """Rows with the models in this order, those that it lacks last, as they came."""
    place = {model: k for k, model in enumerate(models)}
    return table.sort_values(
        "model", key=lambda names: names.map(place).fillna(len(place)), kind="stable"
    )


def stopped(rows: pd.DataFrame, gate: list[str]) -> list[str]:
    """Models that are not more accurate than the best of the gate, the gate's own aside."""
    errors = (
        rows[(rows.score == score_table.ACCURACY) & (rows.formant == "mean")]
        .set_index("model")
        .value
    )
    least = errors.reindex(gate).min()
    return [model for model in errors.index[errors >= least] if model not in gate]


def refuse_unknown(names: list[str], known: Iterable[str], where: str) -> None:
    """Refuse models that the table does not have: a gate that is not there stops nobody.

    Raises
    ------
    BadInput : naming the first, and the likely one.
    """
    for name in names:
        if name not in set(known):
            raise BadInput(
                f"params.yaml: report: {where}: no model {name!r}; {likely(name, known)}"
            )


def is_narrow(svg: str) -> bool:
    """Whether a drawing is as wide as a column of a journal, no page."""
    width = re.search(r'<svg\b[^>]* width="([\d.]+)pt"', svg)
    return width is not None and float(width[1]) < NARROW


def read_figures(folder: Path, home: Path) -> list[dict[str, Any]]:
    """All figures with captions, in their order, and where their tables lie as seen from ``home``.

    Raises
    ------
    BadInput : there are none, or one without its picture.
    """
    figures = []
    for about in sorted(folder.rglob("*.json")):
        picture = about.with_suffix(".svg")
        if not picture.is_file():
            raise BadInput(f"{picture}: not there; `dvc repro figures` makes it")
        table = about.with_suffix(".csv")
        seen = Path(os.path.relpath(table, home)).as_posix() if table.is_file() else ""
        told = json.loads(about.read_text("utf-8"))
        told |= {"name": about.relative_to(folder).with_suffix("").as_posix(), "table": seen}
        drawn = picture.read_text("utf-8")
        figures.append(told | {"picture": drawn, "narrow": is_narrow(drawn)})
    if not figures:
        raise BadInput(f"{folder}: no figures; `dvc repro figures` makes them")
    return sorted(figures, key=lambda figure: (figure["order"], figure["name"]))


def corpus_tables(
    corpus: str, rows: pd.DataFrame, quotes: Mapping[str, Any], summary: list[str]
) -> dict[str, Any]:
    """What the template shows of one corpus: the summary, and every score by itself."""
    means = rows[(rows.formant == "mean") & rows.score.isin(summary)]
    shown = [score for score in summary if score in set(means.score)]
    asked = means[["model", "score"]].drop_duplicates()
    models = list(dict.fromkeys(asked.model))
    return {
        "name": corpus,
        "n_speakers": int(rows.n_speakers.max()),
        "summary": {
            "columns": shown,
            "beside": {score: beside(means[means.score == score]) for score in shown},
            "rows": [
                (model, [cell(means, quotes, model, score, "mean") for score in shown])
                for model in models
            ],
        },
        "scores": [
            score_rows(of_one, quotes) | {"name": score, "direction": of_one.direction.iloc[0]}
            for score, of_one in rows.groupby("score", sort=False)
        ],
    }


def movement(rows: pd.DataFrame, quotes: Mapping[str, Any], controls: list[str]) -> dict[str, Any]:
    """What is said of a corpus' gestures in words; nothing where no law was asked of any.

    It is said of the law that leaves least of them, of those that are no controls.
    """
    left = rows[(rows.score == ADEQUACY) & ~rows.model.isin(controls)].dropna(subset="value")
    if left.empty:
        return {}
    law = left.loc[left.value.idxmin(), "model"]
    asked = {
        "evidence": ("measured_gestures", "V9 gestures in evidence"),
        "left": (law, ADEQUACY),
        "parameter": (law, "V9 likeliest parameter"),
        "least": (law, "V9 parameter at least"),
        "most": (law, "V9 parameter at most"),
        "error": (law, "V9 forecast error (mm)"),
        "skill": (law, "V9 forward skill"),
        "direction": ("measured_gestures", "V9 arrow of time"),
        "shuffled": ("phase_shuffled_gestures", "V9 arrow of time"),
    }
    return {"law": law} | {
        word: cell(rows, quotes, model, score, "all") for word, (model, score) in asked.items()
    }


def families(comparisons: pd.DataFrame) -> list[dict[str, Any]]:
    """Tests of one corpus as text, family by family, as the table has them."""
    return [
        {"name": family, "rows": [spelt(row) for row in rows.itertuples()]}
        for family, rows in comparisons.groupby("family", sort=False)
    ]


def spelt(row: Any) -> dict[str, Any]:
    """One test: a difference with its interval, p over speakers, folds, of signs, and by Holm."""
    told = score_table.quote(row.difference, row.low, row.high)
    return {
        **{word: getattr(row, word) for word in ("measure", "first", "second", "n_speakers")},
        "difference": told.value,
        "interval": f"{told.low} to {told.high}" if told.low else "",
        "p": chance(row.p),
        "p_folds": chance(row.p_folds),
        "p_signs": chance(row.p_signs),
        "p_holm": chance(row.p_holm),
        "verdict": row.verdict or "no test",
        "least_shown": number(row.least_shown),
        "needed": needed(row),
    }


def needed(row: Any) -> str:
    """How many speakers would show an effect that matters; "" where none is named, or no test."""
    if math.isnan(row.effect) or not row.verdict:
        return ""
    many = "too many" if math.isnan(row.speakers_needed) else f"{row.speakers_needed:.0f}"
    return f"{many} for {row.effect:g}"


def chance(p: float) -> str:
    """p as text; no p is ""."""
    return "< 0.001" if p < 0.001 else number(p)


def number(value: float) -> str:
    """As text; no number is ""."""
    return "" if math.isnan(value) else score_table.quote(value).value


def score_rows(rows: pd.DataFrame, quotes: Mapping[str, Any]) -> dict[str, Any]:
    """One score: a row per model, a column per formant."""
    score, formants = rows.score.iloc[0], list(dict.fromkeys(rows.formant))
    last = rows[rows.formant == formants[-1]]
    return {
        "formants": formants,
        "beside": beside(last),
        "rows": [
            (model, [cell(rows, quotes, model, score, formant) for formant in formants])
            for model in dict.fromkeys(rows.model)
        ],
    }


def cell(
    rows: pd.DataFrame, quotes: Mapping[str, Any], model: str, score: str, formant: str
) -> dict[str, Any]:
    """Text and sorting key of one cell; a row that the table does not have is not applicable."""
    found = rows[(rows.model == model) & (rows.score == score) & (rows.formant == formant)]
    number = quotes.get(model, {}).get(score, {}).get(formant)
    if found.empty or number is None or pd.isna(found.value.iloc[0]):
        return {"value": score_table.NOT_APPLICABLE, "interval": "", "key": ""}
    between = f"{number['low']} to {number['high']}" if number["low"] else ""
    return {"value": number["value"], "interval": between, "key": repr(float(found.value.iloc[0]))}


def beside(rows: pd.DataFrame) -> dict[str, Any]:
    """What an uninformed guess and the truth get, and the controls that pass; "": nobody knows."""
    known = {name: rows[name].dropna() for name in ("null", "ceiling")}
    told = {
        name: "" if values.empty else score_table.quote(values.mean()).value
        for name, values in known.items()
    }
    apart = rows.set_index("model")[score_table.SEPARATED]
    passing = "" if (apart == "").all() else list(apart.index[apart == "no"])
    return told | {"passing": passing, "better": better(known)}


def better(known: Mapping[str, pd.Series]) -> str:
    """An arrow to where the truth lies beside a guess; "" where nobody knows, or neither is."""
    null, ceiling = (values.mean() for values in known.values())
    return "↑" if ceiling > null else "↓" if ceiling < null else ""
