r"""How two articulators that repeat themselves set each other's pace: coupling functions of phases.

    phi_i' = omega_i + q_i(phi_1, phi_2) + noise

Whose phases these are matters: ``phase`` makes them free of how the articulator was measured.
The function can be found from a millimetre of noise. Direction and strength look like something in
any short run, and mean what they are beyond those of exchanged partners (decision 46).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.signal import hilbert

from tractable.contracts import BadInput

ROUNDS, CLOSE = 50, 1e-6  #: of noise and coefficients, each given the other
HARMONICS = 20  #: of a protophase's density, at most


class Couplings(NamedTuple):
    """What moves both phases, as Fourier series in them; frequency first."""

    orders: Int[np.ndarray, "term phase"]  # (n, m): of exp i(n phi_1 + m phi_2)
    mean: Float[np.ndarray, "phase part"]  # coefficients of cosines, then of sines [rad/s]
    covariance: Float[np.ndarray, "coefficient coefficient"]  # of both phases in turn
    noise: Float[np.ndarray, "phase phase"]  # rad2/s

    def function(
        self, of: int, first: Float[np.ndarray, "*grid"], second: Float[np.ndarray, "*grid"]
    ) -> Float[np.ndarray, "*grid"]:
        """What a phase's own frequency is changed by, at both phases, by the other one [rad/s].

        Parameters
        ----------
        of : 0 or 1, the phase that is changed.
        """
        return basis(first, second, self.orders) @ np.where(self.others(of), self.mean[of], 0.0)

    def others(self, of: int) -> Bool[np.ndarray, " part"]:
        """Which coefficients of a phase the other one has a part in."""
        part = self.orders[:, 1 - of] != 0
        return np.append(part, part[1:])

    @property
    def strength(self) -> Float[np.ndarray, " phase"]:
        """Norm of the coefficients by which the other phase has a part in each [rad/s]."""
        return np.array([np.linalg.norm(self.mean[of, self.others(of)]) for of in (0, 1)])

    @property
    def direction(self) -> float:
        """1: the first drives the second alone; -1: the second drives the first alone."""
        first, second = self.strength
        return float((second - first) / (second + first))


def phase(values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Phase of a movement that repeats itself, growing by 2 pi a turn at an even pace [rad].

    The angle of the analytic signal depends on the variable that was measured; the density of that
    protophase is what makes it a phase.

    References
    ----------
    Kralemann, Cimponeriu, Rosenblum, Pikovsky & Mrowka (2008), doi:10.1103/PhysRevE.77.066205.
    """
    protophase = np.unwrap(np.angle(hilbert(values - values.mean())))
    order = np.arange(1, HARMONICS + 1)
    density = np.exp(-1j * order[:, None] * protophase).mean(1)
    waves = np.exp(1j * order[:, None] * protophase) - 1
    return protophase + 2 * ((density / (1j * order)) @ waves).real


def coupling_functions(
    phases: Float[np.ndarray, "phase=2 time"],
    frame_rate: float,
    *,
    order: int,
    before: Couplings | None = None,
    spread: float = 0.0,
) -> Couplings:
    """Dynamical Bayesian inference of the coupling of two phases.

    Parameters
    ----------
    phases : not wrapped [rad].
    frame_rate : Hz.
    order : highest n + m of the Fourier series, in absolute values.
    before : what an earlier stretch told, the prior of this one; None: nothing is known.
    spread : standard deviation by which parameters may have changed since then, as a share of that
        of what was known.

    Raises
    ------
    BadInput : fewer frames than coefficients, or a phase that is not known.

    References
    ----------
    Stankovski, Duggento, McClintock & Stefanovska (2012), doi:10.1103/PhysRevLett.109.024101;
    Duggento et al. (2012), doi:10.1103/PhysRevE.86.061126.
    """
    orders = fourier_orders(order)
    if phases.shape[1] <= 4 * len(orders) or not np.isfinite(phases).all():
        raise BadInput(
            f"coupling functions: {phases.shape[1]} frames, all of known phase, for "
            f"{2 * len(orders)} coefficients of order {order}; give longer stretches without gaps"
        )
    step = 1 / frame_rate
    middle, pace = 0.5 * (phases[:, 1:] + phases[:, :-1]), np.diff(phases) / step
    first, second = middle
    shape = basis(first, second, orders)
    slope = np.stack([slopes(first, second, orders, of).sum(0) for of in (0, 1)])
    precision, weighted = prior(before, spread, shape.shape[1])
    square, product = step * shape.T @ shape, step * pace @ shape
    mean = np.linalg.lstsq(shape, pace.T, rcond=None)[0].T
    for _ in range(ROUNDS):
        left = pace - mean @ shape.T
        noise = step * left @ left.T / left.shape[1]
        inverse = np.linalg.inv(noise)
        concentration = precision + np.kron(inverse, square)
        right = weighted + (inverse @ product - 0.5 * step * slope).ravel()
        now = np.linalg.solve(concentration, right).reshape(mean.shape)
        moved, mean = abs(now - mean).max(), now
        if moved < CLOSE * abs(mean).max():
            break
    return Couplings(orders, mean, np.linalg.inv(concentration), noise)


def prior(
    before: Couplings | None, spread: float, parts: int
) -> tuple[Float[np.ndarray, "part part"], Float[np.ndarray, " part"]]:
    """Concentration of the coefficients of both phases, and it times their mean."""
    if before is None:
        return np.zeros((2 * parts, 2 * parts)), np.zeros(2 * parts)
    deviation = spread**2 * np.diag(np.diag(before.covariance))
    concentration = np.linalg.inv(before.covariance + deviation)
    return concentration, concentration @ before.mean.ravel()


def fourier_orders(order: int) -> Int[np.ndarray, "term phase"]:
    """All (n, m) up to an order, one of each pair of opposite ones; (0, 0) first."""
    ways = range(-order, order + 1)
    return np.array(
        [(0, 0)]
        + [
            (n, m)
            for n in range(order + 1)
            for m in ways
            if 0 < abs(n) + abs(m) <= order and (n > 0 or m > 0)
        ]
    )


def basis(
    first: Float[np.ndarray, "*grid"],
    second: Float[np.ndarray, "*grid"],
    orders: Int[np.ndarray, "term phase"],
) -> Float[np.ndarray, "*grid part"]:
    """Cosines of all terms, then sines of all but (0, 0)."""
    angle = first[..., None] * orders[:, 0] + second[..., None] * orders[:, 1]
    return np.concatenate([np.cos(angle), np.sin(angle[..., 1:])], -1)


def slopes(
    first: Float[np.ndarray, " time"],
    second: Float[np.ndarray, " time"],
    orders: Int[np.ndarray, "term phase"],
    of: int,
) -> Float[np.ndarray, "time part"]:
    """Derivatives of the basis by one of the phases."""
    angle = first[:, None] * orders[:, 0] + second[:, None] * orders[:, 1]
    along = orders[:, of]
    return np.concatenate([-np.sin(angle) * along, np.cos(angle[:, 1:]) * along[1:]], -1)
