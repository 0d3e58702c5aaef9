"""Formants as poles: a rational function through a frequency response, and its roots."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

SUPPORTS = (24, 28, 32)
LEAST_SHARE = 0.1  # of the response at its own frequency that a formant makes up by itself
NARROWEST, WIDEST = 4.0, 900.0  # Hz, bandwidth; narrower roots are the fit's own


class Poles(NamedTuple):
    """Formants of each state, lowest first; NaN where there are fewer."""

    frequency: Float[np.ndarray, "state formant"]  # Hz
    bandwidth: Float[np.ndarray, "state formant"]  # Hz


def poles_of(
    response: Complex[np.ndarray, "state frequency"],
    frequency: Float[np.ndarray, " frequency"],
    *,
    formants: int,
    supports: tuple[int, ...] = SUPPORTS,
) -> Poles:
    r"""Formant frequencies and bandwidths from samples of a frequency response.

    A rational function in barycentric form, H = sum w_j H_j / (s - s_j) / sum w_j / (s - s_j), goes
    through every few samples; the weights w minimise its error at the others (the smallest right
    singular vector of the Loewner matrix: Nakatsukasa, Sete & Trefethen 2018, AAA,
    doi:10.1137/16M1106122, with fixed support points, so that a batch is one call). Its poles are
    F = Im s / 2 pi, B = -Re s / pi. A pole counts as a formant when it makes at least a tenth of
    the response beside it: a nose leaking through a closed velum does not. Now and then (one state
    in 600 with 24 points, one in 40 with 20) a fit splits a formant into two poles that all but
    cancel; so three fits are made and the median of each formant is taken.

    Parameters
    ----------
    response : flow at the lips over flow at the glottis; one spectrum a state.
    frequency : equally spaced, from near 0 to beyond the last formant asked for [Hz].
    formants : how many to return.
    supports : points that each of the rational functions goes through exactly.
    """
    response = response / np.abs(response).max(-1, keepdims=True)
    fits = [poles_of_fit(response, frequency, count, formants) for count in supports]
    return Poles(*(np.median(parts, axis=0) for parts in zip(*fits, strict=True)))


def poles_of_fit(
    response: Complex[np.ndarray, "state frequency"],
    frequency: Float[np.ndarray, " frequency"],
    count: int,
    formants: int,
) -> Poles:
    """Formants of one rational function through ``count`` evenly spread samples."""
    support = np.round(np.linspace(0, len(frequency) - 1, count)).astype(int)
    others = np.setdiff1d(np.arange(len(frequency)), support)
    at, s = 1j * frequency[support], 1j * frequency
    held = response[:, support]
    loewner = (response[:, others, None] - held[:, None]) / (s[others, None] - at)
    weight = np.linalg.svd(loewner, full_matrices=False)[2][:, -1].conj()
    roots = roots_of(weight, at)
    return lowest(roots, prominence(roots, weight, held, at), formants)


def roots_of(
    weight: Complex[np.ndarray, "state support"], at: Complex[np.ndarray, " support"]
) -> Complex[np.ndarray, "state support"]:
    """Zeros of sum w_j / (s - s_j), as eigenvalues of diag(s_j) less a rank one matrix."""
    mean = weight * at / weight.sum(-1, keepdims=True)
    return np.linalg.eigvals(np.diag(at) - mean[:, None, :])


def prominence(
    roots: Complex[np.ndarray, "state support"],
    weight: Complex[np.ndarray, "state support"],
    held: Complex[np.ndarray, "state support"],
    at: Complex[np.ndarray, " support"],
) -> Float[np.ndarray, "state support"]:
    """Share of each pole's own term in the response at the frequency where it rings."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a root on a support point has no share
        near = 1 / (roots[..., None] - at)
        residue = -(near * (weight * held)[:, None]).sum(-1) / (near**2 * weight[:, None]).sum(-1)
    axis = 1j * (roots.imag + 1e-6)[..., None]  # on the axis, but never on a support point
    there = (weight * held)[:, None] / (axis - at)
    whole = there.sum(-1) / (weight[:, None] / (axis - at)).sum(-1)
    return np.abs(residue / roots.real / whole)


def lowest(
    roots: Complex[np.ndarray, "state support"],
    share: Float[np.ndarray, "state support"],
    formants: int,
) -> Poles:
    """The first formants among the roots, in order of frequency."""
    width = -2 * roots.real
    keep = (roots.imag > 50) & (width > NARROWEST) & (width < WIDEST) & (share > LEAST_SHARE)
    order = np.argsort(np.where(keep, roots.imag, np.inf), axis=-1)[:, :formants]
    chosen = np.where(
        np.take_along_axis(keep, order, 1),
        np.take_along_axis(roots, order, 1),
        np.nan + 1j * np.nan,
    )
    return Poles(chosen.imag, -2 * chosen.real)
