"""A folder that a web host serves as the read-only remote: ``python -m tractable.mirror FOLDER``.

It holds the objects of the class ``open`` of the current commit, laid out as DVC's remotes are, and
nothing of the class ``restricted``. Run again it brings what is new and removes what is no longer
open; a run that was interrupted goes on. Whoever reads it needs no account:

    dvc remote add mirror https://HOST/PATH && dvc pull -r mirror data/areas
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from shutil import copyfile

from rich.progress import track

from tractable.contracts import BadInput
from tractable.objects import Object, md5_of, objects, open_objects, repository, stem
from tractable.store import link, written_whole

MARK = "tractable-mirror.txt"
SAYS = (
    "A read-only DVC remote, written by `python -m tractable.mirror`, which removes what is old.\n"
)
PLACE = Path("files", "md5")  # where DVC's remotes hold objects


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
        "--keep", action="store_true", help="what older commits need, unless it is restricted now"
    )
    asked = parser.parse_args()
    repo = repository()
    everything = objects(repo)
    print(mirror(everything, Path(repo.cache.local.path), asked.folder, asked.copy, asked.keep))


def mirror(
    everything: list[Object], cache: Path, folder: Path, copy: bool = False, keep: bool = False
) -> str:
    """Lay the open ones of ``everything`` out in ``folder``; says what was done.

    Parameters
    ----------
    cache : where DVC holds objects, ``cache/ab/cdef...``.
    copy : never hard-link.
    keep : leave objects of older commits there.

    Raises
    ------
    BadInput : an object is not in the cache or not what its name says, a recording would be shown,
        or the folder holds objects that no mirror wrote.
    """
    wanted = open_objects(everything)
    refuse_lacking([one for one in wanted if not place(cache, one.md5).is_file()])
    home = folder / PLACE
    refuse_other_remote(folder)
    hidden = {one.md5 for one in everything} - {one.md5 for one in wanted}
    removed = remove_others(home, {one.md5 for one in wanted}, hidden, keep)
    new = [one for one in wanted if not there(place(cache, one.md5), place(home, one.md5))]
    brought = 0
    for one in track(new, "mirror", disable=not new):
        brought += bring(one, place(cache, one.md5), place(home, one.md5), copy)
    return (
        f"mirror: {folder}: {len(wanted)} objects of {len({o.output for o in wanted})} outputs; "
        f"{len(new)} brought ({brought / 1e6:.1f} MB), {removed} removed"
    )


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
    if (folder / PLACE).exists() and not (folder / MARK).is_file():
        raise BadInput(
            f"{folder}: holds {PLACE}, and no mirror wrote it: a cache or a remote, perhaps, which "
            "this would empty; name another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(SAYS)


def remove_others(home: Path, wanted: set[str], hidden: set[str], keep: bool) -> int:
    """Remove objects that are not wanted, of which ``hidden`` may not be seen; their number."""
    removed = 0
    for file in sorted(home.glob("*/*")):
        md5 = file.parent.name + file.name
        if md5 not in wanted and (md5 in hidden or not keep or file.name.endswith(".partial")):
            file.unlink()
            removed += 1
    return removed


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
