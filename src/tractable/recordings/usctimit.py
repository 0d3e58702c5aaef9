"""The USC-TIMIT layout, its MRI part.

    MRI/Data/SPEAKER/avi/STEM.avi                      pictures of five sentences
    MRI/Data/SPEAKER/wav/STEM.wav                      their sound
    MRI/Data/SPEAKER/avi_withaudio/STEM_withaudio.avi  both, read where one of these is not there
    MRI/Data/SPEAKER/trans/STEM.trans                  start,end,phone,word,sentence,index, in s

with STEM usctimit_mri_SPEAKER_FIRST_LAST. Narayanan et al. (2014), J. Acoust. Soc. Am. 136:1307,
doi:10.1121/1.4890284: 68 x 68 pixels of a field of view of 200 mm, 23.18 frames/s, sound at 20 kHz.
Headers of some videos say 30 frames/s: params.yaml must say the rate, which wins. The tracked
contours of the corpus (tracks/) are not read: ``contours`` finds its own in every corpus alike.
"""

import csv
from pathlib import Path

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip, Settings
from tractable.recordings.alphabets import arpabet
from tractable.recordings.layouts import LAYOUTS
from tractable.recordings.textgrid import Interval, ordered

STEM = "usctimit_mri_"
WITH_SOUND = "_withaudio"


class UscTimit(Adapter):
    """The layout above."""

    layout = LAYOUTS["usctimit"]
    alphabet = "ARPAbet"
    sampa = staticmethod(arpabet)
    needs = ("pixel_spacing", "frame_rate")
    may = ()

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        for data in (folder / "MRI" / "Data", folder / "Data", folder):
            homes = {home.name: home for home in sorted(data.glob("*/")) if videos(home)}
            if homes:
                return homes
        raise BadInput(f"{folder}: no MRI/Data/SPEAKER/avi/{STEM}*.avi in it; name the folder MRI")

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        return {"_".join(stem.split("_")[3:]): stem for stem in videos(home)}

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        both = home / "avi_withaudio" / f"{stem}{WITH_SOUND}.avi"
        silent, wave = home / "avi" / f"{stem}.avi", home / "wav" / f"{stem}.wav"
        pictures = both if both.is_file() and not silent.is_file() else silent
        sound = next((file for file in (wave, both) if file.is_file()), None)
        return Clip(name, pictures, sound, (home / "trans" / f"{stem}.trans",))

    def labels(self, clip: Clip, tier: str) -> list[Interval]:
        (path,) = clip.labels
        return read_trans(path) if path.is_file() else []


def videos(home: Path) -> list[str]:
    """Stems of a speaker's clips, with a video of either kind."""
    silent = {file.stem for file in home.glob(f"avi/{STEM}*.avi")}
    both = home.glob(f"avi_withaudio/{STEM}*{WITH_SOUND}.avi")
    return sorted(silent | {file.stem.removesuffix(WITH_SOUND) for file in both})


def read_trans(path: Path) -> list[Interval]:
    """Phones of a transcript: rows ``start,end,phone,word,sentence,index``, times in s."""
    intervals = []
    rows = csv.reader(path.read_text("utf-8-sig", errors="replace").splitlines())
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        try:
            start, end, phone, *_ = row
            intervals.append(Interval(float(start), float(end), phone.strip()))
        except ValueError as problem:
            raise BadInput(
                f"{path}: line {number}: {','.join(row)!r}, expected "
                "start,end,phone,word,sentence,index, in s"
            ) from problem
    return ordered(intervals, str(path))
