"""Fits of gestures whose law is known: what comes back, how surely, and what is refused."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from tractable.contracts import BadInput
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import LAWS, law, laws
from tractable.movement.pooled import best_pooled, class_stiffness, pooled
from tractable.movement.simulated import simulate
from tractable.movement.uncertainty import kinematics

WHITE = np.array([0.25])  # mm2
COLOURED = 0.25 * 0.6 ** np.arange(2)
KNOWN = [
    ("first", np.nan),
    ("linear", 0.8),
    ("cubic", 0.95),
    ("scaled", 0.8),
    ("ramp", 4.0),
    ("target", 5.0),
    ("minimum_jerk", np.nan),
]


def made(name="target", theta=5.0, noise=WHITE, count=60, seed=0, **ranges):
    random = np.random.default_rng(seed)
    return simulate(name, theta, count=count, noise_autocovariance=noise, random=random, **ranges)


def known_shape(found, name, theta):
    return found.members(law(name), theta)


def bare(trajectory, **changed):
    """Gestures of one class, from trajectories alone."""
    count, frames = trajectory.shape
    words = {word: np.full(count, word) for word in ("speaker", "variable", "direction")}
    parts = {
        "trajectory": trajectory,
        "time": np.arange(frames) / 80,
        "noise_autocovariance": np.full((count, 1), 0.25),
    }
    return Gestures(**parts | words | changed)


@pytest.mark.parametrize("name, theta", KNOWN)
def test_without_noise_a_gesture_comes_back_whole(name, theta):
    truth = made(name, theta, noise=np.zeros(1))
    found = fit(truth.gestures)
    best = best_pooled(found, laws(LAWS))
    assert found.settled.all()
    assert (best.law.name, best.theta) == (name, pytest.approx(theta, nan_ok=True))
    told = kinematics(found, best.shape)
    loose = 0.02 if name == "cubic" else 2e-3  # its theta lies between tabulated ones
    np.testing.assert_allclose(told.target, truth.target, atol=20 * loose)
    np.testing.assert_allclose(told.x0, truth.x0, atol=20 * loose)
    np.testing.assert_allclose(told.rise, truth.rise, rtol=5 * loose)
    np.testing.assert_allclose(told.tau, truth.tau, rtol=20 * loose)
    np.testing.assert_allclose(told.onset, truth.onset, atol=loose)
    np.testing.assert_allclose(told.peak_velocity, truth.peak_velocity, rtol=8 * loose)


@pytest.mark.parametrize("noise", [WHITE, COLOURED])
@pytest.mark.parametrize("name, theta", [("linear", 1.0), ("minimum_jerk", np.nan)])
def test_squares_are_those_of_a_general_optimiser(name, theta, noise):
    """SciPy on the law itself, the noise's covariance inverted whole."""
    truth = made(name, theta, noise, count=8)
    found = fit(truth.gestures)
    shape = found.shapes.of(name, theta)
    of = law(name)
    for g in range(8):
        known = np.isfinite(truth.gestures.trajectory[g])
        time, x = truth.gestures.time[known], truth.gestures.trajectory[g, known]
        lag = np.abs(np.subtract.outer(*[np.arange(len(x))] * 2))
        ratio = 0.6 if len(noise) > 1 else 0.0
        root = np.linalg.cholesky(0.25 * ratio**lag)

        def off(p, x=x, time=time, root=root):
            way = p[1] * of((time - p[2]) / np.exp(p[3]), theta)
            return np.linalg.solve(root, x - p[0] - way)

        own = found.x0, found.way, found.onset, np.log(found.tau)
        here = least_squares(off, [values[shape, g] for values in own], x_scale="jac")
        start = truth.x0[g], truth.target[g] - truth.x0[g], truth.onset[g], np.log(truth.tau[g])
        from_truth = least_squares(off, start, x_scale="jac")
        assert found.squares[shape, g] == pytest.approx(2 * here.cost, rel=1e-4)
        assert found.squares[shape, g] <= 2 * from_truth.cost * (1 + 1e-4)


@pytest.mark.parametrize("name, theta", KNOWN)
def test_half_a_millimetre_leaves_what_hardly_hangs_on_the_law(name, theta):
    """SCIENCE 5: peak velocity over amplitude within 10 %, its time within 7 ms, in the median."""
    truth = made(name, theta, count=150)
    found = fit(truth.gestures)
    told = kinematics(found, best_pooled(found, laws(LAWS)).shape).isel(
        gesture=np.flatnonzero(found.settled)
    )
    keep = np.flatnonzero(found.settled)
    amplitude = truth.x0 - truth.target
    assert len(keep) > 145
    assert off_by(told.amplitude, amplitude[keep]) < 0.05
    assert off_by(told.peak_velocity, truth.peak_velocity[keep]) < 0.1
    assert off_by(told.rise, truth.rise[keep]) < 0.1
    late = np.median(np.abs(told.peak.values - truth.peak[keep]))
    assert late < (7e-3 if name != "first" else 12e-3)  # first order is fastest in no time at all


def off_by(found, true):
    return np.median(np.abs(np.log(found.values / true)))


@pytest.mark.parametrize("noise", [WHITE, COLOURED])
@pytest.mark.parametrize("known_onset", [False, True])
def test_nine_in_ten_intervals_of_nine_tenths_hold_the_truth(noise, known_onset):
    truth = made(noise=noise, count=300)
    found = fit(truth.gestures, onset=truth.onset if known_onset else None)
    told = kinematics(found, known_shape(found, "target", 5.0))
    names = {"x0", "target", "tau", "peak_velocity", "peak", "time_to_peak"}
    true = {name: getattr(truth, name, None) for name in names}
    true["time_to_peak"] = truth.peak - truth.onset
    for name in names:
        off = np.abs(told[name].values - true[name]) / told[f"{name}_sd"].values
        assert 0.84 < (off < 1.645).mean() < 0.96, name


def test_noise_taken_for_white_that_is_not_gives_intervals_that_are_too_narrow():
    truth = made(noise=COLOURED, count=300)
    wrong = Gestures(**vars(truth.gestures) | {"noise_autocovariance": np.full((300, 1), 0.25)})
    found = fit(wrong)
    told = kinematics(found, known_shape(found, "target", 5.0))
    off = np.abs(told.x0.values - truth.x0) / told.x0_sd.values
    assert (off < 1.645).mean() < 0.75


@pytest.mark.parametrize(
    "name, theta", [("linear", 1.0), ("cubic", 0.85), ("scaled", 0.8), ("target", 5.0)]
)
def test_stiffness_of_a_class_of_ten(name, theta):
    """Law and onset known, 0.5 mm: within 10 % of the geometric mean."""
    for seed in range(4):
        truth = made(name, theta, count=10, seed=seed)
        found = fit(truth.gestures, onset=truth.onset)
        stiffness = class_stiffness(found, known_shape(found, name, theta), confidence=0.95)
        true = np.exp(-2 * np.log(truth.tau).mean())
        weighted = abs(np.log(stiffness.value / true))
        assert weighted < 0.1
        assert stiffness.low < true < stiffness.high


def test_stiffness_belongs_to_the_law():
    """Target approximation of order 5 taken for a critically damped spring."""
    truth = made(count=60)
    found = fit(truth.gestures)
    k = class_stiffness(found, known_shape(found, "linear", 1.0), confidence=0.95)
    own = class_stiffness(found, known_shape(found, "target", 5.0), confidence=0.95)
    assert k.high < 0.6 * own.low


def test_a_gesture_alone_has_a_stiffness_and_no_interval():
    truth = made(count=1)
    found = fit(truth.gestures)
    value, low, high = class_stiffness(found, known_shape(found, "target", 5.0), confidence=0.95)
    assert value == pytest.approx(truth.tau[0] ** -2, rel=0.5)
    assert np.isnan(low)
    assert np.isnan(high)


def test_a_cubic_class_shares_its_theta_and_not_its_shape():
    truth = made("cubic", 0.95, count=150)
    found = fit(truth.gestures)
    best = pooled(found, law("cubic"))
    assert best.theta == 0.95
    softening = np.nan_to_num(found.shapes.theta[best.shape], nan=0.0)
    softening[found.shapes.law[best.shape] == "linear"] = 0.0
    size = truth.x0 - truth.target
    assert np.abs(softening - 0.95 * (size / size.max()) ** 2).max() < 0.15
    assert best.squares < pooled(found, law("scaled")).squares


def test_a_gap_costs_certainty_and_no_more():
    whole = made(count=40)
    holed = whole.gestures.trajectory.copy()
    holed[:, 12:15] = np.nan
    one, other = fit(whole.gestures), fit(whole.gestures.with_trajectory(holed))
    shape = known_shape(one, "target", 5.0)
    assert other.settled.all()
    assert np.median(np.abs(other.middle[shape[0]] - one.middle[shape[0]])) < 3e-3
    sure, less = (kinematics(found, shape).peak_sd.values for found in (one, other))
    assert (less > sure).mean() > 0.9


def test_a_fit_hangs_on_neither_units_of_place_nor_company():
    truth = made(count=12).gestures
    together, alone = fit(truth), fit(truth.chosen(np.array([7])))
    np.testing.assert_array_equal(together.squares[:, 7:8], alone.squares)
    moved = fit(truth.with_trajectory(truth.trajectory + 1000))
    np.testing.assert_allclose(moved.squares, together.squares, rtol=1e-5)
    mirrored = fit(truth.with_trajectory(-truth.trajectory))
    np.testing.assert_allclose(mirrored.way, -together.way, rtol=1e-5)


def test_what_does_not_move_has_not_settled_or_is_not_sure():
    still = np.random.default_rng(0).normal(0, 0.5, (40, 30))
    found = fit(bare(still))
    told = kinematics(found, np.full(40, found.shapes.reference))
    sure = found.settled & (told.amplitude.values > 3 * told.amplitude_sd.values)
    sure &= told.rise_sd.values < 0.2 * told.rise.values
    assert sure.mean() < 0.2


def test_an_empty_class_is_refused():
    with pytest.raises(BadInput, match="empty class"):
        fit(bare(np.zeros((0, 6))))


def test_an_onset_outside_its_window_is_refused():
    with pytest.raises(BadInput, match=r"gesture 1 .*onset 9 s is outside"):
        fit(made(count=2).gestures, onset=np.array([0.1, 9.0]))


def test_a_class_of_which_nothing_has_settled_is_refused():
    found = fit(bare(np.ones((2, 20))))
    assert not found.settled.any()
    with pytest.raises(BadInput, match=r"none of 2 gestures .*widen windows"):
        pooled(found, law("linear"))
    with pytest.raises(BadInput, match="no gesture has settled"):
        class_stiffness(found, np.zeros(2, int), confidence=0.95)
