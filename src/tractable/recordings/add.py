"""A corpus, or a speaker of it, joins the pipeline: files, who tracks them, lines in two tables."""

import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter, Clip
from tractable.recordings.corpora import ADAPTERS, check_entry
from tractable.recordings.tables import with_item
from tractable.store import remove, written_whole

RAW = Path("data/raw")
PARAMS, PIPELINE = Path("params.yaml"), Path("dvc.yaml")
REMOTE = "restricted"  # faces and voices
NOTES = ("README*", "PROVENANCE*", "LICEN[CS]E*")  # where the corpus speaks of itself


def add(
    name: str,
    folder: Path,
    *,
    adapter: str | None = None,
    pixel_spacing: float | None = None,
    speakers: list[str] | None = None,
    present: bool = False,
    link: bool = False,
) -> None:
    """Bring a corpus under data/raw, track it and list it; run from the root of the repository.

    Parameters
    ----------
    name : of the corpus in params.yaml; one that is listed there is joined by new ``speakers``.
    folder : in the layout that the adapter reads.
    adapter : None: usc75, or that of the listed corpus.
    pixel_spacing : [m]; None: that of the listed corpus. Files do not hold it.
    speakers : to take; None: all that have a folder.
    present : take the clips that are there, though the metafile promises more.
    link : do not copy; DVC then takes each file into its cache itself.

    Raises
    ------
    BadInput : and then nothing has been changed.
    """
    refuse_place(name)
    corpus, listed = RAW / name, yaml.safe_load(PARAMS.read_text())["corpora"].get(name, {})
    entry = settled(name, listed, adapter, pixel_spacing)
    refuse_taken(corpus, listed, speakers or [])
    module = ADAPTERS[entry["adapter"]]
    metafile = the_metafile(folder, module.METAFILES)
    if listed:
        refuse_other_metafile(metafile, corpus / listed["metafile"], module, listed["speakers"])
    new = list(dict.fromkeys(speakers or speakers_there(folder, metafile, module)))
    clips = {who: clips_there(folder, metafile, module, who, present) for who in new}
    entry |= {"metafile": metafile.name, "speakers": new}
    if present:
        entry["tasks"] = {who: [clip.name for clip in found] for who, found in clips.items()}
    paths = [corpus / metafile.name, *(corpus / who for who in new)]
    tables = {PIPELINE: with_deps(paths), PARAMS: with_speakers(name, listed, entry)}
    with undone_on_failure(paths[1:] if listed else [corpus], [paths[0], *tables]):
        fill(corpus, folder, clips, module, link)
        for file in [metafile] if listed else [metafile, *notes(folder)]:
            with written_whole(corpus / file.name) as partial:
                shutil.copyfile(file, partial)
        track(paths)
        for file, text in tables.items():
            with written_whole(file) as partial:
                partial.write_text(text)
    report(name, clips)


def refuse_place(name: str) -> None:
    """Refuse a folder that is no repository, and what cannot be the name of a corpus."""
    if not (PARAMS.is_file() and PIPELINE.is_file()):
        raise BadInput(f"{Path.cwd()}: no params.yaml and dvc.yaml; run this in the repository")
    if "recordings" not in yaml.safe_load(PIPELINE.read_text())["stages"]:
        raise BadInput("dvc.yaml: stages: there is no 'recordings', which would read the corpus")
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise BadInput(f"{name!r}: a corpus is named by letters, digits, - and _")


def settled(
    name: str, listed: Mapping[str, Any], adapter: str | None, pixel_spacing: float | None
) -> dict[str, Any]:
    """What a corpus has whoever joins it; one that is listed keeps what it has."""
    if listed:
        check_entry(name, listed)
    usual = {"adapter": adapter or "usc75", "pixel_spacing": pixel_spacing}
    entry = {what: listed.get(what, value) for what, value in usual.items()}
    if adapter not in (None, *ADAPTERS):
        raise BadInput(f"unknown adapter {adapter!r}; there is {', '.join(ADAPTERS)}")
    if entry["pixel_spacing"] is None:
        raise BadInput(
            f"{name}: its pixel spacing is unknown, and no file holds it; add --pixel-spacing MM"
        )
    if adapter not in (None, entry["adapter"]):
        raise BadInput(differs(name, "adapter", adapter, entry["adapter"]))
    if pixel_spacing is not None and not math.isclose(pixel_spacing, entry["pixel_spacing"]):
        raise BadInput(differs(name, "pixel_spacing", pixel_spacing, entry["pixel_spacing"]))
    return entry


def differs(name: str, what: str, value: object, listed: object) -> str:
    return (
        f"{what} {value}, but {listed} in params.yaml: corpora: {name}; the speakers of a corpus "
        "share one: leave it out, or choose another name"
    )


def refuse_taken(corpus: Path, listed: Mapping[str, Any], speakers: list[str]) -> None:
    """Refuse a corpus that is there already, or speakers who are, or who cannot join it."""
    if not listed and corpus.exists():
        raise BadInput(f"{corpus}: is there already; remove it or choose another name")
    if listed and not speakers:
        raise BadInput(
            f"{corpus.name!r} is taken, see params.yaml: corpora; choose another name, or say by "
            "--speakers who joins it"
        )
    if listed and not dvc_file(corpus / listed["metafile"]).is_file():
        raise BadInput(
            f"{corpus.name!r}: this command did not add it (there is no .dvc file of its "
            "metafile), so nobody can join it; choose another name"
        )
    for who in speakers:
        if who in listed.get("speakers", []):
            raise BadInput(f"{who} is listed already, see params.yaml: corpora: {corpus.name}")
        for path in (corpus / who, dvc_file(corpus / who)):
            if path.exists():
                raise BadInput(f"{path}: is there already; move it away, and add {who} from there")


def refuse_other_metafile(new: Path, old: Path, module: Adapter, speakers: list[str]) -> None:
    """Refuse a metafile that would not leave the speakers of the old one as they are."""
    if new.name != old.name:
        raise BadInput(f"{new}: expected {old.name}, which lists the corpus so far; rename it")
    for who in speakers:
        before, after = (
            list(module.prefixes(file, who).items()) if who in module.entries(file) else None
            for file in (old, new)
        )
        if before != after:
            raise BadInput(
                f"{new}: has other clips of {who} than {old}, whose place it would take; put the "
                "new speakers into a copy of that one"
            )


def the_metafile(folder: Path, pattern: str) -> Path:
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the one that holds the speakers' folders")
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        number = "several metafiles" if found else "no metafile"
        raise BadInput(f"{folder}: {number} {pattern}; put the one that lists its clips there")
    return found[0]


def speakers_there(folder: Path, metafile: Path, module: Adapter) -> list[str]:
    """Speakers of the metafile that have a folder."""
    found = [who for who in module.entries(metafile) if (folder / who).is_dir()]
    if not found:
        raise BadInput(f"{folder}: no folder of any speaker that {metafile.name} knows")
    return found


def clips_there(
    folder: Path, metafile: Path, module: Adapter, speaker: str, present: bool
) -> list[Clip]:
    """Clips of one speaker: all that the metafile promises, or those that are there."""
    known = {name: prefix for name, prefix in module.prefixes(metafile, speaker).items() if prefix}
    promised = module.clips(folder / speaker, known)
    found = [clip for clip in promised if clip.video.is_file()]
    if not found:
        raise BadInput(f"{folder / speaker}: not one clip that {metafile.name} knows")
    if not present and len(found) < len(promised):
        lacking = next(clip for clip in promised if not clip.video.is_file())
        raise BadInput(
            f"{lacking.video}: not there, though {metafile} says that it exists, like "
            f"{len(promised) - len(found)} of {len(promised)} clips of {speaker}; fetch them, or "
            "add --present to take those that are there"
        )
    return found


def fill(
    corpus: Path, folder: Path, clips: Mapping[str, list[Clip]], module: Adapter, link: bool
) -> None:
    """Bring to ``corpus`` what is read of each clip, one whole speaker after the other."""
    for who, found in clips.items():
        with written_whole(corpus / who) as partial:
            for lies, belongs in (pair for clip in found for pair in module.files(folder, clip)):
                target = partial / belongs.relative_to(folder / who)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(lies.absolute()) if link else shutil.copyfile(lies, target)


def notes(folder: Path) -> list[Path]:
    return [file for pattern in NOTES for file in folder.glob(pattern)]


def track(paths: list[Path]) -> None:
    """One .dvc file each, which sends its data to the remote for faces and voices."""
    command = [sys.executable, "-m", "dvc", "add", *map(str, paths)]  # --quiet hides why it fails
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BadInput(f"`dvc add` failed, nothing was added: {done.stderr.strip()}")
    for file in map(dvc_file, paths):
        edit = YAML()
        tree = edit.load(file)
        tree["outs"][0]["remote"] = REMOTE
        edit.dump(tree, file)


def dvc_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.dvc")


@contextmanager
def undone_on_failure(added: list[Path], changed: list[Path]) -> Iterator[None]:
    """Where anything fails, what was added goes and what was changed comes back, DVC's part too."""
    changed = [*changed, *map(dvc_file, changed), *(path.parent / ".gitignore" for path in changed)]
    before = {file: file.read_bytes() for file in changed if file.is_file()}
    try:
        yield
    except BaseException:
        for path in added:
            remove(path)
            remove(dvc_file(path))
        for file, held in before.items():
            with written_whole(file) as partial:
                partial.write_bytes(held)
        raise


def with_deps(paths: list[Path]) -> str:
    """dvc.yaml, its stage ``recordings`` depending on the paths."""
    text, way = PIPELINE.read_text(), ("stages", "recordings", "deps")
    there = yaml.safe_load(text)["stages"]["recordings"]["deps"]
    for path in (path.as_posix() for path in paths):
        text = text if path in there else with_item(text, way, path)
    return text


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


def report(name: str, clips: Mapping[str, list[Clip]]) -> None:
    """What was done and what comes next."""
    corpus = RAW / name
    count = sum(map(len, clips.values()))
    print(f"added {name}: {count} clips of {', '.join(clips)}, under {corpus}")
    print("  params.yaml: corpora lists it; dvc.yaml: recordings depends on it")
    if not notes(corpus):
        print(f"  write {corpus / 'README.md'}: licence, source, consent")
    print(f"next: git add {corpus} params.yaml dvc.yaml; git commit; dvc push; dvc repro")
