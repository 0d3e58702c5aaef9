"""A corpus as received, looked at before anything is copied: what would be lost is said or refused.

Only headings of sounds and pictures are read, labels whole: the stage ``recordings`` would refuse
the same, but after a commit and a push.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip
from tractable.recordings.calibration import calibrated
from tractable.recordings.private import may_name, refuse_years

MEDIA = {".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".wmv", ".wav", ".textgrid"}
SHOWN = 5  # names in a line
BEYOND = 0.1  # s, by which labels may outlast the sound


def promised(home: Path, reader: Adapter, settings: Mapping[str, Any]) -> list[Clip]:
    """Clips of one speaker that are said to have been recorded, whether their files are there."""
    known = reader.stems(home, settings)
    return [
        reader.clip(home, name, stem, settings) for name, stem in known.items() if stem is not None
    ]


def clips_there(
    folder: Path, home: Path, reader: Adapter, settings: Mapping[str, Any], present: bool
) -> list[Clip]:
    """Clips of one speaker: all that are promised, or those that are there; the others are said."""
    lists = [settings[what] for what in reader.common]
    clips = promised(home, reader, settings)
    absent = {clip.name: path for clip in clips if (path := clip.lacking())}
    found = [clip for clip in clips if clip.name not in absent]
    lacking = next(iter(absent.values()), None)
    spelt = "" if lacking is None else spelt_otherwise(lacking)
    if not found and (lists or not clips):
        layout = f"that {lists[0]} knows" if lists else f"of the layout {reader.layout}"
        near = f"; {lacking} is not there, but {spelt}: rename it" if spelt else ""
        raise BadInput(f"{home}: not one clip {layout}{near}")
    if lacking is not None and not (present and found):
        why = f"{folder / lists[0]} says that it exists" if lists else "the rest of its clip is"
        why = f"{spelt} is (rename it)" if spelt else why
        remedy = ", or add --present to take those that are there" if found else ""
        if not found and "sound" in settings and lacking in [clip.sound for clip in clips]:
            remedy = ", or say where else they lie; without --sound it is that of the videos"
        raise BadInput(
            f"{lacking}: not there, though {why}, like {len(absent)} of {len(clips)} clips of "
            f"{home.name}; fetch them{remedy}"
        )
    say_left_out(home, absent)
    return found


def say_left_out(home: Path, absent: Mapping[str, Path]) -> None:
    """Which clips of a speaker are not taken, and for want of which file."""
    for name, path in absent.items():
        spelt = spelt_otherwise(path)
        hint = f", but {spelt} is; rename it" if spelt else ""
        place = path.relative_to(home)
        print(f"{home.name}: without {name}: {place} is not there{hint}", flush=True)


def spelt_otherwise(path: Path) -> str:
    """The name of a file that differs in upper and lower case alone; "" where there is none."""
    beside = sorted(path.parent.glob("*"))
    return next((file.name for file in beside if file.name.lower() == path.name.lower()), "")


def look_through(
    homes: Mapping[str, Path],
    clips: Mapping[str, list[Clip]],
    reader: Adapter,
    settings: Mapping[str, Any],
    params: Mapping[str, Any],
) -> None:
    """Names of clips, sizes of files, one clip of each speaker, labels: all that is cheap to see.

    Parameters
    ----------
    homes, clips : of each speaker who is to be added.
    settings : what params.yaml will say of the corpus.
    params : what it says of all else.

    Raises
    ------
    BadInput : what the stage ``recordings`` would refuse, or a name that tells a year or a date.
    """
    refuse_names(clips)
    refuse_empty(homes, clips, reader)
    refuse_uncalibrated(clips, reader, settings)
    check_labels(clips, reader, settings, params["recordings"]["tier"])


def refuse_uncalibrated(
    clips: Mapping[str, list[Clip]], reader: Adapter, settings: Mapping[str, Any]
) -> None:
    """Read the first clip of each speaker: better to fail before anything is copied."""
    for first, *_ in clips.values():
        calibrated(first, reader.read(first), settings)


def refuse_names(clips: Mapping[str, list[Clip]]) -> None:
    """Refuse clips that tell a year or a date, and say which may be named by a person."""
    names = list(dict.fromkeys(clip.name for found in clips.values() for clip in found))
    refuse_years(names)
    if suspects := may_name(names):
        print(
            f"names of clips go into git and into open tables; does one of these name a person? "
            f"{some(suspects)}; if so stop here (Ctrl-C undoes all), and rename the files by task "
            "and number, as vcv2 or clip003",
            flush=True,
        )


def refuse_empty(
    homes: Mapping[str, Path], clips: Mapping[str, list[Clip]], reader: Adapter
) -> None:
    """Refuse a file without a byte, such as a download that failed leaves."""
    for who, found in clips.items():
        for clip in found:
            for file, _ in reader.files(homes[who], clip):
                if file.stat().st_size == 0:
                    raise BadInput(f"{file}: empty, 0 bytes; fetch it again, or remove it")


def check_labels(
    clips: Mapping[str, list[Clip]], reader: Adapter, settings: Mapping[str, Any], tier: str
) -> None:
    """Read what was labelled by hand, and say where it lasts longer than its clip.

    Raises
    ------
    BadInput : labels that the stage ``recordings`` would refuse, such as no such tier.
    """
    for clip in (clip for found in clips.values() for clip in found):
        said = reader.labels(clip, settings.get("tier", reader.tier or tier))
        end = max((interval.end for interval in said if interval.label), default=0.0)
        seconds = length(clip.sound or clip.pictures) if end else None
        if seconds is not None and end > seconds + BEYOND:
            labels = next(path for path in clip.labels if path.is_file())
            print(
                f"{labels}: labels to {end:.4g} s of a clip of {seconds:.4g} s; what lies beyond "
                "is not used: is it of another clip?",
                flush=True,
            )


def length(file: Path) -> float | None:
    """How long a sound or a video is [s], by its heading; None: it does not say."""
    if file.suffix.lower() not in MEDIA:
        return None
    try:
        with av.open(str(file), metadata_errors="replace") as held:
            return None if held.duration is None else held.duration / av.time_base
    except av.FFmpegError:
        return None


def without_labels(
    folder: Path,
    homes: Mapping[str, Path],
    clips: Mapping[str, list[Clip]],
    reader: Adapter,
    settings: Mapping[str, Any],
) -> str:
    """How many clips come with labels, and which files belong to no clip; "" without either."""
    found = [(homes[who], clip) for who, of in clips.items() for clip in of if clip.labels]
    have = sum(
        any(place in clip.labels for _, place in reader.files(home, clip)) for home, clip in found
    )
    said = [f"labels of {have} of {len(found)} clips"] if found else []
    left = [path for home in homes.values() for path in strays(home, reader, settings)]
    if left:
        names = some([path.relative_to(folder).as_posix() for path in left])
        said.append(f"{names}: belongs to no clip, and is left out; spelt as its clip is?")
    return "; ".join(said)


def strays(home: Path, reader: Adapter, settings: Mapping[str, Any]) -> list[Path]:
    """Pictures, sounds and labels beside those of a speaker's clips, which belong to none."""
    if reader.own_folders:
        return []
    clips = promised(home, reader, settings)
    read = {path for clip in clips for path in (clip.pictures, clip.sound, *clip.labels) if path}
    files = {path for path in read if not path.is_dir()}
    kinds = MEDIA | {path.suffix.lower() for path in files if path.suffix}
    beside = {path for folder in {path.parent for path in files} for path in folder.glob("[!.]*")}
    return sorted(path for path in beside - read if path.suffix.lower() in kinds)


def some(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
