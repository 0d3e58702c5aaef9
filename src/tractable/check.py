"""Whether data are what they should be, byte for byte: ``python -m tractable.check [PATH ...]``.

DVC trusts what it saw before, and a name on a remote. This reads every byte of what dvc.lock and
the .dvc files promise, in the folder ``data`` and in DVC's cache, or on a remote, and ends with
status 1 where one differs. On a remote that strangers read it looks for faces and voices too. It
refuses two remotes that DVC would take for one.

    python -m tractable.check                              # all that is tracked
    python -m tractable.check data/areas/phantom/sim1.zarr # what was pulled
    python -m tractable.check --remote open                # every byte there; nothing is stored
    python -m tractable.check --remote open --repair       # and bring there anew what is wrong
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dvc.config import NoRemoteError
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc_data.hashfile.db import HashFileDB
from rich.progress import track

from tractable.contracts import BadInput
from tractable.faults import Fault
from tractable.objects import (
    OPEN,
    Object,
    md5_of,
    objects,
    open_objects,
    refuse_alike,
    repository,
    stem,
)
from tractable.privacy import RESTRICTED

SHOWN = 20  # faults; the rest are counted
AT_ONCE = 8  # reads from a remote


def main() -> None:
    asked = arguments()
    repo = repository()
    refuse_alike(repo)
    if asked.remote:
        faults, count = remote_faults(repo, asked.remote, asked.paths, asked.repair)
    else:
        faults, count = local_faults(repo, asked.paths)
    for fault in faults[:SHOWN]:
        print(fault)
    if faults:
        more = f", {len(faults) - SHOWN} of them not shown" if len(faults) > SHOWN else ""
        sys.exit(f"check: {len(faults)} faults among {count} objects{more}")
    print(f"check: {count} objects are what they should be")


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.check",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", help="outputs or parts of them (default: all)")
    parser.add_argument("--remote", metavar="NAME", help="look there instead of on this disk")
    parser.add_argument(
        "--repair",
        action="store_true",
        help="with --remote: objects that are missing or corrupt there come anew from this cache, "
        "which `dvc push` does not do",
    )
    asked = parser.parse_args()
    if asked.repair and not asked.remote:
        parser.error("--repair wants --remote NAME")
    return asked


def local_faults(repo: Repo, paths: list[str]) -> tuple[list[Fault], int]:
    """Faults of files in the working tree and in the cache, and how many objects were read."""
    everything = objects(repo, paths)
    root, cache = Path(repo.root_dir), repo.cache.local
    files = [one for one in everything if not one.is_list]
    kept = [one for one in once(everything) if cache.exists(one.md5)]
    faults = [
        *read(files, lambda one: (root / one.name).open("rb"), on_disk, "data"),
        *(unlisted(name) for name in strangers(root, everything, paths)),
        *read(kept, partial(reader, cache), in_cache(cache), "cache"),
    ]
    return faults, len(files) + len(kept)


def remote_faults(
    repo: Repo, remote: str, paths: list[str], repair: bool = False
) -> tuple[list[Fault], int]:
    """Faults of objects on a remote, and how many were looked at.

    Parameters
    ----------
    repair : bring what is missing or corrupt from the cache, where it is right, and look again.

    Raises
    ------
    BadInput : no such remote, or it does not answer.
    """
    with a_remote(repo, remote) as there:
        needed = RESTRICTED if remote == RESTRICTED else OPEN
        everything = objects(repo, paths, [there], needed)
        if remote == RESTRICTED:
            wanted = once(one for one in everything if one.personal)
            hidden: list[Object] = []
        else:
            wanted = open_objects(everything)
            seen = {one.md5 for one in wanted}
            hidden = [one for one in once(everything) if one.md5 not in seen]
        shown = set(there.oids_exist([one.md5 for one in hidden]))
        leaks = [leaked(there, one) for one in hidden if one.md5 in shown]
        look = partial(read, opened=partial(reader, there), faulty=on_remote(there, remote))
        faults = look(wanted, label=remote, at_once=AT_ONCE)
        if faults and repair:
            names = {fault.name for fault in faults}
            wrong = [one for one in wanted if one.name in names]
            bring_anew(wrong, repo.cache.local, there)
            faults = look(wrong, label="again", at_once=AT_ONCE)
        if faults:
            knock(there)  # some servers that are down look as if they had nothing
    return leaks + faults, len(wanted) + len(hidden)


def bring_anew(wrong: list[Object], cache: HashFileDB, there: HashFileDB) -> None:
    """Put objects on a remote from the cache, if the cache is right."""
    for one in track(wrong, "repair"):
        try:
            with reader(cache, one) as stream:
                right = md5_of(stream) == stem(one.md5)
        except FileNotFoundError:
            right = False
        if right:
            with suppress(FileNotFoundError):
                there.fs.remove(there.oid_to_path(one.md5))
            there.add(cache.oid_to_path(one.md5), cache.fs, one.md5, check_exists=False)


@contextmanager
def a_remote(repo: Repo, name: str) -> Iterator[HashFileDB]:
    """A remote; whatever its library raises while it is used ends in one message."""
    try:
        there = repo.cloud.get_remote_odb(name)
        knock(there)
        yield there
    except NoRemoteError:
        raise BadInput(f"no remote {name!r}; `dvc remote list` has those there are") from None
    except BadInput:
        raise
    except Exception as problem:  # every protocol has errors of its own
        raise BadInput(
            f"remote {name!r} does not answer as it should ({type(problem).__name__}: {problem}); "
            f"nothing is known of its objects; see `dvc remote list`, its keys, and the server"
        ) from problem


def knock(there: HashFileDB) -> None:
    """Ask for an object that nobody has: only a server that answers says that it is not there."""
    with suppress(FileNotFoundError):
        there.fs.fs.cat_file(there.oid_to_path("0" * 32))


def once(several: Iterable[Object]) -> list[Object]:
    return list({one.md5: one for one in several}.values())


def reader(place: HashFileDB, one: Object) -> BinaryIO:
    return place.fs.open(place.oid_to_path(one.md5), "rb")


def read(
    wanted: list[Object],
    opened: Callable[[Object], BinaryIO],
    faulty: Callable[[Object, str], Fault],
    label: str,
    at_once: int = 1,
) -> list[Fault]:
    """Read all that is wanted, byte for byte."""

    def look(one: Object) -> Fault | None:
        try:
            with opened(one) as stream:
                same = md5_of(stream) == stem(one.md5)
        except FileNotFoundError:
            return faulty(one, "missing")
        return None if same else faulty(one, "changed")

    with ThreadPoolExecutor(at_once) as pool:
        found = track(pool.map(look, wanted), label, len(wanted), disable=not wanted)
        return [fault for fault in found if fault]


def on_disk(one: Object, what: str) -> Fault:
    if what == "missing":
        return Fault(one.name, "not here", f"`dvc pull {one.output}` brings it")
    way = f"`dvc checkout --force {one.output}` restores what was tracked"
    return Fault(one.name, "not the bytes that were tracked", way)


def unlisted(name: str) -> Fault:
    return Fault(name, "lies in an output that does not list it", "move it away")


def in_cache(cache: HashFileDB) -> Callable[[Object, str], Fault]:
    def fault(one: Object, what: str) -> Fault:
        path = cache.oid_to_path(one.md5)
        way = f"remove {path}, then `dvc fetch {one.output}`; until then do not push"
        return Fault(one.name, "its object in the cache is corrupt", way)

    return fault


def on_remote(there: HashFileDB, remote: str) -> Callable[[Object, str], Fault]:
    def fault(one: Object, what: str) -> Fault:
        way = f"`python -m tractable.check --remote {remote} --repair` from a clone that has it"
        if what == "missing":
            return Fault(one.name, f"not on {remote} ({one.md5})", way)
        path = there.fs.unstrip_protocol(there.oid_to_path(one.md5))
        return Fault(one.name, f"corrupt on {remote} ({path})", way)

    return fault


def leaked(there: HashFileDB, one: Object) -> Fault:
    path = there.fs.unstrip_protocol(there.oid_to_path(one.md5))
    what = f"is {RESTRICTED}, and lies on a remote of the class {OPEN}"
    return Fault(one.name, what, f"remove {path} at once, and find out who may have read it")


def strangers(root: Path, everything: list[Object], paths: list[str]) -> list[str]:
    """Files in tracked folders that no list names."""
    known = {one.name for one in everything}
    folders = paths or [one.name for one in everything if one.is_list]
    found = (file for folder in folders for file in (root / folder).rglob("*") if file.is_file())
    names = (file.relative_to(root).as_posix() for file in found)
    return sorted(name for name in names if name not in known and ".partial" not in name)


if __name__ == "__main__":
    try:
        main()
    except (BadInput, DvcException) as problem:
        sys.exit(f"check: {problem}")
