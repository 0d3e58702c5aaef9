"""The seam's numbers are those of the planted tubes, and their intervals the jackknife's."""

import math

import numpy as np
import planted_cards as planted
import pytest
import xarray as xr
from scipy.stats import t as student

from tractable.cards import law_picture
from tractable.cards.seam import (
    AREA,
    EXPONENT,
    MINE,
    SCALE,
    TRUTH,
    law_curves,
    law_of,
    law_table,
    laws_by_place,
    measures,
    misses,
    single_values,
    tubes,
)
from tractable.models.kinds.tube_textbook import TubeTextbook

HOW = {"confidence": 0.95, "several": True}
FOLDS = [planted.tube(*pair) for pair in zip(planted.EXPONENTS, planted.WALLS, strict=True)]
TRUE = xr.Dataset(
    {
        name: (("speaker", "place")[: values.ndim], values)
        for name, values in planted.the_truth(3).items()
        if name != "place"
    }
)


def rows(folds, scores=TRUE, simulated=True, **how):
    literature = planted.CHOICES.literature
    told = single_values(folds, literature, scores, simulated=simulated, **(HOW | how))
    return {row["name"]: row for row in told}


def test_the_law_is_the_tubes_own():
    beta, log_scale = law_of(FOLDS[0])
    np.testing.assert_allclose(beta, 1.4)
    np.testing.assert_allclose(log_scale, math.log(2e-4))


def test_single_values_are_those_of_the_tube():
    told = rows(FOLDS)
    expected = {
        "acoustic over measured tract length": 1.1,
        "section at the lips over the others": 1,
        "volume of the piriform fossae (cm3)": 2,
        "depth of the piriform fossae (cm)": 2,
    }
    for name, value in expected.items():
        assert float(told[name]["learnt"]) == value  # and no interval: all folds share it


def test_walls_have_the_interval_of_the_jackknife_beside_what_others_know():
    """203 Hz times e^-0.1, 1, e^0.1; three groups."""
    hertz = 203 * np.exp(planted.WALLS)
    reach = math.sqrt(2 / 3 * ((hertz - hertz.mean()) ** 2).sum()) * student.ppf(0.975, 2)
    row = rows(FOLDS)["closed-tract resonance of the walls (Hz)"]
    assert reach == pytest.approx(101, abs=1)  # so that tens are the last that is told
    assert row["learnt"] == "200 [100, 300]"
    assert row["published"] == "143 to 238"
    assert row["simulated"] == "216"


def test_of_one_speaker_there_is_no_interval_and_of_people_no_truth():
    row = rows(FOLDS, xr.Dataset(), False, several=False)[
        "closed-tract resonance of the walls (Hz)"
    ]
    assert "[" not in row["learnt"]
    assert row["simulated"] == ""


def test_a_tube_without_a_fossa_is_not_asked_of_it():
    fixed = [planted.tube(2.0, 0.0, TubeTextbook)] * 3
    told = rows(fixed)
    assert "volume of the piriform fossae (cm3)" not in told
    assert told["closed-tract resonance of the walls (Hz)"]["learnt"] == "203"


def test_black_boxes_have_no_seam():
    assert tubes([planted.ridge("shape_to_sound", 0)]) == []


def test_scale_of_all_areas_is_not_shown_since_nobody_hears_it():
    one = measures(np.full(4, 2.0), np.log([1.0, 2.0, 3.0, 4.0]), None)
    other = measures(np.full(4, 2.0), np.log([5.0, 10.0, 15.0, 20.0]), None)
    np.testing.assert_allclose(one[SCALE], other[SCALE])
    assert AREA not in one


def test_curves_and_table_tell_the_learnt_the_published_and_the_true_law():
    laws = laws_by_place(FOLDS, planted.LAWS, TRUE)
    assert list(laws) == [MINE, "textbook", TRUTH]
    curves = law_curves(laws, **HOW)
    exponent = curves[curves.measure == EXPONENT].groupby("law")
    np.testing.assert_allclose(exponent.value.mean()[[MINE, "textbook", TRUTH]], [1.5, 2.0, 1.3])
    reach = 0.1 * math.sqrt(4 / 3) * student.ppf(0.975, 2)
    np.testing.assert_allclose((exponent.high.mean() - exponent.value.mean())[MINE], reach)
    scale = curves[(curves.measure == SCALE) & (curves.law == TRUTH)].value.to_numpy()
    np.testing.assert_allclose(scale[[0, -1]], [2**-0.5, 2**0.5])
    first, second, *_ = law_table(laws, parts=2, **HOW)
    assert first["where"] == "0 to 0.5"
    assert first["cells"] == {MINE: "1.5 [1.0, 2.0]", "textbook": "2", TRUTH: "1.3"}
    assert second["where"] == "0.5 to 1"


def test_how_far_laws_are_off_the_simulators_areas():
    """At 1 cm both planted laws are level along the tract, the true one steps by a factor of 2."""
    off = misses(laws_by_place(FOLDS, planted.LAWS, TRUE))
    assert off == {MINE: "35", "textbook": "35"}  # ln 2 / 2
    assert misses(laws_by_place(FOLDS, planted.LAWS, xr.Dataset())) == {}


def test_without_a_truth_there_are_two_panels():
    laws = laws_by_place(FOLDS, planted.LAWS, xr.Dataset())
    assert list(laws) == [MINE, "textbook"]
    assert len(law_picture.draw(law_curves(laws, **HOW)).axes) == 2


def test_the_figure_draws_the_numbers_that_it_is_given():
    curves = law_curves(laws_by_place(FOLDS, planted.LAWS, TRUE), **HOW)
    figure = law_picture.draw(curves)
    assert len(figure.axes) == 3
    for axes, (_, rows) in zip(figure.axes, curves.groupby("measure", sort=False), strict=True):
        for line in axes.lines:
            mine = rows[rows.law == line.get_gid()]
            np.testing.assert_array_equal(line.get_xdata(), mine.place)
            np.testing.assert_array_equal(line.get_ydata(), mine.value)
