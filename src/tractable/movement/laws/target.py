"""Target approximation of order N: N equal first-order systems in a row; state is carried over."""

import numpy as np
from jaxtyping import Float
from scipy.special import factorial, gammainc

from tractable.movement.laws.law import Law, Time, refused


def displacement(u: Time, theta: float) -> Time:
    """(1 + d/du)^N s = 1 from rest: s = 1 - exp(-u) sum over n < N of u^n / n!.

    Parameters
    ----------
    theta : order N, 1, 2, 3 ...; 1 is first order, 2 linear and critical.

    References
    ----------
    Prom-on, Xu & Thipakorn (2009), doi:10.1121/1.3037222; Birkholz, Kroeger & Neuschaefer-Rube
    (2011), doi:10.1109/TASL.2010.2091632.
    """
    return gammainc(order(theta), np.maximum(u, 0.0))


def approach(
    state: Float[np.ndarray, " order"], target: float, tau: float, time: Time
) -> Float[np.ndarray, "order time"]:
    """Where a system of order N is that sets out in some state, not at rest.

    Exact: x(t) = T + exp(-u) sum over n of c_n u^n, and so are its derivatives.

    Parameters
    ----------
    state : x and its first N - 1 derivatives by time [mm, mm/s, ...] at time 0.
    target : T [mm].
    tau : time scale [s].
    time : since then [s], not negative.

    Returns
    -------
    x and its first N - 1 derivatives at these times: the last column carries over to the next
    target.
    """
    order = len(state)
    scaled = state * tau ** np.arange(order)
    scaled[0] -= target
    # exp(u) (x - T) is the polynomial whose n-th derivative at 0 is that of the product.
    binomial = [[choose(n, k) for k in range(order)] for n in range(order)]
    coefficients = np.array(binomial) @ scaled / factorial(np.arange(order))
    u = time / tau
    polynomial, found = np.polynomial.Polynomial(coefficients), []
    for n in range(order):
        found.append(np.exp(-u) * polynomial(u) / tau**n)
        polynomial = polynomial.deriv() - polynomial
    found[0] = found[0] + target
    return np.array(found)


def choose(n: int, k: int) -> float:
    return factorial(n) / factorial(k) / factorial(n - k) if k <= n else 0.0


def order(theta: float) -> int:
    if theta < 1 or theta != round(theta):
        raise refused("target", theta, "an order of 1, 2, 3 ...")
    return round(theta)


LAW = Law("target", "order", (3.0, 4.0, 5.0, 6.0, 7.0, 8.0), displacement, "1 / rate of each")
