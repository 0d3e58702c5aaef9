"""The noise of plateaus that simulated movements of a figure are given."""

import numpy as np
from jaxtyping import Float

from tractable.contracts import BadInput, likely
from tractable.figures.vowels import Speakers


def plateau_noises(
    speakers: Speakers, variables: list[str], *, asked_by: str
) -> dict[str, Float[np.ndarray, "variable lag"]]:
    """Autocovariance of the noise of whoever has plateaus of all these variables [m2].

    Parameters
    ----------
    asked_by : the figure that names them.

    Raises
    ------
    BadInput : a variable that is none.
    """
    found = {}
    for name, stores in speakers.items():
        dynamics = stores["dynamics"]
        known = dynamics["variable"].values.tolist()
        for variable in variables:
            if variable not in known:
                hint = likely(variable, known)
                raise BadInput(f"{asked_by}: no variable {variable!r}; {hint}")
        own = dynamics.noise_autocovariance.sel(variable=variables).values
        if (own[:, 0] > 0).all():
            found[name] = own
    return found
