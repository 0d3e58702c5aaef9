"""Gestures whose law is known teach, others are forecast: and which law is held meanwhile?"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.movement.fitting import Fits, fit
from tractable.movement.laws import law
from tractable.movement.pooled import class_stiffness, pooled
from tractable.movement.simulated import Simulated, simulate
from tractable.movement.skill import ForwardSkill, forecast, learnt, skill_of
from tractable.vector_fields import field
from tractable.vector_fields.field import Field, Linearised

SPRINGS = ("linear", "cubic", "scaled", "ramp")  # laws with a stiffness and a damping at the target
#: What a forecast can learn of a class: durations [s] and targets [mm] that are nearly alike.
COMMON = {"duration": (0.14, 0.16), "target": (-0.3, 0.3)}
Teach = Callable[..., Field]  # of gestures, their onsets and targets


class Trial(NamedTuple):
    """Two sets of gestures of one class, with the law that made both."""

    name: str
    theta: float
    taught: Simulated
    asked: Simulated
    fits: Fits  # of those that teach, their onsets known

    @property
    def tau(self) -> float:
        """Time scale of the class [s]."""
        return float(np.exp(np.log(self.taught.tau).mean()))

    @property
    def truth(self) -> Linearised:
        """Stiffness and damping at the target, of one of `SPRINGS`."""
        ratio = self.theta if self.name == "linear" else 1.0
        return Linearised(1 / self.tau**2, 2 * ratio / self.tau)

    def skill(self, told: Float[np.ndarray, "gesture frame"]) -> ForwardSkill:
        """Of a forecast [mm] of the gestures that are asked."""
        return skill_of(told, self.fits, self.asked.gestures, self.asked.onset)

    def by_law(self, name: str) -> Float[np.ndarray, "gesture frame"]:
        """What a law tells of them [mm], fitted to those that teach."""
        return forecast(learnt(self.fits, law(name)), self.asked.gestures, self.asked.onset)

    def by_field(self, told: Field) -> Float[np.ndarray, "gesture frame"]:
        """What an equation tells of them [mm].

        Raises
        ------
        BadInput : it diverges.
        """
        return field.forecast(told, self.asked.gestures, self.asked.onset)

    def teach(self, learn: Teach, **options: Any) -> Field:
        """An equation that is taught by gestures, their true onsets and targets."""
        return learn(self.taught.gestures, self.taught.onset, self.taught.target, **options)

    def spring(self, name: str) -> Linearised:
        """Stiffness and damping of a law of `SPRINGS`, fitted to the gestures that teach."""
        best = pooled(self.fits, law(name))
        stiffness = class_stiffness(self.fits, best.shape, confidence=0.95).value
        ratio = best.theta if name == "linear" else 1.0
        return Linearised(stiffness, 2 * ratio * stiffness**0.5)


def trial(
    name: str,
    theta: float,
    *,
    count: int,
    noise_autocovariance: Float[np.ndarray, " lag"],
    seeds: tuple[int, int],
    **ranges: Any,
) -> Trial:
    """``count`` simulated gestures of a law that teach, and as many that are asked.

    Parameters
    ----------
    noise_autocovariance : at lags from 0 on [mm2].
    seeds : of those that teach, and of those that are asked.
    ranges : of `simulate`.
    """
    taught, asked = (
        simulate(
            name,
            theta,
            count=count,
            noise_autocovariance=noise_autocovariance,
            random=np.random.default_rng(seed),
            **ranges,
        )
        for seed in seeds
    )
    return Trial(name, theta, taught, asked, fit(taught.gestures, onset=taught.onset))
