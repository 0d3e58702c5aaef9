"""Heads around the simulator's shapes."""

import numpy as np
import pytest
from scipy.ndimage import label

from tractable.imaging.anatomy import (
    LIP,
    LOWER_LIP,
    PALATE_BACK,
    VELUM_TIP,
    Material,
    Walls,
)
from tractable.segmenter.heads import (
    CLEFT,
    MAP,
    PALATE_BONE,
    PART,
    empty_map,
    head,
    with_hanging_velum,
    with_pressed_lips,
)
from tractable.segmenter.network import PARTS, TISSUES
from tractable.simulator import JD3, outlines, shapes

from .recipe import VARIETY

TISSUE_OF_PART = np.array([TISSUES.index(tissue) for tissue in PARTS.values()])
NEVER = VARIETY._replace(
    clefts=0.0,
    open_ports=0.0,
    hanging=0.0,
    uvulas=0.0,
    pressed_lips=0.0,
    leaves=0.0,
    bony_palates=0.0,
)


def tissues(materials):
    return TISSUE_OF_PART[PART[materials]]


def depth_of(materials, material):
    """Height and lowest row of a material [m]."""
    rows = np.flatnonzero((materials == material).any(1)) * MAP.spacing
    return np.ptp(rows), rows.max()


@pytest.fixture(scope="module")
def walls() -> Walls:
    return Walls(*(curve[0] for curve in outlines(shapes(["a"], JD3), JD3)))


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_every_tissue_is_there(walls, random):
    for _ in range(5):
        assert set(np.unique(tissues(head(walls, VARIETY, random)))) == set(range(6))


def test_every_part_is_there(walls, random):
    always = VARIETY._replace(clefts=1.0, leaves=1.0)
    assert set(np.unique(PART[head(walls, always, random)])) == set(range(len(PARTS)))


def test_the_cleft_opens_into_the_mouth(walls, random):
    """Airway and cleft are one piece, and the jaw's own teeth and bone are gone."""
    materials = head(walls, NEVER._replace(clefts=1.0), random)
    assert (materials == CLEFT).sum() * MAP.spacing**2 > 1e-5
    pieces, _ = label(tissues(materials) == 1)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    assert sizes[-1] > 0.98 * sizes.sum()
    assert not np.isin(materials, [Material.JAW_BONE, Material.LOWER_TEETH]).any()


def test_without_it_the_jaw_is_tissue(walls, random):
    materials = head(walls, NEVER, random)
    assert not (materials == CLEFT).any()
    assert (tissues(materials[materials == Material.JAW_BONE]) == 2).all()


def test_an_open_port_lets_the_mouth_breathe_through_the_nose(walls, random):
    """With the port open the airway touches the air of the nose."""
    closed = NEVER._replace(port=(0.006, 0.006))
    shut = head(walls, closed, random)
    ajar = head(walls, closed._replace(open_ports=1.0), random)

    def contact(materials):
        tract, nose = materials == Material.TRACT, materials == Material.NASAL_AIR
        return (tract[1:] & nose[:-1]).sum()

    assert contact(shut) == 0
    assert contact(ajar) * MAP.spacing > 0.004


def test_a_uvula_hangs_from_the_velum(walls, random):
    short, long = (NEVER._replace(uvulas=1.0, uvula=(low, low)) for low in (0.004, 0.016))
    (_, high), (_, low) = (depth_of(head(walls, v, random), Material.VELUM) for v in (short, long))
    assert 0.006 < low - high < 0.015  # 12 mm, less what leans


def test_a_hanging_velum_leaves_air_above_itself(walls, random):
    """Its tip turns about the end of the hard palate, which stays, and the nose breathes."""
    low = with_hanging_velum(walls, 0.6).upper
    hinge = walls.upper[PALATE_BACK]
    arm, turned = walls.upper[VELUM_TIP] - hinge, low[VELUM_TIP] - hinge
    assert np.isclose(np.hypot(*arm), np.hypot(*turned))
    assert low[VELUM_TIP, 1] < walls.upper[VELUM_TIP, 1] - 0.008
    still = np.r_[:VELUM_TIP, PALATE_BACK : len(low)]
    assert np.array_equal(low[still], walls.upper[still])
    raised = head(walls, NEVER, np.random.default_rng(0))
    hanging = head(walls, NEVER._replace(hanging=1.0, hang=(0.6, 0.6)), random)
    gained = (hanging == Material.NASAL_AIR) & (raised != Material.NASAL_AIR)
    assert gained.sum() * MAP.spacing**2 > 5e-5


def test_a_leaf_stands_off_the_tongue(walls, random):
    """As long as it was told, with air between it and the tongue where there was tongue before."""
    exact = {"leaf_length": (0.025, 0.025), "leaf_lean": (0.2, 0.2), "vallecula": (0.005, 0.005)}
    plain = head(walls, NEVER, np.random.default_rng(0))
    leafy = head(walls, NEVER._replace(leaves=1.0, **exact), random)
    height, _ = depth_of(leafy, Material.EPIGLOTTIS)
    assert np.isclose(height, 0.025 * np.cos(0.2), atol=0.003)
    freed = (leafy == Material.TRACT) & (plain == Material.TONGUE)
    assert freed.sum() * MAP.spacing**2 > 1e-5


def test_the_bone_of_the_palate_is_lined_with_palate(walls, random):
    bony = head(walls, NEVER._replace(bony_palates=1.0, lining=(0.003, 0.003)), random)
    bone = bony == PALATE_BONE
    assert bone.sum() * MAP.spacing**2 > 2e-5
    lining = round(0.0025 / MAP.spacing)
    assert not (bone[:-lining] & (bony[lining:] == Material.TRACT)).any()


def test_pressed_lips_meet(walls):
    pressed = with_pressed_lips(walls)
    assert pressed.upper[LIP:, 1].min() < pressed.lower[LOWER_LIP + 1 :, 1].max()
    assert np.array_equal(pressed.upper[:LIP], walls.upper[:LIP])
    assert np.array_equal(pressed.lower[:LOWER_LIP], walls.lower[:LOWER_LIP])


def test_nobody_is_in_an_empty_map(random):
    for _ in range(10):
        assert set(np.unique(tissues(empty_map(random)))) <= {0, 5}
