"""Curves that the stage ``scores`` keeps beside its scores, for the figures that show them."""

from collections.abc import Callable, Mapping

import pandas as pd
import xarray as xr

from tractable.figures.vowels import Speakers
from tractable.statistics import student_interval

MEAN = "mean"  # stands in the column ``speaker`` for all of them together


def by_speaker(corpus: Speakers, name: str, *, confidence: float) -> pd.DataFrame:
    """A curve of every speaker, and their mean with Student's interval.

    Parameters
    ----------
    name : a variable of the contract ``scores`` with a dim ``speaker``.

    Returns
    -------
    The other dims of the curve, speaker, value, low, high; row by row as the curve has its dims,
    the last varying fastest; empty where the truth is not known.
    """
    (stores,) = corpus.values()
    if name not in stores["scores"]:
        return pd.DataFrame()
    return of_speakers(stores["scores"][name], confidence=confidence)


def of_speakers(
    values: xr.DataArray,
    *,
    confidence: float,
    interval: Callable[..., xr.Dataset] = student_interval,
) -> pd.DataFrame:
    """Values of every speaker, and their mean with its interval, as of `by_speaker`."""
    values = values.rename("value")
    mean = interval(values, confidence=confidence).expand_dims(speaker=[MEAN])
    tables = [of.to_dataframe(dim_order=values.dims).reset_index() for of in (mean, values)]
    rows = pd.concat(tables, ignore_index=True)
    dims = [str(dim) for dim in values.dims if dim != "speaker"]
    return rows[[*dims, "speaker", "value", "low", "high"]].dropna(subset="value")


def one_below_the_other(
    corpus: Speakers, measures: Mapping[str, str], *, confidence: float
) -> pd.DataFrame:
    """Several curves of every speaker, each under the word for it in the column ``measure``.

    Parameters
    ----------
    measures : variable of the contract ``scores`` -> word.
    """
    tables = [
        by_speaker(corpus, name, confidence=confidence).assign(measure=word)
        for name, word in measures.items()
    ]
    return pd.concat(tables, ignore_index=True)


def means(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.speaker == MEAN]


def count_speakers(rows: pd.DataFrame) -> int:
    return rows.speaker[rows.speaker != MEAN].nunique()
