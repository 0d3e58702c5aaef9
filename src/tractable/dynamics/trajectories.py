"""Tract variables and formants over time, with units, uncertainty, and where articulators touch.

The variables are those of task dynamics and of real-time MRI: constriction degrees and locations
of lips, tongue tip, tongue body and tongue root, the aperture of the velum, the larynx's height.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int

from tractable.contracts import BadInput
from tractable.dynamics.constrictions import (
    degree_sd,
    lip_protrusion,
    location,
    narrowest,
    palate_reference,
)


class Variable(NamedTuple):
    """What a variable is measured in, and what its gestures are called."""

    unit: str
    falling: str
    rising: str


DEGREE = Variable("m", "closing", "opening")
#: In the order of the tract from the lips; a rising location moves backward.
VARIABLES = {
    "lip aperture": DEGREE,
    "lip protrusion": Variable("m", "retracting", "protruding"),
    "tongue tip constriction degree": DEGREE,
    "tongue tip constriction location": Variable("m", "forward", "backward"),
    "tongue body constriction degree": DEGREE,
    "tongue body constriction location": Variable("m", "forward", "backward"),
    "tongue root constriction degree": DEGREE,
    "velum aperture": DEGREE,
    "larynx height": Variable("m", "lowering", "raising"),
    "first formant": Variable("Hz", "falling", "rising"),
    "second formant": Variable("Hz", "falling", "rising"),
    "third formant": Variable("Hz", "falling", "rising"),
}
#: Which constriction of the contours a variable is the degree, or the location, of.
DEGREES = {
    "lip aperture": "lips",
    "tongue tip constriction degree": "alveolar",
    "tongue body constriction degree": "velar",
    "velum aperture": "velopharyngeal",
}
LOCATIONS = {
    "tongue tip constriction location": "alveolar",
    "tongue body constriction location": "velar",
}
FORMANT_OF = {"first formant": 1, "second formant": 2, "third formant": 3}


class Trajectory(NamedTuple):
    """One variable on the frame clock; NaN where it may not be used."""

    value: Float[np.ndarray, " time"]  # m or Hz
    sd: Float[np.ndarray, " time"]  # what its store says of it; NaN: nothing
    contact: Bool[np.ndarray, " time"]  # the articulators touch: what is measured does not move


def trajectory(
    variable: str,
    contours: xr.Dataset,
    areas: xr.Dataset,
    formants: xr.Dataset,
    *,
    root: tuple[float, float],
    root_contact: float,
) -> Trajectory:
    """One variable of one speaker.

    Parameters
    ----------
    variable : one of ``VARIABLES``.
    contours, areas, formants : of the speaker (contracts CONTOURS, AREAS, FORMANTS).
    root : part of the tract, as x / L from the glottis, whose narrowest place is the tongue root's.
    root_contact : distance [m] below which the tongue root touches the wall; of other degrees the
        contours say where walls touch.

    Returns
    -------
    Degrees are widths of air, protrusion is forward of where the palate begins, locations are
    behind it along the roof, the larynx's height is that of the glottis' section over it, so
    negative. The sd of a location is not known; that of the larynx is that of the tract's length,
    which the lips make larger.

    Raises
    ------
    BadInput : no such variable.
    """
    if variable not in VARIABLES:
        raise BadInput(f"no variable {variable!r}; there are {', '.join(VARIABLES)}")
    unknown = np.full(contours.sizes["time"], np.nan)
    contact = np.zeros(contours.sizes["time"], bool)
    refused = contours.refused.values != ""
    if variable in FORMANT_OF:
        heard = formants.sel(formant=FORMANT_OF[variable])
        return Trajectory(heard.frequency.values, heard.frequency_sd.values, contact)
    if variable in DEGREES:
        found = contours.sel(constriction=DEGREES[variable])
        value = found.constriction_degree.values.astype(float)
        sd, contact = degree_sd(contours, DEGREES[variable]), found.closed.values.astype(bool)
    elif variable in LOCATIONS:
        value, sd = location(contours, LOCATIONS[variable]), unknown
    elif variable == "lip protrusion":
        value, sd = lip_protrusion(contours)
    else:
        refused = areas.refused.values != ""
        if variable == "larynx height":
            below = areas.midline.values[:, 0, 1] - palate_reference(contours)[:, 1]
            value, sd = -below, areas.tract_length_sd.values
        else:
            value, sd = narrowest(areas, root)
            contact = value < root_contact
    return Trajectory(np.where(refused, np.nan, value), sd, contact)


def runs(
    known: Bool[np.ndarray, " time"], clip: Int[np.ndarray, " time"], bridge: int
) -> Int[np.ndarray, " time"]:
    """Index of the unbroken run of frames that each frame belongs to, -1 in a gap.

    Parameters
    ----------
    known : frames in which the variable was measured.
    clip : that a frame belongs to; no run goes on into another.
    bridge : longest gap between known frames of a clip that does not break a run [frames].
    """
    used = known.copy()
    at = np.flatnonzero(known)
    for before, after in pairwise(at):
        if 1 < after - before <= bridge + 1 and clip[before] == clip[after]:
            used[before:after] = True
    begins = used & (np.diff(clip, prepend=-1) != 0)
    begins |= used & ~np.append(False, used[:-1])
    return np.where(used, begins.cumsum() - 1, -1)


def bridged(
    values: Float[np.ndarray, " time"], run: Int[np.ndarray, " time"]
) -> Float[np.ndarray, " time"]:
    """The same with straight lines over the gaps that break no run, to look for gestures on."""
    known, now = np.isfinite(values), np.arange(len(values))
    if not known.any():
        return values
    return np.where(run >= 0, np.interp(now, now[known], values[known]), np.nan)
