"""Scores of several speakers, laid out for tables, figures and paired tests."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tractable.contracts import SCORES, described
from tractable.scores.score import Score

DIRECTIONS = ("forward", "efficiency", "inverse", "measurement", "movement")
OF_THEIR_OWN = ("efficiency", "measurement", "movement")  # whose scores ask nobody but who answers
LABELS = ("F1", "F2", "F3", "mean", "all")
#: The truth, judged by the only reference that a recording has: the cap of every real score.
CAPPED = "truth_by_measured_areas"
#: The same by another law: how much the cap owes to which law is the judge.
OTHERWISE_CAPPED = "truth_by_square_law"
#: Physics told of shapes that are as wrong as contours say they are, and as they are.
DRAWN, MEASURED = "physics_in_doubt", "physics_on_contours"
#: Who are no models, and have only scores of their own.
CEILINGS = {CAPPED, OTHERWISE_CAPPED, DRAWN, MEASURED}


def assembled(
    corpus: str, scores: Mapping[str, list[Score]], curves: Mapping[str, np.ndarray | xr.DataArray]
) -> xr.Dataset:
    """The scores of every speaker (name -> scores) as a dataset of the contract ``scores``.

    With ``curves``, which the contract has beside them, speakers in the same order; those that have
    a dim ``model`` are labelled along it, and NaN for models that they do not have.
    """
    everything = [score for of_one in scores.values() for score in of_one]
    kinds = {score.name: score for score in reversed(everything)}
    names = list(dict.fromkeys(score.name for score in everything))
    models = list(dict.fromkeys(str(m) for s in everything for m in s.value.model.values))
    axes = {"model": models, "speaker": list(scores), "score": names, "formant": list(LABELS)}
    about = {
        "direction": np.array([kinds[name].direction for name in names]),
        "better": np.array([kinds[name].better for name in names]),
        "asked": asked(axes, everything),
    }
    labels = {dim: np.array(found) for dim, found in axes.items()}
    beside = {name: on_models(curve, models) for name, curve in curves.items()}
    return described(SCORES, labels | about | laid_out(axes, scores) | beside, corpus=corpus)


def on_models(curve: np.ndarray | xr.DataArray, models: list[str]) -> np.ndarray:
    """Bare values of a curve; with one row for each of ``models`` if it has a dim ``model``."""
    if isinstance(curve, np.ndarray):
        return curve
    return (curve.reindex(model=models) if "model" in curve.dims else curve).values


def laid_out(
    axes: Mapping[str, list[str]], scores: Mapping[str, list[Score]]
) -> dict[str, np.ndarray]:
    """Values on all axes, nulls and ceilings on all but ``model``; NaN where nobody answered."""
    value, null, ceiling = empty(axes), empty(axes, "model"), empty(axes, "model")
    for k, of_one in enumerate(scores.values()):
        for score in of_one:
            j, columns = axes["score"].index(score.name), places_of(score.value.formant, LABELS)
            rows = places_of(score.value.model, axes["model"])
            across = score.value.transpose("model", "formant").values
            value[np.ix_(rows, [k], [j], columns)] = across[:, None, None]
            for table, given in ((null, score.null), (ceiling, score.ceiling)):
                if given.notnull().any():
                    table[k, j, columns] = given.values
    return {"value": value, "null": null, "ceiling": ceiling}


def empty(axes: Mapping[str, list[str]], less: str = "") -> np.ndarray:
    return np.full([len(labels) for dim, labels in axes.items() if dim != less], np.nan)


def places_of(labels: xr.DataArray, among: Sequence[str]) -> list[int]:
    return [among.index(str(label)) for label in labels.values]


def asked(axes: Mapping[str, list[str]], scores: list[Score]) -> np.ndarray:
    """1 where the table has a row (model, score, formant).

    A model that takes part in a direction is asked for every score of it, and may answer NaN: not
    applicable. Ceilings, and what is measured on the way, have their own scores only.
    """
    rows = np.zeros([len(axes[dim]) for dim in ("model", "score", "formant")], "int8")
    taking_part: dict[str, set[str]] = {}
    for score in scores:
        taking_part.setdefault(score.direction, set()).update(map(str, score.value.model.values))
    for score in scores:
        every = set() if score.direction in OF_THEIR_OWN else taking_part[score.direction]
        wanted = set(map(str, score.value.model.values)) | (every - CEILINGS)
        models = [axes["model"].index(model) for model in wanted]
        columns = places_of(score.value.formant, LABELS)
        rows[np.ix_(models, [axes["score"].index(score.name)], columns)] = 1
    return rows
