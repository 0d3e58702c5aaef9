"""V4: which cavity does a formant belong to?"""

import numpy as np
import xarray as xr

from tractable.scores.evidence import on_frames
from tractable.scores.exam import Exam
from tractable.scores.metrics import ratio_of_sums
from tractable.scores.score import Score, by_formant, exactly, with_labels

BACK, CONSTRICTION, FRONT = 0, 1, 2  # cavities, in the order of the contract


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
    """Share of frames in which the largest share is in the same cavity (diagnostic).

    Cavities that tie for the largest share have a part of it each.
    """
    same = (largest(answered) * largest(reference)).sum("cavity", skipna=False)
    return same.mean("frame")


def largest(shares: xr.DataArray) -> xr.DataArray:
    """1 in the cavity with the largest share, divided where several tie; NaN where unknown."""
    tops = (
        (shares > shares.max("cavity") - 1e-9).astype(float).where(shares.notnull().all("cavity"))
    )
    return tops / tops.sum("cavity", skipna=False)


def constriction_place(exam: Exam) -> xr.DataArray:
    """Middle of the constriction (frame,) [m from the glottis]; NaN where there is none clear."""
    share = exam.reference.length_share
    length = on_frames(exam.evidence.tract_length, exam.evidence.frames)
    return (share.isel(cavity=BACK) + share.isel(cavity=CONSTRICTION) / 2) * length


def swap_place(shares: xr.DataArray, place: xr.DataArray) -> xr.DataArray:
    """Where a constriction moving forward takes a formant from the front to the back cavity.

    Of all places, the one that best divides frames whose front cavity has the larger share from
    those whose back cavity has; at the end of what was seen if there is one kind only.

    Parameters
    ----------
    shares : (..., frame, cavity); frames with equal shares, or NaN, do not count.
    place : of the constriction (frame,) [m from the glottis].

    Returns
    -------
    (...,) [m]; NaN where no frame counts.
    """
    leaning = shares.isel(cavity=FRONT) - shares.isel(cavity=BACK)
    return xr.apply_ufunc(
        dividing_place,
        place,
        leaning.where(leaning != 0),
        input_core_dims=[["frame"], ["frame"]],
        vectorize=True,
    )


def dividing_place(place: np.ndarray, leaning: np.ndarray) -> float:
    """The place with the fewest frames on its wrong side; of several as good one in the middle."""
    known = np.isfinite(place) & np.isfinite(leaning)
    if not known.any():
        return np.nan
    order = np.argsort(place[known], kind="stable")
    place, front = place[known][order], leaning[known][order] > 0
    candidates = np.concatenate([place[:1], (place[1:] + place[:-1]) / 2, place[-1:]])
    wrong_below = np.concatenate([[0], np.cumsum(~front)])
    wrong_above = front.sum() - np.concatenate([[0], np.cumsum(front)])
    between = np.concatenate([[True], np.diff(place) > 0, [True]])  # not within one place
    wrong = np.where(between, wrong_below + wrong_above, len(place) + 1)
    best = candidates[wrong == wrong.min()]
    return best[(len(best) - 1) // 2]


def swap_score(answered: xr.DataArray, truth: xr.DataArray, exam: Exam) -> Score:
    """How far F2's swap place lies from the reference's [cm]; a guess goes by length alone.

    F2 alone: over the vowels it is the formant that passes from one cavity to the other.
    """
    place = constriction_place(exam)
    by_length = exam.reference.length_share + xr.zeros_like(truth)
    given, known, guessed = (
        swap_place(of.sel(formant=[2]), place) for of in (answered, truth, by_length)
    )
    error, null = (with_labels(100 * abs(found - known)) for found in (given, guessed))
    return Score("V4 swap place error (cm)", error, -1, null, exactly(0.0))


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
        swap_score(answered, truth, exam),
        Score(
            "V4 affiliation skill of F1 (diagnostic)",
            with_labels(skill.sel(formant=[1])),
            0,
            guess,
            right,
        ),
    ]
