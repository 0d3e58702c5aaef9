"""Labels by hand win over aligned ones; what is aligned can be checked in Praat and put back."""

import shutil
import sys
from pathlib import Path

import numpy as np
import parselmouth
import pytest
import yaml

from tractable.contracts import RECORDINGS, BadInput
from tractable.imaging.video import write_video
from tractable.recordings.__main__ import arguments
from tractable.recordings.adapter import Clip
from tractable.recordings.align import told, write_alignments
from tractable.recordings.alignment import Alignment
from tractable.recordings.command import main
from tractable.recordings.corpora import speaker_task
from tractable.recordings.labels import by_hand
from tractable.recordings.textgrid import (
    Aligned,
    Interval,
    confidence_at,
    labels_at,
    read_tiers,
)
from tractable.store import load
from tractable.textgrid import textgrid

from .corpus import ALIGNMENT, ENTRY, OPTIONS, RATE, corpus, without_sound
from .corpus import write_textgrid as grid
from .voice import RATE as SAMPLE_RATE
from .voice import speech

TINY, STORE = Path("data/raw/tiny"), Path("data/recordings/tiny/sub001.zarr")
SPEAKER = TINY / "sub001" / "2drt"
SAID = [("", 0.3), ("a", 0.3), ("s", 0.2), ("i", 0.3), ("", 0.3), ("u", 0.3), ("", 0.3)]  # 2 s
ASKED = ENTRY | {"prompts": "prompts.csv", "pronunciations": "own.dict"}
ALL = {"vcv1_r1": "exist", "vcv1_r2": "exist", "bvt_r1": "exist"}


@pytest.fixture
def prompted(tmp_path, monkeypatch):
    """A corpus of three clips that say "asi u", two of them with that prompt."""
    monkeypatch.chdir(tmp_path)
    corpus(TINY, ALL)
    sound, _ = speech(SAID)
    frames = np.random.default_rng(0).integers(0, 255, (50, 16, 16), dtype=np.uint8)
    for video in SPEAKER.glob("video/*.mp4"):
        write_video(video, frames, RATE, sound, SAMPLE_RATE, quality=30, bit_rate=64000)
    (TINY / "prompts.csv").write_text("clip,text\nvcv1,asi u\n")
    (TINY / "own.dict").write_text("asi  a s i\nu  u\n")
    Path("params.yaml").write_text(
        yaml.safe_dump({"corpora": {"tiny": ASKED}, "recordings": OPTIONS})
    )
    return tmp_path


def recorded(entry=ASKED):
    speaker_task(TINY, STORE, entry, OPTIONS)()
    return load(STORE, RECORDINGS)


def test_a_hand_wins_over_a_prompt_and_a_prompt_over_nothing(prompted):
    grid(SPEAKER / "textgrid" / "sub001_2drt_01_vcv1_r1.TextGrid", [(0, 1, "n"), (1, 2, "")])
    data = recorded()
    assert data.label_source.values.tolist() == ["TextGrid", "aligned", ""]
    by_hand, aligned, none = (data.isel(time=data.clip_of == k) for k in range(3))
    assert set(by_hand.phone.values[:25]) == {"n"}
    assert by_hand.phone_confidence.values[:25].tolist() == [1] * 25
    assert np.isnan(by_hand.phone_confidence.values[25:]).all()
    assert [p for p in dict.fromkeys(aligned.phone.values) if p] == ["a", "s", "i", "u"]
    assert (np.isfinite(aligned.phone_confidence) == (aligned.phone != "")).all()
    assert 0.5 < float(aligned.phone_confidence.min()) < 1
    assert set(none.phone.values) == {""}
    true = labels_at(np.arange(50) / 25, speech(SAID)[1])
    assert (aligned.phone.values == true).mean() > 0.9


@pytest.mark.parametrize(
    "suffix, kind", [(".TextGrid", "TextGrid"), (".textgrid", "TextGrid"), (".csv", "hand labels")]
)
def test_a_textgrid_is_one_in_any_case(tmp_path, suffix, kind):
    """ArtSpeech writes it small; what aligns a clip then says where its TextGrid belongs."""
    label = tmp_path / f"S01{suffix}"
    clip = Clip("S01", tmp_path, None, (label,))
    assert by_hand(clip) == ""
    label.touch()
    assert by_hand(clip) == kind
    line = told(tmp_path / "out.TextGrid", clip, Alignment([Aligned(0, 1, "a", 0.9)], []))
    assert line.endswith(f"belongs into {label}") == (kind == "TextGrid")


def test_hand_labels_are_named_as_such(prompted):
    path = SPEAKER / "labels" / "sub001_2drt_02_vcv1_r2_recon.csv"
    path.parent.mkdir()
    path.write_text("letter;number;start;end\nA;1;0.3;0.6\n")
    data = recorded()
    assert data.label_source.values.tolist() == ["aligned", "hand labels", ""]


def test_without_prompts_a_store_is_as_it_was(prompted):
    data = recorded(ENTRY)
    assert "label_source" not in data
    assert "phone_confidence" not in data


def test_a_prompt_that_was_not_said_leaves_its_clip_unlabelled_with_the_reason(prompted):
    (TINY / "own.dict").write_text("asi  u s u\nu  i\n")
    first, *_ = recorded().label_source.values
    assert first.startswith("refused: fits little better than other words")
    assert set(load(STORE, RECORDINGS).phone.values) == {""}


def test_a_word_too_many_in_a_prompt_is_named(prompted, monkeypatch, capsys):
    """Beside the labels, in the store and by the command; what was said is labelled in SAMPA."""
    (TINY / "prompts.csv").write_text("clip,text\nvcv1,asi usu u\n")
    (TINY / "own.dict").write_text("asi  a s i\nusu  u s u\nu  u\n")
    source = recorded().label_source.values[0]
    assert source.startswith("aligned; hardly heard: usu at ")
    assert "asi" not in source
    monkeypatch.setattr(sys, "argv", ["recordings", "align", "tiny"])
    main(arguments())
    line = next(line for line in capsys.readouterr().out.splitlines() if "vcv1_r1" in line)
    assert "hardly heard: usu at" in line
    assert "s; take what was not said out of the prompt; corrected, it belongs into" in line


def test_a_clip_without_sound_says_so(prompted):
    without_sound(SPEAKER / "video" / "sub001_2drt_02_vcv1_r2_video.mp4")
    assert recorded().label_source.values.tolist() == ["aligned", "refused: has no sound", ""]


def test_aligned_textgrids_open_in_praat_and_win_once_they_are_put_back(prompted, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["recordings", "align", "tiny"])
    main(arguments())
    made = Path("data/aligned/tiny/sub001/vcv1_r2.TextGrid")
    opened = parselmouth.read(str(made))
    assert opened.xmax == pytest.approx(2, abs=0.1)
    tiers = read_tiers(made)
    assert list(tiers) == ["phones", "words", "confidence"]
    assert [part.label for part in tiers["words"] if part.label] == ["asi", "u"]
    sure = [float(part.label) for part in tiers["confidence"] if part.label]
    assert len(sure) == 4
    assert all(0 < value <= 1 for value in sure)
    aligned = recorded().phone.values[50:100]
    (SPEAKER / "textgrid").mkdir()
    shutil.copy(made, SPEAKER / "textgrid" / "sub001_2drt_02_vcv1_r2.TextGrid")
    data = recorded()
    assert data.label_source.values.tolist() == ["aligned", "TextGrid", ""]
    assert (data.phone.values[50:100] == aligned).all()


def test_a_corrected_textgrid_is_not_replaced_unasked(prompted, capsys):
    out, corpora = Path("out"), {"tiny": ASKED}
    chosen = {"tier": "phones", "alignment": ALIGNMENT}
    write_alignments("tiny", out, corpora, **chosen)
    assert "4 phones, confidence" in capsys.readouterr().out
    corrected = out / "sub001" / "vcv1_r1.TextGrid"
    corrected.write_text("corrected")
    write_alignments("tiny", out, corpora, **chosen)
    assert corrected.read_text() == "corrected"
    assert f"{corrected}: is there already; --again replaces it" in capsys.readouterr().out
    write_alignments("tiny", out, corpora, **chosen, again=True)
    assert corrected.read_text() != "corrected"


@pytest.mark.parametrize(
    "name, entry, speakers, complaint",
    [
        ("tony", ASKED, None, "no 'tony'; did you mean 'tiny'"),
        ("tiny", ENTRY, None, "no prompts; write .*prompts.csv"),
        ("tiny", ASKED, ["sub002"], "no speaker 'sub002'; did you mean 'sub001'"),
    ],
)
def test_what_cannot_be_aligned_is_said(prompted, name, entry, speakers, complaint):
    with pytest.raises(BadInput, match=complaint):
        write_alignments(
            name, Path("o"), {"tiny": entry}, tier="x", alignment=ALIGNMENT, speakers=speakers
        )


def test_a_textgrid_reads_back_as_it_was_written(tmp_path):
    parts = [Interval(0.0, 0.25, "{"), Interval(0.25, 0.5, 'a"'), Interval(0.75, 1.0, "3`")]
    path = tmp_path / "a.TextGrid"
    tiers = {"phones": parts, "words": [Interval(0.1, 0.9, "w")]}
    path.write_text(textgrid(tiers, 1.0))
    tiers = read_tiers(path)
    assert [part for part in tiers["phones"] if part.label] == parts
    assert [tuple(part) for part in tiers["words"]] == [(0, 0.1, ""), (0.1, 0.9, "w"), (0.9, 1, "")]


def test_confidence_is_that_of_the_label_at_a_time():
    times = np.array([0.05, 0.15, 0.25, 0.35])
    parts = [Aligned(0.1, 0.2, "a", 0.7), Aligned(0.3, 0.4, "i", 0.4)]
    np.testing.assert_array_equal(confidence_at(times, parts), [np.nan, 0.7, np.nan, 0.4])
    hand = [Interval(0.0, 0.1, ""), Interval(0.1, 0.2, "a")]
    np.testing.assert_array_equal(confidence_at(times, hand), [np.nan, 1, np.nan, np.nan])
