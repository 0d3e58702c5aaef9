"""Recordings: raw video, sound and labels of a corpus on one clock, a store per speaker."""

from tractable.recordings.adapter import Adapter, Clip
from tractable.recordings.clock import Take, one_clock
from tractable.recordings.corpora import ADAPTERS, record_corpora
from tractable.recordings.lag import audio_lag
from tractable.recordings.textgrid import Interval, labels_at, read_textgrid

__all__ = [
    "ADAPTERS",
    "Adapter",
    "Clip",
    "Interval",
    "Take",
    "audio_lag",
    "labels_at",
    "one_clock",
    "read_textgrid",
    "record_corpora",
]
