"""What DVC keeps of this repository: the objects of each output, and who may see them.

An object is a file, named by the md5 of its bytes; the list of a folder's files is one too, and its
name ends in ``.dir``. Every output goes to one of two remotes: what shows a person to
``restricted``, as ``remote: restricted`` in dvc.yaml or in a .dvc file says; all else to ``open``.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

from dvc.exceptions import NotDvcRepoError
from dvc.output import Output
from dvc.repo import Repo
from dvc_data.hashfile.db import HashFileDB

from tractable.contracts import BadInput
from tractable.privacy import RESTRICTED, kept_inside, privacy_of

OPEN = "open"
LIST = ".dir"
BLOCK = 2**20  # bytes
#: Where a recording is one: any file that is no store, and the chunks of pictures and sound.
PERSONAL = re.compile(r"^(?!.*\.zarr/)|\.zarr/(frames|sound)/c")

EMPTY = hashlib.md5(usedforsecurity=False).hexdigest()  # a file without a byte is nobody's


class Object(NamedTuple):
    """One file that DVC keeps."""

    md5: str
    name: str  # its path in the repository; of a folder's list: the folder
    output: str  # that it belongs to
    personal: bool  # of the class ``restricted``

    @property
    def is_list(self) -> bool:
        return self.md5.endswith(LIST)


def repository() -> Repo:
    """The one in which the command was called."""
    try:
        return Repo()
    except NotDvcRepoError:
        raise BadInput(f"{Path.cwd()}: no repository of DVC; run this at its root") from None


def refuse_alike(repo: Repo) -> None:
    """Refuse a remote that DVC takes for ``restricted``, or that holds it or lies in it.

    DVC sends the data of two that it takes for one to one of them.

    DVC 3.67 tells remotes apart by protocol and path, and neither by host nor by bucket's endpoint;
    of WebDAV it knows not even the path.

    Raises
    ------
    BadInput : naming the two.
    """
    if RESTRICTED not in repo.config["remote"]:
        return
    for name in repo.config["remote"]:
        if name != RESTRICTED:
            refuse_pair(repo, name)


def refuse_pair(repo: Repo, name: str) -> None:
    """Refuse a remote that DVC takes for ``restricted``, or one of the two within the other."""
    other, vault = (repo.cloud.get_remote(which) for which in (name, RESTRICTED))
    if other.fs.protocol != vault.fs.protocol:
        return
    pair = f"remotes {name!r} and {RESTRICTED!r}"
    if repo.cloud.get_remote_odb(name).path == repo.cloud.get_remote_odb(RESTRICTED).path:
        raise BadInput(
            f"{pair}: DVC cannot tell them apart ({vault.fs.protocol}, {vault.path}: it compares "
            "neither hosts nor WebDAV folders) and would send faces to the other one; give them "
            "two paths, or two protocols, before any push"
        )
    urls = [urlsplit(repo.config["remote"][which]["url"]) for which in (name, RESTRICTED)]
    ways = [PurePosixPath(url.path) for url in urls]
    inside = ways[0].is_relative_to(ways[1]) or ways[1].is_relative_to(ways[0])
    if inside and urls[0].netloc.rpartition("@")[2] == urls[1].netloc.rpartition("@")[2]:
        raise BadInput(
            f"{pair}: one lies in the other ({ways[0]}, {ways[1]}), and whoever reads the outer "
            "folder may read both; give them two folders side by side, before any push"
        )


def objects(
    repo: Repo,
    targets: Iterable[str] = (),
    places: Iterable[HashFileDB] = (),
    needed: str | None = None,
) -> list[Object]:
    """Every object of the outputs that DVC keeps, files before the list that names them.

    Parameters
    ----------
    targets : paths in the repository, of outputs or of parts of them; none: all.
    places : where to look for lists of folders beside the cache.
    needed : class of outputs whose lists there must be; of another one, the list's own name will
        do. None: all.

    Raises
    ------
    BadInput : a list is nowhere, no output has such a target, or an output that shows a person
        does not name the remote ``restricted``.
    """
    wanted = [Path(target).as_posix().rstrip("/") for target in targets]
    inside = kept_inside(Path(repo.root_dir))
    found: list[Object] = []
    for out in repo.index.outs:
        path = Path(out.fs_path).relative_to(repo.root_dir).as_posix()
        if not out.use_cache:
            continue
        refuse_astray(path, out, inside)
        if out.hash_info and any_within(path, wanted):
            whole = Object(out.hash_info.value, path, path, out.remote == RESTRICTED)
            must = needed in (None, RESTRICTED if whole.personal else OPEN)
            found += of_output(whole, [repo.cache.local, *places], must)
    part = [one for one in found if not wanted or any(within(one.name, way) for way in wanted)]
    for way in wanted:
        if not any(within(one.name, way) for one in part):
            raise BadInput(f"{way}: DVC keeps nothing of that name; `dvc list . data -R` has all")
    return part


def refuse_astray(path: str, out: Output, inside: Collection[str]) -> None:
    """Refuse an output that would go to another remote than its class asks for."""
    goes, kind = out.remote or OPEN, privacy_of(path, inside)
    if goes not in (OPEN, RESTRICTED) or (kind.remote == RESTRICTED != goes):
        raise BadInput(
            f"{path}: {kind}, but goes to the remote {goes!r}; write `remote: "
            f"{kind.remote or OPEN}` under it in {out.stage.relpath}; if it was pushed, remove it "
            "from that remote"
        )


def any_within(path: str, wanted: list[str]) -> bool:
    """Whether an output is asked for, or holds or lies in what is."""
    return not wanted or any(within(path, way) or within(way, path) for way in wanted)


def within(path: str, folder: str) -> bool:
    return path == folder or folder == "." or path.startswith(f"{folder}/")


def of_output(whole: Object, places: list[HashFileDB], must: bool) -> list[Object]:
    """The objects of one output."""
    if not whole.is_list:
        return [whole]
    held = first_whole(whole, places)
    if held is None and not must:
        return [whole]
    if held is None:
        raise BadInput(
            f"{whole.output}: the list of its files is missing or corrupt ({whole.md5}); "
            f"`dvc fetch {whole.output}` brings it where a remote has it"
        )
    files = json.loads(held)
    parts = [whole._replace(md5=of["md5"], name=f"{whole.name}/{of['relpath']}") for of in files]
    return [*parts, whole]


def first_whole(wanted: Object, places: list[HashFileDB]) -> bytes | None:
    """The bytes of an object from the first place that has them as they should be."""
    for place in places:
        try:
            with place.fs.open(place.oid_to_path(wanted.md5), "rb") as stream:
                held = stream.read()
        except FileNotFoundError:
            continue
        if hashlib.md5(held, usedforsecurity=False).hexdigest() == stem(wanted.md5):
            return held
    return None


def stem(md5: str) -> str:
    return md5.removesuffix(LIST)


def md5_of(stream: BinaryIO) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def open_objects(everything: Iterable[Object]) -> list[Object]:
    """Objects that whoever reads the remote ``open`` may see, each once.

    Clocks and labels are the same bytes in a recording and in what is derived of it; they are open.

    Raises
    ------
    BadInput : a recording's pictures or sound, or a raw file, lie in an open output too.
    """
    everything = list(everything)
    personal = {one.md5: one for one in everything if one.personal}
    found = {one.md5: one for one in everything if not one.personal}
    for md5 in found.keys() & personal.keys():
        if PERSONAL.search(personal[md5].name) and stem(md5) != EMPTY:
            raise BadInput(
                f"{found[md5].name}: holds the bytes of {personal[md5].name}, which is restricted; "
                f"write `remote: {RESTRICTED}` under {found[md5].output} too, or take it out"
            )
    return list(found.values())
