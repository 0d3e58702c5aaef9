"""The table of agreement, of models whose maps are as alike as we say."""

import numpy as np
import pytest
from conftest import score_store

from tractable.contracts import BadInput
from tractable.figures import agreement_between_models

MAPS = ["physics", "hybrid", "mlp"]


@pytest.fixture
def numbers():
    stores = {"phantom": {"scores": score_store("phantom", ["s0", "s1"], simulated=False)}}
    return agreement_between_models.numbers(stores, models=MAPS)


def test_every_pair_stands_once_and_a_model_with_itself(numbers):
    pairs = numbers.set_index(["model", "other_model"]).agreement
    assert len(pairs) == 6
    np.testing.assert_allclose(pairs["mlp", "hybrid"], 98)
    np.testing.assert_allclose(pairs["mlp", "mlp"], 90)
    assert np.isnan(pairs["physics", "physics"])


def test_the_squares_say_what_the_table_says(numbers):
    (axes,) = agreement_between_models.draw(numbers, families={}).axes
    assert [text.get_text() for text in axes.texts] == ["50", "90", "50", "98", "90"]
    assert [label.get_text() for label in axes.get_yticklabels()] == MAPS


def test_the_caption_sets_likeness_apart_from_being_right(numbers):
    said = agreement_between_models.caption(numbers)
    assert "Most alike are mlp and hybrid, 98 %; with physics they share 50 % and 50 %." in said
    assert "2 speakers" in said


def test_a_model_that_has_no_map_is_refused():
    stores = {"phantom": {"scores": score_store("phantom", ["s0"], simulated=False)}}
    with pytest.raises(BadInput, match="no model cnn among physics"):
        agreement_between_models.numbers(stores, models=["cnn"])
