"""What the contracts CONTOURS and AREAS want beside what a test has drawn."""

import numpy as np

from tractable.contracts import ARTICULATORS, CONSTRICTIONS

CODES = [ARTICULATORS.index(name) + 1 for name in ("palate", "tongue", "wall")]


def articulators(boundary: np.ndarray) -> dict[str, np.ndarray]:
    """All of upper is palate, all of lower tongue."""
    known = np.isfinite(boundary).all(-1)
    codes = np.where(known, np.array(CODES)[:, None], 0).astype("int8")
    return {"articulator": codes, "articulator_name": np.array(ARTICULATORS)}


def told(boundary: np.ndarray) -> dict[str, np.ndarray]:
    """As sure as a millimetre, nothing closed."""
    count, known = len(boundary), np.isfinite(boundary).all(-1)
    constrictions = (count, len(CONSTRICTIONS))
    return articulators(boundary) | {
        "boundary_sd": np.where(known, np.float32(1e-3), np.nan),
        "uncertainty": np.full(count, 1e-3),
        "constriction": np.array(CONSTRICTIONS),
        "constriction_degree": np.full(constrictions, 0.01),
        "constriction_point": np.zeros((*constrictions, 2)),
        "closed": np.zeros(constrictions, bool),
    }


def sds(area: np.ndarray) -> dict[str, np.ndarray]:
    """Distances and lengths as sure as half a millimetre, areas as a tenth of themselves."""
    return {
        "distance_sd": np.full(area.shape, 0.5e-3),
        "area_sd": 0.1 * np.asarray(area),
        "tract_length_sd": np.full(len(area), 0.5e-3),
    }
