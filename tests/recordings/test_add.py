"""A corpus, or a speaker of it, joins a small repository; a failure changes nothing."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tractable.contracts import FORMANTS, RECORDINGS, BadInput
from tractable.export.folder import export
from tractable.formants import formants
from tractable.recordings import command
from tractable.recordings.__main__ import arguments
from tractable.recordings.add import add
from tractable.recordings.corpora import (
    ADAPTERS,
    check_entry,
    record_corpora,
    refuse_other_folders,
    wanted,
)
from tractable.recordings.prompting import give_prompts
from tractable.store import load, save

from .corpus import METAFILE, corpus, write_textgrid
from .test_private import BORN, WHO, box, told

ROOT = Path(__file__).parents[2]
PARAMS = f"""\
# Every choice, with its unit.

corpora: # name -> adapter
  phantom:
    adapter: usc75
    pixel_spacing: 2.4e-3 # m
    metafile: metafile_public_phantom.json
    speakers: [sim1]   # spaces that somebody liked

# what comes next
recordings:
  tier: phones # {"a line that is longer than any that a writer of YAML leaves as it is, " * 2}
"""
PIPELINE = f"""\
# The table of contents.
stages:
  phantom:
    cmd: python stages/phantom.py
    deps:
    - code.py
  recordings:
    desc: {"Raw video, sound and labels of every corpus on one clock, and a long line of it. " * 2}
    cmd: python stages/recordings.py
    deps:
    - code.py
    - data/raw/phantom
    params: [corpora, recordings]
    outs:
    - data/recordings:
        remote: restricted
"""
LISTED = """\
  tiny:
    adapter: usc75
    pixel_spacing: 0.0024
    metafile: metafile_public_tiny.json
    speakers: [sub001, sub002]
"""
DEPS = """\
    - data/raw/tiny/metafile_public_tiny.json
    - data/raw/tiny/sub001
    - data/raw/tiny/sub002
"""
TINY, REMOTE = Path("data/raw/tiny"), "restricted"
TWO, THREE = ("sub001", "sub002"), ("sub003",)
VIDEO = Path("sub001/2drt/video/sub001_2drt_01_vcv1_r1_video.mp4")
LABELS = Path("sub001/2drt/labels/sub001_2drt_01_vcv1_r1_recon.csv")
USUAL = dict(adapter="usc75", pixel_spacing=2.4e-3)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A repository of git and DVC with two tables and no data."""
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "params.yaml").write_text(PARAMS)
    (folder / "dvc.yaml").write_text(PIPELINE)
    run(folder, "git", "init", "-q", "--template=")
    run(folder, sys.executable, "-m", "dvc", "init", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t")
    return folder


def run(folder, *words):
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    return subprocess.check_output(words, cwd=folder, env=environment, text=True)


@pytest.fixture
def repository(fresh, tmp_path, monkeypatch):
    """A copy of it, to work in."""
    shutil.copytree(fresh, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A corpus of two speakers."""
    tasks = {"vcv1_r1": "exist", "vcv2_r1": "exist", "bvt_r1": "not exist"}
    return corpus(tmp_path_factory.mktemp("elsewhere"), tasks, ("sub001", "sub002"))


@pytest.fixture
def received(elsewhere, tmp_path):
    """A copy of it, as it was received."""
    return shutil.copytree(elsewhere, tmp_path / "received")


def files(folder):
    """Every file and link in a folder but git's and DVC's own, with what it holds."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", ".dvc"} & set(path.relative_to(folder).parts[:1])
    }


def links(folder):
    return [path for path in folder.rglob("*") if path.is_symlink()]


def refused(complaint, *arguments, **options):
    """The complaint comes, and no file in the repository is another than before."""
    before = files(Path.cwd())
    with pytest.raises(BadInput, match=complaint):
        add(*arguments, **USUAL | options)
    assert files(Path.cwd()) == before
    assert not TINY.exists()


def test_a_corpus_is_copied_tracked_and_listed(repository, received, capfd):
    """With its own notes, and hand labels from the folder for all speakers beside their clip."""
    (received / "README.txt").write_text("who gave it")
    (received / "labels").mkdir()
    (received / "labels" / LABELS.name).write_text("letter;number;start;end\nA;1;0.5;1.0\n")
    (received / "labels" / "mapper.csv").write_text("of no use here")
    theirs = files(received)
    add("tiny", received, **USUAL)

    ours = {name for name in files(TINY) if not name.endswith((".dvc", ".gitignore"))}
    videos = {name for name in theirs if name.endswith(".mp4")}
    assert len(videos) == 4
    assert ours == videos | {METAFILE, "README.txt", LABELS.as_posix()}
    assert all((TINY / name).read_bytes() == theirs[name] for name in videos)
    assert clips_of(TINY / METAFILE) == clips_of(received / METAFILE)
    assert (TINY / LABELS).read_bytes() == theirs[f"labels/{LABELS.name}"]
    assert files(received) == theirs

    for name in (METAFILE, "sub001", "sub002"):
        (out,) = yaml.safe_load((TINY / f"{name}.dvc").read_text())["outs"]
        assert (out["path"], out["remote"]) == (name, "restricted")

    assert Path("params.yaml").read_text() == PARAMS.replace("\n# what", f"{LISTED}\n# what")
    deps = "    - data/raw/phantom\n"
    assert Path("dvc.yaml").read_text() == PIPELINE.replace(deps, deps + DEPS)
    assert git_sees() == {
        "data/raw/tiny/.gitignore",
        "data/raw/tiny/README.txt",
        f"data/raw/tiny/{METAFILE}.dvc",
        "data/raw/tiny/sub001.dvc",
        "data/raw/tiny/sub002.dvc",
    }
    printed = capfd.readouterr().out
    assert printed.startswith("added tiny: 4 clips of sub001, sub002, under data/raw/tiny\n")
    assert "README.md" not in printed  # the corpus brought one
    assert "left out, as it may name a person: 'demographic' of people, of 1 files" in printed


def test_what_a_corpus_says_of_itself_goes_into_git_as_short_text_and_is_named(
    repository, received, capfd
):
    """Licence and provenance reach a collaborator; a table of people and a folder stay behind."""
    shutil.copy(ROOT / ".gitignore", ".gitignore")
    notes = {"README.md", "LICENSE", "PROVENANCE.txt"}
    for name in notes:
        (received / name).write_text("CC BY")
    (received / "README_speakers.xlsx").write_bytes(b"PK\3\4" + WHO.encode())
    (received / "README.csv").write_text(f"sub001,{WHO}")
    (received / "LICENCE.pdf").write_bytes(b"%PDF\xff")
    (received / "PROVENANCE.d").mkdir()
    (received / "LICENSE.txt").write_text("x" * 200_000)
    add("tiny", received, **USUAL)
    assert {path.name for path in TINY.glob("[A-Z]*")} == notes
    assert {f"{TINY}/{name}" for name in notes} <= git_sees()
    printed = capfd.readouterr().out
    assert "these go into git: read them first, for names and dates: LICENSE, PROV" in printed


def clips_of(metafile):
    """Speaker -> what stems has of each clip."""
    known = json.loads(metafile.read_text()).items()
    return {who: [(t["name"], t["prefix"], t["file"]) for t in of["task"]] for who, of in known}


def git_sees():
    """New files that git would take; faces and voices are none of them."""
    return set(run(".", "git", "ls-files", "--others", "--exclude-standard").split())


def test_what_was_added_is_what_the_stage_recordings_takes(repository, received, capsys):
    """The present clips of one speaker: the entry says which, and the others are not missed."""
    (received / VIDEO).unlink()
    add("tiny", received, **USUAL, speakers=["sub001"], present=True)
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["tiny"]
    assert entry["tasks"] == {"sub001": ["vcv2_r1"]}
    check_entry("tiny", entry)
    refuse_other_folders(TINY, entry["speakers"])
    assert wanted(TINY, "sub001", entry) == {"vcv2_r1": "sub001_2drt_02_vcv2_r1"}
    printed = capsys.readouterr().out
    assert "added tiny: 1 clips of sub001," in printed
    assert "fill in data/raw/tiny/README.md: licence, source, consent" in printed
    text = (TINY / "README.md").read_text()
    assert "Recordings of 1 speakers" in text
    assert "adapter usc75, pixel_spacing 0.0024, metafile" in text
    assert text.count("(fill in)") == 11


def test_linked_files_are_taken_by_dvc_and_stay_where_they_were(repository, received):
    """No link is left in the repository or in the cache, so that a push sends the data."""
    theirs = files(received)
    add("tiny", received, **USUAL, link=True)
    assert (TINY / VIDEO).read_bytes() == theirs[VIDEO.as_posix()]
    assert files(received) == theirs
    cached = [path for path in Path(".dvc/cache").rglob("*") if path.is_file()]
    assert links(repository) == links(received) == []
    assert theirs[VIDEO.as_posix()] in [path.read_bytes() for path in cached]


def test_this_repository_lets_git_take_what_was_added(repository, received):
    """Its own .gitignore keeps data out, but not the .dvc files that stand for them."""
    shutil.copy(ROOT / ".gitignore", ".gitignore")
    add("tiny", received, **USUAL)
    assert {f"data/raw/tiny/{name}.dvc" for name in (METAFILE, "sub001", "sub002")} <= git_sees()
    assert not [name for name in git_sees() if name.endswith((".mp4", ".json"))]


def test_a_speaker_who_may_be_called_so_is_refused(repository, received):
    known = json.loads((received / METAFILE).read_text())
    (received / METAFILE).write_text(json.dumps({"Jane_Doe": known["sub001"]}))
    (received / "sub001").rename(received / "Jane_Doe")
    refused(r"^'Jane_Doe': may name a person; speakers go by a code", "tiny", received)


def test_linked_files_that_name_somebody_are_copied_without_it(repository, received, capsys):
    with (received / VIDEO).open("ab") as stream:
        stream.write(box(b"uuid", bytes(16) + WHO.encode()))
    theirs = files(received)
    add("tiny", received, **USUAL, link=True)
    assert told((TINY / VIDEO).read_bytes()) == []
    assert files(received) == theirs
    printed = capsys.readouterr().out
    assert "left out, as it may name a person: box 'uuid', of 1 files" in printed
    assert "these files were copied without it; the others are links" in printed


def test_no_byte_that_is_derived_names_anybody(repository, received, capsys):
    """A name and a birth date in the videos, the labels and the list; what is made of these is
    searched, as it lies on disk and as it is read: raw data, stores, what git and DVC keep."""
    note = f"{WHO} {BORN} 1980-02-29".encode()
    known = json.loads((received / METAFILE).read_text())
    for entry in known.values():
        entry |= {"name": WHO, "demographic": {"born": BORN, "sex": "F", "l1": "Quxleyan"}}
    (received / METAFILE).write_text(json.dumps(known))
    for video in received.rglob("*.mp4"):
        with video.open("ab") as stream:
            stream.write(box(b"udta", note) + box(b"free", WHO.encode("utf-16-le")))
        grid = video.parents[1] / "textgrid" / f"{video.stem.removesuffix('_video')}.TextGrid"
        write_textgrid(grid, [(0, 1, "a"), (1, 2, "")])
        grid.write_text(grid.read_text().replace("xmin", f"! {note.decode()}\nxmin", 1))
    add("tiny", received, **USUAL)

    everything = yaml.safe_load((ROOT / "params.yaml").read_text())
    entry = {"tiny": entry_of("tiny")}
    recordings, raw = Path("data/recordings"), Path("data/raw")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACTABLE_MEMO", "off")
        record_corpora(raw, recordings, entry, **everything["recordings"])
    store = load(recordings / "tiny" / "sub001.zarr", RECORDINGS)
    heard = formants(store, **everything["formants"])
    save(heard, Path("data/formants/tiny/sub001.zarr"), FORMANTS)
    known = {"data": Path("data"), "chosen": ["sub001"], "kind": "csv", "force": False}
    export(Path("exports/mine"), entry, nouns=["formants", "labels"], **known)

    assert told(b"".join(path.read_bytes() for path in received.rglob("*") if path.is_file()))
    derived = [path for path in Path().rglob("*") if path.is_file()]
    assert len(derived) > 100
    assert [path for path in derived if told(path.read_bytes()) or told(bytes(path))] == []
    for read in (store, heard):
        values = [str(read.attrs)] + [str(read[name].values.tolist()) for name in read.variables]
        assert told(" ".join(values).encode()) == []
    assert told(capsys.readouterr().out.encode()) == []


def test_where_dvc_fails_nothing_is_left(repository, received):
    shutil.rmtree(".dvc")
    refused(
        r"`dvc add` failed, nothing was added: .*not inside of a DVC repository", "tiny", received
    )


@pytest.mark.parametrize("lacking", ["params.yaml", "dvc.yaml"])
def test_elsewhere_than_in_a_repository_it_is_refused(repository, received, lacking):
    Path(lacking).unlink()
    refused(r"repository: no params\.yaml and dvc\.yaml; run this in the repo", "tiny", received)


def test_a_pipeline_that_would_not_read_the_corpus_is_refused(repository, received):
    dvc = Path("dvc.yaml")
    dvc.write_text(dvc.read_text().replace("recordings:", "recording:", 1))
    refused(r"dvc\.yaml: stages: there is no 'recordings'", "tiny", received)


def test_a_name_that_is_taken_is_refused(repository, received):
    refused(r"'phantom' is taken, see params\.yaml: corpora; choose another", "phantom", received)


def test_a_name_whose_folder_is_there_is_refused(repository, received):
    Path("data/raw/mine").mkdir(parents=True)
    refused(r"^data/raw/mine: is there already; remove it or choose", "mine", received)


@pytest.mark.parametrize("name", ["", "two words", "../up", "1st", "a/b", "a:b"])
def test_a_name_that_cannot_be_one_is_refused(repository, received, name):
    refused(r"a corpus is named by letters, digits, - and _", name, received)


def test_a_folder_without_a_metafile_is_refused(repository, received):
    (received / METAFILE).unlink()
    refused(r"received: no metafile metafile_public\*\.json; put the one that", "tiny", received)


def test_a_folder_with_two_metafiles_is_refused(repository, received):
    shutil.copy(received / METAFILE, received / "metafile_public_2.json")
    refused(r"received: several metafiles metafile_public\*\.json", "tiny", received)


def test_a_folder_that_is_not_there_is_refused(repository, received):
    refused(r"nowhere: no such folder; name the one that holds", "tiny", received / "nowhere")


def test_a_folder_without_speakers_is_refused(repository, received):
    for who in ("sub001", "sub002"):
        shutil.rmtree(received / who)
    refused(rf"received: no folder of any speaker that {METAFILE} knows", "tiny", received)


def test_a_promised_clip_that_is_missing_is_refused(repository, received):
    (received / VIDEO).unlink()
    complaint = (
        rf"{VIDEO.name}: not there, though .*{METAFILE} says that it exists, like 1 of 2 clips of "
        r"sub001; fetch them, or add --present to take those that are there"
    )
    refused(complaint, "tiny", received)


def test_a_speaker_without_one_clip_is_refused_even_so(repository, received):
    shutil.rmtree(received / "sub002" / "2drt")
    complaint = rf"received/sub002: not one clip that {METAFILE} knows"
    refused(complaint, "tiny", received, present=True)


def test_an_unknown_speaker_is_refused(repository, received):
    complaint = r"no folder of speaker 'sub01'; did you mean 'sub001'\?"
    refused(complaint, "tiny", received, speakers=["sub01"])


def test_an_unknown_adapter_is_refused(repository, received):
    refused(r"unknown adapter 'usc76'; there is usc75", "tiny", received, adapter="usc76")


def test_a_pixel_spacing_in_mm_is_refused(repository, received):
    refused(r"2400 mm, expected 0\.2 to 10 mm; was it", "tiny", received, pixel_spacing=2.4)


def test_a_disk_that_fails_while_copying_leaves_nothing(repository, received, monkeypatch):
    """The third file cannot be copied: the first two do not stay."""
    copy, copied = shutil.copyfile, []

    def failing(source, target):
        copied.append(source)
        if len(copied) == 3:
            raise OSError(28, "No space left on device")
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", failing)
    refused(r"data/raw/tiny/sub002: the disk is full; nothing was replaced", "tiny", received)
    assert list(Path("data/raw").iterdir()) == []


def test_the_command_takes_millimetres(monkeypatch):
    """On the command line as people say it, in metres everywhere else."""
    calls = []
    monkeypatch.setattr(command, "add", lambda *names, **options: calls.append((names, options)))
    words = ["add", "mine", "clips", "--pixel-spacing", "2.4", "--speakers", "a", "b", "--link"]
    monkeypatch.setattr(sys, "argv", ["recordings", *words])
    command.main(arguments())
    ((names, options),) = calls
    assert names == ("mine", Path("clips"))
    assert options.pop("pixel_spacing") == pytest.approx(0.0024)
    assert options == dict(adapter=None, speakers=["a", "b"], present=False, link=True)


def test_the_command_has_no_default_for_the_pixel_spacing(repository, received, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["recordings", "add", "tiny", str(received)])
    with pytest.raises(BadInput, match=r"^tiny: its pixel spacing .*; add --pixel-spacing MM$"):
        command.main(arguments())
    assert not TINY.exists()


# --- a speaker joins a corpus that is listed ------------------------------------------------------


@pytest.fixture(scope="module")
def joined(fresh, elsewhere, tmp_path_factory):
    """The repository after the first speaker was added."""
    folder = shutil.copytree(fresh, tmp_path_factory.mktemp("joined") / "repository")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        add("tiny", elsewhere, **USUAL, speakers=["sub001"])
    return folder


@pytest.fixture
def listed(joined, tmp_path, monkeypatch):
    """A copy of it, to work in."""
    monkeypatch.chdir(shutil.copytree(joined, tmp_path / "repository"))
    return tmp_path / "repository"


def not_joined(complaint, folder, name="tiny", **options):
    """The complaint comes, and every file in the repository is what it was."""
    before = files(Path.cwd())
    with pytest.raises(BadInput, match=complaint):
        add(name, folder, **{"speakers": ["sub002"]} | options)
    assert files(Path.cwd()) == before


def edit_metafile(folder, change):
    known = json.loads((folder / METAFILE).read_text())
    change(known)
    (folder / METAFILE).write_text(json.dumps(known))


def test_a_speaker_joins_a_corpus_and_goes_where_faces_go(listed, received, capsys):
    """By one item in a list and one dep, both tables are what they are with two from the start."""
    theirs, before = files(received), files(TINY)
    add("tiny", received, speakers=["sub002"])

    (out,) = yaml.safe_load((TINY / "sub002.dvc").read_text())["outs"]
    assert (out["path"], out["remote"]) == ("sub002", "restricted")
    ours = {name: held for name, held in files(TINY).items() if name.startswith("sub002/")}
    assert len(ours) == 2
    assert ours == {name: theirs[name] for name in ours}
    after = {name: held for name, held in files(TINY).items() if not name.startswith("sub002")}
    assert after.pop(".gitignore") == before.pop(".gitignore") + b"/sub002\n"
    assert after == before
    assert "data/raw/tiny/sub002.dvc" in git_sees()

    assert Path("params.yaml").read_text() == PARAMS.replace("\n# what", f"{LISTED}\n# what")
    deps = "    - data/raw/phantom\n"
    assert Path("dvc.yaml").read_text() == PIPELINE.replace(deps, deps + DEPS)
    assert capsys.readouterr().out.startswith("added tiny: 2 clips of sub002, under data/raw/tiny")


def test_the_clips_that_are_there_of_a_speaker_who_joins_are_listed(listed, received):
    """First where nobody has tasks, then where somebody has."""
    corpus(received, {"vcv1_r1": "exist", "vcv2_r1": "exist", "bvt_r1": "not exist"}, TWO + THREE)
    for who, number in (("sub002", 1), ("sub003", 2)):
        name = f"{who}_2drt_{number:02d}_vcv{number}_r1_video.mp4"
        (received / who / "2drt" / "video" / name).unlink()
    chosen = {"sub002": ["vcv2_r1"]}
    add("tiny", received, speakers=["sub002"], present=True)
    assert entry_of("tiny")["tasks"] == chosen
    add("tiny", received, speakers=["sub003"], present=True)
    assert entry_of("tiny")["tasks"] == chosen | {"sub003": ["vcv1_r1"]}
    assert entry_of("tiny")["speakers"] == ["sub001", "sub002", "sub003"]
    refuse_other_folders(TINY, entry_of("tiny")["speakers"])
    assert list(wanted(TINY, "sub003", entry_of("tiny"))) == ["vcv1_r1"]


def entry_of(name):
    return yaml.safe_load(Path("params.yaml").read_text())["corpora"][name]


def test_a_metafile_that_knows_more_takes_the_place_of_the_older_one(listed, received):
    corpus(received, {"vcv1_r1": "exist", "vcv2_r1": "exist", "bvt_r1": "not exist"}, TWO + THREE)
    add("tiny", received, speakers=["sub003"])
    assert clips_of(TINY / METAFILE) == clips_of(received / METAFILE)
    (out,) = yaml.safe_load((TINY / f"{METAFILE}.dvc").read_text())["outs"]
    assert out["md5"] == hashlib.md5((TINY / METAFILE).read_bytes()).hexdigest()
    assert out["remote"] == "restricted"


def test_a_metafile_by_which_a_listed_speaker_would_change_is_refused(listed, received):
    edit_metafile(received, lambda known: known["sub001"]["task"][1].update(file="not exist"))
    not_joined(rf"received/{METAFILE}: has other clips of sub001 than data/raw/tiny/", received)
    edit_metafile(received, lambda known: known.pop("sub001"))
    complaint = r"other clips of sub001 than .*; put the new speakers into a copy of that one"
    not_joined(complaint, received)


def test_a_metafile_of_another_name_is_refused(listed, received):
    (received / METAFILE).rename(received / "metafile_public_new.json")
    not_joined(rf"metafile_public_new\.json: expected {METAFILE}, .*; rename it", received)


def test_a_metafile_that_was_not_pulled_is_named(listed, received):
    (TINY / METAFILE).unlink()
    not_joined(rf"tiny/{METAFILE}: no such metafile.*`dvc pull data/raw/tiny/{METAFILE}`", received)


def test_who_is_listed_already_is_refused(listed, received):
    complaint = r"^sub001 is listed already, see params\.yaml: corpora: tiny$"
    not_joined(complaint, received, speakers=["sub002", "sub001"])


@pytest.mark.parametrize("name", ["sub002", "sub002.dvc"])
def test_who_lies_there_already_is_refused(listed, received, name):
    (TINY / name).mkdir()
    not_joined(rf"^data/raw/tiny/{name}: is there already; move it away, and add", received)


def test_a_listed_corpus_is_not_joined_by_whoever_has_a_folder(listed, received):
    not_joined(r"^'tiny' is taken, .*, or say by --speakers who joins it$", received, speakers=None)


def test_a_corpus_that_a_stage_makes_is_not_joined(listed, received):
    complaint = r"^'phantom': this command did not add it .*, so nobody can join it; choose"
    not_joined(complaint, received, name="phantom")


def test_another_pixel_spacing_is_refused_and_the_same_is_not_asked_for(listed, received):
    not_joined(r"^pixel_spacing 0\.0016, but 0\.0024 in params", received, pixel_spacing=1.6e-3)
    add("tiny", received, speakers=["sub002"], pixel_spacing=2.4 / 1000)
    assert entry_of("tiny")["pixel_spacing"] == 2.4e-3


def test_another_adapter_is_refused(listed, received, monkeypatch):
    monkeypatch.setitem(ADAPTERS, "other", ADAPTERS["usc75"])
    not_joined(
        r"^adapter other, but usc75 in params\.yaml: corpora: tiny", received, adapter="other"
    )


def test_a_clip_that_is_missing_of_a_speaker_who_joins_is_refused(listed, received):
    (received / str(VIDEO).replace("sub001", "sub002")).unlink()
    not_joined(r"not there, though .*, like 1 of 2 clips of sub002", received)


def test_where_dvc_fails_nobody_has_joined(listed, received):
    shutil.rmtree(".dvc")
    not_joined(r"`dvc add` failed, nothing was added", received)


def test_a_table_that_cannot_be_written_leaves_nobody_joined(listed, received, monkeypatch):
    """DVC has tracked the speaker when the disk is full: its .dvc files and .gitignore go back."""
    write = Path.write_text

    def failing(path, text, *more, **options):
        if path.name.startswith(".params.yaml."):
            raise OSError(28, "No space left on device")
        return write(path, text, *more, **options)

    monkeypatch.setattr(Path, "write_text", failing)
    not_joined(r"^params\.yaml: the disk is full; nothing was replaced", received)


def test_prompts_are_copied_tracked_and_listed(repository, received):
    (received / "prompts.csv").write_text("clip,text\nvcv1,apa ship\n")
    (received / "own.dict").write_text("apa  a p a\n")
    add("tiny", received, pixel_spacing=2.4e-3, prompts="prompts.csv", pronunciations="own.dict")
    listed = entry_of("tiny")
    assert (listed["prompts"], listed["pronunciations"]) == ("prompts.csv", "own.dict")
    deps = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]["recordings"]["deps"]
    for name in ("prompts.csv", "own.dict"):
        file = Path("data/raw/tiny") / name
        assert file.read_text() == (received / name).read_text()
        assert file.as_posix() in deps
        tracked = yaml.safe_load(file.with_name(f"{name}.dvc").read_text())
        assert tracked["outs"][0]["remote"] == "restricted"


def test_prompts_of_a_listed_corpus_are_tracked_and_listed(listed, tmp_path, monkeypatch, capsys):
    """Both tables say then what they say of a corpus that had prompts from the start."""
    (tmp_path / "prompts.csv").write_text("clip,text\nvcv1,apa ship\n")
    (tmp_path / "own.dict").write_text("apa  a p a\n")
    before = {name: Path(name).read_text() for name in ("params.yaml", "dvc.yaml")}
    words = ["prompt", "tiny", str(tmp_path / "prompts.csv")]
    words += ["--pronunciations", str(tmp_path / "own.dict")]
    monkeypatch.setattr(sys, "argv", ["recordings", *words])
    command.main(arguments())
    assert "prompts of 1 clips of tiny;" in capsys.readouterr().out
    said = "    prompts: prompts.csv\n    pronunciations: own.dict\n"
    entry = "    speakers: [sub001]\n"
    assert Path("params.yaml").read_text() == before["params.yaml"].replace(entry, entry + said)
    speaker = "    - data/raw/tiny/sub001\n"
    deps = "    - data/raw/tiny/prompts.csv\n    - data/raw/tiny/own.dict\n"
    assert Path("dvc.yaml").read_text() == before["dvc.yaml"].replace(speaker, speaker + deps)
    for name in ("prompts.csv", "own.dict"):
        assert (TINY / name).read_bytes() == (tmp_path / name).read_bytes()
        assert yaml.safe_load((TINY / f"{name}.dvc").read_text())["outs"][0]["remote"] == REMOTE
    with pytest.raises(BadInput, match=r"prompts: prompts.csv is listed; correct data/raw/tiny"):
        command.main(arguments())


@pytest.mark.parametrize(
    ("name", "table", "complaint"),
    [
        ("tinny", "clip,text\nvcv1,ship\n", "no 'tinny'; did you mean 'tiny'"),
        ("phantom", "clip,text\nvcv1,ship\n", "no `add` brought it"),
        ("tiny", "clip,text\nvcv1,apa\n", "line 2: neither .* knows apa"),
        ("tiny", "clip,text\n", "has a prompt of no clip of tiny"),
        (
            "tiny",
            "clip,text\nvcv1,ship\nvcv2_r9,ship\n",
            "line 3: 'vcv2_r9' is no clip.*mean 'vcv2_r1'",
        ),
        ("tiny", None, "prompts.csv: no such file"),
    ],
)
def test_prompts_that_cannot_be_given_change_nothing(listed, tmp_path, name, table, complaint):
    if table:
        (tmp_path / "prompts.csv").write_text(table)
    before = files(Path.cwd())
    with pytest.raises(BadInput, match=complaint):
        give_prompts(name, tmp_path / "prompts.csv")
    assert files(Path.cwd()) == before


def test_where_dvc_fails_no_prompts_were_given(listed, tmp_path, monkeypatch):
    (tmp_path / "prompts.csv").write_text("clip,text\nvcv1,ship\n")
    shutil.rmtree(".dvc")
    before = files(Path.cwd())
    with pytest.raises(BadInput, match="`dvc add` failed, nothing was added"):
        give_prompts("tiny", tmp_path / "prompts.csv")
    assert files(Path.cwd()) == before


def test_a_prompt_that_nobody_can_pronounce_is_refused_before_anything_is_copied(
    repository, received
):
    (received / "prompts.csv").write_text("clip,text\nvcv1,apa\n")
    refused("line 2: neither .* knows apa", "tiny", received, prompts="prompts.csv")
    (received / "texts").mkdir()
    (received / "texts/prompts.csv").write_text("clip,text\nvcv1,ship\n")
    for place in ("texts/prompts.csv", str(received / "texts/prompts.csv"), "../prompts.csv"):
        refused(f"^prompts: {place}: expected the bare name of", "tiny", received, prompts=place)
    (received / f"{BORN}.csv").write_text("clip,text\nvcv1,ship\n")
    refused("its name holds '19800229'", "tiny", received, prompts=f"{BORN}.csv")


def test_a_list_may_be_named_by_the_day_of_its_release(repository, received):
    (received / METAFILE).rename(received / "metafile_public_20210129.json")
    add("tiny", received, **USUAL)
    assert (TINY / "metafile_public_20210129.json").is_file()
