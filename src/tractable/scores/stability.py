"""V10: would another model, taught as well, have been explained the same?

Stable is not right: a map that sees no frame never changes. So these scores have no better and no
worse; they say how much of what V1 judges is a matter of chance, or of who trained the model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tractable.contracts import BadInput, likely
from tractable.scores.accuracy import relative_error
from tractable.scores.evidence import Stores, unlabelled
from tractable.scores.exam import Exam
from tractable.scores.metrics import cosine, squared
from tractable.scores.score import Score, by_formant, exactly

MODEL, OTHER = "model", "other_model"
EACH = ["frame", "formant", "place"]


def intraclass(maps: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """What maps by several raters share, in their size: mean <J_a, J_b>_Q over mean |J_a|^2_Q.

    The intraclass correlation about zero, which a sensitivity has by nature, and not about a mean
    over places. 1: all raters say the same; 0: nothing in common.

    Parameters
    ----------
    maps : (..., rater, frame, formant, place); a frame that not all raters were asked about does
        not count.
    metric : Q (frame, place, other).

    References
    ----------
    Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420, with sums of squares about zero.
    """
    raters = maps.sizes["rater"]
    maps = maps.where(maps.notnull().all(["rater", "place"]), 0.0)
    own = squared(maps, metric).sum(["rater", "frame"])
    with_own = squared(maps.sum("rater"), metric).sum("frame")
    return (with_own - own) / (raters - 1) / own.where(own > 0)


def moving(maps: xr.DataArray) -> xr.DataArray:
    """What changes from frame to frame: each rater's maps less their mean; NaN: nothing does."""
    moved = maps - maps.mean("frame")
    return moved.where(
        (moved**2).mean(["frame", "place"]) > 1e-20 * (maps**2).mean(["frame", "place"])
    )


def alike(maps: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """Cosine of the maps of any two models (model, other_model, formant).

    Parameters
    ----------
    maps : J (model, frame, formant, place); NaN: not asked.
    """
    return cosine(maps, maps.rename({MODEL: OTHER}), metric)


def mean_errors(exams: Sequence[Exam], stores: Sequence[Stores]) -> xr.DataArray:
    """Relative error of every model (model,), mean over formants and speakers."""
    each = []
    for exam, of in zip(exams, stores, strict=True):
        told = unlabelled(of["predictions"].frequency).where(exam.evidence.asked_of_sound)
        heard = unlabelled(of["formants"].frequency)
        each.append(relative_error(told, heard).mean("formant", skipna=False))
    return xr.concat(each, "speaker").mean("speaker")


@dataclass(frozen=True, kw_only=True)
class Equals:
    """Who is compared with whom.

    Parameters
    ----------
    within : share of the smaller error by which those of two models may differ.
    among : models that are honest; a control that happens to be as wrong is nobody's equal.
    """

    within: float
    among: list[str]

    def refuse_strangers(self, models: Iterable[str]) -> None:
        """Refuse names of nobody: who is misspelt would have no equals, without a word.

        Raises
        ------
        BadInput : naming the first, and the likely one.
        """
        known = set(models)
        for name in self.among:
            if name not in known:
                where = "params.yaml: scores: battery: equally_accurate: among"
                raise BadInput(f"{where}: no model {name!r}; {likely(name, sorted(known))}")


def equals(error: xr.DataArray, models: xr.DataArray, who: Equals) -> xr.DataArray:
    """Which other models are as accurate (model, other_model): of errors that near to each other.

    Parameters
    ----------
    error : relative (model,).
    models : labels of those that are asked.
    """
    own = error.reindex(model=models)
    other = own.rename({MODEL: OTHER})
    least = xr.ufuncs.minimum(own, other)
    near = abs(own - other) <= who.within * least
    honest = own[MODEL].isin(who.among) & other[OTHER].isin(who.among)
    return near & honest & (own[MODEL] != other[OTHER])


def stability_scores(exam: Exam, error: xr.DataArray, who: Equals) -> list[Score]:
    """V10 of one speaker: over folds, over seeds, over models that are as accurate; with physics.

    The last two are cosines, so that they may be compared.

    Parameters
    ----------
    error, who : see `equals`.
    """
    answers = exam.evidence.answers
    folds = answers.fold_sensitivity.rename(fold="rater")
    own = answers.distance_sensitivity.where(answers.twin_sensitivity.notnull())
    twins = xr.concat([own, answers.twin_sensitivity], "rater")
    scores = []
    for name, maps in {"folds": folds, "seeds": twins}.items():
        for part, seen in (("", maps), (" of what moves", moving(maps))):
            value = by_formant(intraclass(seen, exam.natural))
            scores.append(diagnostic(f"V10 agreement over {name}{part}", value))
    pairs = alike(answers.distance_sensitivity, exam.natural)
    shared = pairs.where(equals(error, pairs[MODEL], who)).mean(OTHER)
    truth = exam.reference.distance_sensitivity
    right = cosine(answers.distance_sensitivity, truth, exam.natural)
    return [
        *scores,
        diagnostic("V10 agreement of equally accurate models", by_formant(shared)),
        diagnostic("V10 agreement with physics", by_formant(right)),
    ]


def diagnostic(name: str, value: xr.DataArray) -> Score:
    return Score(name, value, 0, exactly(0.0), exactly(1.0))


def stability_curves(exams: Sequence[Exam]) -> dict[str, np.ndarray | xr.DataArray]:
    """How alike the maps of any two are, controls among them, under the contract's names."""
    each = [agreements(exam) for exam in exams]
    pairs = xr.concat(each, "speaker").transpose(MODEL, "speaker", OTHER)
    return {OTHER: pairs[OTHER].values.astype(str), "map_agreement": pairs}


def agreements(exam: Exam) -> xr.DataArray:
    """The same of one speaker (model, other_model), of models that have a map."""
    pairs = alike(exam.answers.distance_sensitivity, exam.natural).mean("formant")
    asked = pairs[MODEL].where(exam.answers.distance_sensitivity.notnull().any(EACH), drop=True)
    folds = exam.evidence.answers.fold_sensitivity.rename(fold="rater")
    with_itself = intraclass(folds, exam.natural).mean("formant").reindex(model=asked)
    pairs = pairs.sel({MODEL: asked.values, OTHER: asked.values})
    return pairs.where(pairs[MODEL] != pairs[OTHER], with_itself)
