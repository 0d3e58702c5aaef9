"""The USC 75-Speaker layout: its files and labels in small, and its one recorded clip as it is."""

import json
from fractions import Fraction

import numpy as np
import pytest

from tractable.contracts import BadInput
from tractable.imaging.video import read_video
from tractable.recordings import usc75
from tractable.recordings.clock import Take, one_clock
from tractable.stretches import end_to_end

from .corpus import LAG, write_textgrid

ADAPTER = usc75.Usc75()
PREFIX = "sub001_2drt_01_vcv1_r1"
HEADING = "letter;number;start;end"


@pytest.fixture
def clip(tmp_path):
    """Where the files of one clip belong; none of them is there."""
    clip = ADAPTER.clip(tmp_path / "sub001", "vcv1_r1", PREFIX, {})
    for file in (clip.pictures, *clip.labels):
        file.parent.mkdir(parents=True)
    return clip


def write_hand_labels(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join(["\ufeff" + HEADING, *rows, ""]).encode())


def test_hand_labels_are_read_as_they_sound(clip):
    write_hand_labels(clip.labels[1], "A;1;0.5;1.0", "E;1;1.25;1.5", "O;1;1.5;2")
    assert ADAPTER.labels(clip, "phones") == [(0.5, 1.0, "a"), (1.25, 1.5, "i"), (1.5, 2.0, "u")]


def test_a_textgrid_is_preferred_to_hand_labels(clip):
    write_hand_labels(clip.labels[1], "A;1;0.5;1.0")
    write_textgrid(clip.labels[0], [(0.0, 2.0, "m")])
    assert ADAPTER.labels(clip, "phones") == [(0.0, 2.0, "m")]


def test_a_clip_without_labels_has_none(clip):
    assert ADAPTER.labels(clip, "phones") == []
    write_hand_labels(clip.labels[1])
    assert ADAPTER.labels(clip, "phones") == []


@pytest.mark.parametrize("row", ["U;1;1.5;2", "A;1;1,5;2", "A;1;1.5", "A;1;1.5;2;3", ""])
def test_a_row_that_cannot_be_read_is_named(clip, row):
    write_hand_labels(clip.labels[1], "A;1;0.5;1.0", row, "O;1;3.5;4")
    complaint = rf"{PREFIX}_recon\.csv: line 3: '{row}', expected letter \(A, E, O\);number;start"
    with pytest.raises(BadInput, match=complaint):
        ADAPTER.labels(clip, "phones")


@pytest.mark.parametrize(
    "row, complaint", [("E;1;0.9;2", "overlaps the one before"), ("E;1;3;2", "runs backwards")]
)
def test_hand_labels_that_cannot_be_are_named(clip, row, complaint):
    write_hand_labels(clip.labels[1], "A;1;0.5;1.0", row)
    with pytest.raises(BadInput, match=rf"{PREFIX}_recon\.csv: interval 2 'i', .* {complaint}"):
        ADAPTER.labels(clip, "phones")


def test_an_empty_file_of_hand_labels_is_named(clip):
    clip.labels[1].write_bytes(b"")
    with pytest.raises(BadInput, match=rf"{PREFIX}_recon\.csv: empty file; fetch it again"):
        ADAPTER.labels(clip, "phones")


def test_hand_labels_of_all_speakers_in_one_folder_belong_beside_their_clip(clip, tmp_path):
    apart = tmp_path / "labels" / f"{PREFIX}_recon.csv"
    clip.pictures.touch()
    write_hand_labels(apart, "A;1;0.5;1.0")
    files = dict(ADAPTER.files(tmp_path / "sub001", clip))
    assert files == {clip.pictures: clip.pictures, apart: clip.labels[1]}


def test_hand_labels_beside_the_clip_go_before_those_of_all_speakers(clip, tmp_path):
    clip.pictures.touch()
    for path in (tmp_path / "labels" / f"{PREFIX}_recon.csv", clip.labels[1]):
        write_hand_labels(path, "A;1;0.5;1.0")
    beside = [(file, file) for file in (clip.pictures, clip.labels[1])]
    assert list(ADAPTER.files(tmp_path / "sub001", clip)) == beside


# --- the recorded corpus, where it is -------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(real):
    """The folder of the corpus as it was received."""
    if not (real / "usc75").is_dir():
        pytest.skip(f"no usc75 in {real}")
    return real / "usc75"


@pytest.fixture(scope="module")
def tasks(recorded):
    """Speaker -> task -> prefix, or None where it was never recorded."""
    (metafile,) = recorded.glob(usc75.METAFILES)
    return {who: usc75.prefixes(metafile, who) for who in usc75.entries(metafile)}


@pytest.fixture(scope="module")
def counts(recorded):
    """File name -> frames and samples that others counted in 468 clips of the corpus."""
    return json.loads((recorded / "expected" / "frame_and_audio_counts.json").read_text())


@pytest.fixture(scope="module")
def recorded_clip(recorded, tasks):
    return ADAPTER.clip(recorded / "sub001", "vcv1_r1", tasks["sub001"]["vcv1_r1"], {})


@pytest.fixture(scope="module")
def video(recorded_clip):
    return read_video(recorded_clip.pictures)


def test_the_metafile_knows_2400_tasks_of_75_speakers(tasks):
    states = [prefix is not None for known in tasks.values() for prefix in known.values()]
    assert len(tasks) == 75
    assert (states.count(True), states.count(False)) == (2371, 29)


def test_every_counted_clip_is_one_that_the_adapter_expects(recorded, tasks, counts):
    expected = {
        ADAPTER.clip(recorded / who, name, stem, {}).pictures.name
        for who, known in tasks.items()
        for name, stem in known.items()
        if stem
    }
    assert len(expected) == 2371
    assert len(counts) == 468
    assert set(counts) <= expected


def test_the_recorded_clip_has_its_frames_and_rate(recorded_clip, video, counts):
    assert video.frames.shape == (3216, 84, 84)
    assert list(video.frames.shape) == counts[recorded_clip.pictures.name]["shape"]
    assert video.frame_rate == Fraction(65040, 781)


def test_the_recorded_clip_has_its_sound_track(recorded_clip, video, counts):
    assert video.sample_rate == 22050
    assert len(video.sound) == 854016 == counts[recorded_clip.pictures.name]["audio_samples_22050"]
    assert 0.01 < np.std(video.sound) < 1


def test_the_recorded_clip_has_36_hand_labels(recorded, recorded_clip):
    (labels,) = (
        a
        for a, b in ADAPTER.files(recorded / "sub001", recorded_clip)
        if b == recorded_clip.labels[1]
    )
    found = usc75.read_hand_labels(labels)
    names = [label for _, _, label in found]
    assert {name: names.count(name) for name in names} == {"a": 12, "i": 12, "u": 12}
    assert found[0] == (1.726, 2.348, "a")
    assert found[-1].end < 3216 * 781 / 65040


def test_the_recorded_clip_stands_on_one_clock(recorded, recorded_clip, video):
    """854016 samples are 0.113 s more than 3216 frames last; every vowel is on some frame."""
    (labels,) = (
        a
        for a, b in ADAPTER.files(recorded / "sub001", recorded_clip)
        if b == recorded_clip.labels[1]
    )
    said = usc75.read_hand_labels(labels)
    stretches = one_clock(
        [Take("vcv1_r1", recorded_clip.pictures, video, said, 2.4e-3)],
        corpus="usc75",
        speaker="sub001",
        sample_rate=22050,
        lag=LAG,
    )
    data = end_to_end(list(stretches))
    assert data.sizes["sample"] == round(3216 * 781 / 65040 * 22050)
    assert data.sound_state.values.tolist() == ["long by 0.113 s"]
    assert abs(float(data.audio_lag[0])) < 0.15
    frames = sum(round((end - start) * 65040 / 781) for start, end, _ in said)
    assert abs(int((data.phone != "").sum()) - frames) <= len(said)
