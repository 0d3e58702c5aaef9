"""The command ``add`` by adapter: what is copied, asked for and refused."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tractable.contracts import BadInput
from tractable.recordings import command
from tractable.recordings.__main__ import arguments
from tractable.recordings.add import add
from tractable.recordings.corpora import ADAPTERS

from .conftest import TABLES
from .layouts import FRAMES, written
from .miniatures import MINIATURES, vowel

RAW = Path("data/raw")


@pytest.mark.parametrize("name", MINIATURES)
def test_raw_copies_hold_what_is_read_and_nothing_else(empty, tmp_path, name):
    of, _ = written(name, tmp_path / "received")
    add("mini", tmp_path / "received", adapter=of.adapter, **of.settings)
    adapter, home = ADAPTERS[of.adapter], RAW / "mini" / of.speaker
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]
    clips = [adapter.clip(home, *pair, entry) for pair in adapter.stems(home, entry).items()]
    read = {file for clip in clips for file, _ in adapter.files(home, clip)}
    assert {path for path in home.rglob("*") if path.is_file()} == read
    assert not [path for path in read if "track" in path.name or "mask" in path.name]


# ---- The command, by adapter


def refused(complaint, folder, **options):
    """The complaint comes, and nothing was changed."""
    with pytest.raises(BadInput, match=complaint):
        add("mini", folder, **options)
    assert {name: Path(name).read_text() for name in TABLES} == TABLES
    assert not RAW.exists()


@pytest.mark.parametrize(
    "name, lacking, complaint",
    [
        ("usctimit", "pixel_spacing", "^mini: its pixel spacing is unknown.*; add --pixel-spacing"),
        ("usctimit", "frame_rate", "^mini: its frame rate is unknown.*; add --frame-rate HZ"),
        ("usclss", "pixel_spacing", "^mini: its pixel spacing is unknown.*; add --pixel-spacing"),
        ("artspeech of arrays", "pixel_spacing", "NPY_MR: its pixel_spacing .* `add --pixel-spac"),
        ("artspeech of arrays", "frame_rate", "NPY_MR: its frame_rate is .* `add --frame-rate"),
        ("ruthven", "frame_rate", "Subject1: its frame_rate is unknown.* `add --frame-rate`"),
        ("usc75 of recon", "frame_rate", r"_recon\.h5: its frame_rate is unknown.*`add --frame-r"),
        ("folder of videos", "pixel_spacing", r"words 1\.avi: its pixel_spacing is unknown"),
        (
            "folder of videos",
            "pictures",
            r"^mini: its pictures .* add --pictures PLACE, as 'video/",
        ),
    ],
)
def test_what_files_do_not_hold_is_asked_for(empty, tmp_path, name, lacking, complaint):
    of, _ = written(name, tmp_path / "received")
    said = {key: value for key, value in of.settings.items() if key != lacking}
    refused(complaint, tmp_path / "received", adapter=of.adapter, **said)


def test_what_an_adapter_does_not_take_is_refused(empty, tmp_path):
    of, _ = written("usctimit", tmp_path / "received")
    complaint = "^adapter usctimit takes no pictures; it takes pixel_spacing, frame_rate$"
    refused(complaint, tmp_path / "received", adapter="usctimit", pictures="{clip}", **of.settings)


def test_a_sound_that_is_missing_is_named_and_its_clip_may_be_left_out(empty, tmp_path):
    of, _ = written("artspeech", tmp_path / "received")
    home = tmp_path / "received" / of.speaker
    shutil.copytree(home / "S01", home / "S02")
    complaint = (
        r"S02/1791_S02\.wav: not there, .*, like 1 of 2 clips of 1791; fetch them, or add --pre"
    )
    refused(complaint, tmp_path / "received", adapter="artspeech")
    add("mini", tmp_path / "received", adapter="artspeech", present=True)
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]
    assert entry == {"adapter": "artspeech", "speakers": ["1791"], "tasks": {"1791": ["S01"]}}


def test_a_speaker_joins_a_corpus_that_has_no_list(empty, tmp_path):
    written("artspeech", tmp_path / "received")
    add("mini", tmp_path / "received", adapter="artspeech")
    second = MINIATURES["artspeech"]._replace(speaker="1792")
    second.write(tmp_path / "later", FRAMES, vowel(16000), second)
    add("mini", tmp_path / "later", speakers=["1792"])
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]
    assert entry == {"adapter": "artspeech", "speakers": ["1791", "1792"]}
    deps = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]["recordings"]["deps"]
    assert deps == ["data/raw/phantom", "data/raw/mini/1791", "data/raw/mini/1792"]


def test_what_was_not_said_of_a_listed_corpus_is_not_said_by_who_joins(empty, tmp_path):
    written("artspeech", tmp_path / "received")
    add("mini", tmp_path / "received", adapter="artspeech")
    complaint = "^frame_rate 55, but not said in params.yaml: corpora: mini"
    with pytest.raises(BadInput, match=complaint):
        add("mini", tmp_path / "received", speakers=["1792"], frame_rate=55)


def test_the_command_says_what_files_do_not_hold(empty, tmp_path, monkeypatch):
    written("folder of videos", tmp_path / "received")
    words = ["--adapter", "folder", "--pixel-spacing", "2.4", "--pictures", "film/{clip}.avi"]
    words += [
        "--sound",
        "voice/{clip}.wav",
        "--labels",
        "labels/{clip}.TextGrid",
        "--tier",
        "sounds",
    ]
    words += ["--frame-rate", "2000/50"]
    monkeypatch.setattr(
        sys, "argv", ["recordings", "add", "mini", str(tmp_path / "received"), *words]
    )
    command.main(arguments())
    entry = yaml.safe_load(Path("params.yaml").read_text())["corpora"]["mini"]
    assert entry == MINIATURES["folder of videos"].settings | {
        "adapter": "folder",
        "frame_rate": "2000/50",
        "speakers": ["m01"],
    }


def test_help_has_a_line_on_the_layout_of_each_adapter(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["recordings", "--help"])
    with pytest.raises(SystemExit):
        arguments()
    lines = capsys.readouterr().out.splitlines()
    for name, adapter in ADAPTERS.items():
        assert any(line.split()[:1] == [name] and adapter.layout in line for line in lines)
        assert len(adapter.layout) < 90
