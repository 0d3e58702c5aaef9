"""Every listed speaker of every corpus, from raw files to one store each."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tractable.contracts import RECORDINGS, BadInput
from tractable.imaging.video import read_video
from tractable.recordings import usc75
from tractable.recordings.adapter import Adapter, Clip
from tractable.recordings.clock import Take, one_clock
from tractable.recordings.lag import audio_lag
from tractable.stage import Task, check_options, remove_unlisted, run_tasks, speakers, store_path
from tractable.store import save

#: One module per folder layout; what it must have, ``Adapter`` says.
ADAPTERS: dict[str, Adapter] = {"usc75": usc75}
SETTINGS = ("adapter", "pixel_spacing", "metafile", "speakers")
PIXELS = (0.2e-3, 10e-3)  # m, spacing that any MRI of a head has


def record_corpora(
    raw: Path,
    recordings: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    *,
    sample_rate: int,
    tier: str,
    lag: dict[str, float],
) -> None:
    """RAW/CORPUS/SPEAKER -> RECORDINGS/CORPUS/SPEAKER.zarr for all that ``corpora`` lists.

    Parameters
    ----------
    corpora : section of params.yaml.
    sample_rate : of the stored sound [Hz].
    tier : of a TextGrid that holds the phones.
    lag : keywords of ``audio_lag``.

    Raises
    ------
    BadInput : a corpus, speaker, adapter, task or clip that is not there, or a speaker's folder
        that is there and not listed.
    """
    check_options(audio_lag, lag, "recordings: lag")
    options = {"sample_rate": sample_rate, "tier": tier, "lag": lag}
    for corpus, entry in corpora.items():
        check_entry(corpus, entry)
        refuse_other_folders(raw / corpus, entry["speakers"])
    run_tasks(
        speaker_task(
            raw / corpus, store_path(recordings, corpus, speaker), corpora[corpus], options
        )
        for corpus, speaker in speakers(corpora)
    )
    remove_unlisted(recordings, speakers(corpora))


def check_entry(corpus: str, entry: Mapping[str, Any]) -> None:
    """Refuse an entry of params.yaml: corpora that cannot be meant."""
    where = f"params.yaml: corpora: {corpus}"
    for name in entry:
        if name not in (*SETTINGS, "tasks"):
            like = difflib.get_close_matches(name, (*SETTINGS, "tasks"), 1)
            hint = f"did you mean {like[0]!r}?" if like else f"known: {', '.join(SETTINGS)}, tasks"
            raise BadInput(f"{where}: unknown parameter {name!r}; {hint}")
    lacking = [name for name in SETTINGS if name not in entry]
    if lacking:
        raise BadInput(f"{where}: {', '.join(lacking)} is missing")
    if entry["adapter"] not in ADAPTERS:
        known = ", ".join(ADAPTERS)
        raise BadInput(f"{where}: unknown adapter {entry['adapter']!r}; there is {known}")
    spacing = entry["pixel_spacing"]
    if not isinstance(spacing, float) or not PIXELS[0] < spacing < PIXELS[1]:
        raise BadInput(f"{where}: pixel_spacing {spacing!r}; it is in m, as in 0.0024 for 2.4 mm")
    strange = [name for name in entry.get("tasks") or {} if name not in entry["speakers"]]
    if strange:
        raise BadInput(f"{where}: tasks of {', '.join(strange)}, not among its speakers; list them")


def refuse_other_folders(folder: Path, listed: list[str]) -> None:
    """Refuse a raw corpus in which a listed speaker is missing or an unlisted one lies."""
    there = {path.name for path in folder.glob("*/") if path.is_dir()}
    lacking, strange = sorted(set(listed) - there), sorted(there - set(listed))
    if lacking:
        names = " ".join(f"{folder / name}" for name in lacking)
        raise BadInput(
            f"{folder}: no folder of {', '.join(lacking)}, listed in params.yaml: corpora; "
            f"`dvc pull {names}` brings it, or take the speaker off the list"
        )
    if strange:
        raise BadInput(
            f"{folder}: holds {', '.join(strange)}, which params.yaml: corpora: {folder.name}: "
            "speakers does not list; list it there or move its folder away"
        )


def speaker_task(
    folder: Path, store: Path, entry: Mapping[str, Any], options: dict[str, Any]
) -> Task:
    """What it takes to record one speaker; the rest of the metafile is none of its inputs."""
    corpus, speaker = folder.name, store.stem
    tasks = wanted(folder, speaker, entry)
    calibration = {"adapter": entry["adapter"], "pixel_spacing": entry["pixel_spacing"]}
    return Task(
        f"{corpus}/{speaker}",
        record,
        (folder / speaker, store),
        (store,),
        (folder / speaker,),
        {"corpus": corpus, "tasks": tasks, **calibration, **options},
    )


def wanted(folder: Path, speaker: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Task -> prefix of the clips to read, all that exist or those that params.yaml names."""
    metafile = folder / entry["metafile"]
    known = ADAPTERS[entry["adapter"]].prefixes(metafile, speaker)
    chosen = (entry.get("tasks") or {}).get(speaker, list(known))
    strange = [name for name in chosen if name not in known]
    if strange:
        like = difflib.get_close_matches(strange[0], known, 3) or list(known)[:3]
        raise BadInput(
            f"params.yaml: corpora: {folder.name}: tasks: {speaker} has no {strange[0]!r} in "
            f"{metafile}; did you mean {', '.join(like)}?"
        )
    absent = [name for name in chosen if known[name] is None]
    if absent:
        names = ", ".join(absent)
        print(f"{folder.name}/{speaker}: without {names}, never recorded ({metafile.name})")
    there = {name: prefix for name in chosen if (prefix := known[name]) is not None}
    if not there:
        raise BadInput(f"{metafile}: not one clip of {speaker}; take the speaker off the list")
    refuse_missing(ADAPTERS[entry["adapter"]].clips(folder / speaker, there), metafile)
    return there


def refuse_missing(clips: Iterable[Clip], metafile: Path) -> None:
    """Refuse a metafile that promises clips which are not there."""
    lacking = [clip for clip in clips if not clip.video.is_file()]
    if lacking:
        raise BadInput(
            f"{lacking[0].video}: not there, though {metafile} says that it exists"
            f"{f', nor are {len(lacking) - 1} more' if lacking[1:] else ''}; fetch it, or list the "
            f"tasks that are there in params.yaml: corpora: {metafile.parent.name}: tasks"
        )


def record(
    folder: Path,
    store: Path,
    *,
    corpus: str,
    adapter: str,
    tasks: dict[str, str],
    pixel_spacing: float,
    sample_rate: int,
    tier: str,
    lag: dict[str, float],
) -> None:
    """Read the clips of one speaker and save them on one clock."""
    data = one_clock(
        list(takes(ADAPTERS[adapter], folder, tasks, tier)),
        corpus=corpus,
        speaker=folder.name,
        pixel_spacing=pixel_spacing,
        sample_rate=sample_rate,
        lag=lag,
    )
    save(data, store, RECORDINGS)


def takes(adapter: Adapter, folder: Path, tasks: dict[str, str], tier: str) -> Iterator[Take]:
    for clip in adapter.clips(folder, tasks):
        yield Take(clip.name, clip.video, read_video(clip.video), adapter.labels(clip, tier))
