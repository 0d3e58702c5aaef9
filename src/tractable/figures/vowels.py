"""Frames sorted by vowel, for all figures that show one panel or one sign per vowel."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from tractable.contracts import BadInput

#: name -> noun -> store of one corpus.
Speakers = Mapping[str, Mapping[str, xr.Dataset]]


def positions(frame: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Index on the clock ``time`` of frames given by their times [s]."""
    after = np.clip(np.searchsorted(time, frame), 1, len(time) - 1)
    return after - (np.abs(frame - time[after - 1]) < np.abs(frame - time[after]))


def check_models(wanted: list[str], there: np.ndarray, figure: str) -> None:
    """Refuse a figure that is asked for models that nobody asked anything."""
    unknown = [model for model in wanted if model not in there]
    if unknown:
        raise BadInput(
            f"params.yaml: figures: {figure}: no model {', '.join(unknown)} among "
            f"{', '.join(map(str, there))}"
        )


def summarised(
    table: pd.DataFrame, by: list[str], summary: str, *, least_frames: int
) -> pd.DataFrame:
    """Middle and spread of ``value`` over frames, of all groups with enough of them.

    Parameters
    ----------
    table : ``value``, ``frame``, ``speaker`` and the columns ``by``.
    summary : "mean" with the standard deviation, or "median" with the quartiles.

    Returns
    -------
    by, value, low, high, n_frames, n_speakers.
    """
    groups = table.groupby(by, sort=False)
    values = groups.value
    if summary == "mean":
        middle, spread = values.mean(), values.std(ddof=0)
        low, high = middle - spread, middle + spread
    else:
        middle, low, high = values.median(), values.quantile(0.25), values.quantile(0.75)
    counts = {"n_frames": groups.size(), "n_speakers": groups.speaker.nunique()}
    made = pd.DataFrame({"value": middle, "low": low, "high": high} | counts)
    return made[made.n_frames >= least_frames].reset_index()


def first_vowels(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of the first ``most`` vowels: a page is only so wide."""
    return table[table.vowel.isin(list(dict.fromkeys(table.vowel))[:most])]


def in_order(table: pd.DataFrame, **orders: Sequence[str | int]) -> pd.DataFrame:
    """Rows sorted by the order in which each column's words are listed, then as they came."""
    keys = [table[name].map({w: k for k, w in enumerate(words)}) for name, words in orders.items()]
    order = np.lexsort([np.arange(len(table)), *reversed(keys)])
    return table.iloc[order].reset_index(drop=True)
