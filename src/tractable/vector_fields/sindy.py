"""Sparse identification of nonlinear dynamics: a baseline that takes derivatives of frames."""

import numpy as np
from jaxtyping import Float
from scipy.signal import savgol_filter

from tractable.contracts import BadInput
from tractable.movement.gestures import Gestures
from tractable.vector_fields.field import Field, released

Gesture = Float[np.ndarray, " gesture"]

SMOOTHED = (7, 3)  # frames and degree of Savitzky and Golay's filter
NAMES = ["distance", "velocity"]


def sindy(
    gestures: Gestures, onset: Gesture, target: Gesture, *, degree: int, threshold: float
) -> Field:
    """x'' as a sparse polynomial of x - T and x', by derivatives of smoothed trajectories.

    Parameters
    ----------
    onset : when each begins [s since the window's first frame].
    target : of each [mm]; forecasts are told their mean.
    degree : of the polynomial.
    threshold : coefficients below it, in the units of the class, are taken as 0 and the others
        fitted anew, until none falls.

    Raises
    ------
    BadInput : pysindy is not installed; a gap, or too few frames, after an onset.

    References
    ----------
    Brunton, Proctor & Kutz (2016), doi:10.1073/pnas.1517384113; pysindy: Kaptanoglu et al. (2022),
    doi:10.21105/joss.03994.
    """
    try:
        import pysindy
    except ImportError as missing:
        raise BadInput("SINDy needs pysindy: pip install 'tractable[sindy]'") from missing
    scale = released(gestures, onset, target).scale
    pace = gestures.period / scale.clock
    paths = [path / scale.distance for path in unbroken(gestures, onset, target)]
    states, rates = zip(*[derivatives(path, pace) for path in paths], strict=True)
    model = pysindy.SINDy(
        optimizer=pysindy.STLSQ(threshold=threshold, alpha=0.0),
        feature_library=pysindy.PolynomialLibrary(degree=degree),
    )
    model.fit(list(states), t=pace, x_dot=list(rates), feature_names=NAMES)
    coefficients, powers = model.coefficients()[1], model.feature_library.powers_.T

    def acceleration(distance: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        y, v = distance[:, None] / scale.distance, velocity[:, None] / scale.velocity
        return scale.acceleration * (y ** powers[0] * v ** powers[1]) @ coefficients

    return Field("SINDy", acceleration, float(target.mean()), scale)


def unbroken(gestures: Gestures, onset: Gesture, target: Gesture) -> list[np.ndarray]:
    """Distances to the target [mm] at the frames after each onset.

    Raises
    ------
    BadInput : a gap among them, or too few of them for a derivative.
    """
    found = []
    for gesture, path in enumerate(gestures.trajectory - target[:, None]):
        known = np.flatnonzero(np.isfinite(path) & (gestures.time > onset[gesture]))
        if len(known) < SMOOTHED[0] or np.ptp(known) >= len(known):
            raise BadInput(
                f"SINDy: {gestures.named(gesture)} has {len(known)} known frames after its onset, "
                f"expected {SMOOTHED[0]} or more without a gap, for derivatives; leave it out"
            )
        found.append(path[known])
    return found


def derivatives(
    path: Float[np.ndarray, " frame"], pace: float
) -> tuple[Float[np.ndarray, "frame 2"], Float[np.ndarray, "frame 2"]]:
    """Distance and velocity, and velocity and acceleration, of a path smoothed, in clocks."""
    speed, rate = (savgol_filter(path, *SMOOTHED, deriv=n, delta=pace) for n in (1, 2))
    return np.stack([path, speed], 1), np.stack([speed, rate], 1)
