"""Repetitive speech that is simulated with the noise of every speaker, as its phases are read."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.dynamics.phases import Couplings, phase
from tractable.dynamics.repetitive import Pull, moved, repeated

FOUND, ROUGH, EXCHANGED = "noise of plateaus", "more noise", "exchanged"
ROUGH_EXCHANGED = "exchanged, more noise"
Phases = Float[np.ndarray, "speaker phase=2 time"]
Fit = Callable[..., Couplings]


class Heard(NamedTuple):
    """Phases of every speaker by source: runs as they are, and two that have nothing to do."""

    steady: dict[str, Phases]  # coupled all along
    late: dict[str, Phases]  # from the middle on


def heard(
    noise: Float[np.ndarray, "speaker variable=2 lag"],
    frame_rate: float,
    *,
    planted: Pull,
    pace: list[float],
    unrest: float,
    amplitude: float,
    rough: float,
    seconds: float,
    seed: int,
) -> Heard:
    """What is read off simulated movements, two runs of each speaker.

    Parameters
    ----------
    noise : of plateaus [m2].
    planted : pull of the first phase on the second.
    pace, unrest : see `repetitive.repeated`; two paces.
    amplitude : of movements [m].
    rough : level of more noise, as correlated as that of plateaus [m].
    seconds : length of a run.
    seed : of phases, and of noise.
    """
    random, frames = np.random.default_rng(seed), round(seconds * frame_rate)
    say = partial(
        repeated,
        planted,
        pace=(pace[0], pace[1]),
        unrest=unrest,
        frame_rate=frame_rate,
        count=2 * len(noise),
        random=random,
    )
    read = partial(of_speakers, amplitude=amplitude, random=random)
    steady, late = say(np.ones(frames)), say((np.arange(frames) >= frames / 2).astype(float))
    usual, rougher = read(steady, noise), read(steady, noise * (rough**2 / noise[..., :1]))
    by_source = {
        FOUND: usual[:, 0],
        EXCHANGED: exchanged(usual),
        ROUGH: rougher[:, 0],
        ROUGH_EXCHANGED: exchanged(rougher),
    }
    begun = read(late, noise)
    return Heard(by_source, {FOUND: begun[:, 0], EXCHANGED: exchanged(begun)})


def of_speakers(
    runs: Float[np.ndarray, "run phase=2 time"],
    noise: Float[np.ndarray, "speaker variable=2 lag"],
    amplitude: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "speaker run=2 phase=2 time"]:
    """Phases as they are read off noisy movements, two runs of each speaker."""
    own = runs.reshape(len(noise), 2, *runs.shape[1:])
    seen = [
        [
            [phase(moved(one, amplitude, of, random)) for one, of in zip(run, both, strict=True)]
            for run in of_speaker
        ]
        for of_speaker, both in zip(own, noise, strict=True)
    ]
    return np.array(seen)


def exchanged(phases: Float[np.ndarray, "speaker run=2 phase=2 time"]) -> Phases:
    """The first phase of a speaker's first run with the second one of the other run."""
    return np.stack([phases[:, 0, 0], phases[:, 1, 1]], 1)


def by_length(
    phases: Mapping[str, Phases], frames: Sequence[int], fit: Fit
) -> dict[str, list[list[Couplings]]]:
    """By source, couplings in so many of the first frames (length, speaker)."""
    return {
        source: [[fit(one[:, :count]) for one in of] for count in frames]
        for source, of in phases.items()
    }


def over_time(
    phases: Mapping[str, Phases], many: int, fit: Fit
) -> dict[str, list[list[Couplings]]]:
    """By source, couplings in so many stretches in turn (stretch, speaker).

    The stretch before is the prior of the next one.
    """
    found: dict[str, list[list[Couplings]]] = {}
    for source, of in phases.items():
        before: list[Couplings | None] = [None] * len(of)
        found[source] = []
        for part in np.array_split(of, many, -1):
            now = [fit(one, before=prior) for one, prior in zip(part, before, strict=True)]
            found[source].append(now)
            before = [*now]
    return found
