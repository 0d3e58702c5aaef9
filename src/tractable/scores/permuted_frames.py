"""V1 by permutation of frames: does a map belong to its frame, or would another's do as well?"""

from collections.abc import Iterable, Iterator

import numpy as np
import xarray as xr
from jaxtyping import Int

from tractable.contracts import BadInput
from tractable.scores.exam import Exam
from tractable.scores.maps import number_of
from tractable.scores.metrics import squared
from tractable.scores.score import Score, by_formant, exactly
from tractable.scores.sensitivity import answered_in

TIE = 1e-9  # of skill: what other orders of a sum make
STREAM = 1  # of random numbers, apart from those of the control `permuted_physics`
METRIC = "natural"


def permutation_scores(exam: Exam, *, permutations: int, seed: int) -> list[Score]:
    """What a model's maps lose on other frames of the speaker, and how often that is nothing.

    Frames change places with others that the same fold holds out. Of physics told of frames that
    were drawn all shares are alike likely. A network's map is a function of its frame's shape: what
    it has learnt or not, it may be at home there; so a small share is no merit.

    Parameters
    ----------
    permutations : that are drawn, the same for all models.
    seed : of the permutations, with the speaker's name.

    Returns
    -------
    Natural skill in its own frames less the mean over permutations, null 0; and the share of
    permutations with no less skill [%], ties by half, null 50 (a map alike in all frames has that).
    Of the frames of which everybody has a map who has any. NaN: not asked, or no fold has two.

    Raises
    ------
    BadInput : no permutation.
    """
    if permutations < 1:
        raise BadInput(
            f"scores: battery: permutations: {permutations}, at least 1 is needed; some 200 tell a "
            "share of 1 %"
        )
    random = np.random.default_rng([seed, number_of(exam.evidence.speaker), STREAM])
    exam = exam.at(answered_by_all(exam))
    fold = exam.evidence.fold_of_frame.values
    gained = by_formant(gains(exam, orders(fold, permutations, random)))
    gained = gained.where(len(np.unique(fold)) < len(fold))
    as_good = (gained > TIE).mean("draw") + (abs(gained) <= TIE).mean("draw") / 2
    share = 100 * as_good.where(gained.notnull().all("draw"))
    lost = -gained.mean("draw")
    return [
        Score("V1 natural skill lost by permuted frames", lost, 1, exactly(0.0)),
        Score("V1 permuted frames as good (%)", share, -1, exactly(50.0), exactly(0.0)),
    ]


def answered_by_all(exam: Exam) -> Int[np.ndarray, " kept"]:
    """Frames of which everybody has a map who has any."""
    known = exam.answers.distance_sensitivity.notnull().all(["formant", "place"])
    able = known.any("frame")
    return np.flatnonzero((known | ~able).all("model").values)


def orders(
    fold: Int[np.ndarray, " frame"], count: int, random: np.random.Generator
) -> Iterator[Int[np.ndarray, " frame"]]:
    """Permutations of frames within each fold."""
    for _ in range(count):
        order = np.arange(len(fold))
        for own in (np.flatnonzero(fold == one) for one in np.unique(fold)):
            order[own] = random.permutation(own)
        yield order


def gains(exam: Exam, drawn: Iterable[Int[np.ndarray, " frame"]]) -> xr.DataArray:
    """Natural skill of maps in other orders less that in their own (draw, model, formant).

    Within a fold the metric is the same, so that of |J - S*|^2_Q only the product of J and S*
    changes.
    """
    reference, metric = exam.reference.distance_sensitivity, exam.metric(METRIC)
    baseline = exam.held_out(exam.training.neutral[METRIC])
    maps = answered_in(exam, exam.answers.distance_sensitivity, METRIC)
    guessed = squared(reference - baseline, metric).sum("frame")
    toward = xr.dot(metric, reference, dim="place").rename(other="place")

    def along(order: Int[np.ndarray, " frame"]) -> xr.DataArray:
        return xr.dot(maps.isel(frame=order), toward, dim=["frame", "place"])

    own = along(np.arange(maps.sizes["frame"]))
    return 2 * (xr.concat(map(along, drawn), "draw") - own) / guessed.where(guessed > 0)
