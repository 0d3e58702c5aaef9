"""One long table of all scores, for people and for git: ``reports/scores.csv``."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tractable.score_table import COLUMNS, NOT_APPLICABLE, NUMBERS, RATIOS, SEPARATED
from tractable.scores.assembly import CAPPED, CEILINGS, DIRECTIONS
from tractable.statistics import geometric_interval, separated, student_interval


def score_table(
    scores: Mapping[str, xr.Dataset], *, confidence: float, counterparts: Mapping[str, str]
) -> pd.DataFrame:
    """All corpora in one table, numbers as text of stable digits.

    Parameters
    ----------
    scores : corpus -> dataset of the contract ``scores``. Scores that only another corpus has are
        "not applicable"; ceilings that a corpus cannot know come from where the truth is known.
    confidence : of the intervals over speakers.
    counterparts : control -> the honest model that it is compared with.
    """
    ceilings = known_ceilings(scores)
    rows: list[dict] = []
    for corpus, data in scores.items():
        means = means_over_speakers(data, confidence, counterparts)
        found = list(rows_of_corpus(means, asked_anywhere(data, scores)))
        if CAPPED not in data.model.values:
            for row in found:
                row["ceiling"] = practical_ceiling(row, ceilings)
        rows += [{"corpus": corpus, **row} for row in found]
    table = pd.DataFrame(rows, columns=[*COLUMNS, SEPARATED])
    for name in NUMBERS:
        table[name] = [digits(number) for number in table[name]]
    table["value"] = table["value"].replace("", NOT_APPLICABLE)
    return table


def digits(number: float) -> str:
    """Four significant digits, nothing for NaN, no negative zero."""
    if pd.isna(number):
        return ""
    text = f"{number:.4g}"
    return "0" if float(text) == 0 or abs(number) < 1e-9 else text


def means_over_speakers(
    data: xr.Dataset, confidence: float, counterparts: Mapping[str, str]
) -> xr.Dataset:
    """Mean, interval, null, ceiling and separation (model, score, formant) of a corpus.

    Of `RATIOS` the geometric mean, and whether logarithms are apart.
    """
    is_ratio = data.score.isin(RATIOS)
    ratios = data.value.where(is_ratio)
    means = student_interval(data.value, confidence=confidence)
    means = means.where(~is_ratio, geometric_interval(ratios, confidence=confidence))
    compared = data.value.where(~is_ratio, np.log(ratios))
    for name in ("null", "ceiling"):
        means[name] = data[name].mean("speaker").broadcast_like(means.value)
    apart = xr.full_like(means.value, float("nan"))
    models = set(data.model.values)
    for control, honest in counterparts.items():
        if {control, honest} <= models:
            apart.loc[{"model": control}] = separated(
                compared.sel(model=honest),
                compared.sel(model=control),
                data.better.where(data.better != 0),
                confidence=confidence,
            ).transpose(*apart.sel(model=control).dims)
    return means.assign(separated=apart, asked=data.asked)


Row = tuple[str, str, str, str]  # direction, score, model, formant


def asked_rows(data: xr.Dataset) -> Iterator[Row]:
    """What a corpus was asked, in the order of the table."""
    asked = data.asked.transpose("score", "model", "formant").values
    ways, (names, models, formants) = data.direction.values, labels(data)
    for wanted in DIRECTIONS:
        for j, k, n in zip(*np.nonzero(asked), strict=True):
            if ways[j] == wanted:
                yield wanted, names[j], models[k], formants[n]


def labels(data: xr.Dataset) -> tuple[list[str], list[str], list[str]]:
    """Scores, models and formants of a corpus."""
    score, model, formant = (list(map(str, data[d].values)) for d in ("score", "model", "formant"))
    return score, model, formant


def asked_anywhere(data: xr.Dataset, scores: Mapping[str, xr.Dataset]) -> list[Row]:
    """Rows of one corpus: its own, and those that only a corpus with known truth can answer."""
    own = list(asked_rows(data))
    answered = {score for _, score, _, _ in own}
    models = {way: list(dict.fromkeys(m for w, _, m, _ in own if w == way)) for way in DIRECTIONS}
    lacking: dict[Row, None] = {}
    for other in scores.values():
        for way, score, model, formant in asked_rows(other):
            if score not in answered and model not in CEILINGS:
                for name in models[way] or [model]:
                    lacking[way, score, name, formant] = None
    return own + sorted(lacking, key=lambda row: DIRECTIONS.index(row[0]))


def rows_of_corpus(means: xr.Dataset, wanted: list[Row]) -> Iterator[dict]:
    """One mapping per row; a score that this corpus does not have is NaN."""
    order = ("score", "model", "formant")
    names = ("value", "low", "high", "null", "ceiling", "n_speakers", "separated")
    numbers = {name: means[name].transpose(*order).values for name in names}
    score_of, model_of, formant_of = (
        {label: k for k, label in enumerate(part)} for part in labels(means)
    )
    for direction, score, model, formant in wanted:
        row = {"direction": direction, "score": score, "model": model, "formant": formant}
        values: dict[str, Any] = dict.fromkeys(names, float("nan")) | {"n_speakers": 0}
        if score in score_of and model in model_of:
            at = score_of[score], model_of[model], formant_of[formant]
            values = {name: numbers[name][at] for name in names}
        values["separated"] = {1.0: "yes", 0.0: "no"}.get(values["separated"], "")
        yield row | values | {"n_speakers": int(values["n_speakers"])}


def known_ceilings(scores: Mapping[str, xr.Dataset]) -> dict[tuple[str, str], float]:
    """Cap by (score, formant): the truth judged by the textbook, else the ceiling it was given."""
    known = {}
    for data in scores.values():
        if CAPPED in data.model.values:
            cap = data.value.sel(model=CAPPED).mean("speaker")
            best = cap.fillna(data.ceiling.mean("speaker"))
            for score, formant in product(data.score.values, data.formant.values):
                known[str(score), str(formant)] = float(best.sel(score=score, formant=formant))
    return known


def practical_ceiling(row: Mapping, ceilings: Mapping[tuple[str, str], float]) -> float:
    """Ceiling of a row from a corpus whose truth nobody knows."""
    return ceilings.get((row["score"], row["formant"]), float("nan"))
