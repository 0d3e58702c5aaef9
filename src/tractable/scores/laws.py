"""V2: a longer tract lowers its formants, by as much as the reference says."""

import xarray as xr

from tractable.scores.exam import Exam
from tractable.scores.score import Score, by_formant, exactly


def stretch_distance(stretch: xr.DataArray, reference: xr.DataArray) -> xr.DataArray:
    """Mean distance of dlnF/dlnL (model, frame, formant) to the reference's own, frame by frame.

    The reference's value is -1 only without losses and with ideal lips; a closed branch that does
    not stretch brings it to about -0.87.
    """
    return abs(stretch - reference).mean("frame")


def law_scores(exam: Exam) -> list[Score]:
    """V2, with the value itself beside its distance to the reference's."""
    stretch, reference = exam.answers.stretch_sensitivity, exam.reference.stretch_sensitivity
    deaf = by_formant(abs(reference).mean("frame"))  # a model that knows no length
    distance = by_formant(stretch_distance(stretch, reference))
    own = by_formant(reference.mean("frame"))
    return [
        Score("V2 stretch distance", distance, -1, deaf, exactly(0.0)),
        Score("V2 stretch (diagnostic)", by_formant(stretch.mean("frame")), 0, exactly(0.0), own),
    ]
