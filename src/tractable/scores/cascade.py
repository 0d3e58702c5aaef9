"""V7: does an explanation fall to its null when the network forgets, layer by layer?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from tractable.scores.exam import Exam
from tractable.scores.metrics import cosine
from tractable.scores.score import UNKNOWN, Score, by_formant, exactly
from tractable.scores.sensitivity import skill_in


class Cascade(NamedTuple):
    """One speaker's networks (model, cascade, formant) while their layers become random."""

    skill: xr.DataArray  # V1, natural
    agreement: xr.DataArray  # cosine to what they had learnt: random weights may be of any size

    @classmethod
    def of(cls, exam: Exam) -> "Cascade":
        maps = exam.evidence.answers.cascade_sensitivity
        known = maps.notnull().any(["cascade", "frame", "formant", "place"])
        maps = maps.isel(model=np.flatnonzero(known.values))
        alike = cosine(maps, maps.isel(cascade=0, drop=True), exam.natural)
        return cls(skill_in(exam, maps, "natural"), by_formant(alike))

    @property
    def scores(self) -> list[Score]:
        """Of networks all of whose layers are random.

        The skill must be no better than the neutral map's 0; so must that of shuffled and untrained
        networks before they forget anything. A derivative is that of whatever weights there are, so
        that this asks more of our code than of a model: nobody is called better.
        """
        skill, alike = forgotten(self.skill), forgotten(self.agreement)
        return [
            Score("V7 natural skill of random weights", skill, 0, exactly(0.0), UNKNOWN),
            Score("V7 agreement with random weights", alike, 0, exactly(0.0), UNKNOWN),
        ]


def forgotten(values: xr.DataArray) -> xr.DataArray:
    """Of steps (model, cascade, formant) the last that a model has."""
    steps = values.notnull().any("formant").sum("cascade")
    return values.isel(cascade=steps - 1)


def cascade_curves(speakers: Sequence[Cascade]) -> dict[str, np.ndarray | xr.DataArray]:
    """What the contract ``scores`` has of cascades, means of F1 to F3."""
    curves = {
        f"cascade_{name}": xr.concat([getattr(of, name) for of in speakers], "speaker")
        .sel(formant="mean", drop=True)
        .transpose("model", "speaker", "cascade")
        for name in Cascade._fields
    }
    return {"cascade": np.arange(curves["cascade_skill"].sizes["cascade"])} | curves
