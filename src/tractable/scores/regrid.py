"""From the simulator's sections to places along the tract, and back: shared lengths."""

from collections.abc import Callable

import numpy as np

AT_ONCE = 512  # frames for which it is worked out which interval shares how much with which


def edges_of(lengths: np.ndarray) -> np.ndarray:
    """Edges x/L, 0 at the glottis to 1 at the lips, of sections of given length (..., section)."""
    ends = np.cumsum(lengths, -1) / lengths.sum(-1, keepdims=True)
    return np.concatenate([np.zeros_like(ends[..., :1]), ends], -1)


def equal_edges(count: int) -> np.ndarray:
    """Edges x/L of ``count`` equal intervals."""
    return np.linspace(0.0, 1.0, count + 1)


def shared_length(target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Length, as x/L, that each target interval shares with each source interval.

    Parameters
    ----------
    target, source : edges (..., intervals + 1), increasing.

    Returns
    -------
    (..., target, source); NaN edges give NaN.
    """
    lower = np.maximum(target[..., :-1, None], source[..., None, :-1])
    upper = np.minimum(target[..., 1:, None], source[..., None, 1:])
    return np.maximum(upper - lower, 0.0)


def divided(extensive: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """A quantity per source interval, shared out over target intervals; its sum is kept.

    Sensitivities are such a quantity: what a section does, its parts do in proportion.
    """

    def some(values: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
        part = shared_length(target, source) / np.diff(source)[..., None, :]
        return np.einsum("...ts,...s->...t", part, values)

    return in_blocks(some, extensive, target, source)


def averaged(intensive: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Length-weighted mean over each target interval of a quantity known per source interval."""

    def some(values: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
        part = shared_length(target, source) / np.diff(target)[..., :, None]
        return np.einsum("...ts,...s->...t", part, values)

    return in_blocks(some, intensive, target, source)


def in_blocks(
    function: Callable[..., np.ndarray], values: np.ndarray, target: np.ndarray, source: np.ndarray
) -> np.ndarray:
    """The same for some frames at a time, if ``values`` (frame, interval) are those of many.

    Edges are those of every frame (frame, edge), or the same of all.
    """
    if values.ndim != 2 or len(values) <= AT_ONCE or max(target.ndim, source.ndim) > 2:
        return function(values, target, source)
    parts = []
    for start in range(0, len(values), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        edges = (of[rows] if of.ndim == 2 else of for of in (target, source))
        parts.append(function(values[rows], *edges))
    return np.concatenate(parts)
