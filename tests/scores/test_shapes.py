"""What wrong shapes cost, where it is known how wrong they are."""

import numpy as np
import pytest
import simulated

from tractable.scores.shapes import law_followed, shape_cost
from tractable.scores.tubes import frequencies, measured_tube


@pytest.fixture
def stores():
    return dict(simulated.stores(0, 2))


def told(stores) -> dict[str, np.ndarray]:
    return {score.name: score.value.isel(model=0).squeeze() for score in shape_cost(stores)}


def test_the_law_is_read_off_the_areas(stores):
    """A = 1.5 d^2, d and A in cm and cm2, at every place."""
    exponent, level = law_followed(stores["areas"])
    np.testing.assert_allclose(exponent, 2)
    np.testing.assert_allclose(np.exp(level + 2 * np.log(0.01)), 1.5e-4)


def test_a_place_that_never_moves_has_no_law(stores):
    areas = stores["areas"].copy(deep=True)
    areas.distance[:, 3] = 0.01
    exponent, level = law_followed(areas)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(exponent)), [3])
    np.testing.assert_array_equal(np.isnan(level), np.isnan(exponent))
    assert np.isfinite(float(told(stores | {"areas": areas})["area error of contours (%)"]))


def test_true_distances_cost_nothing(stores):
    truth, areas = stores["truth"], stores["areas"].copy()
    areas["distance"] = areas.distance.copy(data=truth.distance.values)
    areas["area"] = areas.area.copy(data=1.5 * truth.distance.values**2)
    areas["tract_length"] = areas.tract_length.copy(data=truth.tract_length.values)
    heard = stores["theory"].frequency.copy(data=frequencies(measured_tube(areas)))
    found = told(stores | {"areas": areas, "theory": stores["theory"].assign(frequency=heard)})
    np.testing.assert_allclose(found["formant error of contours (%)"], 0, atol=1e-9)
    np.testing.assert_allclose(found["area error of contours (%)"], 0, atol=1e-9)
    np.testing.assert_allclose(found["formant 90 % interval of contours (% covered)"], 100)


def test_wrong_distances_cost_what_the_law_makes_of_them(stores):
    """Distances 2 % off in the standard deviation: areas by a square law 4 %, 3.2 % in the mean."""
    found = told(stores)
    assert float(found["area error of contours (%)"]) == pytest.approx(3.2, abs=0.2)
    assert 0.1 < float(found["formant error of contours (%)"].sel(formant="mean")) < 2


def test_intervals_that_are_too_short_cover_little(stores):
    areas = stores["areas"]
    error = abs(areas.distance - stores["truth"].distance.values)
    for size, cover in ((1.0, 100), (0.5, 0)):  # reaching 1.6 errors, and 0.8
        sd = stores | {"areas": areas.assign(distance_sd=size * error + 1e-12)}
        assert float(told(sd)["distance 90 % interval (% covered)"]) == pytest.approx(
            cover, abs=0.1
        )
