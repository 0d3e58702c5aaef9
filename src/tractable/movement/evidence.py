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
from scipy.stats import chi2, multivariate_normal, sem
from scipy.stats import t as student

from tractable.contracts import BadInput
from tractable.movement.bootstrap import (
    Candidate,
    Replicates,
    candidates,
    features,
    replicates,
    thetas,
)
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import LAWS, law

COMPONENTS = 14
FEWEST = 2 * COMPONENTS  # gestures of a class that its evidence can be told from
BETWEEN = 9  # thetas between two of a law's grid, for the interval of its parameter
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
    ``adequacy_high``; ``gestures``, how many settled; and by ``candidate``, a law (``tried_law``)
    at one theta (``tried_theta``), its ``theta_log_likelihood`` over the best of its law, of which
    `parameters` tells an interval. NaN: a class of too few.

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
    told = untold(names).assign(gestures=len(fits.gestures))
    if len(fits.gestures) < FEWEST:
        return told
    tried = list(candidates(fits, names))
    made = [replicates(one, replicate_count, seed) for one in tried]
    likelihood = log_likelihoods(features(fits), made, replicate_count)
    rows, within = [], []
    for name in names:
        own = np.array([k for k, one in enumerate(tried) if one.law == name])
        best = own[likelihood[own].argmax()]
        found = adequacy(tried[best], made[best], confidence)
        mean = logsumexp(likelihood[own]) - np.log(len(own))
        rows.append((mean, tried[best].theta, *found))
        within.append(within_law(features(fits), [made[k] for k in own], replicate_count))
    columns = zip(TOLD, np.array(rows).T, strict=True)
    told = told.assign({name: ("law", column) for name, column in columns})
    return told.assign(theta_log_likelihood=("candidate", np.concatenate(within)))


def untold(names: list[str]) -> xr.Dataset:
    """Evidence for these laws in which every number is unknown."""
    tried = [(name, theta) for name in names for theta in finer(np.array(thetas(name)))]
    tried_law, tried_theta = map(list, zip(*tried, strict=True))
    coords = {"tried_law": ("candidate", tried_law), "tried_theta": ("candidate", tried_theta)}
    told = xr.Dataset(coords={"law": names, **coords})
    unknown = xr.full_like(told.law, np.nan, dtype=float)
    every = ("candidate", np.full(len(tried), np.nan))
    return told.assign({name: unknown for name in TOLD} | {"theta_log_likelihood": every})


def finer(values: Float[np.ndarray, " theta ..."]) -> Float[np.ndarray, " finer ..."]:
    """The same with `BETWEEN` more at even distances between each two neighbours."""
    steps = BETWEEN + 1
    place = np.arange((len(values) - 1) * steps + 1) / steps
    before = np.minimum(place.astype(int), max(len(values) - 2, 0))
    after = np.minimum(before + 1, len(values) - 1)
    share = (place - before).reshape(-1, *[1] * (values.ndim - 1))
    return values[before] * (1 - share) + values[after] * share


def parameters(found: xr.Dataset, *, confidence: float) -> xr.Dataset:
    """The theta of every law that a speaker's classes say together, and its interval.

    All classes of a speaker are taken to share it. The interval is what a ratio of likelihoods does
    not refute: twice the difference to the best is at most chi squared of one degree of freedom
    (Wilks 1938, doi:10.1214/aoms/1177732360). It ends where the table of a law does. Of 95 %
    intervals 83 to 97 hold the theta of simulated classes (decision 42).

    Parameters
    ----------
    found : of `evidence`, one speaker's.
    confidence : of the intervals.

    Returns
    -------
    By ``law``: ``theta``, ``theta_low``, ``theta_high``. NaN: no class has enough gestures, a law
    without a parameter, or one whose parameter is of a class's amplitude and so of one class alone.

    Raises
    ------
    BadInput : several speakers.
    """
    if len(speakers := np.unique(found.speaker)) > 1:
        raise BadInput(f"parameters of laws: one speaker expected, found {', '.join(speakers)}")
    joint, rows = found.theta_log_likelihood.sum("class", min_count=1).values, []
    for name in found.law.values:
        of_class = name in LAWS and law(name).amplitude_power and found.sizes["class"] > 1
        own = np.flatnonzero((found.tried_law.values == name) & np.isfinite(joint) & (not of_class))
        less = joint[own].max(initial=-np.inf) - joint[own]
        kept = found.tried_theta.values[own][less <= chi2.ppf(confidence, 1) / 2]
        best = found.tried_theta.values[own][less == 0]
        rows.append((best[0], kept.min(), kept.max()) if len(own) else (np.nan,) * 3)
    columns = zip(("theta", "theta_low", "theta_high"), np.array(rows).T, strict=True)
    return xr.Dataset({word: ("law", column) for word, column in columns}, {"law": found.law})


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


def within_law(
    measured: Float[np.ndarray, "gesture feature"], made: list[Replicates], replicate_count: int
) -> Float[np.ndarray, " finer"]:
    """ln likelihood of every theta of one law and of those between, over that of the best.

    Between two thetas the mean of features goes straight. All share the mean covariance: what tells
    their own apart is hardly more than chance (with their own 71 to 83 % of 95 % intervals held
    order 5). Its inverse is too large as it is estimated from few replicates, by about
    (N - 1) / (N - p - 2) (Anderson 2003, section 7.7), as if replicates were independent. Where
    even the best is further from what was measured than noise makes it, differences are as much
    less sure (Birge 1932, doi:10.1103/PhysRev.40.207).
    """
    shared = np.mean([one.covariance for one in made], 0)
    means = finer(np.array([one.mean for one in made]))
    every = [made[0]._replace(mean=mean, covariance=shared) for mean in means]
    found = log_likelihoods(measured, every, replicate_count)
    best = int(found.argmax())
    as_best = np.tile(means[best], (len(measured), 1))
    all_made = replicate_count * len(measured)
    sure = (all_made - COMPONENTS - 2) / (all_made - 1)
    away = 2 * sure * (log_likelihoods(as_best, every, replicate_count)[best] - found[best])
    return sure * (found - found[best]) / max(1.0, away / (COMPONENTS - 1))


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
