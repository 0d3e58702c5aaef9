"""What each part of the tract contributes to the movement of formants.

As long as a tract changes smoothly, d ln F = sum_x S(x, t) d ln A(x, t) + S_L(t) d ln L(t), where S
and S_L are dlnF/dlnA and dlnF/dlnL of the tube at that moment. Summed along the path that the
tract takes this is the whole change of ln F, place by place, and the places of a part of the tract
together are its contribution. A contribution depends on the path, not on its ends alone.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from tractable.contracts import BadInput

PART = "part"
LENGTH = "tract length"  # a part beside those along the tract: all sections become longer together

Array = np.ndarray


def contributions(areas: xr.Dataset, theory: xr.Dataset, ends: Mapping[str, float]) -> xr.DataArray:
    """Change of ln F since the first frame, by the part that made it (time, formant, part) [1].

    Trapezoids from frame to frame: of second order in the time between frames. All parts together
    differ by that error from the tube's own change of ln F.

    Parameters
    ----------
    areas, theory : frames of one clip that follow on each other, all of them with a shape
        (contracts AREAS, THEORY).
    ends : part -> x / L of its end towards the lips, glottis first; the last is 1.

    Raises
    ------
    BadInput : parts that do not cover the tract; a frame without a shape; frames of two clips.
    """
    refuse_broken(areas, theory)
    coordinates = path(areas)
    slopes = np.concatenate(
        [theory.sensitivity.values, theory.length_sensitivity.values.sum(-1, keepdims=True)], -1
    )
    between = 0.5 * (slopes[1:] + slopes[:-1])
    step = np.einsum(
        "tfc,tc,pc->tfp", between, np.diff(coordinates, axis=0), members(areas.place.values, ends)
    )
    change = np.concatenate([np.zeros((1, *step.shape[1:])), step.cumsum(0)])
    labels = {"time": areas.time.values, "formant": theory.formant.values, PART: [*ends, LENGTH]}
    return xr.DataArray(change, labels, [*labels])


def path(areas: xr.Dataset) -> Float[Array, "time coordinate"]:
    """ln A of every place and, last, ln L: what moves."""
    return np.log(np.column_stack([areas.area.values, areas.tract_length.values]))


def members(
    place: Float[Array, " place"], ends: Mapping[str, float]
) -> Bool[Array, "part coordinate"]:
    """Which coordinates of a path belong to each part: places whose middle lies in it, and ln L.

    Raises
    ------
    BadInput : ends that do not rise, or do not reach the lips.
    """
    upper = np.array([*ends.values()], float)
    if not (len(upper) and upper[0] > 0 and (np.diff(upper) > 0).all() and upper[-1] == 1):
        raise BadInput(
            f"parts of the tract end at {', '.join(f'{name} {end}' for name, end in ends.items())}:"
            " expected x / L that rise from the glottis to 1 at the lips"
        )
    part = np.append(np.searchsorted(upper, place), len(upper))
    return part == np.arange(len(upper) + 1)[:, None]


def refuse_broken(areas: xr.Dataset, theory: xr.Dataset) -> None:
    """Refuse frames that no path leads through."""
    if len(set(areas.clip_of.values.tolist())) != 1:
        raise BadInput("contributions: no frames, or those of two clips; give a stretch of one")
    known = np.isfinite(path(areas)).all(1) & np.isfinite(theory.frequency.values).all(1)
    if not known.all():
        first = int(np.argmin(known))
        raise BadInput(
            f"contributions: speaker {areas.attrs['speaker']}, frame {first} of the stretch "
            f"({areas.time.values[first]:.3f} s) has no shape; give a stretch without gaps"
        )
