"""A corpus joins the pipeline: its files, who tracks them, and its lines in two tables."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from ruamel.yaml import YAML

from tractable.contracts import BadInput
from tractable.recordings.corpora import ADAPTERS, check_entry
from tractable.recordings.usc75 import Clip
from tractable.store import remove, written_whole

RAW = Path("data/raw")
REMOTE = "restricted"  # faces and voices
NOTES = ("README*", "PROVENANCE*", "LICEN[CS]E*")  # where the corpus speaks of itself


def add(
    name: str,
    folder: Path,
    *,
    adapter: str,
    pixel_spacing: float,
    speakers: list[str] | None = None,
    present: bool = False,
    link: bool = False,
) -> None:
    """Bring a corpus under data/raw, track it and list it; run from the root of the repository.

    Parameters
    ----------
    name : of the corpus in params.yaml.
    folder : in the layout that the adapter reads.
    pixel_spacing : [m]; files do not hold it, and it has no default.
    speakers : to take; None: all that have a folder.
    present : take the clips that are there, though the metafile promises more.
    link : do not copy; DVC then takes each file into its cache itself.

    Raises
    ------
    BadInput : and then nothing has been changed.
    """
    refuse_name(name)
    if adapter not in ADAPTERS:
        raise BadInput(f"unknown adapter {adapter!r}; there is {', '.join(ADAPTERS)}")
    metafile = the_metafile(folder, ADAPTERS[adapter].METAFILES)
    entry: dict[str, Any] = {
        "adapter": adapter,
        "pixel_spacing": pixel_spacing,
        "metafile": metafile.name,
        "speakers": speakers or speakers_there(folder, metafile, adapter),
    }
    check_entry(name, entry)
    clips = {who: clips_there(folder, metafile, adapter, who, present) for who in entry["speakers"]}
    if present:
        entry["tasks"] = {who: [clip.name for clip in found] for who, found in clips.items()}
    with written_whole(RAW / name) as corpus:
        fill(corpus, folder, clips, ADAPTERS[adapter], link)
    tracked = [RAW / name / metafile.name, *(RAW / name / who for who in clips)]
    track(tracked)
    list_deps(Path("dvc.yaml"), tracked)
    list_corpus(Path("params.yaml"), name, entry)
    report(name, clips)


def refuse_name(name: str) -> None:
    """Refuse a name that is taken or cannot be one, and a folder that is no repository."""
    if not (Path("params.yaml").is_file() and Path("dvc.yaml").is_file()):
        raise BadInput(f"{Path.cwd()}: no params.yaml and dvc.yaml; run this in the repository")
    if "recordings" not in yaml.safe_load(Path("dvc.yaml").read_text())["stages"]:
        raise BadInput("dvc.yaml: stages: there is no 'recordings', which would read the corpus")
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise BadInput(f"{name!r}: a corpus is named by letters, digits, - and _")
    if name in yaml.safe_load(Path("params.yaml").read_text())["corpora"]:
        raise BadInput(f"{name!r} is taken, see params.yaml: corpora; choose another name")
    if (RAW / name).exists():
        raise BadInput(f"{RAW / name}: is there already; remove it or choose another name")


def the_metafile(folder: Path, pattern: str) -> Path:
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the one that holds the speakers' folders")
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        number = "several metafiles" if found else "no metafile"
        raise BadInput(f"{folder}: {number} {pattern}; put the one that lists its clips there")
    return found[0]


def speakers_there(folder: Path, metafile: Path, adapter: str) -> list[str]:
    """Speakers of the metafile that have a folder."""
    found = [who for who in ADAPTERS[adapter].entries(metafile) if (folder / who).is_dir()]
    if not found:
        raise BadInput(f"{folder}: no folder of any speaker that {metafile.name} knows")
    return found


def clips_there(
    folder: Path, metafile: Path, adapter: str, speaker: str, present: bool
) -> list[Clip]:
    """Clips of one speaker: all that the metafile promises, or those that are there."""
    module = ADAPTERS[adapter]
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
    corpus: Path, folder: Path, clips: dict[str, list[Clip]], module: ModuleType, link: bool
) -> None:
    """Bring to ``corpus`` what is read of each clip, the metafile and the corpus's own notes."""
    for clip in (clip for found in clips.values() for clip in found):
        for lies, belongs in module.files(folder, clip):
            target = corpus / belongs.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(lies.absolute()) if link else shutil.copyfile(lies, target)
    for file in (file for pattern in (module.METAFILES, *NOTES) for file in folder.glob(pattern)):
        shutil.copyfile(file, corpus / file.name)


def track(paths: list[Path]) -> None:
    """One .dvc file each, which sends its data to the remote for faces and voices."""
    command = [sys.executable, "-m", "dvc", "add", *map(str, paths)]  # --quiet hides why it fails
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        remove(paths[0].parent)
        raise BadInput(f"`dvc add` failed, nothing was added: {done.stderr.strip()}")
    for path in paths:
        file, edit = path.with_name(f"{path.name}.dvc"), YAML()
        tree = edit.load(file)
        tree["outs"][0]["remote"] = REMOTE
        edit.dump(tree, file)


def list_deps(file: Path, paths: Iterable[Path]) -> None:
    """Make the stage ``recordings`` depend on the paths, after its other deps."""
    deps = YAML().load(file)["stages"]["recordings"]["deps"]
    last = deps.lc.item(len(deps) - 1)
    insert(file, last[0] + 1, [f"{' ' * (last[1] - 2)}- {path.as_posix()}" for path in paths])


def list_corpus(file: Path, name: str, entry: dict[str, Any]) -> None:
    """Add a corpus to params.yaml: corpora, after the others."""
    tree = YAML().load(file)
    sections = sorted(tree.lc.key(section)[0] for section in tree)
    first = tree.lc.key("corpora")[0]
    lines = file.read_text().splitlines()
    end = next((line for line in sections if line > first), len(lines))
    while not lines[end - 1].startswith(" "):
        end -= 1
    text = yaml.safe_dump({name: entry}, default_flow_style=None, sort_keys=False, width=10**6)
    insert(file, end, [f"  {line}" for line in text.splitlines()])


def insert(file: Path, at: int, new: list[str]) -> None:
    """Lines into a file, all others as they were; ruamel.yaml would fold some of them anew."""
    lines = file.read_text().splitlines()
    with written_whole(file) as partial:
        partial.write_text("\n".join([*lines[:at], *new, *lines[at:]]) + "\n")


def report(name: str, clips: dict[str, list[Clip]]) -> None:
    """What was done and what comes next."""
    corpus = RAW / name
    count = sum(map(len, clips.values()))
    print(f"added {name}: {count} clips of {', '.join(clips)}, under {corpus}")
    print("  params.yaml: corpora lists it; dvc.yaml: recordings depends on it")
    if not any(file for pattern in NOTES for file in corpus.glob(pattern)):
        print(f"  write {corpus / 'README.md'}: licence, source, consent")
    print(f"next: git add {corpus} params.yaml dvc.yaml; git commit; dvc push; dvc repro")
