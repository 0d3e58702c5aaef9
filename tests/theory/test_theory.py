"""Tubes whose formants, sensitivities and cavities are known from closed forms."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.tracts import PLACE, shapes
from tractable.theory import cavity_edges, physics, shares_of

PARAMS = Path(__file__).parents[2] / "params.yaml"
OPTIONS = yaml.safe_load(PARAMS.read_text())["theory"]


def theory(area, length=0.17, refused=None, **options):
    return physics(shapes(area, length, refused), **{**OPTIONS, **options})


def constricted(behind=18, inside=4, narrow=0.1e-4, wide=5e-4):
    """Two wide cavities and a narrow one between them."""
    area = np.full(40, wide)
    area[behind : behind + inside] = narrow
    return area


def test_uniform_tube():
    """Odd quarter waves, sensitivities -cos((2n-1) pi x/L) dx/L, no constriction."""
    found = theory(np.full(40, 4e-4), radiation="open")
    quarter = (2 * np.arange(3) + 1) * 350 / (4 * 0.17)
    np.testing.assert_allclose(found.frequency[0, 1:], quarter[1:], rtol=0.01)
    np.testing.assert_allclose(found.frequency[0, 0], quarter[0], rtol=0.06)  # raised by the walls
    assert (found.bandwidth > 0).all()
    wave = -np.cos((2 * np.arange(3)[:, None] + 1) * np.pi * PLACE) / 40
    np.testing.assert_allclose(found.sensitivity[0, 1:], wave[1:], atol=6e-4)
    np.testing.assert_allclose(found.sensitivity[0, 0], wave[0], atol=3.5e-3)  # weakened by walls
    np.testing.assert_allclose(found.length_sensitivity[0, 1:].sum("place"), -1, atol=0.02)
    assert np.isnan(found.cavity_edge).all()
    assert np.isnan(found.affiliation).all()


def test_formants_vary_as_uncertain_shapes_do():
    """Areas and lengths drawn at random as wrong as they are said to be: so do their formants."""
    random, area, length = np.random.default_rng(0), constricted(narrow=1e-4), 0.17
    said = shapes(area, length)
    alike = np.exp(-np.abs(np.subtract.outer(PLACE, PLACE)) * length / OPTIONS["together"])
    drawn = random.multivariate_normal(np.zeros(40), 0.05**2 * alike, 600)
    lengths = length * (1 + 0.01 * random.standard_normal(600))
    said = said.assign(area_sd=0.05 * said.area, tract_length_sd=0.01 * said.tract_length)
    told = physics(said, **OPTIONS)
    found = theory(area * np.exp(drawn), lengths)
    spread = np.log(found.frequency).std("time")
    np.testing.assert_allclose((told.frequency_sd / told.frequency)[0], spread, rtol=0.1)


def test_glottis_first():
    """Wide at the lips, narrow at the glottis raises F1; the flipped tube lowers it."""
    open_mouth = np.where(np.arange(40) < 20, 1e-4, 7e-4)
    found = theory(np.stack([open_mouth, open_mouth[::-1]]))
    assert float(found.frequency[0, 0]) > 700 > 350 > float(found.frequency[1, 0])


def test_cavities_of_a_constricted_tube():
    """Fant's three tubes: 7.65 cm behind, 1.7 cm in and 7.65 cm before the constriction."""
    found = theory(constricted())
    np.testing.assert_allclose(found.cavity_edge[0], [18 / 40, 22 / 40])
    np.testing.assert_allclose(found.cavity_share[0], [0.45, 0.1, 0.45])
    np.testing.assert_allclose(found.affiliation.sum("cavity"), 1)
    assert found.cavity.values.tolist() == ["back", "constriction", "front"]


@pytest.mark.parametrize("behind, whose", [(22, ["front", "back"]), (30, ["back", "front"])])
def test_formants_belong_to_the_cavity_that_makes_them(behind, whose):
    """Before the constriction a quarter wave, lengthened by the load; behind it a half wave."""
    found = theory(constricted(behind))
    load = 8 / (3 * np.pi) * np.sqrt(5e-4 / np.pi)
    front = 350 / (4 * (0.17 * (36 - behind) / 40 + load))
    back = 350 / (2 * 0.17 * behind / 40)
    np.testing.assert_allclose(found.frequency[0, 1:], sorted([front, back]), rtol=0.07)
    affiliation = found.affiliation[0, 1:]
    assert affiliation.cavity.values[affiliation.argmax("cavity").values].tolist() == whose
    assert float(affiliation.max("cavity").min()) > 0.8


def test_refused_frames_are_nan_and_the_others_do_not_notice():
    area = np.stack([constricted(), np.full(40, np.nan), constricted(26)])
    found = theory(area, refused=["", "walls overlap", ""])
    for name in ("frequency", "bandwidth", "sensitivity", "length_sensitivity", "affiliation"):
        assert np.isnan(found[name][1]).all()
        np.testing.assert_allclose(found[name][0], theory(area[0])[name][0])
        np.testing.assert_allclose(found[name][2], theory(area[2])[name][0])
    assert np.isnan(theory(area[0], refused=["blurred"]).frequency).all()


def test_sensitivities_are_derivatives():
    area, step = np.linspace(1e-4, 6e-4, 40), 1e-4
    found = theory(area)
    for section in (0, 17, 39):
        up, down = area.copy(), area.copy()
        up[section] *= np.exp(step)
        down[section] *= np.exp(-step)
        change = np.log(theory(up).frequency / theory(down).frequency)[0] / (2 * step)
        np.testing.assert_allclose(found.sensitivity[0, :, section], change, atol=1e-6)
    longer, shorter = theory(area, 0.17 * np.exp(step)), theory(area, 0.17 * np.exp(-step))
    change = np.log(longer.frequency / shorter.frequency)[0] / (2 * step)
    np.testing.assert_allclose(found.length_sensitivity[0].sum("place"), change, atol=1e-5)


def test_the_fossa_is_an_option():
    with_fossa = theory(np.full(40, 4e-4), piriform=0.075)
    assert float(with_fossa.frequency[0, 2]) < float(theory(np.full(40, 4e-4)).frequency[0, 2])


@pytest.mark.parametrize(
    "area",
    [
        constricted(36),  # at the lips
        constricted(4),  # touches the larynx tube
        np.linspace(1e-4, 4e-4, 40),  # a horn
        np.full(40, 3e-4),
    ],
)
def test_no_clear_constriction(area):
    assert np.isnan(cavity_edges(area[None], widest=2.5, larynx=0.15)).all()


def test_constriction_is_around_the_least_area_alone():
    """A narrow larynx is none, and a second, less narrow place does not count."""
    area = constricted(20, 4)
    area[:5], area[30:33] = 0.05e-4, 0.2e-4
    edges = cavity_edges(area[None], widest=2.5, larynx=0.15)
    np.testing.assert_allclose(edges, [[20 / 40, 24 / 40]])
    wider = area.copy()
    wider[24:26] = 0.24e-4
    edges = cavity_edges(wider[None], widest=2.5, larynx=0.15)
    np.testing.assert_allclose(edges, [[20 / 40, 26 / 40]])


def test_shares_divide_every_section():
    edges = np.array([[0.26, 0.5], [np.nan, np.nan]])
    shares = shares_of(edges, 10)
    np.testing.assert_allclose(shares[0].sum(0), 1)
    np.testing.assert_allclose(shares[0, :, 2], [0.6, 0.4, 0])
    assert np.isnan(shares[1]).all()


def test_nothing_usable_is_still_a_whole_store():
    found = theory(np.full((2, 40), np.nan), refused=["blurred", "blurred"])
    assert np.isnan(found.frequency).all()
    assert found.sensitivity.shape == (2, 3, 40)
