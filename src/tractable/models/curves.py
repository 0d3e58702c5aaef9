"""How models learnt, as `dvc plots` and `dvc exp show` read it."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tractable.models.files import about_model, model_path
from tractable.whole import written_whole

Curve = list[dict[str, float]]


def save_curves(models: Path, curves: Path, catalogue: Mapping[str, Any]) -> None:
    """Write loss, its parts, and error on what was held back, of all that learnt step by step.

    Means over folds, by dvclive: ``curves/plots/metrics/CORPUS/MODEL/error.tsv`` and so on by step,
    and ``curves/metrics.json`` with the last of each.
    """
    from dvclive import Live  # takes a while, and belongs to the last line of one stage

    logging.getLogger("dvclive").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"report": None, "dvcyaml": None, "save_dvc_exp": False}
    with (
        written_whole(curves) as partial,
        Live(str(partial), monitor_system=False, **quiet) as live,
    ):
        partial.mkdir(exist_ok=True)
        for corpus, count in catalogue["folds"].items():
            for name in catalogue["models"]:
                paths = (model_path(models, corpus, name, fold) for fold in range(count))
                for row in mean_curve(about_model(path)["curve"] for path in paths):
                    live.step = int(row.pop("step"))
                    for word, value in row.items():
                        live.log_metric(f"{corpus}/{name}/{word}", value)
        live.make_summary()


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
