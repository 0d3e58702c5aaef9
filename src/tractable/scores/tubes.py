"""The tubes that physics is asked about: the simulator's own, and the measured one."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import xarray as xr

from tractable.scores.evidence import FORMANTS
from tractable.tube import (
    PIRIFORM,
    SONDHI_SCHROETER,
    VOCALTRACTLAB,
    Branch,
    Losses,
    formants,
    length_sensitivity,
    sensitivity,
)


@dataclass(frozen=True)
class Tube:
    """Sections of one speaker's tract, glottis first, its losses, and a closed branch or none."""

    area: np.ndarray  # (..., frame, section) [m2]
    section_length: np.ndarray  # the same shape [m]
    branch: Branch | None
    losses: Losses = SONDHI_SCHROETER

    def at(self, frames: np.ndarray) -> "Tube":
        return replace(self, area=self.area[frames], section_length=self.section_length[frames])

    def scaled(self, factor: np.ndarray) -> "Tube":
        """The same tubes with areas ``factor`` times as large, for every leading dim of it."""
        area = self.area * factor
        return replace(
            self, area=area, section_length=np.broadcast_to(self.section_length, area.shape)
        )


def true_tube(truth: xr.Dataset) -> Tube:
    """The simulator's own tube, its losses, its piriform fossa open (time, section)."""
    return Tube(truth.area.values, truth.section_length.values, PIRIFORM, VOCALTRACTLAB)


def measured_tube(areas: xr.Dataset) -> Tube:
    """Measured areas on equal sections, without a branch that nobody measured (time, section)."""
    area = areas.area.values
    length = areas.tract_length.values[:, None] / area.shape[1]
    return Tube(area, np.broadcast_to(length, area.shape), None)


def measured_with_known_rest(areas: xr.Dataset, truth: xr.Dataset) -> Tube:
    """Measured areas with the simulator's losses and fossa: the true tube but for its shape."""
    tube, known = measured_tube(areas), true_tube(truth)
    before = known.section_length[:, : PIRIFORM.joint].sum(1) / known.section_length.sum(1)
    joint = round(float(np.median(before)) * tube.area.shape[1])
    return replace(tube, branch=PIRIFORM._replace(joint=joint), losses=known.losses)


def frequencies(tube: Tube) -> np.ndarray:
    """The scored formants (..., frame, formant) [Hz]; NaN where a section is closed or unknown."""
    return asked(tube, lambda *shape, **how: formants(*shape, **how).frequency)


def sensitivities(tube: Tube) -> tuple[np.ndarray, np.ndarray]:
    """dlnF/dlnA and dlnF/dln(section length) (..., frame, formant, section); the branch stays."""
    return asked(tube, sensitivity), asked(tube, length_sensitivity)


def asked(tube: Tube, question: Callable[..., torch.Tensor]) -> np.ndarray:
    """A question to the frames whose tube is known; NaN for the others."""
    known = ((tube.area > 0) & (tube.section_length > 0) & np.isfinite(tube.area)).all(-1)
    shape = (np.log(tube.area[known]), tube.section_length[known])
    told = question(
        *(torch.from_numpy(part) for part in shape),
        count=len(FORMANTS),
        branch=tube.branch,
        losses=tube.losses,
    ).numpy()
    answers = np.full((*known.shape, *told.shape[1:]), np.nan)
    answers[known] = told
    return answers
