"""V8, of interventions: does what an inverse model draws of a raised formant raise that formant?"""

import numpy as np
import xarray as xr

from tractable.scores.evidence import Evidence
from tractable.scores.score import Score, by_formant, exactly


def redrawn_scores(evidence: Evidence) -> list[Score]:
    """What physics hears of the shape that a model draws when one formant of the sound is raised.

    Many shapes make one sound, so no shape is asked for: any change will do by which physics, to
    first order at the measured shape, raises that formant by as much and lets the others be.
    *Followed*: how much of the rise comes back, 1 all; more is no better. *Skill*: 1 - the squares
    of all that is not as wanted, of all formants, over those of a model that lets everything be.
    A model that is not sure rightly moves less, so that the best guess may have less than 1 of
    both. Nothing where no model draws shapes.
    """
    answers, physics = evidence.answers, evidence.reference
    if "inverse_model" not in answers.coords:
        return []
    drawn = answers[["redrawn_distance", "redrawn_length"]]
    drawn = drawn.rename(inverse_model="model", formant="raised")
    heard = xr.dot(physics.distance_sensitivity, drawn.redrawn_distance, dim="place")
    heard = heard + physics.stretch_sensitivity * drawn.redrawn_length
    wanted = xr.DataArray(np.eye(heard.sizes["formant"]), dims=("formant", "raised"))
    followed = (heard * wanted).sum("formant", skipna=False)
    missed = ((heard - wanted) ** 2).sum("formant", skipna=False)
    found = {"formant followed": (followed, 0), "skill of a raised formant": (1 - missed, 1)}
    return [
        Score(
            f"V8 {name}",
            by_formant(value.mean("frame").rename(raised="formant")),
            better,
            exactly(0.0),
            exactly(1.0),
            "inverse",
        )
        for name, (value, better) in found.items()
    ]
