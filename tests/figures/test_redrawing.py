"""A figure comes out of its table again: the same bytes, or a word on what is missing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tractable.contracts import BadInput
from tractable.figures import gallery
from tractable.figures.__main__ import main, redrawn
from tractable.figures.catalogue import FIGURES, has_table, module
from tractable.figures.sheet import save_picture
from tractable.figures.table import read_table, write_table

COMMITTED = Path(__file__).parents[2] / "reports" / "figures"
TABLES = sorted(COMMITTED.rglob("*.csv"))
WITH_TABLE = [name for name in FIGURES if has_table(module(name))]


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_committed_figure_is_what_its_table_draws(table, tmp_path):
    save_picture(redrawn(table.stem, table), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == table.with_suffix(".svg").read_bytes()


def test_digits_that_a_processor_may_change_are_not_in_a_picture(tmp_path):
    """Panels that are a millionth of a millionth of the figure away from where they were."""
    for name, moved in (("one", 0.0), ("two", 1e-12)):
        figure = Figure()
        for left in (0.1, 0.6):
            figure.add_axes((left + moved, 0.1, 0.3, 0.8)).plot([0, 1], [0, 2])
        save_picture(figure, tmp_path / f"{name}.svg")
    one, two = ((tmp_path / f"{name}.svg").read_text() for name in ("one", "two"))
    assert one == two
    clips = re.findall(r'<clipPath id="(\w+)"', one)
    assert len(clips) == len(set(clips)) == 2
    assert set(re.findall(r"url\(#(\w+)\)", one)) == set(clips)


def test_every_figure_that_has_a_table_is_among_the_committed():
    assert {table.stem for table in TABLES} >= set(WITH_TABLE)


@pytest.mark.parametrize("name", WITH_TABLE)
def test_tables_hold_the_columns_that_their_figures_promise(name, asked):
    numbers, columns = asked(name).numbers, module(name).COLUMNS
    assert [column for column in numbers if column in columns] == [*columns]
    for column in numbers:
        of_text = columns.get(column, float) is str
        assert of_text != pd.api.types.is_numeric_dtype(numbers[column]), column


@pytest.mark.parametrize("name", WITH_TABLE)
def test_a_table_is_read_as_it_was_written(name, asked, tmp_path):
    numbers, columns = asked(name).numbers, module(name).COLUMNS
    write_table(numbers, tmp_path / "one.csv")
    read = read_table(tmp_path / "one.csv", columns)
    for column in numbers:
        if columns.get(column, float) is str:
            assert read[column].tolist() == numbers[column].fillna("").tolist()
        else:
            np.testing.assert_allclose(read[column], numbers[column].astype(float), rtol=5e-6)
    write_table(read, tmp_path / "two.csv")
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


def test_words_that_look_like_numbers_stay_words(tmp_path):
    (tmp_path / "t.csv").write_text("vowel,value\n2,1\n6,\nnan,3\n")
    read = read_table(tmp_path / "t.csv", {"vowel": str, "value": float})
    assert read.vowel.tolist() == ["2", "6", "nan"]
    np.testing.assert_array_equal(read.value, [1, np.nan, 3])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vowel,n\ni,1\n", "no column value; found vowel, n"),
        ("vowel,value,n\ni,1,2\ni,low,2\n", "line 3: value: expected a number, found 'low'"),
        ("vowel,value,n\ni,1,\n", "line 2: n: expected a number, found ''"),
        ("", "expected a CSV; No columns"),
    ],
)
def test_a_table_that_cannot_be_drawn_says_why(text, words, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadInput, match=words):
        read_table(tmp_path / "t.csv", {"vowel": str, "value": float, "n": int})


@pytest.fixture
def battery(asked, table, tmp_path):
    """A figure as the stage leaves it."""
    of = asked("validation_battery")
    gallery.make_picture(
        "validation_battery",
        None,
        {},
        table,
        tmp_path / "battery" / "validation_battery",
        families=of.families,
        options=of.options,
    )
    return tmp_path / "battery" / "validation_battery.csv"


@pytest.fixture
def command(tmp_path, monkeypatch):
    """``python -m tractable.figures WORDS`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["figures", *map(str, words)])
        main()

    return run


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_the_command_draws_the_bytes_of_the_stage(battery, tmp_path, ending):
    out = tmp_path / f"again{ending}"
    words = [sys.executable, "-m", "tractable.figures", battery, "--out", out]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert told.stderr == ""
    assert told.stdout == f"figures: validation_battery of {battery} in {out}\n"
    assert out.read_bytes() == battery.with_suffix(ending).read_bytes()


def test_another_number_is_another_picture(battery, tmp_path):
    battery.write_text(battery.read_text().replace("hybrid,0.86,", "hybrid,0.46,"))
    save_picture(redrawn("validation_battery", battery), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() != battery.with_suffix(".svg").read_bytes()


def test_a_pdf_has_its_fonts_whole(battery, tmp_path):
    save_picture(redrawn("validation_battery", battery), tmp_path / "again.pdf")
    drawn = (tmp_path / "again.pdf").read_bytes()
    assert b"/FontFile2" in drawn
    assert b"/Type3" not in drawn
    assert b"/CreationDate" not in drawn


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["validation_batery"],
            "no figure 'validation_batery'; did you mean 'validation_battery'?",
        ),
        (["frames_with_contours"], "frames_with_contours shows frames, which no table holds"),
        (["vowel_space"], "no vowel_space.csv; name it, or `dvc repro figures` makes it"),
        (["vowel_space", "no.csv"], "no.csv: not there"),
        (["no.csv", "no.csv"], "two tables, no.csv and no.csv"),
        (
            ["vowel_space", "t.csv", "--out", "x.gif"],
            "expected a name that ends in .svg, .png, .pdf",
        ),
        (["vowel_space", "t.csv"], "neither t.json nor a params.yaml here says how vowel_space"),
    ],
)
def test_what_cannot_be_drawn_is_told(tmp_path, command, words, complaint):
    (tmp_path / "t.csv").write_text(",".join(module("vowel_space").COLUMNS) + "\n")
    with pytest.raises(BadInput, match=re.escape(complaint)):
        command(*words)


def test_a_name_alone_finds_its_table_unless_there_are_several(battery, tmp_path, command):
    shown = tmp_path / "reports/figures"
    shutil.copytree(battery.parent, shown / "one")
    command("validation_battery")
    drawn = (tmp_path / "validation_battery.svg").read_bytes()
    assert drawn == battery.with_suffix(".svg").read_bytes()
    shutil.copytree(battery.parent, shown / "two")
    with pytest.raises(BadInput, match=r"several corpora; name one of reports/figures/one/.*two"):
        command("validation_battery")
