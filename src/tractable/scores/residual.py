"""VR: how much of a hybrid is not a tube, and how much of its tube is a network's?"""

import xarray as xr

from tractable.scores.evidence import Stores, unlabelled
from tractable.scores.exam import Exam
from tractable.scores.metrics import ratio_of_sums, squared
from tractable.scores.score import Score, by_formant, exactly, of_no_formant


def share_beyond(whole: xr.DataArray, plain: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """sum |J - J_plain|^2_Q / sum (|J_plain|^2_Q + |J - J_plain|^2_Q): 0 nothing beyond, 1 all.

    Parameters
    ----------
    whole, plain : dlnF/dlnd of a model and of what is plain about it (model, frame, formant,
        place); NaN where it has no tube.
    metric : natural Q (frame, place, other).
    """
    beyond = squared(whole - plain, metric)
    return ratio_of_sums(beyond, squared(plain, metric) + beyond, "frame")


def residual_scores(exam: Exam, stores: Stores) -> list[Score]:
    """VR: what a model's dependence has beyond its tube's, and its tube's beyond a law by place's.

    Shares in the natural metric; sizes are root mean squares: of the residual in ln F over
    held-out frames, of the bend in ln A, less its mean, over the explained ones.
    """
    evidence, answers = exam.evidence, exam.evidence.answers
    tube = answers.tube_distance_sensitivity
    beyond_tube = share_beyond(answers.distance_sensitivity, tube, exam.natural)
    beyond_law = share_beyond(tube, tube - answers.bend_distance_sensitivity, exam.natural)
    residual = unlabelled(stores["predictions"].residual).where(evidence.asked_of_sound)
    none, nothing_else = exactly(0.0), exactly(1.0)
    moving = answers.bend - answers.bend.mean("frame")  # the rest is a law by place
    bend = of_no_formant(rms(moving, ["frame", "place"]))
    return [
        Score("VR residual share", by_formant(beyond_tube), -1, nothing_else, none),
        Score("VR residual rms in ln F", by_formant(rms(residual, ["time"])), -1, ceiling=none),
        Score("VR bend share", by_formant(beyond_law), 0),  # it may be right to bend
        Score("VR bend rms in ln area", bend, 0),
    ]


def rms(values: xr.DataArray, over: list[str]) -> xr.DataArray:
    """Root mean square."""
    return (values**2).mean(over) ** 0.5
