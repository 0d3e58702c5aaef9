"""Gestures whose law is known: made by the law itself, seen by a camera, with noise."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tractable.movement.gestures import Gestures
from tractable.movement.laws import law
from tractable.movement.noise import noise
from tractable.movement.shapes import crossings, settling

SLOW = 0.2  # of peak speed: a movement lasts while it is faster, as the field measures it
FINE = 4001
WEAK = 1e-12  # mm2, variance that stands for none


@dataclass(frozen=True)
class Simulated:
    """Gestures, and what made them.

    Parameters
    ----------
    onset, tau : when each begins [s since the window's first frame], and its time scale [s].
    x0, target : where it starts, and its target [mm].
    peak : when it is fastest [s since the window's first frame].
    peak_velocity : over amplitude, |dx/dt| / |T - x0| [1/s].
    rise : how long 20 to 80 % of the way take [s].
    """

    gestures: Gestures
    onset: Float[np.ndarray, " gesture"]
    tau: Float[np.ndarray, " gesture"]
    x0: Float[np.ndarray, " gesture"]
    target: Float[np.ndarray, " gesture"]
    peak: Float[np.ndarray, " gesture"]
    peak_velocity: Float[np.ndarray, " gesture"]
    rise: Float[np.ndarray, " gesture"]


def simulate(
    name: str,
    theta: float,
    *,
    count: int,
    noise_autocovariance: Float[np.ndarray, " lag"],
    random: np.random.Generator,
    frame_rate: float = 83.28,
    amplitude: tuple[float, float] = (3.0, 15.0),
    duration: tuple[float, float] = (0.08, 0.25),
    plateau: tuple[float, float] = (0.08, 0.15),
    speaker: str = "simulated",
) -> Simulated:
    """A class of gestures of one law.

    Parameters
    ----------
    theta : of the law; of one with an amplitude power, at the class's largest amplitude.
    noise_autocovariance : of what is added [mm2]; a variance of 0 adds nothing.
    amplitude : |T - x0| [mm], drawn evenly between; half of the gestures close.
    duration : while speed is above a fifth of its peak [s], drawn evenly between.
    plateau : before the onset, and after the way is all but gone [s], drawn evenly between.
    """
    of, time = law(name), np.arange(FINE) / frame_rate
    size = random.uniform(*amplitude, count)
    sign = random.choice([-1.0, 1.0], count)
    own = theta * (size / size.max()) ** of.amplitude_power if of.amplitude_power else theta
    fine = [kinematics(name, t) for t in np.broadcast_to(own, count)]
    long, peak, speed, rise, end = np.array(fine).T
    tau = random.uniform(*duration, count) / long
    onset = random.uniform(*plateau, count)
    last = onset + tau * end + random.uniform(*plateau, count)
    time = time[time <= last.max()]
    s = np.array(
        [
            of((time - o) / t, w)
            for o, t, w in zip(onset, tau, np.broadcast_to(own, count), strict=True)
        ]
    )
    x0 = random.uniform(-5.0, 20.0, count)
    clean = x0[:, None] + (sign * size)[:, None] * s
    covariance = np.tile(noise_autocovariance.astype(float), (count, 1))
    if noise_autocovariance[0] > 0:
        clean = clean + noise(covariance, len(time), random)
    else:
        covariance[:, 0] = WEAK
    seen = np.where(time <= last[:, None], clean, np.nan)
    label = [np.full(count, word) for word in (speaker, "simulated", "closing")]
    gestures = Gestures(seen, time, covariance, *label)
    return Simulated(
        gestures, onset, tau, x0, x0 + sign * size, onset + tau * peak, speed / tau, rise * tau
    )


def kinematics(name: str, theta: float) -> tuple[float, float, float, float, float]:
    """Of a shape, in time scales: duration, time of peak speed, that speed, rise, all but there."""
    of = law(name)
    time = np.linspace(0.0, 3 * settling(of, theta), FINE)
    s = of(time, theta)
    speed = np.gradient(s, time)
    fast = np.flatnonzero(speed >= SLOW * speed.max())
    low, _, high = crossings(time, s)
    there = time[np.flatnonzero(np.abs(1 - s) > 1 - 0.98)[-1]]
    fastest = int(speed.argmax())
    return time[fast[-1]] - time[fast[0]], time[fastest], speed[fastest], high - low, there
