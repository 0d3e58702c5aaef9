"""V5 on curves that are formulae, on tubes, and against published nomograms."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulated
import torch
import xarray as xr

from tractable.scores.departures import neutral_tube
from tractable.scores.evidence import FORMANTS
from tractable.scores.maps import swept_by
from tractable.scores.nomograms import focal_place, nomogram_error, quantal_ratio, swept
from tractable.scores.reference import open_true_tube
from tractable.scores.tubes import Tube
from tractable.tube import LOSSLESS, formants

PLACE = xr.DataArray(np.linspace(0.02, 0.16, 57), dims="sweep")  # m, 2.5 mm a step
NOMOGRAMS = Path(__file__).parents[3] / "shared" / "reference" / "acoustics"


def curves(*of_formants):
    """ln F (sweep, formant) of functions of the place [m]."""
    values = [of(PLACE.values) + np.zeros(len(PLACE)) for of in of_formants]
    return xr.DataArray(np.stack(values, 1), {"formant": FORMANTS}, ("sweep", "formant"))


#: F2 and F3 are nearest at 11 cm, F1 and F2 at 5 cm.
KNOWN = curves(
    lambda x: 6.0 - 400 * (x - 0.05) ** 2,
    lambda x: 7.5 - 0 * x,
    lambda x: 8.0 + 300 * (x - 0.11) ** 2,
)


def test_a_level_costs_nothing_and_a_constant_scores_one():
    offset = xr.DataArray([0.1, -0.2, 0.3], {"formant": FORMANTS}, ("formant",))
    first = {"formant": [1, 3]}  # F2 does not move
    told, known = (KNOWN + offset).sel(first), KNOWN.sel(first)
    np.testing.assert_allclose(nomogram_error(told, known), 0, atol=1e-12)
    np.testing.assert_allclose(nomogram_error(0 * known + 7, known), 1)
    np.testing.assert_allclose(nomogram_error(-known, known), 2)
    half = known.mean("sweep") + 0.5 * (known - known.mean("sweep"))
    np.testing.assert_allclose(nomogram_error(half, known), 0.5)


def test_who_was_not_asked_has_no_error():
    unknown = KNOWN.where(PLACE < 0.1).sel(formant=[1])
    assert nomogram_error(unknown, KNOWN.sel(formant=[1])).isnull().all()
    assert focal_place(KNOWN * np.nan, PLACE, (2, 3)).isnull()


def test_formants_meet_where_they_are_nearest_whatever_their_levels():
    assert float(focal_place(KNOWN, PLACE, (1, 2))) == pytest.approx(0.05)
    assert float(focal_place(KNOWN, PLACE, (2, 3))) == pytest.approx(0.11)
    louder = KNOWN + xr.DataArray([0.3, 0.0, -0.2], {"formant": FORMANTS}, ("formant",))
    assert float(focal_place(louder, PLACE, (2, 3))) == pytest.approx(0.11)


def test_who_hears_no_constriction_says_the_middle():
    assert float(focal_place(0 * KNOWN, PLACE, (2, 3))) == pytest.approx(0.09)


def test_a_formant_that_moves_evenly_is_nowhere_quantal_and_one_that_turns_there_is():
    """x^2 within 1 cm of its turn: a mean slope of 1 cm, of 5 cm all along 10 cm on either side."""
    place = xr.DataArray(np.arange(-0.1, 0.1001, 1e-3), dims="sweep")
    moving = xr.concat([3 * place, place**2, 0 * place], "formant").transpose("sweep", "formant")
    ratio = quantal_ratio(moving, place, xr.DataArray(0.0), around=0.01)
    np.testing.assert_allclose(ratio[:2], [1, 0.1], rtol=1e-6)
    assert np.isnan(ratio[2])


def test_a_constant_map_says_slope_times_narrowing_about_the_level_of_physics():
    narrowing = xr.DataArray(np.diag([-1.0, -2.0]), dims=("sweep", "place"))
    maps = xr.DataArray([[[0.1, 0.3]], [[0.3, 0.5]]], dims=("frame", "formant", "place"))
    level = xr.DataArray([[400.0], [900.0]], dims=("sweep", "formant"))
    told = swept_by(maps, xr.Dataset({"swept_frequency": level, "narrowing": narrowing}))
    np.testing.assert_allclose(told.squeeze("formant"), 600 * np.exp([0.3, -0.3]))


def test_physics_sweeps_the_simulators_own_tube():
    """A made-up law is its own local law: the neutral tube with the swept shape's areas."""
    stores = simulated.stores(0, 2)
    told = stores["explanations"]
    neutral = neutral_tube(*open_true_tube(stores))
    found = swept(stores, neutral, simulated.EXPONENT)
    length = np.full(told.sizes["sweep"], told.neutral_length)
    expected = np.exp(simulated.log_formants(told.swept_distance.values, length))
    np.testing.assert_allclose(found.swept_frequency, expected, rtol=1e-6)
    np.testing.assert_allclose(found.swept_place, told.sweep * told.neutral_length)
    assert found.narrowing.max() <= 1e-12
    other = swept(stores, neutral, 0.5 * simulated.EXPONENT)
    assert np.abs(other.swept_frequency / expected - 1).max() > 0.05


def test_without_a_sweep_physics_says_nothing():
    stores = simulated.stores(0, 2)
    told = stores["explanations"].drop_dims("sweep")
    neutral = neutral_tube(*open_true_tube(stores))
    assert not swept(stores | {"explanations": told}, neutral, simulated.EXPONENT)


def test_the_neutral_tube_is_the_geometric_mean_of_open_ones():
    area = np.array([[1e-4, 4e-4], [4e-4, 1e-4], [0.0, 1e-4]])
    tube = Tube(area, np.full((3, 2), 0.08) * [[1], [4], [1]], None)
    neutral = neutral_tube(tube, np.array([True, True, False]))
    np.testing.assert_allclose(neutral.area, [[2e-4, 2e-4]])
    np.testing.assert_allclose(neutral.section_length, [[0.16, 0.16]])


def published(name: str) -> pd.DataFrame:
    file = NOMOGRAMS / "nomograms_lossless.csv"
    if not file.is_file():
        pytest.skip(f"no {file.name} in ../shared/reference/acoustics")
    table = pd.read_csv(file)
    return table[table.model.str.startswith(name) & ((table.x_cm < 10) | (name in "AB"))]


#: Area [cm2] behind, in and before a constriction of 5 cm, and of rounded lips of 1 cm.
PIPES = {"C": (3.0, 0.3, 1.0, 1.0), "D": (3.0, 0.3, 3.0, 0.3)}


def tube_of(name: str, at: float) -> tuple[list[float], list[float]]:
    """Areas [cm2] and lengths [cm] of pipes, glottis first; ``at`` as the table has it."""
    if name in "AB":
        areas = [0.5, 3.0] if name == "A" else [3.0, 0.5]
        return areas, [at, 16 - at]
    return list(PIPES[name]), [at, 5.0, 10 - at, 1.0]


@pytest.mark.parametrize("name", ["A", "B", "C", "D"])
def test_tubes_have_the_published_nomograms_and_focal_points(name):
    """Two tubes, three, and three with rounded lips, 16 cm, without losses, ideally open."""
    table = published(name)
    at = table.x_cm.to_numpy()
    pipes = np.array([tube_of(name, x) for x in at])
    log_area, lengths = torch.from_numpy(np.log(1e-4 * pipes[:, 0])), torch.from_numpy(pipes[:, 1])
    ideal = {"losses": LOSSLESS, "radiation": "open"}
    found = formants(log_area, lengths / 100, count=3, **ideal).frequency
    known = table[["F1", "F2", "F3"]].to_numpy()
    np.testing.assert_allclose(found, known, rtol=1e-4)
    place = xr.DataArray(at / 100, dims="sweep")
    for pair in ((1, 2), (2, 3)):
        ours, theirs = (
            focal_place(
                xr.DataArray(np.log(of), {"formant": FORMANTS}, ("sweep", "formant")), place, pair
            )
            for of in (found.numpy(), known)
        )
        assert abs(float(ours - theirs)) < 1e-9
