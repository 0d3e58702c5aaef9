"""Heads around the simulator's shapes."""

import numpy as np
import pytest
from scipy.ndimage import label

from tractable.imaging.anatomy import LIP, LOWER_LIP, Material, Walls
from tractable.segmenter.heads import (
    CLEFT,
    MAP,
    TISSUES_OF_MATERIALS,
    empty_map,
    head,
    with_pressed_lips,
)
from tractable.simulator import JD3, outlines, shapes

from .recipe import VARIETY

NEVER = VARIETY._replace(clefts=0.0, open_ports=0.0, uvulas=0.0, pressed_lips=0.0)


@pytest.fixture(scope="module")
def walls() -> Walls:
    return Walls(*(curve[0] for curve in outlines(shapes(["a"], JD3), JD3)))


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_every_tissue_is_there(walls, random):
    for _ in range(5):
        tissues = TISSUES_OF_MATERIALS[head(walls, VARIETY, random)]
        assert set(np.unique(tissues)) == set(range(6))


def test_the_cleft_opens_into_the_mouth(walls, random):
    """Airway and cleft are one piece, and the jaw's own teeth and bone are gone."""
    materials = head(walls, NEVER._replace(clefts=1.0), random)
    assert (materials == CLEFT).sum() * MAP.spacing**2 > 1e-5
    pieces, _ = label(TISSUES_OF_MATERIALS[materials] == 1)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    assert sizes[-1] > 0.98 * sizes.sum()
    assert not np.isin(materials, [Material.JAW_BONE, Material.LOWER_TEETH]).any()


def test_without_it_the_jaw_is_tissue(walls, random):
    materials = head(walls, NEVER, random)
    assert not (materials == CLEFT).any()
    assert (TISSUES_OF_MATERIALS[materials[materials == Material.JAW_BONE]] == 2).all()


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


def test_pressed_lips_meet(walls):
    pressed = with_pressed_lips(walls)
    assert pressed.upper[LIP:, 1].min() < pressed.lower[LOWER_LIP + 1 :, 1].max()
    assert np.array_equal(pressed.upper[:LIP], walls.upper[:LIP])
    assert np.array_equal(pressed.lower[:LOWER_LIP], walls.lower[:LOWER_LIP])


def test_nobody_is_in_an_empty_map(random):
    for _ in range(10):
        assert set(np.unique(TISSUES_OF_MATERIALS[empty_map(random)])) <= {0, 5}
