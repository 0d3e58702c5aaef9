r"""Two coupled articulators: each is drawn to its own target, and by the other (jaw and lip).

Critically damped both, with coupling c_ij the share of j's movement that i takes on,

    y_i'' = k_i (T_i(t) + c_ij y_j - y_i) - 2 sqrt(k_i) y_i'.

Targets stay what they are between switches. A law of whole utterances, not of one gesture's shape:
it is in no table, and ``movement.coupling`` fits it.
"""

import numpy as np
from jaxtyping import Float
from scipy.linalg import expm

from tractable.contracts import BadInput

POSITION = [0, 2]  #: in the state y_1, y_1', y_2, y_2'

#: When the target of either articulator changes [s].
Switches = tuple[Float[np.ndarray, " _n"], Float[np.ndarray, " _n"]]


def movements(
    stiffness: Float[np.ndarray, " articulator=2"],
    strength: Float[np.ndarray, " articulator=2"],
    *,
    start: Float[np.ndarray, " state=4"],
    targets: tuple[Float[np.ndarray, " _n"], Float[np.ndarray, " _n"]],
    switches: Switches,
    frame_rate: float,
    frames: int,
) -> Float[np.ndarray, "articulator=2 time"]:
    """Positions of both at every frame from time 0: exact, by matrix exponentials.

    Parameters
    ----------
    stiffness : k_1, k_2, per unit of mass [1/s2].
    strength : c_12, c_21.
    start : y_1, y_1', y_2, y_2' at time 0 [any unit of length, and that per second].
    targets : of each, one more than it has switches [the same unit].
    frame_rate : Hz.

    Raises
    ------
    BadInput : so coupled, the two drive each other away.
    """
    system = driven(stiffness, strength)
    fastest = np.linalg.eigvals(system[:4, :4]).real.max()
    if fastest >= 0:
        raise BadInput(
            f"law 'coupled' with c_12 {strength[0]:g} and c_21 {strength[1]:g} diverges: "
            f"movement grows by exp({fastest:.3g} t); with a product from -4 to below 1 none does"
        )
    steps = transitions(system, frame_rate, frames)
    return responses(switches, system, steps, frame_rate) @ np.concatenate([start, *targets])


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


def transitions(
    system: Float[np.ndarray, "state state"], frame_rate: float, frames: int
) -> Float[np.ndarray, "time state state"]:
    """From the state at time 0 to that at every frame, targets staying what they are."""
    step = expm(system / frame_rate)
    found = np.empty((frames, *step.shape))
    found[0] = np.eye(len(step))
    for n in range(1, frames):
        found[n] = found[n - 1] @ step
    return found


def responses(
    switches: Switches,
    system: Float[np.ndarray, "state state"],
    steps: Float[np.ndarray, "time state state"],
    frame_rate: float,
) -> Float[np.ndarray, "articulator time unknown"]:
    """Positions that each unknown alone would make: states at the beginning, targets in turn."""
    columns = [steps[:, POSITION, state] for state in range(4)]
    for which, times in enumerate(switches):
        begun = step_responses(np.append(0.0, times), which, system, steps, frame_rate)
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
