"""Tracked values of one corpus: rows of the score table, scores by speaker and by phone."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tractable import score_table
from tractable.cards.cautions import FORWARD, Coverage, coverage
from tractable.figures.sheet import counted, ipa
from tractable.score_table import NOT_APPLICABLE, quote
from tractable.statistics import separated, student_interval

SHAPE_ACCURACY = "V0 rms error (mm)"
RESIDUAL, BEND = "VR residual share", "VR bend share"
INTERVENTIONAL = "V1 interventional skill"
#: To sound or not -> accuracy, its unit, its curve by phone, and what brings that to the unit.
ACCURACY = {
    True: (score_table.ACCURACY, "%", "phone_error", 1e2),
    False: (SHAPE_ACCURACY, "mm", "phone_shape_error", 1e3),
}
TEXT = {"mean": "mean of F1 to F3", "all": "cross-distances"}
NO_WIDTH = 1e-9  # of an interval that tells nothing
NOTHING = {"value": NOT_APPLICABLE, "interval": ""}


def text(value: float, low: float = math.nan, high: float = math.nan) -> dict[str, str]:
    """A number and its interval, as the template shows it."""
    told = quote(value, low, high) if not high - low < NO_WIDTH else quote(value)
    return {"value": told.value, "interval": f"{told.low} to {told.high}" if told.low else ""}


@dataclass(frozen=True)
class Corpus:
    """Table, scores and roles of one corpus, asked for what a card shows."""

    name: str
    table: pd.DataFrame  # rows of this corpus
    scores: xr.Dataset
    roles: dict[str, xr.DataArray]  # speaker -> (fold, time)
    simulated: bool
    confidence: float

    @property
    def several(self) -> bool:
        return len(self.roles) > 1

    def row(self, model: str, score: str, formant: str | None = None) -> pd.Series | None:
        """A row of the table; by default the mean over formants, or the whole shape's."""
        rows = self.table[(self.table.model == model) & (self.table.score == score)]
        labels = ("mean", "all") if formant is None else (formant,)
        for label in labels:
            if (rows.formant == label).any():
                return rows[rows.formant == label].iloc[0]
        return None

    def value(self, model: str, score: str) -> float:
        row = self.row(model, score)
        return math.nan if row is None else float(row.value)

    def cell(self, model: str, score: str, formant: str | None = None) -> dict[str, str]:
        row = self.row(model, score, formant)
        return NOTHING if row is None else text(row.value, row.low, row.high)

    def accuracy(self, model: str, direction: str) -> dict[str, Any]:
        """V0 by formant: over all speakers, of each, and of who would guess unseen."""
        score, unit, _, _ = ACCURACY[direction in FORWARD]
        rows = self.table[(self.table.model == model) & (self.table.score == score)]
        formants = list(rows.formant)
        guesses = [text(guess) for guess in rows.null]
        return {
            "score": score,
            "unit": unit,
            "columns": [TEXT.get(formant, formant) for formant in formants],
            "all": [self.cell(model, score, formant) for formant in formants],
            "guess": guesses,
            "speakers": list(self.by_speaker(model, score, formants)) if self.several else [],
        }

    def by_speaker(
        self, model: str, score: str, formants: list[str]
    ) -> Iterator[tuple[str, list[str]]]:
        if score not in self.scores.score or model not in self.scores.model:
            return
        values = self.scores.value.sel(score=score, model=model)
        for speaker in self.scores.speaker.values:
            yield (
                str(speaker),
                [quote(float(values.sel(speaker=speaker, formant=f))).value for f in formants],
            )

    def phones(self, model: str, direction: str) -> list[dict[str, Any]]:
        """A chip per phone, those first that all models of the direction find easy.

        ``share`` is the error over that of the mean of what was learnt from, 1 at most.
        """
        score, unit, curve, factor = ACCURACY[direction in FORWARD]
        if curve not in self.scores or model not in self.scores.model:
            return []
        errors = factor * self.scores[curve]
        easy = errors.median("model").mean("speaker")
        errors = errors.isel(phone=np.argsort(easy.values, kind="stable"))
        found = student_interval(errors.sel(model=model), confidence=self.confidence)
        found = found.isel(phone=np.flatnonzero(found.value.notnull().values))
        row = self.row(model, score)
        unseen = math.nan if row is None else float(row.null)
        return [chip(found.sel(phone=phone), unseen, unit) for phone in found.phone.values]

    def agreement(self, model: str, scores: Iterable[str]) -> list[dict[str, Any]]:
        """Some scores of the model, with what a guess and the truth get."""
        rows = []
        for score in scores:
            row = self.row(model, score)
            beside = {} if row is None else {"guess": text(row.null), "truth": text(row.ceiling)}
            empty = {"guess": NOTHING, "truth": NOTHING}
            rows.append({"score": score, "cell": self.cell(model, score)} | empty | beside)
        return rows

    def intervals(self, model: str) -> list[tuple[str, Coverage, dict[str, str]]]:
        """Scores of the model that say how often its predictive intervals hold what they should."""
        rows = self.table[(self.table.model == model) & self.table.formant.isin(["mean", "all"])]
        found = []
        for row in rows.itertuples():
            covered = coverage(row.score, row.value, row.high)
            if covered is not None and not math.isnan(row.value):
                found.append((row.score, covered, text(row.value, row.low, row.high)))
        return found

    def above(self, model: str, other: str, score: str) -> bool:
        """Is the model better than the other, beyond chance where there are several speakers?"""
        known = set(self.scores.model.values)
        if {model, other} <= known and score in self.scores.score:
            values = self.scores.value.sel(score=score, formant="mean")
            told = separated(
                values.sel(model=model),
                values.sel(model=other),
                1,
                confidence=self.confidence,
            )
            if told.notnull():
                return bool(told == 1)
        return self.value(model, score) > self.value(other, score)

    def held_out(self) -> str:
        """What a fold does not see."""
        if self.several:
            return "All frames of some speakers, none of which the fold has learnt from."
        return (
            "Blocks of time of the one speaker, with a guard gap on both sides: not a new voice, "
            "and no interval over speakers."
        )

    def fold(self, number: int) -> dict[str, Any]:
        """Who trains and who is tested in one fold, and on how many frames they are."""
        roles = {name: role.isel(fold=number).values for name, role in self.roles.items()}
        return {
            word: {
                "speakers": [name for name, role in roles.items() if (role == word).any()],
                "frames": sum(int((role == word).sum()) for role in roles.values()),
            }
            for word in ("train", "test")
        }


def chip(found: xr.Dataset, unseen: float, unit: str) -> dict[str, Any]:
    """One phone: its sign, its error, and how dark it is."""
    value, low, high, speakers = (
        float(found[name]) for name in ("value", "low", "high", "n_speakers")
    )
    label = str(found.phone.values)
    share = min(value / unseen, 1.0) if unseen > 0 else 0.0
    told = text(value, low, high)
    between = f", {told['interval']}" if told["interval"] else ""
    return {
        "label": label,
        "sign": ipa(label),
        "value": quote(value).value,
        "share": f"{share:.2f}",
        "title": f"{label}: {told['value']} {unit}{between} ({counted(int(speakers), 'speaker')})",
    }
