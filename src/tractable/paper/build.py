"""The PDF: the text beside this module, what it may quote, and a compiler that knows no clock."""

import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from tractable.contracts import BadInput, likely
from tractable.paper.evidence import Wording, evidence
from tractable.report.page import read_figures
from tractable.whole import written_whole

TEXT = Path(str(files(__package__) / "paper.typ"))
WAY = ("corpus", "model or comparison", "score or measure", "formant or part")  # of a result
OF_A_FIGURE = ("picture", "title", "caption")  # what the text needs
DRAFT = "params.yaml: paper: draft: null prints it all the same, marked"


def write_paper(
    scores: Path,
    comparisons: Path,
    recorded: Path,
    figures: Path,
    numbers: Path,
    paper: Path,
    wording: Wording,
    text: Path = TEXT,
    *,
    draft: bool | None,
) -> None:
    """Write the PDF, whole or not at all; the same bytes for the same inputs.

    Parameters
    ----------
    scores, comparisons, recorded, numbers : see `tractable.paper.evidence`.
    figures : folder of pictures, each a .svg with a .json that says what it is.
    paper : where to.
    wording : what models are called and what stands in tables.
    text : the Typst source.
    draft : print what is not there as n/a and mark what does not hold, instead of refusing it;
        None: where there is something to refuse, and say what.

    Raises
    ------
    BadInput : an input is not there, a result or figure that the text names is not, or a claim
        does not hold.
    """
    known = evidence(scores, comparisons, recorded, numbers, wording)
    drawn = read_figures(figures, paper.parent)
    shown = {about["name"]: {w: about[w] for w in OF_A_FIGURE} for about in drawn}
    told = known | {"figures": shown, "draft": bool(draft)}
    try:
        pdf = compiled(text, told)
    except BadInput as problem:
        if draft is not None:
            raise
        print(f"paper: only a draft, marked in red: {problem}", file=sys.stderr)
        pdf = compiled(text, told | {"draft": True})
    with written_whole(paper) as partial:
        partial.write_bytes(pdf)


def compiled(text: Path, told: dict[str, Any]) -> bytes:
    """The bytes of the PDF.

    Only fonts of Typst's own wheel are used, and no clock is read.

    Raises
    ------
    BadInput : what Typst refuses, in words of the colleague who writes the text.
    """
    try:
        pdf, warnings = typst.compile_with_warnings(
            text,
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
            sys_inputs={"evidence": json.dumps(told)},
            timestamp=0,
        )
    except typst.TypstError as problem:
        raise BadInput(explained(problem, text, told)) from None
    if warnings:
        raise BadInput(f"{text}: {warnings[0].diagnostic}")
    return pdf


def explained(problem: typst.TypstError, text: Path, told: dict[str, Any]) -> str:
    """What the macros complain of, with the place in the text and the likely word."""
    lines = re.findall(rf"{re.escape(text.name)}:(\d+)", problem.diagnostic)
    where = f"{text}, line {lines[-1]}" if lines else f"{text}"
    absent = re.search(r"absent: (.*)", problem.message)
    false = re.search(r"false: (.*)", problem.message)
    if absent:
        return f"{where}: {lacking(absent[1].split(' | '), told)}; {DRAFT}"
    if false:
        return f"{where}: this no longer holds: {false[1]}; rewrite the sentence, or {DRAFT}"
    return f"{where}: {problem.diagnostic}"


def lacking(way: list[str], told: dict[str, Any]) -> str:
    """Which word of a way leads nowhere, and the likely one."""
    if way[0] == "figures":
        return f"no figure {way[1]!r}; {likely(way[1], told['figures'])}"
    node = told["results"]
    for kind, word in zip(WAY, way, strict=False):
        if word not in node:
            return f"no {kind} {word!r} in {' | '.join(way)!r}; {likely(word, node, 3)}"
        node = node[word]
    return f"{' | '.join(way)!r} is not applicable"
