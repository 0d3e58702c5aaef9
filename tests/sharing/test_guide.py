"""Every block of docs/sharing.md, run as it stands there, in fresh folders against real servers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.project import ROOT
from tests.recordings.corpus import corpus
from tests.sharing.laboratory import STAGES, Clone, apart
from tests.sharing.servers import KEY, SECRET

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600, func_only=True)]
GUIDE = (ROOT / "docs" / "sharing.md").read_text("utf-8")


class Block(NamedTuple):
    part: str  # heading
    kind: str  # "sh", "sh fails", "python" ...
    text: str


def blocks() -> list[Block]:
    parts = re.split(r"^## (.+)$", GUIDE, flags=re.M)[1:]
    found = zip(parts[::2], parts[1::2], strict=True)
    fence = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.M | re.S)
    return [Block(part, *block) for part, text in found for block in fence.findall(text)]


NAMES = re.findall(r"\b([A-Z][A-Z0-9]+)=", next(b.text for b in blocks() if b.part == "Names"))


class Reader:
    """Somebody who does what the guide says, with a home of his own."""

    def __init__(self, home: Path, names: dict[str, str]):
        self.home, self.names = home, names

    def do(self, block: Block, folder: Path) -> str:
        """What a block prints, run in a folder; its exit status must be as it says there."""
        command = ["bash", "-ec", block.text]
        if block.kind == "python":
            command = [sys.executable, "-W", "error", "-c", block.text]
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "PYTHONPATH": str(ROOT / "src"), "HOME": str(self.home)}
        own |= {"DVC_SITE_CACHE_DIR": apart(self.home), "DVC_NO_ANALYTICS": "1"}
        who = {f"GIT_{which}_{what}": "t@t" for which in ("AUTHOR", "COMMITTER") for what in W}
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | own | who | self.names,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert bool(done.returncode) == block.kind.endswith("fails"), done.stdout[-6000:]
        return done.stdout


W = ("NAME", "EMAIL")


@pytest.fixture(scope="module")
def reader(lab, servers, tmp_path_factory) -> Reader:
    """The guide's names on loopback: a bare repository, SSH to write, HTTPS to read."""
    home = tmp_path_factory.mktemp("home")
    subprocess.run(["git", "clone", "-q", "--bare", lab.folder, home / "code.git"], check=True)
    ssh, https = servers("ssh"), servers("https")
    (home / ".ssh").mkdir()
    (home / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {ssh.settings['keyfile']}\n")
    remotes = {name: ssh.remote(f"guide-{name}") for name in ("open", "restricted")}
    mirror = https.remote("guide-mirror")
    names = {
        "CODE": str(home / "code.git"),
        "OPEN": remotes["open"].url,
        "RESTRICTED": remotes["restricted"].url,
        "MIRROR": mirror.url,
        "WWW": str(https.files.home / mirror.name),
        "CLIPS": str(corpus(home / "clips")),
        **dict.fromkeys(("BUCKET", "S3", "KEY", "SECRET", "DAV"), "none"),
    }
    assert list(names) == NAMES
    return Reader(home, names | {"SSL_CERT_FILE": https.settings["ssl_verify"]})


def of(part: str, place: str = "") -> list[Block]:
    """The blocks of a part: those of a bucket or of WebDAV, or those of neither."""
    found = [block for block in blocks() if block.part == part]
    elsewhere = [f"sh {name}" for name in ("bucket", "webdav")]
    if place:
        return [block._replace(kind="sh") for block in found if block.kind == f"sh {place}"]
    return [block for block in found if block.kind not in elsewhere]


def owner(reader: Reader, lab: Clone, folder: Path) -> Path:
    """A clone of the published repository that has all data."""
    subprocess.run(["git", "clone", "-q", reader.names["CODE"], folder], check=True)
    shutil.copytree(lab.folder / ".dvc" / "cache", folder / ".dvc" / "cache")
    Clone(folder).run("dvc", "checkout", "-q")
    return folder


@pytest.fixture(scope="module")
def published(reader, lab, tmp_path_factory) -> Reader:
    """The laboratory has done the part that comes first."""
    folder = owner(reader, lab, tmp_path_factory.mktemp("owner") / "lab")
    (block,) = of("A laboratory lays out its remotes")
    said = reader.do(block, folder)
    assert "objects are what they should be" in said
    assert "brought" in said
    return reader


def test_a_bucket_takes_both_remotes(reader, lab, servers, tmp_path):
    s3 = servers("s3")
    keys = {"BUCKET": "lab/guide", "S3": s3.settings["endpointurl"], "KEY": KEY, "SECRET": SECRET}
    other = Reader(reader.home, reader.names | keys)
    (block,) = of("A laboratory lays out its remotes", "bucket")
    assert "pushed" in other.do(block, owner(reader, lab, tmp_path / "lab"))
    assert lab.md5("data/areas") in s3.remote("guide/open").names()
    assert lab.md5("data/recordings") in s3.remote("guide/restricted").names()


def test_a_webdav_folder_takes_the_open_remote(reader, lab, servers, tmp_path):
    dav = servers("webdav")
    folder = dav.remote("guide/open")
    told = {"DAV": f"{dav.url}/guide", "KEY": KEY, "SECRET": SECRET}
    (block,) = of("A laboratory lays out its remotes", "webdav")
    other = Reader(reader.home, reader.names | told)
    assert "pushed" in other.do(block, owner(reader, lab, tmp_path / "lab"))
    assert lab.md5("data/areas") in folder.names()


def test_one_speakers_features_are_opened_in_xarray(published, tmp_path):
    get, plain, direct = of("One speaker's features, without a clone")
    published.do(get, tmp_path)
    assert "m2 {'time': 48, 'place': 40}" in published.do(plain, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sim1.zarr"]
    assert 0.1 < float(published.do(direct, tmp_path).splitlines()[-1]) < 0.2


def test_one_model_is_opened(published, tmp_path):
    get, opened = of("One model")
    published.do(get, tmp_path)
    assert "ridge shape_to_sound" in published.do(opened, tmp_path)


def test_the_inputs_of_the_figures_come_and_no_more(published, tmp_path):
    (block,) = of("The inputs of the figures, and no more")
    published.do(block, tmp_path)
    there = {f"data/{path.name}" for path in (tmp_path / "figures" / "data").iterdir()}
    inputs = {dep for dep in STAGES["figures"]["deps"] if dep.startswith("data/")}
    assert there - {"data/raw"} == inputs - {"data/recordings"}


@pytest.fixture(scope="module")
def joined(published, tmp_path_factory) -> Reader:
    """Somebody has added a speaker."""
    (block,) = of("A speaker more")
    folder = tmp_path_factory.mktemp("newcomer")
    said = published.do(block, folder)
    assert "added mylab: 1 clips of sub001" in said
    return published


def test_a_speaker_more_reaches_a_colleague(joined, tmp_path):
    pull = f"git clone -q {joined.names['CODE']} there\ncd there\ndvc pull data/raw/mylab/sub001\n"
    joined.do(Block("", "sh", pull), tmp_path)
    (clip,) = (tmp_path / "there").rglob("sub001*_video.mp4")
    (first,) = Path(joined.names["CLIPS"]).rglob("sub001*_video.mp4")
    assert clip.read_bytes() == first.read_bytes()
    entry = yaml.safe_load((tmp_path / "there" / "params.yaml").read_text())["corpora"]["mylab"]
    assert entry["speakers"] == ["sub001"]


def test_a_store_is_imported_into_another_project(published, tmp_path):
    (block,) = of("A store in a project of one's own")
    published.do(block, tmp_path)
    source = yaml.safe_load((tmp_path / "theirs" / "sim1.zarr.dvc").read_text())["deps"][0]
    assert source["path"] == "data/areas/phantom/sim1.zarr"
    assert len(source["repo"]["rev_lock"]) == 40
    assert (tmp_path / "theirs" / "sim1.zarr" / "zarr.json").is_file()


def test_the_traps_end_in_a_refusal(joined, tmp_path):
    add, repro = of("Two traps")
    assert "overlapping" in joined.do(add, tmp_path).lower()
    said = joined.do(repro, tmp_path)
    assert "theory: data/areas: no store of mylab/sub001, phantom/sim2, phantom/sim3" in said
    assert "dvc pull data/areas" in said


def test_a_corpus_tracked_as_one_would_lose_the_others(tmp_path):
    """What the first trap is, where nothing keeps from it: DVC says nothing."""
    clone = Clone(tmp_path)
    for who in ("a", "b"):
        (tmp_path / "raw" / who).mkdir(parents=True)
        (tmp_path / "raw" / who / "clip").write_text(who)
    for words in ("git init -q", "dvc init -q", "dvc add -q raw"):
        clone.run(*words.split())
    shutil.rmtree(tmp_path / "raw")
    clone.run("dvc", "checkout", "-q", "raw/a")
    clone.run("dvc", "add", "-q", "raw")
    assert "nfiles: 1" in (tmp_path / "raw.dvc").read_text()


def test_every_block_of_the_guide_is_run():
    """By the tests above: each names its part, and takes all blocks of it."""
    parts = {block.part for block in blocks()} - {"Names"}
    assert parts == set(re.findall(r'of\("([^"]+)"', Path(__file__).read_text("utf-8")))
