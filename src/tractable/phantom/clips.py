"""One clip of a simulated speaker: what is said, how the tract moves, and the sound of it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.imaging.labels import Pose
from tractable.phantom.speakers import Speaker
from tractable.phantom.speech import glottis_states, tract_states
from tractable.phantom.utterances import Phone, utterances
from tractable.simulator import SAMPLE_RATE, Outlines, Tubes, outlines, sound, tubes


class Clip(NamedTuple):
    task: str
    phones: list[Phone]
    time: Float[np.ndarray, " time"]  # s, from the start of the clip
    states: Float[np.ndarray, "time parameter"]  # of the tract
    glottis: Float[np.ndarray, "time parameter"]
    tube: Tubes
    outline: Outlines
    voice: Float[np.ndarray, " sample"]  # at the simulator's sample rate
    pose: Pose

    def labels(self) -> list[str]:
        """The phone of each frame, "" in silence."""
        ends = np.array([phone.end for phone in self.phones])
        which = np.minimum(np.searchsorted(ends, self.time, "right"), len(ends) - 1)
        return [self.phones[k].label for k in which]


def clips_of(
    speaker: Speaker,
    rng: np.random.Generator,
    *,
    seconds: float,
    frame_rate: Fraction,
    tasks: Mapping[str, float],
    timing: Mapping[str, Any],
    movement: Mapping[str, Any],
    pose: Mapping[str, float],
) -> list[Clip]:
    """A clip for each task, whole frames long.

    Parameters
    ----------
    seconds : of all clips together; ``tasks`` says what share each task has.
    timing : shortest and longest ``vowel``, ``consonant`` and ``pause`` [s].
    movement : ``order`` of the gestures; time constants ``vowel_time``, ``consonant_time``,
        ``voice_time`` [s]; ``lead``, ``closing_lead``, ``opening_lead`` of gestures before
        labels, in time constants, see ``speech.tract_states``.
    pose : ``x``, ``y`` of the upper incisor's gum [m] and by how much it differs between clips,
        ``shift`` [m] and ``nod`` [rad].
    """
    clips = []
    for task, share in tasks.items():
        count = round(share * seconds * frame_rate)
        phones = utterances(task, float(count / frame_rate), speaker.pace, rng, **timing)
        lies = placed_head(rng, **pose)
        clips.append(clip_of(task, phones, count, lies, speaker, rng, frame_rate, **movement))
    return clips


def placed_head(rng: np.random.Generator, *, x: float, y: float, shift: float, nod: float) -> Pose:
    """How the head lies in a clip: near (x, y), nodding a little."""
    right, down, pitch = rng.standard_normal(3) * (shift, shift, nod)
    return Pose(float(x + right), float(y + down), float(pitch))


def clip_of(
    task: str,
    phones: list[Phone],
    count: int,
    pose: Pose,
    speaker: Speaker,
    rng: np.random.Generator,
    frame_rate: Fraction,
    *,
    order: int,
    voice_time: float,
    lead: float,
    **tract: float,
) -> Clip:
    """Movement and sound of ``count`` frames; the sound lasts as long as the frames do."""
    time = np.array([float(k / frame_rate) for k in range(count + 1)])
    states = tract_states(phones, speaker, time, order=order, lead=lead, **tract)
    glottis = glottis_states(
        phones, speaker, time, rng, order=order, voice_time=voice_time, lead=lead
    )
    tube = tubes(states, speaker.anatomy)
    voice = sound(tube, glottis, np.round(time * SAMPLE_RATE).astype(int))
    return Clip(
        task,
        phones,
        time[:-1],
        states[:-1],
        glottis[:-1],
        Tubes(*(part[:-1] for part in tube)),
        outlines(states[:-1], speaker.anatomy),
        voice,
        pose,
    )
