"""Labels of frames as TextGrids, one for each clip, on the clip's own clock.

A tier ``phones``; where the recordings are at hand and hold them, ``own labels`` in the corpus's
words and ``confidence``, of every phone that it lies where it is said to (1 by hand).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from tractable.contracts import FORMANTS, RECORDINGS, BadInput
from tractable.store import load
from tractable.textgrid import textgrid

TIER, OWN, CONFIDENCE = "phones", "own labels", "confidence"


class Interval(NamedTuple):
    """Frames on end that say the same."""

    label: str  # "" where there is none
    start: float  # s, from the first frame of the clip
    end: float


def write_labels(store: Path, recordings: Path, folder: Path) -> None:
    """A TextGrid for each clip of a speaker, by the clip's name where recordings are at hand.

    Parameters
    ----------
    store : with phones on the frame clock, of formants.
    recordings : of the same speaker; it need not be there.

    Raises
    ------
    BadInput : the two are not of the same frames, or two clips have one name.
    """
    folder.mkdir(parents=True)
    data = load(store, FORMANTS)
    told = load(recordings, RECORDINGS) if recordings.exists() else None
    names = names_of(data, told, recordings)
    rate, clips = data.attrs["frame_rate"], data.clip_of.values
    for clip in np.unique(clips).tolist():
        at = clips == clip
        tiers = {tier: list(runs(frames, rate)) for tier, frames in tiers_of(data, told, at)}
        (folder / f"{names[clip]}.TextGrid").write_text(
            textgrid(tiers, tiers[TIER][-1].end), encoding="utf-8"
        )


def names_of(data: xr.Dataset, told: xr.Dataset | None, recordings: Path) -> dict[int, str]:
    """Clip -> name of its file."""
    clips = np.unique(data.clip_of.values).tolist()
    if told is None:
        return {clip: f"clip{clip:03d}" for clip in clips}
    if not np.array_equal(told.clip_of.values, data.clip_of.values):
        raise BadInput(f"{recordings}: has other frames than the formants; `dvc repro formants`")
    names = dict(zip(told["clip"].values.tolist(), map(str, told.clip_name.values), strict=True))
    if len(set(names.values())) < len(names):
        raise BadInput(f"{recordings}: two clips have one name, and so would their TextGrids")
    return names


def tiers_of(
    data: xr.Dataset, told: xr.Dataset | None, at: np.ndarray
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Tiers of the frames ``at``: of each frame its label, and the phone that it belongs to."""
    phones = data.phone.values[at].tolist()
    yield TIER, [(phone, phone) for phone in phones]
    if told is not None and "own_label" in told:
        yield OWN, [(label, label) for label in told.own_label.values[at].tolist()]
    if told is not None and "phone_confidence" in told:
        values = told.phone_confidence.values[at].tolist()
        words = ["" if np.isnan(value) else f"{value:.2f}" for value in values]
        yield CONFIDENCE, list(zip(words, phones, strict=True))


def runs(frames: Sequence[tuple[str, str]], rate: float) -> Iterator[Interval]:
    """Frames that are alike, as intervals; a boundary lies in the middle between two frames.

    Frames have labels, so that a boundary is known to half a frame, and two phones on end with one
    label are one.
    """
    at = 0
    for (label, _), run in groupby(frames):
        count = len(list(run))
        last = at + count == len(frames)
        end = len(frames) if last else at + count - 0.5
        yield Interval(label, max(0.0, (at - 0.5) / rate), end / rate)
        at += count
