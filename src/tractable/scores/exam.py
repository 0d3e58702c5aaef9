"""An exam: one speaker's evidence, what the folds were trained on, and everybody's answers."""

from dataclasses import dataclass

import xarray as xr

from tractable.scores.evidence import Evidence, on_frames
from tractable.scores.metrics import interventional_metric
from tractable.scores.training import Training, places


@dataclass(frozen=True)
class Exam:
    """``answers`` (model, frame, ...) of models and controls alike."""

    evidence: Evidence
    training: Training
    answers: xr.Dataset
    width: float  # of the interventional metric [m]

    @property
    def reference(self) -> xr.Dataset:
        return self.evidence.reference

    def held_out(self, by_fold: xr.DataArray) -> xr.DataArray:
        """Of what each fold learned, what the fold knows that holds a frame out (frame, ...)."""
        return by_fold.isel(fold=self.evidence.fold_of_frame)

    @property
    def natural(self) -> xr.DataArray:
        return self.held_out(self.training.natural)

    @property
    def interventional(self) -> xr.DataArray:
        length = on_frames(self.evidence.tract_length, self.evidence.frames)
        return interventional_metric(length, places(self.evidence.log_distance), width=self.width)
