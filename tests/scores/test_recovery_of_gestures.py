"""V9.3, V9.4: gestures whose true movement is known, measured well, and measured badly."""

import numpy as np
import pytest
import xarray as xr

from tests.moved import ASKED, MM, RATE, STILL, dynamics
from tractable.contracts import ARTICULATORS
from tractable.movement.laws import LAWS
from tractable.movement.simulated import Simulated, simulate
from tractable.scores.recovery import SELECTED, SMOOTHED, recovery_scores

CLOSED = 7.5e-4  # m
LAW, ORDER, COUNT = "target", 5.0, 60
AHEAD = 20  # frames of the simulator before the first window
RANGES = {"target": (3.0, 5.0)}  # lips that never touch
PEAK = "V9 time of peak velocity error (ms)"
SPEED = "V9 peak velocity over amplitude error (%)"
STIFFNESS, AMPLITUDE = "V9 stiffness error (%)", "V9 amplitude error (%)"
MISFIT = "V9 misfit of the true movement (%)"


def movement(**ranges) -> Simulated:
    """What `dynamics` of the same seed measures, before it is measured."""
    random, nothing = np.random.default_rng(0), np.zeros(1)
    return simulate(
        LAW, ORDER, count=COUNT, noise_autocovariance=nothing, random=random, frame_rate=RATE,
        **RANGES | ranges,
    )  # fmt: skip


def between_lips(path: np.ndarray) -> xr.Dataset:
    """A simulator's outlines whose lips are so far apart [mm], windows laid end to end."""
    width = MM * np.concatenate([np.full(AHEAD, 9.0), path.ravel(), np.full(AHEAD, 9.0)])
    edge = MM * np.array([-1.0, 0.0, 1.0])
    curve = np.zeros((len(width), 2, len(edge), 2))
    curve[..., 0], curve[:, 1, :, 1] = edge, np.nan_to_num(width, nan=0.009)[:, None]
    lips = [1 + ARTICULATORS.index(name) for name in ("upper lip", "lower lip")]
    code = np.broadcast_to(np.array(lips, "int8")[:, None], curve.shape[:3])
    parts = {
        "boundary": (("time", "tissue", "point", "axis"), curve),
        "articulator": (("time", "tissue", "point"), code),
    }
    return xr.Dataset(parts, {"time": clock(len(width)), "tissue": ["upper", "lower"]})


def clock(frames: int) -> np.ndarray:
    return (np.arange(frames) + 0.5) / RATE


def store(path: np.ndarray | None = None) -> xr.Dataset:
    """Gestures as measured; with ``path`` [mm] measured so, with the noise of before said of it."""
    found = dynamics(LAW, ORDER, COUNT, **RANGES)
    frames = found.sizes["frame"]
    found["begin"] = "gesture", clock(AHEAD + COUNT * frames)[AHEAD::frames]
    return found if path is None else found.assign(trajectory=found.trajectory * 0 + MM * path)


def told(found: xr.Dataset, truth: xr.Dataset) -> dict[str, dict[str, float]]:
    return {
        score.name: dict(zip(score.value.model.values, score.value.values.ravel(), strict=True))
        for score in recovery_scores(found, truth, ASKED, closed=CLOSED)
    }


def test_what_is_measured_without_an_error_has_none():
    path = movement().gestures.trajectory
    scores = told(store(path), between_lips(path))
    for name in (PEAK, STIFFNESS, AMPLITUDE, SPEED):
        assert set(scores[name]) == {*LAWS, SELECTED, SMOOTHED}
        assert scores[name][LAW] == pytest.approx(0, abs=1e-6), name
        assert scores[name][SELECTED] == pytest.approx(0, abs=1e-6), name
    assert scores[MISFIT]["first"] == pytest.approx(100)
    assert scores["V9 gestures in recovery"]["measured_gestures"] > 0.9 * COUNT


def test_the_law_that_made_the_movement_is_read_off_it():
    made = movement()
    scores = told(store(), between_lips(made.gestures.trajectory))
    assert scores["V9 parameter of the true movement"][LAW] == ORDER
    scale = scores["V9 time scale of the true movement (ms)"][LAW]
    assert scale == pytest.approx(1e3 * np.median(made.tau), rel=0.05)


def test_noise_costs_what_it_is_known_to_and_is_all_that_the_true_law_leaves():
    scores = told(store(), between_lips(movement().gestures.trajectory))
    assert 0 < scores[SPEED][LAW] < 10
    assert 0 < scores[PEAK][LAW] < 7
    assert 0 < scores[AMPLITUDE][LAW] < 4
    assert scores[MISFIT][LAW] < 1
    assert scores[MISFIT]["first"] > 10


def test_the_time_of_the_peak_as_it_is_usually_read_stands_beside():
    """Of what `dynamics` has for it: 3 ms late in every gesture, and nothing else of it is told."""
    made, late = movement(), 3e-3
    truth = between_lips(made.gestures.trajectory)
    found = store(made.gestures.trajectory)
    found["peak"] = "gesture", made.peak[:COUNT] + late
    scores = told(found, truth)
    assert scores[PEAK][SMOOTHED] == pytest.approx(1e3 * late, rel=0.05)
    assert np.isnan([scores[name][SMOOTHED] for name in (STIFFNESS, SPEED, AMPLITUDE)]).all()


def test_half_the_movement_is_an_error_of_amplitude_alone():
    path = movement().gestures.trajectory
    scores = told(store(10 + path / 2), between_lips(path))
    assert scores[AMPLITUDE][LAW] == pytest.approx(100 * np.log(2), rel=1e-3)
    for name in (PEAK, STIFFNESS, SPEED):
        assert scores[name][LAW] == pytest.approx(0, abs=0.1), name


def test_pictures_that_come_late_are_an_error_of_time_alone():
    path = movement().gestures.trajectory
    late = np.concatenate([path[:, :1], path[:, :-1]], 1)
    scores = told(store(late), between_lips(path))
    assert scores[PEAK][LAW] == pytest.approx(1e3 / RATE, rel=0.02)
    assert scores[STIFFNESS][LAW] < 1


def test_frames_in_contact_are_asked_of_neither():
    """Lips that meet do not move, whatever lies between the outlines of two solid bodies."""
    path = movement(target=(-1.0, 0.0)).gestures.trajectory
    shut = np.where(path < 1e3 * CLOSED, 0.0, path)
    scores = told(store(path), between_lips(shut))
    assert scores[STIFFNESS][LAW] == pytest.approx(0, abs=1e-6)


def test_what_no_simulator_knows_is_not_asked():
    found = store().assign(moves=("gesture", np.full(COUNT, STILL)))
    scores = told(found, between_lips(movement().gestures.trajectory))
    counts = scores.pop("V9 gestures in recovery")
    assert counts == {"measured_gestures": 0}
    assert all(np.isnan(list(of.values())).all() for of in scores.values())
