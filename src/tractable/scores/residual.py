"""VR: how much of a hybrid is not physics?"""

import xarray as xr

from tractable.scores.evidence import Stores, unlabelled
from tractable.scores.exam import Exam
from tractable.scores.metrics import ratio_of_sums, squared
from tractable.scores.score import Score, by_formant, exactly


def residual_share(maps: xr.DataArray, tube: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """sum |J - J_tube|^2_Q / sum (|J_tube|^2_Q + |J - J_tube|^2_Q): 0 all physics, 1 none.

    Parameters
    ----------
    maps, tube : dlnF/dlnd of the model and of its own tube (model, frame, formant, place); NaN
        where a model has no tube.
    metric : natural Q (frame, place, other).
    """
    unexplained = squared(maps - tube, metric)
    return ratio_of_sums(unexplained, squared(tube, metric) + unexplained, "frame")


def residual_size(residual: xr.DataArray) -> xr.DataArray:
    """Root mean square over ``time`` of what a model adds to its tube, in ln F (model, formant)."""
    return (residual**2).mean("time") ** 0.5


def residual_scores(exam: Exam, stores: Stores) -> list[Score]:
    """VR: the share in the natural metric, and the size in ln F over held-out frames."""
    evidence, answers = exam.evidence, exam.evidence.answers
    share = residual_share(
        answers.distance_sensitivity, answers.tube_distance_sensitivity, exam.natural
    )
    residual = unlabelled(stores["predictions"].residual).where(evidence.asked_of_sound)
    none, nothing_else = exactly(0.0), exactly(1.0)
    return [
        Score("VR residual share", by_formant(share), -1, nothing_else, none),
        Score("VR residual rms in ln F", by_formant(residual_size(residual)), -1, ceiling=none),
    ]
