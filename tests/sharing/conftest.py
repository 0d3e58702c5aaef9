"""Servers that all tests of this folder share, each started when one asks for it."""

from contextlib import ExitStack
from itertools import count

import pytest

from tests.sharing.laboratory import Clone, made
from tests.sharing.servers import SERVERS, Remote

NUMBERS = count()


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Kind -> the server, started once."""
    with ExitStack() as stack:
        started = {}

        def server(kind: str):
            if kind not in started:
                home = tmp_path_factory.mktemp("servers") / kind
                started[kind] = stack.enter_context(SERVERS[kind](home))
            return started[kind]

        yield server


@pytest.fixture
def new_remote(servers):
    """A remote on a server of some kind that nothing has been pushed to."""

    def remote(kind: str) -> Remote:
        return servers(kind).remote(f"r{next(NUMBERS)}")

    return remote


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Clone:
    """A repository whose data are in its cache; tests clone it and leave it alone."""
    return made(tmp_path_factory.mktemp("laboratory") / "lab")


@pytest.fixture(scope="session")
def filled(lab, servers):
    """Kind -> the remotes ``open`` and ``restricted`` with all that the laboratory has.

    HTTPS shows a mirror, S3, SSH and WebDAV were pushed to; the other class is in a folder where a
    server cannot have both. WebDAV is pushed to by one job, as the guide says.
    """
    known = {}

    def remotes(kind: str) -> dict[str, Remote]:
        if kind not in known:
            vault = servers("folder" if kind in ("https", "webdav") else kind)
            there = {"open": servers(kind).remote(f"open{kind}")}
            there["restricted"] = vault.remote(f"restricted{kind}")
            known[kind] = there
            (lab.folder / ".dvc" / "config.local").unlink(missing_ok=True)
            for name, remote in there.items():
                lab.point(name, remote)
            if kind == "https":
                folder = servers(kind).files.home / there["open"].name
                lab.run("python", "-m", "tractable.mirror", str(folder))
                vaulted = ("raw/phantom", "recordings", "audit", "figures")
                lab.run("dvc", "push", "-q", *(f"data/{name}" for name in vaulted))
            else:
                lab.run("dvc", "push", "--jobs", "1" if kind == "webdav" else "4")
        return known[kind]

    return remotes


@pytest.fixture
def cloned(lab, tmp_path, filled):
    """A colleague's clone, pointed at both remotes of a kind."""

    def clone(kind: str, name: str = "colleague") -> Clone:
        made = lab.clone(tmp_path / name)
        for which, remote in filled(kind).items():
            made.point(which, remote)
        return made

    return clone
