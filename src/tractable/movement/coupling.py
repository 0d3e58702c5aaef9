"""How much one articulator carries another along, by a fit of both their trajectories.

The law is ``laws.coupled``; labels tell when targets change. Positions at the beginning and targets
enter linearly; stiffness and coupling are searched. No derivative of a measured trajectory is
taken: these are what makes other ways of inference too small by half.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import lstsq
from scipy.optimize import least_squares

from tractable.contracts import BadInput
from tractable.movement.laws import coupled
from tractable.movement.laws.coupled import Switches

START = (30.0**2, 0.0)  #: of the search: stiffness [1/s2], coupling
SOFTEST, STIFFEST, STRONGEST = 5.0**2, 150.0**2, 0.95  #: of what is searched
CLOSE = 1e-4  #: share of the squares, and of what is searched, below which a step ends the search


class Utterance(NamedTuple):
    """Two articulators over one utterance, and when their targets change."""

    position: Float[np.ndarray, "articulator=2 time"]  # any unit of length; time from 0
    switches: Switches  # s, of each, in order


class Coupling(NamedTuple):
    """What is the same in all utterances."""

    stiffness: Float[np.ndarray, " articulator"]  # 1/s2
    coupling: Float[np.ndarray, " articulator"]  # share of the other's movement that each takes on
    coupling_sd: Float[np.ndarray, " articulator"]  # of white noise; too small for any other
    residual: Float[np.ndarray, " articulator"]  # level of what is left, in the unit of positions


def coupling(
    utterances: Sequence[Utterance], frame_rate: float, noise: tuple[float, float]
) -> Coupling:
    """Stiffness of two articulators and how much each takes on of the other's movement.

    Parameters
    ----------
    utterances : targets are free in every interval of each.
    frame_rate : Hz.
    noise : level of either articulator, in the unit of the positions.

    Returns
    -------
    With ``residual`` the root of the squares over frames less an articulator's own unknowns; NaN
    where there are no more frames. Of noise that goes on from frame to frame it is small, for
    targets take a part of it.

    Raises
    ------
    BadInput : no utterance, a frame without position, or more unknowns than frames.
    """
    check(utterances)
    weight = 1 / np.array(noise)

    def residuals(searched: Float[np.ndarray, " searched"]) -> Float[np.ndarray, " frame"]:
        return np.concatenate(
            [part.ravel() for part in misfits(utterances, searched, frame_rate, weight)]
        )

    stiffness, strength = START
    least, most = np.log([SOFTEST, STIFFEST])
    found = least_squares(
        residuals,
        [np.log(stiffness)] * 2 + [strength] * 2,
        bounds=([least] * 2 + [-STRONGEST] * 2, [most] * 2 + [STRONGEST] * 2),
        x_scale=[0.1, 0.1, 0.1, 0.1],
        ftol=CLOSE,
        xtol=CLOSE,
    )
    free = found.fun.size - sum(unknowns(one) for one in utterances) - len(found.x)
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * (found.fun**2).sum() / max(free, 1)
    left = np.concatenate(list(misfits(utterances, found.x, frame_rate, weight)), axis=1)
    return Coupling(
        stiffness=np.exp(found.x[:2]),
        coupling=found.x[2:],
        coupling_sd=np.sqrt(np.diag(covariance)[2:]),
        residual=np.sqrt((left**2).sum(1) / free_frames(utterances)) / weight,
    )


def exchanged(
    utterances: Sequence[Utterance], frame_rate: float, noise: tuple[float, float], *, most: int
) -> Float[np.ndarray, "surrogate articulator"]:
    """Couplings where there is none: the first articulator of one utterance, the second of another.

    A surrogate for each way of going round, or for so many of them at most, evenly spread. Pairs
    are cut to the shorter utterance; those too short to tell anything are left out.

    Raises
    ------
    BadInput : fewer than two utterances.
    """
    if len(utterances) < 2:
        raise BadInput("coupling: one utterance has no other to exchange with; give two at least")
    shifts = np.linspace(1, len(utterances) - 1, min(most, len(utterances) - 1)).round().astype(int)
    found = []
    for shift in shifts:
        others = [*utterances[shift:], *utterances[:shift]]
        pairs = [
            paired(one, other, frame_rate) for one, other in zip(utterances, others, strict=True)
        ]
        found.append(coupling([*filter(is_told, pairs)], frame_rate, noise).coupling)
    return np.array(found)


def paired(one: Utterance, other: Utterance, frame_rate: float) -> Utterance:
    """The first articulator of one utterance with the second of another."""
    frames = min(one.position.shape[1], other.position.shape[1])
    position = np.stack([one.position[0, :frames], other.position[1, :frames]])
    first, second = one.switches[0], other.switches[1]
    last = (frames - 1) / frame_rate
    return Utterance(position, (first[first < last], second[second < last]))


def is_told(utterance: Utterance) -> bool:
    """Whether there are more positions than unknowns."""
    return utterance.position.size > unknowns(utterance)


def unknowns(utterance: Utterance) -> int:
    """Two states at the beginning and the targets."""
    return 4 + sum(len(times) + 1 for times in utterance.switches)


def free_frames(utterances: Sequence[Utterance]) -> Float[np.ndarray, " articulator"]:
    """Frames less an articulator's own unknowns, stiffness and coupling among them; NaN: none."""
    frames = sum(one.position.shape[1] for one in utterances)
    own = [sum(3 + len(one.switches[k]) for one in utterances) + 2 for k in range(2)]
    free = frames - np.array(own, float)
    return np.where(free > 0, free, np.nan)


def check(utterances: Sequence[Utterance]) -> None:
    if not utterances:
        raise BadInput("coupling: no utterance")
    for number, one in enumerate(utterances):
        if not np.isfinite(one.position).all():
            frame = int(np.flatnonzero(~np.isfinite(one.position).all(0))[0])
            raise BadInput(
                f"coupling: utterance {number}, frame {frame}: no position; cut it there in two"
            )
        if not is_told(one):
            raise BadInput(
                f"coupling: utterance {number} has {one.position.size} positions for "
                f"{unknowns(one)} unknowns; leave it out"
            )


def misfits(
    utterances: Sequence[Utterance],
    searched: Float[np.ndarray, " searched"],
    frame_rate: float,
    weight: Float[np.ndarray, " articulator"],
) -> Iterator[Float[np.ndarray, "articulator time"]]:
    """What the best positions and targets leave of each utterance, over the level of its noise."""
    system = coupled.driven(np.exp(searched[:2]), searched[2:])
    frames = max(one.position.shape[1] for one in utterances)
    steps = coupled.transitions(system, frame_rate, frames)
    for one in utterances:
        own = steps[: one.position.shape[1]]
        columns = coupled.responses(one.switches, system, own, frame_rate)
        columns = weight[:, None, None] * columns
        wanted = (weight[:, None] * one.position).ravel()
        flat = columns.reshape(len(wanted), -1)
        best = lstsq(flat, wanted, lapack_driver="gelsy", check_finite=False)[0]
        yield (wanted - flat @ best).reshape(one.position.shape)
