"""The ways through a prompt: phones in order, three states each, with a pause wherever words meet.

Every way is as likely as any other before anything was heard. A way is left to right: what was left
is never entered again. What was heard comes as the log likelihood of every state, frame by frame.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from tractable.recordings.acoustics import STATES
from tractable.recordings.pronunciation import Word


class Chain(NamedTuple):
    """Phones as they may follow each other; their states are numbered through, STATES a phone."""

    signs: list[str]  # of each phone; "": a pause
    word: list[int]  # of each phone: its word in the prompt; -1: a pause
    way: list[int]  # of each phone: which pronunciation of its word; 0 in a pause
    before: Int[np.ndarray, "state most"]  # states it is entered from, its own first; -1: none
    first: list[int]  # states in which a way may begin
    last: list[int]  # and end


def chained(words: Sequence[Word]) -> Chain:
    """All ways to speak the words in order, pauses before, between and after them or not."""
    signs, word, way = [""], [-1], [0]
    entered: list[list[int]] = [[]]  # of each phone: the phones that it may follow
    before_word, first = [0], [0]
    for number, (_, pronunciations) in enumerate(words):
        ends = []
        for which, pronunciation in enumerate(pronunciations):
            if number == 0:
                first.append(len(signs))
            for k, sign in enumerate(pronunciation):
                entered.append(before_word if k == 0 else [len(signs) - 1])
                signs, word, way = [*signs, sign], [*word, number], [*way, which]
            ends.append(len(signs) - 1)
        entered.append(ends)
        signs, word, way = [*signs, ""], [*word, -1], [*way, 0]
        before_word = [*ends, len(signs) - 1]
    starts = [STATES * phone for phone in first]
    return Chain(signs, word, way, states_before(entered), starts, last_states(before_word))


def last_states(phones: Sequence[int]) -> list[int]:
    return [STATES * phone + STATES - 1 for phone in phones]


def states_before(entered: Sequence[Sequence[int]]) -> Int[np.ndarray, "state most"]:
    """Of each state those that it is entered from; ``entered``: of each phone, phones."""
    table = []
    for phone, others in enumerate(entered):
        start = STATES * phone
        table.append([start, *last_states(others)])
        table += [[start + k, start + k - 1] for k in range(1, STATES)]
    return padded(table)


def padded(table: Sequence[Sequence[int]]) -> Int[np.ndarray, "state most"]:
    most = max(map(len, table))
    return np.array([[*row, *[-1] * (most - len(row))] for row in table], int)


def states_after(before: Int[np.ndarray, "state most"]) -> Int[np.ndarray, "state most_after"]:
    """Of each state those that are entered from it."""
    table: list[list[int]] = [[] for _ in before]
    for state, row in enumerate(before):
        for earlier in row[row >= 0]:
            table[earlier].append(state)
    return padded(table)


def among(states: Sequence[int], count: int) -> Float[np.ndarray, " state"]:
    """0 in these states, minus infinity in all others."""
    mask = np.full(count, -np.inf)
    mask[list(states)] = 0
    return mask


def with_none(values: Float[np.ndarray, "*batch state"]) -> Float[np.ndarray, "*batch one_more"]:
    """With one state more, at -1, in which nobody ever is."""
    return np.concatenate([values, np.full_like(values[..., :1], -np.inf)], axis=-1)


def total(
    evidence: Iterable[Float[np.ndarray, "sequence state"]], chain: Chain
) -> Float[np.ndarray, " sequence"]:
    """Log of the sum over all ways from the beginning to the end, of each of several sequences.

    Parameters
    ----------
    evidence : frame by frame, for sequences of other phones in the same chain.
    """
    here = among(chain.first, len(chain.before))[None]
    for t, heard in enumerate(evidence):
        entered = with_none(here)[:, chain.before] if t else here[..., None]
        here = np.logaddexp.reduce(entered, axis=-1) + heard
    return np.logaddexp.reduce(here[:, chain.last], axis=-1)


class Posterior(NamedTuple):
    """What was heard says of a prompt, over all ways from its beginning to its end."""

    states: Float[np.ndarray, "time state"]  # probability of each state in each frame
    evidence: Float[np.ndarray, " word"]  # ln of the likelihood over that without the word [nats]


def posterior(evidence: Float[np.ndarray, "time state"], chain: Chain) -> Posterior:
    """Forward and backward over the chain; a way that leaves a word out jumps from what is before
    it to the next word.
    """
    count, after = len(chain.before), states_after(chain.before)
    both = np.empty_like(evidence)
    both[0] = among(chain.first, count) + evidence[0]
    for t in range(1, len(evidence)):
        entered = with_none(both[t - 1])[chain.before]
        both[t] = np.logaddexp.reduce(entered, axis=-1) + evidence[t]
    left, resumed = jumps(chain)
    whole = either(both[-1], np.array(chain.last))
    without = np.full(len(left), -np.inf)
    without[-1] = either(both[-1], left[-1])
    ahead, onward = among(chain.last, count), np.full(count, -np.inf)
    for t in range(len(evidence) - 1, -1, -1):
        without = np.logaddexp(without, either(both[t], left) + either(onward, resumed))
        both[t] += ahead
        onward = ahead + evidence[t]
        ahead = either(onward, after)
    without[0] = np.logaddexp(without[0], either(onward, resumed)[0])
    states = np.exp(both - np.logaddexp.reduce(both, axis=1, keepdims=True))
    return Posterior(states, whole - without)


def jumps(
    chain: Chain,
) -> tuple[Int[np.ndarray, "word most"], Int[np.ndarray, "word most_after"]]:
    """Of each word the states from which it is entered, and those in which the next one begins."""
    begin: list[list[int]] = [[] for _ in range(max(chain.word) + 1)]
    for phone, (word, way) in enumerate(zip(chain.word, chain.way, strict=True)):
        if word >= 0 and (word, way) != (chain.word[phone - 1], chain.way[phone - 1]):
            begin[word].append(STATES * phone)
    return chain.before[[first for first, *_ in begin], 1:], padded([*begin[1:], []])


def either(values: Float[np.ndarray, " state"], states: Int[np.ndarray, "*row most"]) -> Any:
    """Log of the sum over some states, in each row; -1 is none."""
    return np.logaddexp.reduce(with_none(values)[states], axis=-1)


def likeliest(evidence: Float[np.ndarray, "time state"], chain: Chain) -> Int[np.ndarray, " time"]:
    """State of every frame on the likeliest way (Viterbi)."""
    here = among(chain.first, len(chain.before)) + evidence[0]
    came = np.zeros(evidence.shape, int)
    rows = np.arange(len(chain.before))
    for t in range(1, len(evidence)):
        entered = with_none(here)[chain.before]
        best = entered.argmax(axis=1)
        came[t] = chain.before[rows, best]
        here = entered[rows, best] + evidence[t]
    state = max(chain.last, key=lambda one: here[one])
    path = np.empty(len(evidence), int)
    for t in range(len(evidence) - 1, -1, -1):
        path[t], state = state, came[t, state]
    return path
