"""Noise that stays is taken out, speech that comes and goes is not; formants are nearer for it."""

import numpy as np
import pytest

from benchmarks.scanner import scanner_noise, with_noise
from tests.formants.test_formants import OPTIONS, SAMPLE_RATE, SCHWA, recordings, voice
from tractable.contracts import BadInput
from tractable.formants import formants
from tractable.formants.noise import without_noise

REDUCTION = {"window": 0.032, "smoothing": 0.2, "memory": 1.5, "underrated": 1.8, "floor": 0.1}


def spoken() -> np.ndarray:
    """Vowels of 0.4 s with pauses between them."""
    vowel, pause = voice(seconds=0.4), np.zeros(round(0.4 * SAMPLE_RATE))
    return np.concatenate([pause, vowel] * 4 + [pause])


def quiet(sound: np.ndarray) -> np.ndarray:
    return without_noise(sound, SAMPLE_RATE, **REDUCTION)


def power(sound: np.ndarray) -> float:
    return 10 * np.log10(np.mean(np.square(sound)))


def test_a_scanner_is_quieter_in_the_pauses_and_the_voice_is_as_it_was():
    voiced = spoken()
    noise = scanner_noise(len(voiced), SAMPLE_RATE, seed=0)
    loud = with_noise(voiced, noise, 15.0)
    cleaned = quiet(loud)
    assert len(cleaned) == len(loud)
    pause, vowel = slice(0, round(0.35 * SAMPLE_RATE)), slice(*np.array([9000, 17000]))
    assert power(cleaned[pause]) < power(loud[pause]) - 10
    assert power(cleaned[vowel]) == pytest.approx(power(voiced[vowel]), abs=0.5)
    assert power((cleaned - voiced)[vowel]) < power((loud - voiced)[vowel])


def test_what_has_no_noise_hardly_changes():
    voiced = spoken()
    assert power(quiet(voiced) - voiced) < power(voiced) - 30


def test_a_gain_of_one_gives_the_sound_back():
    noise = np.random.default_rng(0).standard_normal(20_000)
    same = without_noise(noise, SAMPLE_RATE, **REDUCTION | {"floor": 1.0})
    np.testing.assert_allclose(same, noise, atol=1e-9)


def test_formants_of_a_noisy_voice_are_nearer_and_fewer_are_of_the_scanner():
    noise = scanner_noise(len(spoken()), SAMPLE_RATE, seed=1)
    loud = recordings(with_noise(spoken(), noise, 10.0))
    vowel = loud.time.values % 0.8 >= 0.4
    plain, cleaned = (
        formants(loud, **OPTIONS | {"noise_reduction": how}).frequency.values[:, :3]
        for how in (None, REDUCTION)
    )
    off, before = (np.nanmedian(np.abs(of[vowel] / SCHWA[:3] - 1)) for of in (cleaned, plain))
    assert off < before
    assert off < 0.03
    assert np.isfinite(cleaned[~vowel]).sum() < 0.5 * np.isfinite(plain[~vowel]).sum()


def test_it_is_off_by_default_and_a_misspelt_option_is_refused():
    assert OPTIONS["noise_reduction"] is None
    wrong = OPTIONS | {"noise_reduction": REDUCTION | {"memroy": 1.0}}
    with pytest.raises(BadInput, match="did you mean 'memory'"):
        formants(recordings(voice()), **wrong)
