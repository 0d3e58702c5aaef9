"""What is wrong with a speaker is flagged in its clip; of one with whom nothing is, nothing is."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tests.audit.speaker import (
    FRAMES,
    LIMITS,
    NAMES,
    RATE,
    SAMPLE_RATE,
    MadeUp,
    audit_of,
    flags,
    pictures,
    tongue,
)
from tractable.audit.belonging import FITS, in_parts
from tractable.audit.labels import labelled
from tractable.audit.speaker import NOUNS
from tractable.contracts import AREAS, CONTOURS, FORMANTS, HARDLY_HEARD, RECORDINGS
from tractable.store import load

LONG_ENOUGH = replace(LIMITS, lag_seconds=3.0)
DATA = Path(__file__).parents[2] / "data"
CONTRACTS = (RECORDINGS, CONTOURS, AREAS, FORMANTS)


@pytest.fixture
def made() -> MadeUp:
    return MadeUp()


def found(made: MadeUp) -> set[tuple[str, str]]:
    return flags(audit_of(made.stores()))


def test_nothing_is_flagged_of_a_clean_speaker(made):
    audit = audit_of(made.stores(), LONG_ENOUGH)
    assert not audit.flags
    assert {finding.clip for finding in audit.findings} == {"all clips", *NAMES}


def test_nothing_is_flagged_of_a_phantom_speaker():
    paths = [DATA / noun / "phantom" / "sim1.zarr" for noun in NOUNS]
    if not all(path.is_dir() for path in paths):
        pytest.skip("no stores of the phantom: dvc pull, or dvc repro formants areas")
    parts = {noun: load(*which) for noun, *which in zip(NOUNS, paths, CONTRACTS, strict=True)}
    seldom_known = {"sound behind pictures", FITS}  # in clips as short
    flagged = flags(audit_of(parts, LONG_ENOUGH))
    assert not {one for one in flagged if one[1] not in seldom_known}


def test_a_repeated_picture(made):
    made.pictures[1][100] = made.pictures[1][99]
    assert found(made) == {("two", "repeated pictures")}


@pytest.mark.parametrize("missing", [1, 3])
def test_pictures_left_out_while_the_tongue_moves(made, missing):
    """The clip goes on with what comes later, and its last pictures are made up by a still one."""
    speed = np.linalg.norm(np.diff(tongue(0), axis=0), axis=1)
    at = 20 + int(speed[20:250].argmax())
    gone = np.arange(at, at + missing)
    made.pictures[0] = np.delete(made.pictures[0], gone, axis=0)
    fill = pictures(0)[-missing:]
    made.pictures[0] = np.concatenate([made.pictures[0], fill])
    assert ("one", "jumps between pictures") in found(made)
    assert len(made.pictures[0]) == FRAMES


def test_a_shifted_sound(made):
    made.sound[2] = np.roll(made.sound[2], round(0.06 * SAMPLE_RATE))
    audit = audit_of(made.stores())
    assert flags(audit) == {("three", "sound behind pictures")}
    (flag,) = audit.flags
    assert flag.value == pytest.approx(0.06, abs=1 / RATE)
    assert "behind the pictures" in flag.flag or "from the middle of all" in flag.flag


def test_a_clip_a_little_apart_from_the_others(made):
    made.sound[2] = np.roll(made.sound[2], round(0.03 * SAMPLE_RATE))
    assert found(made) == {("three", "sound behind pictures")}


@pytest.mark.parametrize("clips", [(0, 1), (1, 2), (2, 0)])
def test_the_sound_of_another_clip(made, clips):
    """Two clips have each other's sound, which has no lag; the clips are as long as it takes."""
    one, other = clips
    made.sound[one], made.sound[other] = made.sound[other], made.sound[one]
    audit = audit_of(made.stores(), LONG_ENOUGH)
    assert flags(audit) >= {(NAMES[k], "sound behind pictures") for k in clips}
    told = {one.clip: one for one in audit.of("sound behind pictures")}
    for k in clips:
        assert np.isnan(told[NAMES[k]].value)
        assert told[NAMES[k]].flag == "lag unknown: is the sound that of another clip?"
    (kept,) = {0, 1, 2} - set(clips)
    assert told[NAMES[kept]].flag == ""


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_sound_of_another_clip_fits_no_better_than_others(made, order):
    """Though it has a lag, as one in some pairs that do not belong together has."""
    made.sound = [made.sound[k] for k in order]
    stores = made.stores()
    stores["recordings"]["audio_lag"][:], stores["recordings"]["audio_lag_sd"][:] = 0.0, 1e-3
    audit = audit_of(stores, LONG_ENOUGH)
    swapped = {NAMES[k] for k in range(3) if order[k] != k}
    assert flags(audit) >= {(name, FITS) for name in swapped}
    shares = {one.clip: one.value for one in audit.of(FITS)}
    for name in NAMES:
        assert shares[name] > 0.05 if name in swapped else shares[name] < 0.005
    assert not {one for one in flags(audit_of(stores)) if one[1] == FITS}  # too short to be told


def test_a_shifted_sound_is_still_that_of_its_clip(made):
    made.sound[1] = np.roll(made.sound[1], round(0.1 * SAMPLE_RATE))
    told = {one.clip: one for one in audit_of(made.stores(), LONG_ENOUGH).of(FITS)}
    assert told["two"].value < 0.005
    assert not told["two"].flag


@pytest.mark.parametrize(
    "minutes, parts",
    [
        ([60, 0.2], 1),
        ([*[0.2] * 10, 60, 0.2], 1),
        ([45, 0.3, 0.3], 1),
        ([5] * 12, 3),
        ([30] * 4, 2),
    ],
)
def test_no_clip_is_alone_with_its_own_sound(minutes, parts):
    edges = np.cumsum([0, *minutes])
    clips = [slice(*edge) for edge in pairwise(edges.tolist())]
    found = list(in_parts(clips, 20.0))
    assert [clip for part in found for clip in part] == clips
    assert len(found) == parts
    assert all(part[-1].stop - part[0].start >= 10 and len(part) > 1 for part in found)


def test_a_sound_that_is_not_there_fits_nothing(made):
    made.sound[0][:] = 0
    (one,) = (one for one in audit_of(made.stores(), LONG_ENOUGH).of(FITS) if one.clip == "one")
    assert np.isnan(one.value)
    assert not one.flag


def test_a_lag_that_nobody_could_tell_is_no_fault(made):
    """In a clip that is too short for one, or in which nobody speaks."""
    made.sound[0], made.sound[1] = made.sound[1], made.sound[0]
    lag = audit_of(made.stores(), replace(LIMITS, lag_seconds=FRAMES / RATE + 0.1))
    assert not [one for one in lag.flags if one.quantity == "sound behind pictures"]
    hiss = np.random.default_rng(0).standard_normal((3, len(made.sound[0])))
    made.sound = list((3e-4 * hiss).astype(np.float32))
    stores = made.stores()
    stores["formants"].voiced[:] = 0.0
    lag = audit_of(stores, LONG_ENOUGH)
    assert all(np.isnan(one.value) for one in lag.of("sound behind pictures"))
    assert {quantity for _, quantity in flags(lag)} == {"speech over pauses"}


def test_a_stretch_without_any_sound(made):
    made.sound[0][20000:25000] = 0.0
    assert ("one", "longest silence") in found(made)


@pytest.mark.parametrize("fundamental", [50.0, 60.0, 166.5])
def test_hum_is_found_with_its_fundamental(made, fundamental):
    time = np.arange(len(made.sound[1])) / SAMPLE_RATE
    hum = sum(np.cos(2 * np.pi * k * fundamental * time + k * k) for k in range(1, 20))
    made.sound[1] = made.sound[1] + (3e-4 * hum).astype(np.float32)
    audit = audit_of(made.stores())
    assert ("two", "harmonics in pauses") in flags(audit)
    (told,) = audit.of("fundamental in pauses")
    assert told.value == pytest.approx(fundamental, abs=1.0)
    assert all(clip == "two" for clip, _ in flags(audit))


def test_a_head_that_lies_elsewhere(made):
    """Down by three pixels and back by two, 8.7 mm."""
    made.pictures[1] = pictures(1, turn=(3, 2))
    audit = audit_of(made.stores())
    assert flags(audit) == {("two", "head beside other clips")}
    (flag,) = audit.flags
    assert flag.value == pytest.approx(2.4e-3 * np.hypot(3, 2), abs=0.5e-3)


def test_a_head_that_moves_within_a_clip(made):
    made.pictures[1][150:] = pictures(1, turn=(0, 4))[150:]
    assert ("two", "head from start to end") in found(made)


def test_a_blurred_clip(made):
    blurred = gaussian_filter(made.pictures[2].astype(float), (0, 3, 3))
    made.pictures[2] = blurred.round().astype(np.uint8)
    assert ("three", "width of edges") in found(made)


def test_noisy_pictures(made):
    noise = np.random.default_rng(0).normal(0, 30, made.pictures[0].shape)
    made.pictures[0] = np.clip(made.pictures[0] + noise, 0, 255).astype(np.uint8)
    assert ("one", "signal over noise of pictures") in found(made)


def test_a_rate_that_is_not_the_corpuss(made):
    made.rate = 83.0
    assert ("all clips", "frame rate") in found(made)


def test_no_sound_and_no_labels(made):
    made.sound[0][:] = 0.0
    made.states[0], made.phone = "no sound", ""
    told = found(made)
    assert ("one", "sound") in told
    assert {("two", "labelled frames"), ("three", "labelled frames")} <= told


def test_a_sound_of_another_length(made):
    made.states[1] = "long by 0.113 s"
    assert found(made) == {("two", "sound longer than pictures")}


def test_clipped_sound_and_a_voice_in_noise(made):
    made.sound[0] = np.clip(250 * made.sound[0], -1, 1)
    noise = np.random.default_rng(0).normal(0, 0.02, len(made.sound[1]))
    made.sound[1] = made.sound[1] + noise.astype(np.float32)
    assert {("one", "clipped samples"), ("two", "speech over pauses")} <= found(made)


def test_refusals_are_counted_with_their_reasons(made):
    stores = made.stores()
    stores["contours"]["refused"][300:360] = "no head"
    stores["areas"]["refused"][300:360] = "no head"
    stores["areas"]["refused"][360:375] = "gap"
    audit = audit_of(stores)
    assert flags(audit) == {("two", "refused by contours"), ("two", "refused by areas")}
    by = {f.quantity: f.value for f in audit.findings if f.clip == "two"}
    assert by["refused by contours: no head"] == pytest.approx(60 / FRAMES)
    assert by["refused by areas: gap"] == pytest.approx(15 / FRAMES)
    assert by["refused by areas"] == pytest.approx(75 / FRAMES)


def test_a_lip_that_is_lost_for_a_while_is_flagged_and_a_coarse_scanner_is_not(made):
    """What is usual is the speaker's own: contours twice as unsure throughout are as usual."""
    stores = made.stores()
    sd = stores["contours"]["uncertainty"].values
    sd[100:130] *= 1.5
    audit = audit_of(stores)
    assert flags(audit) == {("one", "uncertain contours")}
    (share,) = {f.value for f in audit.of("uncertain contours")} - {0.0}
    assert share == pytest.approx(30 / FRAMES)
    sd *= 2
    assert flags(audit_of(stores)) == flags(audit)
    sd[:] = np.nan  # every frame is refused, which is told elsewhere
    assert flags(audit_of(stores)) == set()


def test_masked_formants_count_where_the_voice_sounds(made):
    stores = made.stores()
    voiced = np.flatnonzero(stores["formants"].voiced.values[:FRAMES] > 0)
    stores["formants"]["reason"].values[voiced[: len(voiced) // 2], 2] = "too wide"
    stores["formants"]["reason"].values[stores["formants"].voiced.values == 0, 0] = "unvoiced"
    audit = audit_of(stores)
    assert flags(audit) == {("one", "refused by formants of voiced frames")}
    by = {f.quantity: f.value for f in audit.findings if f.clip == "one"}
    assert by["refused by formants of voiced frames: too wide"] == pytest.approx(0.5, abs=0.01)
    assert "refused by formants of voiced frames: unvoiced" not in by


def test_words_of_a_prompt_that_are_hardly_heard_are_counted_and_not_told(made):
    """What was read may be private; the table of findings is open."""
    sources = ["aligned", f"aligned; {HARDLY_HEARD}asi at 0.30 s, cat at 1.25 s", "TextGrid"]
    recordings = made.recordings().assign(label_source=("clip", sources))
    where = {name: slice(k * FRAMES, (k + 1) * FRAMES) for k, name in enumerate(NAMES)}
    (one,) = [of for of in labelled(recordings, where) if of.quantity == "words hardly heard"]
    assert (one.clip, one.value) == ("two", 2)
    assert one.flag == "2 of the words of its prompt may not have been said"


def test_phones_are_counted_by_runs(made):
    """Of 300 frames, every other 30 are labelled; a run that meets the end of a clip ends there."""
    (counted,) = audit_of(made.stores()).of("phone a")
    assert counted.value == 15
