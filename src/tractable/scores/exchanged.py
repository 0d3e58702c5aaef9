"""V1 by permutation: does a map belong to its frame, or would that of another frame do as well?"""

from collections.abc import Iterable, Iterator

import numpy as np
import xarray as xr
from jaxtyping import Int

from tractable.scores.exam import Exam
from tractable.scores.maps import number_of
from tractable.scores.metrics import squared
from tractable.scores.score import Score, by_formant, exactly
from tractable.scores.sensitivity import answered_in

TIE = 1e-9  # of skill: what other orders of a sum make


def exchange_scores(exam: Exam, *, permutations: int, seed: int) -> list[Score]:
    """Natural skill of a model's own maps on other frames, and how often that is no less.

    Frames are exchanged with others of the speaker that the same fold holds out. A map that is
    alike in all frames has as much skill on any; ties count by half, so that its share is 50 %.

    Parameters
    ----------
    permutations : that are drawn, the same for all models.
    seed : of the permutations, with the speaker's name.
    """
    random = np.random.default_rng([seed, number_of(exam.evidence.speaker)])
    exam = exam.at(answered_by_all(exam))
    orders = exchanges(exam.evidence.fold_of_frame.values, permutations, random)
    gained = by_formant(gains(exam, orders))
    as_good = (gained > TIE).mean("draw") + (abs(gained) <= TIE).mean("draw") / 2
    share = 100 * as_good.where(gained.notnull().all("draw"))
    return [
        Score("V1 natural skill lost on other frames", -gained.mean("draw"), 1, exactly(0.0)),
        Score("V1 other frames as good (%)", share, -1, exactly(50.0), exactly(0.0)),
    ]


def answered_by_all(exam: Exam) -> Int[np.ndarray, " kept"]:
    """Frames of which everybody has a map who has any."""
    known = exam.answers.distance_sensitivity.notnull().all(["formant", "place"])
    able = known.any("frame")
    return np.flatnonzero((known | ~able).all("model").values)


def exchanges(
    fold: Int[np.ndarray, " frame"], count: int, random: np.random.Generator
) -> Iterator[Int[np.ndarray, " frame"]]:
    """Permutations of frames within each fold."""
    for _ in range(count):
        order = np.arange(len(fold))
        for own in (np.flatnonzero(fold == one) for one in np.unique(fold)):
            order[own] = random.permutation(own)
        yield order


def gains(exam: Exam, orders: Iterable[Int[np.ndarray, " frame"]]) -> xr.DataArray:
    """Natural skill of maps in other orders less that in their own (draw, model, formant).

    Within a fold the metric is the same, so that of |J - S*|^2_Q only the product of J and S*
    changes.
    """
    name = "natural"
    reference, metric = exam.reference.distance_sensitivity, exam.metric(name)
    baseline = exam.held_out(exam.training.neutral[name])
    maps = answered_in(exam, exam.answers.distance_sensitivity, name)
    guessed = squared(reference - baseline, metric).sum("frame")
    toward = xr.dot(metric, reference, dim="place").rename(other="place")

    def along(order: Int[np.ndarray, " frame"]) -> xr.DataArray:
        return xr.dot(maps.isel(frame=order), toward, dim=["frame", "place"])

    own = along(np.arange(maps.sizes["frame"]))
    return 2 * (xr.concat(map(along, orders), "draw") - own) / guessed
