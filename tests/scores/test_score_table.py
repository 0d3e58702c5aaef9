"""The long table: what is asked has a row, what cannot be answered says so."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ttest_1samp

from tractable.score_table import COLUMNS, NOT_APPLICABLE, RATIOS, SEPARATED
from tractable.scores.assembly import CAPPED, assembled
from tractable.scores.score import Score, exactly
from tractable.scores.table import digits, score_table

STATISTICS = {"confidence": 0.95, "counterparts": {"neutral_map": "physics"}}


def value(**models: float) -> xr.DataArray:
    labels = {"model": list(models), "formant": ["mean"]}
    return xr.DataArray(np.array(list(models.values()))[:, None], labels)


def phantom(speakers: int = 4) -> xr.Dataset:
    scores = {}
    for k in range(speakers):
        skills = value(mlp=0.6 + 0.1 * k, physics=1.0, neutral_map=0.0)
        cap = value(**{CAPPED: 0.7})
        scores[f"s{k}"] = [
            Score("V1 natural skill", skills, 1, exactly(0.0), exactly(1.0)),
            Score("V1 natural skill", cap, 1),
            Score("V0 error (%)", value(mlp=4.0), -1, exactly(12.0), exactly(3.0)),
            Score("V0 error against poles (%)", value(mlp=4.5), -1),
            Score("tube error (%)", value(tube=2.0), -1, direction="measurement"),
        ]
    return assembled("phantom", scores, {})


def recorded() -> xr.Dataset:
    skills = value(mlp=0.5, physics=1.0, neutral_map=0.0)
    scores = [
        Score("V1 natural skill", skills, 1, exactly(0.0), exactly(1.0)),
        Score("V0 error (%)", value(mlp=8.0), -1, exactly(15.0)),
    ]
    return assembled("clip", {"sub001": scores}, {})


def row(table, **where):
    for name, wanted in where.items():
        table = table[table[name] == wanted]
    assert len(table) == 1, table
    return table.iloc[0]


@pytest.fixture(scope="module")
def table():
    return score_table({"phantom": phantom(), "clip": recorded()}, **STATISTICS)


SKILL = {"score": "V1 natural skill", "formant": "mean"}


def test_columns_and_order_are_promised(table):
    assert list(table.columns) == [*COLUMNS, SEPARATED]
    assert list(table.corpus.unique()) == ["phantom", "clip"]
    assert list(table[table.corpus == "phantom"].direction.unique()) == ["forward", "measurement"]


def test_mean_and_interval_are_over_speakers(table):
    found = row(table, corpus="phantom", model="mlp", **SKILL)
    assert (found.value, found.null, found.ceiling, found.n_speakers) == ("0.75", "0", "1", 4)
    assert float(found.low) == pytest.approx(0.75 - 3.182 * 0.1291 / 2, abs=1e-3)


def test_what_a_model_cannot_be_asked_is_not_applicable_and_never_0(table):
    found = row(table, corpus="phantom", model="neutral_map", score="V0 error (%)")
    assert found.value == NOT_APPLICABLE
    assert (found.low, found.n_speakers) == ("", 0)


def test_scores_that_need_the_truth_are_not_applicable_on_recordings(table):
    clip = table[table.corpus == "clip"]
    assert row(clip, model="mlp", score="V0 error against poles (%)").value == NOT_APPLICABLE
    assert row(clip, model="tube", score="tube error (%)").value == NOT_APPLICABLE


def test_recordings_carry_the_cap_measured_on_the_phantom(table):
    assert row(table, corpus="phantom", model="mlp", **SKILL).ceiling == "1"
    assert row(table, corpus="clip", model="mlp", **SKILL).ceiling == "0.7"
    assert row(table, corpus="clip", model="mlp", score="V0 error (%)").ceiling == "3"


def test_the_capped_truth_has_a_row_of_its_own_scores_only(table):
    assert row(table, corpus="phantom", model=CAPPED, **SKILL).value == "0.7"
    assert (table[table.model == CAPPED].score == "V1 natural skill").all()


def test_one_speaker_has_no_interval_and_separates_nothing(table):
    found = row(table, corpus="clip", model="mlp", **SKILL)
    assert (found.value, found.low, found.high, found.n_speakers) == ("0.5", "", "", 1)
    assert row(table, corpus="clip", model="neutral_map", **SKILL).separated == ""


@pytest.mark.parametrize("level, separated", [(0.0, "yes"), (1.0, "no")])
def test_a_control_is_separated_or_said_not_to_be(level, separated):
    data = phantom()
    jitter = 0.01 * np.array([1, -1, 1, -1])
    data.value.loc[{"model": "neutral_map", **SKILL}] = level + jitter
    found = row(score_table({"phantom": data}, **STATISTICS), model="neutral_map", **SKILL)
    assert found.separated == separated


@pytest.mark.parametrize("factor, separated", [(2.0, "yes"), (1.0, "no")])
def test_a_ratio_has_a_geometric_mean_and_is_told_apart_by_its_logarithm(factor, separated):
    """So large a spread over speakers hides a factor from differences, and not from logarithms."""
    scores = {
        f"s{k}": [Score(*RATIOS, value(physics=4.0**k, neutral_map=factor * 4.0**k * off), -1)]
        for k, off in enumerate([1.01, 0.99, 1.01, 0.99])
    }
    table = score_table({"phantom": assembled("phantom", scores, {})}, **STATISTICS)
    law, control = (row(table, model=model) for model in ("physics", "neutral_map"))
    assert float(law.value) == 8
    interval = ttest_1samp(np.log(4.0 ** np.arange(4)), 0).confidence_interval(0.95)
    np.testing.assert_allclose([float(law.low), float(law.high)], np.exp(interval), rtol=1e-3)
    assert control.separated == separated


@pytest.mark.parametrize(
    "number, text",
    [(0.123456, "0.1235"), (1234.56, "1235"), (-1e-17, "0"), (float("nan"), ""), (1.0, "1")],
)
def test_digits_are_stable(number, text):
    assert digits(number) == text
