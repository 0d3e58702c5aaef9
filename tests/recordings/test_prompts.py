"""Prompts, how they are spoken, and what is said of tables that cannot be meant."""

from pathlib import Path

import pytest

from tractable.contracts import BadInput
from tractable.recordings.acoustics import model_phones
from tractable.recordings.alphabets import arpabet
from tractable.recordings.prompts import prompted, prompts_of, refuse_unknown
from tractable.recordings.pronunciation import ENGLISH, HEARD_AS, is_voiced, is_vowel, spoken


@pytest.fixture
def tables(tmp_path):
    """Write the table of prompts, and a dictionary where there is one."""

    def written(prompts: str, dictionary: str | None = None) -> tuple[Path, Path | None]:
        (tmp_path / "prompts.csv").write_text(prompts, "utf-8")
        if dictionary is None:
            return tmp_path / "prompts.csv", None
        (tmp_path / "own.dict").write_text(dictionary, "utf-8")
        return tmp_path / "prompts.csv", tmp_path / "own.dict"

    return written


def test_english_is_spoken_by_the_dictionary_with_all_its_ways():
    (either, ship) = spoken("Either, SHIP!", {}, "here")
    assert either.text == "either"
    assert sorted(either.pronunciations) == [["aI", "D", "3`"], ["i", "D", "3`"]]
    assert ship.pronunciations == [["S", "I", "p"]]


def test_apostrophes_and_punctuation_are_as_people_write_them():
    said = spoken(
        "Don\N{RIGHT SINGLE QUOTATION MARK}t -- \N{LEFT DOUBLE QUOTATION MARK}you\u201d", {}, "x"
    )
    assert [word.text for word in said] == ["don't", "you"]


def test_own_words_are_spoken_as_the_laboratory_says(tables):
    files = tables("clip,text\nvcv1,apa upu\n", "# SAMPA\napa  a p a\napa  a b a\n\nupu  u p: u\n")
    (said,) = prompted("sub001", ["vcv1_r2"], *files).values()
    assert said == [("apa", [["a", "p", "a"], ["a", "b", "a"]]), ("upu", [["u", "p:", "u"]])]


def test_own_pronunciations_win_over_the_dictionary(tables):
    files = tables("clip,text\nx,ship\n", "ship  S i p\n")
    assert prompted("sub001", ["x"], *files)["x"][0].pronunciations == [["S", "i", "p"]]


def test_the_most_exact_row_counts(tables):
    """One speaker's clip, else the clip, else all repetitions of a task; others have none."""
    files = tables("clip,text\nbvt,beat\nbvt_r2,bit\nsub002/bvt_r2,boot\n")
    clips = ["bvt_r1", "bvt_r2", "picture1"]
    said = {
        who: {clip: words[0].text for clip, words in prompted(who, clips, *files).items()}
        for who in ("sub001", "sub002")
    }
    assert said["sub001"] == {"bvt_r1": "beat", "bvt_r2": "bit"}
    assert said["sub002"] == {"bvt_r1": "beat", "bvt_r2": "boot"}


def test_a_corpus_without_prompts_has_none(tmp_path):
    assert prompts_of(tmp_path, "sub001", {"adapter": "usc75"}, ["x"]) is None


@pytest.mark.parametrize(
    "prompts, dictionary, complaint",
    [
        ("task,text\nx,ship\n", None, "no column clip; expected clip,text"),
        ("", None, "no column clip, text"),
        ("clip;text\nx;ship\n", None, "no column clip, text; .* save it with commas"),
        ("clip,text\nx,hello, world\n", None, "line 2: a comma too many, .* after 'hello'"),
        ("clip,text\nx,ship\nx,sheep\n", None, "line 3: 'x' stands in line 2 already"),
        ("clip,text\nx,...\n", None, "line 2: no word in '...'"),
        ("clip,text\nx,ship apa\n", None, "line 2: neither .* knows apa; write `apa  ...`"),
        ("clip,text\nx,apa\n", "apa  a ph a\n", "own.dict: line 1: apa: no sign 'ph'"),
        ("clip,text\nx,apa\n", "apa\n", "own.dict: line 1: apa: no phones; write them in SAMPA"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_line(tables, prompts, dictionary, complaint):
    with pytest.raises(BadInput, match=complaint):
        prompted("sub001", ["x"], *tables(prompts, dictionary))


@pytest.mark.parametrize(
    "row, complaint",
    [
        ("vcv11", "line 3: 'vcv11' is no clip, .* did you mean 'vcv1'"),
        ("sub001/vcv1", "line 3: 'sub001/vcv1' is no clip, .* did you mean 'vcv1_r1'"),
        ("sub001/vcv2_r1", "line 3: 'sub001/vcv2_r1' is no clip, .* did you mean 'vcv1_r1'"),
    ],
)
def test_a_row_of_no_clip_is_refused_though_others_fit(tables, row, complaint):
    prompts, _ = tables(f"clip,text\nvcv1,ship\n{row},ship\n")
    with pytest.raises(BadInput, match=complaint):
        refuse_unknown(prompts, {"sub001": ["vcv1_r1"], "sub002": ["vcv2_r1"]})


def test_rows_of_all_three_kinds_fit_and_one_of_an_absent_speaker_is_said(tables, capsys):
    rows = "vcv1,a\nvcv1_r1,a\nsub001/vcv1_r1,a\nsub002/vcv1_r1,a\nsub3/vcv1,a\n"
    prompts, _ = tables(f"clip,text\n{rows}")
    refuse_unknown(prompts, {"sub001": ["vcv1_r1"], "sub002": ["vcv1_r1"]})
    assert "line 6: 'sub3/vcv1': nobody here is 'sub3'" in capsys.readouterr().out


@pytest.mark.parametrize("named", ["prompts", "pronunciations"])
def test_a_file_that_is_named_and_not_there_is_missed(tmp_path, named):
    (tmp_path / "prompts.csv").write_text("clip,text\nx,ship\n")
    entry = {"prompts": "prompts.csv", named: "absent"}
    with pytest.raises(BadInput, match=f"absent: not there, though params.yaml: corpora: {named}"):
        prompts_of(tmp_path, "sub001", entry, ["x"])


def test_every_phone_of_the_model_has_a_sign_of_its_own():
    phones = [name for name in model_phones() if name != "SIL" and not name.startswith("+")]
    assert sorted(ENGLISH) == phones
    assert len(set(ENGLISH.values())) == len(phones)
    assert all(arpabet(phone) == sign for phone, sign in ENGLISH.items())
    assert all(phone in phones for heard in HEARD_AS.values() for phone in heard)


def test_kinds_of_phones_are_those_of_phonetics():
    assert [is_vowel(sign) for sign in ("a", "y:", "3`", "AH", "n", "t")] == [True] * 4 + [
        False
    ] * 2
    assert [is_voiced(sign) for sign in ("e", "N", "j", "l", "b", "z", "s")] == [True] * 4 + [
        False
    ] * 3
