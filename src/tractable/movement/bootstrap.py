"""The same gestures made anew under a law, with the noise of plateaus, and fitted again."""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from tractable.movement.fitting import Fits, fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import law
from tractable.movement.mean_shape import MEAN, mean_shape
from tractable.movement.noise import colouring
from tractable.movement.shapes import stacked

EVERY = 3  # of the ratios, these go with amplitude as well
USUAL = 2.0  # ln of mm: a gesture of 7.4 mm


class Candidate(NamedTuple):
    """A law at one theta, and what it makes of each gesture."""

    law: str
    theta: float
    fits: Fits
    shape: Int[np.ndarray, " gesture"]  # in the table of these fits


class Replicates(NamedTuple):
    """What fits of gestures that a law made look like."""

    mean: Float[np.ndarray, " feature"]
    covariance: Float[np.ndarray, "feature feature"]  # of one gesture's features
    squares: Float[np.ndarray, " gesture"]  # expected under the law itself


def candidates(fits: Fits, names: Iterable[str]) -> Iterator[Candidate]:
    """Every law at every theta of its grid; ``mean`` is the mean trajectory of these gestures."""
    for name in names:
        if name == MEAN:
            yield mean_candidate(fits)
        else:
            for theta in thetas(name):
                yield Candidate(name, theta, fits, fits.members(law(name), theta))


def thetas(name: str) -> tuple[float, ...]:
    """Parameters at which evidence tries a law, or the mean trajectory, which has none."""
    return (np.nan,) if name == MEAN else law(name).grid


def mean_candidate(fits: Fits) -> Candidate:
    own = stacked([fits.shapes, mean_shape(fits)])
    again = fit(fits.gestures, own, start=starts(fits, reference(fits)))
    return Candidate(MEAN, np.nan, again, np.full(len(fits.gestures), len(own) - 1))


def replicates(candidate: Candidate, count: int, seed: int) -> Replicates:
    """Features and squares of so many replicates of a class under a law.

    The noise is the same for every candidate, so that it cancels where they are compared, and
    another for every class.
    """
    _, _, fits, shape = candidate
    gestures, clean, start = fits.gestures, fits.trajectory(shape), starts(fits, shape)
    root = colouring(gestures.noise_autocovariance, clean.shape[1])
    known, random = (
        np.isfinite(gestures.trajectory),
        np.random.default_rng([seed, own_number(gestures)]),
    )
    seen, squares = [], np.zeros(len(gestures))
    for _ in range(count):
        noise = np.einsum("gij,gj->gi", root, random.standard_normal(clean.shape))
        made = gestures.with_trajectory(np.where(known, clean + noise, np.nan))
        again = fit(made, fits.shapes, start=start)
        seen.append(features(again))
        squares += again.squares[shape, np.arange(len(shape))] / count
    every = np.concatenate(seen)
    every = every[np.isfinite(every).all(1)]  # noise alone has no way at all
    return Replicates(every.mean(0), np.cov(every.T), squares)


def own_number(gestures: Gestures) -> int:
    """A number of a class that no other class, added or left out, can change."""
    return zlib.crc32("\n".join(gestures.label(0)).encode())


def features(fits: Fits) -> Float[np.ndarray, "gesture feature"]:
    """ln squares of every law's shapes less those of the reference, and some times amplitude.

    Every third ratio once more, times ln amplitude [mm] less 2: a law whose shape changes with
    amplitude shows there.
    """
    own, base = fits.shapes.law != MEAN, reference(fits)
    own[base[0]] = False
    ratio = np.log(fits.squares[own] / fits.squares[base[0]])
    size = np.log(np.abs(fits.way[base[0]])) - USUAL
    return np.concatenate([ratio, ratio[::EVERY] * size]).T


def reference(fits: Fits) -> Int[np.ndarray, " gesture"]:
    return np.full(len(fits.gestures), fits.shapes.reference)


def starts(fits: Fits, shape: Int[np.ndarray, " gesture"]) -> Float[np.ndarray, "gesture 2"]:
    """Middle and ln rise that a shape gives each gesture, where another search begins."""
    every = np.arange(len(shape))
    return np.stack([fits.middle[shape, every], np.log(fits.rise[shape, every])], 1)
