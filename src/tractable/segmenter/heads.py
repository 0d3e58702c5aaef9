"""Heads around the atlas's tracts: maps of materials, every head another.

The head itself is ``tractable.imaging``'s. What recorded heads have and the simulator has not is
added here: the dark section of teeth and mandible between lower lip and tongue, which everybody
who traces air and tissue takes for a cleft; a velum that hangs free; lips that press together.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import UInt8
from scipy.ndimage import gaussian_filter

from tractable.imaging.anatomy import (
    GUM,
    LIP,
    LOWER_GUM,
    LOWER_LIP,
    TISSUE,
    VELUM_TIP,
    WALL_TOP,
    Curve,
    Head,
    Material,
    Region,
    Walls,
    regions,
    smooth,
)
from tractable.imaging.labels import Grid, Pose, material_map

CLEFT = len(Material)  #: teeth and mandible as an image shows them
#: The cleft counts as airway, and all of the face above the mouth as upper tissue.
TISSUES_OF_MATERIALS = np.append(TISSUE, 1)
TISSUES_OF_MATERIALS[[Material.FACE, Material.TURBINATE]] = 3
MAP = Grid(height=340, width=340, spacing=0.75e-3, fine=1)
POSE = Pose(x=0.5 * 339 * 0.75e-3 - 0.028, y=0.5 * 339 * 0.75e-3 - 0.018, pitch=0.0)

Range = Sequence[float]  # lowest and highest
JAW = {Material.JAW_BONE, Material.MARROW, Material.LOWER_TEETH}  #: what the cleft stands for


class Variety(NamedTuple):
    """Ranges of what is added to a head, and how often it is (shares of heads)."""

    proportions: dict[str, Range]  # of imaging's Head
    clefts: float
    cleft_depth: Range  # below the gum of the lower incisors [m]
    cleft_width: Range  # [m]
    cleft_lean: Range  # how far its foot stands behind its mouth, over its depth
    foot: Range  # extent of the foot backwards [m]
    open_ports: float
    port: Range  # width of the way to the nose [m]
    uvulas: float
    uvula: Range  # length below the tip that the simulator draws [m]
    pressed_lips: float
    epiglottis_turn: float  # sd of its turn about the foot [rad]
    epiglottis_length: Range  # ratio to the simulator's


def maps(
    atlas: xr.Dataset, variety: Variety, random: np.random.Generator
) -> Iterator[UInt8[np.ndarray, "down across"]]:
    """One head around every shape of the atlas."""
    parts = (atlas[name].values.astype(float) for name in Walls._fields)
    for shape in zip(*parts, strict=True):
        yield head(Walls(*shape), variety, random)


def head(
    walls: Walls, variety: Variety, random: np.random.Generator
) -> UInt8[np.ndarray, "down across"]:
    """Materials of one head."""
    if random.random() < variety.pressed_lips:
        walls = with_pressed_lips(walls)
    walls = with_another_epiglottis(walls, variety, random)
    proportions = variety.proportions.items()
    around = Head(**{name: random.uniform(*low_high) for name, low_high in proportions})
    painted = regions(walls, around)
    if random.random() < variety.open_ports:
        painted.append(port(walls, around, random.uniform(*variety.port)))
    if random.random() < variety.uvulas:
        painted.append(uvula(walls, around, random.uniform(*variety.uvula)))
    if random.random() >= variety.clefts:
        return material_map(painted, walls.upper[GUM], POSE, MAP)
    painted = [region for region in painted if region[0] not in JAW]
    return with_cleft(painted, walls, variety, random)


def with_cleft(
    painted: list[Region], walls: Walls, variety: Variety, random: np.random.Generator
) -> UInt8[np.ndarray, "down across"]:
    """The cleft goes through lip, gum and floor of the mouth, never through the tongue."""
    materials = material_map(painted, walls.upper[GUM], POSE, MAP)
    strip = [(Material.TRACT, cleft(walls, variety, random))]
    inside = material_map(strip, walls.upper[GUM], POSE, MAP) == Material.TRACT
    materials[inside & np.isin(materials, [Material.FLOOR, Material.LOWER_LIP])] = CLEFT
    return materials


def empty_map(random: np.random.Generator) -> UInt8[np.ndarray, "down across"]:
    """No head: air alone, or patches of what lies around a tract, with no tract."""
    patches = gaussian_filter(random.standard_normal((MAP.height // 10, MAP.width // 10)), 1.5)
    level = np.kron(patches / patches.std(), np.ones((10, 10))) + random.uniform(-2.5, 1.0)
    kinds = np.array([Material.NECK, Material.BRAIN, Material.SKULL, Material.VERTEBRA])
    return np.where(level > 0, random.permutation(kinds)[(4 * level).astype(int) % 4], 0).astype(
        "uint8"
    )


def with_pressed_lips(walls: Walls) -> Walls:
    """The lips meet half way, each where the other is."""
    upper, lower = walls.upper.copy(), walls.lower.copy()
    gap = upper[LIP:, 1].min() - lower[LOWER_LIP + 1 :, 1].max()
    upper[LIP + 1 :, 1] -= 0.5 * gap + 0.0005
    lower[LOWER_LIP + 1 :, 1] += 0.5 * gap + 0.0005
    return walls._replace(upper=upper, lower=lower)


def with_another_epiglottis(walls: Walls, variety: Variety, random: np.random.Generator) -> Walls:
    """Turned about its foot, longer or shorter."""
    foot = 0.5 * (walls.epiglottis[0] + walls.epiglottis[-1])
    turn = variety.epiglottis_turn * random.standard_normal()
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    length = random.uniform(*variety.epiglottis_length)
    return walls._replace(epiglottis=foot + length * (walls.epiglottis - foot) @ matrix)


def cleft(walls: Walls, variety: Variety, random: np.random.Generator) -> Curve:
    """Teeth and mandible: a strip from between lip and tongue down and back, with a foot."""
    top = walls.lower[LOWER_GUM : LOWER_LIP + 1].max(0) - [0.003, 0.0]
    deep = random.uniform(*variety.cleft_depth)
    half = 0.5 * random.uniform(*variety.cleft_width)
    base = top + deep * np.array([-random.uniform(*variety.cleft_lean), -1.0])
    bulge = 0.5 * (top + base) + random.uniform(-0.003, 0.003, 2)
    foot = base - [random.uniform(*variety.foot), random.uniform(-0.002, 0.004)]
    strip = np.array(
        [
            top + [half, 0.001],
            bulge + [half, 0],
            base + [0.7 * half, -half],
            foot + [0, -0.6 * half],
            foot + [0, 0.6 * half],
            base + [-0.7 * half, half],
            bulge - [half, 0],
            top + [-half, 0.001],
        ]
    )
    return smooth(np.concatenate([strip, strip[:1]]))


def port(walls: Walls, around: Head, width: float) -> Region:
    """The way to the nose between a lowered velum and the back wall."""
    top = walls.upper[WALL_TOP]
    width = min(width, 0.95 * (walls.upper[VELUM_TIP, 0] - top[0]))
    high = top + [0.0, 1.6 * around.velum + 0.006]
    return Material.NASAL_AIR, np.array([top, top + [width, 0], high + [width + 0.003, 0], high])


def uvula(walls: Walls, around: Head, length: float) -> Region:
    """The velum's tip goes on, downwards and away from the palate."""
    tip, root = walls.upper[VELUM_TIP], walls.upper[VELUM_TIP + 2]
    along = tip - root
    along = along / np.hypot(*along) + [0.0, -0.6]
    along /= np.hypot(*along)
    across = np.array([-along[1], along[0]]) * 0.4 * around.velum
    end = tip + length * along
    return Material.VELUM, smooth(
        np.array(
            [
                root - across,
                tip - across,
                end - 0.5 * across,
                end + 0.5 * across,
                tip + across,
                root + across,
            ]
        )
    )
