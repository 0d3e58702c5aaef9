r"""How much one articulator carries another along, by a fit of both their trajectories.

Two critically damped articulators, each drawn to its own target and by the other,

    y_i'' = k_i (T_i(t) + c_ij y_j - y_i) - 2 sqrt(k_i) y_i',

with targets that stay what they are between switches whose times labels tell. Position and targets
enter linearly; stiffness and coupling are searched. No derivative of a measured trajectory is
taken: these are what makes other ways of inference too small by half.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import expm, lstsq
from scipy.optimize import least_squares

from tractable.contracts import BadInput

POSITION = [0, 2]  #: in the state y_1, y_1', y_2, y_2'
START = (30.0**2, 0.0)  #: of the search: stiffness [1/s2], coupling
SOFTEST, STIFFEST, STRONGEST = 5.0**2, 150.0**2, 0.95  #: of what is searched


class Utterance(NamedTuple):
    """Two articulators over one utterance, and when their targets change."""

    position: Float[np.ndarray, "articulator=2 time"]  # any unit of length; time from 0
    switches: tuple[Float[np.ndarray, " _n"], Float[np.ndarray, " _n"]]  # s, of each, in order


class Coupling(NamedTuple):
    """What is the same in all utterances."""

    stiffness: Float[np.ndarray, " articulator"]  # 1/s2
    coupling: Float[np.ndarray, " articulator"]  # share of the other's movement that each takes on
    coupling_sd: Float[np.ndarray, " articulator"]  # of white noise; too small for any other
    residual: Float[np.ndarray, " articulator"]  # root mean square, in the unit of the positions


def coupling(
    utterances: Sequence[Utterance], frame_rate: float, noise: tuple[float, float]
) -> Coupling:
    """Stiffness of two articulators and how much each takes on of the other's movement.

    Parameters
    ----------
    utterances : targets are free in every interval of each.
    frame_rate : Hz.
    noise : level of either articulator, in the unit of the positions.

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
    )
    free = found.fun.size - sum(unknowns(one) for one in utterances) - len(found.x)
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * (found.fun**2).sum() / max(free, 1)
    left = np.concatenate(list(misfits(utterances, found.x, frame_rate, weight)), axis=1)
    return Coupling(
        stiffness=np.exp(found.x[:2]),
        coupling=found.x[2:],
        coupling_sd=np.sqrt(np.diag(covariance)[2:]),
        residual=np.sqrt((left**2).mean(1)) / weight,
    )


def exchanged(
    utterances: Sequence[Utterance], frame_rate: float, noise: tuple[float, float]
) -> Float[np.ndarray, "surrogate articulator"]:
    """Couplings where there is none: the first articulator of one utterance, the second of another.

    One surrogate for every way of going round; both are cut to the shorter one.

    Raises
    ------
    BadInput : fewer than two utterances.
    """
    if len(utterances) < 2:
        raise BadInput("coupling: one utterance has no other to exchange with; give two at least")
    found = []
    for shift in range(1, len(utterances)):
        others = [*utterances[shift:], *utterances[:shift]]
        pairs = [paired(one, other) for one, other in zip(utterances, others, strict=True)]
        found.append(coupling(pairs, frame_rate, noise).coupling)
    return np.array(found)


def paired(one: Utterance, other: Utterance) -> Utterance:
    """The first articulator of one utterance with the second of another."""
    frames = min(one.position.shape[1], other.position.shape[1])
    position = np.stack([one.position[0, :frames], other.position[1, :frames]])
    return Utterance(position, (one.switches[0], other.switches[1]))


def unknowns(utterance: Utterance) -> int:
    """Two states at the beginning and the targets."""
    return 4 + sum(len(times) + 1 for times in utterance.switches)


def check(utterances: Sequence[Utterance]) -> None:
    if not utterances:
        raise BadInput("coupling: no utterance")
    for number, one in enumerate(utterances):
        if not np.isfinite(one.position).all():
            frame = int(np.flatnonzero(~np.isfinite(one.position).all(0))[0])
            raise BadInput(
                f"coupling: utterance {number}, frame {frame}: no position; cut it there in two"
            )
        if one.position.size <= unknowns(one):
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
    system = driven(np.exp(searched[:2]), searched[2:])
    frames = max(one.position.shape[1] for one in utterances)
    steps = powers(expm(system / frame_rate), frames)
    for one in utterances:
        columns = weight[:, None, None] * responses(one, system, steps, frame_rate)
        wanted = (weight[:, None] * one.position).ravel()
        flat = columns.reshape(len(wanted), -1)
        best = lstsq(flat, wanted, lapack_driver="gelsy", check_finite=False)[0]
        yield (wanted - flat @ best).reshape(one.position.shape)


def driven(
    stiffness: Float[np.ndarray, " articulator"], strength: Float[np.ndarray, " articulator"]
) -> Float[np.ndarray, "state state"]:
    """Derivatives of y_1, y_1', y_2, y_2', T_1, T_2 by themselves."""
    system = np.zeros((6, 6))
    for i, place in enumerate(POSITION):
        other = POSITION[1 - i]
        system[place, place + 1] = 1
        system[place + 1, place] = -stiffness[i]
        system[place + 1, place + 1] = -2 * np.sqrt(stiffness[i])
        system[place + 1, other] = stiffness[i] * strength[i]
        system[place + 1, 4 + i] = stiffness[i]
    return system


def powers(
    step: Float[np.ndarray, "state state"], count: int
) -> Float[np.ndarray, "n state state"]:
    """The 0th, 1st, 2nd ... power of a matrix."""
    found = np.empty((count, *step.shape))
    found[0] = np.eye(len(step))
    for n in range(1, count):
        found[n] = found[n - 1] @ step
    return found


def responses(
    utterance: Utterance,
    system: Float[np.ndarray, "state state"],
    steps: Float[np.ndarray, "n state state"],
    frame_rate: float,
) -> Float[np.ndarray, "articulator time unknown"]:
    """Positions that each unknown alone would make: states at the beginning, targets in turn."""
    frames = utterance.position.shape[1]
    columns = [steps[:frames, POSITION, state] for state in range(4)]
    for which, times in enumerate(utterance.switches):
        begun = step_responses(np.append(0.0, times), which, system, steps[:frames], frame_rate)
        columns += list(begun - np.append(begun[1:], np.zeros_like(begun[:1]), axis=0))
    return np.stack(columns, -1).swapaxes(0, 1)


def step_responses(
    start: Float[np.ndarray, " switch"],
    which: int,
    system: Float[np.ndarray, "state state"],
    steps: Float[np.ndarray, "time state state"],
    frame_rate: float,
) -> Float[np.ndarray, "switch time articulator"]:
    """Both positions if the target of one articulator becomes 1 at ``start`` [s] and stays so."""
    first = np.ceil(start * frame_rate - 1e-9).astype(int)
    late = first / frame_rate - start
    states = expm(system * late[:, None, None])[:, :, 4 + which]
    found = np.zeros((len(start), len(steps), 2))
    for path, frame, state in zip(found, first, states, strict=True):
        if frame < len(steps):
            path[frame:] = (steps[: len(steps) - frame] @ state)[:, POSITION]
    return found
