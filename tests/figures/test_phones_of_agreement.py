"""The figure of agreement by phone, drawn of scores that are known beforehand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tractable.contracts import BadInput
from tractable.figures import agreement_by_phone
from tractable.figures.agreement_by_phone import BEGINS

MODELS = ["hybrid", "mlp", "mute"]
V1, V3, V4 = BEGINS
GUESSED = 0.6  # share of signs that are right without a shape
ASKED = {"models": MODELS, "phones": ["i", "a"], "least_speakers": 2}
#: Score -> of hybrid and mlp, by three speakers.
SKILL = {
    f"{BEGINS[V1]}a": [[0.8, 0.9, 1.0], [0.1, 0.2, 0.3]],
    f"{BEGINS[V1]}i": [[0.4, 0.5, 0.6], [-3.0, -2.0, -1.0]],
    f"{BEGINS[V1]}y": [[0.7, np.nan, np.nan], [0.1, np.nan, np.nan]],
    f"{BEGINS[V3]}a": [[0.9, 0.9, 0.9], [0.8, 0.8, 0.8]],
    f"{BEGINS[V4]}a": [[0.3, 0.3, 0.3], [0.2, 0.2, 0.2]],
    "V1 natural skill": [[0.6, 0.6, 0.6], [0.5, 0.5, 0.5]],
}


def corpus(people: int = 3) -> dict:
    value = np.full((len(MODELS), people, len(SKILL), 2), np.nan)
    value[:2, ..., 1] = np.moveaxis(np.array(list(SKILL.values())), 0, -1)[:, :people]
    null = np.zeros(value.shape[1:])
    null[:, [score.startswith("V3") for score in SKILL]] = GUESSED
    parts = {
        "value": (("model", "speaker", "score", "formant"), value),
        "null": (("speaker", "score", "formant"), null),
    }
    coords = {"model": MODELS, "score": list(SKILL), "formant": ["F1", "mean"]}
    return {"phantom": {"scores": xr.Dataset(parts, coords)}}


@pytest.fixture
def numbers():
    return agreement_by_phone.numbers(corpus(), **ASKED)


def test_means_over_speakers_stand_under_their_phone(numbers):
    value = numbers.set_index(["score", "phone", "model"]).value
    assert value[V1, "a", "hybrid"] == pytest.approx(0.9)
    assert value[V1, "i", "mlp"] == pytest.approx(-2)
    assert value[V4, "a", "mlp"] == pytest.approx(0.2)
    assert np.isnan(value[V3, "a", "mute"])


def test_a_phone_of_few_speakers_is_left_out_unless_there_are_no_more(numbers):
    assert list(dict.fromkeys(numbers[numbers.score == V1].phone)) == ["i", "a"]
    alone = agreement_by_phone.numbers(corpus(1), **ASKED)
    assert list(dict.fromkeys(alone[alone.score == V1].phone)) == ["i", "a", "y"]


def test_the_squares_say_what_the_table_says(numbers):
    panels = agreement_by_phone.draw(numbers, families={}).axes
    assert [axes.get_title() for axes in panels] == [*BEGINS]
    assert [text.get_text() for text in panels[0].texts] == ["50", "90", "↓", "20"]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == MODELS
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["i", "a"]


def test_the_caption_names_the_best_and_where_it_is_best_and_worst(numbers):
    words = agreement_by_phone.caption(numbers)
    assert "means of 3 speakers at most" in words
    assert "usual in speech, right in 0.60 to 0.60 of them" in words
    assert f"{V1}: hybrid has most in the median of phones, 0.90 in [a] and 0.50 in [i]." in words


def test_one_phone_in_which_all_fail_does_not_name_the_best(numbers):
    """A mean over phones would: the hybrid loses more in [i] than it gains elsewhere."""
    more = numbers.assign(phone=numbers.phone.replace({"a": "e"}))
    lost = numbers.assign(value=numbers.value.where(numbers.phone != "i", -50 + numbers.value * 0))
    lost.loc[(lost.phone == "i") & (lost.model == "mlp"), "value"] = -3.0
    words = agreement_by_phone.caption(pd.concat([lost, more[more.phone == "e"]]))
    assert f"{V1}: hybrid has most in the median of phones, 0.90 in" in words


def test_signs_are_told_over_the_usual_sign(numbers):
    """.9 where guessing has .6 is three quarters of what there is to know, .8 a half."""
    signs = numbers[numbers.score == V3].set_index("model")
    assert signs.value[["hybrid", "mlp"]].tolist() == pytest.approx([0.75, 0.5])
    assert signs.guessed.tolist() == pytest.approx([GUESSED] * 3)
    drawn = agreement_by_phone.draw(numbers, families={}).axes[1]
    assert [text.get_text() for text in drawn.texts] == ["75", "50"]


def test_a_model_that_is_none_is_refused_and_no_phone_is_nothing_to_show():
    with pytest.raises(BadInput, match="cnn"):
        agreement_by_phone.numbers(corpus(), **ASKED | {"models": ["cnn"]})
    none = {"phantom": {"scores": corpus()["phantom"]["scores"].isel(score=[-1])}}
    assert not len(agreement_by_phone.numbers(none, **ASKED))
