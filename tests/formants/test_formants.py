"""Voices made of known pulses and resonances, and what must not be believed of them."""

import numpy as np
import pytest
import yaml
from scipy.signal import lfilter

from tests.project import ROOT
from tractable.contracts import RECORDINGS, BadInput, described
from tractable.formants import formants
from tractable.formants.cepstrum import cepstra
from tractable.formants.measurement import Clip, clips_of, listened
from tractable.formants.trust import chosen_ceiling, missed_below, settled, too_brief, unsteadiness

SAMPLE_RATE = 22050
RATE = 80.0
OPTIONS = yaml.safe_load((ROOT / "params.yaml").read_text())["formants"]
SCHWA = np.array([500.0, 1500.0, 2500.0, 3500.0, 4500.0])


def voice(resonances=SCHWA, pitch=110.0, seconds=0.8):
    """Pulses that fall by 6 dB an octave through resonators of 60 Hz, with a little noise."""
    count = round(seconds * SAMPLE_RATE)
    phase = np.arange(count) * pitch / SAMPLE_RATE
    sound = lfilter([1], [1, -0.97], np.diff(np.floor(phase), prepend=0.0))
    for frequency in resonances:
        pole = np.exp((-60 + 2j * frequency) * np.pi / SAMPLE_RATE)
        sound = lfilter([abs(1 - pole) ** 2], [1, -2 * pole.real, abs(pole) ** 2], sound)
    noise = np.random.default_rng(0).standard_normal(count)
    return 0.3 * sound / np.abs(sound).max() + 1e-5 * noise


def recordings(*sounds, state=None):
    """One clip per sound, pictures of nothing."""
    counts = [round(len(sound) / SAMPLE_RATE * RATE) for sound in sounds]
    edges = np.round(np.cumsum([0, *counts]) / RATE * SAMPLE_RATE).astype(int)
    whole = np.concatenate(
        [np.resize(s, n) for s, n in zip(sounds, np.diff(edges), strict=True)]
    ).astype("float32")
    clips = len(sounds)
    parts = {
        "time": np.arange(sum(counts)) / RATE,
        "clip_of": np.repeat(np.arange(clips), counts),
        "phone": np.full(sum(counts), "@"),
        "x": np.arange(2) * 2e-3,
        "y": np.arange(2) * 2e-3,
        "frames": np.zeros((sum(counts), 2, 2), np.uint8),
        "sample": np.arange(len(whole)) / SAMPLE_RATE,
        "sound": whole,
        "clip": np.arange(clips),
        "clip_name": np.array([f"clip{k}" for k in range(clips)]),
        "sound_state": np.array(state or [""] * clips),
        "audio_lag": np.zeros(clips),
        "audio_lag_sd": np.zeros(clips),
    }
    about = {"corpus": "made", "speaker": "up", "pixel_spacing": 2e-3, "frame_rate": RATE}
    return described(RECORDINGS, parts, **about, sample_rate=SAMPLE_RATE)


def middle(found):
    """Frames away from the ends of the first clip."""
    return found.isel(time=slice(10, int((found.clip_of == 0).sum()) - 10))


@pytest.fixture(scope="module")
def schwa():
    return formants(recordings(voice()), **OPTIONS)


def test_known_resonances_are_found_within_what_they_say_of_themselves(schwa):
    found = middle(schwa)
    error = found.frequency.values[:, :3] - SCHWA[:3]
    assert np.isfinite(error).mean() > 0.97
    assert np.nanmax(np.abs(error) / SCHWA[:3]) < 0.05
    assert np.nanmean(np.abs(error) < 2 * found.frequency_sd.values[:, :3]) > 0.95


def test_pitch_and_voice_are_heard(schwa):
    found = middle(schwa)
    np.testing.assert_allclose(found.fundamental, 110, rtol=0.01)
    assert found.voiced.values.all()
    assert set(found.reason.values[:, 0]) == {""}


def test_a_shorter_tract_gets_a_higher_ceiling(schwa):
    short = formants(recordings(voice(1.25 * SCHWA, pitch=150)), **OPTIONS)
    assert short.attrs["ceiling"] > schwa.attrs["ceiling"] + 400
    error = middle(short).frequency.values[:, :3] / (1.25 * SCHWA[:3]) - 1
    assert np.nanmedian(np.abs(error), axis=0).max() < 0.03


def test_f1_beside_a_high_f0_is_masked_with_its_reason():
    found = middle(formants(recordings(voice([320, *SCHWA[1:]], pitch=290)), **OPTIONS))
    assert np.isnan(found.frequency.values[:, 0]).all()
    assert "F0 too near" in found.reason.values[:, 0]
    assert np.isfinite(found.frequency.values[:, 2]).mean() > 0.8


@pytest.mark.parametrize("told, missed", [(300.0, False), (1200.0, True)])
def test_a_missed_first_resonance_is_seen_in_the_harmonics_below(told, missed):
    """An /i/ of which an analysis says F1 = 1200 Hz: all its strength lies below."""
    sound = voice([300, 2300, 3000, 3700], pitch=110)
    times = np.array([0.3, 0.4])
    excess = missed_below(sound, SAMPLE_RATE, times, np.full(2, told), np.full(2, 110.0))
    assert (excess > OPTIONS["trust"]["stronger_below"]).tolist() == [missed, missed]


def test_a_second_formant_called_the_first_is_seen_by_its_distance():
    """A high, noisy /u/ without its F1: no vowel has F1 at 950 and F2 at 2800 Hz."""
    found = formants(recordings(voice([950, 2800, 3800, 4700, 5600], pitch=240)), **OPTIONS)
    reason = set(middle(found).reason.values[:, 1])
    assert reason == {"resonance missed below"}


def test_what_is_trusted_for_a_moment_only_is_too_brief():
    runs = np.array([1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1], bool)
    formants = np.stack([runs, np.ones_like(runs)], axis=1)
    brief = too_brief(formants, 4)
    assert np.flatnonzero(brief[:, 0]).tolist() == [5, 6, 7, 15]
    assert not brief[:, 1].any()
    assert not too_brief(formants, 1).any()


def test_silence_noise_and_no_track_have_their_reasons():
    noise = 0.1 * np.random.default_rng(1).standard_normal(len(voice()))
    sounds = (voice(), noise, 0 * noise, 0 * noise)
    found = formants(recordings(*sounds, state=["", "", "", "no sound"]), **OPTIONS)
    reason = [found.reason.values[found.clip_of.values == k, 1] for k in range(4)]
    assert (reason[1] == "unvoiced").mean() > 0.8
    assert set(reason[2]) == {"silent"}
    assert set(reason[3]) == {"no sound"}
    assert not found.voiced.values[found.clip_of.values >= 2].any()
    assert np.isfinite(found.cepstrum.values).all()
    masked = found.reason.values != ""
    for name in ("frequency", "frequency_sd", "bandwidth"):
        np.testing.assert_array_equal(np.isnan(found[name].values), masked)


def test_a_speaker_who_never_speaks_is_masked_whole():
    found = formants(recordings(np.zeros(SAMPLE_RATE)), **OPTIONS)
    assert set(found.reason.values.ravel()) == {"silent"}


def test_a_clip_does_not_hear_its_neighbours(schwa):
    noise = 0.1 * np.random.default_rng(2).standard_normal(len(voice()))
    both = formants(recordings(voice(), noise), **OPTIONS)
    assert both.attrs["ceiling"] == schwa.attrs["ceiling"]
    first = both.isel(time=slice(0, schwa.sizes["time"]))
    np.testing.assert_array_equal(first.frequency, schwa.frequency)
    np.testing.assert_array_equal(first.cepstrum, schwa.cepstrum)


def test_disagreement_of_ceilings_is_uncertainty():
    clip = next(clips_of(recordings(voice()), None))
    pitch, ceilings = OPTIONS["pitch"], np.array([4600.0, 4800.0, 5000.0])
    heard = listened(clip, ceilings, pitch, OPTIONS["window"], 4)
    assert chosen_ceiling([heard]) in range(3)
    calm = settled(heard, 1, around=1, harmonic_share=0.0, least_share=0.0)
    heard.tracks.frequency[0] *= 0.8
    heard.tracks.frequency[2] *= 1.2
    torn = settled(heard, 1, around=1, harmonic_share=0.0, least_share=0.0)
    assert np.nanmedian(torn.sd / torn.frequency) > 10 * np.nanmedian(calm.sd / calm.frequency)


def test_a_straight_movement_is_steady():
    assert unsteadiness(np.linspace(500, 900, 20)[:, None]).max() < 1e-9


def test_loudness_moves_the_first_cepstral_coefficient_alone():
    options = OPTIONS["cepstrum"]
    times = np.array([0.3, 0.5])
    soft = cepstra(voice(), SAMPLE_RATE, times, **options)
    loud = cepstra(10 * voice(), SAMPLE_RATE, times, **options)
    change = loud - soft
    expected = 2 * np.log(10) * np.sqrt(options["bands"])  # of an orthonormal cosine transform
    np.testing.assert_allclose(change[:, 0], expected, rtol=1e-3)
    np.testing.assert_allclose(change[:, 1:], 0, atol=0.02)
    assert soft.shape == (2, options["coefficients"])


@pytest.mark.parametrize("section", ["pitch", "ceilings", "uncertainty", "trust", "cepstrum"])
def test_a_misspelt_choice_is_named(section):
    wrong = OPTIONS | {section: OPTIONS[section] | {"wndow": 1.0}}
    with pytest.raises(BadInput, match=rf"formants: {section}: unknown parameter 'wndow'"):
        formants(recordings(voice()), **wrong)


def test_a_clip_too_short_for_praat_is_named():
    clip = Clip("clip7", voice(seconds=0.02), SAMPLE_RATE, np.arange(2) / RATE, True)
    with pytest.raises(BadInput, match=r"clip clip7: Praat cannot analyse .*tasks"):
        listened(clip, np.array([5000.0]), OPTIONS["pitch"], OPTIONS["window"], 4)
