"""The layout of ArtSpeech (Nancy), and of the like recordings made in Goettingen.

    SPEAKER/SESSION/*.dcm                                 pictures, one file of many frames
    SPEAKER/SESSION/NPY_MR/FRAME.npy                      or a file per frame, numbered from 0001
    SPEAKER/SESSION/SPEAKER_SESSION.wav                   their sound
    SPEAKER/SESSION/SPEAKER_SESSION_adjusted.textgrid     SentenceTier, WordTier, PhonTier

Nancy: 136 x 136 pixels of 1.6176 mm, 50 frames/s; Goettingen: 1.4118 mm, 55 frames/s. Isaieva et
al. (2021), Scientific Data 8:258, doi:10.1038/s41597-021-01041-3. DICOM files may hold their
calibration; arrays do not, and params.yaml must say it. The tracked contours
(inference_contours/) are not read.
"""

from pathlib import Path

from tractable.contracts import BadInput
from tractable.imaging.pictures import natural
from tractable.recordings.adapter import Adapter, Clip, Settings
from tractable.recordings.layouts import LAYOUTS

ARRAYS = "NPY_MR"


class ArtSpeech(Adapter):
    """The layout above."""

    layout = LAYOUTS["artspeech"]
    alphabet = "SAMPA, French"
    tier = "PhonTier"
    own_folders = True

    def first_frame(self, pictures: Path) -> int | None:
        return 1 if pictures.name == ARRAYS else None

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        for data in (folder, *sorted(folder.glob("*/"))):
            homes = {home.name: home for home in sorted(data.glob("[!.]*/")) if sessions(home)}
            if homes:
                return homes
        raise BadInput(
            f"{folder}: no SPEAKER/SESSION/ with *.dcm or {ARRAYS}/ in it; name the folder that "
            "holds the speakers' folders"
        )

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        return {name: name for name in sessions(home)}

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        session = home / stem
        pictures = session if any(session.glob("*.dcm")) else session / ARRAYS
        wave = next(session.glob(f"*_{stem}.wav"), session / f"{home.name}_{stem}.wav")
        labels = (wave.with_name(f"{wave.stem}_adjusted.textgrid"),)
        return Clip(name, pictures, wave, labels)


def sessions(home: Path) -> list[str]:
    """Folders of a speaker that hold pictures."""
    there = {file.parent for file in home.glob("*/*.dcm")}
    there |= {folder.parent for folder in home.glob(f"*/{ARRAYS}/")}
    return [session.name for session in sorted(there, key=natural)]
