"""Shapes of laws in tables, all on one clock that no law owns.

The clock of a shape is its middle (where half of the way is gone, 0) and its rise (from 20 to 80 %,
1). Every law then has nearly the same middle and rise on the same trajectory, so that a fit of one
is a good start for all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int, Shaped

from tractable.contracts import BadInput, likely
from tractable.movement.laws import LAWS, Law, law

BEFORE, AFTER, STEP = 5.0, 12.0, 0.005  # rises before and after the middle, and between entries
GRID = np.arange(-BEFORE, AFTER + STEP / 2, STEP)
LEVELS = (0.2, 0.5, 0.8)
FINE = 20_001  # times at which crossings are sought
LONGEST = 1e4  # time scales within which 80 % of the way must be gone
REFERENCE = ("linear", 1.0)  # critically damped: all others are held against it


@dataclass(frozen=True)
class Shapes:
    """Tabulated shapes, in rises from the middle.

    Parameters
    ----------
    law, theta : whose, and its parameter (NaN: none).
    displacement, slope : s and ds/dv at every entry v of ``GRID``.
    onset : where movement begins [rises from the middle].
    peak, fastest : where the slope is largest, and how large that is.
    tau : time scale of the law [rises].
    """

    law: Shaped[np.ndarray, " shape"]
    theta: Float[np.ndarray, " shape"]
    displacement: Float[np.ndarray, "shape entry"]
    slope: Float[np.ndarray, "shape entry"]
    onset: Float[np.ndarray, " shape"]
    peak: Float[np.ndarray, " shape"]
    fastest: Float[np.ndarray, " shape"]
    tau: Float[np.ndarray, " shape"]

    def __len__(self) -> int:
        return len(self.theta)

    @property
    def reference(self) -> int:
        """Which of them is linear and critically damped."""
        return self.of(*REFERENCE)

    def of(self, name: str, theta: float) -> int:
        """Which of them is that shape.

        Raises
        ------
        BadInput : it is not tabulated.
        """
        own = self.law == name
        found = np.flatnonzero(own & np.isclose(self.theta, theta, equal_nan=True))
        if len(found) == 0:
            hint = list(self.theta[own]) if own.any() else likely(name, set(map(str, self.law)))
            raise BadInput(f"no tabulated shape of {name!r} with parameter {theta}; {hint}")
        return int(found[0])

    def members(
        self,
        of: Law,
        theta: float,
        amplitude: Float[np.ndarray, "shape gesture"],
        largest: float,
    ) -> Int[np.ndarray, " gesture"]:
        """Which shape every gesture of a class has under a law whose theta the class shares.

        The amplitude [mm] is asked of each candidate's own fit: the shape is taken whose
        theta is nearest to what the law says for the amplitude that this shape finds. ``largest``
        is the amplitude of the class that theta is said at.
        """
        if not of.amplitude_power:
            return np.full(amplitude.shape[1], self.of(of.name, theta))
        candidates, own = self.softening(of)
        asked = theta * (amplitude[candidates] / largest) ** of.amplitude_power
        return candidates[np.abs(asked - own[:, None]).argmin(0)]

    def at_largest(self, of: Law, theta: float) -> int:
        """The shape of a class's largest gesture, which is what theta is said of."""
        if not of.amplitude_power:
            return self.of(of.name, theta)
        candidates, own = self.softening(of)
        return int(candidates[np.abs(own - theta).argmin()])

    def softening(
        self, of: Law
    ) -> tuple[Int[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        """Shapes that a law picks from by amplitude, and their theta, 0 of the reference."""
        others = np.flatnonzero(self.law == of.shapes_of)
        return np.append(self.reference, others), np.append(0.0, self.theta[others])


@lru_cache
def tabulated(names: tuple[str, ...] = tuple(LAWS)) -> Shapes:
    """The shapes of these laws on their grids, the reference always among them."""
    chosen = [(law(name), theta) for name in names for theta in all_thetas(law(name))]
    chosen = [(of, theta) for of, theta in chosen if not of.shapes_of]
    if REFERENCE not in [(of.name, theta) for of, theta in chosen]:
        chosen.insert(0, (law(REFERENCE[0]), REFERENCE[1]))
    return stacked([shape_of(of, theta) for of, theta in chosen])


def all_thetas(of: Law) -> list[float]:
    return sorted({*of.between, *of.grid})


def stacked(parts: Iterable[Shapes]) -> Shapes:
    """Several tables in one."""
    parts = list(parts)
    return Shapes(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Shapes)
        }
    )


def shape_of(of: Law, theta: float) -> Shapes:
    """One shape of a law, tabulated.

    Raises
    ------
    BadInput : the law diverges at this theta, does not get to the target, or takes longer for it
        than the table does.
    """
    last = settling(of, theta)
    time = np.linspace(0.0, last, FINE)
    low, middle, high = crossings(time, of(time, theta))
    rise = high - low
    entry = middle + rise * GRID
    return one_shape(of.name, theta, of(entry, theta), -middle / rise, 1 / rise)


def one_shape(
    name: str, theta: float, displacement: Float[np.ndarray, " entry"], onset: float, tau: float
) -> Shapes:
    """A table of one shape from its displacement on ``GRID``."""
    slope = np.gradient(displacement, STEP)
    peak = int(slope.argmax())
    numbers = {
        "theta": theta,
        "onset": onset,
        "peak": GRID[peak],
        "fastest": slope[peak],
        "tau": tau,
    }
    if onset < -BEFORE:
        raise BadInput(
            f"law {name!r} with parameter {theta:g}: its onset is {-onset:.1f} rises before its "
            f"middle, the table begins {BEFORE:g} before; take a smaller parameter"
        )
    return Shapes(
        law=np.array([name]),
        displacement=displacement[None],
        slope=slope[None],
        **{word: np.array([float(value)]) for word, value in numbers.items()},
    )


def crossings(
    time: Float[np.ndarray, " time"], displacement: Float[np.ndarray, " time"]
) -> Float[np.ndarray, " level"]:
    """When 20, 50 and 80 % of the way are first gone, by linear interpolation."""
    after = np.array([int((displacement >= level).argmax()) for level in LEVELS])
    before = np.maximum(after - 1, 0)
    gained = displacement[after] - displacement[before]
    return time[before] + (LEVELS - displacement[before]) / gained * (time[after] - time[before])


def settling(of: Law, theta: float) -> float:
    """A time within which a shape has gone 80 % of its way, in time scales.

    Raises
    ------
    BadInput : there is none.
    """
    last = 1.0
    while of(np.array([last]), theta)[0] < LEVELS[-1]:
        last *= 2
        if last > LONGEST:
            raise BadInput(
                f"law {of.name!r} with {of.theta} {theta:g} does not go {LEVELS[-1]:.0%} of its "
                f"way within {LONGEST:g} time scales"
            )
    return last
