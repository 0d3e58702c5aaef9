"""Clips end to end: frame i at i / frame rate, sample k at k / sample rate, whatever the sound."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.memory import peak
from tractable.contracts import BadInput
from tractable.imaging.video import Video
from tractable.recordings.alphabets import arpabet
from tractable.recordings.clock import Take, one_clock
from tractable.recordings.textgrid import Aligned, Interval
from tractable.stretches import end_to_end

from . import test_lag
from .corpus import LAG

# At 10 Hz and 1000 Hz, a frame lasts 100 samples.
RATE, SAMPLE_RATE = Fraction(10), 1000
SPOKEN = dict(corpus="tiny", speaker="sub001")
SPACING = 2.4e-3  # m


def take(
    name, frames, sound, *, grey=0, rate=RATE, size=(4, 5), sample_rate=SAMPLE_RATE, labels=()
):
    """A clip of one grey, with a sound given in samples (of 0.5) or as it is."""
    pictures = np.full((frames, *size), grey, np.uint8)
    if isinstance(sound, int):
        sound = np.full(sound, 0.5, np.float32)
    video = Video(pictures, rate, sound, 0 if sound is None else sample_rate)
    return Take(name, Path(f"{name}_video.mp4"), video, list(labels), SPACING)


def clocked(*takes, sample_rate=SAMPLE_RATE):
    return end_to_end(list(one_clock(takes, **SPOKEN, sample_rate=sample_rate, lag=LAG)))


def test_clips_are_laid_end_to_end():
    data = clocked(
        take("first", 4, np.full(400, 0.1, np.float32), grey=1),
        take("second", 6, np.full(600, 0.2, np.float32), grey=2),
    )
    np.testing.assert_allclose(data.time, np.arange(10) / 10)
    np.testing.assert_allclose(data.sample, np.arange(1000) / 1000)
    assert data.clip_of.values.tolist() == [0] * 4 + [1] * 6
    assert data.clip_name.values.tolist() == ["first", "second"]
    np.testing.assert_array_equal(data.frames[:, 3, 4], [1] * 4 + [2] * 6)
    np.testing.assert_allclose(data.sound, [0.1] * 400 + [0.2] * 600)
    assert data.sound_state.values.tolist() == ["", ""]


def test_no_more_than_a_clip_and_a_stretch_is_held(monkeypatch):
    """Of 7 kB a frame: 14 MB more pass through; a quarter would be too much, and a hog is seen."""
    monkeypatch.setenv("TRACTABLE_MEMORY", "1")

    def passed(clips, hold=iter):
        takes = hold(take(f"clip{k}", 50, None, grey=k, size=(84, 84)) for k in range(clips))
        stretches = one_clock(takes, **SPOKEN, sample_rate=SAMPLE_RATE, lag=LAG)
        assert sum(one.sizes["time"] for one in stretches) == 50 * clips

    few, more = peak(passed, 20), 40 * 50 * 84 * 84
    assert peak(passed, 60) - few < more / 4
    assert peak(passed, 60, list) - few > more / 2


def test_calibration_travels_with_the_data():
    data = clocked(take("only", 2, 200))
    assert data.attrs == {
        "corpus": "tiny",
        "speaker": "sub001",
        "pixel_spacing": 2.4e-3,
        "frame_rate": 10.0,
        "sample_rate": 1000,
    }
    np.testing.assert_allclose(data.x, 2.4e-3 * np.arange(5))
    np.testing.assert_allclose(data.y, 2.4e-3 * np.arange(4))


def test_rounding_does_not_add_up_from_clip_to_clip():
    """A frame of 264.77 samples, as on the scanner: a click with each first frame stays there."""
    rate, sample_rate, counts = Fraction(65040, 781), 22050, [7] * 50
    click = np.zeros(7 * 265, np.float32)
    click[0] = 1
    data = clocked(
        *[
            take(f"clip{k}", n, click, rate=rate, sample_rate=sample_rate)
            for k, n in enumerate(counts)
        ],
        sample_rate=sample_rate,
    )
    assert data.sizes["sample"] == round(350 * 781 / 65040 * 22050)
    heard = data.sample.values[data.sound.values == 1]
    np.testing.assert_allclose(heard, data.time.values[::7], atol=0.5001 / sample_rate)


@pytest.mark.parametrize(
    "samples, state",
    [
        (400, ""),
        (450, ""),  # less than a frame
        (350, ""),
        (700, "long by 0.300 s"),
        (100, "short by 0.300 s"),
        (0, "short by 0.400 s"),
    ],
)
def test_sound_is_cut_or_filled_to_the_pictures_and_this_is_said(samples, state):
    """400 samples belong to the four frames; the next clip begins after them in any case."""
    data = clocked(take("first", 4, samples), take("second", 2, np.full(200, -0.1, np.float32)))
    kept = min(samples, 400)
    np.testing.assert_allclose(data.sound, [0.5] * kept + [0] * (400 - kept) + [-0.1] * 200)
    assert data.sound_state.values.tolist() == [state, ""]


def test_a_clip_without_sound_is_silent_and_says_so():
    data = clocked(take("mute", 4, None), take("spoken", 2, 200))
    np.testing.assert_allclose(data.sound, [0] * 400 + [0.5] * 200)
    assert data.sound_state.values.tolist() == ["no sound", ""]
    assert np.isnan(data.audio_lag).all()
    assert np.isnan(data.audio_lag_sd).all()


@pytest.mark.parametrize(
    "other, complaint",
    [
        ({"size": (4, 6)}, r"frame size 4 x 6 pixels, but 4 x 5 pixels in first_video\.mp4"),
        ({"rate": Fraction(25, 2)}, r"frame rate 12\.5 Hz, but 10 Hz in first_video\.mp4"),
    ],
)
def test_clips_that_differ_are_refused_by_name(other, complaint):
    takes = take("first", 4, 400), take("second", 4, 400), take("third", 4, 400, **other)
    with pytest.raises(BadInput, match=rf"^third_video\.mp4: {complaint}.* leave third out by .*"):
        clocked(*takes)


@pytest.mark.parametrize("sample_rate", [500, 1500, 4000, 2205])
def test_resampling_keeps_time_and_length(sample_rate):
    """A bump at 0.2 s in 0.4 s of sound stays there, at half its height 10 ms to either side."""
    time = np.arange(round(0.4 * sample_rate)) / sample_rate
    bump = np.exp2(-(((time - 0.2) / 0.010) ** 2)).astype(np.float32)
    data = clocked(take("only", 4, bump, sample_rate=sample_rate))
    heard = data.sound.sel(sample=[0.19, 0.2, 0.21], method="nearest")
    np.testing.assert_allclose(heard, [0.5, 1, 0.5], atol=0.01)
    assert data.sizes["sample"] == 400
    assert data.sound_state.values.tolist() == [""]


def test_labels_stand_on_their_frames_and_clip():
    """Times of labels count from the beginning of their own clip."""
    data = clocked(
        take("first", 4, 400, labels=[Interval(0.1, 0.3, "a")]),
        take("second", 3, 300, labels=[Interval(0.0, 0.15, "i"), Interval(0.15, 9.0, "u")]),
        take("third", 2, 200),
    )
    assert data.phone.values.tolist() == ["", "a", "a", "", "i", "i", "u", "", ""]


def test_each_clip_speaks_its_own_alphabet():
    """/N/ is the nasal of "sing" in SAMPA, and that of "sin" in ARPAbet."""
    by_hand = take("hand", 2, 200, labels=[Interval(0.0, 1.0, "N")])._replace(sampa=arpabet)
    aligned = take("aligned", 2, 200, labels=[Aligned(0.0, 1.0, "N", 0.5)])
    data = clocked(by_hand, aligned._replace(label_source="aligned"))
    assert data.phone.values.tolist() == ["n", "n", "N", "N"]
    assert data.own_label.values.tolist() == ["N"] * 4
    assert data.phone_confidence.values.tolist() == [1, 1, 0.5, 0.5]


def test_each_clip_has_its_own_lag():
    early, late = (
        Take(
            name,
            Path(f"{name}_video.mp4"),
            Video(frames, Fraction(50), sound, test_lag.SAMPLE_RATE),
            [],
            SPACING,
        )
        for name, (frames, sound) in {
            "early": test_lag.planted(-0.1),
            "late": test_lag.planted(0.1, seed=1),
        }.items()
    )
    data = clocked(early, late, sample_rate=test_lag.SAMPLE_RATE)
    np.testing.assert_allclose(data.audio_lag, [-0.1, 0.1], atol=0.01)
    assert (data.audio_lag_sd < 0.01).all()
