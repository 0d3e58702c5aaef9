"""What files and params.yaml say of a clip, which of them counts, and how labels are spelt."""

from fractions import Fraction

import pytest

from tractable.contracts import BadInput
from tractable.recordings.alphabets import ARPABET, arpabet, without_pause
from tractable.recordings.calibration import calibrated, check_calibration
from tractable.recordings.corpora import ADAPTERS

from .layouts import clips, recorded, written

# ---- Calibration


def test_a_header_of_another_rate_than_the_corpus_is_said_and_does_not_count(tmp_path, capsys):
    of, home = written("usctimit", tmp_path, header=Fraction(30))
    data = recorded(of, home, tmp_path)
    assert data.attrs["frame_rate"] == pytest.approx(23.18, abs=1e-12)
    assert data.header_rate.values.tolist() == [30.0]
    assert capsys.readouterr().out == (
        f"{home}/avi/usctimit_mri_f1_001_005.avi: frame_rate 30 Hz by its header, but 23.18 Hz by "
        "params.yaml, which is taken\n"
    )


def test_a_header_that_agrees_is_not_spoken_of(tmp_path, capsys):
    of, home = written("usctimit", tmp_path)
    assert "header_rate" not in recorded(of, home, tmp_path)
    assert capsys.readouterr().out == ""


def test_what_params_say_of_a_pixel_wins_over_dicom(tmp_path, capsys):
    of, home = written("artspeech", tmp_path)
    (clip,) = clips(of, home).values()
    found = ADAPTERS["artspeech"].read(clip)
    rate, spacing = calibrated(clip, found, {})
    assert (float(rate), spacing) == (pytest.approx(50), pytest.approx(1.6176e-3))
    assert capsys.readouterr().out == ""
    assert calibrated(clip, found, {"pixel_spacing": 1.4118e-3})[1] == 1.4118e-3
    assert (
        "pixel_spacing 0.0016176 m by its header, but 0.0014118 m by params"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "name, lacks", [("frame_rate", "pixel_spacing"), ("pixel_spacing", "frame_rate")]
)
def test_what_nobody_says_is_asked_for(tmp_path, name, lacks):
    of, home = written("artspeech of arrays", tmp_path)
    (clip,) = clips(of, home).values()
    complaint = rf"NPY_MR: its {lacks} is unknown, .* or `add --{lacks.replace('_', '-')}`"
    with pytest.raises(BadInput, match=complaint):
        calibrated(clip, ADAPTERS["artspeech"].read(clip), {name: of.settings[name]})


@pytest.mark.parametrize("rate", [0.02, 23180, "fast", "1/0", None, True])
def test_a_frame_rate_that_cannot_be_meant_is_refused(rate):
    with pytest.raises(
        BadInput, match=r"^mine: frame_rate .*; it is in Hz, as in 23\.18 or 65040/781"
    ):
        check_calibration("mine", {"frame_rate": rate})


# ---- Labels


def test_phones_are_in_sampa_and_in_their_own_words(tmp_path):
    of, home = written("usctimit", tmp_path)
    data = recorded(of, home, tmp_path)
    assert data.phone.values.tolist() == ["A"] * 5 + ["i"]
    assert data.own_label.values.tolist() == ["AA1"] * 5 + ["iy"]


def test_labels_that_are_sampa_already_are_not_kept_twice(tmp_path):
    of, home = written("folder of videos", tmp_path)
    data = recorded(of, home, tmp_path)
    assert set(data.phone.values) == {"a"}
    assert "own_label" not in data


def test_every_phone_of_the_dictionary_has_a_sign():
    cmu = (
        "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW "
    )
    cmu += "V W Y Z ZH"
    assert len(cmu.split()) == 39
    doubtful = {phone for phone in cmu.split() if arpabet(phone) == phone}
    assert doubtful == {"AH"}
    certain = [ARPABET[phone] for phone in cmu.split() if phone not in doubtful]
    assert len(set(certain)) == len(certain)
    signs = [arpabet(label) for label in ("ah0", "AH1", "iy", "AA2", "sil", "H#", "DX")]
    assert signs == ["@", "V", "i", "A", "", "", "DX"]
    assert [without_pause(label) for label in ("S", "sil", "#", "a~")] == ["S", "", "", "a~"]
