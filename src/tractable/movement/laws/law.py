"""What a law of movement is: how a gesture gets from where it starts to its target."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tractable.contracts import BadInput

Time = Float[np.ndarray, " time"]


@dataclass(frozen=True)
class Law:
    """One law; a gesture is x(t) = x0 + (T - x0) s((t - onset) / tau; theta).

    Parameters
    ----------
    name : in params.yaml, and of the file that defines it.
    theta : what its shape parameter is, and the unit; "" if it has none.
    grid : values of theta that evidence averages over, none of them another law's or all but so
        (a cubic without its cubic term is linear and critical); (nan,) without theta.
    displacement : s(u; theta) at times u in units of tau since the onset: 0 up to it, towards 1.
    tau : what the time scale is, in the law's own terms.
    amplitude_power : theta of one gesture is the class's times (amplitude / the class's largest)
        to this power; 0 for a law without a scale of length.
    shapes_of : the law whose tabulated shapes a gesture of this one has.
    between : values of theta that are tabulated beside those of the grid.
    """

    name: str
    theta: str
    grid: tuple[float, ...]
    displacement: Callable[[Time, float], Time]
    tau: str
    amplitude_power: int = 0
    shapes_of: str = ""
    between: tuple[float, ...] = ()

    def __call__(self, u: Time, theta: float) -> Time:
        """s(u; theta), refused where it does not get to the target.

        Raises
        ------
        BadInput : the law diverges, or is not defined, at this theta.
        """
        found = self.displacement(u, theta)
        if not np.isfinite(found).all():
            first = u[~np.isfinite(found)][0]
            raise BadInput(
                f"law {self.name!r} with {self.theta} {theta:g} diverges: no finite displacement "
                f"at {first:g} time scales; its tabulated values are {self.grid}"
            )
        return found


def refused(name: str, theta: float, expected: str) -> BadInput:
    """The error of a theta for which a law is not defined."""
    return BadInput(f"law {name!r}: parameter {theta:g}, expected {expected}")
