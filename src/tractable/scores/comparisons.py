"""Models against models, speaker by speaker: ``reports/comparisons.csv``."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from tractable.comparison_table import AHEAD, BEHIND, COLUMNS, OPEN, UNTESTED
from tractable.contracts import BadInput, likely
from tractable.scores.assembly import CEILINGS
from tractable.scores.maps import PHYSICS
from tractable.scores.table import digits
from tractable.statistics import (
    by_fold,
    holm,
    least_effect,
    paired_difference,
    sign_flip_p,
    speakers_needed,
)

#: Stand for models: the best without physics in it; every honest model, and each of its controls.
BEST_BLACK_BOX, HONEST, CONTROL = "best_black_box", "honest", "control"
OF_TUBES = "VR residual share"  # only a model with a tube of its own can be asked
ALIKE = 1e-9  # spread over difference: what is so of every speaker is so by definition, and no test
NUMBERS = ("value", "low", "high", "p", "spread")  # of a paired test
ASKED = ("first", "second", "measures")  # of an entry of params.yaml


class Pair(NamedTuple):
    """One measure of two models."""

    measure: str
    first: str
    second: str


def comparison_table(
    scores: Mapping[str, xr.Dataset],
    confidence: float,
    counterparts: Mapping[str, str],
    /,
    *,
    families: dict[str, list[dict[str, Any]]],
    chance: float,
    effects: dict[str, float],
) -> pd.DataFrame:
    """Paired t-tests over held-out speakers, Holm's correction within each family of a corpus.

    Speakers whom one fold tests share its models, and a test over speakers takes what is so of
    these models for so of all (decision 29): so ``p_folds`` says what the same test makes of the
    means of folds, which are few. ``p_signs`` asks for no normal distribution: all 2^n flips of the
    signs of n speakers' differences, so that it is 2 / 2^n at the least, which is more than Holm's
    correction lets few speakers have (decision 44). What is corrected and decided by is Student's
    test over speakers.

    The best black box is the one that is best in the very measure, by the same held-out speakers
    who then compare it. That favours the black box, so it is conservative for the model that stands
    against it: "ahead" may be believed, "behind" less so.

    Parameters
    ----------
    scores : corpus -> dataset of the contract ``scores``.
    confidence : of the intervals, which are of each test alone; a test is decided where Holm's p is
        below what that leaves.
    counterparts : control -> the honest model that should be better.
    families : name -> entries of ``first``, ``second`` and ``measures``: a test of the two in each,
        by the mean over formants where there are several. ``second: best_black_box``: see above.
        ``first: honest``, ``second: control``: all ``counterparts`` who can both be asked.
    chance : with which a test of some speakers is to show a difference.
    effects : measure -> a difference that would matter, for which speakers are counted; not of a
        control and its counterpart, which has to be better.

    Returns
    -------
    The columns of `tractable.comparison_table`, numbers as text of stable digits; a p of less than
    1e-9 is 0. Who cannot be asked has a row without numbers. Fewer than three speakers have a
    difference and no p, and so has a difference that is the same of all, as it is by definition.

    Raises
    ------
    BadInput : an entry that says something else.
    """
    refuse_other_entries(families)
    rows: list[dict] = []
    for corpus, data in scores.items():
        boxes = black_boxes(data, {*counterparts, PHYSICS, *CEILINGS})
        for family, entries in families.items():
            pairs = [pair for of in entries for pair in pairs_of(data, of, counterparts, boxes)]
            tests = tested(data, pairs, confidence)
            asked = effects_asked(tests, effects, counterparts)
            tests = with_power(tests.assign(effect=asked), chance, confidence)
            rows += tests.assign(corpus=corpus, family=family).to_dict("records")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in (name for name, kind in COLUMNS.items() if kind is float):
        table[name] = [digits(number) for number in table[name]]
    return table


def refuse_other_entries(families: Mapping[str, list[dict[str, Any]]]) -> None:
    """Refuse an entry of a family that is not exactly what each has to say.

    Raises
    ------
    BadInput : naming what is unknown, or missing.
    """
    for family, entries in families.items():
        where = f"params.yaml: scores: comparisons: families: {family}"
        for entry in entries:
            for word in entry.keys() - set(ASKED):
                raise BadInput(f"{where}: unknown parameter {word!r}; {likely(word, ASKED)}")
            for word in set(ASKED) - entry.keys():
                raise BadInput(f"{where}: parameter {word} is missing")
            if (entry["first"] == HONEST) != (entry["second"] == CONTROL):
                raise BadInput(f"{where}: {HONEST} goes with {CONTROL} alone: {entry}")


def pairs_of(
    data: xr.Dataset, entry: Mapping[str, Any], counterparts: Mapping[str, str], boxes: list[str]
) -> Iterator[Pair]:
    """The tests of one entry."""
    first, second = entry["first"], entry["second"]
    for measure in entry["measures"]:
        if (first, second) == (HONEST, CONTROL):
            for control, honest in counterparts.items():
                pair = Pair(measure, honest, control)
                if all(by_speaker(data, measure, model).notnull().any() for model in pair[1:]):
                    yield pair
        elif second == BEST_BLACK_BOX:
            yield Pair(measure, first, best(data, measure, boxes) or second)
        else:
            yield Pair(measure, first, second)


def black_boxes(data: xr.Dataset, others: set[str]) -> list[str]:
    """The models without a tube of their own, those who are no honest models left out."""
    models = [model for model in map(str, data.model.values) if model not in others]
    return [model for model in models if by_speaker(data, OF_TUBES, model).isnull().all()]


def by_speaker(data: xr.Dataset, measure: str, model: str) -> xr.DataArray:
    """A measure of one model (speaker,), mean over formants or of none; NaN: nobody can say."""
    if measure not in data.score or model not in data.model:
        return xr.full_like(data.speaker, np.nan, dtype=float)
    values = data.value.sel(score=measure, model=model, drop=True)
    return values.sel(formant="mean", drop=True).fillna(values.sel(formant="all", drop=True))


def best(data: xr.Dataset, measure: str, models: list[str]) -> str | None:
    """The best of some models in a measure; None: it asks none of them."""
    means = {model: float(by_speaker(data, measure, model).mean()) for model in models}
    known = {model: mean for model, mean in means.items() if np.isfinite(mean)}
    return max(known, key=lambda model: sign(data, measure) * known[model]) if known else None


def sign(data: xr.Dataset, measure: str) -> int:
    """1 where larger is better, -1 where smaller is, 0 where neither or where nobody is asked."""
    return int(data.better.sel(score=measure)) if measure in data.score else 0


def tested(data: xr.Dataset, pairs: list[Pair], confidence: float) -> pd.DataFrame:
    """A row per pair, the pairs being one family."""
    chances, rows = ["p", "p_folds", "p_signs"], []
    numbers = ["difference", "low", "high", "n_speakers", "n_folds", *chances, "spread"]
    for pair in pairs:
        first, second = (by_speaker(data, pair.measure, model) for model in pair[1:])
        test = paired_difference(first, second, confidence=confidence)
        value, low, high, p, spread = (float(test[name]) for name in NUMBERS)
        over = over_folds(data, first - second, confidence)
        every = p, float(over.p), sign_flip_p(first - second)
        told = (np.nan if spread <= ALIKE * abs(value) else of for of in every)
        gain = sign(data, pair.measure) * value
        verdict = AHEAD if gain > 0 else BEHIND if gain < 0 else OPEN
        counts = int(test.n_speakers), int(over.n_speakers)
        rows.append((*pair, value, low, high, *counts, *told, spread, verdict))
    table = pd.DataFrame(rows, columns=[*Pair._fields, *numbers, "verdict"])
    table["p_holm"] = holm(table.p.to_numpy(float))
    table.loc[~(table.p_holm < 1 - confidence), "verdict"] = OPEN
    table.loc[table.p_holm.isna(), "verdict"] = UNTESTED
    return table


def over_folds(data: xr.Dataset, difference: xr.DataArray, confidence: float) -> xr.Dataset:
    """The test of a difference (speaker,) over means of folds; over speakers, if none is known."""
    own = xr.DataArray(np.arange(data.sizes["speaker"]), dims="speaker")
    means = by_fold(difference, data.get("held_out_fold", own))
    return paired_difference(means, xr.zeros_like(means), confidence=confidence)


def effects_asked(
    tests: pd.DataFrame, effects: Mapping[str, float], counterparts: Mapping[str, str]
) -> list[float]:
    """The difference that would matter in each test; NaN of a control, which has to be worse."""
    pairs = zip(tests.measure, tests["first"], tests.second, strict=True)
    return [
        np.nan if counterparts.get(second) == first else float(effects.get(measure, np.nan))
        for measure, first, second in pairs
    ]


def with_power(tests: pd.DataFrame, chance: float, confidence: float) -> pd.DataFrame:
    """What the speakers of each test could show, and how many its ``effect`` needs."""
    asked = {"chance": chance, "confidence": confidence}
    both = tests.n_speakers, tests.spread
    least = [spread * least_effect(n, **asked) for n, spread in zip(*both, strict=True)]
    needed = [
        speakers_needed(size / spread, **asked) if spread > 0 else np.nan
        for size, spread in zip(tests.effect, tests.spread, strict=True)
    ]
    return tests.assign(least_shown=least, speakers_needed=needed)
