"""Figures of what is inside networks, of layers and cascades that are known beforehand."""

import numpy as np
import pytest
from conftest import BY_LAYER, BY_STEP, score_store
from scipy.stats import t as student

from tractable.contracts import BadInput
from tractable.figures import probes_by_layer, sanity_cascade
from tractable.figures.curves import MEAN
from tractable.figures.probes_by_layer import LIKENESS

FAMILIES = {"tube": ["hybrid"], "black_box": ["mlp"], "control": ["tube_reversed_residual"]}
FACTOR = 1.005  # mean of two speakers who differ by 1 %
SHOWN = {"models": ["hybrid", "mlp"], "confidence": 0.95}
LAYERS = ["input", "hybrid/bend hidden 1", "mlp/hidden 1", "mlp/hidden 2"]


def stores(*names, without=()):
    store = score_store("phantom", list(names), simulated=False).drop_dims(without)
    return {"phantom": {"scores": store}}


@pytest.fixture
def probes():
    return probes_by_layer.numbers(stores("s0", "s1"), **SHOWN)


@pytest.fixture
def cascade():
    return sanity_cascade.numbers(stores("s0", "s1"), confidence=0.95)


def plain(words):
    """With the sign that a keyboard has."""
    return words.replace("\N{MINUS SIGN}", "-")


def signs(axes, name):
    """Where the signs of that name stand."""
    return [tuple(line.get_xydata()[0]) for line in axes.lines if line.get_gid() == name]


def test_the_table_holds_every_layer_of_the_models_that_are_asked_for(probes):
    assert probes.layer.tolist() == 3 * LAYERS
    assert (
        probes.target.tolist()
        == np.repeat(["lip area", "constriction place", LIKENESS], 4).tolist()
    )
    read = probes[probes.target == "lip area"]
    np.testing.assert_allclose(read.value, [FACTOR * BY_LAYER[layer][0] for layer in LAYERS])
    half = student.ppf(0.975, 1) * 0.009 / 2
    np.testing.assert_allclose(
        [read.low.iloc[0], read.high.iloc[0]], [0.9045 - half, 0.9045 + half]
    )
    np.testing.assert_allclose(read.control, 0.1)
    alike = probes[probes.target == LIKENESS]
    np.testing.assert_allclose(alike.value, [BY_LAYER[layer][2] for layer in LAYERS])
    assert alike[["low", "high", "control"]].isna().all(axis=None)
    assert set(probes.n_speakers) == {2}


def test_layers_stand_in_rows_and_beyond_the_edge_as_arrows(probes):
    figure = probes_by_layer.draw(probes, families=FAMILIES, least=-0.3)
    lips, place, alike = figure.axes
    for axes, column in ((lips, 0), (place, 1)):
        for row, layer in enumerate(LAYERS):
            value = max(FACTOR * BY_LAYER[layer][column], -0.3)
            np.testing.assert_allclose(signs(axes, layer), [(value, row)])
        np.testing.assert_allclose(signs(axes, "control"), [(0.1, row) for row in range(4)])
        assert signs(axes, "shape")[0][0] == pytest.approx(FACTOR * BY_LAYER["input"][column])
    arrow, other = (
        [line.get_marker() for line in lips.lines if line.get_gid() == f"mlp/hidden {k}"]
        for k in (2, 1)
    )
    assert arrow == ["<"]
    assert other == ["s"]
    assert signs(alike, "hybrid/bend hidden 1") == [(0.2, 1)]
    words = [label.get_text() for label in lips.get_yticklabels()]
    assert words == ["the shape itself", "hybrid: bend hidden 1", "mlp: hidden 1", "mlp: hidden 2"]


def test_the_captions_tell_last_layers_and_the_input(probes):
    words = plain(probes_by_layer.caption(probes))
    assert "2 speakers" in words
    assert "0.75 (the shape itself), 0.35 (hybrid: bend hidden 1) and -0.75 (mlp: hid" in words
    assert "0.50 (the shape itself), 0.20 (hybrid: bend hidden 1) and 0.70 (mlp: hid" in words


def test_a_network_that_is_none_is_named():
    with pytest.raises(BadInput, match=r"probes_by_layer: no model tube among"):
        probes_by_layer.numbers(stores("s0"), models=["tube"], confidence=0.95)


def test_the_cascade_keeps_speakers_and_ends_where_layers_end(cascade):
    rows = cascade[(cascade.model == "mlp") & (cascade.measure == "natural skill")]
    rows = rows.set_index(["speaker", "cascade"]).value
    np.testing.assert_allclose(rows["s1"], 1.01 * np.array(BY_STEP["mlp"][0]))
    np.testing.assert_allclose(rows[MEAN], FACTOR * np.array(BY_STEP["mlp"][0]))
    short = cascade[(cascade.model == "hybrid") & (cascade.speaker == MEAN)]
    assert short.cascade.tolist() == [0, 1, 0, 1]
    assert set(cascade.model) == set(BY_STEP)


@pytest.mark.parametrize("panel", [0, 1])
@pytest.mark.parametrize("model", BY_STEP)
def test_lines_fall_as_the_table_says(cascade, panel, model):
    axes = sanity_cascade.draw(cascade, families=FAMILIES).axes[panel]
    (line,) = [line for line in axes.lines if line.get_gid() == model]
    expected = np.array(BY_STEP[model][panel], float)
    expected = FACTOR * expected[np.isfinite(expected)]
    np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_array_equal(np.round(line.get_xdata()), np.arange(len(expected)))
    (null,) = [line for line in axes.lines if line.get_gid() == "null"]
    assert set(null.get_ydata()) == {0}


def test_the_caption_of_the_cascade_tells_beginnings_and_ends(cascade):
    words = plain(sanity_cascade.caption(cascade))
    assert "hybrid 0.70 [0.66, 0.75] and -0.90 [-0.96, -0.85]" in words
    assert "mlp 0.60 [0.56, 0.64] and -1.21 [-1.28, -1.13]" in words
    assert "2 of 2 lie below the null" in words


def test_one_speaker_has_no_interval_and_no_verdict():
    alone = sanity_cascade.numbers(stores("s0"), confidence=0.95)
    assert alone[alone.speaker == MEAN].low.isna().all()
    words = plain(sanity_cascade.caption(alone))
    assert "beyond chance" not in words
    assert "mlp 0.60 and -1.2" in words


def test_where_nobody_looked_inside_tables_are_empty():
    nothing = stores("s0", without=["layer", "other", "cascade"])
    probes = probes_by_layer.numbers(nothing, **SHOWN)
    cascade = sanity_cascade.numbers(nothing, confidence=0.95)
    assert len(probes) == len(cascade) == 0
    assert [*probes.columns] == [*probes_by_layer.COLUMNS]
    assert [*cascade.columns] == [*sanity_cascade.COLUMNS]
