"""Evidence for laws of movement (V9.1): a likelihood calibrated by bootstrap.

Least squares of one shape over another say little by themselves: how their ratios are spread hangs
on windows, amplitudes and noise. So the same gestures are made anew under each law, with the noise
that plateaus show, and fitted as the measured ones were; the measured mean is held against theirs.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, sem
from scipy.stats import t as student

from tractable.contracts import BadInput
from tractable.movement.bootstrap import Candidate, Replicates, candidates, features, replicates
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures

COMPONENTS = 14
FEWEST = 2 * COMPONENTS  # gestures of a class that its evidence can be told from
LEAST = 1e-10  # of the largest variance that is kept
LABELS = ("speaker", "variable", "direction")
TOLD = ("log_likelihood", "theta", "adequacy", "adequacy_low", "adequacy_high")


class Adequacy(NamedTuple):
    """Squares that a law leaves over those that it should: 1 is adequate, more is misfit."""

    value: float
    low: float
    high: float


def evidence(
    gestures: Gestures,
    names: Iterable[str],
    *,
    replicate_count: int,
    confidence: float,
    seed: int,
) -> xr.Dataset:
    """What every class of gestures (speaker x variable x direction) says for every law.

    Parameters
    ----------
    names : of laws in `LAWS`, or ``mean``, the mean trajectory.
    replicate_count : B, how often a class is made anew at each theta.
    confidence : of the intervals of adequacy.
    seed : of the noise of replicates.

    Returns
    -------
    By ``class`` (with ``speaker``, ``variable``, ``direction``) and ``law``: ``log_likelihood``,
    averaged over theta; ``theta``, the most likely one; ``adequacy`` there, ``adequacy_low``,
    ``adequacy_high``; ``gestures``, how many settled. NaN: a class of too few.

    Raises
    ------
    BadInput : no gesture at all, a law that is unknown, fewer than two replicates.
    """
    names = list(names)
    if len(gestures) == 0:
        raise BadInput("evidence of no gestures: every class is empty")
    if replicate_count < 2:
        raise BadInput(f"evidence: {replicate_count} replicates, at least 2 are needed")
    classes = list(gestures.classes())
    rows = [
        class_evidence(
            own, names, replicate_count=replicate_count, confidence=confidence, seed=seed
        )
        for _, own in classes
    ]
    labels = dict(zip(LABELS, zip(*(label for label, _ in classes), strict=True), strict=True))
    coordinates = {word: ("class", list(part)) for word, part in labels.items()}
    return xr.concat(rows, "class").assign_coords(coordinates)


def class_evidence(
    gestures: Gestures,
    names: list[str],
    *,
    replicate_count: int,
    confidence: float,
    seed: int,
) -> xr.Dataset:
    """`evidence` of one class, whoever its speaker is."""
    fits = fit(gestures)
    fits = fits.chosen(np.flatnonzero(fits.settled))
    told = xr.Dataset(coords={"law": names}).assign(gestures=len(fits.gestures))
    if len(fits.gestures) < FEWEST:
        unknown = xr.full_like(told.law, np.nan, dtype=float)
        return told.assign({name: unknown for name in TOLD})
    tried = list(candidates(fits, names))
    made = [replicates(one, replicate_count, seed) for one in tried]
    likelihood = log_likelihoods(features(fits), made, replicate_count)
    rows = []
    for name in names:
        own = np.array([k for k, one in enumerate(tried) if one.law == name])
        best = own[likelihood[own].argmax()]
        found = adequacy(tried[best], made[best], confidence)
        mean = logsumexp(likelihood[own]) - np.log(len(own))
        rows.append((mean, tried[best].theta, *found))
    columns = zip(TOLD, np.array(rows).T, strict=True)
    return told.assign({name: ("law", column) for name, column in columns})


def log_likelihoods(
    measured: Float[np.ndarray, "gesture feature"], made: list[Replicates], replicate_count: int
) -> Float[np.ndarray, " candidate"]:
    """ln N(z; mu, C / n (1 + 1 / B)) of the mean z of measured gestures under each candidate.

    z are principal components of all replicates together. C is the covariance of one gesture's z,
    between gestures too; the mean of replicates is itself uncertain, by 1 / B of that.
    """
    means = np.array([one.mean for one in made])
    pooled = np.mean([one.covariance for one in made], 0)
    if len(made) > 1:
        pooled = pooled + np.cov(means.T)
    variance, axes = np.linalg.eigh(pooled)
    kept = np.flatnonzero(variance > LEAST * variance[-1])[-COMPONENTS:]
    z, found = measured.mean(0) @ axes[:, kept], np.empty(len(made))
    for k, one in enumerate(made):
        covariance = axes[:, kept].T @ one.covariance @ axes[:, kept]
        covariance *= (1 + 1 / replicate_count) / len(measured)
        found[k] = multivariate_normal.logpdf(z, one.mean @ axes[:, kept], covariance)
    return found


def adequacy(candidate: Candidate, made: Replicates, confidence: float) -> Adequacy:
    """SSE over what replicates of the same law leave, its interval by Student's t over gestures."""
    every = np.arange(len(candidate.shape))
    ratio = candidate.fits.squares[candidate.shape, every] / made.squares.mean()
    expected = made.squares / made.squares.mean()
    reach = student.ppf((1 + confidence) / 2, len(ratio) - 1) * sem(ratio - expected)
    value = float(ratio.mean())
    return Adequacy(value, value - reach, value + reach)


def margins(found: xr.Dataset, over: str) -> xr.DataArray:
    """Lambda: ln likelihood of a law less that of each other, summed over classes of a speaker.

    Parameters
    ----------
    found : of `evidence`.
    over : the law that is held against all others.

    Returns
    -------
    By ``speaker`` and ``law``; `tractable.statistics.student_interval` says the rest. NaN: a
    speaker none of whose classes has enough gestures.
    """
    likelihood = found.log_likelihood
    return (likelihood.sel(law=over) - likelihood).groupby("speaker").sum(min_count=1)
