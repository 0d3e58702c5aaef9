"""What each layout tells apart: which file is read, which wins, and what is refused by name."""

import shutil
from fractions import Fraction
from pathlib import Path

import h5py
import numpy as np
import pydicom
import pytest
from scipy.io import loadmat, savemat

from tractable.contracts import BadInput
from tractable.recordings.corpora import ADAPTERS, check_entry

from . import miniatures
from .layouts import FRAMES, clips, read, recorded, settings, written
from .miniatures import MINIATURES, vowel, write_avi


@pytest.mark.parametrize("name", MINIATURES)
def test_frames_come_back_in_their_order_and_way_round(tmp_path, name):
    of, home = written(name, tmp_path)
    found = np.asarray(read(of, home).frames[:], float)
    np.testing.assert_allclose(found / found.max(), FRAMES / FRAMES.max(), atol=0.005)


@pytest.mark.parametrize("name", [name for name in MINIATURES if name != "ruthven"])
def test_sound_comes_back_at_its_rate(tmp_path, name):
    of, home = written(name, tmp_path)
    found = read(of, home)
    assert found.sample_rate == of.sample_rate
    np.testing.assert_allclose(found.sound, vowel(of.sample_rate), atol=1e-4)


@pytest.mark.parametrize("name", MINIATURES)
def test_an_entry_of_each_adapter_passes_and_a_misspelt_one_is_named(name):
    of = MINIATURES[name]
    entry = settings(of) | {"speakers": [of.speaker]}
    check_entry("mine", entry)
    with pytest.raises(BadInput, match=r"corpora: mine: unknown parameter 'speeker'; did you mean"):
        check_entry("mine", entry | {"speeker": 1})


# ---- USC-TIMIT


def test_the_video_with_sound_stands_in_for_what_is_not_there(tmp_path):
    of, home = written("usctimit", tmp_path)
    shutil.rmtree(home / "wav")
    found = read(of, home)
    np.testing.assert_allclose(found.sound, vowel(20000), atol=1e-4)
    shutil.rmtree(home / "avi")
    np.testing.assert_array_equal(read(of, home).frames, FRAMES)
    np.testing.assert_allclose(read(of, home).sound, vowel(20000), atol=1e-4)


def test_a_video_alone_is_without_sound(tmp_path):
    of, home = written("usctimit", tmp_path)
    shutil.rmtree(home / "wav")
    shutil.rmtree(home / "avi_withaudio")
    assert recorded(of, home, tmp_path).sound_state.values.tolist() == ["no sound"]


@pytest.mark.parametrize(
    "row, complaint",
    [
        ("0.4,0.5", r"line 2: '0\.4,0\.5', expected start,end,phone,word,sentence,index, in s"),
        ("0.4,half,AA,,,1", r"line 2: '0\.4,half,AA,,,1', expected start,end,phone"),
        ("0.1,0.5,AA,,,1", "interval 2 'AA', .* overlaps the one before"),
    ],
)
def test_a_transcript_that_cannot_be_is_named(tmp_path, row, complaint):
    of, home = written("usctimit", tmp_path)
    (clip,) = clips(of, home).values()
    clip.labels[0].write_text(f"0,0.2,SIL,,,1\n{row}\n")
    with pytest.raises(BadInput, match=rf"usctimit_mri_f1_001_005\.trans: {complaint}"):
        ADAPTERS["usctimit"].labels(clip, "phones")


# ---- USC LSS


def test_an_utterance_is_read_where_its_session_is_not_there(tmp_path):
    of, home = written("usclss", tmp_path)
    write_avi(
        tmp_path / "video" / "usc_s1_02_3.avi", FRAMES[:4], of.frame_rate, vowel(16000), 16000
    )
    found = clips(of, home)
    assert {name: clip.pictures.name for name, clip in found.items()} == {
        "01": "usc_s1_01_mview.mat",
        "02_3": "usc_s1_02_3.avi",
    }
    utterance = ADAPTERS["usclss"].read(found["02_3"])
    np.testing.assert_array_equal(utterance.frames, FRAMES[:4])
    np.testing.assert_allclose(utterance.sound, vowel(16000), atol=1e-4)


def test_the_file_of_a_session_says_its_rate(tmp_path):
    of, home = written("usclss", tmp_path)
    assert read(of, home).frame_rate == 99


def test_a_sound_of_whole_numbers_is_brought_below_one(tmp_path):
    of, home = written("usclss", tmp_path)
    file = home / "articulators" / "usc_s1_01_mview.mat"
    table = loadmat(file)["data"]
    table[0, 0]["SIGNAL"] = (table[0, 0]["SIGNAL"] * 2**15).astype("int16")
    savemat(file, {"data": table})
    np.testing.assert_allclose(read(of, home).sound, vowel(16000), atol=1e-4)


def with_sound(home: Path, change) -> None:
    file = home / "articulators" / "usc_s1_01_mview.mat"
    table = loadmat(file)["data"]
    table[0, 0]["SIGNAL"] = change(table[0, 0]["SIGNAL"])
    savemat(file, {"data": table})


def test_a_sound_that_passes_one_keeps_its_scale(tmp_path):
    """Resampled after clipping; whole numbers of 16 bits that MATLAB keeps as double."""
    of, home = written("usclss", tmp_path)
    with_sound(home, lambda sound: sound / np.abs(sound).max() * 1.02)
    np.testing.assert_allclose(read(of, home).sound, vowel(16000) * 2.04, atol=1e-4)
    with_sound(home, lambda sound: np.rint(sound / 2.04 * 2**15).astype(float))
    np.testing.assert_allclose(read(of, home).sound, vowel(16000), atol=1e-4)


@pytest.mark.parametrize("scale, kind", [(5.3, "numbers that are not whole"), (1e6, "whole num")])
def test_a_sound_of_unknown_scale_is_refused(tmp_path, scale, kind):
    of, home = written("usclss", tmp_path)
    with_sound(home, lambda sound: np.rint(sound * scale) if scale > 9 else sound * scale)
    with pytest.raises(BadInput, match=rf"_01_mview\.mat: AUDIO: {kind}.* up to .*scale it so"):
        read(of, home)


def test_a_session_without_its_sound_is_named(tmp_path):
    of, home = written("usclss", tmp_path)
    file = home / "articulators" / "usc_s1_01_mview.mat"
    savemat(file, {"data": loadmat(file)["data"][:, 1:]})
    with pytest.raises(
        BadInput, match=r"_01_mview\.mat: no signal AUDIO in it, there are IMAGE, Bil"
    ):
        read(of, home)


@pytest.mark.parametrize("held", [b"", b"no MATLAB", None])
def test_a_damaged_session_is_named(tmp_path, held):
    of, home = written("usclss", tmp_path)
    file = home / "articulators" / "usc_s1_01_mview.mat"
    file.write_bytes(file.read_bytes()[:300] if held is None else held)
    with pytest.raises(BadInput, match=r"_01_mview\.mat: cannot be read as MATLAB's .*; fetch it"):
        read(of, home)


# ---- ArtSpeech and Ruthven


def test_sessions_come_in_the_order_of_their_numbers(tmp_path):
    of, home = written("artspeech of arrays", tmp_path)
    for name in ("S10", "S2"):
        shutil.copytree(home / "S01", home / name)
    assert list(clips(of, home)) == ["S01", "S2", "S10"]


@pytest.mark.parametrize(
    "name, lost, complaint",
    [
        ("artspeech of arrays", "S01/NPY_MR/0004.npy", r"0005\.npy: number 5, but there is no 4"),
        ("artspeech of arrays", "S01/NPY_MR/0001.npy", r"0002\.npy: number 2, but there is no 1"),
        ("ruthven", "image_3.dcm", r"image_4\.dcm: number 4, but there is no 3"),
        ("folder of DICOM", "words1/897.dcm", r"896\.dcm: number 4, but there is no 3"),
    ],
)
def test_a_frame_that_is_missing_is_named_for_time_would_be_lost(tmp_path, name, lost, complaint):
    of, home = written(name, tmp_path)
    (home / lost).unlink()
    with pytest.raises(BadInput, match=rf"{complaint}: a frame is missing, and time would be lost"):
        read(of, home)


def test_one_file_of_many_frames_has_any_number_in_its_study(tmp_path):
    of, home = written("artspeech", tmp_path)
    (file,) = home.glob("*/*.dcm")
    assert pydicom.dcmread(file).InstanceNumber == 57
    np.testing.assert_array_equal(read(of, home).frames[:], FRAMES.astype("uint16") * 8)


def test_a_sound_that_is_promised_and_missing_is_lacking(tmp_path):
    of, home = written("artspeech", tmp_path)
    (clip,) = clips(of, home).values()
    assert clip.lacking() is None
    clip.sound.unlink()
    assert clip.lacking() == home / "S01" / "1791_S01.wav"


# ---- USC 75-Speaker, as reconstructed


def video_of(home: Path) -> Path:
    file = home / "2drt" / "video" / f"{home.name}_2drt_01_vcv1_r1_video.mp4"
    write_avi(file, FRAMES[:, :, ::-1], Fraction(25), vowel(16000) / 2, 16000)
    return file


def test_a_video_is_read_before_a_reconstruction_unless_it_is_chosen(tmp_path):
    of, home = written("usc75 of recon", tmp_path)
    recon = home / "2drt" / "recon" / f"{home.name}_2drt_01_vcv1_r1_recon.h5"
    assert [clip.pictures for clip in clips(of, home).values()] == [recon]
    video = video_of(home)
    assert [clip.pictures for clip in clips(of, home).values()] == [video]
    (chosen,) = clips(of, home, pictures="recon").values()
    assert (chosen.pictures, chosen.sound.name) == (recon, "sub001_2drt_01_vcv1_r1_audio.wav")
    chosen.sound.unlink()
    (chosen,) = clips(of, home, pictures="recon").values()
    assert chosen.sound == video


def test_neither_video_nor_reconstruction_is_chosen(tmp_path):
    of, home = written("usc75 of recon", tmp_path)
    with pytest.raises(BadInput, match="pictures: 'raw', expected video or recon"):
        clips(of, home, pictures="raw")


def test_a_reconstruction_that_is_none_is_named(tmp_path):
    of, home = written("usc75 of recon", tmp_path)
    (clip,) = clips(of, home).values()
    with h5py.File(clip.pictures, "w") as file:
        file["other"] = np.zeros(3)
    with pytest.raises(BadInput, match=r"_recon\.h5: cannot be read .*expected HDF5 with /recon"):
        read(of, home)
    clip.pictures.write_bytes(b"none")
    with pytest.raises(BadInput, match=r"_recon\.h5: cannot be read .*expected HDF5 with /recon"):
        read(of, home)


# ---- Any folder


@pytest.mark.parametrize(
    "place", ["video.avi", "{clip}/{clip}.avi", "/data/{clip}.avi", "../{clip}", 3]
)
def test_a_place_that_is_none_is_answered_with_one_that_is(tmp_path, place):
    of, home = written("folder of videos", tmp_path)
    with pytest.raises(
        BadInput, match=r"pictures: .*; it is a place in the folder of a speaker with"
    ):
        clips(of, home, pictures=place)


def test_a_video_brings_its_own_sound_where_no_other_is_said(tmp_path):
    write_avi(tmp_path / "anna" / "a.avi", FRAMES, Fraction(40), vowel(16000), 16000)
    said = {"adapter": "folder", "pictures": "{clip}.avi"}
    clip = ADAPTERS["folder"].clip(tmp_path / "anna", "a", "a", said)
    np.testing.assert_allclose(ADAPTERS["folder"].read(clip).sound, vowel(16000), atol=1e-4)


def test_folders_of_frames_are_no_files_beside_them(tmp_path):
    of, home = written("folder of DICOM", tmp_path)
    assert list(clips(of, home)) == ["words1"]


def test_where_nothing_is_as_it_was_said_the_place_is_named(tmp_path):
    _, home = written("folder of videos", tmp_path)
    with pytest.raises(
        BadInput, match=r"nothing there is SPEAKER/clips/\{clip\}\.avi; put the clips"
    ):
        ADAPTERS["folder"].homes(home.parent, {"pictures": "clips/{clip}.avi"})


@pytest.mark.parametrize("name", ["usctimit", "usclss", "artspeech", "ruthven"])
def test_another_folder_is_answered_with_what_was_expected(tmp_path, name):
    expected = {"usctimit": "MRI/Data/SPEAKER", "usclss": "_mview", "artspeech": "SPEAKER/SESSION"}
    with pytest.raises(BadInput, match=rf"^{tmp_path}: .*{expected.get(name, 'SubjectN')}"):
        ADAPTERS[name].homes(tmp_path, settings(MINIATURES[name]))


def test_a_video_of_the_corpus_itself_is_read(real):
    """USC-TIMIT as others carry it: 68 x 68 pixels, and its header says the corpus's rate."""
    file = real / "usctimit_contours" / "F1_001.avi"
    if not file.is_file():
        pytest.skip(f"no {file}")
    clip = ADAPTERS["folder"].clip(file.parent, "F1_001", "F1_001", {"pictures": "{clip}.avi"})
    found = ADAPTERS["folder"].read(clip)
    assert found.frames.shape == (46, 68, 68)
    assert float(found.frame_rate) == pytest.approx(23.18, abs=0.005)
    assert found.sound is None
    assert pytest.approx(2.94e-3, rel=1e-3) == miniatures.USC
