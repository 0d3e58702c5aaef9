"""Phones where a prompt is known and nobody labelled: when each of them was spoken, and how surely.

All ways to lay the prompt's phones over the sound are weighed by their likelihood (forward and
backward over hidden Markov chains, after Rabiner 1989, doi:10.1109/5.18626). A boundary stands at
the median of its posterior; the confidence of a phone is the posterior probability that its
boundaries are within a tolerance of where they were put. It says how well the phones' places are
known *if the prompt is what was said*; whether it was, two other measures ask of the whole clip,
and one of each word: how much likelier the sound is with the word than without it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from tractable.recordings.acoustics import RATE, STATES, STEP, Heard, edges, heard, resampled
from tractable.recordings.chain import Chain, chained, likeliest, posterior, total
from tractable.recordings.pronunciation import ENGLISH, Word, is_vowel
from tractable.recordings.textgrid import Aligned

SHORTEST = 0.1  # s, of a sound in which Praat can look for a voice
LEAST = STATES * STEP  # s, of a phone


class Alignment(NamedTuple):
    """Where a prompt's phones and words are in a clip, or why nobody should believe it."""

    phones: list[Aligned]  # in SAMPA, with their confidence; silence has none
    words: list[Aligned]
    margin: float = np.nan  # of the prompt over impostors, in their standard deviations
    missed: float = np.nan  # share of the voiced frames that are no part of any phone
    refused: str = ""  # why the prompt cannot be what was said, "" where it may
    doubted: tuple[Aligned, ...] = ()  # words that may not have been said


def align(
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    prompt: Sequence[Word],
    *,
    scale: float,
    tolerance: float,
    voice: Mapping[str, float],
    impostors: Mapping[str, Any],
    most_missed: float,
    least_evidence: float,
) -> Alignment:
    """When the phones of a prompt were spoken; long clips are aligned in one go.

    Parameters
    ----------
    sound : of the clip, -1 to 1, at ``sample_rate`` [Hz].
    prompt : words in order; before, between and after them there may be pauses.
    scale : of log likelihoods: neighbouring frames say much the same, so that each counts less.
    tolerance : how far off a boundary may be [s]; a phone's confidence is the probability that
        neither of its boundaries is further off.
    voice : keywords of ``acoustics.heard``.
    impostors : keywords of ``margin``, and by how much of it a prompt must beat them, ``least``.
    most_missed : share of the voiced frames that may be further than the tolerance from all phones.
    least_evidence : for a word, below which it is doubted: ln of how much likelier the sound is
        with it than without, by phone [nats].

    Returns
    -------
    Of a refused prompt what was found as well, where anything could be.
    """
    sound = resampled(sound, sample_rate)
    shortest = max(SHORTEST, LEAST * sum(min(map(len, word.pronunciations)) for word in prompt))
    if len(sound) / RATE < shortest + STEP:
        return Alignment([], [], refused=f"needs {shortest:.2f} s of sound or more")
    if not np.ptp(sound) > 0:
        return Alignment([], [], refused="has a silent sound")
    signs = {sign for word in prompt for way in word.pronunciations for sign in way}
    ear, voiced = heard(sound, ["", *sorted(signs | set(ENGLISH.values()))], scale=scale, **voice)
    chain = chained(as_spoken(prompt, ear))
    known = posterior(ear.of(chain.signs), chain)
    phones = phones_of(chain, known.states, tolerance)
    words = words_of(chain, phones, prompt)
    counts = np.array([chain.word.count(number) for number in range(len(prompt))])
    doubted = np.flatnonzero(known.evidence / counts < least_evidence)
    missed = left_over(voiced, phones, tolerance)
    least = impostors["least"]
    over = margin(chain, ear, count=impostors["count"], seed=impostors["seed"])
    refused = doubts(over, least, missed, most_missed)
    return Alignment(phones, words, over, missed, refused, tuple(words[k] for k in doubted))


def as_spoken(prompt: Sequence[Word], ear: Heard) -> list[Word]:
    """The prompt with one pronunciation of each word, as on the likeliest way of all."""
    if all(len(word.pronunciations) == 1 for word in prompt):
        return list(prompt)
    chain = chained(prompt)
    went = set(likeliest(ear.of(chain.signs), chain) // STATES)
    way = {chain.word[phone]: chain.way[phone] for phone in sorted(went)}
    return [Word(text, [ways[way[k]]]) for k, (text, ways) in enumerate(prompt)]


def margin(chain: Chain, ear: Heard, *, count: int, seed: int) -> float:
    """How much better the prompt fits than impostors, in standard deviations of theirs.

    Parameters
    ----------
    count : of prompts of the same rhythm, English vowels for vowels and consonants for consonants.
    seed : of their choice.
    """
    rng = np.random.default_rng(seed)
    vowels = [sign for sign in ENGLISH.values() if is_vowel(sign)]
    consonants = [sign for sign in ENGLISH.values() if not is_vowel(sign)]

    def impostor() -> list[str]:
        drawn = [rng.choice(vowels if s and is_vowel(s) else consonants) for s in chain.signs]
        return [str(other) if sign else "" for sign, other in zip(chain.signs, drawn, strict=True)]

    fit = total(ear.of_each([chain.signs, *(impostor() for _ in range(count))]), chain)
    return float((fit[0] - fit[1:].mean()) / fit[1:].std(ddof=1))


def left_over(
    voiced: Bool[np.ndarray, " time"], phones: Sequence[Aligned], tolerance: float
) -> float:
    """Share of the voiced frames that are further than the tolerance [s] from every phone."""
    time = edges(len(voiced))[:-1][voiced] + STEP / 2
    far = [(time < p.start - tolerance) | (time > p.end + tolerance) for p in phones]
    return float(np.all(far, axis=0).mean()) if len(time) else 0.0


def doubts(margin: float, least_margin: float, missed: float, most_missed: float) -> str:
    """Why a prompt cannot be what was said; "": it may."""
    if not margin >= least_margin:
        return f"fits little better than other words, by {margin:.1f} of their sd"
    if missed > most_missed:
        return f"leaves {missed:.0%} of the voice unlabelled, as if words were missing"
    return ""


def phones_of(
    chain: Chain, states: Float[np.ndarray, "time state"], tolerance: float
) -> list[Aligned]:
    """Each phone between the medians of its boundaries, with its confidence.

    Nothing is entered twice, so that the probability that a phone has begun by some time is that of
    all its states and those behind; between the frames it is a straight line. A phone lasts
    LEAST or more on every way and so between medians; a pause of less is none.
    """
    time, half = edges(len(states)), STEP / 2
    behind = np.cumsum(states[:, ::-1], axis=1)[:, ::-1]
    behind = np.pad(behind, ((0, 0), (0, 1)))  # nothing is behind the last
    begun = np.pad(behind[:, ::STATES], ((1, 1), (0, 0)), constant_values=((0, 1), (0, 0)))
    begun = np.maximum.accumulate(begun, axis=0)
    at = np.append(time - half, time[-1] + half)
    median = [float(np.interp(0.5, column, at)) for column in begun.T]
    sure = [
        np.interp(place + tolerance, at, column) - np.interp(place - tolerance, at, column)
        for place, column in zip(median, begun.T, strict=True)
    ]
    phones = [
        Aligned(median[k], median[k + 1], sign, float(sure[k] * sure[k + 1]))
        for k, sign in enumerate(chain.signs)
        if sign
    ]
    return without_gaps(phones)


def without_gaps(phones: Sequence[Aligned]) -> list[Aligned]:
    """Neighbours that are closer than the shortest pause meet in the middle."""
    met = list(phones)
    for k in range(len(met) - 1):
        if met[k + 1].start - met[k].end < LEAST:
            middle = (met[k].end + met[k + 1].start) / 2
            met[k], met[k + 1] = met[k]._replace(end=middle), met[k + 1]._replace(start=middle)
    return met


def words_of(chain: Chain, phones: list[Aligned], prompt: Sequence[Word]) -> list[Aligned]:
    """Each word from its first phone to its last, as sure as the least sure of them."""
    number = [word for word in chain.word if word >= 0]
    words = []
    for k, word in enumerate(prompt):
        own = [phone for phone, of in zip(phones, number, strict=True) if of == k]
        sure = min(phone.confidence for phone in own)
        words.append(Aligned(own[0].start, own[-1].end, word.text, sure))
    return words
