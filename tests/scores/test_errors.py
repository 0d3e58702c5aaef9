"""Errors planted at one place come out there; intervals of a known width hold what they must."""

import numpy as np
import pytest
import simulated
from scipy.stats import norm

from tractable.contracts import SCORES
from tractable.scores.errors import INNER, NOMINAL, QUANTITIES, coverage, error_curves

BAD = 12  #: the place with the planted error


@pytest.fixture(scope="module")
def stores():
    """Two speakers, of whom the second was measured without error but for 2 mm at one place."""
    first, second = (dict(simulated.stores(k, 2)) for k in range(2))
    truth, areas = second["truth"], second["areas"]
    off = np.zeros(areas.distance.shape)
    off[:, BAD] = 2e-3
    distance = areas.distance.copy(data=truth.distance.values + off)
    second["areas"] = areas.assign(
        distance=distance,
        area=areas.area.copy(data=1.5 * distance.values**2),
        distance_sd=areas.distance_sd.copy(data=np.full(off.shape, 1e-3)),
    )
    return [first, second]


@pytest.fixture(scope="module")
def curves(stores):
    return error_curves(stores, stride=4, least_movement=0.02)


def test_a_planted_error_is_found_at_its_place(curves):
    for name in ("distance_error", "absolute_distance_error"):
        error = curves[name][1]
        assert error[BAD] == pytest.approx(2e-3)
        np.testing.assert_allclose(np.delete(error, BAD), 0, atol=1e-12)


def test_signs_cancel_and_sizes_do_not(curves):
    """The first speaker's distances are 2 % off either way."""
    error, size = curves["distance_error"][0], curves["absolute_distance_error"][0]
    assert (abs(error) < size).all()
    assert size.mean() == pytest.approx(0.016 * 0.01, rel=0.1)


def test_areas_by_a_square_law_are_off_by_twice_as_much(stores, curves):
    """ln A = 2 ln d + constant."""
    true = stores[1]["truth"].distance.values[:, BAD]
    expected = 2 * np.log((true + 2e-3) / true).mean()
    assert curves["area_error"][1, BAD] == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(np.delete(curves["area_error"][1], BAD), 0, atol=1e-9)


def test_boundaries_are_off_by_what_they_were_moved(curves):
    """1 mm, of the three articulators that there are."""
    error = dict(zip(INNER, curves["boundary_error"][0], strict=True))
    for name in ("palate", "tongue", "wall"):
        assert error.pop(name) == pytest.approx(1e-3, rel=1e-6)
    assert np.isnan(list(error.values())).all()


def test_normal_errors_are_covered_as_nominal():
    quantiles = (np.arange(10_000) + 0.5) / 10_000
    np.testing.assert_allclose(coverage(abs(norm.ppf(quantiles))), NOMINAL, atol=1e-3)


def test_one_error_is_covered_from_its_own_width_on(curves):
    """Boundaries 1 mm off with sd 1 mm: from 68 % on. Distances are right but for one place of 40,
    two sd off, which no interval here holds."""
    of = dict(zip(QUANTITIES, curves["coverage"][1], strict=True))
    np.testing.assert_array_equal(of["boundary"], [0] * 6 + [1] * 4)
    np.testing.assert_allclose(of["distance"], 39 / 40)


def test_what_is_unknown_counts_neither_way():
    np.testing.assert_array_equal(coverage(np.array([0.0, np.nan])), 1)
    assert np.isnan(coverage(np.full(3, np.nan))).all()


def test_curves_are_what_the_contract_has(curves):
    for name, values in curves.items():
        dims, _, _ = SCORES.variables[f"{name}?"]
        assert values.ndim == len(dims)
