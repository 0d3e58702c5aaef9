"""What an audit says: one quantity of one clip, with its interval and what is wrong with it."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from scipy.stats import norm

from tractable.whole import written_whole

WHOLE = "all clips"  #: in place of a clip's name
DIGITS = 4  # significant, of what is written


class Finding(NamedTuple):
    """A row of the table. ``flag`` says what is wrong, "" where nothing is."""

    clip: str
    quantity: str
    unit: str
    value: float
    low: float = math.nan
    high: float = math.nan
    flag: str = ""


COLUMNS = ("corpus", "speaker", *Finding._fields)


def share(clip: str, quantity: str, part: int, of: int, most: float, words: str) -> Finding:
    """A share of frames, flagged beyond ``most``. No interval: neighbouring frames are alike."""
    value = part / of if of else math.nan
    return Finding(clip, quantity, "1", value, flag=words if value > most else "")


def with_interval(
    clip: str, quantity: str, unit: str, value: float, sd: float, confidence: float
) -> Finding:
    half = float(norm.ppf((1 + confidence) / 2)) * sd
    return Finding(clip, quantity, unit, value, value - half, value + half)


def write_table(
    findings: Iterable[tuple[str, str, Iterable[Finding]]],
    path: Path,
) -> None:
    """(corpus, speaker, what was found) -> one CSV, whole or not at all."""
    rows = [
        (corpus, speaker, *(written(value) for value in finding))
        for corpus, speaker, found in findings
        for finding in found
    ]
    with written_whole(path) as partial:
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(partial, index=False)


def written(value: str | float) -> str:
    """Text as it is, a number to some digits, what is unknown as nothing."""
    if isinstance(value, str):
        return value
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"
