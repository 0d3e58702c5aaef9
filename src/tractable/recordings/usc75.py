"""The USC 75-Speaker layout: where its clips, labels and task list are.

    METAFILE                                          every speaker's tasks, "exist" or "not exist"
    SPEAKER/2drt/video/PREFIX_video.mp4               pictures and sound of one task
    SPEAKER/2drt/recon/PREFIX_recon.h5                or pictures as reconstructed, /recon of floats
    SPEAKER/2drt/audio/PREFIX_audio.wav               with their sound
    SPEAKER/2drt/textgrid/PREFIX.TextGrid             labels, where somebody made them
    SPEAKER/2drt/labels/PREFIX_recon.csv              or hand labels of vowels alone

Lim, Toutios et al. (2021), Scientific Data 8:187, doi:10.1038/s41597-021-00976-x. The metafile also
holds sex, age and languages; nothing here reads them.

The video is read unless params.yaml says ``pictures: recon``, or there is no video and there is a
reconstruction. That has neither frame rate nor unit: the rate stands in params.yaml, and
magnitudes become grey levels by ``imaging.pictures.grey_levels``.
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from tractable.contracts import BadInput
from tractable.imaging.video import read_wave
from tractable.recordings.adapter import Adapter, Clip, Recorded, Settings
from tractable.recordings.layouts import LAYOUTS
from tractable.recordings.textgrid import Interval, ordered, read_textgrid

#: The hand labels' letters, as they sound: their "E" has its F2 near 2.8 kHz, their "O" is an /u/.
HAND_LABELS = {"A": "a", "E": "i", "O": "u"}
METAFILES = "metafile_public*.json"
RECON = ".h5"


class Usc75(Adapter):
    """The layout above, which the phantom has as well."""

    layout = LAYOUTS["usc75"]
    alphabet = "SAMPA"
    needs = ("pixel_spacing", "metafile")
    may = ("frame_rate", "pictures")
    common = ("metafile",)

    def received(self, folder: Path) -> dict[str, str]:
        found = sorted(folder.glob(METAFILES))
        if len(found) != 1:
            number = "several metafiles" if found else "no metafile"
            raise BadInput(
                f"{folder}: {number} {METAFILES}; put the one that lists its clips there, or name "
                "another layout by --adapter"
            )
        return {"metafile": found[0].name}

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        """Speakers of the metafile that have a folder."""
        metafile = folder / settings["metafile"]
        homes = {who: folder / who for who in entries(metafile) if (folder / who).is_dir()}
        if not homes:
            raise BadInput(f"{folder}: no folder of any speaker that {metafile.name} knows")
        return homes

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        return prefixes(home.parent / settings["metafile"], home.name)

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        part = home / "2drt"
        textgrid = part / "textgrid" / f"{stem}.TextGrid"
        labels = textgrid, part / "labels" / f"{stem}_recon.csv"
        video = part / "video" / f"{stem}_video.mp4"
        recon = part / "recon" / f"{stem}_recon{RECON}"
        chosen = settings.get("pictures", "video")
        if chosen not in ("video", "recon"):
            raise BadInput(f"params.yaml: corpora: pictures: {chosen!r}, expected video or recon")
        if chosen == "video" and (video.exists() or not recon.exists()):
            return Clip(name, video, video, labels)
        wave = part / "audio" / f"{stem}_audio.wav"
        sound = next((file for file in (wave, video) if file.exists()), None)
        return Clip(name, recon, sound, labels)

    def read(self, clip: Clip) -> Recorded:
        if clip.pictures.suffix != RECON:
            return super().read(clip)
        sound, sample_rate = (None, 0) if clip.sound is None else read_wave(clip.sound)
        return Recorded(read_recon(clip.pictures), None, None, sound, sample_rate)

    def files(self, home: Path, clip: Clip) -> Iterator[tuple[Path, Path]]:
        """Hand labels may lie in one folder for all speakers."""
        yield from super().files(home, clip)
        _, beside = clip.labels
        apart = home.parent / "labels" / beside.name
        if apart.is_file() and not beside.is_file():
            yield apart, beside

    def labels(self, clip: Clip, tier: str) -> list[Interval]:
        """Labels of a clip: its TextGrid, else the hand labels of its vowels, else none."""
        textgrid, hand_labels = clip.labels
        if textgrid.is_file():
            return read_textgrid(textgrid, tier)
        return read_hand_labels(hand_labels) if hand_labels.is_file() else []


def read_recon(path: Path) -> np.ndarray:
    """Frames (time, y, x) of a reconstruction: MATLAB wrote each of them transposed."""
    try:
        with h5py.File(path) as file:
            frames = np.asarray(file["recon"])
    except (OSError, KeyError) as problem:
        message = f"{path}: cannot be read ({problem}); expected HDF5 with /recon, fetch it again"
        raise BadInput(message) from problem
    if frames.ndim != 3 or len(frames) == 0:
        raise BadInput(f"{path}: /recon of shape {frames.shape}, expected (time, x, y)")
    return frames.transpose(0, 2, 1)


def prefixes(metafile: Path, speaker: str) -> dict[str, str | None]:
    """Task -> prefix of its files, in the order of the metafile; None: "not exist".

    Raises
    ------
    BadInput : no metafile, a damaged one, or one that does not know the speaker.
    """
    tasks = entries(metafile)
    if speaker not in tasks:
        like = difflib.get_close_matches(speaker, tasks, 1) or sorted(tasks)[:3]
        raise BadInput(
            f"{metafile}: knows no speaker {speaker!r}, listed in params.yaml: corpora; "
            f"did you mean {' or '.join(like)}?"
        )
    try:
        return {task["name"]: prefix_of(task) for task in tasks[speaker]["task"]}
    except (KeyError, TypeError) as problem:
        message = f"{metafile}: the entry of {speaker} lacks {problem}; fetch the metafile again"
        raise BadInput(message) from problem


def prefix_of(task: dict[str, str]) -> str | None:
    states = {"exist": task["prefix"], "not exist": None}
    if task["file"] not in states:
        raise KeyError(f'"exist" or "not exist" in the file of {task["prefix"]}')
    return states[task["file"]]


def entries(metafile: Path) -> dict[str, dict]:
    if not metafile.is_file():
        raise BadInput(
            f"{metafile}: no such metafile, which lists the clips of each speaker; "
            f"`dvc pull {metafile}` may bring it, or correct params.yaml: corpora"
        )
    try:
        return json.loads(metafile.read_text("utf-8-sig"))
    except ValueError as problem:
        raise BadInput(f"{metafile}: damaged ({problem}); fetch it again") from problem


def read_hand_labels(path: Path) -> list[Interval]:
    """Rows ``letter;number;start;end``, times in s with decimal points, under one heading."""
    heading, *rows = path.read_text("utf-8-sig").splitlines() or [""]
    if not heading:
        raise BadInput(f"{path}: empty file; fetch it again, or remove it to go without labels")
    intervals = []
    for number, row in enumerate(rows, 2):
        try:
            letter, _, start, end = row.split(";")
            intervals.append(Interval(float(start), float(end), HAND_LABELS[letter]))
        except (ValueError, KeyError) as problem:
            expected = f"letter ({', '.join(HAND_LABELS)});number;start;end, in s"
            raise BadInput(f"{path}: line {number}: {row!r}, expected {expected}") from problem
    return ordered(intervals, str(path))
