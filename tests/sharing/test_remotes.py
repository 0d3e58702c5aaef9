"""What one clone pushes another pulls, byte for byte, over every kind of server."""

import pytest

from tests.sharing.laboratory import listing
from tests.sharing.servers import KINDS
from tractable.stage import fingerprint

pytestmark = pytest.mark.slow
OPEN = ("data/areas", "data/models", "data/truth")
RESTRICTED = ("data/raw/phantom", "data/recordings")


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_pushes_another_pulls(kind, lab, cloned, filled):
    colleague = cloned(kind)
    colleague.run("dvc", "pull", *OPEN, *RESTRICTED)
    for path in (*OPEN, *RESTRICTED):
        assert fingerprint(colleague.folder / path) == fingerprint(lab.folder / path), path
    assert not (colleague.folder / "data" / "formants").exists()
    said = colleague.run("python", "-m", "tractable.check", *OPEN, *RESTRICTED)
    assert "are what they should be" in said
    for name in filled(kind):
        said = colleague.run("python", "-m", "tractable.check", "--remote", name)
        assert "are what they should be" in said


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_goes_to_the_remote_of_its_class(kind, lab, filled):
    """Pictures and sound are in ``restricted`` and nowhere else."""
    known, there = listing(lab.folder), filled(kind)
    has = {name: set(remote.names()) for name, remote in there.items()}
    faces = [md5 for name, md5 in known.items() if name.startswith("data/raw/phantom/")]
    faces += [md5 for name, md5 in known.items() if "/frames/c" in name or "/sound/c" in name]
    assert len(faces) >= 9
    assert has["restricted"] >= set(faces)
    assert not has["open"] & set(faces)
    assert {md5 for name, md5 in known.items() if name.startswith("data/areas")} <= has["open"]


def test_who_knows_the_open_remote_alone_gets_all_the_rest(lab, tmp_path, filled):
    outsider = lab.clone(tmp_path / "outsider").point("open", filled("https")["open"])
    said = outsider.run("python", "-m", "tractable.check", "--remote", "open")
    assert "are what they should be" in said
    outsider.run("dvc", "pull", "data/areas", "data/formants", "data/models")
    assert outsider.fingerprints("data/areas") == lab.fingerprints("data/areas")
    said = outsider.run("dvc", "pull", "data/recordings", fails=True)
    assert "failed to pull" in said


def test_the_shipped_remotes_verify_what_they_bring(lab):
    for name in ("open", "restricted"):
        assert lab.run("dvc", "config", f"remote.{name}.verify").strip() == "true"
