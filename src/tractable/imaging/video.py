"""Video files with sound: written as a scanner site would, read with every failure named."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from jaxtyping import Float, Float32, UInt8

from tractable.contracts import BadInput
from tractable.imaging.pictures import Film, put_on_disk

#: Nothing that depends on the clock, the host or the number of cores.
SAME_BYTES = {"fflags": "+bitexact"}
ONE_THREAD: dict[str, object] = {"threads": "1", "flags": "+bitexact"}
#: With its AVX-512 routines x264 encodes the same frames another way each time.
ANY_PROCESSOR: dict[str, object] = {"x264-params": "cpu-independent=1"}


class Video(NamedTuple):
    frames: UInt8[np.ndarray, "time y x"]
    frame_rate: Fraction  # Hz
    sound: (
        Float32[np.ndarray, " sample"] | None
    )  # -1 to 1, on the clock of the frames; None: no track
    sample_rate: int  # Hz, 0 without sound


def write_video(
    path: Path,
    frames: UInt8[np.ndarray, "time y x"],
    frame_rate: Fraction,
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    *,
    quality: int,
    bit_rate: int,
) -> None:
    """Write MP4 with H.264 pictures and AAC sound (mono); the same input gives the same bytes.

    Parameters
    ----------
    frames : grey.
    sound : -1 to 1, starting with the first frame.
    quality : constant rate factor of x264; 0 is lossless, 18 is hardly seen.
    bit_rate : of the sound [bit/s].
    """
    with av.open(str(path), "w", format="mp4", container_options=SAME_BYTES) as file:
        picture = file.add_stream("libx264", rate=frame_rate)
        picture.height, picture.width = frames.shape[1:]
        picture.pix_fmt = "yuv420p"
        picture.options = {"crf": str(quality), "preset": "veryfast"} | ONE_THREAD | ANY_PROCESSOR
        voice = file.add_stream("aac", rate=sample_rate)
        voice.layout = "mono"
        voice.bit_rate = bit_rate
        voice.options = ONE_THREAD
        for frame in frames:
            file.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        file.mux(picture.encode())
        whole = av.AudioFrame.from_ndarray(sound.astype("float32")[None], "fltp", "mono")
        whole.sample_rate, whole.pts = sample_rate, 0
        file.mux(voice.encode(whole))
        file.mux(voice.encode())


def write_colour(
    path: Path,
    pictures: Iterable[UInt8[np.ndarray, "y x 3"]],
    frame_rate: Fraction,
    *,
    quality: int,
) -> None:
    """Write silent MP4 in colour, a picture at a time; the same input gives the same bytes.

    Parameters
    ----------
    pictures : red, green, blue; all of one size, even each way.
    quality : constant rate factor of x264; 0 is lossless, 18 is hardly seen.
    """
    with av.open(str(path), "w", format="mp4", container_options=SAME_BYTES) as file:
        stream = file.add_stream("libx264", rate=frame_rate)
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(quality), "preset": "veryfast"} | ONE_THREAD | ANY_PROCESSOR
        for k, picture in enumerate(pictures):
            if k == 0:
                stream.height, stream.width = picture.shape[:2]
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())


def read_video(path: Path) -> Video:
    """All frames and the sound of a file, on one clock that starts with the first frame.

    Raises
    ------
    BadInput : no such file, empty, truncated or without pictures; it names the file.
    """
    with readable(path):
        frames = np.stack(list(grey_frames(path)))
        rate, began = clock(path)
        sound, sample_rate = read_sound(path, began)
    return Video(frames, rate, sound, sample_rate)


def read_silent(path: Path) -> Film:
    """The frames of a file without its sound, on disk; ``read_video`` has them in memory.

    Raises
    ------
    BadInput : as ``read_video``.
    """
    with readable(path):
        frames = put_on_disk(grey_frames(path))
        rate, _ = clock(path)
    return Film(frames, None, float(rate))


def read_wave(path: Path) -> tuple[Float32[np.ndarray, " sample"], int]:
    """A sound file as one channel, -1 to 1, and its sample rate [Hz].

    Raises
    ------
    BadInput : no such file, empty, truncated or without sound; it names the file.
    """
    with readable(path):
        sound, sample_rate = read_sound(path, 0.0)
    if sound is None:
        raise BadInput(f"{path}: holds no sound track")
    return sound, sample_rate


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Inside, a file that cannot be read is a refusal that names it."""
    if not path.is_file() or path.stat().st_size == 0:
        raise BadInput(f"{path}: {'empty' if path.is_file() else 'no such'} file; fetch it again")
    try:
        yield
    except av.FFmpegError as problem:
        message = f"{path}: cannot be read ({problem.strerror}); truncated? fetch it again"
        raise BadInput(message) from problem


def grey_frames(path: Path) -> Iterator[UInt8[np.ndarray, "y x"]]:
    """Frame by frame; whether all are there shows at the end."""
    convert = VideoReformatter()  # one for all frames: setting it up costs more than its use
    with av.open(str(path)) as file:
        if not file.streams.video:
            raise BadInput(f"{path}: holds no video track")
        track, count = file.streams.video[0], 0
        for frame in file.decode(track):
            yield convert.reformat(frame, format="gray", threads=1).to_ndarray()
            count += 1
        if count == 0 or count < track.frames:
            found = f"{count} of {track.frames} frames"
            raise BadInput(f"{path}: {found}; truncated? fetch it again")


def clock(path: Path) -> tuple[Fraction, float]:
    """Rate of the frames [Hz] and the time of the first [s]."""
    with av.open(str(path)) as file:
        track = file.streams.video[0]
        if track.average_rate is None:
            raise BadInput(f"{path}: says nothing of its frame rate")
        return Fraction(track.average_rate), float(next(file.decode(track)).time or 0)


def read_sound(path: Path, began: float) -> tuple[Float32[np.ndarray, " sample"] | None, int]:
    """The sound track as one channel from time ``began`` [s] on; None where there is no track."""
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return None, 0
        track = file.streams.audio[0]
        if track.codec_context is None:
            raise BadInput(f"{path}: its sound cannot be decoded; truncated? fetch it again")
        mono = av.AudioResampler("fltp", "mono", track.rate)
        decoded = list(file.decode(track))
    parts = [part.to_ndarray()[0] for frame in decoded for part in mono.resample(frame)]
    if not parts:
        return np.zeros(0, np.float32), track.rate
    late = round((float(decoded[0].time or 0) - began) * track.rate)
    silence = np.zeros(max(0, late), np.float32)
    return np.concatenate([silence, *parts])[max(0, -late) :], track.rate
