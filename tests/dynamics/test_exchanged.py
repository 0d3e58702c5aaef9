"""Amplitudes are exchanged: what was related is so no more, but for what overlap makes."""

import numpy as np
import pytest
import xarray as xr

from tests.dynamics.simulated import FRAME_RATE, noise, speech, steps
from tests.dynamics.speakers import OPTIONS
from tractable.dynamics.exchanged import amplitudes_exchanged, as_noise, drawn, made_anew
from tractable.dynamics.gestures import criteria
from tractable.dynamics.noise import Noise
from tractable.dynamics.segmentation import find_gestures

LEVEL = 0.1e-3  # m
LIPS = "lip aperture"
ASKED = ("velocity", "significance", "dip", "share", "rest", "longest", "fastest", "least")
CRITERIA = criteria(FRAME_RATE, **{word: OPTIONS[word] for word in ASKED})
ORDER = {"name": "target", "theta": 5.0}  # the law by which these gestures are made


def found_in(values):
    still = np.zeros(len(values), bool)
    level = Noise(LEVEL, np.zeros(2), 0)
    run = np.zeros(len(values), int)
    return find_gestures(values, run, still, still, level, FRAME_RATE, CRITERIA)[0]


def store(gestures):
    """What the stage writes of them, as far as it is read here."""
    begin = np.array([g.first for g in gestures]) / FRAME_RATE
    parts = {
        part: np.array([getattr(g, part) for g in gestures]) / FRAME_RATE - begin
        for part in ("start", "peak", "end")
    }
    parts |= {"begin": begin, "amplitude": np.array([g.amplitude for g in gestures])}
    parts |= {"clip_of_gesture": np.zeros(len(gestures)), "moves": np.full(len(gestures), LIPS)}
    columns = {name: ("gesture", values) for name, values in parts.items()}
    columns["noise_autocovariance"] = (("variable", "lag"), LEVEL**2 * np.eye(1, 3))
    return xr.Dataset(columns, {"variable": [LIPS]}, {"frame_rate": FRAME_RATE})


def related(gestures):
    """Correlation of amplitude and duration."""
    size = [abs(g.amplitude) for g in gestures]
    return np.corrcoef(size, [g.end - g.start for g in gestures])[0, 1]


def exchanged(found, seed=0):
    random = np.random.default_rng(seed)
    return amplitudes_exchanged(found, LIPS, **ORDER, finder=OPTIONS, random=random)


def measured(known):
    return found_in(known.values + noise(len(known.values), LEVEL))


@pytest.fixture(scope="module")
def larger_is_longer():
    """Of 120 gestures that rest in between, each moves by 6 cm a second."""
    known = speech(120, 4)
    amplitude = np.sign(known.amplitude) * 0.06 * known.duration
    time = np.arange(len(known.values)) / FRAME_RATE
    path = steps(time, amplitude, known.onset, known.duration)
    return measured(known._replace(values=path, amplitude=amplitude))


def test_a_relation_that_was_there_is_gone(larger_is_longer):
    assert related(larger_is_longer) > 0.9
    again = [related(exchanged(store(larger_is_longer), seed)) for seed in range(4)]
    assert abs(np.mean(again)) < 0.15


def test_amplitudes_stay_with_the_speaker_and_durations_with_their_gesture(larger_is_longer):
    again = exchanged(store(larger_is_longer))
    assert len(again) == pytest.approx(len(larger_is_longer), rel=0.05)
    for part in (lambda g: abs(g.amplitude), lambda g: g.end - g.start):
        before, after = (np.mean([*map(part, of)]) for of in (larger_is_longer, again))
        assert after == pytest.approx(before, rel=0.1)


def test_with_its_own_amplitude_every_gesture_comes_back(larger_is_longer):
    found = store(larger_is_longer)
    (path,) = made_anew(found, FRAME_RATE, *ORDER.values(), np.arange(len(larger_is_longer)))
    back = found_in(path)
    assert len(back) == len(larger_is_longer)
    shift = back[0].peak - larger_is_longer[0].peak
    for one, other in zip(back, larger_is_longer, strict=True):
        assert one.amplitude == pytest.approx(other.amplitude, abs=1e-3)
        assert one.peak - other.peak == pytest.approx(shift, abs=2)


@pytest.mark.parametrize(
    "plateau, least, most", [((-0.05, 0.05), 0.5, 1.5), ((-0.1, 0.0), 0.3, 0.7)]
)
def test_what_overlap_alone_relates_comes_back_at_least_in_part(plateau, least, most):
    """Drawn apart: of a little overlap all comes back, of much, which cuts gestures short, half."""
    crowded = [measured(speech(200, k, plateau=plateau)) for k in range(3)]
    again = np.mean([related(exchanged(store(found), s)) for found in crowded for s in range(3)])
    assert least < again / np.mean([*map(related, crowded)]) < most


@pytest.mark.parametrize(
    "without",
    [
        lambda s: s.isel(gesture=[]),
        lambda s: s.assign(noise_autocovariance=s.noise_autocovariance * np.nan),
    ],
)
def test_without_gestures_or_plateaus_nothing_is_made(larger_is_longer, without):
    assert exchanged(without(store(larger_is_longer))) == []


@pytest.mark.parametrize("partial", [[], [0.3], [0.6, -0.2]])
def test_noise_comes_back_from_its_autocovariance(partial):
    known = Noise(2e-4, np.array(partial, float), 0)
    back = as_noise(known.autocovariance(len(partial) + 1))
    assert back.level == pytest.approx(known.level)
    np.testing.assert_allclose(back.partial, partial, atol=1e-12)


def test_noise_is_drawn_as_plateaus_have_it():
    known = Noise(2e-4, np.array([0.6, -0.2]), 0)
    values = drawn(known, 100_000, np.random.default_rng(0))
    seen = [np.mean(values[lag:] * values[: len(values) - lag]) for lag in range(4)]
    np.testing.assert_allclose(seen, known.autocovariance(4), atol=0.03 * known.level**2)
