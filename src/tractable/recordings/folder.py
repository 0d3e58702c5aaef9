"""Any folder with a folder per speaker: where files lie is said in params.yaml: corpora.

    mylab:
      adapter: folder
      pixel_spacing: 1.8e-3            # m; where the pictures do not hold it
      frame_rate: 50                   # Hz; likewise
      pictures: "video/{clip}.avi"     # a video, DICOM file, TIFF or .npy; or a folder of frames
      sound: "sound/{clip}.wav"        # left out: that of the video; none of frames
      labels: "labels/{clip}.TextGrid" # left out: none
      tier: phones                     # of these; left out: that of `recordings`
      speakers: [m01, m02]

Places count from the folder of a speaker; {clip} stands for the name of a clip.
"""

import re
from pathlib import Path

from tractable.contracts import BadInput
from tractable.imaging.film import is_video
from tractable.imaging.pictures import natural
from tractable.recordings.adapter import Adapter, Clip, Settings
from tractable.recordings.layouts import LAYOUTS

CLIP = "{clip}"
PLACES = ("pictures", "sound", "labels")


class Folder(Adapter):
    """The layout that params.yaml says."""

    layout = LAYOUTS["folder"]
    needs = ("pictures",)
    may = ("sound", "labels", "tier", "pixel_spacing", "frame_rate")

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        homes = super().homes(folder, settings)
        pattern = said(settings, "pictures")
        found = {who: home for who, home in homes.items() if names_in(home, pattern)}
        if not found:
            raise BadInput(
                f"{folder}: nothing there is SPEAKER/{settings['pictures']}; put the clips of each "
                "speaker into a folder, and say by --pictures where they lie in it"
            )
        if others := [who for who in homes if who not in found]:
            print(f"{folder}: not taken, nothing there is {pattern}: {', '.join(others)}")
        return found

    def stems(self, home: Path, settings: Settings) -> dict[str, str | None]:
        """Of pictures, and of sounds: a clip that lacks either is missed, and does not vanish."""
        places = [said(settings, what) for what in ("pictures", "sound") if what in settings]
        return {name: name for place in places for name in names_in(home, place)}

    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        places = {what: said(settings, what) for what in PLACES if what in settings}
        files = {what: home / place.replace(CLIP, stem) for what, place in places.items()}
        pictures = files["pictures"]
        own = pictures if is_video(pictures) else None
        labels = (files["labels"],) if "labels" in files else ()
        return Clip(name, pictures, files.get("sound", own), labels)


def said(settings: Settings, what: str) -> str:
    """Where files of a kind lie, from the folder of a speaker on."""
    place = settings[what]
    if not isinstance(place, str) or place.count(CLIP) != 1 or place.startswith(("/", "..")):
        raise BadInput(
            f"params.yaml: corpora: {what}: {place!r}; it is a place in the folder of a speaker "
            f"with {CLIP} in it once, as in video/{CLIP}.avi"
        )
    return place


def names_in(home: Path, pattern: str) -> list[str]:
    """Names of clips that have a file at such a place, in upper or lower case, in order."""
    before, after = pattern.split(CLIP)
    shape = re.compile(f"{re.escape(before)}([^/]+){re.escape(after)}", re.IGNORECASE)
    either = re.sub("[A-Za-z]", lambda at: f"[{at[0].lower()}{at[0].upper()}]", f"{before}*{after}")
    there = sorted((path for path in home.glob(either) if fits(path, pattern)), key=natural)
    places = [path.relative_to(home).as_posix() for path in there]
    return [found[1] for place in places if (found := shape.fullmatch(place))]


def fits(path: Path, pattern: str) -> bool:
    """A pattern without a suffix means folders of frames, or files without one."""
    return not path.name.startswith(".") and (
        "." in Path(pattern).name.replace(CLIP, "") or path.is_dir() or not path.suffix
    )
