"""What may be seen, what a mirror shows and what the check finds, in a repository of few files."""

import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from tests.project import ROOT
from tractable import check, mirror
from tractable.contracts import BadInput
from tractable.objects import Object, objects, open_objects, refuse_alike
from tractable.whole import machine, remove_abandoned

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")  # DVC's own
NAMES = ("open", "restricted")
FACE, CLOCK = b"a face", b"one clock of both"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A restricted recording and features that are open; both hold one clock."""
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name in (".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    repo = Repo.init(str(folder))
    (folder / ".dvc" / "config").write_text((ROOT / ".dvc" / "config").read_text())
    files = {
        "data/raw/mine/sub1/face.mp4": FACE,
        "data/recordings/sub1.zarr/frames/c.0": b"pictures",
        "data/recordings/sub1.zarr/time/c.0": CLOCK,
        "data/areas/mine/sub1.zarr/area/c.0": b"areas",
        "data/areas/mine/sub1.zarr/time/c.0": CLOCK,
    }
    for name, held in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(held)
    (folder / "dvc.yaml").write_text(
        "stages:\n  seen: {cmd: 'true', outs: [data/recordings: {remote: restricted}]}\n"
        "  told: {cmd: 'true', outs: [data/areas]}\n"
    )
    repo.close()
    with_repo(folder, lambda repo: repo.add(str(folder / "data/raw/mine/sub1")))
    restrict(folder / "data/raw/mine/sub1.dvc")
    with_repo(folder, lambda repo: [repo.commit(name, force=True) for name in ("seen", "told")])
    return folder


def with_repo(folder: Path, use):
    with chdir(folder), Repo() as repo:
        return use(repo)


def restrict(file: Path) -> None:
    file.write_text(file.read_text() + "  remote: restricted\n")


@pytest.fixture
def repository(made, tmp_path, monkeypatch) -> Path:
    folder = shutil.copytree(made, tmp_path / "repository")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return folder


def everything():
    with Repo() as repo:
        return objects(repo)


def show(folder: Path, pseudonymous: bool = True, **options) -> str:
    cache = Path(".dvc/cache/files/md5").absolute()
    return mirror.mirror(everything(), cache, folder, pseudonymous=pseudonymous, **options)


def shown(folder: Path) -> set[bytes]:
    """What a stranger can read in a mirror, lists of folders left out."""
    files = [file for file in (folder / "files").rglob("*") if file.is_file()]
    return {file.read_bytes() for file in files if not file.name.endswith(".dir")}


def test_dvc_sees_the_speakers_that_a_laboratory_adds(repository):
    """Were ``data`` itself ignored, `dvc push` would leave them out and say nothing."""
    assert "data/raw/mine/sub1/face.mp4" in {one.name for one in everything()}


def test_a_mirror_shows_what_is_open_and_no_face(repository, tmp_path):
    show(tmp_path / "www")
    assert shown(tmp_path / "www") == {b"areas", CLOCK}
    with Repo() as repo:
        (open_list,) = [o.hash_info.value for o in repo.index.outs if o.def_path == "data/areas"]
    (found,) = (tmp_path / "www" / "files").rglob("*.dir")
    assert found.parent.name + found.name == open_list


@pytest.mark.parametrize("copy", [False, True])
def test_a_mirror_brings_what_is_new_once(repository, tmp_path, copy):
    assert "3 brought" in show(tmp_path / "www", copy=copy)
    assert "0 brought" in show(tmp_path / "www", copy=copy)
    (area,) = [one for one in everything() if one.name.endswith("area/c.0")]
    held = mirror.place(tmp_path / "www" / mirror.PLACE, area.md5)
    assert (held.stat().st_nlink == 1) == copy
    held.unlink()
    begun = f".{held.name}.{ended()}@{machine()}.partial"
    held.with_name(begun).write_bytes(b"ar")  # where the last run was killed
    remove_abandoned.cache_clear()
    assert "1 brought" in show(tmp_path / "www", copy=copy)
    assert shown(tmp_path / "www") == {b"areas", CLOCK}


def ended() -> int:
    """A process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_becomes_restricted_leaves_the_mirror(repository, tmp_path):
    show(tmp_path / "www")
    send_areas_to_restricted()
    show(tmp_path / "www")
    assert shown(tmp_path / "www") == set()


def test_what_older_commits_show_goes_though_it_was_computed_anew(repository, tmp_path):
    """What was withdrawn is not served on because its successor has other bytes."""
    show(tmp_path / "www")
    Path("data/areas/mine/sub1.zarr/area/c.0").unlink()
    Path("data/areas/mine/sub1.zarr/area/c.0").write_bytes(b"computed anew")
    send_areas_to_restricted()
    with_repo(repository, lambda repo: repo.commit("told", force=True))
    assert "3 removed" in show(tmp_path / "www")
    assert shown(tmp_path / "www") == set()


def test_what_was_derived_of_recorded_speakers_is_left_out_and_named(repository, tmp_path):
    show(tmp_path / "www")
    said = show(tmp_path / "www", simulated=["phantom"], pseudonymous=False)
    assert "data/areas left out: it holds speakers of mine; `--pseudonymous` shows it" in said
    assert "3 removed" in said
    assert shown(tmp_path / "www") == set()


def keep_inside(*corpora: str) -> None:
    """By consent; both corpora are listed."""
    params = {"corpora": {"mine": {}, "phantom": {}}, "privacy": {"identifying": [*corpora]}}
    Path("params.yaml").write_text(yaml.safe_dump(params))


def send_areas_to_restricted() -> None:
    pipeline = Path("dvc.yaml").read_text()
    Path("dvc.yaml").write_text(
        pipeline.replace("[data/areas]", "[data/areas: {remote: restricted}]")
    )


def test_a_corpus_whose_consent_keeps_features_inside_is_never_shown(repository, tmp_path):
    """Not even where somebody asks for pseudonymous data; nothing has to be computed anew."""
    show(tmp_path / "www")
    keep_inside("mine")
    said = r"data/areas: identifying \(params\.yaml: privacy, mine\), but goes to the remote 'open'"
    with pytest.raises(BadInput, match=said):
        show(tmp_path / "www")
    with pytest.raises(BadInput, match=said):
        faults()
    send_areas_to_restricted()
    assert with_repo(repository, lambda repo: repo.status()) == {}
    assert faults() == []
    told = show(tmp_path / "www")
    assert "mirror: data/areas left out: it goes to the remote 'restricted'\n" in told
    assert "3 removed" in told
    assert shown(tmp_path / "www") == set()


def test_consent_for_a_corpus_that_is_not_listed_is_refused(repository, tmp_path):
    """It would protect nobody."""
    keep_inside("mime")
    with pytest.raises(BadInput, match=r"privacy: identifying: 'mime' is no corpus; did you mean"):
        show(tmp_path / "www")


def test_one_recorded_corpus_keeps_an_output_off_the_mirror(repository, tmp_path):
    shutil.copytree("data/areas/mine/sub1.zarr", "data/areas/phantom/mine.zarr")
    Path("data/areas/phantom/mine.zarr/area/c.1").write_bytes(b"simulated")
    with_repo(repository, lambda repo: repo.commit("told", force=True))
    said = show(tmp_path / "www", simulated=["phantom"], pseudonymous=False)
    assert "it holds speakers of mine;" in said
    assert shown(tmp_path / "www") == set()
    said = show(tmp_path / "www", simulated=["phantom", "mine"], pseudonymous=False)
    assert "left out" not in said
    assert shown(tmp_path / "www") == {b"areas", b"simulated", CLOCK}


@pytest.mark.parametrize(
    "name, corpus",
    [
        ("data/areas/mine/sub1.zarr/area/c.0", "mine"),
        ("data/efficiency/models/mine/ridge/fold0.safetensors", "mine"),
        ("data/efficiency/models/share_0.03/mine/ridge/fold0.safetensors", "mine"),
        ("data/efficiency/models/one_speaker/mine/ridge/fold0.safetensors", "mine"),
        ("data/models/share_0/ridge/fold0.safetensors", "share_0"),
        ("data/folds/mine.zarr/time/c.0", "mine"),
        ("data/areas/mine/phantom.zarr/area/c.0", "mine"),
        ("data/areas", "data/areas"),
    ],
)
def test_the_corpus_of_a_file_is_known_by_its_place(name, corpus):
    output = "/".join(name.split("/")[:2])
    assert mirror.recorded([Object("ab", name, output, False)], ["phantom"]) == {output: [corpus]}


def test_models_that_learnt_from_less_of_simulated_speakers_may_be_shown():
    """Folders of amounts are no corpora."""
    names = [
        f"models/{amount}/phantom/ridge/fold0.safetensors"
        for amount in ("share_0.03", "one_speaker")
    ]
    output = "data/efficiency"
    held = [
        Object("ab", f"{output}/{name}", output, False) for name in (*names, "phantom/a.zarr/c")
    ]
    assert mirror.recorded(held, ["phantom"]) == {}


@pytest.mark.parametrize("remote", ["", "  remote: open\n", "  remote: a_server\n"])
def test_a_speaker_added_by_hand_is_refused_before_anything_is_shown(repository, tmp_path, remote):
    """By `dvc add` alone, whose .dvc file names no remote, and so means the open one."""
    file = Path("data/raw/mine/sub1.dvc")
    file.write_text(file.read_text().replace("  remote: restricted\n", remote))
    said = "sub1: identifying, but goes to the remote '.*'; write `remote: restricted` under it"
    with pytest.raises(BadInput, match=said):
        show(tmp_path / "www")
    with pytest.raises(BadInput, match=said):
        faults()
    assert not (tmp_path / "www").exists()


def test_an_output_of_no_class_is_refused(repository, tmp_path):
    with_repo(repository, lambda repo: repo.add(str(made_file("dreams"))))
    with pytest.raises(BadInput, match="dreams: of no class; say of which in tractable"):
        show(tmp_path / "www")


def made_file(name: str) -> Path:
    Path(name).write_text("x")
    return Path(name).absolute()


def test_a_face_among_features_is_refused(repository, tmp_path):
    shutil.copy("data/raw/mine/sub1/face.mp4", "data/areas/mine/sub1.zarr/area/c.1")
    with_repo(repository, lambda repo: repo.commit("told", force=True))
    with pytest.raises(BadInput, match=r"c.1: holds the bytes of data/raw/mine/sub1/face.mp4"):
        show(tmp_path / "www")
    assert not (tmp_path / "www").exists()


def test_a_folder_of_something_else_is_not_filled(repository, tmp_path):
    """An empty one is, as a web host has it ready."""
    (tmp_path / "www").mkdir()
    show(tmp_path / "www")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("x")
    with pytest.raises(BadInput, match=r"thesis: is there, and holds no tractable-mirror\.txt"):
        show(tmp_path / "thesis")
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]


def test_a_cache_is_not_emptied_for_a_mirror(repository):
    with pytest.raises(BadInput, match="no mirror wrote it"):
        show(Path(".dvc/cache"))
    assert everything()


def test_what_the_cache_lacks_is_named_before_anything_is_shown(repository, tmp_path):
    (area,) = [one for one in everything() if one.name.endswith("area/c.0")]
    mirror.place(Path(".dvc/cache/files/md5"), area.md5).unlink()
    with pytest.raises(BadInput, match="`dvc fetch data/areas` brings them"):
        show(tmp_path / "www")
    assert not (tmp_path / "www").exists()


def faults(*paths: str) -> list[str]:
    with Repo() as repo:
        return [str(fault) for fault in check.local_faults(repo, list(paths))[0]]


def test_the_check_finds_what_is_changed_lost_or_too_much(repository):
    assert faults() == []
    area = Path("data/areas/mine/sub1.zarr/area/c.0")
    area.unlink()
    Path("data/areas/stray").write_text("x")
    frames = Path("data/recordings/sub1.zarr/frames/c.0")
    frames.unlink()
    frames.write_bytes(b"Pictures")
    assert faults() == [
        f"{frames}: not the bytes that were tracked; `dvc checkout --force data/recordings` "
        "restores what was tracked",
        f"{area}: not here; `dvc pull data/areas` brings it",
        "data/areas/stray: lies in an output that does not list it; move it away",
    ]
    assert faults("data/areas/mine/sub1.zarr/time") == []


def test_a_path_that_dvc_does_not_keep_is_refused(repository):
    with pytest.raises(BadInput, match="data/arreas: DVC keeps nothing of that name"):
        faults("data/arreas")


def test_clocks_are_open_though_recordings_hold_them_too(repository):
    names = {one.name for one in open_objects(everything())}
    assert "data/areas/mine/sub1.zarr/time/c.0" in names
    assert not any("recordings" in name or "raw" in name for name in names)


def settle(**urls: str) -> None:
    lines = [f"['remote \"{name}\"']\n    url = {url}\n" for name, url in urls.items()]
    Path(".dvc/config.local").write_text("".join(lines))


@pytest.mark.parametrize(
    "pair, alike",
    [
        (("ssh://a.example/srv", "ssh://b.example/srv"), "cannot tell them apart"),
        (("webdav://a.example/open", "webdav://a.example/restricted"), "cannot tell them apart"),
        (("ssh://a.example/srv/open", "ssh://a.example/srv/restricted"), False),
        (("ssh://a.example/srv", "/srv"), False),
        (("ssh://me@a.example/srv", "ssh://you@a.example/srv/restricted"), "in the other"),
        (("/srv/restricted/open", "/srv/restricted"), "in the other"),
        (("s3://bucket/a", "s3://bucket/a/b"), "in the other"),
        (("s3://one/a", "s3://two/a/b"), False),
    ],
)
def test_two_remotes_that_dvc_takes_for_one_are_refused(repository, pair, alike):
    settle(**dict(zip(NAMES, pair, strict=True)))
    with Repo() as repo:
        if alike:
            with pytest.raises(BadInput, match=alike):
                refuse_alike(repo)
        else:
            refuse_alike(repo)


def test_a_third_remote_hides_no_pair(repository):
    """Of the same place as both."""
    config = Path(".dvc/config").read_text()
    third = "['remote \"earlier\"']\n    url = ssh://c.example/srv\n"
    Path(".dvc/config").write_text(third + config)
    settle(open="ssh://a.example/srv", restricted="ssh://b.example/srv")
    with Repo() as repo, pytest.raises(BadInput, match="DVC cannot tell them apart"):
        refuse_alike(repo)
