"""Pictures one after the other: which are shown twice, and where some are missing."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_dilation

CELL = 4  # pixels on a side, whose mean stands for all of them
CODED = 30  # frames, the longest period at which a codec refreshes the picture that is looked for
REFRESHED = 2.0  # steps over their median, at a refresh
NEAR = 1  # steps on either side of a refresh that are not judged
STILL = 1e-6  # grey levels; pictures that change less do not change
LEAST_CLIP = 12  # frames; shorter clips have no ordinary step


class Steps(NamedTuple):
    """Between each picture and the next of one clip."""

    size: Float[np.ndarray, " step"]  # grey levels, mean over pixels
    repeated: Bool[np.ndarray, " step"]
    jumped: Bool[np.ndarray, " step"]
    refresh: int  # steps from one refresh of a codec to the next, 0: none


def steps(
    frames: UInt8[np.ndarray, "time y x"],
    *,
    repeated: float,
    components: int,
    moving: float,
    jump: float,
) -> Steps:
    """Steps of a clip, those that repeat a picture and those that leave some out.

    A picture is repeated where a step is all but nothing beside the ordinary one, which a codec
    makes larger at each refresh and smaller after it. Where a picture is missing, one step along
    the movement is as long as two: a step is compared with the mean of its two neighbours, along
    that mean, in the first principal components of the pictures. It tells only while something
    moves, and not around a refresh or a repeated picture.

    Parameters
    ----------
    repeated : share of the ordinary step.
    components : principal ones, in which movement is followed.
    moving : energy of neighbouring steps over that of noise, from which on something moves.
    jump : step over its neighbours; 2 is one picture left out.
    """
    change = np.abs(np.diff(frames.astype(np.int16), axis=0)).mean((1, 2))
    if len(frames) < LEAST_CLIP:
        nothing = np.zeros(len(change), bool)
        return Steps(change, nothing, nothing, 0)
    period, ordinary = refreshes(change)
    same = change <= np.maximum(repeated * ordinary, STILL)
    untold = around(change, period) | binary_dilation(same)
    jumped = jumps(trajectory(frames, components), moving, jump) & ~untold
    return Steps(change, same, jumped, period)


def refreshes(change: Float[np.ndarray, " step"]) -> tuple[int, Float[np.ndarray, " step"]]:
    """Period of a codec's refreshes, 0 for none, and the ordinary step at each place in it."""
    usual = float(np.median(change))
    at = np.arange(len(change))
    for period in range(2, min(CODED, len(change) // 6) + 1):
        phases = [change[phase::period] for phase in range(period)]
        if max(np.quantile(of, 0.25) for of in phases) > REFRESHED * max(usual, STILL):
            return period, np.array([np.median(of) for of in phases])[at % period]
    return 0, np.full(len(change), usual)


def around(change: Float[np.ndarray, " step"], period: int) -> Bool[np.ndarray, " step"]:
    """Steps at a refresh and beside it."""
    if period == 0:
        return np.zeros(len(change), bool)
    phase = int(np.argmax([np.median(change[phase::period]) for phase in range(period)]))
    off = (np.arange(len(change)) - phase) % period
    return np.minimum(off, period - off) <= NEAR


def trajectory(
    frames: UInt8[np.ndarray, "time y x"], count: int
) -> Float[np.ndarray, "time component"]:
    """First principal components of the pictures' cells."""
    length, height, width = frames.shape
    rows, columns = height // CELL, width // CELL
    whole = frames[:, : rows * CELL, : columns * CELL]
    cells = whole.reshape(length, rows, CELL, columns, CELL).mean((2, 4), dtype=np.float32)
    values = cells.reshape(length, -1).astype(float)
    values -= values.mean(0)
    _, axes = np.linalg.eigh(values.T @ values)
    return values @ axes[:, ::-1][:, :count]


def jumps(
    path: Float[np.ndarray, "time component"], moving: float, jump: float
) -> Bool[np.ndarray, " step"]:
    """Steps that go ``jump`` times as far as their neighbours, along them."""
    step = np.diff(path, axis=0)
    beside = (step[:-2] + step[2:]) / 2
    noise = np.median(((step[1:-1] - beside) ** 2).sum(1))
    energy = (beside**2).sum(1)
    along = (step[1:-1] * beside).sum(1)
    told = (energy > moving * noise) & (along > jump * energy) & (energy > 0)
    return np.pad(told, 1)
