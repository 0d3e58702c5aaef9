"""The USC 75-Speaker layout: where its clips, labels and task list are.

    METAFILE                                          every speaker's tasks, "exist" or "not exist"
    SPEAKER/2drt/video/PREFIX_video.mp4               pictures and sound of one task
    SPEAKER/2drt/textgrid/PREFIX.TextGrid             labels, where somebody made them
    SPEAKER/2drt/labels/PREFIX_recon.csv              or hand labels of vowels alone

Lim, Toutios et al. (2021), Scientific Data 8:187, doi:10.1038/s41597-021-00976-x. The metafile also
holds sex, age and languages; nothing here reads them.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.adapter import Clip
from tractable.recordings.textgrid import Interval, ordered, read_textgrid

#: The hand labels' letters, as they sound: their "E" has its F2 near 2.8 kHz, their "O" is an /u/.
HAND_LABELS = {"A": "a", "E": "i", "O": "u"}
METAFILES = "metafile_public*.json"


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


def clips(folder: Path, tasks: Mapping[str, str]) -> list[Clip]:
    """Where the clips of a speaker are, or should be; ``tasks`` as by ``prefixes``."""
    return [clip(folder, name, prefix) for name, prefix in tasks.items()]


def clip(folder: Path, name: str, prefix: str) -> Clip:
    part = folder / "2drt"
    textgrid = part / "textgrid" / f"{prefix}.TextGrid"
    hand_labels = part / "labels" / f"{prefix}_recon.csv"
    return Clip(name, part / "video" / f"{prefix}_video.mp4", (textgrid, hand_labels))


def files(folder: Path, clip: Clip) -> Iterator[tuple[Path, Path]]:
    """Where each file of a clip lies and where it belongs, in a corpus as received.

    Hand labels may lie in one folder for all speakers.
    """
    _, hand_labels = clip.labels
    apart, beside = folder / "labels" / hand_labels.name, (clip.video, *clip.labels)
    for lies, belongs in [(file, file) for file in beside] + [(apart, hand_labels)]:
        if lies.is_file() and not (lies == apart and belongs.is_file()):
            yield lies, belongs


def labels(clip: Clip, tier: str) -> list[Interval]:
    """Labels of a clip: its TextGrid, else the hand labels of its vowels, else none."""
    textgrid, hand_labels = clip.labels
    if textgrid.is_file():
        return read_textgrid(textgrid, tier)
    return read_hand_labels(hand_labels) if hand_labels.is_file() else []


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
