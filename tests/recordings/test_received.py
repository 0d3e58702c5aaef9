"""What a corpus as received would lose without a word, planted: each is refused or said."""

import sys
from pathlib import Path

import pytest
import yaml

from tractable.contracts import BadInput
from tractable.recordings.__main__ import arguments
from tractable.recordings.add import add
from tractable.recordings.corpora import ADAPTERS
from tractable.recordings.private import may_name, refuse_years
from tractable.recordings.received import check_labels, clips_there, refuse_empty, without_labels
from tractable.recordings.settling import settled

from .corpus import write_textgrid
from .layouts import clips, settings, written
from .miniatures import MINIATURES

PLACES = {"pictures": "film/{clip}.avi", "sound": "voice/{clip}.wav"}
SAID = {"adapter": "folder", **PLACES, "labels": "labels/{clip}.TextGrid"}
FOLDER, WHO = ADAPTERS["folder"], "m01"
ORDINARY = [
    *("vowels_r1", "vcv2", "clip003", "sim1_2drt_01_vowels_r1", "usctimit_mri_f1_001_005", "S01"),
    *(
        "01_1",
        "vcv1_r2",
        "bvt_r1",
        "shibboleth_r1",
        "grandfather1_r2",
        "northwind1_r1",
        "topic5_r1",
    ),
    *("picture2_r1", "postures_r1", "001_005", "cine", "words 1", "Sentence12", "words1"),
]


@pytest.fixture
def home(tmp_path) -> Path:
    """Three clips of a speaker, each with pictures, sound and labels of one byte."""
    for name in ("vcv1", "vcv2", "vcv3"):
        for place in (SAID["pictures"], SAID["sound"], SAID["labels"]):
            file = tmp_path / WHO / place.format(clip=name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"x")
    return tmp_path / WHO


def there(home: Path, present: bool = False):
    return clips_there(home.parent, home, FOLDER, SAID, present)


def said_of(home: Path) -> str:
    return without_labels(home.parent, {WHO: home}, {WHO: there(home)}, FOLDER, SAID)


# ---- Names


def test_ordinary_names_of_clips_pass_without_a_word():
    refuse_years(ORDINARY)
    assert may_name(ORDINARY) == []


@pytest.mark.parametrize(
    "name",
    ["anna_mueller_1987", "vowels_1987", "am2001", "1987 anna", "vcv_20010203", "1987-01-02"],
)
def test_a_year_beside_a_word_is_refused(name):
    with pytest.raises(BadInput, match=f"^clip '{name}': may name a person: it holds"):
        refuse_years(["vcv1", name])


def test_many_clips_that_tell_a_year_are_counted():
    with pytest.raises(BadInput, match=r"^clip 'a_1987' and 2 more: may name a person"):
        refuse_years(["vcv1", "a_1987", "b_1990", "20010203"])


def test_clips_that_are_counted_beyond_years_pass():
    refuse_years([f"clip{number:04d}" for number in range(1, 2100)])
    refuse_years(["1612", "1987"])


@pytest.mark.parametrize("name", ["anna_mueller", "AnnaLee", "Jane_Doe2", "M\u00fcller_vcv1"])
def test_a_word_that_is_no_task_may_be_a_name(name):
    assert may_name(["vcv1", name]) == [name]


# ---- Files that would vanish


@pytest.mark.parametrize(
    "lies, belongs",
    [
        ("film/vcv2.AVI", "film/vcv2.avi"),
        ("Film/vcv2.avi", "film/vcv2.avi"),
        ("voice/vcv2.WAV", "voice/vcv2.wav"),
        ("elsewhere.avi", "film/vcv2.avi"),
    ],
)
def test_a_clip_of_which_a_file_is_missing_or_spelt_otherwise_is_refused(home, lies, belongs):
    (home / lies).parent.mkdir(exist_ok=True)
    (home / belongs).rename(home / lies)
    with pytest.raises(BadInput, match=rf"{belongs}: not there, .* 1 of 3 clips of m01; fetch"):
        there(home)
    assert [clip.name for clip in there(home, present=True)] == ["vcv1", "vcv3"]


def test_where_no_clip_has_its_sound_the_first_that_is_missing_is_named(home):
    """As --sound leads to where no sounds are: the pictures are there, every one."""
    (home / "voice").rename(home / "elsewhere")
    complaint = (
        r"voice/vcv1\.wav: not there, though the rest of its clip is, like 3 of 3 clips of m01; "
        "fetch them, or say where else they lie; without --sound it is that of the videos"
    )
    for present in (False, True):
        with pytest.raises(BadInput, match=complaint):
            there(home, present=present)


def test_a_video_with_its_own_sound_that_is_spelt_otherwise_is_refused(home):
    """No sound beside it tells that there is such a clip."""
    (home / "film/vcv2.avi").rename(home / "film/vcv2.AVI")
    alone = {key: place for key, place in SAID.items() if key != "sound"}
    with pytest.raises(BadInput, match=r"vcv2\.avi: not there, though vcv2\.AVI is \(rename it\)"):
        clips_there(home.parent, home, FOLDER, alone, False)


def test_clips_that_are_left_out_are_said_each_with_its_reason(home, capsys):
    """One by one where all that is there is taken, and not a word of those that are."""
    there(home, present=True)
    assert capsys.readouterr().out == ""
    (home / "film/vcv1.avi").rename(home / "film/vcv1.AVI")
    (home / "voice/vcv3.wav").unlink()
    there(home, present=True)
    assert capsys.readouterr().out.splitlines() == [
        "m01: without vcv1: film/vcv1.avi is not there, but vcv1.AVI is; rename it",
        "m01: without vcv3: voice/vcv3.wav is not there",
    ]


def test_the_file_that_is_spelt_otherwise_is_named(home):
    for file in home.glob("film/*"):
        file.rename(file.with_suffix(".AVI"))
    with pytest.raises(
        BadInput, match=r"vcv1\.avi: not there, though vcv1\.AVI is \(rename it\), like 3"
    ):
        there(home)


def test_labels_and_pictures_of_no_clip_are_counted_and_named(home):
    assert said_of(home) == "labels of 3 of 3 clips"
    (home / "labels/vcv2.TextGrid").rename(home / "labels/vcv02.TextGrid")
    (home / "labels/vcv3.TextGrid").rename(home / "labels/vcv3.textgrid")
    (home / "film/vcv4.mov").write_bytes(b"x")
    (home / "film/notes.txt").write_bytes(b"x")
    assert said_of(home).startswith(
        "labels of 1 of 3 clips; m01/film/vcv4.mov, m01/labels/vcv02.TextGrid, "
        "m01/labels/vcv3.textgrid: belongs to no clip"
    )


@pytest.mark.parametrize("name", MINIATURES)
def test_no_corpus_in_its_own_layout_holds_a_stray(tmp_path, name):
    of, home = written(name, tmp_path / "received")
    found = list(clips(of, home).values())
    reader, said = ADAPTERS[of.adapter], settings(of)
    whole = without_labels(home.parent, {"x": home}, {"x": found}, reader, said)
    assert whole == ("labels of 1 of 1 clips" if of.phones else "")


def test_a_folder_without_pictures_is_no_speaker_and_is_named(home, capsys):
    (home.parent / "m02" / "film").mkdir(parents=True)
    (home.parent / "m02" / "film" / "vcv1.mov").write_bytes(b"x")
    assert list(FOLDER.homes(home.parent, SAID)) == [WHO]
    assert "not taken, nothing there is film/{clip}.avi: m02" in capsys.readouterr().out


# ---- What the stage would refuse, or not use


def test_an_empty_file_is_refused_by_name(home):
    (home / "labels/vcv3.TextGrid").write_bytes(b"")
    with pytest.raises(BadInput, match=r"vcv3\.TextGrid: empty, 0 bytes; fetch it again"):
        refuse_empty({WHO: home}, {WHO: there(home)}, FOLDER)


def test_labels_are_read_before_anything_is_copied(tmp_path, capsys):
    of, home = written("folder of videos", tmp_path / "received")
    found, said = {WHO: list(clips(of, home).values())}, settings(of)
    check_labels(found, FOLDER, said, "phones")
    assert capsys.readouterr().out == ""
    other = {key: value for key, value in said.items() if key != "tier"}
    with pytest.raises(BadInput, match=r"no interval tier 'phones', .*`add --tier NAME`"):
        check_labels(found, FOLDER, other, "phones")
    (grid,) = found[WHO][0].labels
    write_textgrid(grid, [(0.0, 0.2, "a"), (0.2, 12.0, "i"), (12.0, 13.0, "")], "sounds")
    check_labels(found, FOLDER, said, "phones")
    assert "labels to 12 s of a clip of 0.6 s; what lies beyond" in capsys.readouterr().out


# ---- What is said


@pytest.mark.parametrize("spacing, unit", [(2.4e-6, "m"), (2.4, "micrometres")])
def test_a_spacing_in_another_unit_is_refused_in_the_units_of_the_command(spacing, unit):
    complaint = f"^--pixel-spacing {1000 * spacing:g} mm, expected 0.2 to 10 mm; .* in {unit}\\?$"
    with pytest.raises(BadInput, match=complaint):
        settled("mini", {}, None, {"pixel_spacing": spacing})


def test_a_decimal_comma_is_answered_with_a_decimal_point(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", "add", "a", "b", "--pixel-spacing", "2,4"])
    with pytest.raises(SystemExit):
        arguments()
    assert "'2,4' is no number; write a decimal point, 2.4" in capsys.readouterr().err


@pytest.mark.parametrize("what", PLACES)
def test_places_without_their_adapter_are_answered_with_it(what):
    with pytest.raises(BadInput, match=r"did you mean --adapter folder\?"):
        settled("mini", {}, None, {what: PLACES[what]})


def test_a_table_of_no_corpora_is_named(empty, tmp_path):
    Path("params.yaml").write_text(yaml.safe_dump({"corpora": None}))
    with pytest.raises(BadInput, match=r"^params\.yaml: corpora: empty"):
        add("mini", tmp_path)
