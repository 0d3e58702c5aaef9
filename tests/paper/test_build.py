"""What the text asks for is looked up; what is not there, or does not hold, ends the build."""

import json

import pytest
import typst

from tractable.contracts import BadInput
from tractable.paper.build import compiled

HYBRID = '"phantom", "hybrid", "V0 error (%)", "mean"'
MLP = '"phantom", "mlp", "V0 error (%)", "mean"'
LESS = '"phantom", "hybrid less mlp", "V1 natural skill"'
BEST = '"phantom", "hybrid less best black box", "V1 natural skill"'


def said(made, expression, draft=False):
    """What a macro puts into the text."""
    text, told = made.text(f"#metadata({expression})"), json.dumps(made.told(draft=draft))
    asked = {"field": "value", "one": True, "sys_inputs": {"evidence": told}}
    return json.loads(typst.query(text, "metadata", **asked))


@pytest.mark.parametrize(
    "expression, words",
    [
        (f"result({HYBRID})", "4.5 [4.2, 4.9]"),
        (f'result({HYBRID}, form: "value")', "4.5"),
        (f'result({HYBRID}, form: "n_speakers")', "8"),
        (f'result({HYBRID}, form: "null")', "12"),
        ('result("clip", "hybrid", "V0 error (%)", "mean")', "8.2"),
        ('result("phantom", "untrained", "V0 error (%)", "told apart")', "no"),
        (f'result({LESS}, "difference")', "0.25 [0.22, 0.28]"),
        (f'result({LESS}, "p_holm")', "< 0.001"),
        (f'result({LESS}, "verdict")', "ahead"),
        (f'result({BEST}, "difference")', "0.25 [0.22, 0.28]"),
        ('result("phantom", "best black box", "V1 natural skill", "name")', "mlp"),
        ('result("phantom", "best black box", "V1 natural skill", "mean")', "0.61 [0.58, 0.64]"),
    ],
)
def test_a_result_is_what_the_tables_say(made, expression, words):
    assert said(made, expression) == words


def test_scores_of_here_count_where_a_recorded_corpus_is_in_both_tables(made):
    assert "phantom" in (made.folder / "recorded.csv").read_text()
    assert said(made, f'result({HYBRID}, form: "value")') == "4.5"


@pytest.mark.parametrize(
    "asked, words",
    [
        ('"phantom", "hybird", "V0 error (%)", "mean"', "no model or comparison 'hybird'"),
        ('"phantom", "hybird", "V0 error (%)", "mean"', "did you mean 'hybrid'"),
        ('"phantom", "hybrid", "V0 error", "mean"', "did you mean 'V0 error (%)'"),
        ('"phantom", "hybrid", "V0 error (%)", "F9"', "known: mean"),
        ('"fantom", "hybrid", "V0 error (%)", "mean"', "did you mean 'phantom'"),
        ('"phantom", "physics", "V0 error (%)", "mean"', "is not applicable"),
        ('"phantom", "hybrid less mlp", "V4 affiliation skill", "p"', "no score or measure"),
    ],
)
def test_a_result_that_is_not_there_ends_the_build_with_its_line_and_the_likely_word(
    made, asked, words
):
    with pytest.raises(BadInput) as problem:
        made.write(f"One.\n\nTwo: #result({asked}).")
    assert words in str(problem.value)
    assert "short.typ, line 5:" in str(problem.value)
    assert "paper: draft: null" in str(problem.value)


@pytest.mark.parametrize(
    "claim",
    [
        f'({HYBRID}), "<", ({MLP})',
        f'({MLP}), ">", 5',
        f'({BEST}, "verdict"), "=", "ahead"',
        '("phantom", "untrained", "V0 error (%)", "told apart"), "=", "no"',
    ],
)
def test_a_claim_that_holds_is_its_sentence(made, claim):
    assert said(made, f"claim({claim})[So it is.]") == said(made, "[So it is.]")


@pytest.mark.parametrize(
    "claim, values",
    [
        (f'({HYBRID}), ">", ({MLP})', "> phantom | mlp | V0 error (%) | mean (4.532, 5.02)"),
        (f'({MLP}), "<", 5', r"< 5 (5.02, 5)"),
        (f'({BEST}, "verdict"), "=", "open"', "= open (ahead, open)"),
    ],
)
def test_a_claim_that_does_not_hold_ends_the_build_with_its_numbers(made, claim, values):
    with pytest.raises(BadInput) as problem:
        made.write(f"#claim({claim})[So it was.]")
    assert "line 3: this no longer holds: " in str(problem.value)
    assert values in str(problem.value)
    assert "rewrite the sentence" in str(problem.value)


def test_a_claim_about_what_is_not_there_ends_the_build(made):
    with pytest.raises(BadInput, match="no model or comparison 'mpl'"):
        made.write(f'#claim(({HYBRID}), "<", ("phantom", "mpl", "V0 error (%)", "mean"))[So.]')


def test_a_draft_marks_what_is_not_there_or_does_not_hold(made, capsys):
    body = f"""#show: paper.with(title: "T", authors: "A")
#result("phantom", "hybird", "V0 error (%)", "mean") #claim(({HYBRID}), ">", ({MLP}))[So it was.]
#claim(("phantom", "nobody", "V0", "mean"), ">", 0)[So.] #picture("phantom/none") @none
#summary("nowhere") @table-nowhere @chiba"""
    with pytest.raises(BadInput):
        made.write(body)
    marked = made.write(body, draft=True)
    assert marked.startswith(b"%PDF")
    assert made.write(body, draft=None) == marked
    assert "only a draft, marked in red" in capsys.readouterr().err
    assert said(made, f'claim(({HYBRID}), ">", ({MLP}))[So.]', draft=True) != said(made, "[So.]")


@pytest.mark.parametrize(
    "broken, words",
    [
        ('#picture("phantom/noe")', "no figure 'phantom/noe'; did you mean 'phantom/one'"),
        ('#summary("phanton")', "did you mean 'phantom'"),
        ("#reslut(1)", "unknown variable: reslut"),
        ('#text(font: "No Such Font")[x]', "unknown font family"),
    ],
)
def test_what_else_is_wrong_in_the_text_is_said_in_one_message(made, broken, words):
    with pytest.raises(BadInput) as problem:
        made.write(broken)
    assert words in str(problem.value)


def test_an_input_that_is_not_there_says_which_stage_makes_it_and_leaves_the_paper(made):
    before = made.write("One.")
    (made.folder / "figures/phantom/one.svg").unlink()
    with pytest.raises(BadInput, match="dvc repro figures"):
        made.write("Two.")
    (made.folder / "numbers/phantom.json").unlink()
    with pytest.raises(BadInput, match="dvc repro numbers"):
        made.write("Two.")
    assert [path.name for path in made.paper.parent.iterdir()] == ["paper.pdf"]
    assert made.paper.read_bytes() == before


def test_numbers_of_another_table_are_refused(made):
    with (made.folder / "scores.csv").open("a") as table:
        table.write("phantom,lstm,forward,V0 error (%),mean,4,3,5,12.1,3.1,8,\n")
    with pytest.raises(BadInput, match=r"none of lstm, V0 error.* `dvc repro numbers`"):
        made.write("One.")


WHOLE = f"""#show: paper.with(title: "T", authors: "A", abstract: [Short.])
Errs #result({HYBRID}) %, see @one and @table-phantom, after @chiba. $ F = c / l $
#picture("phantom/one") #figure(who(), kind: table)
#summary("phantom", caption: [All.]) #summary("clip", caption: [One.])"""


def test_the_same_bytes_twice_whatever_the_clock_or_the_folder(made, tmp_path, monkeypatch):
    first = made.write(WHOLE)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    monkeypatch.chdir(tmp_path)
    assert made.write(WHOLE, folder="elsewhere") == first
    assert b"CreationDate" not in first


def test_fonts_are_inside_and_their_text_can_be_copied(made):
    pdf = made.write(WHOLE)
    fonts = pdf.count(b"/FontDescriptor ")
    assert fonts >= 3  # upright, bold, mathematics
    assert pdf.count(b"/FontFile") == pdf.count(b"/ToUnicode") == fonts


def test_no_font_of_the_system_is_used(made):
    """The house's figures are in DejaVu Sans, which the wheel does not hold."""
    with pytest.raises(BadInput, match="unknown font family"):
        compiled(made.text('#set text(font: "DejaVu Sans")\nA'), {"draft": False})
