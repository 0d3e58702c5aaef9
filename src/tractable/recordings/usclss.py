"""The layout of USC LSS, one speaker at length.

    articulators/usc_s1_NN_mview.mat   a session as mview has it: AUDIO, IMAGE, traces of regions
    video/usc_s1_NN_REP.avi            an utterance, read where the file of its session is not there
    textgrids/STEM.TextGrid            labels, where somebody made them

104 x 104 pixels at 99 frames/s, sound at 16 kHz. Frames and sound of a session lie in one file,
with their rates, and begin together; the traces of regions are not read. An utterance would bring
the same frames once more.
"""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip, Recorded, Settings
from tractable.recordings.layouts import LAYOUTS

LOUDEST = 2.0  # of a sound that is said to be from -1 to 1
NAME = re.compile(r"usc_([a-zA-Z]\w*?)_(\d+)(?:_(\d+))?(?:_mview)?")


class UscLss(Adapter):
    """The layout above."""

    layout = LAYOUTS["usclss"]
    needs = ("pixel_spacing",)
    may = ("frame_rate", "tier")

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        speakers = {parts[0] for file in media(folder) if (parts := parts_of(file))}
        if len(speakers) != 1:
            found = ", ".join(sorted(speakers)) or "nobody"
            raise BadInput(
                f"{folder}: expected articulators/usc_s1_NN_mview.mat or video/usc_s1_NN_REP.avi "
                f"of one speaker, found {found}; put each into a folder of their own"
            )
        return {speaker: folder for speaker in speakers}

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        files = {file: parts for file in media(home) if (parts := parts_of(file))}
        sessions = {int(parts[1]) for file, parts in files.items() if file.suffix == ".mat"}
        return {
            "_".join(part for part in parts[1:] if part): file.stem.removesuffix("_mview")
            for file, parts in files.items()
            if file.suffix == ".mat" or int(parts[1]) not in sessions
        }

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        labels = (home / "textgrids" / f"{stem}.TextGrid",)
        session = home / "articulators" / f"{stem}_mview.mat"
        video = home / "video" / f"{stem}.avi"
        pictures = video if video.is_file() and not session.is_file() else session
        return Clip(name, pictures, pictures, labels)

    def read(self, clip: Clip) -> Recorded:
        return read_mview(clip.pictures) if clip.pictures.suffix == ".mat" else super().read(clip)


def media(home: Path) -> list[Path]:
    return sorted([*home.glob("articulators/*_mview.mat"), *home.glob("video/*.avi")])


def parts_of(file: Path) -> tuple[str, str, str | None] | None:
    """Speaker, session and repetition that a name tells; None: another file."""
    found = NAME.fullmatch(file.stem)
    return None if found is None else (found[1], found[2], found[3])


def read_mview(path: Path) -> Recorded:
    """Frames and sound of a session, as mview lists its signals: NAME, SRATE and SIGNAL of each.

    IMAGE is (y, x, time), as MATLAB has it; a sound of whole numbers is of 16 bits.

    Raises
    ------
    BadInput : no such file, no IMAGE or AUDIO in it, or a sound of unknown scale.
    """
    signals = mview_signals(path)
    lacking = [name for name in ("IMAGE", "AUDIO") if name not in signals]
    if lacking:
        there = ", ".join(signals) or "none"
        raise BadInput(f"{path}: no signal {' or '.join(lacking)} in it, there are {there}")
    frame_rate, frames = signals["IMAGE"]
    sample_rate, sound = signals["AUDIO"]
    if frames.ndim != 3:
        raise BadInput(f"{path}: IMAGE of shape {frames.shape}, expected (y, x, time)")
    rate = Fraction(frame_rate).limit_denominator() if frame_rate > 0 else None
    return Recorded(frames.transpose(2, 0, 1), rate, None, wave(path, sound), round(sample_rate))


def mview_signals(path: Path) -> dict[str, tuple[float, np.ndarray]]:
    """Name -> rate [Hz] and samples."""
    try:
        held = loadmat(path, simplify_cells=True)
    except (OSError, ValueError, NotImplementedError, MatReadError, TypeError) as problem:
        raise BadInput(
            f"{path}: cannot be read as MATLAB's ({problem}); fetch it again, or save it by "
            "save(..., '-v7')"
        ) from problem
    tables = [value for name, value in held.items() if not name.startswith("__")]
    rows = [row for table in tables for row in np.atleast_1d(table) if isinstance(row, dict)]
    return {
        str(row["NAME"]): (float(row["SRATE"]), np.asarray(row["SIGNAL"]))
        for row in rows
        if {"NAME", "SRATE", "SIGNAL"} <= row.keys()
    }


def wave(path: Path, sound: np.ndarray) -> Float32[np.ndarray, " sample"]:
    """One channel, -1 to 1, or a little more where it was resampled after it had been clipped."""
    values = np.asarray(sound, float)
    largest = np.abs(values).max(initial=0)
    integer = np.issubdtype(sound.dtype, np.integer)
    whole = integer or (largest > LOUDEST and bool((values == np.rint(values)).all()))
    if largest > (2**15 if whole else LOUDEST):
        kind = "whole numbers" if whole else "numbers that are not whole"
        raise BadInput(
            f"{path}: AUDIO: {kind} up to {largest:.6g}, expected -1 to 1, or whole numbers of 16 "
            "bits; scale it so, and save it again"
        )
    return (values.reshape(len(values), -1).mean(1) / (2**15 if whole else 1)).astype(np.float32)
