"""Utterances whose coupling is known, made of what a speaker said: what would a fit see of them?

Each keeps its length, its switches, and as targets the positions that the speaker reached by them.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from tractable.movement.coupling import Utterance
from tractable.movement.laws import coupled, law
from tractable.movement.noise import noise
from tractable.movement.shapes import tabulated


def coupled_utterances(
    said: Sequence[Utterance],
    stiffness: Float[np.ndarray, " articulator=2"],
    strength: Float[np.ndarray, " articulator=2"],
    covariance: Float[np.ndarray, "articulator=2 lag"],
    frame_rate: float,
    random: np.random.Generator,
) -> list[Utterance]:
    """The same utterances by the law of coupled articulators, from rest.

    Parameters
    ----------
    said : positions [mm], without gaps.
    stiffness : of both [1/s2].
    strength : share of the other's movement that the first, and the second, takes on.
    covariance : autocovariance of the noise of either at lags from 0 on [mm2].
    frame_rate : Hz.
    random : draws the noise.

    Raises
    ------
    BadInput : no noise has that autocovariance.
    """
    made = []
    for one in said:
        targets = reached(one, frame_rate)
        first = np.array([targets[0][0], targets[1][0]])
        rest = np.linalg.solve(np.eye(2) - np.array([[0, strength[0]], [strength[1], 0]]), first)
        path = coupled.movements(
            stiffness,
            strength,
            start=np.array([rest[0], 0.0, rest[1], 0.0]),
            targets=targets,
            switches=one.switches,
            frame_rate=frame_rate,
            frames=one.position.shape[1],
        )
        made.append(noisy(path, one, covariance, random))
    return made


def uncoupled_utterances(
    said: Sequence[Utterance],
    stiffness: Float[np.ndarray, " articulator=2"],
    name: str,
    theta: float,
    covariance: Float[np.ndarray, "articulator=2 lag"],
    frame_rate: float,
    random: np.random.Generator,
) -> list[Utterance]:
    """The same utterances without coupling by another law, as fast as the critically damped one.

    Parameters
    ----------
    said, covariance, frame_rate, random : see ``coupled_utterances``.
    stiffness : of the critically damped spring that is half way, and from 20 to 80 % of it, when
        the other law is [1/s2].
    name, theta : law, and its parameter.

    Raises
    ------
    BadInput : that shape is not tabulated, or no noise has that autocovariance.
    """
    shapes = tabulated((name,))
    own, damped = shapes.of(name, theta), shapes.reference
    made = []
    for one in said:
        time = np.arange(one.position.shape[1]) / frame_rate
        path = np.empty(one.position.shape)
        both = zip(path, stiffness, reached(one, frame_rate), one.switches, strict=True)
        for row, k, target, switches in both:
            rise = 1 / np.sqrt(k) / shapes.tau[damped]
            late = rise * (shapes.onset[own] - shapes.onset[damped])
            row[:] = target[0]
            for start, way in zip(switches + late, np.diff(target), strict=True):
                row += way * law(name)((time - start) / (rise * shapes.tau[own]), theta)
        made.append(noisy(path, one, covariance, random))
    return made


def reached(said: Utterance, frame_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Where each articulator was when its target changed, and at the end."""
    last = said.position.shape[1] - 1
    frames = [np.append((times * frame_rate).astype(int), last) for times in said.switches]
    first, second = (row[at] for row, at in zip(said.position, frames, strict=True))
    return first, second


def noisy(
    path: Float[np.ndarray, "articulator time"],
    said: Utterance,
    covariance: Float[np.ndarray, "articulator lag"],
    random: np.random.Generator,
) -> Utterance:
    return Utterance(path + noise(covariance, path.shape[1], random), said.switches)
