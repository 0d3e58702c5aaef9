"""One more item in a table that people keep, in every style that they may keep it in."""

import pytest

from tractable.contracts import BadInput
from tractable.recordings.tables import with_item

WAY = ("corpora", "tiny", "speakers")


@pytest.mark.parametrize(
    "before, after",
    [
        ("[a, b]   # women", "[a, b, new]   # women"),
        ("[a,\n      b,  # a woman\n    ]", "[a,\n      b, new,  # a woman\n    ]"),
        ("\n    - a\n    - b # a woman", "\n    - a\n    - b # a woman\n    - new"),
        ("\n      - 'a'\n      # no more", "\n      - 'a'\n      - new\n      # no more"),
    ],
)
@pytest.mark.parametrize("rest", ["", "\n", "\n\n# next\nfolds: {guard: 0.5} # s\n"])
def test_an_item_of_a_list_is_written_like_the_others(before, after, rest):
    text = "corpora: # all\n  tiny:\n    adapter:  usc75\n    speakers: "
    assert with_item(text + before + rest, WAY, "new") == text + after + rest


@pytest.mark.parametrize(
    "before, after",
    [
        ("{a: [x]} # one", "{a: [x], new: [y, z]} # one"),
        ("\n      a: [x] # one", "\n      a: [x] # one\n      new: [y, z]"),
        ("\n      a:\n      - x\n  # later", "\n      a:\n      - x\n      new: [y, z]\n  # later"),
    ],
)
def test_an_item_of_a_table_is_written_like_the_others(before, after):
    text, rest = "corpora:\n  tiny:\n    tasks: ", "\nfolds: 1\n"
    found = with_item(text + before + rest, ("corpora", "tiny", "tasks"), {"new": ["y", "z"]})
    assert found == text + after + rest


def test_an_item_of_several_lines_stands_under_the_others():
    item = {"new": {"adapter": "usc75", "speakers": ["a"]}}
    before, after = "corpora:\n  tiny: {speakers: [b]}\n", "\nfolds: 1\n"
    new = "  new:\n    adapter: usc75\n    speakers: [a]\n"
    assert with_item(before + after, ("corpora",), item) == before + new + after


@pytest.mark.parametrize("item", [{"tier": "phones"}, {"pixel_spacing": 0.5}])
def test_a_single_value_stands_under_the_others_without_braces(item):
    before, after = "corpora:\n  tiny:\n    speakers: [b]\n", "\nfolds: 1\n"
    ((name, value),) = item.items()
    found = with_item(before + after, ("corpora", "tiny"), item)
    assert found == f"{before}    {name}: {value}\n{after}"


def test_what_would_not_be_read_back_as_text_is_quoted():
    assert with_item("corpora: {tiny: {speakers: ['01']}}", WAY, "02").endswith("['01', '02']}}")


@pytest.mark.parametrize("nothing", ["", "[]", "null"])
def test_where_nothing_stands_yet_it_is_said(nothing):
    text = f"corpora:\n  tiny:\n    speakers: {nothing}\n"
    with pytest.raises(BadInput, match=r"^corpora: tiny: speakers: empty; take it out, or put"):
        with_item(text, WAY, "new")
