"""The atlas of what tubes miss, of errors that are known beforehand."""

import numpy as np
import pytest
from conftest import OF_TUBES, score_store

from tractable.figures import residual_atlas
from tractable.figures.residual_atlas import FORMANTS, TUBES

ASKED = {"phones": ["a", "i", "m"], "least_frames": 5}
#: Root mean square over both speakers of 1 in 10 frames and 2 in 30.
TOGETHER = np.sqrt((10 * 1 + 30 * 4) / 40)


def stored(simulated=True):
    return {"phantom": {"scores": score_store("phantom", ["s0", "s1"], simulated=simulated)}}


@pytest.fixture
def numbers():
    return residual_atlas.numbers(stored(), **ASKED)


def test_frames_of_all_speakers_count_alike(numbers):
    assert set(numbers.n_frames) == {40}
    assert set(numbers.n_speakers) == {2}
    for tube, percent in OF_TUBES.items():
        rows = numbers[(numbers.tube == tube) & (numbers.formant != 2)]
        np.testing.assert_allclose(rows.value, percent * TOGETHER)


def test_a_worse_cell_is_where_it_was_put(numbers):
    worst = numbers.loc[numbers.value.idxmax()]
    assert (worst.tube, worst.formant, worst.phone) == ("textbook_tube_measured_areas", 2, "i")
    assert worst.place == 0.75
    assert worst.value == pytest.approx(16 * TOGETHER)


def test_phones_and_tubes_come_in_order(numbers):
    assert list(dict.fromkeys(numbers.phone)) == ["a", "i"]
    assert list(dict.fromkeys(numbers.tube)) == [tube for tube in TUBES if tube in OF_TUBES]


def test_rare_cells_are_left_out():
    assert residual_atlas.numbers(stored(), **(ASKED | {"least_frames": 41})).empty


def test_a_corpus_without_labels_shows_nothing():
    found = residual_atlas.numbers(stored(simulated=False), **ASKED)
    assert found.empty
    assert [*found.columns] == [*residual_atlas.COLUMNS]


def test_panels_show_what_the_table_says(numbers):
    figure = residual_atlas.draw(numbers, families={})
    panels = np.array(figure.axes[: len(FORMANTS) * len(OF_TUBES)]).reshape(len(FORMANTS), -1)
    cells = panels[1, 1].images[0].get_array()  # F2 on measured areas
    assert cells.shape == (2, 3)
    np.testing.assert_allclose(cells, 8 * TOGETHER * np.array([[1, 1, 1], [1, 2, 1]]))
    assert panels[-1, 1].get_xticklabels()[-1].get_text() == "none"
    assert [axes.get_title() for axes in panels[0]] == ["true areas with fossa", "measured areas"]


def test_the_caption_names_the_worst_cells(numbers):
    said = residual_atlas.caption(numbers)
    assert "most in F2 of /i/ at x/L = 0.75 (29 %)" in said
    assert "40 frames, of up to 2 speakers" in said
