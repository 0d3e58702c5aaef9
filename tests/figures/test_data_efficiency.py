"""The figure of data efficiency, of errors and skills that are known beforehand."""

import numpy as np
import pandas as pd
import pytest
from conftest import BY_AMOUNT, score_store
from scipy.stats import t as student

from tractable.figures import data_efficiency
from tractable.figures.curves import MEAN
from tractable.figures.data_efficiency import ASIDE

FAMILIES = {"tube": ["hybrid"], "black_box": ["mlp"]}
FACTOR = 1.005  # mean of two speakers who differ by 1 %


@pytest.fixture
def numbers():
    stores = {"phantom": {"scores": score_store("phantom", ["s0", "s1"], simulated=False)}}
    return data_efficiency.numbers(stores, confidence=0.95)


@pytest.fixture
def figure(numbers):
    return data_efficiency.draw(numbers, families=FAMILIES, least_skill=-0.5)


def line(axes, name):
    (found,) = [line for line in axes.lines if line.get_gid() == name]
    return found


def test_the_table_holds_speakers_their_mean_and_its_interval(numbers):
    rows = numbers[(numbers.measure == "error (%)") & (numbers.model == "mlp")]
    rows = rows[rows.amount == "one speaker"].set_index("speaker")
    np.testing.assert_allclose(rows.value[["s0", "s1"]], [20.0, 20.2])
    half = student.ppf(0.975, 1) * 0.2 / 2
    np.testing.assert_allclose(rows.value[MEAN], 20.1)
    np.testing.assert_allclose([rows.low[MEAN], rows.high[MEAN]], [20.1 - half, 20.1 + half])
    np.testing.assert_allclose(rows.training_frames, 350)


def test_the_rows_are_laid_out_as_the_curve_is(numbers):
    """Whatever order the variables of the store come in."""
    scores = score_store("phantom", ["s0", "s1"], simulated=False)
    for names in (sorted(scores.variables), sorted(scores.variables, reverse=True)):
        stores = {"phantom": {"scores": scores[names]}}
        pd.testing.assert_frame_equal(data_efficiency.numbers(stores, confidence=0.95), numbers)
    assert numbers.amount[:3].tolist() == [scores.amount[0], scores.amount[0], scores.amount[1]]


@pytest.mark.parametrize("panel", [0, 1])
@pytest.mark.parametrize("model", BY_AMOUNT)
def test_curves_run_over_shares_and_one_speaker_stands_aside(figure, panel, model):
    less, alone, full = BY_AMOUNT[model][panel]
    axes = figure.axes[panel]
    curve = line(axes, model)
    np.testing.assert_allclose(curve.get_ydata(), FACTOR * np.array([less, full]))
    np.testing.assert_allclose(curve.get_xdata(), [0.03, 1], rtol=0.05)
    point = line(axes, f"{model} one speaker")
    np.testing.assert_allclose(point.get_ydata(), [FACTOR * alone])
    np.testing.assert_allclose(point.get_xdata(), [0.03 * ASIDE], rtol=0.05)
    assert point.get_linestyle() == "None"


def test_amounts_are_told_along_the_axis(figure):
    figure.canvas.draw()
    for axes in figure.axes:
        words = [label.get_text() for label in axes.get_xticklabels()]
        assert words == ["one\nspeaker", "3", "100"]


def test_families_have_their_colours(figure):
    assert line(figure.axes[0], "hybrid").get_color() == "#D55E00"
    assert line(figure.axes[0], "mlp").get_color() == "#0072B2"


def test_what_lies_below_the_panel_is_an_arrow_at_its_edge(numbers):
    skill = numbers.measure == "natural skill"
    low = numbers.assign(value=numbers.value.where(~(skill & (numbers.model == "mlp")), -2.0))
    axes = data_efficiency.draw(low, families=FAMILIES, least_skill=-0.5).axes[1]
    assert axes.get_ylim()[0] == -0.5
    arrows = line(axes, "mlp below")
    assert set(arrows.get_ydata()) == {-0.5}
    assert len(arrows.get_xdata()) == len(line(axes, "mlp").get_xdata()) + 1  # and one speaker's


def test_the_caption_tells_the_least_share_and_one_speaker(numbers):
    words = data_efficiency.caption(numbers)
    assert "2 speakers" in words
    assert "With 3 % of the data (60 frames): hybrid 4.0 [" in words
    assert "With one speaker (350 frames): hybrid 5.0" in words


def test_one_speaker_and_no_amounts_have_neither_interval_nor_words():
    alone = score_store("recorded", ["voice"], simulated=False).isel(amount=[2])
    numbers = data_efficiency.numbers({"recorded": {"scores": alone}}, confidence=0.95)
    drawn = data_efficiency.draw(numbers, families=FAMILIES, least_skill=-0.5)
    assert line(drawn.axes[0], "mlp").get_ydata().tolist() == [2.5]
    assert numbers[numbers.speaker == MEAN].low.isna().all()
    assert "With" not in data_efficiency.caption(numbers)
