"""A number has the digits that its uncertainty lets it have."""

import json
from math import nan

import pandas as pd
import pytest

from tractable import score_table
from tractable.contracts import BadInput
from tractable.numbers import write_numbers
from tractable.score_table import quote

ROWS = """corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers
phantom,hybrid,forward,V0 error (%),F1,4.532,4.212,4.852,12.1,3.1,8
phantom,inverse,forward,V1 natural skill,F1,not applicable,,,0,1,0
own voice,hybrid,forward,V0 error (%),F1,4.532,,,12.1,,1
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (4.532, 4.212, 4.852, "4.5 [4.2, 4.9]"),
        (4.532, 4.412, 4.652, "4.53 [4.41, 4.65]"),  # half starts with a 1: one digit more
        (0.8512, 0.8482, 0.8542, "0.851 [0.848, 0.854]"),
        (153.2, 130.0, 176.0, "150 [130, 180]"),
        (0.25, nan, nan, "0.25"),  # a step of 0.25 is not 0.2
        (12.34, nan, nan, "12"),
        (0.0, nan, nan, "0"),
        (1.0, 1.0, 1.0, "1 [1, 1]"),
        (-0.031, -0.081, 0.019, "\N{MINUS SIGN}0.03 [\N{MINUS SIGN}0.08, 0.02]"),
        (-0.001, -0.301, 0.299, "0.0 [\N{MINUS SIGN}0.3, 0.3]"),
        (9.97, 9.0, 10.94, "10 [9, 11]"),
        (nan, nan, nan, "not applicable"),
    ],
)
def test_uncertainty_chooses_the_digits(value, low, high, text):
    assert str(quote(value, low, high)) == text


def test_every_row_can_be_quoted_and_nothing_not_applicable_is_a_number(table, tmp_path):
    write(table, tmp_path)
    phantom = json.loads((tmp_path / "numbers/phantom.json").read_text())
    assert phantom["hybrid"]["V0 error (%)"]["F1"]["text"] == "4.5 [4.2, 4.9]"
    assert phantom["inverse"]["V1 natural skill"]["F1"]["text"] == "not applicable"
    own = json.loads((tmp_path / "numbers/own voice.json").read_text())
    assert own["hybrid"]["V0 error (%)"]["F1"] == {
        "text": "4.5",
        "value": "4.5",
        "low": "",
        "high": "",
        "n_speakers": "1",
    }


def test_metrics_are_a_few_means_that_apply(table, tmp_path):
    more = "phantom,hybrid,forward,V0 error (%),mean,4.4,4.1,4.7,12.1,3.1,8\n"
    more += "phantom,untold,forward,V0 error (%),mean,not applicable,,,0,1,0\n"
    more += "phantom,hybrid,forward,V2 stretch distance,mean,0.1,,,0,1,8\n"
    table.write_text(ROWS + more)
    write(table, tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics == {"phantom": {"V0 error (%)": {"hybrid": 4.4}}}


def write(table, folder):
    shown = ["V0 error (%)"]
    write_numbers(table, folder / "numbers", folder / "metrics.json", metrics_shown=shown)


def test_numbers_of_a_corpus_that_is_gone_go_too(table, tmp_path):
    write(table, tmp_path)
    table.write_text("\n".join(ROWS.splitlines()[:3]) + "\n")
    write(table, tmp_path)
    assert [p.name for p in (tmp_path / "numbers").iterdir()] == ["phantom.json"]


def test_a_table_that_is_not_there_or_lacks_a_column_is_refused(table, tmp_path):
    with pytest.raises(BadInput, match="dvc repro scores"):
        score_table.read(tmp_path / "none.csv")
    pd.read_csv(table).drop(columns="ceiling").to_csv(table, index=False)
    with pytest.raises(BadInput, match="no column ceiling"):
        score_table.read(table)
