"""Gestures whose law is known: made by the law itself, seen by a camera, with noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from tractable.movement.gestures import Gestures
from tractable.movement.laws import law
from tractable.movement.noise import noise
from tractable.movement.shapes import crossings, settling

SLOW = 0.2  # of peak speed: a movement lasts while it is faster, as the field measures it
LEFT = 0.02  # of the way, when a gesture is all but there
FINE = 4001
WEAK = 1e-6  # mm2, variance that stands for none


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
    target: tuple[float, float] = (-1.0, 1.0),
    speaker: str = "simulated",
) -> Simulated:
    """A class of closing gestures of one law; ranges are drawn from evenly.

    Parameters
    ----------
    theta : of the law; of one with an amplitude power, at the class's largest amplitude.
    noise_autocovariance : of what is added [mm2]; a variance of 0 adds nothing.
    amplitude : x0 - T [mm].
    duration : while speed is above a fifth of its peak [s]; of a law with an amplitude power, what
        it would be at the largest amplitude, so that stiffness does not hang on amplitude.
    plateau : how long it is seen before the onset, and after 98 % of the way are gone [s].
    target : T [mm].
    """
    of, size = law(name), random.uniform(*amplitude, count)
    power = of.amplitude_power
    own = [theta * ratio**power if power else theta for ratio in size / size.max()]
    _, peak, speed, rise, end = np.array([kinematics(name, one) for one in own]).T
    tau = random.uniform(*duration, count) / kinematics(name, theta)[0]
    onset = random.uniform(*plateau, count)
    last = onset + tau * end + random.uniform(*plateau, count)
    time = np.arange(int(last.max() * frame_rate) + 1) / frame_rate
    clock = (time - onset[:, None]) / tau[:, None]
    s = np.array([of(u, one) for u, one in zip(clock, own, strict=True)])
    goal = random.uniform(*target, count)
    trajectory = goal[:, None] + size[:, None] * (1 - s)
    covariance = np.tile(noise_autocovariance.astype(float), (count, 1))
    if covariance[0, 0] > 0:
        trajectory = trajectory + noise(covariance, len(time), random)
    else:
        covariance[:, 0] = WEAK
    seen = np.where(time <= last[:, None], trajectory, np.nan)
    labels = [np.full(count, word) for word in (speaker, "simulated", "closing")]
    gestures = Gestures(seen, time, covariance, *labels)
    fastest = onset + tau * peak, speed / tau
    return Simulated(gestures, onset, tau, goal + size, goal, *fastest, rise * tau)


@lru_cache
def kinematics(name: str, theta: float) -> tuple[float, float, float, float, float]:
    """Of a shape, in time scales: duration, time of peak speed, that speed, rise, all but there."""
    of = law(name)
    time = np.linspace(0.0, 3 * settling(of, theta), FINE)
    s = of(time, theta)
    speed = np.gradient(s, time)
    fast = np.flatnonzero(speed >= SLOW * speed.max())
    low, _, high = crossings(time, s)
    there = time[np.flatnonzero(np.abs(1 - s) > LEFT)[-1]]
    fastest = int(speed.argmax())
    return time[fast[-1]] - time[fast[0]], time[fastest], speed[fastest], high - low, there
