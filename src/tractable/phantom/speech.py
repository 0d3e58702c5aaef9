"""From phones to movement and sound: targets approached in time, a voice, a tract."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import expm

from tractable.phantom.speakers import (
    CONSONANTS,
    CONTEXT,
    STOPS,
    VOWELS,
    Speaker,
    consonant_targets,
    glottis_targets,
    vowel_targets,
)
from tractable.phantom.utterances import Phone
from tractable.simulator import GLOTTIS

TICK = 1e-3  # s, of the clock on which movements are computed
States = Float[np.ndarray, "state parameter"]


class Target(NamedTuple):
    start: float  # s
    state: Float[np.ndarray, " parameter"]
    time_constant: float  # s


def approach(targets: list[Target], times: Float[np.ndarray, " state"], *, order: int) -> States:
    """Targets approached one after the other, critically damped, velocity carried over.

    A cascade of ``order`` equal first-order lags: Birkholz, Kroeger & Neuschaefer-Rube (2011),
    doi:10.1109/TASL.2010.2091632; the simulator's own gestures have order 5. Starts at rest in the
    first target; starts are kept on a clock of 1 ms.
    """
    ticks = np.arange(int(np.ceil(times.max() / TICK)) + 2) * TICK
    current = np.searchsorted([round(t.start, 3) - 1e-9 for t in targets], ticks, "right") - 1
    lags = np.tile(targets[0].state, (order, 1))
    path = np.empty((len(ticks), len(targets[0].state)))
    steps = {t.time_constant: cascade_step(order, t.time_constant) for t in targets}
    for k, which in enumerate(np.maximum(current, 0)):
        path[k] = lags[-1]
        own, driven = steps[targets[which].time_constant]
        lags = own @ lags + driven[:, None] * targets[which].state
    return np.stack([np.interp(times, ticks, column) for column in path.T], 1)


def cascade_step(
    order: int, time_constant: float
) -> tuple[Float[np.ndarray, "lag lag"], Float[np.ndarray, " lag"]]:
    """Exact step of one tick: new lags = own @ lags + driven * target."""
    rate = TICK / time_constant
    system = np.zeros((order + 1, order + 1))
    system[:order, :order] = rate * (np.eye(order, k=-1) - np.eye(order))
    system[0, order] = rate
    whole = expm(system)
    return whole[:order, :order], whole[:order, order]


def tract_states(
    phones: list[Phone],
    speaker: Speaker,
    times: Float[np.ndarray, " state"],
    *,
    order: int,
    vowel_time: float,
    consonant_time: float,
    lead: float,
    closing_lead: float,
    opening_lead: float,
) -> States:
    """Tract state at each time.

    A vowel's gesture starts ``lead`` time constants before its label, since that is what movement
    lags behind its target; a consonant's ``closing_lead``, and that of a vowel after a stop
    ``opening_lead`` before it, so that closures last about as long as their labels. In silence the
    tract goes to schwa.
    """
    vowels, consonants = vowel_targets(speaker), consonant_targets(speaker)
    targets = []
    for k, phone in enumerate(phones):
        if phone.label in CONSONANTS:
            beside = CONTEXT[phones[k + 1].label]
            state, constant = consonants[phone.label, beside], speaker.pace * consonant_time
            early = closing_lead
        else:
            state, constant = vowels[phone.label or "@"], speaker.pace * vowel_time
            early = opening_lead if k > 0 and phones[k - 1].label in STOPS else lead
        targets.append(Target(phone.start - early * constant, state, constant))
    return np.round(approach(targets, times, order=order), 4)


def glottis_states(
    phones: list[Phone],
    speaker: Speaker,
    times: Float[np.ndarray, " state"],
    rng: np.random.Generator,
    *,
    order: int,
    voice_time: float,
    lead: float,
) -> States:
    """Glottis state at each time: phonation, devoicing, pitch falling over each phrase."""
    states, pitch = glottis_targets(speaker), GLOTTIS.index("F0")
    targets, level = [], 1.0
    for phone in phones:
        if not phone.label:
            level = 1.06 + 0.08 * rng.random()
        state = states[phone.label].copy()
        state[pitch] *= level
        level -= 0.05
        lag = lead * voice_time * (1 if phone.label in VOWELS else 0.6)
        targets.append(Target(phone.start - lag, state, voice_time))
    return approach(targets, times, order=order)
