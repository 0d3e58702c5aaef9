"""The figure of couplings, which are known beforehand."""

import re

import numpy as np
import pytest
from conftest import score_store

from tractable.figures import coupling_of_articulators
from tractable.figures.curves import means
from tractable.score_table import quote

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MEASURED = "measured_utterances"
FAMILIES = {"tube": [MEASURED], "black_box": ["mlp"], "control": ["tube_reversed_residual"]}


def numbers_of(*names):
    store = score_store("phantom", list(names), simulated=False)
    store["ceiling"][:, store.score == "V9 planted coupling tongue to lip"] = 0.5
    store["ceiling"][:, store.score == "V9 coupling tongue to lip"] = np.nan
    who = {"hybrid": MEASURED}
    store["model"] = [who.get(name, name) for name in store.model.values]
    return coupling_of_articulators.numbers({"phantom": {"scores": store}}, confidence=0.95)


@pytest.fixture
def numbers():
    return numbers_of("s0", "s1")


def test_the_table_tells_what_was_said_from_what_was_planted(numbers):
    mean = means(numbers).set_index("model")
    assert mean.kind.to_dict() == {
        MEASURED: "as said",
        "tube_reversed_residual": "as said",
        "mlp": "planted",
    }
    np.testing.assert_allclose(mean.value[[MEASURED, "mlp"]], [0.25, 0.5])
    assert mean.truth["mlp"] == 0.5
    assert np.isnan(mean.truth[MEASURED])
    assert set(numbers.way) == {"tongue to lip"}


def test_speakers_are_dots_controls_white_and_truth_a_line(numbers):
    left, right = coupling_of_articulators.draw(numbers, families=FAMILIES).axes
    dots = [list(line.get_xdata()) for line in left.lines if line.get_gid() == "speakers"]
    np.testing.assert_allclose(dots, [[0.2, 0.3], [0.01, 0.015]])
    faces = [line.get_markerfacecolor() for line in left.lines if line.get_gid() == "mean"]
    assert [face == "white" for face in faces] == [False, True]
    (truth,) = [lines for lines in right.collections if lines.get_gid() == "truth"]
    assert truth.get_segments()[0][0, 0] == 0.5
    assert [word.get_text() for word in left.get_yticklabels()] == ["tongue to lip"]


def test_every_number_of_the_caption_is_of_the_table(numbers):
    """Means with their intervals, and nothing else but 0 and the count of speakers."""
    mean = means(numbers).set_index("model")
    said, planted = (
        str(quote(*mean.loc[name, ["value", "low", "high"]])) for name in (MEASURED, "mlp")
    )
    without = quote(abs(mean.value["tube_reversed_residual"]))
    words = coupling_of_articulators.caption(numbers)
    assert f"Means as said: tongue to lip {said} (measured utterances)" in words
    assert f"no mean is further from 0 than {without}. Planted" in words
    assert f"Planted: tongue to lip {planted} (mlp)" in words
    known = {"2", "0", *NUMBER.findall(f"{said} {without} {planted}")}
    assert set(NUMBER.findall(words)) == known


def test_one_speaker_has_no_interval_and_no_error():
    assert "(mlp)" in coupling_of_articulators.caption(numbers_of("s0"))


def test_scores_without_coupling_are_nothing_to_show():
    store = score_store("phantom", ["s0"], simulated=False).sel(score=["nothing"])
    empty = coupling_of_articulators.numbers({"phantom": {"scores": store}}, confidence=0.95)
    assert (len(empty), [*empty.columns]) == (0, [*coupling_of_articulators.COLUMNS])
