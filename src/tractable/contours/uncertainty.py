"""How far a boundary may be off, and how narrow a constriction is that counts as closed.

Across an edge the network gives its largest share to one tissue and then to another; what it keeps
back from both, summed up along that way, is its doubt, and grows with the error. How the two go
together was learnt by ``calibration`` and is released beside the weights.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int8

from tractable.contours.kernel import FACE
from tractable.contracts import ARTICULATORS, CONSTRICTIONS, BadInput
from tractable.segmenter.preparation import GRID
from tractable.segmenter.release import CALIBRATION, WEIGHTS
from tractable.store import digest


class Calibration(NamedTuple):
    """sd = scale (doubt / GRID)^power by articulator; what counts as closed."""

    scale: Float[np.ndarray, " articulator"]  # m; NaN of the face, which nobody asks for
    power: Float[np.ndarray, " articulator"]
    closed: Float[np.ndarray, " constriction"]  # m; a degree below is a closure


def calibration_in(folder: Path) -> Calibration:
    """The calibration of the weights in a folder.

    Raises
    ------
    BadInput : there is none, or it is of other weights.
    """
    if not (folder / CALIBRATION).is_file():
        raise BadInput(f"{folder / CALIBRATION}: no calibration beside the weights")
    content = json.loads((folder / CALIBRATION).read_text())
    if content["weights"] != digest(folder / WEIGHTS):
        raise BadInput(
            f"{folder / CALIBRATION}: calibrated with other weights than those beside it; in "
            "stages/segmenter, `python -P calibration.py --atlas ATLAS --released FOLDER`"
        )
    articulators = [content["articulators"].get(name, {}) for name in ARTICULATORS]
    return Calibration(
        np.array([fit.get("scale", np.nan) for fit in articulators]),
        np.array([fit.get("power", np.nan) for fit in articulators]),
        np.array([content["closed"][name] for name in CONSTRICTIONS]),
    )


def deviation(
    articulator: Int8[np.ndarray, "*point"],
    doubt: Float[np.ndarray, "*point"],
    calibration: Calibration,
) -> Float32[np.ndarray, "*point"]:
    """Standard deviation of a boundary across itself [m]; NaN on the face and where no point is.

    Errors have heavy tails: it is that of Laplace's distribution with the same likelihood, so that
    1.645 of it to either side hold nine tenths.
    """
    scale, power = (np.insert(column, 0, np.nan) for column in calibration[:2])
    return (scale[articulator] * (doubt / GRID) ** power[articulator]).astype("float32")


def root_mean_square(
    sd: Float32[np.ndarray, "time tissue point"], articulator: Int8[np.ndarray, "time tissue point"]
) -> Float32[np.ndarray, " time"]:
    """Over the points between lips and glottis; NaN where there are none."""
    counted = articulator > FACE
    total = np.where(counted, sd**2, 0.0).sum((1, 2))
    with np.errstate(invalid="ignore"):
        return np.sqrt(total / counted.sum((1, 2))).astype("float32")
