"""What goes wrong with shared data, planted for real; none of it stays without a word.

Each test is a row of the table of faults in docs/sharing.md, and each row has its test.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs import free_port
from tests.project import ROOT
from tests.recordings.corpus import METAFILE, corpus
from tests.sharing.laboratory import listing
from tests.sharing.servers import KINDS, Remote
from tractable.contracts import AREAS, BadInput
from tractable.objects import md5_of, stem
from tractable.store import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300, func_only=True)]
CHECK = ("python", "-m", "tractable.check")
STORE = "data/areas/phantom/sim2.zarr"
CHUNK = f"{STORE}/distance/c.0.0"
LOST = f"{STORE}/area/c.0.0"
ROWS: dict[str, str] = {}  # fault -> its test


def fault(row: str):
    def noted(test):
        ROWS[row] = test.__name__
        return test

    return noted


@contextmanager
def without(remote: Remote, md5: str):
    """The remote without one object."""
    held = remote.server.files.read(remote.object(md5))
    remote.lose(md5)
    time.sleep(1.2 if remote.server.kind == "webdav" else 0)  # which remembers folders so long
    try:
        yield
    finally:
        remote.server.files.write(remote.object(md5), held)


@contextmanager
def harmed(remote: Remote, md5: str):
    """The remote with one byte of an object changed."""
    held = remote.server.files.read(remote.object(md5))
    remote.harm(md5)
    try:
        yield
    finally:
        remote.server.files.write(remote.object(md5), held)


def nothing_half(clone) -> None:
    """No store lies there that a reader would take for whole."""
    store = clone.folder / STORE
    if store.exists():
        with pytest.raises(BadInput, match="remove it"):
            load(store, AREAS)


@fault("corrupt object on a remote")
@pytest.mark.parametrize("kind", KINDS)
def test_a_corrupt_object_is_not_pulled_and_the_check_names_it(kind, lab, cloned, filled):
    clone, md5 = cloned(kind), lab.md5(CHUNK)
    with harmed(filled(kind)["open"], md5):
        said = clone.run("dvc", "pull", "data/areas", fails=True)
        assert "failed to pull" in said
        nothing_half(clone)
        said = clone.run(*CHECK, "--remote", "open", "data/areas", fails=True)
        assert f"{CHUNK}: corrupt on open (" in said
        assert md5[2:] in said
    clone.run("dvc", "pull", "data/areas")
    assert clone.fingerprints("data/areas") == lab.fingerprints("data/areas")


@fault("missing object on a remote")
@pytest.mark.parametrize("kind", ["https", "s3"])
def test_a_missing_object_stops_the_pull_and_the_check_names_it(kind, lab, cloned, filled):
    clone, md5 = cloned(kind), lab.md5(CHUNK)
    with without(filled(kind)["open"], md5):
        assert md5 in clone.run("dvc", "pull", "data/areas", fails=True)
        nothing_half(clone)
        said = clone.run(*CHECK, "--remote", "open", "data/areas", fails=True)
        assert f"{CHUNK}: not on open ({md5}); `python -m tractable.check" in said


@fault("missing list of a folder (.dir) on a remote")
@pytest.mark.parametrize("kind", ["ssh", "webdav"])
def test_a_missing_list_stops_the_pull_and_the_check(kind, lab, cloned, filled):
    clone, md5 = cloned(kind), lab.md5("data/areas")
    assert md5.endswith(".dir")
    with without(filled(kind)["open"], md5):
        assert md5 in clone.run("dvc", "pull", "data/areas", fails=True)
        assert not (clone.folder / "data/areas").exists()
        said = clone.run(*CHECK, "--remote", "open", "data/areas", fails=True)
        assert "data/areas: the list of its files is missing or corrupt" in said


@fault("push over a corrupt or missing object")
@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_a_push_does_not_repair_and_the_check_does(kind, lab, tmp_path, new_remote):
    """DVC trusts a name, and the list of a folder for all that it names."""
    clone, remote = with_cache(lab, tmp_path), new_remote(kind)
    clone.point("open", remote)
    clone.run("dvc", "push", "data/areas")
    remote.harm(lab.md5(CHUNK))
    remote.lose(lab.md5(LOST))
    assert "Everything is up to date" in clone.run("dvc", "push", "data/areas")
    repair = (*CHECK, "--remote", "open", "data/areas", "--repair")
    assert "are what they should be" in clone.run(*repair)
    assert (
        remote.server.files.read(remote.object(lab.md5(CHUNK)))
        == (clone.folder / CHUNK).read_bytes()
    )
    assert lab.md5(LOST) in remote.names()


def with_cache(lab, tmp_path: Path, name: str = "owner"):
    """A clone that has the laboratory's data, as copies of its own."""
    clone = lab.clone(tmp_path / name)
    shutil.copytree(lab.folder / ".dvc/cache", clone.folder / ".dvc/cache")
    clone.run("dvc", "config", "--local", "cache.type", "copy")
    clone.run("dvc", "checkout", "-q")
    return clone


@fault("corrupt object in the cache")
def test_a_corrupt_cache_is_found_before_it_is_pushed_or_mirrored(lab, tmp_path):
    clone, md5 = with_cache(lab, tmp_path), lab.md5(CHUNK)
    path = clone.folder / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    path.chmod(0o644)
    path.write_bytes(bytes(path.stat().st_size))
    said = clone.run(*CHECK, "data/areas", fails=True)
    assert f"{CHUNK}: its object in the cache is corrupt; remove {path}" in said
    said = clone.run("python", "-m", "tractable.mirror", str(tmp_path / "mirror"), fails=True)
    assert f"the cache's object of {CHUNK} is corrupt, and was not shown" in said


@fault("wrong key")
@pytest.mark.parametrize("kind", ["ssh", "https", "s3", "webdav"])
def test_a_wrong_key_ends_in_a_message(kind, lab, tmp_path, filled):
    remote = filled(kind)["open"]
    clone = lab.clone(tmp_path / "stranger").point("open", remote)
    wrong = {
        "ssh": ("keyfile", remote.server.settings.get("keyfile", "").replace("mine", "strangers")),
        "https": ("ssl_verify", "true"),  # nobody vouches for the server's certificate
        "s3": ("secret_access_key", "another"),
        "webdav": ("password", "another"),
    }
    clone.run("dvc", "remote", "modify", "--local", "open", *wrong[kind])
    said = clone.run("dvc", "pull", "data/areas", fails=True)
    assert "ERROR" in said
    assert not (clone.folder / "data/areas").exists()
    said = clone.run(*CHECK, "--remote", "open", "data/areas", fails=True)
    assert "remote 'open' does not answer as it should" in said


PULLED = {  # what DVC says of a server that is down; two protocols take it for an empty one
    "ssh": "failed to connect to ssh",
    "https": "Missing cache files",
    "s3": "failed to connect to s3",
    "webdav": "Missing cache files",
}
ONCE = {"AWS_MAX_ATTEMPTS": "1"}  # S3's libraries would try for most of a minute


@fault("server down")
@pytest.mark.parametrize("kind", PULLED)
def test_a_server_that_is_down_ends_in_a_message(kind, cloned, filled):
    """Nobody listens where it was; the check names the remote, and tells it from an empty one."""
    clone, wire = cloned(kind), filled(kind)["open"].server.wire
    config = clone.folder / ".dvc" / "config.local"
    held = config.read_text()
    config.write_text(held.replace(f":{wire.port}", f":{free_port()}"))
    assert PULLED[kind] in clone.run("dvc", "pull", "data/areas", fails=True, **ONCE)
    said = clone.run(*CHECK, "--remote", "open", "data/areas", fails=True, **ONCE)
    assert "remote 'open' does not answer as it should" in said
    assert "see `dvc remote list`, its keys, and the server" in said
    assert not (clone.folder / "data/areas").exists()
    config.write_text(held)
    clone.run("dvc", "pull", "data/areas")


OUTPUTS = ("data/areas", "data/contours", "data/explanations")


def came(clone) -> dict[str, int]:
    """Digest -> time of all that is whole in a clone's cache."""
    cache = clone.folder / ".dvc/cache/files/md5"
    found = {path.parent.name + path.name: path for path in cache.glob("*/*")}
    return {md5: path.stat().st_mtime_ns for md5, path in found.items() if whole(md5, path)}


def whole(md5: str, path: Path) -> bool:
    with path.open("rb") as stream:
        return md5_of(stream) == stem(md5)


@contextmanager
def pull_in_mid_run(clone, wire):
    """Of which some has come, and the rest is on its way."""
    wire.rate = 100_000.0
    try:
        pull = clone.start("dvc", "pull", *OUTPUTS, **ONCE)
        while sum(1 for _ in (clone.folder / ".dvc/cache/files/md5").glob("*/[!.]*")) < 20:
            assert pull.poll() is None, pull.communicate()[0]
            time.sleep(0.02)
        yield pull
    finally:
        wire.rate = None


def goes_on(clone, lab) -> None:
    """No part passes for whole, what came stays, the next pull brings the rest, all is right."""
    kept = came(clone)
    wanted = {md5 for name, md5 in listing(lab.folder).items() if name.startswith(OUTPUTS)}
    assert set(kept) < wanted
    nothing_half(clone)
    clone.run("dvc", "pull", *OUTPUTS)
    assert kept.items() <= came(clone).items()
    assert clone.fingerprints(*OUTPUTS) == lab.fingerprints(*OUTPUTS)
    clone.run(*CHECK, *OUTPUTS)


@fault("pull that was killed")
@pytest.mark.parametrize("kind", ["ssh", "s3"])
def test_a_killed_pull_goes_on(kind, lab, cloned, filled):
    clone, wire = cloned(kind), filled(kind)["open"].server.wire
    with pull_in_mid_run(clone, wire) as pull:
        pull.send_signal(signal.SIGKILL)
        pull.communicate()
    goes_on(clone, lab)


@fault("server that goes down during a pull")
@pytest.mark.parametrize("kind", ["https", "webdav"])
def test_a_pull_whose_server_goes_down_fails_and_goes_on(kind, lab, cloned, filled):
    """Over WebDAV DVC gives part of an object its whole name, and looks at it anew next time."""
    clone, wire = cloned(kind), filled(kind)["open"].server.wire
    try:
        with pull_in_mid_run(clone, wire) as pull:
            wire.cut()
            said, _ = pull.communicate()
    finally:
        wire.mend()
    assert pull.returncode, said
    assert "ERROR: failed to transfer" in said
    goes_on(clone, lab)


FULL = """
mount -t tmpfs -o size=300k tmpfs {cache}
dvc pull data/explanations && exit 3
find data -name "*.zarr" -path "data/explanations/*"
echo more space
mount -o remount,size=50m {cache}
dvc pull data/explanations
"""


@fault("disk full while pulling")
@pytest.mark.parametrize("kind", ["ssh", "s3"])
def test_a_full_disk_ends_in_a_message_and_the_pull_goes_on(kind, lab, cloned, tmp_path):
    """On a disk of 300 kB that is there for these commands alone."""
    alone = ["unshare", "--mount", "true"]
    if os.getuid() != 0 or subprocess.run(alone, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone, with `unshare` of util-linux")
    clone, cache = cloned(kind), tmp_path / "cache"
    cache.mkdir()
    clone.run("dvc", "cache", "dir", "--local", str(cache))
    clone.run("dvc", "config", "--local", "cache.type", "copy")  # which outlive the disk
    said = clone.run("unshare", "--mount", "bash", "-c", FULL.format(cache=cache))
    full, _, after = said.partition("more space")
    assert "No space left on device" in full
    assert ".zarr" not in full.splitlines()[-1]  # no store is there
    assert "ERROR" not in after
    assert clone.fingerprints("data/explanations") == lab.fingerprints("data/explanations")
    assert not list(cache.iterdir())  # the small disk was the cache


@fault("two people pushing at once")
def test_two_who_push_at_once_lose_nothing_and_git_says_who_was_second(lab, tmp_path, new_remote):
    """The same output in two versions, most of whose files are the same."""
    remote = new_remote("ssh")
    bare = tmp_path / "code.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(lab.folder), str(bare)], check=True)
    people = {name: with_cache(lab, tmp_path, name) for name in ("ann", "ben")}
    for name, person in people.items():
        person.point("open", remote)
        chunk = person.folder / CHUNK
        chunk.unlink()
        chunk.write_text(f"of {name}")
        person.run("dvc", "commit", "-q", "--force", "areas")
        person.run("git", "remote", "set-url", "origin", str(bare))
        identity = ("-c", "user.name=t", "-c", "user.email=t@t")
        person.run("git", *identity, "commit", "-qm", f"Areas of {name}", "dvc.lock")
    pushes = [person.start("dvc", "push", "data/areas") for person in people.values()]
    for push in pushes:
        said, _ = push.communicate()
        assert push.returncode == 0, said
    for person in people.values():
        said = person.run(*CHECK, "--remote", "open", "data/areas")
        assert "are what they should be" in said
    versions = [listing(person.folder)[CHUNK] for person in people.values()]
    assert len(set(versions)) == 2
    assert {remote.server.files.read(remote.object(md5)) for md5 in versions} == {
        b"of ann",
        b"of ben",
    }
    people["ann"].run("git", "push", "-q")
    assert "rejected" in people["ben"].run("git", "push", fails=True)


@fault("store truncated on this disk")
def test_a_truncated_store_is_refused_and_the_check_names_it(cloned):
    clone = cloned("folder")
    clone.run("dvc", "pull", "data/areas")
    path = clone.folder / CHUNK
    held = path.read_bytes()
    path.unlink()
    path.write_bytes(held[: len(held) // 2])
    with pytest.raises(BadInput, match=r"sim2.zarr: distance/c.0.0 missing or changed; remove it"):
        load(clone.folder / STORE, AREAS)
    said = clone.run(*CHECK, "data/areas", fails=True)
    assert f"{CHUNK}: not the bytes that were tracked; `dvc checkout --force data/areas`" in said
    clone.run("dvc", "checkout", "--force", "data/areas")
    clone.run(*CHECK, "data/areas")


@fault("raw file swapped under DVC")
def test_a_swapped_raw_file_is_found_though_its_size_and_time_are_the_same(lab, tmp_path):
    """`dvc status` trusts the time and the size that it saw before."""
    clone = with_cache(lab, tmp_path)
    name = next(n for n in listing(lab.folder) if n.startswith("data/raw/phantom/sim1/"))
    clip = clone.folder / name
    clone.run("dvc", "status", "phantom")
    before, held = clip.stat(), clip.read_bytes()
    clip.chmod(0o644)
    with clip.open("r+b") as file:
        file.write(held[:-1] + bytes([held[-1] ^ 1]))
    os.utime(clip, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "data/raw/phantom" not in clone.run("dvc", "status", "--no-updates", "phantom")
    said = clone.run(*CHECK, "data/raw/phantom", fails=True)
    assert f"{name}: not the bytes that were tracked" in said


@fault("partial pull, then `dvc repro` and `dvc push`")
def test_a_part_is_not_computed_on_and_a_push_changes_nothing(cloned, filled):
    clone, there = cloned("folder"), filled("folder")["open"].names()
    clone.run("dvc", "pull", STORE)
    lock = (clone.folder / "dvc.lock").read_bytes()
    said = clone.run("dvc", "repro", "--single-item", "--force", "theory", fails=True)
    assert "theory: data/areas: no store of phantom/sim1, phantom/sim3, listed in params" in said
    assert (clone.folder / "dvc.lock").read_bytes() == lock
    clone.run("dvc", "push", "data/areas", fails=None)
    assert filled("folder")["open"].names() == there
    clone.run("dvc", "pull", "data/areas")
    clone.run(*CHECK, "data/areas")


@fault("partial pull, then `dvc repro --pull --allow-missing` and `dvc push`")
def test_the_first_stage_that_reads_a_part_refuses_it(cloned, filled):
    """DVC takes the stages before for unchanged and fetches what the next one reads but the part,
    which it takes for a change."""
    clone, remotes = cloned("folder"), filled("folder").values()
    there = [remote.names() for remote in remotes]
    clone.run("dvc", "pull", STORE)
    lock = (clone.folder / "dvc.lock").read_bytes()
    said = clone.run("dvc", "repro", "--pull", "--allow-missing", fails=True)
    assert "audit: data/areas: no store of phantom/sim1, phantom/sim3, listed in params" in said
    assert "`dvc pull data/areas` brings it" in said
    assert re.findall("Running stage '(.*)'", said) == ["audit"]
    assert (clone.folder / "dvc.lock").read_bytes() == lock
    assert "Everything is up to date" in clone.run("dvc", "push")
    assert [remote.names() for remote in remotes] == there


@fault("partial pull of recordings, then a bare `dvc repro` and `dvc push`")
def test_a_bare_repro_computes_nothing_without_all_recordings(lab, tmp_path, new_remote):
    """Nothing can make what was recorded anew, so that DVC itself asks for who is missing."""
    clips = corpus(tmp_path / "clips", speakers=("sub001", "sub002"))
    owner, remote = with_cache(lab, tmp_path), new_remote("folder")
    owner.point("restricted", remote)
    add = ("python", "-m", "tractable.recordings", "add", "mylab", str(clips))
    owner.run(*add, "--pixel-spacing", "2.4")
    owner.run("git", "add", "data/raw", "params.yaml", "dvc.yaml")
    owner.run("git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "Two speakers")
    raw = ("data/raw/phantom", *(f"data/raw/mylab/{name}" for name in (METAFILE, "sub001")))
    owner.run("dvc", "push", *raw, "data/raw/mylab/sub002", "data/truth")
    there = remote.names()

    clone = owner.clone(tmp_path / "colleague").point("restricted", remote)
    shutil.copytree(lab.folder / ".dvc/cache", clone.folder / ".dvc/cache")
    clone.run("dvc", "pull", *raw, "data/truth")
    lock = (clone.folder / "dvc.lock").read_bytes()
    said = clone.run("dvc", "repro", fails=True)
    assert "missing data 'source': data/raw/mylab/sub002" in said
    assert "Running stage" not in said
    assert (clone.folder / "dvc.lock").read_bytes() == lock
    assert not (clone.folder / "data/recordings").exists()
    clone.run("dvc", "push", *raw)
    assert remote.names() == there


@fault("push to the read-only mirror")
def test_a_push_to_the_mirror_is_refused(lab, tmp_path, servers):
    clone = with_cache(lab, tmp_path).point("open", servers("https").remote("nothing"))
    assert "failed to push" in clone.run("dvc", "push", "data/areas", fails=True)


@fault("two remotes that DVC takes for one")
def test_remotes_that_dvc_cannot_tell_apart_are_refused(lab, tmp_path, servers):
    """It would send faces to the open one, or features to the other, and say that all is well."""
    clone = with_cache(lab, tmp_path)
    remotes = {name: servers("webdav").remote(f"alike-{name}") for name in ("open", "restricted")}
    for name, remote in remotes.items():
        clone.point(name, remote)
    for words in (CHECK, (*CHECK, "--remote", "open")):
        said = clone.run(*words, fails=True)
        assert "DVC cannot tell them apart" in said
    clone.run("dvc", "push", "--jobs", "1", "data/areas")
    assert lab.md5(CHUNK) in remotes["restricted"].names()  # what the refusal is for
    (clone.folder / ".dvc/config.local").unlink()
    for host, name in (("a", "open"), ("b", "restricted")):
        url = f"ssh://you@{host}.example.org/srv/tractable"
        clone.run("dvc", "remote", "modify", "--local", name, "url", url)
    assert "DVC cannot tell them apart" in clone.run(*CHECK, fails=True)


@fault("a face on the open remote")
def test_a_face_on_the_open_remote_is_found(lab, tmp_path, new_remote):
    clone, remote = with_cache(lab, tmp_path), new_remote("ssh")
    clone.point("open", remote)
    clone.run("dvc", "push", "-r", "open", "data/areas")
    clone.run(*CHECK, "--remote", "open", "data/areas", "data/raw/phantom")
    name = next(n for n in listing(lab.folder) if n.startswith("data/raw/phantom/sim1/"))
    md5 = lab.md5(name)
    held = (clone.folder / name).read_bytes()
    remote.server.files.write(remote.object(md5), held)
    said = clone.run(*CHECK, "--remote", "open", fails=True)
    assert f"{name}: is restricted, and lies on a remote of the class open" in said


def test_every_row_of_the_table_has_its_test_and_every_test_its_row():
    lines = (ROOT / "docs" / "sharing.md").read_text("utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("| Fault"))
    table = [line for line in lines[start + 2 :] if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    assert [row[0] for row in rows] == list(ROWS)
    assert all(len(row) == 3 and all(row) for row in rows)
