"""The seam of a tube: what its physics was told, beside what others know of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr

from tractable.constants import CENTIMETRE
from tractable.models.model import Model
from tractable.models.tube_model import Tube
from tractable.score_table import quote
from tractable.statistics import jackknife_interval, student_interval
from tractable.tube import PIRIFORM, VOCALTRACTLAB, Branch, Losses

MINE, TRUTH = "this model", "the simulator's"
EXPONENT, SCALE, AREA = "exponent", "area at 1 cm", "area at the usual distance"
#: What each curve is, and whether only its course along the tract is heard.
CURVES = {EXPONENT: False, SCALE: True, AREA: True}
NO_WIDTH = 1e-9  # of an interval of what all folds share: it was not learnt
CUBIC, SQUARE, CENTI = 1e6, 1e4, 1e2  # cm3, cm2 and cm in m3, m2 and m

Law = Mapping[str, Sequence[float]]


class Value(NamedTuple):
    """One number of the seam: in which unit, how each fold has it, and who else knows it."""

    name: str  # as in params.yaml: cards: literature
    of: Callable[[Tube], float]
    simulated: float | str | None  # the simulator's own, or the variable of scores that has it
    confounded: str  # what else would sound much the same


def wall_resonance(losses: Losses) -> float:
    return float(losses.closed_tract_resonance) / (2 * math.pi)


def volume(branch: Branch | None) -> float:
    return (
        math.nan if branch is None else CUBIC * float((branch.log_area.exp() * branch.length).sum())
    )


def depth(branch: Branch | None) -> float:
    return math.nan if branch is None else CENTI * float(branch.length.sum())


def lengths(tube: Tube) -> torch.Tensor:
    """Lengths of sections of a tract that is 1 m long as measured."""
    return tube.section_length(torch.zeros(1, dtype=torch.float64))[0]


VALUES = (
    Value(
        "acoustic over measured tract length",
        lambda tube: float(lengths(tube).sum()),
        "true_length_gain",
        "walls that yield and a fossa shift all formants too",
    ),
    Value(
        "section at the lips over the others",
        lambda tube: float(lengths(tube)[-1] / lengths(tube)[0]),
        None,
        "the area at the lips lowers formants as well",
    ),
    Value(
        "closed-tract resonance of the walls (Hz)",
        lambda tube: wall_resonance(tube.losses()),
        wall_resonance(VOCALTRACTLAB),
        "it moves F1 nearly alone",
    ),
    Value(
        "volume of the piriform fossae (cm3)",
        lambda tube: volume(tube.branch()),
        volume(PIRIFORM),
        "heard only beside the areas of the tract, whose common scale is not",
    ),
    Value(
        "depth of the piriform fossae (cm)",
        lambda tube: depth(tube.branch()),
        depth(PIRIFORM),
        "a deep narrow one and a short wide one sound much alike at F1 to F3",
    ),
)


def tubes(models: Sequence[Model]) -> list[Tube]:
    """The models of all folds if they have a seam; else none."""
    return [model for model in models if isinstance(model, Tube)]


def told(found: xr.Dataset) -> str:
    """A number and its interval, if that has a width; "" for what nobody knows."""
    number, low, high = (float(found[name]) for name in ("value", "low", "high"))
    if math.isnan(number):
        return ""
    return str(quote(number, low, high) if high - low > NO_WIDTH else quote(number))


def single_values(
    folds: Sequence[Tube],
    literature: Mapping[str, Mapping[str, Any]],
    scores: xr.Dataset,
    *,
    confidence: float,
    several: bool,
    simulated: bool,
) -> list[dict[str, str]]:
    """A row per number that the seam has: learnt, published, the simulator's, what confounds it."""
    rows = []
    for value in VALUES:
        with torch.no_grad():
            mine = [value.of(tube) for tube in folds]
        if not np.isfinite(mine).all():
            continue
        published, mean = literature[value.name], xr.DataArray(mine, dims="fold")
        rows.append(
            {
                "name": value.name,
                "learnt": told(with_interval(mean, confidence=confidence, several=several)),
                "published": span(published),
                "source": published["source"],
                "simulated": the_simulators(value, scores, confidence) if simulated else "",
                "confounded": value.confounded,
            }
        )
    return rows


def the_simulators(value: Value, scores: xr.Dataset, confidence: float) -> str:
    """What the simulator itself has there; "" if that cannot be said."""
    if isinstance(value.simulated, float):
        return str(quote(value.simulated))
    if value.simulated is None or value.simulated not in scores:
        return ""
    return told(student_interval(scores[value.simulated], confidence=confidence))


def span(published: Mapping[str, Any]) -> str:
    """``2.1 to 2.9``, or one number."""
    low, high = f"{published['low']:g}", f"{published['high']:g}"
    return low if low == high else f"{low} to {high}"


def bent(tube: Tube) -> bool:
    """Whether the shape as a whole bends the law."""
    return tube.usual_bend() is not None


def law_of(tube: Tube) -> tuple[np.ndarray, np.ndarray]:
    """beta and ln A_1 [ln m2] by place; of a law that is bent, as it is at the mean shape."""
    bend = tube.usual_bend()
    log_scale = tube.log_scale if bend is None else tube.log_scale + bend
    return tube.exponent.detach().numpy(), log_scale.detach().numpy()


def published_law(law: Law, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """beta and ln A_1 [ln m2] of a law of params.yaml, which is in cm and cm2."""
    alpha, beta = (np.interp(place, law["place"], law[name]) for name in ("alpha", "beta"))
    return beta, np.log(alpha / SQUARE)


def measures(
    beta: np.ndarray, log_scale: np.ndarray, log_usual: np.ndarray | None
) -> dict[str, np.ndarray]:
    """What is shown of one law (place,): areas over their geometric mean along the tract, in ln."""
    shown = {EXPONENT: beta, SCALE: log_scale - log_scale.mean()}
    if log_usual is not None:
        area = log_scale + beta * (log_usual - math.log(CENTIMETRE))
        shown[AREA] = area - area.mean()
    return shown


def laws_by_place(
    folds: Sequence[Tube], laws: Mapping[str, Law], scores: xr.Dataset
) -> dict[str, xr.Dataset]:
    """The learnt law (fold, place), the published (place,), the simulator's (speaker, place)."""
    count = len(folds[0].log_scale)
    place = (np.arange(count) + 0.5) / count
    usual, known = None, "true_exponent" in scores
    if known:
        usual = np.log(scores.true_usual_distance.mean("speaker").values)
    found = {MINE: stacked([measures(*law_of(tube), usual) for tube in folds], "fold", place)}
    for name, law in laws.items():
        found[name] = stacked([measures(*published_law(law, place), usual)], "one", place)
    if known:
        pairs = zip(scores.true_exponent.values, np.log(scores.true_scale.values), strict=True)
        found[TRUTH] = stacked([measures(*pair, usual) for pair in pairs], "speaker", place)
    return found


def stacked(shown: Sequence[Mapping[str, np.ndarray]], dim: str, place: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {name: ((dim, "place"), np.stack([of[name] for of in shown])) for name in shown[0]},
        {"place": place},
    )


def with_interval(law: xr.DataArray, *, confidence: float, several: bool) -> xr.Dataset:
    """Mean over what the law has beside ``place``, with the interval that this allows."""
    if "one" in law.dims:
        return student_interval(law.rename(one="speaker"), confidence=confidence)
    if "speaker" in law.dims:
        return student_interval(law, confidence=confidence)
    found = jackknife_interval(law, confidence=confidence)
    return found if several else found.assign({end: found[end] * np.nan for end in ("low", "high")})


def law_curves(laws: Mapping[str, xr.Dataset], *, confidence: float, several: bool) -> pd.DataFrame:
    """What the figure draws: measure, law, place, value, low, high; relative areas as factors."""
    rows = []
    for law, curves in laws.items():
        for measure, relative in CURVES.items():
            if measure in curves:
                found = with_interval(curves[measure], confidence=confidence, several=several)
                table = (xr.ufuncs.exp(found) if relative else found).to_dataframe().reset_index()
                rows.append(table.assign(measure=measure, law=law))
    return pd.concat(rows)[["measure", "law", "place", "value", "low", "high"]]


def law_table(
    laws: Mapping[str, xr.Dataset], *, parts: int, confidence: float, several: bool
) -> list[dict[str, Any]]:
    """A row per measure and part of the tract, a text per law."""
    rows = []
    for measure, relative in CURVES.items():
        for part in range(parts):
            cells = {
                law: part_text(curves[measure], part, parts, relative, confidence, several)
                for law, curves in laws.items()
                if measure in curves
            }
            if cells:
                where = f"{part / parts:g} to {(part + 1) / parts:g}"
                rows.append({"measure": measure, "where": where, "cells": cells})
    return rows


def part_text(
    law: xr.DataArray, part: int, parts: int, relative: bool, confidence: float, several: bool
) -> str:
    """Mean of a law over one of equal parts of the tract, with its interval."""
    inside = (law.place >= part / parts) & (law.place < (part + 1) / parts)
    mean = law.isel(place=np.flatnonzero(inside.values)).mean("place")
    found = with_interval(mean, confidence=confidence, several=several)
    found = xr.ufuncs.exp(found) if relative else found
    return told(found)


def misses(laws: Mapping[str, xr.Dataset]) -> dict[str, str]:
    """Law -> root mean square over places of ln area at the usual distance less the simulator's, in
    %; empty where nobody knows that."""
    if TRUTH not in laws:
        return {}
    along = {law: of[AREA].mean([d for d in of.dims if d != "place"]) for law, of in laws.items()}
    true = along.pop(TRUTH)
    off = {law: 100 * float(((of - true) ** 2).mean() ** 0.5) for law, of in along.items()}
    return {law: str(quote(error)) for law, error in off.items()}
