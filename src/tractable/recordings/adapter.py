"""What a folder layout must say of itself to be read: one module of this package each."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from tractable.contracts import BadInput, likely
from tractable.imaging.dicom import instance_numbers, is_dicom
from tractable.imaging.film import picture_files, read_film
from tractable.imaging.pictures import Frames, numbers, refuse_gaps
from tractable.imaging.video import read_video, read_wave
from tractable.recordings.alphabets import Sampa, without_pause
from tractable.recordings.textgrid import Interval, read_textgrid

Settings = Mapping[str, Any]
"""What params.yaml: corpora says of one corpus."""


class Clip(NamedTuple):
    """One recorded task: its name, with its repetition, and where its files are, or should be."""

    name: str
    pictures: Path  # a file, or a folder of frames
    sound: Path | None  # a file with a sound track, that of the pictures perhaps; None: no sound
    labels: tuple[Path, ...] = ()  # where labels may be, the best first

    def lacking(self) -> Path | None:
        """The first file without which the clip cannot be read; None: all are there."""
        needed = [self.pictures, self.sound or self.pictures]
        return next((path for path in needed if not path.exists()), None)


class Recorded(NamedTuple):
    """A clip as its files have it; what they do not say is None."""

    frames: Frames  # grey, of any type
    frame_rate: Fraction | None  # Hz
    pixel_spacing: float | None  # m
    sound: Float32[np.ndarray, " sample"] | None  # -1 to 1, beginning with the first frame
    sample_rate: int  # Hz, 0 without sound


class Adapter(ABC):
    """One layout; ``corpora.ADAPTERS`` lists it under its name.

    A corpus is kept in one folder per speaker, its *home*: there files lie as they lie in the home
    of the speaker in a corpus as received, wherever that is. What cannot be read is a ``BadInput``
    that says what to try.
    """

    layout: str
    """What it reads, in one line."""
    alphabet = "SAMPA"
    """Of the corpus's own labels of phones."""
    sampa: Sampa = staticmethod(without_pause)
    """From these to SAMPA."""
    tier: str | None = None
    """Of its TextGrids; None: as params.yaml says."""
    needs: tuple[str, ...] = ()
    """What params.yaml must say of the corpus, for its files do not."""
    may: tuple[str, ...] = ("pixel_spacing", "frame_rate")
    """What it may say as well. Calibration that is said there wins over that of the files."""
    common: tuple[str, ...] = ()
    """Of these, what names a file for all speakers, in the folder of the corpus."""
    own_folders = False
    """Whether each clip has a folder of its own, in which others of its files lie too."""

    def received(self, folder: Path) -> dict[str, str]:
        """Of what params.yaml must say, what can be seen in a corpus as received."""
        return {}

    def homes(self, folder: Path, settings: Settings) -> dict[str, Path]:
        """Speaker -> the folder that holds their files, in a corpus as received."""
        return {home.name: home for home in sorted(folder.glob("[!.]*/"))}

    @abstractmethod
    def stems(self, home: Path, settings: Settings) -> Mapping[str, str | None]:
        """Clip -> what its files are named by, in order; None: known, but never recorded."""

    @abstractmethod
    def clip(self, home: Path, name: str, stem: str, settings: Settings) -> Clip:
        """Where the files of a clip are, or should be."""

    def first_frame(self, pictures: Path) -> int | None:
        """Number of the first of the files of a frame each in a folder; None: any."""
        return None

    def read(self, clip: Clip) -> Recorded:
        """Pictures and sound of a clip.

        Raises
        ------
        BadInput : what cannot be read, by name.
        """
        if clip.sound == clip.pictures:
            video = read_video(clip.pictures)
            return Recorded(video.frames, video.frame_rate, None, video.sound, video.sample_rate)
        if clip.pictures.is_dir():
            refuse_lost(picture_files(clip.pictures), self.first_frame(clip.pictures))
        film = read_film(clip.pictures)
        sound, sample_rate = (None, 0) if clip.sound is None else read_wave(clip.sound)
        rate = None if film.frame_rate is None else Fraction(film.frame_rate).limit_denominator()
        return Recorded(film.frames, rate, film.pixel_spacing, sound, sample_rate)

    def labels(self, clip: Clip, tier: str) -> list[Interval]:
        """What was said when, in order; ``tier`` of a TextGrid; none where nobody labelled."""
        found = next((path for path in clip.labels if path.is_file()), None)
        return [] if found is None else read_textgrid(found, tier)

    def files(self, home: Path, clip: Clip) -> Iterator[tuple[Path, Path]]:
        """Where each file that is read of a clip lies, as received, and where it belongs.

        It belongs in the home, where ``clip`` looks for it.
        """
        labels = [path for path in clip.labels if path.is_file()]
        sound = [] if clip.sound in (None, clip.pictures) else [clip.sound]
        for path in (*picture_files(clip.pictures), *sound, *labels):
            yield path, path


def refuse_lost(files: list[Path], first: int | None) -> None:
    """Refuse a folder of frames among which one is missing, by number or InstanceNumber."""
    numbered = instance_numbers(files) if is_dicom(files[0]) else numbers(files)
    refuse_gaps(numbered, first)


def the_home(homes: Mapping[str, Path], speaker: str, folder: Path) -> Path:
    """The home of one speaker, or a refusal that says who is there."""
    if speaker not in homes:
        raise BadInput(f"{folder}: no folder of speaker {speaker!r}; {likely(speaker, homes)}")
    return homes[speaker]
