"""Every output has a class and its remote; planted faults are found, each by its own words."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.project import ROOT
from tests.recordings.corpus import ENTRY, METAFILE, corpus
from tests.recordings.test_private import WHO, box
from tractable.contracts import CONTRACTS, BadInput
from tractable.privacy import KINDS, PRIVACY, RESTRICTED, check, kept_inside, privacy_of
from tractable.privacy.command import findings
from tractable.recordings.private import bring_in

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")  # DVC's own
STAGES = {
    path: yaml.safe_load((ROOT / path).read_text())["stages"]
    for path in ("dvc.yaml", "stages/segmenter/dvc.yaml")
}


def outs() -> dict[str, str | None]:
    """Output of any stage, from the root -> the remote that it names."""
    found = {}
    for file, stages in STAGES.items():
        for stage in stages.values():
            for out in stage["outs"]:
                path, settings = (out, {}) if isinstance(out, str) else next(iter(out.items()))
                place = ((ROOT / file).parent / path).resolve().relative_to(ROOT)
                found[place.as_posix()] = settings.get("remote")
    return found


@pytest.mark.parametrize("path", outs())
def test_every_output_has_a_class_and_its_remote(path):
    privacy = privacy_of(path, kept_inside(ROOT))
    assert outs()[path] == (RESTRICTED if privacy.kind == "identifying" else None)
    assert privacy.kind in KINDS
    assert privacy.why.endswith(".")


def test_no_class_is_of_nothing():
    made = [*outs(), "data/atlas", "data/aligned", "workspaces"]
    assert {place for place in PRIVACY if not any(out.startswith(place) for out in made)} == set()


def test_what_nobody_classed_is_refused():
    with pytest.raises(BadInput, match="data/dreams: of no class; say of which in tractable"):
        privacy_of("data/dreams")


@pytest.mark.parametrize(
    "path, noun, kind",
    [
        ("data/areas", "pseudonymous", "identifying"),
        ("data/aligned/mine", "pseudonymous", "identifying"),
        ("data/aligned/other", "pseudonymous", "pseudonymous"),
        ("data/scores", "open", "open"),
        ("data/raw/other", "identifying", "identifying"),
    ],
)
def test_a_corpus_is_stricter_than_its_noun_where_consent_says_so(path, noun, kind):
    """Whoever keeps it inside; of a folder that holds all corpora, the strictest decides."""
    assert privacy_of(path).kind == noun
    assert privacy_of(path, ["mine"]).kind == kind


@pytest.mark.parametrize("section", ["privacy: {identifing: [tiny]}", "privcy: {identifying: []}"])
def test_a_misspelt_word_that_would_protect_nobody_is_refused(repository, section):
    settle_corpora(section)
    with pytest.raises(BadInput, match=r"params.yaml: privacy: expected identifying and no more"):
        kept_inside(Path())


def test_a_year_in_the_name_of_a_clip_that_lacks_a_file_is_found(repository):
    settle_corpora()
    VIDEO.rename(VIDEO.with_name("anna_1987.mp4"))
    (found,) = findings(Path())
    assert "anna_1987" in str(found)


def test_demographics_are_no_feature():
    words = {"sex", "age", "gender", "birth", "born", "name", "patient", "l1", "language", "city"}
    for contract in CONTRACTS:
        names = {*contract.attributes, *(name.rstrip("?") for name in contract.variables)}
        assert names.isdisjoint(words)


def test_this_repository_keeps_to_it():
    looks = (check.outputs, check.tracked, check.remotes, check.in_git)
    assert [finding for look in looks for finding in look(ROOT)] == []


# ---- A small repository, clean, in which one fault at a time is planted

PIPELINE = {
    "stages": {
        "recordings": {"cmd": "true", "outs": [{"data/recordings": {"remote": RESTRICTED}}]},
        "areas": {"cmd": "true", "outs": ["data/areas"]},
    }
}
CONFIG = """\
['remote "open"']
    url = ../open
['remote "restricted"']
    url = ../restricted
"""
TINY = Path("data/raw/tiny")
VIDEO = TINY / "sub001/2drt/video/sub001_2drt_01_vcv1_r1_video.mp4"


def git(*words):
    settings = "-c", "user.name=t", "-c", "user.email=t@t"
    subprocess.run(["git", *settings, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean") / "repository"
    received = corpus(folder.parent / "received")
    for source in received.rglob("*.*"):
        if source.is_file():
            target = folder / TINY / source.relative_to(received)
            target.parent.mkdir(parents=True, exist_ok=True)
            bring_in(source, target)
    (folder / TINY / "README.md").write_text("CC BY; for phoneticians; cite us.")
    (folder / TINY / "sub001.dvc").write_text(
        yaml.safe_dump({"outs": [{"md5": "0", "path": "sub001", "remote": RESTRICTED}]})
    )
    (folder / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE))
    (folder / "params.yaml").write_text("figures: {simulated: [phantom]}")
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text(CONFIG)
    shutil.copy(ROOT / ".gitignore", folder / ".gitignore")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        git("init", "-q", "--template=")
        git("add", "-A")
        git("commit", "-qm", "t")
    return folder


@pytest.fixture
def repository(clean, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(clean, tmp_path / "repository"))
    return tmp_path / "repository"


def test_a_clean_tree_has_no_finding(repository):
    assert list(findings(Path())) == []
    done = subprocess.run(
        [sys.executable, "-m", "tractable.privacy"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.count("nothing found")) == (0, 1)


def pipeline(change):
    tree = yaml.safe_load(Path("dvc.yaml").read_text())
    change(tree["stages"])
    Path("dvc.yaml").write_text(yaml.safe_dump(tree))


def a_face_for_all():
    pipeline(lambda stages: stages["recordings"].update(outs=["data/recordings"]))


def a_face_in_git_by_dvc():
    kept = {"remote": RESTRICTED, "cache": False}
    pipeline(lambda stages: stages["recordings"].update(outs=[{"data/recordings": kept}]))


def an_output_of_no_class():
    pipeline(lambda stages: stages.update(dreams={"cmd": "true", "outs": ["data/dreams"]}))


def added_by_hand():
    (TINY / "sub001.dvc").write_text("outs:\n- md5: '0'\n  path: sub001\n")


def one_place_for_both():
    Path(".dvc/config.local").write_text("['remote \"restricted\"']\n    url = ../open\n")


def settle(**urls):
    lines = [f"['remote \"{name}\"']\n    url = {url}\n" for name, url in urls.items()]
    Path(".dvc/config.local").write_text("".join(lines))


def two_hosts_for_one():
    settle(open="ssh://a.example/srv%20x", restricted="ssh://b.example/srv%20x")


def the_vault_in_the_open_folder():
    settle(restricted="../open/restricted")


def a_video_in_git():
    git("add", "-f", str(VIDEO))


def a_sound_elsewhere_in_git():
    Path("tests").mkdir()
    Path("tests/voice.wav").write_bytes(b"RIFF")
    git("add", "tests/voice.wav")


def an_overlay_in_git():
    """As the command of contours draws it, wherever one is."""
    Path("mine").mkdir()
    Path("mine/sheet.png").write_bytes(b"a head")
    git("add", "mine/sheet.png")


def boundaries_in_git():
    Path("mine/contours.zarr").mkdir(parents=True)
    Path("mine/contours.zarr/zarr.json").write_text("{}")
    git("add", "mine")


def a_video_once_in_git():
    a_video_in_git()
    git("commit", "-qm", "oh")
    git("rm", "-q", "--cached", str(VIDEO))
    git("commit", "-qm", "gone?")


def a_video_once_in_git_by_another_name():
    Path("x.bin").write_bytes(VIDEO.read_bytes())
    git("add", "x.bin")
    git("commit", "-qm", "a file")
    git("mv", "x.bin", "v.mp4")
    git("commit", "-qm", "renamed")
    git("rm", "-q", "v.mp4")
    git("commit", "-qm", "gone?")


def a_video_beside_the_corpora():
    shutil.copy(VIDEO, "data/raw/v.mp4")


def a_speaker_who_lies_elsewhere():
    shutil.move(TINY / "sub001", "elsewhere")
    (TINY / "sub001").symlink_to(Path("elsewhere").absolute())
    a_name_in_a_video()
    Path("elsewhere/again").symlink_to(Path("elsewhere").absolute())


def no_readme():
    (TINY / "README.md").unlink()


def a_readme_with_blanks():
    (TINY / "README.md").write_text("Licence: (fill in)")


def a_table_of_people_for_a_licence():
    (TINY / "LICENCE.xlsx").write_bytes(b"PK\xff" + WHO.encode())


def a_table_of_people_in_git():
    (TINY / "README_speakers.xlsx").write_bytes(b"PK" + WHO.encode())
    git("add", "-f", str(TINY / "README_speakers.xlsx"))
    (TINY / "README_speakers.xlsx").unlink()


def a_person_for_a_speaker():
    (TINY / "Zorabel").mkdir()


def a_date_in_a_name():
    VIDEO.rename(VIDEO.with_name("sub001_19800229_video.mp4"))


def a_name_in_a_video():
    with VIDEO.open("ab") as stream:
        stream.write(box(b"udta", WHO.encode()))


def an_age_in_the_metafile():
    known = json.loads((TINY / METAFILE).read_text())
    known["sub001"]["demographic"] = {"age": "24"}
    (TINY / METAFILE).write_text(json.dumps(known))


def a_year_in_a_clip():
    VIDEO.rename(VIDEO.with_name("anna_1987_video.mp4"))


def a_year_in_a_clip_that_its_list_names():
    """No file does; the adapter knows what the clip is called."""
    known = json.loads((TINY / METAFILE).read_text())
    known["sub001"]["task"][0]["name"] = "anna_1987"
    (TINY / METAFILE).write_text(json.dumps(known))
    settle_corpora()


def features_that_consent_keeps_inside():
    settle_corpora("privacy: {identifying: [tiny]}")


def settle_corpora(privacy: str = "privacy: {identifying: []}"):
    lines = [Path("params.yaml").read_text(), f"corpora: {{tiny: {json.dumps(ENTRY)}}}", privacy]
    Path("params.yaml").write_text("\n".join(lines))


def a_kind_that_is_unknown():
    (TINY / "sub001/notes.docx").write_bytes(b"PK")


FAULTS = {
    a_face_for_all: ("dvc.yaml: recordings", "goes to the remote 'open'", "write `remote: restr"),
    a_face_in_git_by_dvc: ("dvc.yaml: recordings", "kept in git", "take `cache: false` off"),
    an_output_of_no_class: ("dvc.yaml: dreams", "of no class", "say of which in tractable.priv"),
    added_by_hand: ("tiny/sub001.dvc", "identifying, but goes to the remote 'open'", "remote: re"),
    one_place_for_both: (".dvc/config", "cannot tell them apart", "dvc remote modify --local"),
    two_hosts_for_one: (".dvc/config", "cannot tell them apart", "two protocols"),
    the_vault_in_the_open_folder: (".dvc/config", "one lies in the other", "side by side"),
    a_video_in_git: (str(VIDEO), "identifying, and in git", "git rm --cached"),
    a_sound_elsewhere_in_git: ("tests/voice.wav", "and in git", "git rm --cached tests/voice"),
    an_overlay_in_git: ("mine/sheet.png", "identifying, and in git", "git rm --cached"),
    boundaries_in_git: (
        "mine/contours.zarr/zarr.json",
        "identifying, and in git",
        "git rm --cached",
    ),
    a_video_once_in_git: (str(VIDEO), "in the history of git", "git filter-repo"),
    a_video_once_in_git_by_another_name: ("v.mp4", "in the history of git", "git filter-repo"),
    a_video_beside_the_corpora: ("data/raw/v.mp4", "belongs to no corpus", "recordings add"),
    a_speaker_who_lies_elsewhere: (str(VIDEO), "may name a person: box 'udta'", "add the speaker"),
    no_readme: (str(TINY), "a corpus without README", "licence, source, consent"),
    a_readme_with_blanks: ("tiny/README.md", "still says '(fill in)'", "fill it in"),
    a_table_of_people_for_a_licence: ("LICENCE.xlsx", "is no text of at most", "as text"),
    a_table_of_people_in_git: ("README_speakers.xlsx", "identifying, and in git", "git rm --cac"),
    a_person_for_a_speaker: ("tiny/Zorabel", "a speaker who may be named", "rename the folder"),
    a_date_in_a_name: ("19800229_video.mp4", "holds '19800229'", "rename it"),
    a_year_in_a_clip: (str(TINY), "clip 'anna_1987_video': may name a person", "rename its files"),
    a_year_in_a_clip_that_its_list_names: (str(TINY), "clip 'anna_1987': may", "rename its files"),
    features_that_consent_keeps_inside: (
        *("dvc.yaml: areas", "identifying (params.yaml: privacy, tiny), but goes to the remote"),
        "write `remote: restricted` under it",
    ),
    a_name_in_a_video: (str(VIDEO), "may name a person: box 'udta'", "add the speaker anew"),
    an_age_in_the_metafile: (METAFILE, "'demographic' of people", "add the speaker anew"),
    a_kind_that_is_unknown: ("notes.docx", "not known where a name may hide", "convert it"),
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found_and_no_other(repository, plant):
    plant()
    (found,) = findings(Path())
    for said, expected in zip(found, FAULTS[plant], strict=True):
        assert expected in said


@pytest.mark.parametrize("listed", [True, False])
def test_frames_and_clips_that_are_counted_beyond_years_are_no_finding(repository, listed):
    """As `recordings add` takes them."""
    for number in (7, 1987, 2100):
        shutil.copy(VIDEO, VIDEO.with_name(f"clip{number:04d}.mp4"))
    if listed:
        settle_corpora()
    assert list(findings(Path())) == []


def test_the_command_prints_what_to_do_and_fails(repository):
    no_readme()
    a_name_in_a_video()
    done = subprocess.run(
        [sys.executable, "-m", "tractable.privacy"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"{VIDEO}: may name a person: box 'udta'\n  add the speaker anew" in done.stdout
    assert done.stderr.endswith("privacy: 2 findings\n")
