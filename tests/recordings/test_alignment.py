"""Phones of a known prompt are found where they were put, and a wrong prompt is not believed."""

import numpy as np
import pytest

from tractable.recordings.acoustics import RATE, model_phones
from tractable.recordings.alignment import LEAST, align, without_gaps
from tractable.recordings.chain import Chain, chained, likeliest, posterior, total
from tractable.recordings.pronunciation import Word
from tractable.recordings.textgrid import Aligned

from .corpus import ALIGNMENT
from .voice import speech

#: Three nonsense words with pauses, and how long each phone lasts [s].
SAID = [("", 0.3), ("a", 0.25), ("s", 0.15), ("i", 0.25), ("", 0.3), ("u", 0.3), ("s", 0.15)]
SAID += [("a", 0.2), ("", 0.25), ("i", 0.25), ("s", 0.12), ("u", 0.25), ("", 0.2)]
PROMPT = ["asi", "usa", "isu"]

#: Nothing but a pause, as where a prompt has no word.
PAUSE = Chain([""], [-1], [0], np.array([[0, -1], [1, 0], [2, 1]]), [0], [2])


def words(texts: list[str]) -> list[Word]:
    return [Word(text, [list(text)]) for text in texts]


def aligned(texts=PROMPT, said=SAID, **changes):
    sound, phones = speech(said)
    return align(sound, RATE, words(texts), **ALIGNMENT | changes), phones


def off(found, true):
    """How far each boundary is from the truth [s]."""
    return np.abs([(f.start - t.start, f.end - t.end) for f, t in zip(found, true, strict=True)])


def test_phones_are_found_to_a_few_hundredths_of_a_second():
    found, true = aligned()
    assert found.refused == ""
    assert [phone.label for phone in found.phones] == [phone.label for phone in true]
    assert off(found.phones, true).max() < 0.03
    assert min(phone.confidence for phone in found.phones) > 0.8


def test_words_run_from_their_first_phone_to_their_last():
    found, _ = aligned()
    assert [word.label for word in found.words] == PROMPT
    assert [word.start for word in found.words] == [phone.start for phone in found.phones[::3]]
    assert [word.end for word in found.words] == [phone.end for phone in found.phones[2::3]]
    assert found.words[1].confidence == min(phone.confidence for phone in found.phones[3:6])


def test_later_speech_moves_all_boundaries_alike():
    """More silence before it: the posterior hardly cares where in the clip speech is."""
    (early, _), (late, _) = aligned(), aligned(said=[("", 0.5), *SAID])
    shift = [b.start - a.start for a, b in zip(early.phones, late.phones, strict=True)]
    np.testing.assert_allclose(shift, 0.5, atol=0.02)


def test_any_sample_rate_and_loudness_will_do():
    sound, true = speech(SAID)
    found = align(0.01 * np.repeat(sound, 3), 3 * RATE, words(PROMPT), **ALIGNMENT)
    assert off(found.phones, true).max() < 0.04


def test_other_phones_in_the_same_rhythm_fit_little_better_than_chance():
    found, _ = aligned(["isa", "asu", "usi"])
    assert "fits little better than other words" in found.refused
    assert found.margin < 2 < aligned()[0].margin


@pytest.mark.parametrize("texts", [["isa", "asu", "usi"], ["usi", "isa", "usa"]])
def test_a_wrong_prompt_is_refused(texts):
    assert aligned(texts)[0].refused


def test_a_prompt_that_lacks_a_word_is_refused():
    found, _ = aligned(PROMPT[:2])
    assert "of the voice unlabelled" in found.refused
    assert found.missed == pytest.approx(0.5 / 1.5, abs=0.06)


def test_a_prompt_longer_than_its_sound_or_a_silent_sound_is_refused():
    sound, _ = speech([("a", 0.2)])
    assert "needs 0.27 s of sound" in align(sound, RATE, words(PROMPT), **ALIGNMENT).refused
    assert align(np.zeros(RATE), RATE, words(["a"]), **ALIGNMENT).refused == "has a silent sound"


def test_a_boundary_that_nobody_could_hear_is_not_sure():
    """Inside of a long /a/ nothing changes; from /a/ to /i/ it does."""
    vague, _ = aligned(["aa"], [("", 0.3), ("a", 0.6), ("", 0.3)])
    clear, _ = aligned(["ai"], [("", 0.3), ("a", 0.3), ("i", 0.3), ("", 0.3)])
    assert vague.phones[0].confidence < 0.5 < 0.9 < clear.phones[0].confidence


def test_confidence_grows_with_the_tolerance():
    strict, loose = (
        np.array([phone.confidence for phone in aligned(tolerance=tolerance)[0].phones])
        for tolerance in (0.01, 0.06)
    )
    assert (strict < loose).all()
    assert loose.max() <= 1


def test_the_pronunciation_that_was_spoken_is_taken():
    sound, true = speech(SAID)
    prompt = [Word("one", [["u", "s", "u"], ["a", "s", "i"]]), *words(PROMPT[1:])]
    found = align(sound, RATE, prompt, **ALIGNMENT)
    assert [phone.label for phone in found.phones] == [phone.label for phone in true]


def test_a_clip_is_the_same_whatever_was_heard_before():
    first, _ = aligned()
    aligned(["isa"], [("", 0.1), ("i", 0.5), ("s", 0.5), ("a", 0.5)])
    again, _ = aligned()
    assert again == first


def test_pocketsphinx_says_nothing(capfd):
    aligned()
    assert capfd.readouterr() == ("", "")


def test_neighbours_meet_where_no_pause_fits():
    near = [Aligned(0.0, 0.30, "a", 1.0), Aligned(0.30 + LEAST / 2, 0.5, "s", 1.0)]
    first, second = without_gaps([*near, Aligned(0.6, 0.7, "i", 1.0)])[:2]
    assert first.end == second.start == pytest.approx(0.30 + LEAST / 4)
    assert second.end == 0.5


def test_the_model_has_the_phones_of_english():
    assert len(model_phones()) == 42
    assert model_phones()[:3] == ["+NSN+", "+SPN+", "AA"]
    assert model_phones()[-1] == "ZH"


def enumerated(evidence, chain):
    """Every way through a chain, state by state, with its likelihood."""
    ways = [[state] for state in chain.first]
    for _ in evidence[1:]:
        ways = [
            [*way, state]
            for way in ways
            for state in range(len(chain.before))
            if way[-1] in chain.before[state]
        ]
    ways = np.array([way for way in ways if way[-1] in chain.last])
    return ways, np.exp(evidence[np.arange(len(evidence)), ways].sum(axis=1))


def test_forward_and_backward_count_every_way_once():
    """A word of two pronunciations over eight frames, against all ways one by one."""
    chain = chained([Word("one", [["a"], ["i", "s"]])])
    evidence = np.random.default_rng(0).normal(0, 1, (8, len(chain.before)))
    ways, weight = enumerated(evidence, chain)
    assert len(ways) > 50
    states = np.zeros_like(evidence)
    for way, w in zip(ways, weight, strict=True):
        states[np.arange(8), way] += w / weight.sum()
    np.testing.assert_allclose(posterior(evidence, chain).states, states, atol=1e-12)
    assert total(evidence[:, None], chain) == pytest.approx(np.log(weight.sum()))
    assert likeliest(evidence, chain).tolist() == ways[weight.argmax()].tolist()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_evidence_for_a_word_is_that_of_the_prompt_with_it_beside_that_without(count):
    """By a second chain that lacks the word; some words may be spoken in two ways."""
    ways = [["a", "s"]], [["i"], ["u", "s"]], [["s", "u", "a"]], [["i", "s"], ["u"]]
    prompt = [Word(str(number), list(of)) for number, of in enumerate(ways[:count])]
    chain, rng = chained(prompt), np.random.default_rng(3)
    signs = ["", "a", "i", "s", "u"]
    heard = rng.normal(0, 1, (40, len(signs), 3))

    def likelihood(words):
        of = chained(words) if words else PAUSE
        return total(heard[:, [signs.index(s) for s in of.signs]].reshape(40, 1, -1), of)[0]

    found = posterior(heard[:, [signs.index(s) for s in chain.signs]].reshape(40, -1), chain)
    without = [likelihood(prompt[:k] + prompt[k + 1 :]) for k in range(count)]
    np.testing.assert_allclose(found.evidence, likelihood(prompt) - without, atol=1e-10)


@pytest.mark.parametrize("word, at", [("asu", 0), ("asu", 1), ("asu", 3), ("u", 0), ("u", 3)])
def test_a_word_that_was_not_said_is_doubted_though_the_prompt_passes(word, at):
    """It cannot be refused: nothing of the voice is left over, and all else fits."""
    found, _ = aligned([*PROMPT[:at], word, *PROMPT[at:]])
    assert found.refused == ""
    assert found.words[at] in found.doubted
    assert aligned()[0].doubted == ()


def test_a_vowel_too_many_before_the_same_vowel_takes_its_share_and_passes():
    """A limit of the method: half of a long vowel is a vowel."""
    found, _ = aligned(["asi", "u", "usa", "isu"])
    assert found.doubted == ()
