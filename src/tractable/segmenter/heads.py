"""Heads around the atlas's tracts: maps of materials, every head another.

The head itself is ``tractable.imaging``'s. What recorded heads have and the simulator has not is
added here: the dark section of teeth and mandible between lower lip and tongue, which everybody
who traces air and tissue takes for a cleft; a velum that hangs free, with a uvula; an epiglottis
that stands off the tongue; the bone of the palate; lips that press together. Ranges of epiglottis
and uvula hold the 41 speakers of Serrurier & Neuschaefer-Rube (2023), J. Acoust. Soc. Am. 153, and
more; the other ranges are ours.
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
    PALATE_BACK,
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
from tractable.segmenter.network import PARTS

CLEFT = len(Material)  #: teeth and mandible as an image shows them
PALATE_BONE = CLEFT + 1  #: between the linings of mouth and nose
#: The cleft counts as airway, and all of the face above the mouth as upper lip.
PARTS_OF_MATERIALS = {
    "outside": [Material.AIR, Material.NASAL_AIR, Material.TRACHEA],
    "airway": [Material.TRACT, CLEFT],
    "lower lip": [Material.LOWER_LIP, Material.JAW_BONE, Material.MARROW, Material.LOWER_TEETH],
    "tongue": [Material.TONGUE, Material.FLOOR],
    "epiglottis": [Material.EPIGLOTTIS],
    "larynx": [Material.LARYNX],
    "upper lip": [Material.UPPER_LIP, Material.FACE, Material.TURBINATE],
    "palate": [Material.PALATE, Material.UPPER_TEETH, PALATE_BONE],
    "velum": [Material.VELUM],
    "wall": [Material.WALL],
    "rest": [
        Material.NECK,
        Material.SKULL,
        Material.BRAIN,
        Material.VERTEBRA,
        Material.DISC,
        Material.CORD,
    ],
}
PART = np.zeros(PALATE_BONE + 1, int)  #: code of each material's part
for code, part in enumerate(PARTS):
    PART[PARTS_OF_MATERIALS[part]] = code
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
    hanging: float  # how often the velum hangs lower than the simulator's
    hang: Range  # its turn about the end of the hard palate [rad]
    uvulas: float
    uvula: Range  # length below the tip that the simulator draws [m]
    pressed_lips: float
    leaves: float  # how often the epiglottis is a leaf of its own and not the simulator's
    leaf_length: Range  # of its free part [m]
    leaf_lean: Range  # backwards from upright [rad]
    leaf_thickness: Range  # [m]
    vallecula: Range  # gap between it and the tongue [m]
    bony_palates: float
    lining: Range  # of the mouth under that bone [m]


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
    proportions = variety.proportions.items()
    around = Head(**{name: random.uniform(*low_high) for name, low_high in proportions})
    if random.random() < variety.hanging:
        low = with_hanging_velum(walls, random.uniform(*variety.hang))
        painted = under(regions(low, around), nasopharynx(walls, low, around), Material.VELUM)
        walls = low
    else:
        painted = regions(walls, around)
    if random.random() < variety.leaves:
        painted = with_leaf(painted, walls, variety, random)
    if random.random() < variety.bony_palates:
        painted.append(bone(walls, around, random.uniform(*variety.lining)))
    if random.random() < variety.open_ports:
        painted.append(port(walls, around, random.uniform(*variety.port)))
    if random.random() < variety.uvulas:
        painted.append(uvula(walls, around, random.uniform(*variety.uvula), random))
    if random.random() >= variety.clefts:
        return material_map(painted, walls.upper[GUM], POSE, MAP)
    painted = [region for region in painted if region[0] not in JAW]
    return with_cleft(painted, walls, variety, random)


def with_cleft(
    painted: list[Region], walls: Walls, variety: Variety, random: np.random.Generator
) -> UInt8[np.ndarray, "down across"]:
    """The cleft goes through lip, gum and floor of the mouth, never through the tongue."""
    materials = material_map(painted, walls.upper[GUM], POSE, MAP)
    strip: list[Region] = [(Material.TRACT, cleft(walls, variety, random))]
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


def with_hanging_velum(walls: Walls, turn: float) -> Walls:
    """The velum turned down about the end of the hard palate, its tip the most."""
    upper = walls.upper.copy()
    hinge = upper[PALATE_BACK]
    for k in range(VELUM_TIP, PALATE_BACK):
        bent = turn * (PALATE_BACK - k) / (PALATE_BACK - VELUM_TIP)
        cos, sin = np.cos(bent), np.sin(bent)
        upper[k] = hinge + np.array([[cos, -sin], [sin, cos]]) @ (upper[k] - hinge)
    return walls._replace(upper=upper)


def nasopharynx(raised: Walls, low: Walls, around: Head) -> Region:
    """The air that a lowered velum leaves above itself, as far as where it would be raised."""
    top = raised.upper[WALL_TOP : PALATE_BACK + 1] + [0.0, around.velum + 0.002]
    return Material.NASAL_AIR, np.concatenate([low.upper[WALL_TOP : PALATE_BACK + 1], top[::-1]])


def under(painted: list[Region], region: Region, material: int) -> list[Region]:
    """One more region, painted just before the first of a material."""
    at = [k for k, _ in painted].index(material)
    return [*painted[:at], region, *painted[at:]]


def with_leaf(
    painted: list[Region], walls: Walls, variety: Variety, random: np.random.Generator
) -> list[Region]:
    """The epiglottis as a leaf with a rounded tip, and the vallecula between it and the tongue."""
    foot = 0.5 * (walls.epiglottis[0] + walls.epiglottis[-1])
    lean, length = random.uniform(*variety.leaf_lean), random.uniform(*variety.leaf_length)
    up = np.array([-np.sin(lean), np.cos(lean)])
    front = 0.5 * random.uniform(*variety.leaf_thickness) * np.array([up[1], -up[0]])
    bow = random.uniform(-0.15, 0.15) * length * np.array([up[1], -up[0]])
    tip, middle = foot + length * up, foot + 0.5 * length * up + bow
    leaf = smooth(
        np.array(
            [
                foot - 1.3 * front,
                middle - front,
                tip - 0.8 * front,
                tip + 0.8 * front,
                middle + front,
                foot + 1.3 * front,
            ]
        )
    )
    gap = random.uniform(*variety.vallecula) * np.array([up[1], -up[0]])
    depth = random.uniform(0.4, 1.0)  # of the leaf that stands free
    notch = foot + (1 - depth) * length * up
    air = np.array([notch, middle, tip, tip + front + 1.5 * gap, middle + front + gap, notch])
    painted = under(painted, (Material.TRACT, air), Material.EPIGLOTTIS)
    return [(k, leaf) if k == Material.EPIGLOTTIS else (k, curve) for k, curve in painted]


def bone(walls: Walls, around: Head, lining: float) -> Region:
    """The bone of the hard palate between the linings of mouth and nose, dark to a scanner."""
    palate = walls.upper[PALATE_BACK : GUM - 1]
    top = max(around.palate - 0.001, lining + 0.001)
    slab = np.concatenate([palate + [0.0, lining], palate[::-1] + [0.0, top]])
    return PALATE_BONE, slab


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


def uvula(walls: Walls, around: Head, length: float, random: np.random.Generator) -> Region:
    """The velum's tip goes on, downwards: along the back wall, or forwards on to the tongue."""
    tip, root, top = walls.upper[VELUM_TIP], walls.upper[VELUM_TIP + 2], walls.upper[WALL_TOP]
    down = walls.upper[WALL_TOP - 2] - top
    lean = np.arctan2(down[0], -down[1]) + random.uniform(-0.15, 0.6)  # from straight down [rad]
    along = np.array([np.sin(lean), -np.cos(lean)])
    across = np.array([-along[1], along[0]]) * 0.5 * around.velum
    nearest = min(top[0] + 0.5 * around.velum, tip[0])  # lying on the wall
    start = np.array([random.uniform(nearest, tip[0] + 0.3 * around.velum), tip[1]])
    end = start + length * along
    return Material.VELUM, smooth(
        np.array(
            [
                root - across,
                start - across,
                end - 0.6 * across,
                end + 0.6 * across,
                start + across,
                root + across,
            ]
        )
    )
