"""V7: does an explanation fall to its null when the network forgets, layer by layer?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from tractable.scores.exam import Exam
from tractable.scores.metrics import inner, squared
from tractable.scores.score import UNKNOWN, Score, by_formant, exactly
from tractable.scores.sensitivity import skill_in


class Cascade(NamedTuple):
    """One speaker's networks (model, cascade, formant) while their layers become random."""

    skill: xr.DataArray  # V1, natural
    agreement: xr.DataArray  # with what they had learnt

    @classmethod
    def of(cls, exam: Exam) -> "Cascade":
        maps = exam.evidence.answers.cascade_sensitivity
        known = maps.notnull().any(["cascade", "frame", "formant", "place"])
        maps = maps.isel(model=np.flatnonzero(known.values))
        return cls(skill_in(exam, maps, "natural"), agreement(maps, exam.natural))

    @property
    def scores(self) -> list[Score]:
        """Of networks all of whose layers are random.

        The skill must be no better than the neutral map's 0, or what was explained is not what was
        learnt; so must that of shuffled and untrained networks before they forget anything.
        """
        skill, alike = forgotten(self.skill), forgotten(self.agreement)
        return [
            Score("V7 natural skill of random weights", skill, 0, exactly(0.0), UNKNOWN),
            Score("V7 agreement with random weights", alike, 0, exactly(0.0), UNKNOWN),
        ]


def agreement(maps: xr.DataArray, metric: xr.DataArray) -> xr.DataArray:
    """Cosine, by a metric and over all frames, of each step's maps to those that were learnt.

    Their size is left out: random weights may be large or small. 0: nothing in common.

    Parameters
    ----------
    maps : dlnF/dlnd (model, cascade, frame, formant, place).
    metric : Q (frame, place, other).
    """
    learnt = maps.isel(cascade=0)
    size = squared(maps, metric).sum("frame", min_count=1)
    along = inner(maps, learnt, metric).sum("frame", min_count=1)
    whole = (size * size.isel(cascade=0)) ** 0.5
    return by_formant(along / whole.where(whole > 0))


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
