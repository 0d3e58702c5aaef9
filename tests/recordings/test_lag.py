"""A delay planted between pictures and sound is found again; where there is none to find, NaN."""

import tracemalloc

import numpy as np
import pytest
from scipy.special import expit

from tractable import coupling
from tractable.coupling import band_levels
from tractable.recordings.lag import audio_lag

from .corpus import LAG, SAMPLE_RATE

RATE = 50.0  # Hz
FRAMES = 600
REFRESH = 12  # frames


def steps(time, moments):
    """Goes from 0 to 1 at the first moment, back at the second and so on, within 40 ms."""
    return sum((-1) ** k * expit((time - moment) / 0.02) for k, moment in enumerate(moments))


def planted(lag, *, seed=0):
    """Pictures that change between two views, and a noise that changes colour ``lag`` s later."""
    rng = np.random.default_rng(seed)
    moments = 0.5 + np.cumsum(rng.uniform(0.25, 0.6, 25))  # the last well before the end
    view, other = rng.uniform(50, 150, (2, 8, 8))
    share = steps(np.arange(FRAMES) / RATE, moments)[:, None, None]
    frames = view + share * (other - view) + rng.normal(0, 0.5, (FRAMES, 8, 8))
    time = np.arange(round(FRAMES / RATE * SAMPLE_RATE)) / SAMPLE_RATE
    hiss = rng.standard_normal(len(time))
    hum = np.convolve(hiss, np.ones(8), "same")
    sound = 0.02 * (hum + steps(time, moments + lag) * (hiss - hum))
    return frames.round().astype(np.uint8), sound.astype(np.float32)


def refreshed(frames):
    """As a codec leaves them: every dozen frames, the whole picture is coded with another error."""
    errors = np.random.default_rng(1).normal(0, 4, (len(frames) // REFRESH + 1, 8, 8))
    return (frames + errors[np.arange(len(frames)) // REFRESH]).round().astype(np.uint8)


def found(frames, sound):
    return audio_lag(frames, RATE, sound, SAMPLE_RATE, **LAG)


@pytest.mark.parametrize("codec", [False, True])
@pytest.mark.parametrize("lag", [-0.2, -0.06, 0.0, 0.06, 0.2])
def test_a_planted_lag_is_found_with_its_sign(lag, codec):
    """Positive: the sound comes after the pictures. To half a frame, 10 ms."""
    frames, sound = planted(lag)
    value, sd = found(refreshed(frames) if codec else frames, sound)
    assert value == pytest.approx(lag, abs=0.5 / RATE)
    assert LAG["natural"] < sd < 0.5 / RATE


def test_a_lag_beyond_the_longest_is_not_found():
    frames, sound = planted(0.0)
    late = np.roll(sound, round(1.0 * SAMPLE_RATE))
    value, sd = found(frames, late)
    assert not abs(value) > LAG["longest"]
    assert not sd < 0.5 / RATE


def test_a_scanner_that_clicks_in_step_with_the_codec_moves_no_lag():
    """Clicks 0.1 s before each refresh: taken for motion, it would move the lag by 30 ms."""
    frames, sound = planted(0.06)
    frame = np.arange(len(sound)) / SAMPLE_RATE * RATE
    clicks = (frame + 5) % REFRESH < 1
    sound += 0.05 * clicks * np.random.default_rng(7).standard_normal(len(sound))
    assert found(refreshed(frames), sound)[0] == pytest.approx(0.06, abs=1 / RATE)


def test_what_does_not_belong_together_has_no_lag():
    """White noise on both sides, over 80 s: no correlation is left."""
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (4000, 4, 4), dtype=np.uint8)
    sound = rng.standard_normal(80 * SAMPLE_RATE)
    assert np.isnan(found(frames, sound)).all()


def test_pictures_and_sound_of_different_clips_are_seldom_given_a_lag():
    """Each changes as speech does, but not together; a short clip has some best lag by chance."""
    pictures = [planted(0.0, seed=seed)[0] for seed in range(8)]
    sounds = [planted(0.0, seed=seed + 20)[1] for seed in range(8)]
    told = [found(*pair) for pair in zip(pictures, sounds, strict=True)]
    assert np.isnan(told).any(1).sum() >= 6


@pytest.mark.parametrize("shift", [-0.15, -0.0317, 0.0041, 0.006, 0.0731])
def test_a_shift_by_parts_of_a_frame_is_found(shift):
    """To half a frame, whatever the lag was before; frames are 20 ms apart."""
    frames, sound = planted(0.06, seed=3)
    before, _ = found(frames, sound)
    after, _ = found(frames, np.roll(sound, round(shift * SAMPLE_RATE)))
    assert after - before == pytest.approx(shift, abs=0.5 / RATE)


def test_intervals_hold_what_they_say():
    """Of 20 clips with a lag of 60 ms and none of their own, 17 intervals of 95 % or more do."""
    alone = LAG | {"natural": 0.0}
    clips = [planted(0.06, seed=seed) for seed in range(20)]
    told = np.array([audio_lag(seen, RATE, heard, SAMPLE_RATE, **alone) for seen, heard in clips])
    assert np.isfinite(told).all()
    assert (np.abs(told[:, 0] - 0.06) < 1.96 * told[:, 1]).sum() >= 17


def test_what_all_pieces_share_is_in_the_interval():
    """Variances add: of the jackknife, and of the lag that a clip has by nature."""
    frames, sound = planted(0.06)
    (lag, jackknife), (same, sd) = (
        audio_lag(frames, RATE, sound, SAMPLE_RATE, **LAG | {"natural": natural})
        for natural in (0.0, 0.004)
    )
    assert same == lag
    assert sd**2 == pytest.approx(jackknife**2 + 0.004**2, rel=1e-12)


def test_a_correlation_that_is_too_small_is_no_lag():
    frames, sound = planted(0.06)
    assert np.isnan(
        audio_lag(frames, RATE, sound, SAMPLE_RATE, **LAG | {"least_correlation": 0.95})
    ).all()


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_a_silent_sound_has_no_lag(level):
    """Nor has a track that holds one value, which is silence with an offset."""
    frames, sound = planted(0.06)
    assert np.isnan(found(frames, np.full_like(sound, level))).all()


@pytest.mark.parametrize("brightness", [0, 100])
def test_pictures_that_never_change_have_no_lag(brightness):
    frames, sound = planted(0.06)
    assert np.isnan(found(np.full_like(frames, brightness), sound)).all()


def test_a_clip_shorter_than_four_longest_lags_tells_nothing():
    frames, sound = planted(0.06)
    enough = round(4 * LAG["longest"] * RATE)
    short = frames[: enough - 1], sound[: round((enough - 1) / RATE * SAMPLE_RATE)]
    assert np.isnan(found(*short)).all()


def test_loudness_and_brightness_do_not_matter():
    frames, sound = planted(0.06)
    value, _ = found(frames, sound)
    assert found(255 - frames, -0.1 * sound)[0] == pytest.approx(value, abs=1e-3)


def test_a_long_session_takes_little_memory():
    """Of 20000 frames; the spectra of all at once would take 300 MB."""
    sound = np.random.default_rng(0).standard_normal(200 * 16000).astype(np.float32)
    tracemalloc.start()
    band_levels(sound, 16000, 20000, 100.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 150e6


def test_stretches_change_nothing(monkeypatch):
    sound = np.random.default_rng(0).standard_normal(16000).astype(np.float32)
    whole = band_levels(sound, 16000, 100, 100.0)
    monkeypatch.setattr(coupling, "STRETCH", 7)
    np.testing.assert_array_equal(band_levels(sound, 16000, 100, 100.0), whole)
