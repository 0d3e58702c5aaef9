"""Controls that must fail, forecasts that must not, and surrogates that keep what they promise."""

import numpy as np
import pytest

from tests.movement.test_evidence_for_laws import WHITE, made
from tractable.contracts import BadInput
from tractable.movement.arrow import arrow_of_time
from tractable.movement.fitting import fit
from tractable.movement.laws import LAWS, law, laws
from tractable.movement.mean_shape import mean_shape, spline
from tractable.movement.simulated import simulate
from tractable.movement.skill import forward_skill
from tractable.movement.surrogates import phase_shuffled, reversed_in_time

NARROW = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}  # what a class has in common


def drawn(name, theta, seed, count=60):
    random = np.random.default_rng(seed)
    return simulate(name, theta, count=count, noise_autocovariance=WHITE, random=random, **NARROW)


def skill(truth, theta, of):
    taught, asked = drawn(truth, theta, 1), drawn(truth, theta, 2)
    return forward_skill(
        taught.gestures,
        asked.gestures,
        law(of),
        training_onset=taught.onset,
        onset=asked.onset,
    )


@pytest.mark.parametrize("name, theta", [("first", np.nan), ("linear", 1.0), ("target", 5.0)])
def test_laws_have_an_arrow_of_time(name, theta):
    gestures = made(name, theta, count=150)
    forward = arrow_of_time(gestures, laws(LAWS)).mean()
    assert forward > 0.07
    backward = arrow_of_time(reversed_in_time(gestures), laws(LAWS)).mean()
    assert backward == pytest.approx(-forward, abs=0.01)


def test_minimum_jerk_has_no_arrow_of_time():
    assert abs(arrow_of_time(made("minimum_jerk", count=300), laws(LAWS)).mean()) < 0.02


def test_phase_shuffled_surrogates_have_no_arrow_of_time():
    random = np.random.default_rng(0)
    surrogates = phase_shuffled(made("target", 5.0, count=900), random)
    assert abs(arrow_of_time(surrogates, laws(LAWS)).mean()) < 0.02


def test_a_surrogate_keeps_its_ends_its_gaps_and_how_fast_movement_may_change():
    gestures = made("linear", 1.0, count=20)
    shuffled = phase_shuffled(gestures, np.random.default_rng(0))
    for before, after in zip(gestures.trajectory, shuffled.trajectory, strict=True):
        known = np.isfinite(before)
        np.testing.assert_array_equal(known, np.isfinite(after))
        one, other = before[known], after[known]
        np.testing.assert_allclose(other[[0, -1]], one[[0, -1]], atol=1e-9)
        power = [np.abs(np.fft.rfft(np.diff(x))) for x in (one, other)]
        np.testing.assert_allclose(*power, atol=1e-9)
        assert np.abs(one - other).max() > 0.5


def test_backwards_twice_is_forwards():
    gestures = made("first", count=5)
    holed = gestures.trajectory.copy()
    holed[2, 7:9] = np.nan
    gestures = gestures.with_trajectory(holed)
    again = reversed_in_time(reversed_in_time(gestures))
    np.testing.assert_array_equal(again.trajectory, gestures.trajectory)


@pytest.mark.parametrize(
    "name, theta", [("linear", 0.8), ("cubic", 0.9), ("ramp", 3.5), ("target", 5.0)]
)
def test_the_true_law_forecasts_and_first_order_does_not(name, theta):
    true = skill(name, theta, name)
    assert 0.7 < true.over_first <= 1
    assert skill(name, theta, "first").over_first == 0
    assert true.over_mean > 0
    assert true.error < 0.5


def test_a_wrong_law_forecasts_worse_where_its_shape_is_another():
    assert skill("target", 5.0, "linear").over_first < skill("target", 5.0, "target").over_first


def test_the_mean_trajectory_of_one_shape_is_that_shape():
    fits = fit(drawn("target", 5.0, 0, count=200).gestures)
    mean, known = mean_shape(fits), fits.shapes.of("target", 5.0)
    off = mean.displacement[0] - fits.shapes.displacement[known]
    assert np.abs(off).max() < 0.02
    assert (
        np.abs(off).max() < 0.3 * np.abs(mean.displacement[0] - fits.shapes.displacement[0]).max()
    )


def test_a_mean_of_one_gesture_of_few_frames_is_refused():
    gestures = drawn("target", 5.0, 0, count=1).gestures
    thin = gestures.trajectory.copy()
    thin[:, ::2] = np.nan
    with pytest.raises(BadInput, match="mean trajectory"):
        mean_shape(fit(gestures.with_trajectory(thin)))


def test_a_forecast_without_a_frame_before_the_onset_is_refused():
    taught = drawn("linear", 1.0, 0, count=20)
    holed = taught.gestures.trajectory.copy()
    holed[3, :14] = np.nan
    asked = taught.gestures.with_trajectory(holed)
    with pytest.raises(BadInput, match=r"gesture 3 .*no known frame before its onset"):
        forward_skill(
            taught.gestures,
            asked,
            law("linear"),
            training_onset=taught.onset,
            onset=taught.onset,
        )


def test_where_hardly_a_frame_is_a_mean_trajectory_goes_nowhere():
    """A frame or two between knots, as in a class of few gestures, once led 5e5 away."""
    random = np.random.default_rng(3)
    few = [2, 3, 4, 3, 5, 5, 4, 4, 4, 5, 6, 4, 4, 4, 6, 1, 1, 1, 3, 1, 1, 0]
    for _ in range(200):
        v = np.concatenate([-2 + (k + random.random(n)) / 4 for k, n in enumerate(few)] + [[3.9]])
        s = 0.5 + 0.5 * np.tanh(v) + 0.05 * random.normal(size=len(v))
        curve = spline(v, s, np.ones(len(v)))
        assert -0.5 < curve.min() < curve.max() < 1.5
