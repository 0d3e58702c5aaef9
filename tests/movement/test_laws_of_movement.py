"""Laws against independent integration, closed forms, and limits in which one is another."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tractable.contracts import BadInput
from tractable.movement.laws import LAWS, Law, law, target
from tractable.movement.shapes import GRID, shape_of, tabulated

TIME = np.linspace(-1.0, 12.0, 131)


def integrated(derivatives, order, first=0.0):
    """s of an equation of some order from rest, by another method than any law uses."""
    after = TIME[TIME >= 0]
    solved = solve_ivp(
        derivatives, (0, 12), [first] + [0.0] * (order - 1), "LSODA", after, rtol=1e-10, atol=1e-12
    )
    return np.concatenate([np.zeros((TIME < 0).sum()), solved.y[0]])


def second_order(zeta, pull=lambda u: 1.0):
    return lambda u, state: (state[1], pull(u) - 2 * zeta * state[1] - state[0])


def ramp_of(duration):
    return lambda u: min(u / duration, 1.0)


@pytest.mark.parametrize("zeta", [0.3, 0.7, 1.0, 1.5, 4.0])
def test_linear_is_the_damped_spring(zeta):
    exact = law("linear")(TIME, zeta)
    np.testing.assert_allclose(exact, integrated(second_order(zeta), 2), atol=1e-8)


@pytest.mark.parametrize("duration", [0.5, 3.0, 8.0])
def test_ramp_is_the_spring_whose_activation_rises(duration):
    exact = law("ramp")(TIME, duration)
    np.testing.assert_allclose(
        exact, integrated(second_order(1.0, ramp_of(duration)), 2), atol=1e-7
    )


@pytest.mark.parametrize("softening", [0.2, 0.9, 0.98])
def test_cubic_is_the_softening_spring(softening):
    """Integrated as the distance that is left, and by another method."""

    def spring(u, state):
        left = 1 - state[0]
        return state[1], left - softening * left**3 - 2 * state[1]

    for name in ("cubic", "scaled"):
        found = law(name)(TIME, softening)
        np.testing.assert_allclose(found, integrated(spring, 2), atol=1e-8)


@pytest.mark.parametrize("order", [1, 2, 5, 8])
def test_target_approximation_is_equal_first_orders_in_a_row(order):
    def chain(u, state):
        return np.concatenate([[1.0], state[:-1]]) - state

    after = TIME[TIME >= 0]
    solved = solve_ivp(chain, (0, 12), np.zeros(order), "LSODA", after, rtol=1e-10, atol=1e-12)
    found = law("target")(TIME, float(order))
    np.testing.assert_allclose(found[TIME >= 0], solved.y[-1], atol=1e-8)
    assert (found[TIME < 0] == 0).all()


def test_minimum_jerk_has_less_jerk_than_any_other_way_between_rests():
    """720 of a unit way in a unit time; what is added has a triple root at either end."""
    u = np.linspace(0, 1, 21)
    way = np.polynomial.Polynomial.fit(u, law("minimum_jerk")(u, np.nan), 5).convert()
    for derivative in range(3):
        ends = way.deriv(derivative)(np.array([0.0, 1.0])) if derivative else way(np.array([0, 1]))
        np.testing.assert_allclose(ends, [0, derivative == 0], atol=1e-9)
    bump = np.polynomial.Polynomial.fromroots([0, 0, 0, 1, 1, 1])
    jerks = [(way + share * bump).deriv(3) for share in (0.0, -0.5, 0.5, 3.0)]
    energy = [(jerk * jerk).integ()(1.0) for jerk in jerks]
    assert energy[0] == pytest.approx(720)
    assert min(energy[1:]) > 720


@pytest.mark.parametrize(
    "name, theta, other, its_theta",
    [
        ("target", 1.0, "first", np.nan),
        ("target", 2.0, "linear", 1.0),
        ("cubic", 0.0, "linear", 1.0),
        ("ramp", 0.0, "linear", 1.0),
        ("linear", 1.0 + 1e-7, "linear", 1.0),
        ("scaled", 0.6, "cubic", 0.6),
    ],
)
def test_in_a_limit_one_law_is_another(name, theta, other, its_theta):
    np.testing.assert_allclose(law(name)(TIME, theta), law(other)(TIME, its_theta), atol=1e-8)


def test_an_overdamped_spring_becomes_first_order_with_rate_one_over_twice_the_damping():
    zeta = 60.0
    slow = law("linear")(TIME * 2 * zeta, zeta)
    np.testing.assert_allclose(slow[TIME > 1], law("first")(TIME, np.nan)[TIME > 1], atol=1e-3)


def test_state_is_carried_over():
    """Cut anywhere and gone on with, one approach stays one approach; its derivatives are such."""
    tau, goal, time = 0.03, 7.0, np.linspace(0, 0.4, 41)
    whole = target.approach(np.array([2.0, 0, 0, 0, 0]), goal, tau, time)
    np.testing.assert_allclose(whole[0], 2 + 5 * law("target")(time / tau, 5.0), atol=1e-9)
    rest = target.approach(whole[:, 15], goal, tau, time[15:] - time[15])
    np.testing.assert_allclose(rest, whole[:, 15:], rtol=1e-6, atol=1e-6)
    fine = np.linspace(0, 0.4, 40_001)
    fine_whole = target.approach(np.array([2.0, 0, 0, 0, 0]), goal, tau, fine)
    np.testing.assert_allclose(
        np.gradient(fine_whole[0], fine)[1:-1], fine_whole[1][1:-1], atol=1e-3
    )


def test_a_new_target_before_the_old_one_is_reached_bends_the_way_without_a_jump():
    tau, time = 0.03, np.linspace(0, 0.1, 1001)
    up = target.approach(np.zeros(5), 10.0, tau, time)
    down = target.approach(up[:, -1], 0.0, tau, time)
    assert down[1, 0] == pytest.approx(up[1, -1])
    assert down[1, 0] > 0
    assert down[0].max() > up[0, -1]


@pytest.mark.parametrize(
    "name, theta, said",
    [
        ("linear", 0.0, "damping ratio"),
        ("cubic", 1.0, "diverges"),
        ("scaled", 1.4, "diverges"),
        ("ramp", -1.0, "duration"),
        ("target", 2.5, "order"),
    ],
)
def test_a_parameter_for_which_there_is_no_movement_is_refused(name, theta, said):
    with pytest.raises(BadInput, match=said):
        law(name)(TIME, theta)


def test_an_unknown_law_is_refused_with_a_hint():
    with pytest.raises(BadInput, match="did you mean 'minimum_jerk'"):
        law("minimun_jerk")


@pytest.mark.parametrize("name", LAWS)
def test_tables_say_what_laws_do(name):
    """Middle, rise, onset and time scale of a table are those of the law."""
    of = law(name)
    for theta in of.grid:
        table = shape_of(of, theta)
        s = table.displacement[0]
        np.testing.assert_allclose(np.interp(0.0, GRID, s), 0.5, atol=1e-4)
        assert np.interp(0.8, s[: s.argmax()], GRID[: s.argmax()]) - np.interp(
            0.2, s[: s.argmax()], GRID[: s.argmax()]
        ) == pytest.approx(1, abs=1e-3)
        u = (GRID - table.onset[0]) / table.tau[0]
        np.testing.assert_allclose(s, of(u, theta), atol=1e-9)
        assert s[0] == 0
        assert s[-1] == pytest.approx(1, abs=1e-4)


def test_only_the_cubic_law_has_shapes_of_another():
    names = set(tabulated().law)
    assert names == set(LAWS) - {"cubic"}
    assert np.isfinite(tabulated().displacement).all()


def test_a_shape_that_is_not_tabulated_is_refused_with_those_that_are():
    with pytest.raises(BadInput, match=r"no tabulated shape of 'ramp' with parameter 2.5"):
        tabulated().of("ramp", 2.5)


def test_a_shape_whose_onset_is_long_before_the_table_is_refused():
    with pytest.raises(BadInput, match="smaller parameter"):
        shape_of(law("cubic"), 1 - 1e-12)


@pytest.mark.parametrize(
    "displacement, said",
    [
        (lambda u, theta: np.where(u > 3, np.inf, 0.0), "diverges: no finite displacement"),
        (lambda u, theta: 0.5 * np.tanh(np.maximum(u, 0)), "does not go 80%"),
    ],
)
def test_a_law_that_does_not_get_to_the_target_is_refused(displacement, said):
    with pytest.raises(BadInput, match=said):
        shape_of(Law("runaway", "gain", (1.0,), displacement, ""), 1.0)
