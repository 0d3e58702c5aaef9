"""What in a working tree does not keep to its class, one finding each."""

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from dvc.repo import Repo

from tractable.contracts import BadInput
from tractable.faults import Fault
from tractable.objects import refuse_alike
from tractable.privacy import RESTRICTED, kept_inside, privacy_of
from tractable.recordings.corpora import ADAPTERS
from tractable.recordings.private import DATE, called, cleaned, refuse_name, refuse_years
from tractable.recordings.readme import (
    BLANK,
    LONGEST,
    NOTES,
    called_so,
    readmes,
    short_text,
    unfilled,
)
from tractable.recordings.received import promised

RAW = Path("data/raw")
PIPELINES = ("dvc.yaml", "stages/segmenter/dvc.yaml")
#: What git may hold of a raw corpus: what stands for the data, and what describes it.
DESCRIBES = re.compile(rf"{NOTES.pattern}|.*\.dvc|\.gitignore")
#: Files that hold pictures or sound of people, wherever they lie.
RECORDED = {
    *(".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".wmv", ".wav", ".flac", ".mp3", ".m4a"),
    *(".aif", ".aiff", ".ogg", ".dcm", ".ima", ".h5", ".hdf5", ".nii"),
}
#: Pictures and arrays that may show a head, where they are not what this repository draws itself.
DRAWN = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".npy", ".npz", ".pdf"}
OURS = ("reports", "src", "docs", "tests", "benchmarks")

ADDED = ("--diff-filter=A", "--name-only", "--format=", "-z")  # names alone, of what came


def outputs(root: Path) -> Iterator[Fault]:
    """Every output of every stage has a class, and the remote of that class."""
    inside = kept_inside(root)
    for file in (root / name for name in PIPELINES if (root / name).is_file()):
        for name, stage in yaml.safe_load(file.read_text())["stages"].items():
            for kind in ("outs", "metrics", "plots"):
                for out in stage.get(kind, []):
                    path, settings = (out, {}) if isinstance(out, str) else next(iter(out.items()))
                    place = (file.parent / path).resolve().relative_to(root.resolve())
                    where = f"{file.relative_to(root)}: {name}: {place}"
                    yield from routed(where, place.as_posix(), settings, inside)


def routed(
    where: str, path: str, settings: dict[str, Any], inside: Collection[str]
) -> Iterator[Fault]:
    try:
        privacy = privacy_of(path, inside)
    except BadInput as problem:
        yield Fault(where, "of no class", str(problem))
        return
    if privacy.remote == RESTRICTED and not settings.get("cache", True):
        yield Fault(where, f"{privacy}, but kept in git", "take `cache: false` off")
    if privacy.remote == RESTRICTED and settings.get("remote") != RESTRICTED:
        yield Fault(
            where,
            f"{privacy}, but goes to the remote {settings.get('remote', 'open')!r}",
            f"write `remote: {RESTRICTED}` under it; if it was pushed, remove it from that remote",
        )


def tracked(root: Path) -> Iterator[Fault]:
    """Every .dvc file sends what it stands for to the remote of its class."""
    inside = kept_inside(root)
    for file in sorted((root / "data").rglob("*.dvc")):
        for out in yaml.safe_load(file.read_text()).get("outs", []):
            path = (file.parent / out["path"]).relative_to(root).as_posix()
            yield from routed(str(file.relative_to(root)), path, out, inside)


def remotes(root: Path) -> Iterator[Fault]:
    """The remotes for the two are two places, which DVC can tell apart."""
    try:
        with Repo(str(root)) as repo:
            refuse_alike(repo)
    except BadInput as problem:
        found = as_fault(".dvc/config", problem)
        remedy = f"{found.remedy}: `dvc remote modify --local {RESTRICTED} url`"
        yield found._replace(remedy=remedy)


def in_git(root: Path) -> Iterator[Fault]:
    """Nothing identifying is in git, nor ever was."""
    inside = kept_inside(root)
    now = set(listed(root, "ls-files", "-z"))
    once = set(listed(root, "log", "--all", "--no-renames", "-m", *ADDED))
    for name in sorted(now | once):
        if not identifying(name, inside):
            continue
        if name in now:
            remedy = f"`git rm --cached {name}`; its history keeps it: rewrite that before a push"
            yield Fault(name, "identifying, and in git", remedy)
        else:
            remedy = f"`git filter-repo --invert-paths --path {name}`, here and in every clone"
            yield Fault(name, "identifying, and in the history of git", remedy)


def listed(root: Path, *words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise BadInput(f"{root}: `git {words[0]}` failed: {done.stderr.strip()}")
    return [name.strip() for name in done.stdout.split("\0") if name.strip()]


def identifying(name: str, inside: Collection[str]) -> bool:
    """Whether a file that git lists shows a person, by its place or its kind."""
    path = Path(name)
    if path.parts[0] == "data" and not DESCRIBES.fullmatch(path.name):
        try:
            return privacy_of(name, inside).kind == "identifying"
        except BadInput:
            return True
    suffixes = {Path(part).suffix.lower() for part in path.parts}
    loose = path.parts[0] not in OURS and suffixes & {*DRAWN, ".zarr"}
    return path.suffix.lower() in RECORDED or bool(loose)


def files_of(root: Path, simulated: Iterable[str]) -> dict[Path, list[Path]]:
    """Recorded corpus -> the files in its folders of speakers, or beside them, behind links too."""
    corpora = sorted(path for path in (root / RAW).glob("*/") if path.name not in set(simulated))
    return {
        corpus: [path for path in walked(corpus) if not (path.parent == corpus and described(path))]
        for corpus in corpora
    }


def walked(top: Path) -> list[Path]:
    """All files under a folder; folders that are symbolic links are entered, each once."""
    found, entered = [], set()
    for folder, below, names in os.walk(top, followlinks=True):
        entered.add(os.path.realpath(folder))
        below[:] = [name for name in below if os.path.realpath(Path(folder, name)) not in entered]
        found += [path for name in names if (path := Path(folder, name)).is_file()]
    return sorted(found)


def strays(root: Path) -> Iterator[Fault]:
    """Beside the folders of corpora lies nothing that holds data."""
    for path in sorted((root / RAW).glob("*")):
        if not path.is_dir() and not DESCRIBES.fullmatch(path.name):
            remedy = "add it by `python -m tractable.recordings add`, or move it away"
            yield Fault(str(path), "belongs to no corpus, and nobody looked into it", remedy)


def described(path: Path) -> bool:
    return bool(DESCRIBES.fullmatch(path.name))


def corpus_readme(corpus: Path) -> Iterator[Fault]:
    """Every corpus says under which licence and consent it is here."""
    for path in (path for path in called_so(corpus) if not short_text(path)):
        what = f"goes into git, but is no text of at most {LONGEST // 1000} kB in UTF-8"
        yield Fault(str(path), what, "write what it says of the corpus, not of people, as text")
    if not readmes(corpus):
        remedy = "write README.md there: licence, source, consent and its limits, how to cite"
        yield Fault(str(corpus), "a corpus without README", remedy)
    for file in unfilled(corpus):
        yield Fault(str(file), f"still says {BLANK!r}", "fill it in: licence, consent, source")


def speakers(corpus: Path) -> Iterator[Fault]:
    """Speakers go by codes."""
    for folder in sorted(corpus.glob("*/")):
        try:
            called(folder.name)
        except BadInput as problem:
            yield Fault(str(folder), "a speaker who may be named", str(problem))


def clips(corpus: Path, entry: Mapping[str, Any], files: list[Path]) -> Iterator[Fault]:
    """Names of clips tell no year and no date: one finding for all of a corpus.

    Parameters
    ----------
    entry : what params.yaml: corpora says of it; nothing, where it is not listed.
    """
    try:
        refuse_years(clip_names(corpus, entry) or [*called_by_files(corpus, files)])
    except BadInput as problem:
        yield as_fault(str(corpus), problem)


def clip_names(corpus: Path, entry: Mapping[str, Any]) -> list[str]:
    """As the adapter of a listed corpus has them, of clips with a file here; [] if it cannot."""
    reader = ADAPTERS.get(entry.get("adapter", ""))
    if reader is None:
        return []
    homes = [home for who in entry.get("speakers", []) if (home := corpus / who).is_dir()]
    try:
        found = [clip for home in homes for clip in promised(home, reader, entry)]
    except (BadInput, KeyError):  # its list of clips is not here, or its entry is not whole
        return []
    files = {clip.name: (clip.pictures, clip.sound, *clip.labels) for clip in found}
    return [name for name, of in files.items() if any(file and file.exists() for file in of)]


def called_by_files(corpus: Path, files: list[Path]) -> Iterator[str]:
    """What clips may be called of which no adapter knows: as their files, or folders of these.

    A date among them is found file by file.
    """
    for file in (file.relative_to(corpus) for file in files if file.parent != corpus):
        yield from (Path(part).stem for part in file.parts[1:] if not DATE.search(part))


def held(corpus: Path, file: Path) -> Iterator[Fault]:
    """A file holds nothing beyond pictures, sound, labels and timing, and its name no date."""
    try:
        if file.parent != corpus:
            refuse_name(str(file.relative_to(corpus)), file)
        found = cleaned(file).held
    except BadInput as problem:
        yield as_fault(str(file), problem)
        return
    if found:
        shown = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if found[3:] else "")
        remedy = "add the speaker anew by `python -m tractable.recordings add`, which leaves it out"
        yield Fault(str(file), f"may name a person: {shown}", remedy)


def as_fault(name: str, problem: BadInput) -> Fault:
    """A complaint that ends with what to do."""
    what, _, remedy = str(problem).removeprefix(f"{name}: ").rpartition("; ")
    return Fault(name, what, remedy)
