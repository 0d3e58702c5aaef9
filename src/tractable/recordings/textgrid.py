"""Labels with a beginning and an end, read strictly: what overlaps or runs backwards is refused."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from tractable.contracts import BadInput

#: What Praat's text files mean: quoted text (a quote is doubled), and numbers that stand free, but
#: not what a comment says.
TOKEN = re.compile(r'"((?:[^"]|"")*)"|!.*|(?<!\S)([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?!\S)')
TIER_KINDS = {"IntervalTier": 3, "TextTier": 2}  # tokens of one interval, of one point


class Interval(NamedTuple):
    start: float  # s
    end: float  # s
    label: str


class Aligned(NamedTuple):
    """An interval that no hand made."""

    start: float  # s
    end: float  # s
    label: str
    confidence: float  # probability that it is where it is said to be


Labels = list[Interval] | list[Aligned]


def read_textgrid(path: Path, tier: str) -> list[Interval]:
    """Intervals of one tier of a Praat TextGrid, long or short text, UTF-8 or UTF-16.

    Raises
    ------
    BadInput : no TextGrid, no such tier, or intervals that overlap or run backwards.
    """
    tiers = read_tiers(path)
    if tier not in tiers:
        there = ", ".join(map(repr, tiers)) or "none"
        raise BadInput(
            f"{path}: no interval tier {tier!r}, there are {there}; rename one, or say which by "
            "`add --tier NAME` or in params.yaml: `tier: NAME`, of the corpus or of `recordings`"
        )
    return ordered(tiers[tier], f"{path}: tier {tier!r}")


def read_tiers(path: Path) -> dict[str, list[Interval]]:
    """Every interval tier of a TextGrid by name."""
    tokens = [
        float(found[2]) if found[2] else found[1].replace('""', '"')
        for found in TOKEN.finditer(text_of(path))
        if found[0][0] != "!"
    ]
    try:
        if tokens[:2] != ["ooTextFile", "TextGrid"]:
            raise BadInput(f"{path}: not a Praat TextGrid in text format; save it as text in Praat")
        return tiers_of(tokens)
    except (IndexError, KeyError, TypeError, ValueError) as problem:
        if isinstance(problem, BadInput):
            raise
        message = f"{path}: a TextGrid that ends early or is damaged; save it again in Praat"
        raise BadInput(message) from problem


def tiers_of(tokens: list[str | float]) -> dict[str, list[Interval]]:
    """Kind, name, start, end, size and items of each tier follow five tokens of heading."""
    tiers, at = {}, 5
    for _ in range(int(tokens[4])):
        kind, name, size = tokens[at], tokens[at + 1], int(tokens[at + 4])
        width = TIER_KINDS[str(kind)]
        items = [tokens[at + 5 + k * width : at + 5 + (k + 1) * width] for k in range(size)]
        if kind == "IntervalTier":
            tiers[str(name)] = [Interval(float(a), float(b), str(c).strip()) for a, b, c in items]
        at += 5 + size * width
    return tiers


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput(
            f"{path}: neither UTF-8 nor UTF-16 text; save it again in Praat"
        ) from problem


def ordered(intervals: Iterable[Interval], where: str) -> list[Interval]:
    """The intervals as they are, or the first that runs backwards or overlaps the one before."""
    intervals, before = list(intervals), -np.inf
    for number, (start, end, label) in enumerate(intervals, 1):
        this = f"{where}: interval {number} {label!r}, {start:g} to {end:g} s,"
        if not start < end:
            raise BadInput(f"{this} runs backwards; correct its times")
        if start < before - 1e-6:
            raise BadInput(
                f"{this} overlaps the one before, which ends at {before:g} s; correct it"
            )
        before = end
    return intervals


def labels_at(times: Float[np.ndarray, " time"], intervals: Labels) -> np.ndarray:
    """Label of the interval that holds each time [s], "" where there is none."""
    labels = np.array([interval.label for interval in intervals] + [""])
    return labels[which_at(times, intervals)]


def confidence_at(
    times: Float[np.ndarray, " time"], intervals: Labels
) -> Float[np.ndarray, " time"]:
    """Confidence of the label that each time [s] has, 1 of one by hand, NaN where there is none."""
    sure = [part.confidence if isinstance(part, Aligned) else 1.0 for part in intervals]
    which = which_at(times, intervals)
    return np.where(labels_at(times, intervals) == "", np.nan, np.array([*sure, np.nan])[which])


def which_at(times: Float[np.ndarray, " time"], intervals: Labels) -> Int[np.ndarray, " time"]:
    """Index of the interval that holds each time [s], -1 where there is none."""
    starts = np.array([interval.start for interval in intervals])
    ends = np.array([interval.end for interval in intervals] + [-np.inf])
    which = np.searchsorted(starts, times, side="right") - 1
    return np.where(times < ends[which], which, -1)
