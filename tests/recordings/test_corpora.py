"""From a folder of clips to one store per speaker: what is taken, refused and remembered."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from tractable.contracts import RECORDINGS, BadInput
from tractable.imaging.video import write_video
from tractable.recordings.adapter import Adapter
from tractable.recordings.corpora import ADAPTERS, check_entry, record_corpora, speaker_task, wanted
from tractable.store import contents, load

from .corpus import ENTRY, METAFILE, OPTIONS, RATE, SAMPLE_RATE, corpus, write_clip, write_textgrid

RAW, STORES = Path("data/raw"), Path("data/recordings")
TINY = RAW / "tiny"
STORE = STORES / "tiny" / "sub001.zarr"
VIDEO = TINY / "sub001" / "2drt" / "video" / "sub001_2drt_01_vcv1_r1_video.mp4"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with the one stage ``recordings``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stages/recordings.py"])
    monkeypatch.setenv("TRACTABLE_WORKERS", "1")
    monkeypatch.delenv("TRACTABLE_MEMO", raising=False)
    Path("code.py").write_text("version = 1\n")
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"recordings": {"deps": ["code.py"]}}}))
    Path("params.yaml").write_text(yaml.safe_dump({"corpora": {"tiny": ENTRY}}))
    return tmp_path


def record_all(**changes):
    """The stage, with some settings of the corpus changed."""
    record_corpora(RAW, STORES, {"tiny": ENTRY | changes}, **OPTIONS)


def record_one(**changes):
    """The work of the stage for one speaker, in this process."""
    speaker_task(TINY, STORE, ENTRY | changes, OPTIONS)()
    return load(STORE, RECORDINGS)


def refused(complaint, function=record_all, **changes):
    """The complaint comes, and before it nothing was written."""
    with pytest.raises(BadInput, match=complaint):
        function(**changes)
    assert not STORES.exists() or not list(STORES.rglob("*zarr*"))


def test_clips_that_exist_become_one_store(project, capsys):
    """50 frames at 25 Hz each; the labels of the second clip stand on its own frames."""
    corpus(TINY, {"vcv1_r1": "exist", "vcv2_r1": "not exist", "bvt_r1": "exist"})
    labels = TINY / "sub001" / "2drt" / "textgrid" / "sub001_2drt_03_bvt_r1.TextGrid"
    write_textgrid(labels, [(0.0, 1.0, ""), (1.0, 1.2, "a")])
    data = record_one()
    assert data.clip_name.values.tolist() == ["vcv1_r1", "bvt_r1"]
    assert data.sizes == {"time": 100, "y": 16, "x": 16, "sample": 4 * SAMPLE_RATE, "clip": 2}
    assert np.flatnonzero(data.phone == "a").tolist() == [75, 76, 77, 78, 79]
    assert data.attrs["pixel_spacing"] == 2.4e-3
    assert capsys.readouterr().out == (
        f"tiny/sub001: without vcv2_r1, never recorded ({METAFILE})\n"
    )


def test_nothing_is_said_where_every_task_was_recorded(project, capsys):
    corpus(TINY, {"vcv1_r1": "exist", "vcv2_r1": "exist"})
    found = wanted(TINY, "sub001", ENTRY)
    assert found == {"vcv1_r1": "sub001_2drt_01_vcv1_r1", "vcv2_r1": "sub001_2drt_02_vcv2_r1"}
    assert capsys.readouterr().out == ""


def test_chosen_tasks_are_taken_in_the_order_of_the_choice(project):
    corpus(TINY, {"vcv1_r1": "exist", "vcv2_r1": "exist", "bvt_r1": "exist"})
    entry = ENTRY | {"tasks": {"sub001": ["bvt_r1", "vcv1_r1"]}}
    assert list(wanted(TINY, "sub001", entry)) == ["bvt_r1", "vcv1_r1"]


def test_a_chosen_task_that_is_unknown_is_named(project):
    corpus(TINY, {"vcv1_r1": "exist", "bvt_r1": "exist"})
    complaint = r"tiny: tasks: sub001 has no 'vcv1_r' in .*metafile.*; did you mean vcv1_r1"
    refused(complaint, tasks={"sub001": ["vcv1_r"]})


def test_a_speaker_who_was_never_recorded_is_refused(project):
    corpus(TINY, {"vcv1_r1": "not exist"})
    (TINY / "sub001").mkdir()
    refused(rf"{METAFILE}: not one clip of sub001; take the speaker off the list")


def test_a_missing_metafile_is_named_with_the_pull_that_brings_it(project):
    corpus(TINY)
    (TINY / METAFILE).unlink()
    refused(rf"tiny/{METAFILE}: no such metafile.*`dvc pull data/raw/tiny/{METAFILE}` may bring it")


@pytest.mark.parametrize("text", ["", '{"sub001": {"task": [{"prefix": "sub', "\xe9"])
def test_a_damaged_metafile_is_named(project, text):
    corpus(TINY)
    (TINY / METAFILE).write_bytes(text.encode("latin-1"))
    refused(rf"tiny/{METAFILE}: damaged \(.*\); fetch it again")


@pytest.mark.parametrize(
    "task, complaint",
    [
        ({"prefix": "p", "file": "exist"}, "lacks 'name'"),
        ({"prefix": "p", "name": "n"}, "lacks 'file'"),
        (
            {"prefix": "p", "name": "n", "file": "lost"},
            'lacks .*"exist" or "not exist" in the file',
        ),
    ],
)
def test_a_metafile_with_half_an_entry_is_named(project, task, complaint):
    corpus(TINY)
    (TINY / METAFILE).write_text(json.dumps({"sub001": {"task": [task]}}))
    refused(rf"{METAFILE}: the entry of sub001 {complaint}.*; fetch the metafile again")


def test_a_promised_clip_that_is_not_there_is_named(project):
    corpus(TINY, {"vcv1_r1": "exist", "vcv2_r1": "exist", "bvt_r1": "exist"})
    VIDEO.unlink()
    where = rf"{VIDEO.name}: not there, though data/raw/tiny/{METAFILE} says that it exists"
    refused(rf"{where}; fetch it, or list the tasks that are there in .*corpora: tiny: tasks")
    VIDEO.with_name("sub001_2drt_03_bvt_r1_video.mp4").unlink()
    refused(rf"{where}, nor are 1 more; fetch it")
    assert list(wanted(TINY, "sub001", ENTRY | {"tasks": {"sub001": ["vcv2_r1"]}})) == ["vcv2_r1"]


def test_an_unknown_speaker_is_named_with_the_likely_one(project):
    corpus(TINY, speakers=("sub001", "sub002"))
    (TINY / "sub002").rename(TINY / "sub02")
    complaint = rf"{METAFILE}: knows no speaker 'sub02'.*did you mean sub002\?"
    refused(complaint, speakers=["sub001", "sub02"])


def test_a_folder_of_a_speaker_who_is_not_listed_is_refused(project):
    corpus(TINY, speakers=("sub001", "sub002"))
    refused(r"data/raw/tiny: holds sub002, which params\.yaml: corpora: tiny: .*does not list")


def test_a_listed_speaker_without_a_folder_is_named_with_the_pull_that_brings_it(project):
    corpus(TINY)
    complaint = (
        r"data/raw/tiny: no folder of sub002, sub003, listed in params\.yaml: corpora; "
        r"`dvc pull data/raw/tiny/sub002 data/raw/tiny/sub003` brings it"
    )
    refused(complaint, speakers=["sub001", "sub002", "sub003"])


@pytest.mark.parametrize("name", [*ENTRY, "tasks"])
def test_a_misspelt_setting_is_named_with_its_likely_meaning(name):
    entry = {key: value for key, value in ENTRY.items() if key != name} | {name[:-1]: 1}
    complaint = rf"corpora: tiny: unknown parameter '{name[:-1]}'; did you mean '{name}'\?"
    with pytest.raises(BadInput, match=complaint):
        check_entry("tiny", entry)


def test_a_setting_like_no_other_is_answered_with_all_of_them():
    complaint = r"unknown parameter 'zzz'; known: adapter, pixel_spacing, .*, tasks$"
    with pytest.raises(BadInput, match=complaint):
        check_entry("tiny", ENTRY | {"zzz": 1})


@pytest.mark.parametrize("name", ENTRY)
def test_a_missing_setting_is_named(name):
    entry = {key: value for key, value in ENTRY.items() if key != name}
    with pytest.raises(BadInput, match=rf"params\.yaml: corpora: tiny: {name} is missing"):
        check_entry("tiny", entry)


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_adapter_has_what_an_adapter_must_have(name):
    assert isinstance(ADAPTERS[name], Adapter)


def test_an_unknown_adapter_is_answered_with_those_that_are_there(project):
    corpus(TINY)
    refused(r"corpora: tiny: unknown adapter 'usc76'; there is usc75", adapter="usc76")


@pytest.mark.parametrize("spacing", [2.4, 2, 2.4e-6, "2.4e-3", None, float("nan")])
def test_a_pixel_spacing_that_is_not_in_metres_is_refused(project, spacing):
    corpus(TINY)
    refused(r"pixel_spacing .*; it is in m, as in 0\.0024 for 2\.4 mm", pixel_spacing=spacing)


def test_tasks_of_somebody_who_is_not_listed_are_refused():
    entry = ENTRY | {"speakers": ["sub001"], "tasks": {"sub002": ["vcv2_r1"]}}
    with pytest.raises(BadInput, match=r"tiny: tasks of sub002, not among its speakers; list them"):
        check_entry("tiny", entry)


def test_a_speaker_named_by_a_number_is_to_be_quoted():
    complaint = r"corpora: tiny: speakers: 1791 is no text; write it '1791'"
    with pytest.raises(BadInput, match=complaint):
        check_entry("tiny", ENTRY | {"speakers": ["sub001", 1791]})


def test_a_misspelt_setting_of_the_lag_is_named(project):
    corpus(TINY)
    lag = OPTIONS["lag"] | {"longst": 1.0}
    with pytest.raises(
        BadInput, match=r"recordings: lag: unknown .*'longst'; did you mean 'longest"
    ):
        record_corpora(RAW, STORES, {"tiny": ENTRY}, **OPTIONS | {"lag": lag})


@pytest.mark.parametrize("kept, remedy", [(0.0, "empty file"), (0.5, "cannot be read|truncated")])
def test_a_broken_video_is_named_and_leaves_no_store(project, kept, remedy):
    corpus(TINY)
    VIDEO.write_bytes(VIDEO.read_bytes()[: int(kept * VIDEO.stat().st_size)])
    refused(rf"^tiny/sub001: .*{VIDEO.name}: .*({remedy}).*fetch it again", record_one)


def test_a_broken_video_leaves_the_older_store_as_it_was(project):
    corpus(TINY)
    record_one()
    before = contents(STORE)
    VIDEO.write_bytes(b"")
    with pytest.raises(
        BadInput, match=rf"^tiny/sub001: .*{VIDEO.name}: empty file; fetch it again"
    ):
        record_one()
    assert contents(STORE) == before
    assert [path.name for path in STORE.parent.iterdir()] == [STORE.name]


def test_labels_that_cannot_be_meant_leave_no_store(project):
    corpus(TINY)
    labels = TINY / "sub001" / "2drt" / "textgrid" / "sub001_2drt_01_vcv1_r1.TextGrid"
    write_textgrid(labels, [(0.0, 1.0, "a"), (0.5, 2.0, "m")])
    refused(r"^tiny/sub001: .*TextGrid: tier 'phones': interval 2 'm'.* overlaps", record_one)


def test_an_all_silent_sound_is_recorded_without_a_lag(project):
    corpus(TINY)
    frames = np.random.default_rng(1).integers(0, 255, (50, 16, 16), dtype=np.uint8)
    sound = np.zeros(2 * SAMPLE_RATE)
    write_video(VIDEO, frames, RATE, sound, SAMPLE_RATE, quality=10, bit_rate=64000)
    data = record_one()
    assert data.sizes["time"] == 50
    assert not data.sound.any()
    assert np.isnan(data.audio_lag).all()
    assert np.isnan(data.audio_lag_sd).all()


def test_a_clip_that_changed_costs_its_speaker_and_nobody_else(project, capsys):
    """Nor does a note in the metafile, which is no input of anybody, cost anything."""
    corpus(TINY, speakers=("sub001", "sub002"))
    stores = [STORES / "tiny" / f"{name}.zarr" for name in ("sub001", "sub002")]

    def computed(speakers=("sub001", "sub002")):
        capsys.readouterr()
        record_all(speakers=list(speakers))
        printed = capsys.readouterr().out
        return next(line for line in printed.splitlines() if line.startswith("recordings: "))

    assert computed() == "recordings: 2 of 2 to compute"
    first, second = map(contents, stores)
    write_clip(TINY / "sub002", "sub002_2drt_01_vcv1_r1", seed=9)
    assert computed() == "recordings: 1 of 2 to compute: tiny/sub002"
    assert contents(stores[0]) == first
    assert contents(stores[1]) != second

    known = json.loads((TINY / METAFILE).read_text())
    known["sub001"]["task"][0]["note"] = "coughs"
    (TINY / METAFILE).write_text(json.dumps(known))
    assert computed() == "recordings: 0 of 2 to compute"

    shutil.rmtree(TINY / "sub002")
    assert computed(["sub001"]) == "recordings: 0 of 1 to compute"
    assert [path for path in stores if path.exists()] == stores[:1]
