"""Clips laid end to end on one clock, with their sound, labels and calibration."""

from collections.abc import Callable, Sequence
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float32
from scipy.signal import resample_poly

from tractable.contracts import RECORDINGS, BadInput, described
from tractable.imaging.video import Video
from tractable.recordings.alphabets import Sampa, without_pause
from tractable.recordings.calibration import SAME
from tractable.recordings.lag import audio_lag
from tractable.recordings.textgrid import Labels, confidence_at, labels_at

Sound = Float32[np.ndarray, " sample"]


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


def one_clock(
    takes: Sequence[Take],
    *,
    corpus: str,
    speaker: str,
    sample_rate: int,
    lag: dict[str, float],
) -> xr.Dataset:
    """The RECORDINGS dataset of one speaker.

    Frame i stands at time i / frame rate, from the first clip to the last; sample k at
    k / sample rate. Each clip's sound is cut or filled with silence to the length of its pictures.

    Parameters
    ----------
    sample_rate : to which every sound is brought [Hz].
    lag : keywords of ``audio_lag``.

    Raises
    ------
    BadInput : clips whose frame sizes, frame rates or pixel spacings differ.
    """
    height, width = shared(takes, "frame size", "pixels", lambda take: take.video.frames.shape[1:])
    rate = float(shared(takes, "frame rate", "Hz", lambda take: take.video.frame_rate))
    pixel_spacing = shared(takes, "pixel spacing", "m", lambda take: take.pixel_spacing)
    counts = [len(take.video.frames) for take in takes]
    edges = np.cumsum([0, *counts])
    samples = np.diff(np.round(edges / rate * sample_rate).astype(int)).tolist()
    sounds = [sound_of(take.video, sample_rate) for take in takes]
    heard = [to_length(sound, n) for sound, n in zip(sounds, samples, strict=True)]
    lags = [
        audio_lag(take.video.frames, rate, sound, sample_rate, **lag)
        for take, sound in zip(takes, heard, strict=True)
    ]
    states = [
        sound_state(sound, n, sample_rate, rate) for sound, n in zip(sounds, samples, strict=True)
    ]
    said = [
        labels_at(np.arange(n) / rate, take.labels) for take, n in zip(takes, counts, strict=True)
    ]
    phones = [in_sampa(label, take.sampa) for label, take in zip(said, takes, strict=True)]
    parts = {
        "time": np.arange(edges[-1]) / rate,
        "clip_of": np.repeat(np.arange(len(takes)), counts),
        "phone": np.concatenate(phones),
        "x": np.arange(width) * pixel_spacing,
        "y": np.arange(height) * pixel_spacing,
        "frames": np.concatenate([take.video.frames for take in takes]),
        "sample": np.arange(sum(samples)) / sample_rate,
        "sound": np.concatenate(heard),
        "clip": np.arange(len(takes)),
        "clip_name": np.array([take.name for take in takes]),
        "sound_state": np.array(states),
        "audio_lag": np.array([value for value, _ in lags]),
        "audio_lag_sd": np.array([sd for _, sd in lags]),
    }
    if any((phone != own).any() for phone, own in zip(phones, said, strict=True)):
        parts["own_label"] = np.concatenate(said)
    if disagree(takes, rate):
        parts["header_rate"] = np.array([float(take.header_rate) for take in takes])
    if any(take.label_source is not None for take in takes):
        parts["label_source"] = np.array([take.label_source or "" for take in takes])
        parts["phone_confidence"] = np.concatenate(
            [
                confidence_at(np.arange(n) / rate, take.labels)
                for take, n in zip(takes, counts, strict=True)
            ]
        )
    names = {"corpus": corpus, "speaker": speaker}
    calibration = {"pixel_spacing": pixel_spacing, "frame_rate": rate, "sample_rate": sample_rate}
    return described(RECORDINGS, parts, **names, **calibration)


def in_sampa(said: np.ndarray, sampa: Sampa) -> np.ndarray:
    """The labels of frames in SAMPA."""
    words, which = np.unique(said, return_inverse=True)
    return np.array([sampa(str(word)) for word in words])[which]


def shared(takes: Sequence[Take], what: str, unit: str, of: Callable[[Take], Any]) -> Any:
    """What all clips of a speaker have in common, or the first that differs."""
    expected = of(takes[0])
    for take in takes:
        if of(take) != expected:
            raise BadInput(
                f"{take.path}: {what} {shown(of(take), unit)}, but {shown(expected, unit)} in "
                f"{takes[0].path.name}; a speaker's clips share one: fetch it again, or leave "
                f"{take.name} out by params.yaml: corpora: tasks"
            )
    return expected


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
