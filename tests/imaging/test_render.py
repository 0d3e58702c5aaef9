"""Rendering: what each step does to a picture whose answer is known."""

import numpy as np
import pytest

from tractable.imaging.anatomy import Material
from tractable.imaging.labels import Grid
from tractable.imaging.render import brightness, coil_shading, intensity_table, scanned, texture

GRID = Grid(32, 32, 0.002, 4)
CLEAN = dict(blur=0.0, resolved=1.0, noise=0.0, gain=100.0)


def rng():
    return np.random.default_rng(0)


def test_intensities_are_looked_up_by_name():
    table = intensity_table({material.name.lower(): 0.01 * material for material in Material})
    assert table[Material.TONGUE] == pytest.approx(0.01 * Material.TONGUE)
    with pytest.raises(KeyError):
        intensity_table({"tongue": 1.0})


def test_a_pixel_shows_the_mean_of_what_lies_in_it():
    materials = np.zeros((128, 128), np.uint8)
    materials[:, :66] = 1  # half of the fine columns of pixel 16
    seen = brightness(materials, np.array([0.0, 1.0]), GRID)
    np.testing.assert_allclose(seen[5, [15, 16, 17]], [1, 0.5, 0])


def test_a_perfect_scanner_changes_nothing():
    bright = rng().random((2, 32, 32))
    np.testing.assert_array_equal(scanned(bright, GRID, rng(), **CLEAN), np.rint(100 * bright))


def test_blur_keeps_the_light_and_spreads_it_as_it_says():
    point = np.zeros((1, 32, 32))
    point[0, 16, 16] = 40.0
    seen = scanned(point, GRID, rng(), **(CLEAN | {"blur": 0.003})).astype(float)[0]
    away = (np.indices(seen.shape) - 16) * GRID.spacing
    assert seen.sum() == pytest.approx(4000, rel=0.02)
    assert np.sqrt((seen * away[0] ** 2).sum() / seen.sum()) == pytest.approx(0.003, rel=0.05)


def test_less_of_k_space_rings():
    edge = np.zeros((1, 32, 32))
    edge[..., 8:24] = 1.0
    assert scanned(edge, GRID, rng(), **(CLEAN | {"resolved": 0.5})).max() > 104


def test_noise_is_rician():
    """In air the magnitude is Rayleigh: mean sigma sqrt(pi / 2); in tissue nearly Gaussian."""
    air, tissue = np.zeros((20, 32, 32)), np.full((20, 32, 32), 1.5)
    noisy = CLEAN | {"noise": 0.1}
    assert scanned(air, GRID, rng(), **noisy).mean() == pytest.approx(
        10 * np.sqrt(np.pi / 2), rel=0.02
    )
    assert scanned(tissue, GRID, rng(), **noisy).std() == pytest.approx(10, rel=0.03)


def test_coils_hear_best_where_they_are():
    field = coil_shading(GRID, centre=(0.02, 0.03), reach=0.02, floor=0.25)
    assert np.unravel_index(field.argmax(), field.shape) == (15, 10)
    assert field.max() == pytest.approx(1)
    assert 0.25 <= field.min() < 0.5


def test_texture_is_a_factor_around_one():
    field = np.log(texture(GRID, rng(), grain=0.004, strength=0.1))
    assert field.std() == pytest.approx(0.1)
    assert abs(field.mean()) < 0.05
