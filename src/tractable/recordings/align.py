"""Prompts laid over the sounds of a corpus, as TextGrids that a phonetician checks and corrects."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich import progress
from rich.console import Console

from tractable.contracts import BadInput, likely
from tractable.recordings.adapter import Clip
from tractable.recordings.alignment import Alignment, align
from tractable.recordings.corpora import ADAPTERS, check_entry, wanted
from tractable.recordings.labels import aligned, by_hand, hardly_heard
from tractable.recordings.prompts import prompts_of
from tractable.recordings.pronunciation import Word
from tractable.recordings.textgrid import Interval
from tractable.stage import check_options
from tractable.textgrid import textgrid
from tractable.whole import written_whole

RAW = Path("data/raw")


def write_alignments(
    name: str,
    out: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    *,
    tier: str,
    alignment: Mapping[str, Any],
    speakers: list[str] | None = None,
    again: bool = False,
) -> None:
    """OUT/SPEAKER/CLIP.TextGrid of each clip with a prompt that nobody labelled.

    Prints how it went, clip by clip.
    Put into the place that is printed beside it, a TextGrid counts as made by hand.

    Parameters
    ----------
    name : of a corpus under data/raw.
    corpora : section of params.yaml.
    tier : of phones; beside it there are words, and the confidence of each phone.
    alignment : keywords of ``align``.
    speakers : None: all that are listed.
    again : align clips once more whose TextGrid is in ``out``, corrected there perhaps.

    Raises
    ------
    BadInput : a corpus or a speaker that is not listed, or has no prompts.
    """
    check_options(align, alignment, "recordings: alignment")
    entry = with_prompts(name, corpora, speakers or [])
    todo = [
        (who, clip, prompt)
        for who in speakers or entry["speakers"]
        for clip, prompt in unlabelled(RAW / name, who, entry)
    ]
    if not todo:
        print(f"{name}: each clip with a prompt has labels by hand, or no clip has a prompt")
    tier = entry.get("tier", ADAPTERS[entry["adapter"]].tier or tier)
    for who, clip, prompt in progress.track(
        todo, name, console=Console(stderr=True), transient=True
    ):
        path = out / who / f"{clip.name}.TextGrid"
        if path.exists() and not again:
            print(f"{path}: is there already; --again replaces it")
            continue
        recorded = ADAPTERS[entry["adapter"]].read(clip)
        found = aligned(recorded, prompt, alignment)
        if not found.refused and recorded.sound is not None:
            end = len(recorded.sound) / recorded.sample_rate
            with written_whole(path) as partial:
                partial.write_text(textgrid(tiers(found, tier), end), encoding="utf-8")
        print(told(path, clip, found))


def with_prompts(
    name: str, corpora: Mapping[str, Mapping[str, Any]], speakers: list[str]
) -> Mapping[str, Any]:
    """What params.yaml says of a corpus, which has prompts and these speakers."""
    if name not in corpora:
        raise BadInput(f"params.yaml: corpora: no {name!r}; {likely(name, corpora)}")
    entry = corpora[name]
    check_entry(name, entry)
    if "prompts" not in entry:
        raise BadInput(
            f"params.yaml: corpora: {name}: no prompts; write {RAW / name / 'prompts.csv'} with "
            "the columns clip,text, and `prompts: prompts.csv` there"
        )
    strange = [who for who in speakers if who not in entry["speakers"]]
    if strange:
        raise BadInput(
            f"{name}: no speaker {strange[0]!r}; {likely(strange[0], entry['speakers'])}"
        )
    return entry


def unlabelled(
    folder: Path, speaker: str, entry: Mapping[str, Any]
) -> Iterator[tuple[Clip, list[Word]]]:
    """Clips of a speaker that have a prompt and no labels by hand."""
    adapter, stems = ADAPTERS[entry["adapter"]], wanted(folder, speaker, entry)
    prompts = prompts_of(folder, speaker, entry, stems) or {}
    for name, stem in stems.items():
        clip = adapter.clip(folder / speaker, name, stem, entry)
        if name in prompts and not by_hand(clip):
            yield clip, prompts[name]


def tiers(found: Alignment, phones: str) -> dict[str, Any]:
    """Phones, words, and the confidence of each phone as a number in its place."""
    sure = [Interval(part.start, part.end, f"{part.confidence:.2f}") for part in found.phones]
    return {phones: found.phones, "words": found.words, "confidence": sure}


def told(path: Path, clip: Clip, found: Alignment) -> str:
    """How the alignment of a clip went, in a line."""
    kind = path.suffix.lower()
    where = next((label for label in clip.labels if label.suffix.lower() == kind), None)
    if found.refused:
        return f"{clip.pictures}: refused: its prompt {found.refused}; correct it, or the sound"
    sure = np.array([phone.confidence for phone in found.phones])
    doubts = (
        f"{words}; take what was not said out of the prompt; "
        if (words := hardly_heard(found))
        else ""
    )
    return (
        f"{path}: {len(sure)} phones, confidence {np.median(sure):.2f}, of {(sure < 0.5).sum()} "
        f"under one half; {doubts}corrected, it belongs into {where or 'the place of its labels'}"
    )
