"""An exam: one speaker's evidence, what the folds were trained on, and everybody's answers."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from tractable.scores.evidence import Evidence
from tractable.scores.training import Training, width_metric


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
        return width_metric(self.evidence, self.width)

    def metric(self, name: str) -> xr.DataArray:
        """Q by its name."""
        return {"natural": self.natural, "interventional": self.interventional}[name]

    def at(self, keep: np.ndarray) -> "Exam":
        """Of some of its frames alone, by index; what training taught stays."""
        answers = self.answers.isel(frame=keep)
        return replace(self, evidence=self.evidence.at(keep), answers=answers)
