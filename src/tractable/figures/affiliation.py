"""Formant-cavity affiliation of physics and of models, frame by frame."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tractable.figures.physics import PHYSICS
from tractable.figures.vowels import check_models, positions

CAVITIES = ["back", "constriction", "front"]


def affiliations(
    stores: Mapping[str, xr.Dataset], models: list[str], figure: str
) -> tuple[xr.DataArray, np.ndarray]:
    """Shares of every formant, physics first, and where the explained frames lie on the clock.

    Returns
    -------
    (model, frame, formant, cavity), NaN where a frame has no clear constriction; (frame,).
    """
    told, theory = stores["explanations"].cavity_sensitivity, stores["theory"]
    check_models(models, told.model.values, figure)
    at = positions(told.frame.values, theory.time.values)
    true = theory.affiliation.sel(formant=told.formant, cavity=CAVITIES).values[at]
    parts = [true] + [shares(told.sel(model=m, cavity=CAVITIES).values) for m in models]
    labels = {"model": [PHYSICS, *models], "formant": told.formant.values, "cavity": CAVITIES}
    return xr.DataArray(np.stack(parts), labels, ("model", "frame", "formant", "cavity")), at


def shares(sensitivity: np.ndarray) -> np.ndarray:
    """-dlnF/dlnL of the cavities (..., cavity), made to sum to 1; NaN where they sum to 0."""
    total = sensitivity.sum(-1, keepdims=True)
    return sensitivity / np.where(total == 0, np.nan, total)
