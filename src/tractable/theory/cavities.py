"""Where the tract is constricted, and the back and front cavity that it makes."""

import numpy as np
from jaxtyping import Float

CAVITIES = ("back", "constriction", "front")


def cavity_edges(
    area: Float[np.ndarray, "shape section"], *, widest: float, larynx: float
) -> Float[np.ndarray, "shape edge"]:
    """Both ends of the constriction, x / L from the glottis; NaN where there is none clear.

    A constriction is the stretch of sections around the narrowest that are narrower than ``widest``
    times its area. It must end before the lips and above the larynx tube, which is narrow in
    every shape and constricts none.

    Parameters
    ----------
    area : of equal sections, glottis first [m2].
    widest : area at the ends of a constriction over its least area.
    larynx : x / L of the upper end of the larynx tube.
    """
    sections = area.shape[1]
    first = round(larynx * sections)
    searched = area[:, first:]
    narrow = searched < widest * searched.min(1, keepdims=True)
    least = searched.argmin(1)[:, None]
    place = np.arange(searched.shape[1])
    before = np.where(~narrow & (place < least), place, -1).max(1)  # last wide one behind it
    after = np.where(~narrow & (place > least), place, sections).min(1)  # first wide one before it
    clear = (before >= 0) & (after < sections)
    edges = (first + np.stack([before + 1, after], axis=1)) / sections
    return np.where(clear[:, None], edges, np.nan)


def shares_of(
    edges: Float[np.ndarray, "shape edge"], sections: int
) -> Float[np.ndarray, "shape cavity section"]:
    """What part of each of equal sections, 0 to 1, lies in the constriction and either cavity."""
    bounds = np.concatenate([0 * edges[:, :1], edges, 1 + 0 * edges[:, 1:]], axis=1) * sections
    section = np.arange(sections)
    inside = np.clip(bounds[..., None] - section, 0, 1)  # of a section on the glottal side of each
    return np.diff(inside, axis=1)
