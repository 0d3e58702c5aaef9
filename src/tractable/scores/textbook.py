"""V3, apart: does the model know what every textbook says a formant does?

Each fact holds for nearly every shape, so one map for all shapes passes: a model that fails knows
less than a textbook, and a model that passes has not shown that it knows more.
"""

from collections.abc import Callable
from typing import NamedTuple

import xarray as xr

from tractable.regions import region_shares
from tractable.scores.exam import Exam
from tractable.scores.interventions import credit
from tractable.scores.score import Score, by_formant, exactly, with_labels

LARYNX, LIPS = 0, 1  # ends of the tract
BACK, FRONT = 0, 2  # thirds


class Fact(NamedTuple):
    """A change of the tract, and the sign of what it does to formants."""

    name: str
    change: Callable[[xr.Dataset], xr.DataArray]  # of ln F (..., frame, formant)
    sign: int
    formants: tuple[int, ...] = (1, 2, 3)


def third_narrowed(answers: xr.Dataset, third: int) -> xr.DataArray:
    """All regions of a third of the tract made narrower, to first order."""
    shares = region_shares(3, answers.sizes["region"])[third]
    return xr.dot(answers.narrowed, xr.DataArray(shares, dims="region"), dim="region")


#: After Chiba and Kajiyama (1941), Fant (1960) and Stevens (1998, p. 150 and 255 ff).
FACTS = (
    Fact("narrower lips lower formants", lambda of: of.narrowed.isel(region=-1), -1),
    Fact("longer lips lower formants", lambda of: -of.end_sensitivity.isel(end=LIPS), -1),
    Fact("lower larynx lowers formants", lambda of: -of.end_sensitivity.isel(end=LARYNX), -1),
    Fact("longer tract lowers formants", lambda of: of.stretch_sensitivity, -1),
    Fact("narrower glottal end raises formants", lambda of: of.narrowed.isel(region=0), 1),
    Fact("narrower front third lowers F1", lambda of: third_narrowed(of, FRONT), -1, (1,)),
    Fact("narrower back third raises F1", lambda of: third_narrowed(of, BACK), 1, (1,)),
)


def obeyed(fact: Fact, answers: xr.Dataset) -> xr.DataArray:
    """Share of frames in which the fact holds (..., formant); no change earns a coin's half."""
    changed = fact.change(answers).sel(formant=list(fact.formants))
    return credit(xr.ufuncs.sign(changed), fact.sign).mean("frame")


def textbook_scores(exam: Exam) -> list[Score]:
    """A score per fact; its ceiling is the share of frames in which physics obeys it.

    Who obeys it more often than physics is wrong in those frames.
    """
    scores = []
    for fact in FACTS:
        labelled = by_formant if len(fact.formants) == 3 else with_labels
        value, ceiling = (labelled(obeyed(fact, of)) for of in (exam.answers, exam.reference))
        scores.append(Score(f"V3 textbook: {fact.name}", value, 1, exactly(0.5), ceiling))
    return scores
