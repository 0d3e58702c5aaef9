"""Classes of gestures that have much in common, with a known law."""

import numpy as np

from tractable.movement.simulated import simulate
from tractable.vector_fields.field import Field, Scale

COMMON = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}


def drawn(name="linear", theta=1.0, *, level=0.0, count=20, seed=1, **ranges):
    """With white noise of so many mm."""
    random, noise = np.random.default_rng(seed), np.array([level**2])
    common = COMMON | ranges
    return simulate(name, theta, count=count, noise_autocovariance=noise, random=random, **common)


def stiffness_of(truth):
    """Of the class, per unit of mass [1/s2]."""
    return float(np.exp(-2 * np.log(truth.tau).mean()))


def spring(stiffness, damping, *, softening=0.0, target=0.0):
    """A known field; softening in 1/mm2."""

    def acceleration(distance, velocity):
        return -stiffness * (distance - softening * distance**3) - damping * velocity

    return Field("a spring", acceleration, target, Scale(10.0, 0.07))
