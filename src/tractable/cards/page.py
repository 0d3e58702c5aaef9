"""The page of model cards: tracked values, put into one template."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tractable import score_table
from tractable.cards import learnt, seam
from tractable.cards.cautions import FORWARD, Facts, cautions, stopped
from tractable.cards.corpus import ACCURACY, BEND, INTERVENTIONAL, RESIDUAL, Corpus
from tractable.cards.law_picture import draw
from tractable.contracts import FOLDS, SCORES, BadInput
from tractable.figures.sheet import FORMATS, styled
from tractable.models.files import load_catalogue, model_and_about, model_path
from tractable.models.model import Model
from tractable.report.templates import template
from tractable.stage import refuse_partial, speakers, store_path
from tractable.store import digest, load
from tractable.whole import written_whole

KINDS = "../src/tractable/models/kinds"  # seen from the page
GIVEN = {
    "shape_to_sound": "cross-distances at {places} places from glottis to lips, and tract length",
    "picture_to_sound": "a picture of the head, {side} by {side} pixels",
    "sound_to_shape": "mel-frequency cepstral coefficients of the sound",
}
WANTED = {
    "shape_to_sound": "the first {count} formants",
    "picture_to_sound": "the first {count} formants",
    "sound_to_shape": "cross-distances at {places} places from glottis to lips, and tract length",
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What other sections of params.yaml say of models, laws and corpora."""

    models: Mapping[str, str]  # what each is, in the order of the cards
    gate: list[str]
    controls: list[str]
    laws: Mapping[str, seam.Law]
    simulated: list[str]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The section ``cards`` of params.yaml.

    Parameters
    ----------
    confidence : of intervals over speakers, and of jackknife intervals over folds.
    agreement : scores that are shown as agreement with physics, means over formants; the first
        stands in the index.
    constant : a map that is the same for every shape; who is not above it in interventional skill
        must not be used for unnatural changes.
    largest_residual_share : beyond which an explanation counts as the residual's, not as physics.
    parts : equal parts of the tract by which laws of area are told in numbers.
    literature : published value of each number of the seam: ``low``, ``high``, ``source``.
    """

    confidence: float
    agreement: list[str]
    constant: str
    largest_residual_share: float
    parts: int
    literature: dict[str, dict[str, Any]]


def write_cards(
    folders: Mapping[str, Path],
    table: Path,
    page: Path,
    corpora: Mapping[str, Mapping],
    wording: Wording,
    choices: Choices,
) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    folders : models, folds and scores: trained models, roles of frames, scores by speaker.
    table : the score table.
    page : where to.
    corpora : the section of params.yaml.

    Raises
    ------
    BadInput : a folder in which something is missing that params.yaml or a catalogue lists, or a
        number of the seam that the literature leaves out.
    """
    refuse_unpublished(choices.literature)
    catalogue = load_catalogue(folders["models"])
    known = opened(folders, table, corpora, wording, choices.confidence)
    trained = Trained(folders["models"], catalogue)
    names = in_order(list(catalogue["models"]), list(wording.models))
    cards = [Card(name, trained, known, wording, choices).told() for name in names]
    text = template("cards.html", __package__).render(
        cards=cards,
        corpora=list(known),
        agreed=choices.agreement[0],
        confidence=choices.confidence,
        table=digest(table),
    )
    with written_whole(page) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def refuse_unpublished(literature: Mapping[str, Any]) -> None:
    """Refuse a literature that leaves a number of the seam out.

    Raises
    ------
    BadInput : naming what is missing.
    """
    lacking = [value.name for value in seam.VALUES if value.name not in literature]
    if lacking:
        raise BadInput(f"params.yaml: cards: literature: nothing on {', '.join(lacking)}")


def in_order(names: list[str], first: list[str]) -> list[str]:
    """Names in the order of ``first``, those that it lacks last, as they came."""
    place = {name: k for k, name in enumerate(first)}
    return sorted(names, key=lambda name: place.get(name, len(place)))


def opened(
    folders: Mapping[str, Path],
    table: Path,
    corpora: Mapping[str, Mapping],
    wording: Wording,
    confidence: float,
) -> dict[str, Corpus]:
    """What is tracked of every corpus.

    Raises
    ------
    BadInput : a speaker or a corpus of params.yaml is missing.
    """
    folds, scores = folders["folds"], folders["scores"]
    refuse_partial(folds, speakers(corpora))
    rows = score_table.read(table)
    found = {}
    for corpus, entry in corpora.items():
        path = scores / f"{corpus}.zarr"
        if not path.is_dir():
            raise BadInput(f"{scores}: no store of {corpus}; `dvc pull {scores}` brings it")
        names = entry["speakers"]
        roles = {name: load(store_path(folds, corpus, name), FOLDS).role.load() for name in names}
        kept = load(path, SCORES).load()
        mine, simulated = rows[rows.corpus == corpus], corpus in wording.simulated
        found[corpus] = Corpus(corpus, mine, kept, roles, simulated, confidence)
    return found


@dataclass(frozen=True)
class Trained:
    """All trained models, of all corpora."""

    folder: Path
    catalogue: Mapping[str, Any]

    def folds(self, corpus: str, name: str) -> list[tuple[Model, dict[str, Any]]]:
        """The models of all folds, with what their files say of them."""
        count = self.catalogue["folds"][corpus]
        paths = [model_path(self.folder, corpus, name, fold) for fold in range(count)]
        return [model_and_about(path) for path in paths]


@dataclass(frozen=True)
class Card:
    """One model, and all that is tracked of it."""

    name: str
    trained: Trained
    corpora: Mapping[str, Corpus]
    wording: Wording
    choices: Choices

    @property
    def about(self) -> Mapping[str, Any]:
        return self.trained.catalogue["models"][self.name]

    @property
    def direction(self) -> str:
        return self.about["direction"]

    def told(self) -> dict[str, Any]:
        """What the template shows of it."""
        parts = [self.on(corpus) for corpus in self.corpora.values()]
        return {
            "name": self.name,
            "what": self.wording.models.get(self.name, ""),
            "direction": self.direction.replace("_", " "),
            "kind": self.about["kind"],
            "source": f"{KINDS}/{self.about['kind']}.py",
            "shuffled": self.about["shuffled"],
            "context": self.about["context"],
            "given": self.worded(GIVEN),
            "wanted": self.worded(WANTED),
            "control": self.name in self.wording.controls,
            "gate": self.name in self.wording.gate,
            "corpora": parts,
        }

    def worded(self, sentences: Mapping[str, str]) -> str:
        places = next(iter(self.corpora.values())).scores.sizes.get("place", "all")
        return sentences[self.direction].format(**self.trained.catalogue["examples"], places=places)

    def on(self, corpus: Corpus) -> dict[str, Any]:
        """The part of a card that belongs to one corpus."""
        folds, abouts = zip(*self.trained.folds(corpus.name, self.name), strict=True)
        numbers = learnt.counts([model.state() for model in folds])
        tubes, facts = seam.tubes(folds), self.facts(corpus)
        return {
            "corpus": corpus.name,
            "speakers": len(corpus.roles),
            "held_out": corpus.held_out(),
            "folds": [self.fold(corpus, k, about) for k, about in enumerate(abouts)],
            "offered": learnt.offered(abouts),
            "untried": learnt.untried(abouts),
            "learnt": str(learnt.total(numbers)),
            "numbers": [(str(count), count.kind) for count in numbers if count.learnt],
            "uncounted": [(str(count), count.kind) for count in numbers if not count.learnt],
            "doubts": any(model.doubt is not None for model in folds),
            "accuracy": corpus.accuracy(self.name, self.direction),
            "phones": corpus.phones(self.name, self.direction),
            "agreement": self.agreement(corpus),
            "natural": corpus.cell(self.name, self.choices.agreement[0]),
            "intervals": [(score, cell) for score, _, cell in corpus.intervals(self.name)],
            "seam": self.seam(corpus, tubes) if tubes else None,
            "turned": any(bool(tube.turned) for tube in tubes),
            "bend": corpus.cell(self.name, BEND, "mean") if any(map(seam.bent, tubes)) else None,
            "stopped": stopped(facts),
            "cautions": cautions(facts),
        }

    def fold(self, corpus: Corpus, number: int, about: Mapping[str, Any]) -> dict[str, Any]:
        frames = about.get("frames")
        return corpus.fold(number) | {"learnt_from": frames, "chosen": learnt.chosen(about)}

    def agreement(self, corpus: Corpus) -> list[dict[str, Any]]:
        return corpus.agreement(self.name, self.choices.agreement)

    def facts(self, corpus: Corpus) -> Facts:
        """What the rules on misuse look at."""
        score, unit, _, _ = ACCURACY[self.direction in FORWARD]
        row, constant = corpus.row(self.name, score), self.choices.constant
        gate = [corpus.value(model, score) for model in self.wording.gate]
        return Facts(
            corpus=corpus.name,
            explained=any(
                math.isfinite(corpus.value(self.name, score)) for score in self.choices.agreement
            ),
            control=self.name in self.wording.controls,
            gate=tuple(model.replace("_", " ") for model in self.wording.gate),
            in_gate=self.name in self.wording.gate,
            simulated=corpus.simulated,
            speakers=len(corpus.roles),
            unit=unit,
            error=corpus.value(self.name, score),
            unseen_error=math.nan if row is None else float(row["null"]),
            gate_error=float(pd.Series(gate, dtype=float).min()),
            residual_share=corpus.value(self.name, RESIDUAL),
            largest_residual_share=self.choices.largest_residual_share,
            interventional=corpus.value(self.name, INTERVENTIONAL),
            constant=constant,
            constant_interventional=corpus.value(constant, INTERVENTIONAL),
            above_constant=corpus.above(self.name, constant, INTERVENTIONAL),
            intervals=tuple(covered for _, covered, _ in corpus.intervals(self.name)),
        )

    def seam(self, corpus: Corpus, tubes: list[seam.Tube]) -> dict[str, Any]:
        """Picture and tables of what the tube was told."""
        how: dict[str, Any] = {
            "confidence": self.choices.confidence,
            "several": corpus.several,
        }
        laws = seam.laws_by_place(tubes, self.wording.laws, corpus.scores)
        curves = seam.law_curves(laws, **how)
        literature = self.choices.literature
        return {
            "picture": embedded(curves),
            "laws": list(laws),
            "misses": seam.misses(laws),
            "law_rows": seam.law_table(laws, parts=self.choices.parts, **how),
            "rows": seam.single_values(
                tubes, literature, corpus.scores, simulated=corpus.simulated, **how
            ),
        }


def embedded(curves: pd.DataFrame) -> str:
    """The figure of laws as text that a page can hold, the same each time."""
    with styled():
        text = io.StringIO()
        draw(curves).savefig(text, format="svg", metadata=FORMATS[".svg"])
    return text.getvalue()
