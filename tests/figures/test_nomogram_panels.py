"""Nomograms whose focal points are known by formula."""

import numpy as np
import pytest
from conftest import FOCI, MODELS, score_store

from tractable.figures import nomograms
from tractable.figures.physics import PHYSICS

ASKED = {"models": list(MODELS)}


def corpus(people=2):
    names = [f"sim{k}" for k in range(people)]
    return {"phantom": {"scores": score_store("phantom", names, simulated=True)}}


@pytest.fixture(scope="module")
def numbers():
    return nomograms.numbers(corpus(), **ASKED)


def test_speakers_meet_in_their_geometric_mean(numbers):
    """One is a tenth lower, the other as much higher."""
    rows = numbers[(numbers.model == PHYSICS) & (numbers.formant == 2)]
    np.testing.assert_allclose(rows.value, 1900 - 1500 * (rows.place - 0.7) ** 2)
    assert set(numbers.n_speakers) == {2}
    assert list(dict.fromkeys(numbers.model)) == [PHYSICS, *MODELS]


@pytest.mark.parametrize("model", [PHYSICS, *MODELS])
def test_focal_points_are_where_formants_come_nearest(numbers, model):
    rows = numbers[numbers.model == model].drop_duplicates("formant").set_index("formant")
    assert rows.focal[2] == pytest.approx(FOCI[model])
    assert np.isnan(rows.focal[3])
    ratio = numbers[numbers.model == model].pivot(index="place", columns="formant", values="value")
    assert rows.focal[1] == (ratio[2] / ratio[1]).idxmin()


def test_lines_and_signs_are_drawn_where_the_table_has_them(numbers):
    panels = nomograms.draw(numbers, families={"physics": [PHYSICS]}).axes
    assert len(panels) == len(MODELS)
    for axes, model in zip(panels, MODELS, strict=True):
        for name in (PHYSICS, model):
            drawn = [line for line in axes.lines if line.get_gid() == name]
            rows = numbers[numbers.model == name]
            for line, (_, of) in zip(drawn, rows.groupby("formant"), strict=True):
                np.testing.assert_array_equal(line.get_xdata(), of.place)
                np.testing.assert_allclose(line.get_ydata(), of.value / 1e3)
        signs = [line.get_xdata() for line in axes.lines if line.get_gid() == "focus"]
        expected = [numbers[numbers.model == m].focal.dropna().unique() for m in (PHYSICS, model)]
        np.testing.assert_allclose(signs, np.repeat(np.concatenate(expected), 2).reshape(-1, 2))


def test_the_caption_tells_where_f2_and_f3_come_nearest(numbers):
    said = nomograms.caption(numbers)
    assert "0.70 (physics), 0.72 (hybrid), 0.60 (mlp) and 0.30 (tube reversed residual)" in said
    assert "2 speakers, from x/L = 0.20 to 1.00 in 41 places" in said


def test_without_a_sweep_the_table_is_empty():
    stores = corpus()["phantom"]["scores"].drop_vars("nomogram")
    numbers = nomograms.numbers({"phantom": {"scores": stores}}, **ASKED)
    assert numbers.empty
    assert [*numbers.columns] == [*nomograms.COLUMNS]
