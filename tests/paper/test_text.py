"""The text itself: no digit that nobody computed, no figure that nobody draws, claims that hold."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tractable.figures.catalogue import FIGURES
from tractable.paper import Wording, write_paper
from tractable.paper.build import TEXT

ROOT = Path(__file__).parents[2]
CODE = ("result", "claim", "picture", "summary")  # arguments are no text, unless in brackets
MARKED = "fixed"  # whose content in brackets is no result


def stray_digits(text: str) -> list[str]:
    """Lines of running text with a digit that is neither looked up nor marked."""
    text = re.sub(r"(?<!:)//.*|@[\w-]+", "", text)  # comments, and references by their names
    for macro in CODE:
        text = without(text, f"#{macro}(", "()", keeps=in_brackets)
    text = without(text, f"#{MARKED}[", "[]")
    return [line.strip() for line in text.splitlines() if re.search(r"\d", line)]


def without(text: str, opening: str, pair: str, keeps: Callable[[str], str] = lambda _: "") -> str:
    """The text without what stands between an opening and the bracket that closes it.

    Parameters
    ----------
    keeps : what of it is text all the same.
    """
    while (start := text.find(opening)) >= 0:
        inside = start + len(opening)
        stop = closed(text, inside, pair)
        text = text[:start] + keeps(text[inside:stop]) + text[stop:]
    return text


def in_brackets(code: str) -> str:
    """The content that stands in code: captions."""
    code, found = re.sub(r'"[^"]*"', "", code), ""
    while (start := code.find("[")) >= 0:
        stop = closed(code, start + 1, "[]")
        found, code = f"{found} {code[start + 1 : stop - 1]}", code[stop:]
    return found


def closed(text: str, inside: int, pair: str) -> int:
    """Where the bracket ends inside of which a place is."""
    depth = 1
    while depth:
        depth += {pair[0]: 1, pair[1]: -1}.get(text[inside], 0)
        inside += 1
    return inside


@pytest.fixture(scope="module")
def text() -> str:
    return TEXT.read_text("utf-8")


def test_no_digit_stands_in_the_text_unless_it_was_looked_up_or_is_marked(text):
    assert stray_digits(text) == []


@pytest.mark.parametrize(
    "planted",
    [
        "It errs 2.8 %.",
        "On F1 it errs.",
        '#claim(("a", "b"), "<", 5)[It errs 2.8 %.]',
        "The sum is $1 + x$.",
        "#fixed[3 %] of 4",
        '#result("phantom", "hybrid", "V0 error (%)", "mean") of 4',
        '"4" in quotation marks',
        '#strong("4")',
        '#summary("phantom", caption: [It errs 2.8 %.])',
        '#picture("phantom/one", caption: [#emph[It errs] 2.8 %.])',
    ],
)
def test_a_planted_digit_is_found(text, planted):
    lines = stray_digits(text.replace("= Limits", f"{planted}\n\n= Limits"))
    assert len(lines) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        '#result("phantom", "hybrid", "V0 error (%)", "mean")',
        '#claim(("a", "V1"), "<", 5)[It errs.]',
        "#fixed[$ sum_(k = 1)^n x[k] $] and #fixed[F1]",
        "@table-usc75 // 4 of a comment",
    ],
)
def test_what_is_marked_or_looked_up_is_no_stray_digit(harmless):
    assert stray_digits(harmless) == []


def test_no_semicolon_is_swallowed(text):
    r"""Typst takes one behind a call for the call's own end; ``\;`` is a semicolon."""
    calls = list(re.finditer(rf"#(?:{'|'.join(CODE)}|{MARKED})(?=[(\[])", text))
    assert len(calls) > 50
    swallowed = [text[call.start() :][:80] for call in calls if after(text, call.end()) == ";"]
    assert swallowed == []


def after(text: str, start: int) -> str:
    """The character behind a call's arguments, which begin at ``start``."""
    while (pair := {"(": "()", "[": "[]"}.get(text[start])) is not None:
        start = closed(text, start + 1, pair)
    return text[start]


def test_every_figure_is_one_that_is_drawn(text):
    named = re.findall(r'#picture\("([^"]+)"', text)
    assert len(named) > 2
    assert {name.split("/")[-1] for name in named} <= set(FIGURES)


def test_every_score_of_the_battery_is_explained(text):
    summary = yaml.safe_load((ROOT / "params.yaml").read_text())["report"]["summary"]
    for score in {name.split()[0] for name in summary}:
        assert f"#fixed[{score}]" in text


def test_the_paper_of_a_tiny_run_is_a_draft(made):
    """Models, figures and the clip are not there; the text is printed all the same."""
    assert made.write_text(TEXT, draft=True).startswith(b"%PDF")


def test_the_paper_says_what_the_committed_results_say(tmp_path):
    """Every result is there, every claim holds, and the PDF is whole."""
    choices = yaml.safe_load((ROOT / "params.yaml").read_text())
    report, reports = choices["report"], ROOT / "reports"
    words = {word: report[word] for word in ("summary", "models", "gate", "controls")}
    wording = Wording(**words, black_boxes=choices["figures"]["families"]["black_box"])
    tables = (reports / name for name in ("scores.csv", "comparisons.csv", "real/scores.csv"))
    paper = tmp_path / "paper.pdf"
    write_paper(*tables, reports / "figures", reports / "numbers", paper, wording, draft=False)
    assert 4 <= len(re.findall(rb"/Type ?/Page\b(?!s)", paper.read_bytes())) <= 16
