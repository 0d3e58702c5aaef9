"""A corpus, or a speaker of it, joins the pipeline: files, who tracks them, lines in two tables."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from rich import progress
from rich.console import Console

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip, the_home
from tractable.recordings.corpora import ADAPTERS, check_entry
from tractable.recordings.private import bring_in, called
from tractable.recordings.prompts import TEXTS, prompts_of, refuse_unknown
from tractable.recordings.readme import describe, unfilled
from tractable.recordings.received import clips_there, look_through, without_labels
from tractable.recordings.settling import complete, refuse_other_list, settled
from tractable.recordings.tables import with_item
from tractable.recordings.tracking import (
    PIPELINE,
    dvc_file,
    say_next,
    track,
    undone_on_failure,
    with_deps,
    write_tables,
)
from tractable.whole import written_whole

RAW = Path("data/raw")
PARAMS = Path("params.yaml")
SHOWN = 5  # kinds of what was left out


def add(
    name: str,
    folder: Path,
    *,
    adapter: str | None = None,
    speakers: list[str] | None = None,
    present: bool = False,
    link: bool = False,
    **said: Any,
) -> None:
    """Bring a corpus under data/raw, track it and list it; run from the root of the repository.

    Parameters
    ----------
    name : of the corpus in params.yaml; one that is listed there is joined by new ``speakers``.
    folder : in the layout that the adapter reads.
    adapter : None: usc75, or that of the listed corpus.
    speakers : to take; None: all that are there.
    present : take the clips that are there, though more are promised.
    link : do not copy; DVC then takes each file into its cache itself.
    said : what params.yaml is to say of a new corpus, for its files do not: ``pixel_spacing`` [m],
        ``frame_rate`` [Hz] and what else the adapter needs or may have; ``prompts`` and
        ``pronunciations``, files in the folder.

    Raises
    ------
    BadInput : and then nothing has been changed.
    """
    refuse_place(name)
    corpus, listed = RAW / name, corpora_listed().get(name, {})
    entry = settled(name, listed, adapter, said)
    refuse_taken(corpus, listed, speakers or [])
    reader = ADAPTERS[entry["adapter"]]
    refuse_no_folder(folder)
    refuse_elsewhere(folder, said)
    entry = complete(name, entry, reader, reader.received(folder))
    if listed:
        refuse_other_list(folder, corpus, entry, listed, reader)
    known = reader.homes(folder, entry)
    new = list(dict.fromkeys(speakers or known))
    homes = {called(who): the_home(known, who, folder) for who in new}
    clips = {who: clips_there(folder, home, reader, entry, present) for who, home in homes.items()}
    look_through(homes, clips, reader, entry, yaml.safe_load(PARAMS.read_text()))
    if "prompts" in entry and not listed:
        everybody = {who: reader.stems(home, entry) for who, home in known.items()}
        refuse_unknown(folder / entry["prompts"], everybody)
    for who, found in clips.items():
        prompts_of(folder if not listed else corpus, who, entry, [clip.name for clip in found])
    entry["speakers"] = new
    if present:
        entry["tasks"] = {who: [clip.name for clip in found] for who, found in clips.items()}
    texts = [what for what in TEXTS if what in entry and not listed]
    common = [corpus / entry[what] for what in (*reader.common, *texts)]
    added = [corpus / who for who in new]
    tables = {
        PIPELINE: with_deps([*common, *added]),
        PARAMS: with_speakers(name, listed, entry),
    }
    with undone_on_failure(added if listed else [corpus], [*common, *tables]):
        held = fill(corpus, homes, clips, reader, link)
        for file in common:
            # A list that a corpus is published with is named by the day of its release.
            place = Path(file.name) if file.name in map(entry.get, texts) else Path()
            with written_whole(file) as partial:
                held.update(bring_in(folder / file.name, partial, place=place))
        notes = [] if listed else describe(corpus, folder, entry)
        track([*common, *added])
        write_tables(tables)
    report(name, clips, without_labels(folder, homes, clips, reader, entry), held, notes, link)


def corpora_listed() -> dict[str, Any]:
    """What params.yaml: corpora says, of at least one corpus."""
    corpora = yaml.safe_load(PARAMS.read_text()).get("corpora")
    if not isinstance(corpora, dict):
        raise BadInput(
            f"{PARAMS}: corpora: empty, and a new entry is written as those that are there; "
            "bring one back, as by `git checkout params.yaml`"
        )
    return corpora


def refuse_place(name: str) -> None:
    """Refuse a folder that is no repository, and what cannot be the name of a corpus."""
    if not (PARAMS.is_file() and PIPELINE.is_file()):
        raise BadInput(f"{Path.cwd()}: no params.yaml and dvc.yaml; run this in the repository")
    if "recordings" not in yaml.safe_load(PIPELINE.read_text())["stages"]:
        raise BadInput("dvc.yaml: stages: there is no 'recordings', which would read the corpus")
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise BadInput(f"{name!r}: a corpus is named by letters, digits, - and _")


def refuse_taken(corpus: Path, listed: Mapping[str, Any], speakers: list[str]) -> None:
    """Refuse a corpus that is there already, or speakers who are, or who cannot join it."""
    if not listed and corpus.exists():
        raise BadInput(f"{corpus}: is there already; remove it or choose another name")
    if listed and not speakers:
        raise BadInput(
            f"{corpus.name!r} is taken, see params.yaml: corpora; choose another name, or say by "
            "--speakers who joins it"
        )
    if listed and not dvc_file(corpus / listed["speakers"][0]).is_file():
        raise BadInput(
            f"{corpus.name!r}: this command did not add it (there is no .dvc file of its "
            "speakers), so nobody can join it; choose another name"
        )
    for who in speakers:
        if who in listed.get("speakers", []):
            raise BadInput(f"{who} is listed already, see params.yaml: corpora: {corpus.name}")
        for path in (corpus / who, dvc_file(corpus / who)):
            if path.exists():
                raise BadInput(f"{path}: is there already; move it away, and add {who} from there")


def refuse_no_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the one that holds the speakers' folders")


def refuse_elsewhere(folder: Path, said: Mapping[str, Any]) -> None:
    """Refuse prompts or pronunciations that do not lie in the folder itself."""
    for what in (what for what in TEXTS if what in said):
        if Path(said[what]).name != said[what]:
            raise BadInput(
                f"{what}: {said[what]}: expected the bare name of a file in {folder}; copy it "
                "there, and name it without its folder"
            )


def fill(
    corpus: Path,
    homes: Mapping[str, Path],
    clips: Mapping[str, list[Clip]],
    reader: Adapter,
    link: bool,
) -> Counter[str]:
    """Bring to ``corpus`` what is read of each clip, one whole speaker after the other.

    Returns
    -------
    Counter : what was left out -> of how many files.
    """
    held: Counter[str] = Counter()
    for who, found in clips.items():
        with written_whole(corpus / who) as partial:
            for clip in track_progress(found, f"{corpus.name}/{who}"):
                for lies, belongs in reader.files(homes[who], clip):
                    place = belongs.relative_to(homes[who])
                    (partial / place).parent.mkdir(parents=True, exist_ok=True)
                    held.update(bring_in(lies, partial / place, place=place, link=link))
    return held


def track_progress(clips: list[Clip], what: str) -> Iterable[Clip]:
    return progress.track(clips, what, console=Console(stderr=True), transient=True)


def with_speakers(name: str, listed: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """params.yaml with a new corpus, or with the entry's speakers and tasks in one it lists."""
    text, way = PARAMS.read_text(), ("corpora", name)
    if listed:
        tasks = entry.get("tasks", {})
        for who in entry["speakers"]:
            text = with_item(text, (*way, "speakers"), who)
        if "tasks" in listed:
            for who, names in tasks.items():
                text = with_item(text, (*way, "tasks"), {who: names})
        elif tasks:
            text = with_item(text, way, {"tasks": tasks})
    else:
        text = with_item(text, ("corpora",), {name: entry})
    check_entry(name, yaml.safe_load(text)["corpora"][name])
    return text


def report(
    name: str,
    clips: Mapping[str, list[Clip]],
    labels: str,
    held: Mapping[str, int],
    notes: list[str],
    link: bool,
) -> None:
    """What was done, what was left out, and what comes next."""
    corpus = RAW / name
    count = sum(map(len, clips.values()))
    print(f"added {name}: {count} clips of {', '.join(clips)}, under {corpus}")
    if labels:
        print(f"  {labels}")
    for what, files in sorted(held.items(), key=lambda item: -item[1])[:SHOWN]:
        print(f"  left out, as it may name a person: {what}, of {files} files")
    if len(held) > SHOWN:
        print(f"  and {len(held) - SHOWN} more")
    if held and link:
        print("  these files were copied without it; the others are links")
    print("  params.yaml: corpora lists it; dvc.yaml: recordings depends on it")
    if notes:
        print(f"  these go into git: read them first, for names and dates: {', '.join(notes)}")
    for file in unfilled(corpus):
        print(f"  fill in {file}: licence, source, consent")
    say_next(corpus)
