"""Labels of frames as TextGrids, one for each clip, on the clip's own clock."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from tractable.contracts import FORMANTS
from tractable.store import load
from tractable.textgrid import textgrid

TIER = "phones"


class Phone(NamedTuple):
    label: str  # "" where there is none
    start: float  # s, from the first frame of the clip
    end: float


def write_labels(store: Path, folder: Path) -> None:
    """A TextGrid for each clip of a speaker, from a store that has the frame clock."""
    folder.mkdir(parents=True)
    data = load(store, FORMANTS)
    for clip, phones in phones_of(data):
        (folder / f"clip{clip:03d}.TextGrid").write_text(
            textgrid({TIER: phones}, phones[-1].end), encoding="utf-8"
        )


def phones_of(data: xr.Dataset) -> Iterator[tuple[int, list[Phone]]]:
    """Clip -> its phones; a boundary lies in the middle between two frames.

    Frames have labels, so that a boundary is known to half a frame, and two phones on end with one
    label are one.
    """
    rate, clips = data.attrs["frame_rate"], data.clip_of.values
    for clip in np.unique(clips).tolist():
        labels = data.phone.values[clips == clip].tolist()
        phones, at = [], 0
        for label, run in groupby(labels):
            count = len(list(run))
            start, end = max(0.0, (at - 0.5) / rate), (at + count - 0.5) / rate
            phones.append(Phone(label, start, end))
            at += count
        phones[-1] = phones[-1]._replace(end=len(labels) / rate)
        yield clip, phones
