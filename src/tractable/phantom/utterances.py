"""What is said: every speaker's own sequence of phones, with its timing, clip by clip."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tractable.phantom.speakers import CONSONANTS, VOWELS

Range = Sequence[float]  # shortest and longest [s]


class Phone(NamedTuple):
    label: str  # "" silence
    start: float  # s, from the start of the clip
    end: float


def shuffled(items: list[str], rng: np.random.Generator) -> Iterator[str]:
    """The items in ever new orders, none twice until all were said."""
    while True:
        yield from (items[k] for k in rng.permutation(len(items)))


def phrases(task: str, rng: np.random.Generator) -> Iterator[list[str]]:
    """Endless phrases of a task: single vowels, glides through three, or vowel-consonant-vowel."""
    vowels, consonants = shuffled(list(VOWELS), rng), shuffled(list(CONSONANTS), rng)
    second = shuffled(list(VOWELS), rng)
    while True:
        if task == "vowels":
            yield [next(vowels)]
        elif task == "glides":
            yield [next(vowels), next(second), next(vowels)]
        else:
            yield [next(vowels), next(consonants), next(second)]


def utterances(
    task: str,
    seconds: float,
    pace: float,
    rng: np.random.Generator,
    *,
    vowel: Range,
    consonant: Range,
    pause: Range,
) -> list[Phone]:
    """Phones of a clip that lasts ``seconds``, silences included, laid end to end."""
    said, now = [Phone("", 0.0, pace * rng.uniform(*pause))], 0.0
    for phrase in phrases(task, rng):
        spans = [consonant if label in CONSONANTS else vowel for label in phrase]
        lengths = [pace * rng.uniform(*span) for span in (*spans, pause)]
        if said[-1].end + sum(lengths) > seconds:
            break
        for label, length in zip((*phrase, ""), lengths, strict=True):
            now = said[-1].end
            said.append(Phone(label, now, now + length))
    return [*said[:-1], said[-1]._replace(end=seconds)]
