"""The figure of laws of movement, of evidence that is known beforehand."""

import numpy as np
import pytest
from conftest import BY_LAW, score_store
from scipy.stats import t as student

from tractable.contracts import BadInput
from tractable.figures import evidence_for_laws
from tractable.figures.curves import means

SHOWN = {"evidence": next(iter(BY_LAW)), "confidence": 0.95}
FAMILIES = {"tube": ["hybrid"], "black_box": ["mlp"], "control": ["tube_reversed_residual"]}
LAWS = ["hybrid", "mlp", "tube_reversed_residual"]


def stores(*names, scores=None):
    store = score_store("phantom", list(names), simulated=False)
    return {"phantom": {"scores": store if scores is None else store.sel(score=scores)}}


@pytest.fixture
def numbers():
    return evidence_for_laws.numbers(stores("s0", "s1"), **SHOWN)


def drawn(axes, gid):
    return [list(line.get_xdata()) for line in axes.lines if line.get_gid() == gid]


def test_the_table_holds_every_speaker_and_their_mean(numbers):
    evidence = numbers[numbers.measure == "evidence"].set_index(["model", "speaker"])
    np.testing.assert_allclose(evidence.value["mlp"], [25, 20, 30])
    half = student.ppf(0.975, 1) * 10 / 2
    np.testing.assert_allclose(evidence.low["mlp", "mean"], 25 - half)
    assert evidence.low["mlp"][["s0", "s1"]].isna().all()
    assert means(numbers).model.tolist() == 2 * LAWS
    assert set(numbers.n_gestures) == {60}


def test_speakers_are_dots_and_controls_white(numbers):
    figure = evidence_for_laws.draw(numbers, families=FAMILIES, straight=10.0)
    left, right = figure.axes
    assert drawn(left, "speakers") == [[0, 0], [20, 30], [-300, -450]]
    assert drawn(right, "mean") == [[pytest.approx(k * 1.5**0.5)] for k in (4, 2, 40)]
    assert [drawn(axes, "null")[0][0] for axes in figure.axes] == [0, 1]
    faces = [line.get_markerfacecolor() for line in left.lines if line.get_gid() == "mean"]
    assert [face == "white" for face in faces] == [False, False, True]
    assert [word.get_text() for word in left.get_yticklabels()] == [
        *("hybrid", "mlp", "tube reversed residual")
    ]


def test_every_number_of_the_caption_is_of_the_table(numbers):
    words = evidence_for_laws.caption(numbers)
    assert "60 gestures of 2 speakers" in words
    assert "that of the law hybrid" in words
    assert "mean is mlp with 2" in words
    assert "any speaker and law 2." in words


def test_scores_without_movement_are_nothing_to_show():
    empty = evidence_for_laws.numbers(stores("s0", scores=["nothing"]), **SHOWN)
    assert (len(empty), [*empty.columns]) == (0, [*evidence_for_laws.COLUMNS])


def test_speakers_of_too_few_gestures_are_nothing_to_show():
    store = score_store("phantom", ["s0"], simulated=False)
    silent = store.assign(value=store.value.where(store.score == "nothing"))
    empty = evidence_for_laws.numbers({"phantom": {"scores": silent}}, **SHOWN)
    assert (len(empty), [*empty.columns]) == (0, [*evidence_for_laws.COLUMNS])


def test_evidence_over_another_law_is_refused_by_name():
    with pytest.raises(BadInput, match="did you mean 'V9 evidence over linear"):
        evidence_for_laws.numbers(stores("s0"), evidence="V9 evidence over linera", confidence=0.95)
