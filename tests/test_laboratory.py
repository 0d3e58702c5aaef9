"""What leaves a workspace, what may be changed in one, and which clips are taken by default."""

import json
import subprocess

import pytest
import yaml

from tractable.contracts import BadInput
from tractable.laboratory import adding, clips, clone, default_clips, export, override
from tractable.score_table import COLUMNS

PARAMS = """\
# Every choice.
corpora: # name -> adapter
  phantom:
    speakers: [sim1, sim2, sim3] # simulated
  mine:
    adapter: usc75
    pixel_spacing: 2.4e-3 # m
    metafile: metafile_public_mine.json
    speakers: [sub001]
training:
  epochs: 300 # at most
"""
ENTRY = {
    "adapter": "usc75",
    "pixel_spacing": 2.4e-3,
    "metafile": "metafile_public_mine.json",
    "speakers": ["sub001"],
}
HEADING = "frame,corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers,path"
SCORES = f"""\
{HEADING}
1,phantom,ridge,forward,V0 error (%),F1,5,4,6,20,0,8,/home/ada/clips
2,mine,ridge,forward,V0 error (%),F1,7.10,,,20,not applicable,1,/home/ada/clips
3,mine,mean,forward,V0 error (%),F1,NA,,,20,not applicable,1,/home/ada/clips
"""
AUTHOR = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@lovelace.example"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """One commit of a repository of git and DVC, to work in."""
    repository = tmp_path / "repository"
    (repository / ".dvc").mkdir(parents=True)
    (repository / ".dvc" / "config").touch()
    (repository / "params.yaml").write_text(PARAMS)
    git(repository, "init", "-q")
    git(repository, "add", "-A")
    git(repository, *AUTHOR, "commit", "-q", "-m", "the last commit")
    monkeypatch.chdir(repository)
    return repository


@pytest.fixture
def workspace(tmp_path):
    """What a run leaves: parameters, tracked raw data, and a table that says too much."""
    workspace = tmp_path / "workspace"
    (workspace / "reports").mkdir(parents=True)
    (workspace / "reports" / "scores.csv").write_text(SCORES)
    (workspace / "params.yaml").write_text(PARAMS)
    for corpus, name, md5 in [
        ("mine", "metafile_public_mine.json", "0" * 32),
        ("mine", "sub001", "1" * 32 + ".dir"),
        ("other", "sub002", "2" * 32 + ".dir"),
    ]:
        file = workspace / "data" / "raw" / corpus / f"{name}.dvc"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"outs": [{"md5": md5, "path": name, "size": 7}]}))
    git(workspace, "init", "-q")
    git(workspace, *AUTHOR, "commit", "-q", "--allow-empty", "-m", "the last commit")
    return workspace


def git(folder, *words):
    return subprocess.check_output(["git", *words], cwd=folder, text=True)


def test_only_aggregate_columns_of_the_one_corpus_leave(workspace, tmp_path):
    """Numbers as they were written, digit for digit; neither frames nor paths."""
    export(workspace, "mine", tmp_path / "out")
    assert (tmp_path / "out" / "scores.csv").read_text() == (
        "corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers\n"
        "mine,ridge,forward,V0 error (%),F1,7.10,,,20,not applicable,1\n"
        "mine,mean,forward,V0 error (%),F1,NA,,,20,not applicable,1\n"
    )


def test_the_columns_that_may_leave_tell_of_no_frame_and_no_speaker():
    """Whoever lets another column out must say so here."""
    assert HEADING.removeprefix("frame,").removesuffix(",path").split(",") == list(COLUMNS)


def test_nothing_else_leaves(workspace, tmp_path):
    export(workspace, "mine", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["provenance.json", "scores.csv"]


def test_an_empty_table_is_refused_and_an_older_one_stays(workspace, tmp_path):
    export(workspace, "mine", tmp_path / "out")
    before = (tmp_path / "out" / "scores.csv").read_bytes()
    (workspace / "reports" / "scores.csv").write_text(SCORES.replace(",mine,", ",phantom,"))
    with pytest.raises(BadInput, match=r"reports/scores\.csv holds no row of mine"):
        export(workspace, "mine", tmp_path / "out")
    assert (tmp_path / "out" / "scores.csv").read_bytes() == before


def test_a_first_export_of_an_empty_table_leaves_no_folder(workspace, tmp_path):
    (workspace / "reports" / "scores.csv").write_text(HEADING + "\n")
    with pytest.raises(BadInput, match="holds no row of mine"):
        export(workspace, "mine", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_provenance_is_code_settings_and_raw_data_and_no_more(workspace, tmp_path):
    """Digests of this corpus alone; the author, the date and the folder are nobody's business."""
    export(workspace, "mine", tmp_path / "out")
    text = (tmp_path / "out" / "provenance.json").read_text()
    assert json.loads(text) == {
        "corpus": "mine",
        "code": git(workspace, "rev-parse", "HEAD").strip(),
        "settings": ENTRY,
        "raw md5": {"metafile_public_mine.json": "0" * 32, "sub001": "1" * 32 + ".dir"},
    }
    assert "/" not in text
    assert "Lovelace" not in text


def test_the_same_results_are_exported_as_the_same_bytes(workspace, tmp_path):
    for name in ("first", "second"):
        export(workspace, "mine", tmp_path / name)
    for file in ("scores.csv", "provenance.json"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_an_override_changes_its_keys_and_no_comment(tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text(PARAMS)
    override(file, ["corpora.phantom.speakers=[sim1, sim2]", "training.epochs=3"])
    expected = PARAMS.replace("[sim1, sim2, sim3]", "[sim1, sim2]").replace("300", "3")
    assert yaml.safe_load(file.read_text()) == yaml.safe_load(expected)
    comments = [line.partition("#")[2] for line in PARAMS.splitlines() if "#" in line]
    kept = [line.partition("#")[2] for line in file.read_text().splitlines() if "#" in line]
    assert kept == comments


LIST = """\
efficiency:
  models: # of shape to sound
{items}
  # of every speaker
  shares: [0.03, 0.1] # all of them: 1

# The next section.
scores: 1
"""


def test_a_list_that_is_overridden_twice_leaves_what_stands_under_it(tmp_path):
    """A comment on an item goes with the item."""
    file = tmp_path / "params.yaml"
    file.write_text(LIST.format(items="  - ridge # linear\n  - hybrid # a tube"))
    for names in ("[mean]", "[mlp, ridge, mean]"):
        override(file, [f"efficiency.models={names}", "efficiency.shares=[0.3]"])
    items = "  - mlp\n  - ridge\n  - mean"
    assert file.read_text() == LIST.format(items=items).replace("[0.03, 0.1]", "[0.3]      ")


@pytest.mark.parametrize(
    "written, meant",
    [("3", 3), ("0.5", 0.5), ("true", True), ("a=b", "a=b"), ("{x: [1, 2]}", {"x": [1, 2]})],
)
def test_an_override_is_read_as_yaml(tmp_path, written, meant):
    file = tmp_path / "params.yaml"
    file.write_text(PARAMS)
    override(file, [f"training.epochs={written}"])
    found = yaml.safe_load(file.read_text())["training"]["epochs"]
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize(
    "setting, complaint",
    [
        ("corpora.phantm.speakers=[sim1]", r"no 'phantm' there; there are phantom, mine"),
        ("trainig.epochs=3", r"no 'trainig' there; there are corpora, training"),
        ("training.epochs", r"expected KEY=VALUE"),
    ],
)
def test_an_override_of_nothing_is_named_and_changes_nothing(tmp_path, setting, complaint):
    file = tmp_path / "params.yaml"
    file.write_text(PARAMS)
    with pytest.raises(BadInput, match=rf"--set .*: {complaint}"):
        override(file, ["training.epochs=3", setting])
    assert file.read_text() == PARAMS


def make_corpora(home, *names):
    for name in names:
        (home / name).mkdir(parents=True)
        (home / name / "metafile_public_1.json").write_text("{}")
    (home / "a_folder_without_a_metafile").mkdir(parents=True)


def test_the_default_clips_are_the_first_corpus_that_has_a_metafile(tmp_path, monkeypatch):
    make_corpora(tmp_path, "second", "first")
    monkeypatch.setenv("TRACTABLE_REAL", str(tmp_path))
    assert default_clips() == tmp_path / "first"


def test_the_default_clips_lie_beside_the_repository(tmp_path, monkeypatch):
    make_corpora(tmp_path / "shared" / "real", "mine")
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.delenv("TRACTABLE_REAL", raising=False)
    assert default_clips().is_absolute()
    assert default_clips().resolve() == tmp_path / "shared" / "real" / "mine"


@pytest.mark.parametrize("there", [True, False])
def test_without_clips_it_is_said_where_they_were_looked_for(tmp_path, monkeypatch, there):
    home = tmp_path / "real"
    if there:
        make_corpora(home)
    monkeypatch.setenv("TRACTABLE_REAL", str(home))
    with pytest.raises(BadInput, match=r"real: no corpus with a metafile_public.*make real CLIPS="):
        default_clips()
    monkeypatch.delenv("TRACTABLE_REAL")
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    with pytest.raises(BadInput, match=r"^\.\./shared/real: .*or set TRACTABLE_REAL$"):
        default_clips()


def test_a_folder_needs_its_pixel_spacing_and_the_known_corpus_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACTABLE_REAL", str(tmp_path))
    (tmp_path / "usc").mkdir()
    (tmp_path / "usc/metafile_public_1.json").write_text("{}")
    assert clips(None, None) == (tmp_path / "usc", 2.4)
    assert clips(tmp_path, 1.6) == (tmp_path, 1.6)
    with pytest.raises(BadInput, match=r"pixel spacing is unknown.*SPACING=MM"):
        clips(tmp_path, None)


def test_another_layout_is_named_as_the_command_takes_it(tmp_path):
    """Which asks for what it lacks itself: a pixel spacing may lie in the files."""
    assert clips(tmp_path, None, "--adapter artspeech") == (tmp_path, None)
    words = adding("mine", tmp_path, None, "--adapter folder --pictures 'a b/{clip}.avi'")
    assert words[3:] == ["add", "mine", tmp_path, "--present", "--adapter", "folder", "--pictures",
                         "a b/{clip}.avi"]  # fmt: skip
    words = adding("mine", tmp_path, 2.4, "")
    assert words[3:] == ["add", "mine", tmp_path, "--pixel-spacing", 2.4, "--present"]


def test_a_workspace_is_a_clone_that_the_next_run_makes_anew(repository):
    """With the memo of this repository, and with no sign in git that it is a workspace."""
    workspace = repository / "workspaces" / "real"
    clone(workspace)
    assert (workspace / "params.yaml").read_text() == PARAMS
    assert (workspace / ".memo").resolve() == repository / ".memo"
    assert "tractable-workspace" not in git(workspace, "status", "--porcelain")
    (workspace / "params.yaml").write_text("what a run changed")
    (workspace / "left").touch()
    clone(workspace)
    assert (workspace / "params.yaml").read_text() == PARAMS
    assert not (workspace / "left").exists()


def test_an_empty_folder_becomes_a_workspace(repository, tmp_path):
    (tmp_path / "empty").mkdir()
    clone(tmp_path / "empty")
    assert (tmp_path / "empty" / "params.yaml").is_file()


@pytest.mark.parametrize("kind", ["folder", "file", "own clone", "link"])
def test_what_the_laboratory_did_not_make_is_not_removed(repository, tmp_path, kind):
    precious = tmp_path / "precious"
    if kind == "own clone":
        git(tmp_path, "clone", "-q", str(repository), str(precious))
    elif kind == "link":
        precious.symlink_to(tmp_path / "nowhere")
    elif kind == "folder":
        precious.mkdir()
        (precious / "thesis.tex").touch()
    else:
        precious.touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=r"precious: is there and was not made by the laboratory"):
        clone(precious)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("place", [".", "..", "workspaces/.."])
def test_a_workspace_around_the_repository_is_refused(repository, place):
    """Even where it is a workspace itself."""
    (repository / ".git" / "tractable-workspace").touch()
    with pytest.raises(BadInput, match=r"--workspace .*: holds this repository; name another"):
        clone(repository / place)
    assert (repository / "params.yaml").is_file()
