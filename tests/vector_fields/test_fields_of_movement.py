"""Known equations of movement: their integrals, what is read at the target, what is refused."""

import numpy as np
import pytest

from tests.vector_fields.simulated import drawn, spring
from tractable.contracts import BadInput
from tractable.movement.laws import law
from tractable.vector_fields.field import forecast, linearised, released, travelled

TAU = 0.05  # s


def way(steps, *, seconds=0.4, softening=0.0):
    """Distances of a critically damped spring let go at 1 mm and at 6 mm, at rest."""
    size = np.array([1.0, 6.0])
    held = spring(TAU**-2, 2 / TAU, softening=softening)
    path = travelled(held.acceleration, size, np.full((steps, 2), seconds / steps))[0]
    time = np.arange(1, steps + 1) * seconds / steps
    return time / TAU, np.array(path).T, size


def test_a_spring_goes_the_way_of_its_law():
    u, path, size = way(34)  # frames of 12 ms
    known = size[:, None] * (1 - law("linear")(u, 1.0))
    np.testing.assert_allclose(path, known, atol=1e-4 * size.max())


def test_a_softening_spring_goes_the_way_of_the_cubic_law():
    softening = 0.9 / 36
    u, path, size = way(60, softening=softening)
    for own, amplitude in zip(path, size, strict=True):
        known = amplitude * (1 - law("cubic")(u, softening * amplitude**2))
        np.testing.assert_allclose(own, known, atol=1e-4 * amplitude)


def test_steps_of_half_the_length_have_a_sixteenth_of_the_error():
    off = []
    for steps in (32, 64):
        u, path, size = way(steps)
        off.append(np.abs(path - size[:, None] * (1 - law("linear")(u, 1.0))).max())
    assert 12 < off[0] / off[1] < 20


def test_the_true_equation_forecasts_gestures_that_share_all():
    """Onsets lie between frames, windows have their own lengths."""
    truth = drawn(duration=(0.15, 0.15), target=(0.7, 0.7))
    field = spring(truth.tau[0] ** -2, 2 / truth.tau[0], target=0.7)
    seen = truth.gestures.trajectory
    told = forecast(field, truth.gestures, truth.onset)
    known = np.isfinite(seen)
    assert not known.all()
    np.testing.assert_allclose(told[known], seen[known], atol=3e-3)


def test_stiffness_and_damping_are_those_at_the_target():
    """However soft the spring is further away."""
    np.testing.assert_allclose(linearised(spring(400.0, 30.0)), [400, 30], rtol=1e-9)
    soft = linearised(spring(400.0, 30.0, softening=0.02, target=3.0))
    np.testing.assert_allclose(soft, [400, 30], rtol=1e-6)


def test_the_units_of_a_class_are_its_own():
    truth = drawn(amplitude=(8.0, 8.0), duration=(0.15, 0.15))
    scale = released(truth.gestures, truth.onset, truth.target).scale
    assert scale.distance == pytest.approx(8.0)
    half = 1.678 * truth.tau[0]  # when a critically damped spring has gone half of its way
    assert half < scale.clock < half + truth.gestures.period


def test_a_gap_is_not_known_and_stays_where_it_is():
    truth = drawn(count=3)
    holed = truth.gestures.trajectory.copy()
    holed[1, 18] = np.nan
    told = released(truth.gestures.with_trajectory(holed), truth.onset, truth.target)
    first = np.searchsorted(truth.gestures.time, truth.onset, "right")
    assert not told.known[18 - first[1], 1]
    when = told.steps[: 18 - first[1] + 1, 1].sum() + truth.onset[1]
    assert when == pytest.approx(truth.gestures.time[18])


def test_a_forecast_that_diverges_is_refused():
    truth = drawn(count=2)
    with pytest.raises(
        BadInput, match=r"gesture 0 .*by a spring diverges 0\.\d+ s after the onset"
    ):
        forecast(spring(-4e3, 0.0), truth.gestures, truth.onset)


def test_an_onset_with_nothing_after_it_is_refused():
    truth = drawn(count=2)
    late = np.array([truth.onset[0], truth.gestures.time[-1]])
    with pytest.raises(BadInput, match=r"gesture 1 .*no known frame after its onset"):
        forecast(spring(400.0, 40.0), truth.gestures, late)
