"""Made-up scores of two corpora, figures, and a text of one's own beside the real macros."""

import json
from pathlib import Path

import pytest

from tractable import comparison_table
from tractable.numbers import write_numbers
from tractable.paper import Wording, build, write_paper
from tractable.paper.evidence import evidence

SCORES = """corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers,separated
phantom,physics,forward,V0 error (%),mean,not applicable,,,12.1,3.1,0,
phantom,hybrid,forward,V0 error (%),mean,4.532,4.212,4.852,12.1,3.1,8,
phantom,mlp,forward,V0 error (%),mean,5.02,4.7,5.4,12.1,3.1,8,
phantom,ridge,forward,V0 error (%),mean,4.9,4.6,5.3,12.1,3.1,8,
phantom,untrained,forward,V0 error (%),mean,92.4,80.1,104.7,12.1,3.1,8,no
phantom,hybrid,forward,V1 natural skill,mean,0.861,0.842,0.88,0,1,8,
phantom,mlp,forward,V1 natural skill,mean,0.61,0.58,0.64,0,1,8,
"""
COLUMNS = ",".join(comparison_table.COLUMNS)
COMPARISONS = f"""{COLUMNS}
phantom,primary,V1 natural skill,hybrid,mlp,.25,.22,.28,8,4,9e-07,2e-6,.0078,3e-6,0.04,0.1,4,ahead
phantom,primary,V4 affiliation skill,hybrid,mlp,,,,0,0,,,,,,0.2,,
phantom,secondary,V0 error (%),hybrid,mlp,-0.488,-0.7,-0.276,8,4,.0157,.02,.0234,.0627,0.3,,,open
"""
RECORDED = """corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers
clip,hybrid,forward,V0 error (%),mean,8.2,,,6.1,,1
phantom,hybrid,forward,V0 error (%),mean,77,,,6.1,,1
"""
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
WORDING = Wording(
    summary=["V0 error (%)", "V1 natural skill"],
    models={"hybrid": "a tube & more", "mlp": "a perceptron"},
    gate=["ridge"],
    controls=["untrained"],
    black_boxes=["mlp", "ridge"],
)


class Made:
    """A folder of inputs, and papers made of them."""

    def __init__(self, folder: Path):
        self.folder, self.paper = folder, folder / "out" / "paper.pdf"
        self.texts = ("scores", SCORES), ("comparisons", COMPARISONS), ("recorded", RECORDED)
        for name, text in self.texts:
            (folder / f"{name}.csv").write_text(text)
        (folder / "figures" / "phantom").mkdir(parents=True)
        (folder / "figures" / "phantom" / "one.svg").write_text(SVG)
        about = {"title": "One", "caption": "4 < 5 & # $", "order": 0}
        (folder / "figures" / "phantom" / "one.json").write_text(json.dumps(about))
        self.count()

    def count(self) -> None:
        metrics = self.folder / "metrics.json"
        write_numbers(
            self.folder / "scores.csv", self.folder / "numbers", metrics, metrics_shown=[]
        )

    @property
    def tables(self) -> list[Path]:
        return [self.folder / f"{name}.csv" for name, _ in self.texts]

    def told(self, *, draft: bool) -> dict:
        """What the macros are told, figures aside."""
        return evidence(*self.tables, self.folder / "numbers", WORDING) | {"draft": draft}

    def text(self, body: str, folder: str = "text") -> Path:
        """A Typst source with this body, and what it imports, in a folder of its own."""
        home = self.folder / folder
        home.mkdir(exist_ok=True)
        for name in ("macros.typ", "references.yaml"):
            (home / name).write_bytes(build.TEXT.with_name(name).read_bytes())
        path = home / "short.typ"
        path.write_text('#import "macros.typ": *\n#set document(date: none)\n' + body)
        return path

    def write(self, body: str, *, draft: bool | None = False, folder: str = "text") -> bytes:
        return self.write_text(self.text(body, folder), draft=draft)

    def write_text(self, text: Path, *, draft: bool | None) -> bytes:
        figures, numbers = self.folder / "figures", self.folder / "numbers"
        write_paper(*self.tables, figures, numbers, self.paper, WORDING, text, draft=draft)
        return self.paper.read_bytes()


@pytest.fixture
def made(tmp_path) -> Made:
    return Made(tmp_path)
