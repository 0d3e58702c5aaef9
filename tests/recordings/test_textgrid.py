"""Labels: every way Praat writes them, and every way in which they cannot be meant."""

import codecs

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.recordings.textgrid import Interval, labels_at, read_textgrid

from .corpus import write_textgrid

SPOKEN = [(0.0, 0.5, ""), (0.5, 1.25, "a"), (1.25, 2.0, "m")]
HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
SHORT = """0
2
<exists>
1
"IntervalTier"
"phones"
0
2
3
0
0.5
""
0.5
1.25
"a"
1.25
2
"m"
"""
POINTS = """    item [{number}]:
        class = "TextTier"
        name = "{name}"
        xmin = 0
        xmax = 2
        points: size = 2
        points [1]:
            number = 0.7
            mark = "burst"
        points [2]:
            number = 1.1
            mark = ""
"""


@pytest.fixture
def grid(tmp_path):
    """The three intervals in Praat's long text format."""
    return write_textgrid(tmp_path / "labels.TextGrid", SPOKEN)


def test_long_text_is_read(grid):
    assert read_textgrid(grid, "phones") == SPOKEN
    assert read_textgrid(grid, "phones")[1] == Interval(start=0.5, end=1.25, label="a")


def test_short_text_holds_the_same(grid):
    grid.write_text(HEAD + SHORT)
    assert read_textgrid(grid, "phones") == SPOKEN


@pytest.mark.parametrize("mark, code", [("", "utf-8"), ("\ufeff", "utf-8"), ("", "utf-16")])
def test_utf8_and_utf16_are_read(tmp_path, mark, code):
    grid = write_textgrid(tmp_path / "labels.TextGrid", [(0.0, 2.0, "ɛ̃")])
    grid.write_bytes((mark + grid.read_text("utf-8")).encode(code))
    assert read_textgrid(grid, "phones") == [(0.0, 2.0, "ɛ̃")]


def test_either_byte_order_is_read(grid):
    text = grid.read_text()
    grid.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    first = read_textgrid(grid, "phones")
    grid.write_bytes(codecs.BOM_UTF16_BE + text.encode("utf-16-be"))
    assert read_textgrid(grid, "phones") == first == SPOKEN


def test_other_encodings_are_refused(grid):
    grid.write_bytes(grid.read_text().replace('"a"', '"é"').encode("latin-1"))
    with pytest.raises(BadInput, match=r"labels\.TextGrid: neither UTF-8 nor UTF-16.*in Praat"):
        read_textgrid(grid, "phones")


@pytest.mark.parametrize(
    "written, meant",
    [
        ('""', '"'),
        ('say ""a"" twice', 'say "a" twice'),
        ("1.5", "1.5"),
        ("xmax = 7 ", "xmax = 7"),
        ("item [2]:\nsize = 9", "item [2]:\nsize = 9"),
    ],
)
def test_text_is_text_whatever_it_holds(tmp_path, written, meant):
    """A quote is written twice; numbers and words of the format inside a label are no format."""
    grid = write_textgrid(tmp_path / "x.TextGrid", [(0.0, 1.0, written), (1.0, 2.0, "a")])
    assert read_textgrid(grid, "phones") == [(0.0, 1.0, meant), (1.0, 2.0, "a")]


@pytest.mark.parametrize("points_first", [True, False])
def test_points_stand_beside_intervals(grid, points_first):
    head, item = grid.read_text().replace("size = 1\n", "size = 3\n").split("    item [1]:\n")
    item = f"    item [2]:\n{item}"
    points = POINTS.format(number=1, name="bursts") + POINTS.format(number=3, name="clicks")
    grid.write_text(head + (points + item if points_first else item + points))
    assert read_textgrid(grid, "phones") == SPOKEN
    with pytest.raises(BadInput, match=r"no interval tier 'bursts', there are 'phones'"):
        read_textgrid(grid, "bursts")


def test_of_two_tiers_the_named_one_is_read(grid):
    head, item = grid.read_text().replace("size = 1\n", "size = 2\n").split("    item [1]:\n")
    words = item.replace('"phones"', '"words"').replace('"a"', '"arm"')
    grid.write_text(f"{head}    item [1]:\n{words}    item [2]:\n{item}")
    assert read_textgrid(grid, "phones")[1].label == "a"
    assert read_textgrid(grid, "words")[1].label == "arm"


def test_a_missing_tier_is_named_with_those_that_are_there(grid):
    with pytest.raises(
        BadInput, match=r"labels\.TextGrid: no interval tier 'words', there are 'phones'; rename"
    ):
        read_textgrid(grid, "words")


def test_wherever_a_file_ends_early_it_is_refused(grid):
    """Cut before each of its last characters and each of its lines: no label is lost in silence."""
    whole = grid.read_text().rstrip()
    lines = [place for place, character in enumerate(whole) if character == "\n"]
    complaint = r"labels\.TextGrid: (not a Praat TextGrid|.* ends early or is damaged).*in Praat"
    for length in [*lines, *range(lines[-3], len(whole))]:
        grid.write_text(whole[:length])
        with pytest.raises(BadInput, match=complaint):
            read_textgrid(grid, "phones")
    grid.write_text(whole)
    assert read_textgrid(grid, "phones") == SPOKEN


@pytest.mark.parametrize(
    "good, bad",
    [
        ("IntervalTier", "PitchTier"),
        ("xmax = 1.25", "xmax = soon"),
        ("intervals: size = 3", "intervals: size = 4"),
    ],
)
def test_a_damaged_file_is_refused(grid, good, bad):
    assert good in grid.read_text()
    grid.write_text(grid.read_text().replace(good, bad))
    with pytest.raises(BadInput, match=r"labels\.TextGrid: .* damaged; save it again in Praat"):
        read_textgrid(grid, "phones")


@pytest.mark.parametrize("text", ["", "a;1;0.5;1.25\n", HEAD.replace("TextGrid", "PitchTier")])
def test_other_files_are_no_textgrid(grid, text):
    grid.write_text(text)
    with pytest.raises(BadInput, match=r"labels\.TextGrid: not a Praat TextGrid.*save it as text"):
        read_textgrid(grid, "phones")


@pytest.mark.parametrize(
    "second, complaint",
    [
        ((0.9, 2.0, "m"), r"0\.9 to 2 s, overlaps the one before, which ends at 1 s; correct it"),
        ((1.5, 1.2, "m"), r"1\.5 to 1\.2 s, runs backwards; correct its times"),
        ((1.0, 1.0, "m"), r"1 to 1 s, runs backwards; correct its times"),
    ],
)
def test_intervals_that_cannot_be_are_named(tmp_path, second, complaint):
    grid = write_textgrid(tmp_path / "labels.TextGrid", [(0.0, 1.0, "a"), second])
    where = r"labels\.TextGrid: tier 'phones': interval 2 'm', "
    with pytest.raises(BadInput, match=where + complaint):
        read_textgrid(grid, "phones")


def test_rounding_of_times_is_no_overlap(tmp_path):
    intervals = [(0.0, 1.0000004, "a"), (1.0, 2.0, "m")]
    grid = write_textgrid(tmp_path / "labels.TextGrid", intervals)
    assert read_textgrid(grid, "phones") == intervals


def test_an_interval_holds_its_beginning_but_not_its_end():
    said = [Interval(0.5, 1.0, "a"), Interval(1.0, 1.5, "m"), Interval(2.0, 2.5, "u")]
    expected = {
        0.0: "", 0.5: "a", 0.75: "a", 1.0: "m", 1.5: "", 1.75: "", 2.0: "u", 2.5: "", 9.0: "",
    }  # fmt: skip
    assert labels_at(np.array(list(expected)), said).tolist() == list(expected.values())


def test_without_intervals_no_time_has_a_label():
    assert labels_at(np.array([0.0, 1.0]), []).tolist() == ["", ""]
    assert labels_at(np.zeros(0), [Interval(0.0, 1.0, "a")]).tolist() == []
