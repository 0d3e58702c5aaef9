"""Frames of a simulated speaker as a scanner delivers them, and the true boundaries in them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int8, UInt8

from tractable.imaging.anatomy import Walls, regions
from tractable.imaging.labels import Grid, Pose, articulators, boundaries, material_map
from tractable.imaging.render import brightness, coil_shading, intensity_table, scanned, texture
from tractable.phantom.speakers import Speaker
from tractable.simulator import Outlines

GUM = 22  # point of the upper outline that stands still in the head


def frames(
    outline: Outlines,
    speaker: Speaker,
    pose: Pose,
    grid: Grid,
    rng: np.random.Generator,
    *,
    intensity: dict[str, float],
    unevenness: float,
    coil: Sequence[float],
    reach: float,
    floor: float,
    grain: float,
    strength: float,
    blur: float,
    resolved: float,
    noise: float,
    gain: float,
) -> UInt8[np.ndarray, "time y x"]:
    """MRI-like frames of one clip.

    ``intensity`` is the brightness of each material, which differs between speakers by a relative
    ``unevenness``; the others are the keywords of ``tractable.imaging.render``.
    """
    habit = np.random.default_rng(len(speaker.name) + int(1e6 * speaker.fundamental))
    table = intensity_table(intensity)
    table = table * np.exp(unevenness * habit.standard_normal(len(table)))
    shading = coil_shading(grid, centre=(coil[0], coil[1]), reach=reach, floor=floor)
    uneven = shading * texture(grid, habit, grain=grain, strength=strength)
    bright = [
        uneven
        * brightness(
            material_map(regions(walls, speaker.head), walls.upper[GUM], pose, grid), table, grid
        )
        for walls in every(outline)
    ]
    return scanned(
        np.array(bright), grid, rng, blur=blur, resolved=resolved, noise=noise, gain=gain
    )


def every(outline: Outlines) -> list[Walls]:
    """The outlines of each instant on their own."""
    return [Walls(*parts) for parts in zip(*outline, strict=True)]


def true_boundaries(
    outline: Outlines, pose: Pose, *, spacing: float
) -> list[dict[str, Float[np.ndarray, "_ 2"]]]:
    """Boundary of each tissue in each frame of a clip, in image axes [m]."""
    return [boundaries(walls, walls.upper[GUM], pose, spacing=spacing) for walls in every(outline)]


def true_articulators(
    outline: Outlines, *, spacing: float
) -> list[dict[str, Int8[np.ndarray, " _"]]]:
    """What every point of ``true_boundaries`` belongs to."""
    return [articulators(walls, spacing=spacing) for walls in every(outline)]
