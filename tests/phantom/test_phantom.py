"""A short phantom speaker: files, sound, labels and truth that must agree with each other."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from tractable.contracts import TRUTH, BadInput
from tractable.imaging.video import read_video
from tractable.phantom.corpus import make_corpus, make_speaker
from tractable.phantom.files import entry, write_clip
from tractable.phantom.speakers import check, speaker_named
from tractable.phantom.speech import Target, approach
from tractable.phantom.truth import examined_frames
from tractable.phantom.utterances import Phone, utterances
from tractable.store import load
from tractable.textgrid import textgrid

PARAMS = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
SECTION = PARAMS["phantom"]
SPEAKERS = SECTION["speakers"]
GEOMETRY = PARAMS["areas"]["geometry"]
TINY = {name: value for name, value in SECTION.items() if name != "speakers"} | {
    "seconds": 1.6,
    "tasks": {"vowels": 0.4, "vcv": 0.6},
    "known_truth": SECTION["known_truth"] | {"exam_frames": 1},
}
KNOWN = {"pixel_spacing": 2.4e-3, "geometry": GEOMETRY}
TIMING = SECTION["timing"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom")
    raw, store = folder / "raw" / "sim2", folder / "truth" / "sim2.zarr"
    make_speaker("sim2", raw, store, description=SPEAKERS["sim2"], **KNOWN, **TINY)
    return raw, load(store, TRUTH).load()


@pytest.fixture(scope="module")
def videos(made):
    return [read_video(file) for file in sorted(made[0].glob("2drt/video/*.mp4"))]


def test_files_lie_as_in_the_recorded_corpus(made):
    found = sorted(str(f.relative_to(made[0])) for f in made[0].rglob("*") if f.is_file())
    assert found == [
        "2drt/textgrid/sim2_2drt_01_vowels_r1.TextGrid",
        "2drt/textgrid/sim2_2drt_02_vcv_r1.TextGrid",
        "2drt/video/sim2_2drt_01_vowels_r1_video.mp4",
        "2drt/video/sim2_2drt_02_vcv_r1_video.mp4",
    ]


def test_video_and_truth_are_on_one_clock(made, videos):
    truth = made[1]
    assert [len(video.frames) for video in videos] == np.bincount(truth.clip_of.values).tolist()
    assert all(video.frame_rate == Fraction(65040, 781) for video in videos)
    assert videos[0].frames.shape[1:] == (84, 84)
    np.testing.assert_allclose(truth.time, np.arange(truth.sizes["time"]) * 781 / 65040)


def test_sound_lasts_as_long_as_the_pictures(videos):
    for video in videos:
        longer = len(video.sound) / 22050 - float(len(video.frames) / video.frame_rate)
        assert -1e-3 < longer < 0.05  # AAC fills its last block


def test_voiced_frames_are_loud_and_silence_is_not(made, videos):
    truth, level = made[1], []
    for video in videos:
        edges = (np.arange(len(video.frames)) * 22050 * 781 / 65040).astype(int)
        level += [np.std(video.sound[a : a + 265]) for a in edges]
    voiced = truth.voiced.values > 0
    assert 0.1 < voiced.mean() < 0.9  # of 1.6 s most is the silence before and after
    assert np.median(np.array(level)[voiced]) > 20 * np.median(np.array(level)[~voiced])


def test_airway_is_darker_than_the_tongue_beside_the_true_boundary(made, videos):
    """3 mm inside and outside the true tongue, in the pictures."""
    frames = np.concatenate([video.frames for video in videos])
    truth, inside, outside = made[1], [], []
    curves = truth.boundary.sel(tissue="lower").values / 2.4e-3
    for frame, curve in zip(frames[::9], curves[::9], strict=True):
        curve = curve[np.isfinite(curve).all(1)]
        middle = curve[int(0.35 * len(curve)) : int(0.6 * len(curve))]
        across = np.gradient(middle, axis=0)[:, ::-1] * (1, -1)
        across *= 3.0 / 2.4 / np.hypot(*across.T)[:, None]
        for side, into in ((1, outside), (-1, inside)):
            x, y = np.rint(middle + side * across).astype(int).T
            into.append(np.median(frame[y, x]))
    assert np.median(inside) > 3 * np.median(outside)


def test_truth_is_plausible_physics(made):
    truth = made[1]
    assert 0.12 < truth.tract_length.min() < truth.tract_length.max() < 0.19
    np.testing.assert_allclose(truth.section_length.sum("section"), truth.tract_length)
    first, second = truth.frequency.sel(formant=1), truth.frequency.sel(formant=2)
    assert float((second > first).where(second.notnull(), True).all())
    assert 150 < float(first.min()) < float(first.max()) < 1100


def test_formants_are_unknown_only_behind_closures(made):
    truth = made[1]
    shut = truth.area.min("section") < SECTION["known_truth"]["open_area"]
    np.testing.assert_array_equal(np.isnan(truth.frequency).any("formant"), shut)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.6])
def test_distance_follows_area(made, place):
    """Registration of places: ln area and ln distance move together where this speaker moves."""
    truth = made[1].isel(time=~np.isnan(made[1].frequency.values[:, 0]))
    lengths = truth.section_length.values
    at = (lengths.cumsum(1) - lengths / 2) / lengths.sum(1, keepdims=True)
    area = [np.interp(place, x, a) for x, a in zip(at, truth.area.values, strict=True)]
    distance = truth.distance.sel(place=place, method="nearest")
    assert np.corrcoef(np.log(area), np.log(distance))[0, 1] > 0.98


def test_examination_answers_in_the_linear_range(made):
    truth = made[1]
    change = truth.exam_formant_change.values
    assert np.isfinite(change).all()
    assert 1e-3 < np.abs(change).max() < 0.1
    hyoid = truth.sel(parameter="HY")  # raising the larynx shortens the tract: formants rise
    assert float(hyoid.exam_length_change.mean()) < 0 < float(hyoid.exam_formant_change.mean())


def test_a_speaker_is_the_same_twice(made, tmp_path):
    again = tmp_path / "sim2"
    make_speaker("sim2", again, tmp_path / "t.zarr", description=SPEAKERS["sim2"], **KNOWN, **TINY)
    for file in made[0].rglob("*.*"):
        if file.is_file():
            assert file.read_bytes() == (again / file.relative_to(made[0])).read_bytes()


def test_speakers_say_different_things():
    sequences = []
    for name in ("sim1", "sim2"):
        rng = np.random.default_rng([1, *name.encode()])
        sequences.append([p.label for p in utterances("vcv", 6.0, 1.0, rng, **TIMING)])
    assert sequences[0] != sequences[1]


@pytest.mark.parametrize("task", ["vowels", "glides", "vcv"])
def test_utterances_fill_their_clip_without_gap_or_overlap(task):
    said = utterances(task, 5.0, 1.0, np.random.default_rng(0), **TIMING)
    assert said[0].start == 0
    assert said[-1].end == 5.0
    assert all(a.end == b.start for a, b in pairwise(said))
    assert all(phone.end > phone.start for phone in said)
    assert said[0].label == said[-1].label == ""


def test_a_target_is_approached_as_a_cascade_of_lags_does():
    """Step response of five equal lags: 1 - exp(-u) sum u^k / k!, u = t / time constant."""
    target = [Target(-1.0, np.zeros(1), 0.01), Target(0.1, np.ones(1), 0.01)]
    time = np.array([0.05, 0.1, 0.15, 0.2])
    u = np.array([5.0, 10.0])
    known = 1 - np.exp(-u) * sum(u**k / f for k, f in enumerate((1, 1, 2, 6, 24)))
    found = approach(target, time, order=5)[:, 0]
    np.testing.assert_allclose(found, [0, 0, *known], atol=2e-3)


def test_examined_frames_are_spread_evenly():
    usable = np.ones(100, bool)
    usable[:50] = False
    assert examined_frames(usable, 3) == [50, 74, 99]
    assert examined_frames(usable & False, 3) == []


def test_textgrid_is_read_by_praat(tmp_path):
    import parselmouth

    file = tmp_path / "labels.TextGrid"
    file.write_text(textgrid({"phones": [Phone("", 0.0, 0.25), Phone("@", 0.25, 1.0)]}, 1.0))
    grid = parselmouth.read(str(file))
    assert parselmouth.praat.call(grid, "Get label of interval", 1, 2) == "@"
    assert parselmouth.praat.call(grid, "Get tier name", 1) == "phones"


def test_metafile_values_are_text():
    def texts(value):
        if isinstance(value, dict):
            return all(map(texts, value.values()))
        return all(map(texts, value)) if isinstance(value, list) else isinstance(value, str)

    listed = entry(speaker_named("sim1", SPEAKERS), ["vowels", "vcv"])
    assert texts(json.loads(json.dumps(listed)))
    assert listed["task"][1]["prefix"] == "sim1_2drt_02_vcv_r1"


@pytest.mark.parametrize("name", ["sim1", "sim6"])
def test_speakers_keep_their_vowels_apart(name):
    check(speaker_named(name, SPEAKERS), least_vowel_distance=SECTION["least_vowel_distance"])


def test_vowels_that_fall_together_are_refused():
    with pytest.raises(BadInput, match=r"sim1: /.*/ and /.*/ are .* apart"):
        check(speaker_named("sim1", SPEAKERS), least_vowel_distance=0.5)


def test_unknown_or_half_described_speakers_are_refused():
    with pytest.raises(BadInput, match="'sim99' is listed"):
        speaker_named("sim99", SPEAKERS)
    anatomy = SPEAKERS["sim1"]["anatomy"] | {"palat": 1.0}
    with pytest.raises(BadInput, match=r"sim1: .*palat"):
        speaker_named("sim1", {"sim1": SPEAKERS["sim1"] | {"anatomy": anatomy}})


def test_a_misspelt_parameter_is_named(tmp_path):
    corpus = {"speakers": ["sim1"], "pixel_spacing": 2.4e-3, "metafile": "m.json"}
    with pytest.raises(BadInput, match="unknown parameter 'secnds'"):
        make_corpus(tmp_path, tmp_path, corpus, GEOMETRY, speakers=SPEAKERS, **TINY, secnds=1.0)
    wrong = GEOMETRY | {"stifness": 1.0}
    with pytest.raises(BadInput, match=r"areas: geometry: unknown.*did you mean 'stiffness'"):
        make_corpus(tmp_path, tmp_path, corpus, wrong, speakers=SPEAKERS, **TINY)


def test_too_loud_a_sound_is_refused(tmp_path):
    said, frames = [Phone("a", 0, 0.1)], np.zeros((8, 84, 84), np.uint8)
    with pytest.raises(BadInput, match="lower phantom: loudness"):
        write_clip(
            tmp_path, "x", said, frames, Fraction(80), np.ones(2205), 22050, **SECTION["video"]
        )
    assert not list(tmp_path.iterdir())
