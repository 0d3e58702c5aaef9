"""Files as the USC 75-Speaker database lays them out.

RAW/SPEAKER/2drt/video/SPEAKER_2drt_II_TASK_r1_video.mp4, the labels beside it in
RAW/SPEAKER/2drt/textgrid/SPEAKER_2drt_II_TASK_r1.TextGrid, and one metafile for the corpus.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from tractable.contracts import BadInput
from tractable.imaging.video import write_video
from tractable.phantom.speakers import Speaker
from tractable.phantom.utterances import Phone
from tractable.textgrid import textgrid

README = """\
# phantom

Speakers that VocalTractLab simulates (`stages/phantom.py`), as a scanner site would deliver them.
Nobody was recorded, so there is no consent to respect. Cite VocalTractLab (Birkholz 2013,
doi:10.1371/journal.pone.0060603) and this repository (CITATION.cff); the licence is that of all
results, see NOTICE.md.
"""


def prefix(speaker: str, number: int, task: str) -> str:
    return f"{speaker}_2drt_{number:02d}_{task}_r1"


def write_clip(
    folder: Path,
    name: str,
    phones: list[Phone],
    frames: UInt8[np.ndarray, "time y x"],
    frame_rate: Fraction,
    sound: Float[np.ndarray, " sample"],
    sample_rate: int,
    *,
    quality: int,
    bit_rate: int,
) -> None:
    """Video and labels of one clip into a speaker's folder.

    Raises
    ------
    BadInput : a sound beyond -1 .. 1.
    """
    if np.abs(sound).max() >= 1:
        raise BadInput(f"sound reaches {np.abs(sound).max():.2f}; lower phantom: loudness")
    for kind in ("video", "textgrid"):
        (folder / "2drt" / kind).mkdir(parents=True, exist_ok=True)
    grid = textgrid({"phones": phones}, phones[-1].end)
    (folder / "2drt" / "textgrid" / f"{name}.TextGrid").write_text(grid)
    file = folder / "2drt" / "video" / f"{name}_video.mp4"
    write_video(file, frames, frame_rate, sound, sample_rate, quality=quality, bit_rate=bit_rate)


def entry(speaker: Speaker, tasks: Iterable[str]) -> Mapping[str, Any]:
    """What the metafile says of a speaker; every value is text, as in the recorded corpus."""
    return {
        "demographic": {"l1": "simulated", "l2": "", "sex": speaker.sex, "age": ""},
        "overall quality": {"video snr": "", "aliasing": "", "blurring": "", "audio snr": ""},
        "task": [
            {
                "prefix": prefix(speaker.name, number, task),
                "index": f"{number:02d}",
                "name": f"{task}_r1",
                "file": "exist",
                "note": "",
            }
            for number, task in enumerate(tasks, 1)
        ],
    }
