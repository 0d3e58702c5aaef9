"""Tables in a page that people write by hand, of scores that are known."""

import pandas as pd
import pytest

from tractable.contracts import BadInput
from tractable.report.markdown import with_tables
from tractable.score_table import COLUMNS, SEPARATED

PAGE = """Before.

<!-- scores: phantom | V0 error (%) | V8 ratio -->
| an old | table |
<!-- end of scores -->

After, | as | it | was |
"""


def scores() -> pd.DataFrame:
    rows = [
        ("phantom", "mlp", "forward", "V0 error (%)", "mean", 3.21, 3.0, 3.4, 10.0, 1.5, 8),
        ("phantom", "mlp", "forward", "V0 error (%)", "F1", 9.9, 9.0, 9.9, 10.0, 1.5, 8),
        ("phantom", "hybrid", "forward", "V0 error (%)", "mean", 2.5, None, None, 10.0, 1.5, 1),
        ("phantom", "inverse", "inverse", "V8 ratio", "all", 1.25, None, None, None, None, 1),
        ("phantom", "silent", "forward", "V0 error (%)", "mean", *[None] * 5, 0),
        ("clip", "mlp", "forward", "V1 skill", "mean", 0.5, *[None] * 4, 1),
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    return table.assign(**{SEPARATED: ""})


def made(page: str = PAGE) -> str:
    return with_tables(page, scores(), models=["hybrid", "mlp"], controls=["mlp"])


def test_a_table_is_made_anew_and_nothing_else_is_touched():
    before, table = made().split("-->", 1)
    assert before.startswith("Before.\n")
    assert table.endswith("<!-- end of scores -->\n\nAfter, | as | it | was |\n")
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert lines == [
        "|  | V0 error (%) | V8 ratio |",
        "| --- | --- | --- |",
        "| hybrid | 2.5 | - |",
        "| *mlp* | 3.2 [3.0, 3.4] | - |",
        "| inverse | - | 1.2 |",
        "| **null** | 10 | - |",
        "| **ceiling** | 1.5 | - |",
    ]


def test_a_score_that_only_another_corpus_has_is_a_column_of_nobody():
    page = PAGE.replace("phantom | V0 error (%) | V8 ratio", "clip | V0 error (%) | V1 skill")
    assert "| *mlp* | - | 0.50 |" in made(page)


@pytest.mark.parametrize("lost", ["<!-- end of scores -->", "<!-- scores: phantom"])
def test_a_table_that_is_not_closed_takes_nothing_with_it(lost):
    with pytest.raises(BadInput, match="expected one <!-- end of scores --> behind it"):
        made(PAGE.replace(lost, "", 1) + PAGE)


def test_twice_is_once():
    assert made(made()) == made()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [("fantom | V0 error (%)", "no 'fantom'; did you mean"), ("phantom | V0", "no 'V0'")],
)
def test_what_nobody_has_is_refused(wrong, message):
    with pytest.raises(BadInput, match=message):
        made(PAGE.replace("phantom | V0 error (%) | V8 ratio", wrong))
