"""Clips laid end to end on one clock, with their sound, labels and calibration."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float32
from scipy.signal import resample_poly

from tractable.contracts import RECORDINGS, BadInput, described
from tractable.imaging.pictures import Reel, Spool
from tractable.imaging.video import Video
from tractable.recordings.alphabets import Sampa, without_pause
from tractable.recordings.calibration import SAME
from tractable.recordings.lag import audio_lag
from tractable.recordings.textgrid import Labels, confidence_at, labels_at
from tractable.stretches import frames_at_once

Sound = Float32[np.ndarray, " sample"]
SHARED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("frame size", "pixels", lambda take: take.video.frames.shape[1:]),
    ("frame rate", "Hz", lambda take: take.video.frame_rate),
    ("pixel spacing", "m", lambda take: take.pixel_spacing),
)


class Take(NamedTuple):
    """One clip as it was read, its calibration settled."""

    name: str
    path: Path
    video: Video
    labels: Labels  # in the corpus's own words
    pixel_spacing: float  # m
    sampa: Sampa = without_pause  # what these words mean
    header_rate: float = np.nan  # Hz, of its frames by its file; NaN: that does not say
    label_source: str | None = None  # see ``labels``; None: a corpus without prompts


class Noted(NamedTuple):
    """What is kept of a clip when its pictures and its sound have been put away."""

    take: Take  # without them
    said: np.ndarray  # label of each frame in the corpus's own words
    sound_state: str
    lag: tuple[float, float]  # and its standard deviation [s]


def one_clock(
    takes: Iterable[Take],
    *,
    corpus: str,
    speaker: str,
    sample_rate: int,
    lag: dict[str, float],
) -> Iterator[xr.Dataset]:
    """The RECORDINGS dataset of one speaker, in stretches of time.

    Frame i stands at time i / frame rate, from the first clip to the last; sample k at
    k / sample rate. Each clip's sound is cut or filled with silence to the length of its pictures.
    One clip is in memory at a time; until all are known, they lie where the system keeps temporary
    files.

    Parameters
    ----------
    sample_rate : to which every sound is brought [Hz].
    lag : keywords of ``audio_lag``.

    Raises
    ------
    BadInput : clips whose frame sizes, frame rates or pixel spacings differ.
    """
    frames, sound, noted = Spool("frame"), Spool("sample"), list[Noted]()
    for take in takes:
        refuse_other(take, noted[0].take if noted else take)
        samples = sample_at(frames.count + len(take.video.frames), take, sample_rate) - sound.count
        whole = sound_of(take.video, sample_rate)
        heard, seen = to_length(whole, samples), take.video.frames
        rate = float(take.video.frame_rate)
        emptied = take.video._replace(frames=np.empty_like(seen[:0]), sound=None)
        noted.append(
            Noted(
                take._replace(video=emptied),
                labels_at(np.arange(len(seen)) / rate, take.labels),
                sound_state(whole, samples, sample_rate, rate),
                audio_lag(seen, rate, heard, sample_rate, **lag),
            )
        )
        frames.append(seen)
        sound.append(heard)
    yield from stretches(noted, frames, sound, sample_rate, corpus=corpus, speaker=speaker)


def stretches(
    noted: Sequence[Noted], frames: Spool, sound: Spool, sample_rate: int, **names: str
) -> Iterator[xr.Dataset]:
    """What was put away and what was noted of it, some frames at a time."""
    first, pictures, heard = noted[0].take, Reel(frames.mapped), Reel(sound.mapped)
    rate, (height, width) = float(first.video.frame_rate), pictures.shape[1:]
    calibration = {"pixel_spacing": first.pixel_spacing, "frame_rate": rate}
    calibration["sample_rate"] = sample_rate
    pixels = {"x": width, "y": height}
    timeless = of_clips(noted, rate) | {
        name: np.arange(count) * first.pixel_spacing for name, count in pixels.items()
    }
    clock = of_frames(noted, rate)
    most = frames_at_once(height * width)
    for start in range(0, frames.count, most):
        at = slice(start, min(start + most, frames.count))
        begin, end = (sample_at(frame, first, sample_rate) for frame in (at.start, at.stop))
        parts = {name: values[at] for name, values in clock.items()} | timeless
        parts |= {"frames": pictures[at], "sound": heard[begin:end]}
        parts["sample"] = np.arange(begin, end) / sample_rate
        yield described(RECORDINGS, parts, **names, **calibration)


def of_clips(noted: Sequence[Noted], rate: float) -> dict[str, np.ndarray]:
    """What is told of every clip."""
    takes = [one.take for one in noted]
    parts = {
        "clip": np.arange(len(noted)),
        "clip_name": np.array([take.name for take in takes]),
        "sound_state": np.array([one.sound_state for one in noted]),
        "audio_lag": np.array([one.lag[0] for one in noted]),
        "audio_lag_sd": np.array([one.lag[1] for one in noted]),
    }
    if disagree(takes, rate):
        parts["header_rate"] = np.array([float(take.header_rate) for take in takes])
    if has_prompts(takes):
        parts["label_source"] = np.array([take.label_source or "" for take in takes])
    return parts


def of_frames(noted: Sequence[Noted], rate: float) -> dict[str, np.ndarray]:
    """What is told of every frame, but the frame."""
    counts = [len(one.said) for one in noted]
    said = np.concatenate([one.said for one in noted])
    phones = np.concatenate([in_sampa(one.said, one.take.sampa) for one in noted])
    parts = {
        "time": np.arange(sum(counts)) / rate,
        "clip_of": np.repeat(np.arange(len(noted)), counts),
        "phone": phones,
    }
    if (phones != said).any():
        parts["own_label"] = said
    if has_prompts([one.take for one in noted]):
        parts["phone_confidence"] = np.concatenate(
            [
                confidence_at(np.arange(count) / rate, one.take.labels)
                for one, count in zip(noted, counts, strict=True)
            ]
        )
    return parts


def has_prompts(takes: Iterable[Take]) -> bool:
    return any(take.label_source is not None for take in takes)


def sample_at(frame: int, take: Take, sample_rate: int) -> int:
    """The sample with which a frame begins; clips of a speaker share a frame rate."""
    return round(frame / float(take.video.frame_rate) * sample_rate)


def in_sampa(said: np.ndarray, sampa: Sampa) -> np.ndarray:
    """The labels of frames in SAMPA."""
    words, which = np.unique(said, return_inverse=True)
    return np.array([sampa(str(word)) for word in words])[which]


def refuse_other(take: Take, first: Take) -> None:
    """Refuse a clip that has not in common with the first what all clips of a speaker have."""
    for what, unit, of in SHARED:
        if of(take) != of(first):
            raise BadInput(
                f"{take.path}: {what} {shown(of(take), unit)}, but {shown(of(first), unit)} in "
                f"{first.path.name}; a speaker's clips share one: fetch it again, or leave "
                f"{take.name} out by params.yaml: corpora: tasks"
            )


def shown(value: Any, unit: str) -> str:
    words = " x ".join(map(str, value)) if isinstance(value, tuple) else f"{float(value):.6g}"
    return f"{words} {unit}"


def disagree(takes: Sequence[Take], rate: float) -> bool:
    """Whether the file of a clip says another frame rate than the one that is taken."""
    said = np.array([take.header_rate for take in takes], float)
    return bool((np.abs(said - rate) > SAME * rate).any())


def sound_of(video: Video, sample_rate: int) -> Sound | None:
    """Sound of a clip at the common sample rate; None: no sound track."""
    if video.sound is None or video.sample_rate == sample_rate:
        return video.sound
    common = gcd(video.sample_rate, sample_rate)
    up, down = sample_rate // common, video.sample_rate // common
    return resample_poly(video.sound, up, down).astype(np.float32)


def to_length(sound: Sound | None, count: int) -> Float32[np.ndarray, " count"]:
    kept = np.zeros(0, np.float32) if sound is None else sound[:count]
    return np.pad(kept, (0, count - len(kept)))


def sound_state(sound: Sound | None, count: int, sample_rate: int, frame_rate: float) -> str:
    """What is wrong with a sound that should have ``count`` samples, to a frame; "" is fine."""
    if sound is None:
        return "no sound"
    excess = (len(sound) - count) / sample_rate
    if abs(excess) < 1 / frame_rate:
        return ""
    return f"{'long' if excess > 0 else 'short'} by {abs(excess):.3f} s"
