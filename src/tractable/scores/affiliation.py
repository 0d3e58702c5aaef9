"""V4: which cavity does a formant belong to?"""

import xarray as xr

from tractable.scores.exam import Exam
from tractable.scores.metrics import ratio_of_sums
from tractable.scores.score import Score, by_formant, exactly, with_labels


def shares(cavity_sensitivity: xr.DataArray, *, least_total: float) -> xr.DataArray:
    """lambda: -dlnF/dlnL of every cavity, over the magnitude of their sum: shares of 1.

    The sum is 1 in a lossless tube (scale a tract, and all formants scale). A model may have a sum
    near 0, and shares of nothing are arbitrarily large: it is divided by ``least_total`` at least,
    so that its shares then sum to less than 1. Where the sum is negative so are the shares.
    """
    total = abs(cavity_sensitivity.sum("cavity", skipna=False))
    return cavity_sensitivity / total.clip(min=least_total)


def affiliation_skill(
    answered: xr.DataArray, reference: xr.DataArray, length_share: xr.DataArray
) -> xr.DataArray:
    """1 - sum (lambda^ - lambda*)^2 / sum (lambda* - l_c / L)^2 (model, formant).

    Parameters
    ----------
    answered : shares (model, frame, formant, cavity).
    reference : shares (frame, formant, cavity), NaN in frames without a clear constriction.
    length_share : (frame, cavity), what a cavity has of the tract's length: scores 0.
    """
    missed = ((answered - reference) ** 2).sum("cavity", skipna=False)
    guessed = ((reference - length_share) ** 2).sum("cavity", skipna=False)
    return 1 - ratio_of_sums(missed, guessed, "frame")


def same_cavity(answered: xr.DataArray, reference: xr.DataArray) -> xr.DataArray:
    """Share of frames in which the largest share is in the same cavity (diagnostic)."""
    known = (answered.notnull() & reference.notnull()).all("cavity")
    same = answered.fillna(0).argmax("cavity") == reference.fillna(0).argmax("cavity")
    return same.where(known).mean("frame")


def affiliation_scores(exam: Exam, *, least_total: float) -> list[Score]:
    """V4 for F2 and F3. F1 is reported and not scored: its definitions disagree."""
    answered, truth = (
        shares(found.cavity_sensitivity, least_total=least_total)
        for found in (exam.answers, exam.reference)
    )
    length_share = exam.reference.length_share
    skill = affiliation_skill(answered, truth, length_share)
    same = same_cavity(answered, truth)
    longest = same_cavity(length_share + xr.zeros_like(truth), truth)
    guess, right = exactly(0.0), exactly(1.0)
    higher = {"formant": [2, 3]}
    return [
        Score("V4 affiliation skill", by_formant(skill.sel(higher), (2, 3)), 1, guess, right),
        Score(
            "V4 same cavity (diagnostic)",
            by_formant(same.sel(higher), (2, 3)),
            1,
            by_formant(longest.sel(higher), (2, 3)),
            right,
        ),
        Score(
            "V4 affiliation skill of F1 (diagnostic)",
            with_labels(skill.sel(formant=[1])),
            0,
            guess,
            right,
        ),
    ]
