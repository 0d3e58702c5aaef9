"""V3: which way does a formant go when one region is made wider or narrower?"""

import xarray as xr

from tractable.scores.evidence import widening_signs
from tractable.scores.exam import Exam
from tractable.scores.metrics import ratio_of_sums
from tractable.scores.score import Score, exactly, with_labels


def credit(answered: xr.DataArray, reference: xr.DataArray | int) -> xr.DataArray:
    """1 for the right sign, 0 for the wrong one, a half for no answer, as a coin would earn."""
    return (1 + answered * reference) / 2


def balanced_accuracy(
    answered: xr.DataArray, reference: xr.DataArray, informative: xr.DataArray
) -> xr.DataArray:
    """Mean recall of the two signs in each cell (model, formant, region): a constant gets 0.5.

    Parameters
    ----------
    answered : (model, frame, formant, region, side).
    reference : (frame, formant, region, side).
    informative : (frame, formant, region), cells whose sign is not a foregone conclusion. A cell in
        which this speaker shows a single sign has no balanced accuracy (NaN).
    """
    earned = credit(answered, reference)
    recalls = []
    for sign in (-1, 1):
        asked = ((reference == sign) & informative).astype(float)
        recalls.append(ratio_of_sums(earned * asked, asked, ["frame", "side"]))
    return (recalls[0] + recalls[1]) / 2


def plain_accuracy(
    answered: xr.DataArray, reference: xr.DataArray, among: xr.DataArray | bool = True
) -> xr.DataArray:
    """Share of right signs in every cell (model, formant, region): a constant map does well.

    ``among`` : cells of a frame that are asked (frame, formant, region).
    """
    asked = ((reference != 0) & among).astype(float)
    return ratio_of_sums(credit(answered, reference) * asked, asked, ["frame", "side"])


def intervention_scores(exam: Exam, *, foregone: float) -> list[Score]:
    """V3 over the informative cells, and over all cells beside it.

    ``foregone`` is the share of training frames from which on a sign is no question any more.
    """
    answered, truth = widening_signs(exam.answers), widening_signs(exam.reference)
    majority, informative = usual_signs(exam, foregone)
    balanced = balanced_accuracy(answered, truth, informative)
    usual = over_cells(plain_accuracy(majority, truth))
    every = over_cells(plain_accuracy(answered, truth))
    half, all_right = exactly(0.5), exactly(1.0)
    return [
        Score("V3 balanced accuracy", over_cells(balanced), 1, half, all_right),
        Score("V3 accuracy in all cells (diagnostic)", every, 1, usual, all_right),
    ]


def informative_score(exam: Exam, *, foregone: float) -> Score:
    """V3 where few signs of a cell can be seen, as in one phone: beside what is usual in speech."""
    answered, truth = widening_signs(exam.answers), widening_signs(exam.reference)
    majority, informative = usual_signs(exam, foregone)
    right, usual = (
        over_cells(plain_accuracy(signs, truth, informative)) for signs in (answered, majority)
    )
    return Score("V3 accuracy in informative cells", right, 1, usual, exactly(1.0))


def usual_signs(exam: Exam, foregone: float) -> tuple[xr.DataArray, xr.DataArray]:
    """Of training frames: the sign of most, and whether it is no foregone conclusion."""
    raises = exam.held_out(exam.training.widening_raises)
    informative = xr.ufuncs.maximum(raises, 1 - raises) < foregone
    return xr.where(raises >= 0.5, 1.0, -1.0), informative


def over_cells(values: xr.DataArray) -> xr.DataArray:
    """Mean over the cells of each formant, and over all cells of all formants."""
    mean = values.mean(["formant", "region"]).expand_dims(formant=["mean"])
    return xr.concat([with_labels(values.mean("region")), mean], "formant")
