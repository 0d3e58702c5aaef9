"""Gestures in a trajectory: where it moves, from one plateau to the next.

Speed only tells that there is a gesture and where to look. When it began is left to a law that is
fitted (``movement``): onsets from a share of the peak speed are 12 to 14 ms early.
"""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.linalg import toeplitz
from scipy.signal import find_peaks, savgol_coeffs, savgol_filter

from tractable.dynamics.noise import Noise, autocorrelation
from tractable.movement.gestures import FEWEST_FRAMES

BEND = 2  #: degree of the polynomial whose slope is the velocity
GAP, CLIP = "cut off by a gap", "cut off by the end of a clip"
SMALL, LONG, FAST, CONTACT = "too small", "too long", "too fast", "in contact"
REASONS = (GAP, CLIP, SMALL, LONG, FAST, CONTACT)  #: why a candidate is no gesture


class Found(NamedTuple):
    """One gesture, in frames of its trajectory; the last ones count too."""

    first: int  # of the window: from the end of the movement before, or ``rest`` before the start
    start: int  # speed has risen to a share of its peak
    peak: int  # of speed
    end: int  # speed has fallen to that share
    last: int  # of the window
    amplitude: float  # signed, from plateau to plateau
    peak_velocity: float  # signed, smoothed: too low


class Criteria(NamedTuple):
    """What counts as a gesture; lengths in the unit of the trajectory, times in frames."""

    window: int  # of the velocity, odd
    significance: float  # peak speed over the standard deviation that noise gives speeds
    expected: float  # the same where a label lets one expect a gesture
    dip: float  # share of a peak by which speed falls between two movements in one direction
    share: float  # of peak speed at which a movement starts and ends
    rest: int  # of the plateaus on either side that belong to the window, at most
    longest: int  # from start to end
    fastest: (
        float  # speed [unit/s]; where the narrowest place jumps along the tract no tissue moves
    )
    least: float  # amplitude


def find_gestures(
    values: Float[np.ndarray, " time"],
    run: Int[np.ndarray, " time"],
    contact: Bool[np.ndarray, " time"],
    expected: Bool[np.ndarray, " time"],
    noise: Noise,
    frame_rate: float,
    criteria: Criteria,
) -> tuple[list[Found], Counter[str]]:
    """The gestures of one variable in the order of time, and why other candidates are none.

    Parameters
    ----------
    values : of the variable, also where it is in contact; known wherever there is a run.
    run : index of the unbroken run of frames that a frame belongs to; -1: not to be used.
    contact : frames in which the articulators touch: what is measured there is no movement.
    expected : frames in which a label lets one expect that the variable moves.
    noise : of the variable, as its plateaus show it.
    frame_rate : Hz.
    """
    gestures: list[Found] = []
    reasons: Counter[str] = Counter()
    doubt = noise.level * speed_deviation(noise, criteria.window, frame_rate)
    least = np.where(expected, criteria.expected, criteria.significance) * doubt
    for which in np.unique(run[run >= 0]):
        own = np.flatnonzero(run == which)
        if len(own) < criteria.window:
            continue
        stretch = slice(int(own[0]), int(own[-1]) + 1)
        moves = movements(values[stretch], least[stretch], frame_rate, criteria)
        large = [move for move in moves if is_large(move, criteria)]
        reasons[SMALL] += len(moves) - len(large)
        for move in windowed(large, values[stretch], criteria.rest):
            if is_cut(move, len(own), criteria):
                reason = what_cuts(move, run, own, criteria)
            else:
                reason = objection(move, contact[stretch], criteria)
            if reason:
                reasons[reason] += 1
            else:
                gestures.append(later(move, stretch.start))
    return gestures, +reasons


def speed_deviation(noise: Noise, window: int, frame_rate: float) -> float:
    """Standard deviation of the velocity that noise of level 1 gives a thing at rest [1/s]."""
    weights = savgol_coeffs(window, BEND, deriv=1, delta=1 / frame_rate)
    covariance = toeplitz(autocorrelation(noise.partial, window))
    return float(np.sqrt(weights @ covariance @ weights))


def movements(
    values: Float[np.ndarray, " time"],
    least: Float[np.ndarray, " time"],
    frame_rate: float,
    criteria: Criteria,
) -> list[Found]:
    """Peaks of speed in an unbroken run, and how far each movement reaches; no windows yet."""
    smooth = savgol_filter(values, criteria.window, BEND)
    velocity = savgol_filter(values, criteria.window, BEND, deriv=1, delta=1 / frame_rate)
    found = []
    for way in (1.0, -1.0):
        speed = way * velocity
        # What is fastest where the run begins or ends was cut off, and counts as a peak.
        moving, asked = np.pad(np.maximum(speed, 0), 1), np.pad(least, 1)
        peaks, known = find_peaks(moving, height=asked, prominence=0.0)
        for peak in (peaks - 1)[known["prominences"] >= criteria.dip * moving[peaks]]:
            start, end = extent(speed, int(peak), criteria.share * speed[peak])
            found.append(Found(start, start, int(peak), end, end, 0.0, float(velocity[peak])))
    moves = apart(sorted(found, key=lambda move: move.peak), abs(velocity))
    return [move._replace(amplitude=float(smooth[move.end] - smooth[move.start])) for move in moves]


def apart(moves: list[Found], speed: Float[np.ndarray, " time"]) -> list[Found]:
    """The same, two in one direction parted where the speed between them is least."""
    found = list(moves)
    for k, (before, after) in enumerate(pairwise(moves)):
        if before.end >= after.start:
            slowest = before.peak + int(speed[before.peak : after.peak + 1].argmin())
            found[k] = found[k]._replace(end=min(before.end, slowest))
            found[k + 1] = found[k + 1]._replace(start=max(after.start, slowest))
    return found


def extent(speed: Float[np.ndarray, " time"], peak: int, least: float) -> tuple[int, int]:
    """First and last frame around a peak between which the speed stays above ``least``."""
    slow = np.flatnonzero(speed < least)
    before, after = slow[slow < peak], slow[slow > peak]
    return (
        int(before[-1]) + 1 if len(before) else 0,
        int(after[0]) - 1 if len(after) else len(speed) - 1,
    )


def windowed(moves: list[Found], values: Float[np.ndarray, " time"], rest: int) -> list[Found]:
    """The same with windows up to their neighbours, and amplitudes from plateau to plateau."""
    found = []
    for k, move in enumerate(moves):
        first = max(moves[k - 1].end if k else 0, move.start - rest)
        last = min(moves[k + 1].start if k + 1 < len(moves) else len(values) - 1, move.end + rest)
        first, last = min(first, move.start), max(last, move.end)
        before, after = values[first : move.start + 1], values[move.end : last + 1]
        step = float(np.median(after) - np.median(before))
        found.append(move._replace(first=first, last=last, amplitude=step))
    return found


def is_large(move: Found, criteria: Criteria) -> bool:
    return abs(move.amplitude) >= criteria.least


def is_cut(move: Found, frames: int, criteria: Criteria) -> bool:
    """Whether it reaches an end of its run, near to which velocities are extrapolated."""
    edge = criteria.window // 2
    return move.start < edge or move.end >= frames - edge


def what_cuts(
    move: Found,
    run: Int[np.ndarray, " time"],
    own: Int[np.ndarray, " frame"],
    criteria: Criteria,
) -> str:
    """A gap or the end of a clip: which of them lies beside the run."""
    beside = own[0] - 1 if move.start < criteria.window // 2 else own[-1] + 1
    return GAP if 0 <= beside < len(run) and run[beside] < 0 else CLIP


def objection(move: Found, contact: Bool[np.ndarray, " time"], criteria: Criteria) -> str:
    """Why a movement within a run is no gesture; "" where it is one."""
    if not is_large(move, criteria):
        return SMALL
    if move.end - move.start > criteria.longest:
        return LONG
    if abs(move.peak_velocity) > criteria.fastest:
        return FAST
    free = (~contact[move.first : move.last + 1]).sum()
    return CONTACT if contact[move.peak] or free < FEWEST_FRAMES else ""


def later(move: Found, frames: int) -> Found:
    """The same movement in frames of the whole trajectory."""
    first, start, peak, end, last = (frame + frames for frame in move[:5])
    return Found(first, start, peak, end, last, move.amplitude, move.peak_velocity)
