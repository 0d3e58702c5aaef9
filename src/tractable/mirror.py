"""A folder that a web host serves as the read-only remote: ``python -m tractable.mirror FOLDER``.

It holds what may be published of the current commit, laid out as DVC's remotes are: what is of no
one person, and what was derived of simulated speakers. An output that holds recorded speakers is
left out and named, for who may read it depends on their consent. Faces and voices are never shown,
nor is what params.yaml: privacy keeps inside the laboratory.
Run again it brings what is new and removes all else; a run that was interrupted goes on. Whoever
reads it needs no account:

    dvc remote add mirror https://HOST/PATH && dvc pull -r mirror data/areas
"""

import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Collection
from pathlib import Path
from shutil import copyfile

import yaml
from rich.progress import track

from tractable.contracts import BadInput
from tractable.objects import Object, md5_of, objects, open_objects, repository, stem
from tractable.privacy import RESTRICTED, privacy_of
from tractable.whole import link, written_whole

MARK = "tractable-mirror.txt"
SAYS = (
    "A read-only DVC remote, written by `python -m tractable.mirror`, which removes what is old.\n"
)
PLACE = Path("files", "md5")  # where DVC's remotes hold objects
AMOUNT = re.compile(r"share_\d[\w.+-]*|one_speaker")  # folders of tractable.efficiency


def main() -> None:
    parser = ArgumentParser(
        "python -m tractable.mirror",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="to serve; made where it is not there")
    parser.add_argument(
        "--copy", action="store_true", help="never hard-link to DVC's cache, which saves the space"
    )
    parser.add_argument(
        "--pseudonymous",
        action="store_true",
        help="show what was derived of recorded speakers too, whose consent covers publication",
    )
    asked = parser.parse_args()
    repo = repository()
    everything, cache = objects(repo), Path(repo.cache.local.path)
    params = yaml.safe_load((Path(repo.root_dir) / "params.yaml").read_text())
    simulated = params["scores"]["simulated"]
    print(mirror(everything, cache, asked.folder, simulated, asked.pseudonymous, asked.copy))


def mirror(
    everything: list[Object],
    cache: Path,
    folder: Path,
    simulated: Collection[str] = (),
    pseudonymous: bool = False,
    copy: bool = False,
) -> str:
    """Lay what may be published of ``everything`` out in ``folder``; says what was done.

    Parameters
    ----------
    cache : where DVC holds objects, ``cache/ab/cdef...``.
    simulated : corpora that show nobody.
    pseudonymous : show what was derived of recorded speakers too.
    copy : never hard-link.

    Raises
    ------
    BadInput : an object is not in the cache or not what its name says, a recording would be shown,
        or the folder holds anything and no mirror wrote it.
    """
    withheld = {} if pseudonymous else recorded(everything, simulated)
    wanted = open_objects(one for one in everything if one.output not in withheld)
    refuse_lacking([one for one in wanted if not place(cache, one.md5).is_file()])
    home = folder / PLACE
    refuse_other_remote(folder)
    removed = remove_others(home, {one.md5 for one in wanted})
    new = [one for one in wanted if not there(place(cache, one.md5), place(home, one.md5))]
    brought = 0
    for one in track(new, "mirror", disable=not new):
        brought += bring(one, place(cache, one.md5), place(home, one.md5), copy)
    said = [
        f"mirror: {output} left out: it holds speakers of {', '.join(corpora)}; `--pseudonymous` "
        "shows it, where their consent covers publication"
        for output, corpora in withheld.items()
    ]
    kept = dict.fromkeys(one.output for one in everything if one.personal and derived(one))
    said += [f"mirror: {output} left out: it goes to the remote {RESTRICTED!r}" for output in kept]
    said.append(
        f"mirror: {folder}: {len(wanted)} objects of {len({o.output for o in wanted})} outputs; "
        f"{len(new)} brought ({brought / 1e6:.1f} MB), {removed} removed"
    )
    return "\n".join(said)


def recorded(everything: list[Object], simulated: Collection[str]) -> dict[str, list[str]]:
    """Output that holds values of recorded speakers -> their corpora."""
    found: dict[str, list[str]] = {}
    for one in everything:
        if derived(one) and not (one.personal or one.is_list):
            corpus = corpus_of(one)
            corpora = found.setdefault(one.output, [])
            if corpus is not None and corpus not in (*simulated, *corpora):
                corpora.append(corpus)
    return {output: corpora for output, corpora in found.items() if corpora}


def derived(one: Object) -> bool:
    return privacy_of(one.output).kind == "pseudonymous"


def corpus_of(one: Object) -> str | None:
    """By its place, data/NOUN/CORPUS/..., data/NOUN/models/CORPUS/... or, of models that learnt
    from less, data/NOUN/models/AMOUNT/CORPUS/...; None: a list of models.

    An output that is a single file might be of anybody: it is a corpus of its own.
    """
    if one.name == one.output:
        return one.name
    folders = Path(one.name).parts[2:-1]
    if folders[:1] == ("models",):
        folders = folders[2:] if AMOUNT.fullmatch("".join(folders[1:2])) else folders[1:]
    return Path(folders[0]).stem if folders else None


def place(home: Path, md5: str) -> Path:
    return home / md5[:2] / md5[2:]


def there(source: Path, target: Path) -> bool:
    return target.is_file() and target.stat().st_size == source.stat().st_size


def refuse_lacking(lacking: list[Object]) -> None:
    if lacking:
        outputs = " ".join(dict.fromkeys(one.output for one in lacking))
        raise BadInput(
            f"{len(lacking)} objects are not in DVC's cache, {lacking[0].name} for one; nothing "
            f"was changed; `dvc fetch {outputs}` brings them, or make them by `dvc repro`"
        )


def refuse_other_remote(folder: Path) -> None:
    """Objects are removed from a mirror, and must not be from any other place."""
    if (folder / MARK).is_file():
        return
    if (folder / PLACE).exists():
        raise BadInput(
            f"{folder}: holds {PLACE}, and no mirror wrote it: a cache or a remote, perhaps, which "
            "this would empty; name another folder"
        )
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise BadInput(
            f"{folder}: is there, and holds no {MARK}, so that no mirror wrote it; name a new "
            "folder, or an empty one, which the web host serves"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(SAYS)


def remove_others(home: Path, wanted: set[str]) -> int:
    """Remove objects that are not wanted; their number."""
    others = [file for file in home.glob("*/*") if file.parent.name + file.name not in wanted]
    for file in others:
        file.unlink()
    return len(others)


def bring(one: Object, source: Path, target: Path, copy: bool) -> int:
    """One object, if it is what its name says; its size [byte]."""
    with source.open("rb") as stream:
        if md5_of(stream) != stem(one.md5):
            raise BadInput(
                f"{source}: the cache's object of {one.name} is corrupt, and was not shown; remove "
                f"it, then `dvc fetch {one.output}`"
            )
    with written_whole(target) as partial:
        copyfile(source, partial) if copy else link(source, partial)
    return target.stat().st_size


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"mirror: {problem}")
