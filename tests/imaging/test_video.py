"""Video and sound: written and read back, on one clock, byte for byte."""

from fractions import Fraction

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.imaging.video import read_video, write_video

RATE = Fraction(65040, 781)
SOUND_RATE = 22050
CODING = dict(quality=10, bit_rate=96000)


def flash_and_click(frames=90, at=40):
    """A bright frame, and a click at the same moment."""
    picture = np.full((frames, 84, 84), 60, np.uint8)
    picture[:, 20:40, 20:60] = 120
    picture[at] = 200
    sound = np.zeros(round(frames / RATE * SOUND_RATE))
    click = round(float(at / RATE) * SOUND_RATE)
    sound[click : click + 300] = 0.5 * np.sin(np.arange(300))
    return picture, sound, click


@pytest.fixture
def clip(tmp_path):
    picture, sound, _ = flash_and_click()
    write_video(tmp_path / "clip.mp4", picture, RATE, sound, SOUND_RATE, **CODING)
    return tmp_path / "clip.mp4"


def test_frames_rate_and_greys_survive(clip):
    picture, _, _ = flash_and_click()
    video = read_video(clip)
    assert video.frame_rate == RATE
    assert video.frames.shape == picture.shape
    assert np.abs(video.frames.astype(float) - picture).mean() < 1
    assert video.frames.mean((1, 2)).argmax() == 40


def test_sound_is_not_late(clip):
    """The coder's delay is taken back: the click comes with the flash, within a millisecond."""
    _, sound, _ = flash_and_click()
    heard = read_video(clip).sound
    assert len(heard) >= len(sound)
    lag = np.correlate(heard[: len(sound)], sound, "full").argmax() - len(sound) + 1
    assert abs(lag) <= 1


def test_the_same_bytes_each_time(tmp_path):
    """Whatever lies in memory that x264 may read without having written it."""
    random = np.random.default_rng(1)
    blob = np.hypot(*np.mgrid[-42:42, -42:42]) < 25
    moves = np.cumsum(random.integers(-2, 3, (280, 2)), 0)
    still = [100.0 * np.roll(blob, move, (0, 1)) for move in moves]
    picture = np.clip(np.array(still) + random.normal(60, 8, (280, 84, 84)), 0, 255).astype(
        np.uint8
    )
    _, sound, _ = flash_and_click(280)
    written = set()
    for _ in range(8):
        litter = [random.bytes(int(size)) for size in random.integers(1_000, 200_000, 50)]
        del litter
        write_video(tmp_path / "clip.mp4", picture, RATE, sound, SOUND_RATE, **CODING)
        written.add((tmp_path / "clip.mp4").read_bytes())
    assert len(written) == 1


def silent(clip, path):
    import av

    with av.open(str(clip)) as source, av.open(str(path), "w") as copy:
        track = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = track
                copy.mux(packet)
    return path


def test_a_clip_without_sound_says_so(clip, tmp_path):
    video = read_video(silent(clip, tmp_path / "silent.mp4"))
    assert video.sound is None
    assert video.sample_rate == 0
    assert len(video.frames) == 90


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.9])
def test_a_broken_file_is_named(clip, kept):
    whole = clip.read_bytes()
    clip.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(BadInput, match=r"clip\.mp4.*fetch it again"):
        read_video(clip)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        read_video(tmp_path / "none.mp4")


def test_sound_alone_is_no_video(tmp_path):
    import av

    with av.open(str(tmp_path / "voice.mp4"), "w") as file:
        track = file.add_stream("aac", rate=SOUND_RATE)
        track.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = SOUND_RATE
        file.mux(track.encode(frame))
        file.mux(track.encode())
    with pytest.raises(BadInput, match="no video track"):
        read_video(tmp_path / "voice.mp4")
