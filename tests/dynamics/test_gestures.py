"""Gestures of a made-up speaker whose lips, tongue and voice do what was simulated."""

import numpy as np
import pytest

from tests.dynamics.heads import SD, head, tube, voice
from tests.dynamics.simulated import FRAME_RATE, noise, speech
from tests.dynamics.speakers import OPTIONS
from tractable.contracts import DYNAMICS, BadInput
from tractable.dynamics.gestures import beside, gestures, is_told
from tractable.dynamics.segmentation import GAP, Found
from tractable.dynamics.trajectories import trajectory
from tractable.movement import as_gestures
from tractable.store import load, save

LEVEL = 0.3e-3  # m
KNOWN = speech(40, 2)
DEGREE = KNOWN.values - KNOWN.values.min() + 2e-3
FRAMES = len(DEGREE)


def found(degree=None, second=None, *, variables=("lip aperture",), closed=None, **labels):
    frames = FRAMES if degree is None else len(degree)
    degree = DEGREE + noise(FRAMES, LEVEL) if degree is None else degree
    second = np.full(frames, 1500.0) if second is None else second
    refused = labels.pop("refused", None)
    contours = head(degree, closed=closed, refused=refused, **labels)
    areas, formants = tube(degree, **labels), voice(second, **labels)
    return gestures(contours, areas, formants, **OPTIONS | {"variables": list(variables)})


def test_what_moved_when_and_by_how_much():
    some = found()
    assert some.sizes["gesture"] == len(KNOWN.onset)
    peak = some.begin + some.peak
    assert ((peak > KNOWN.onset) & (peak < KNOWN.onset + KNOWN.duration)).all()
    np.testing.assert_allclose(some.amplitude, KNOWN.amplitude, atol=1e-3)
    closing = KNOWN.amplitude < 0
    np.testing.assert_array_equal(some.direction == "closing", closing)
    np.testing.assert_array_equal(some.direction == "opening", ~closing)
    assert (some.start < some.peak).all()
    assert (some.peak < some.end).all()


def test_windows_are_cut_from_the_trajectory_and_from_the_voice():
    second = 1500 + 300 * np.sin(np.arange(FRAMES) / 9)
    degree = DEGREE + noise(FRAMES, LEVEL)
    some = found(degree, second)
    for _, one in some.groupby("gesture"):
        first = round(float(one.begin.item()) * FRAME_RATE)
        known = np.isfinite(one.trajectory.values.ravel())
        frames = first + np.arange(known.sum())
        assert known[: len(frames)].all()
        np.testing.assert_allclose(one.trajectory.values.ravel()[known], degree[frames])
        np.testing.assert_allclose(one.frequency.values[..., 1].ravel()[known], second[frames])
    assert np.nanmax(some.trajectory_sd) == pytest.approx(np.sqrt(2) * SD, rel=1e-5)


def test_noise_of_each_variable():
    some = found(variables=["lip aperture", "tongue root constriction degree", "larynx height"])
    level = np.sqrt(some.noise_autocovariance[:, 0])
    np.testing.assert_allclose(level[:2], LEVEL, rtol=0.2)
    assert some.plateaus[0] > 10
    # Nothing moves there, and it is measured in steps.
    step = OPTIONS["noise"]["steps"]["larynx height"]
    assert float(level[2]) == pytest.approx(step / np.sqrt(12), rel=1e-6)
    assert not (some.moves == "larynx height").any()


def test_as_movement_fits_them():
    """In millimetres, without frames in contact, gaps left open."""
    closed = np.quantile(DEGREE, 0.1) > DEGREE
    refused = np.where(np.arange(FRAMES) % 97 == 0, "gap", "")
    some = found(closed=closed, refused=refused)
    fitted = as_gestures(some)
    assert len(fitted) == some.sizes["gesture"]
    assert fitted.label(0) == ("one", "lip aperture", str(some.direction.values[0]))
    assert fitted.period == pytest.approx(1 / FRAME_RATE)
    np.testing.assert_allclose(fitted.noise_level, 1e3 * some.noise_autocovariance[0, 0] ** 0.5)
    touching = some.contact.values.astype(bool)
    assert touching.any()
    assert np.isnan(fitted.trajectory[touching]).all()
    free = ~touching
    np.testing.assert_allclose(fitted.trajectory[free], 1e3 * some.trajectory.values[free])
    inside = np.isfinite(some.trajectory.values)
    last = inside.shape[1] - inside[:, ::-1].argmax(1)
    assert any(not row[:end].all() for row, end in zip(inside, last, strict=True))


def test_long_gaps_cut_and_are_counted():
    refused = np.full(FRAMES, "", "U8")
    largest = np.argsort(abs(KNOWN.amplitude))[-3:]
    middle = np.rint((KNOWN.onset + 0.35 * KNOWN.duration)[largest] * FRAME_RATE).astype(int)
    for frame in middle:
        refused[frame : frame + 3] = "no head"
    some = found(refused=refused)
    assert some.sizes["gesture"] == len(KNOWN.onset) - 3
    assert some.excluded.sel(reason=GAP).sum() >= 2


def test_nobody_moves_and_all_is_closed():
    still = found(np.full(500, 0.01) + noise(500, LEVEL))
    shut = found(np.full(500, 1e-4), closed=np.ones(500, bool))
    short = found(np.full(3, 0.01))
    for none in (still, shut, short):
        assert none.sizes["gesture"] == 0
        assert len(as_gestures(none)) == 0
    assert int(shut.plateaus[0]) == 0
    assert np.isnan(shut.noise_autocovariance).all()


def test_phones_of_start_and_end():
    phone = np.where(np.arange(FRAMES) / FRAME_RATE < KNOWN.onset[1], "p", "a")
    some = found(phone=phone)
    assert some.phone_before.values[0] == "p"
    assert some.phone_after.values[-1] == "a"


def test_beside_a_phone():
    phone = np.array(list("aaapaaaa"))
    assert beside(phone, ["p"], 2).nonzero()[0].tolist() == [1, 2, 3, 4, 5]
    assert not beside(phone, [], 2).any()
    assert beside(phone[:0], ["p"], 2).shape == (0,)


@pytest.mark.parametrize("name", ["jaw", "second formant"])
def test_only_lengths_are_looked_at(name):
    with pytest.raises(BadInput, match=f"no length '{name}'; known: lip aperture"):
        found(variables=[name])


@pytest.mark.parametrize("degree", [None, np.full(500, 0.01)])
def test_store(tmp_path, degree):
    some = found(degree, variables=OPTIONS["variables"])
    save(some, tmp_path / "one.zarr", DYNAMICS)
    again = load(tmp_path / "one.zarr", DYNAMICS)
    np.testing.assert_array_equal(again.trajectory, some.trajectory)
    assert again.moves.values.tolist() == some.moves.values.tolist()


@pytest.mark.parametrize("every", [8, 5])
def test_few_frames_a_second_are_no_error(every):
    """Windows of velocity and plateaus do not shrink to what holds no slope and no noise."""
    whole = head(DEGREE), tube(DEGREE), voice(np.full(FRAMES, 1500.0))
    rate = FRAME_RATE / every
    fewer = [of.isel(time=slice(None, None, every)).assign_attrs(frame_rate=rate) for of in whole]
    some = gestures(*fewer, **OPTIONS | {"variables": ["lip aperture"]})
    assert some.attrs["frame_rate"] == rate


def test_a_window_that_is_mostly_a_gap_is_no_gesture():
    """It was looked across, but too few of its frames were measured for a law to be fitted."""
    degree = DEGREE + noise(FRAMES, LEVEL)
    path = trajectory(
        "lip aperture",
        head(degree),
        tube(degree),
        voice(degree),
        root=(0.15, 0.5),
        root_contact=1e-3,
    )
    one = Found(0, 2, 4, 6, 8, 1.0, 1.0)
    assert is_told(path, one)
    gaps = path._replace(value=np.where(np.arange(FRAMES) % 2, path.value, np.nan))
    assert not is_told(gaps, one)
