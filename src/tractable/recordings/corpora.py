"""Every listed speaker of every corpus, from raw files to one store each."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from tractable.contracts import RECORDINGS, BadInput
from tractable.imaging.pictures import Frames, grey_levels
from tractable.imaging.video import Video
from tractable.recordings.adapter import Adapter, Clip
from tractable.recordings.alignment import align
from tractable.recordings.alphabets import without_pause
from tractable.recordings.artspeech import ArtSpeech
from tractable.recordings.calibration import calibrated, check_calibration
from tractable.recordings.clock import Take, one_clock
from tractable.recordings.folder import Folder
from tractable.recordings.labels import ALIGNED, labelled
from tractable.recordings.lag import audio_lag
from tractable.recordings.prompts import TEXTS, prompts_of
from tractable.recordings.pronunciation import Word
from tractable.recordings.ruthven import Ruthven
from tractable.recordings.textgrid import Labels
from tractable.recordings.usc75 import Usc75
from tractable.recordings.usclss import UscLss
from tractable.recordings.usctimit import UscTimit
from tractable.stage import Task, check_options, remove_unlisted, run_tasks, speakers, store_path
from tractable.store import save

#: One per folder layout, by the name that it has in params.yaml.
ADAPTERS: dict[str, Adapter] = {
    "usc75": Usc75(),
    "usctimit": UscTimit(),
    "usclss": UscLss(),
    "artspeech": ArtSpeech(),
    "ruthven": Ruthven(),
    "folder": Folder(),
}


def record_corpora(
    raw: Path,
    recordings: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    *,
    sample_rate: int,
    white: float,
    tier: str,
    lag: dict[str, float],
    alignment: dict[str, Any],
) -> None:
    """RAW/CORPUS/SPEAKER -> RECORDINGS/CORPUS/SPEAKER.zarr for all that ``corpora`` lists.

    Parameters
    ----------
    corpora : section of params.yaml.
    sample_rate : of the stored sound [Hz].
    white : see ``imaging.pictures.grey_levels``.
    tier : of a TextGrid that holds the phones.
    lag : keywords of ``audio_lag``.
    alignment : keywords of ``align``, for corpora with prompts.

    Raises
    ------
    BadInput : a corpus, speaker, adapter, task or clip that is not there, or a speaker's folder
        that is there and not listed.
    """
    check_options(audio_lag, lag, "recordings: lag")
    check_options(align, alignment, "recordings: alignment")
    options = {"sample_rate": sample_rate, "white": white, "tier": tier}
    options |= {"lag": lag, "alignment": alignment}
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
    if "adapter" in entry and entry["adapter"] not in ADAPTERS:
        known = ", ".join(ADAPTERS)
        raise BadInput(f"{where}: unknown adapter {entry['adapter']!r}; there is {known}")
    adapter = ADAPTERS.get(entry.get("adapter", ""), Usc75())
    needed = ("adapter", *adapter.needs, "speakers")
    settings = (*needed, *adapter.may, *TEXTS, "tasks")
    for name in entry:
        if name not in settings:
            like = difflib.get_close_matches(name, settings, 1)
            hint = f"did you mean {like[0]!r}?" if like else f"known: {', '.join(settings)}"
            raise BadInput(f"{where}: unknown parameter {name!r}; {hint}")
    lacking = [name for name in needed if name not in entry]
    if lacking:
        raise BadInput(f"{where}: {', '.join(lacking)} is missing")
    check_calibration(where, entry)
    nameless = [who for who in entry["speakers"] if not isinstance(who, str)]
    if nameless:
        raise BadInput(f"{where}: speakers: {nameless[0]} is no text; write it '{nameless[0]}'")
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
    """What it takes to record one speaker; what else is known of the corpus is no input."""
    corpus, speaker = folder.name, store.stem
    stems = wanted(folder, speaker, entry)
    settings = {name: entry[name] for name in entry if name not in ("speakers", "tasks", *TEXTS)}
    prompts = prompts_of(folder, speaker, entry, stems)
    return Task(
        f"{corpus}/{speaker}",
        record,
        (folder / speaker, store),
        (store,),
        (folder / speaker,),
        {"corpus": corpus, "stems": stems, "settings": settings, "prompts": prompts, **options},
    )


def wanted(folder: Path, speaker: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Clip -> stem of its files, of all that exist or those that params.yaml names."""
    adapter, home = ADAPTERS[entry["adapter"]], folder / speaker
    known = adapter.stems(home, entry)
    source = ", ".join(str(folder / entry[name]) for name in adapter.common) or str(home)
    chosen = (entry.get("tasks") or {}).get(speaker, list(known))
    strange = [name for name in chosen if name not in known]
    if strange:
        like = difflib.get_close_matches(strange[0], known, 3) or list(known)[:3]
        raise BadInput(
            f"params.yaml: corpora: {folder.name}: tasks: {speaker} has no {strange[0]!r} in "
            f"{source}; did you mean {', '.join(like)}?"
        )
    absent = [name for name in chosen if known[name] is None]
    if absent:
        names = ", ".join(absent)
        print(f"{folder.name}/{speaker}: without {names}, never recorded ({Path(source).name})")
    there = {name: stem for name in chosen if (stem := known[name]) is not None}
    if not there:
        raise BadInput(f"{source}: not one clip of {speaker}; take the speaker off the list")
    clips = [adapter.clip(home, name, stem, entry) for name, stem in there.items()]
    refuse_missing(clips, source, folder.name)
    return there


def refuse_missing(clips: Iterable[Clip], source: str, corpus: str) -> None:
    """Refuse clips that are promised and lack a file."""
    lacking = [path for clip in clips if (path := clip.lacking())]
    if lacking:
        raise BadInput(
            f"{lacking[0]}: not there, though {source} says that it exists"
            f"{f', nor are {len(lacking) - 1} more' if lacking[1:] else ''}; fetch it, or list the "
            f"tasks that are there in params.yaml: corpora: {corpus}: tasks"
        )


def record(
    folder: Path,
    store: Path,
    *,
    corpus: str,
    stems: dict[str, str],
    settings: dict[str, Any],
    prompts: dict[str, list[Word]] | None,
    sample_rate: int,
    white: float,
    tier: str,
    lag: dict[str, float],
    alignment: dict[str, Any],
) -> None:
    """Read the clips of one speaker and save them on one clock."""
    data = one_clock(
        takes(folder, stems, settings, prompts, white, tier, alignment),
        corpus=corpus,
        speaker=folder.name,
        sample_rate=sample_rate,
        lag=lag,
    )
    save(data, store, RECORDINGS)


def takes(
    home: Path,
    stems: dict[str, str],
    settings: dict[str, Any],
    prompts: dict[str, list[Word]] | None,
    white: float,
    tier: str,
    alignment: dict[str, Any],
) -> Iterator[Take]:
    """The clips of one speaker, one after another, calibrated and in grey levels."""
    adapter = ADAPTERS[settings["adapter"]]
    for name, stem in stems.items():
        clip = adapter.clip(home, name, stem, settings)
        recorded = adapter.read(clip)
        rate, spacing = calibrated(clip, recorded, settings)
        frames = in_grey(clip, recorded.frames, white)
        video = Video(frames, rate, recorded.sound, recorded.sample_rate)
        labels: Labels = adapter.labels(clip, settings.get("tier", adapter.tier or tier))
        sampa, source = adapter.sampa, None
        if prompts is not None:
            labels, source = labelled(clip, labels, recorded, prompts.get(name), alignment)
            sampa = without_pause if source.startswith(ALIGNED) else sampa
        said = np.nan if recorded.frame_rate is None else float(recorded.frame_rate)
        yield Take(name, clip.pictures, video, labels, spacing, sampa, said, source)


def in_grey(clip: Clip, frames: Frames, white: float) -> UInt8[np.ndarray, "time y x"]:
    try:
        return grey_levels(frames, white)
    except BadInput as problem:
        raise BadInput(f"{clip.pictures}: {problem}") from problem
