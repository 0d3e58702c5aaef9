"""How models learnt, as `dvc plots` and `dvc exp show` read it."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tractable.models.files import about_model, model_path
from tractable.store import written_whole

Curve = list[dict[str, float]]


def save_curves(models: Path, curves: Path, catalogue: Mapping[str, Any]) -> None:
    """Write ``curves/CORPUS/MODEL`` of all models that learnt step by step, the mean of its folds.

    Loss, its parts, and the error on what was held back, by dvclive: a table of each by step, and
    ``metrics.json`` with the last.
    """
    with written_whole(curves) as partial:
        partial.mkdir()
        for corpus, count in catalogue["folds"].items():
            for name in catalogue["models"]:
                paths = (model_path(models, corpus, name, fold) for fold in range(count))
                rows = mean_curve(about_model(path)["curve"] for path in paths)
                if rows:
                    log(rows, partial / corpus / name)


def mean_curve(curves: Iterable[Curve]) -> Curve:
    """Mean at every step over the folds that came so far."""
    by_step: dict[int, Curve] = {}
    for curve in curves:
        for row in curve:
            by_step.setdefault(int(row["step"]), []).append(row)
    return [
        {word: sum(row[word] for row in rows) / len(rows) for word in rows[0]} | {"step": step}
        for step, rows in sorted(by_step.items())
    ]


def log(rows: Curve, folder: Path) -> None:
    """Give one curve to dvclive."""
    from dvclive import Live  # takes a while, and belongs to the last line of one stage

    logging.getLogger("dvclive").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"report": None, "dvcyaml": None, "save_dvc_exp": False}
    with Live(str(folder), monitor_system=False, **quiet) as live:
        for row in rows:
            live.step = row["step"]
            for word, value in row.items():
                if word != "step":
                    live.log_metric(word, value)
            live.make_summary()
