"""A speaker's gestures made anew with amplitudes exchanged, and found again.

Amplitude and duration seem related where gestures overlap, and where thresholds choose among them.
What is related here is so by these alone: each gesture keeps its time and its duration, and has the
amplitude of another one. Of gestures that overlap a little (plateaus of -50 to 50 ms) the whole
seeming relation comes back (r of .11 for .11), of such as overlap by up to 0.1 s half of it (.17
for .36): what was found is cut short already.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Int
from scipy.linalg import toeplitz
from scipy.signal import lfilter

from tractable.dynamics.gestures import criteria
from tractable.dynamics.noise import Noise, regression
from tractable.dynamics.segmentation import Found, find_gestures
from tractable.movement.laws import law
from tractable.movement.simulated import kinematics

ASIDE = 0.3  # s at rest before the first gesture of a clip and after its last
SETTLED = 200  # frames after which noise has forgotten that it began at 0
CRITERIA = ("velocity", "significance", "dip", "share", "rest", "longest", "fastest", "least")


def amplitudes_exchanged(
    found: xr.Dataset,
    variable: str,
    *,
    name: str,
    theta: float,
    finder: Mapping[str, Any],
    random: np.random.Generator,
) -> list[Found]:
    """What is found in speech in which no amplitude has to do with a duration.

    Parameters
    ----------
    found : gestures of a speaker (contract DYNAMICS).
    variable : whose gestures are made anew; nothing touches in them, and no label expects them.
    name, theta : law of all of them, whatever their amplitude.
    finder : what ``gestures`` was asked for, the section ``dynamics`` of params.yaml.
    random : exchanges amplitudes, and draws the noise that plateaus have.

    Returns
    -------
    Gestures in m and frames; none where there were none, or no plateau.
    """
    own = found.isel(gesture=np.flatnonzero(found.moves.values == variable))
    covariance = found.noise_autocovariance.sel(variable=variable).values
    if own.sizes["gesture"] == 0 or not covariance[0] > 0:
        return []
    rate = found.attrs["frame_rate"]
    paths = made_anew(own, rate, name, theta, random.permutation(own.sizes["gesture"]))
    still = as_noise(covariance)
    path = np.concatenate(paths)
    values = path + drawn(still, len(path), random)
    run = np.repeat(np.arange(len(paths)), list(map(len, paths)))
    nowhere = np.zeros(len(values), bool)
    asked = criteria(rate, **{word: finder[word] for word in CRITERIA})
    return find_gestures(values, run, nowhere, nowhere, still, rate, asked)[0]


def made_anew(
    own: xr.Dataset, rate: float, name: str, theta: float, order: Int[np.ndarray, " gesture"]
) -> list[Float[np.ndarray, " time"]]:
    """The trajectory of every clip [m], without noise.

    Parameters
    ----------
    order : whose amplitude each gesture gets; its direction is its own.
    """
    size, clips = own.amplitude.values, own.clip_of_gesture.values
    start, peak, end = (own.begin.values + own[part].values for part in ("start", "peak", "end"))
    way = np.sign(size) * np.abs(size)[order]
    lasts, fastest, *_ = kinematics(name, theta)
    tau = (end - start) / lasts
    onset = peak - tau * fastest
    paths = []
    for clip in np.unique(clips):
        of = np.flatnonzero(clips == clip)
        time = np.arange(start[of].min() - ASIDE, end[of].max() + ASIDE, 1 / rate)
        moved = [way[k] * law(name)((time - onset[k]) / tau[k], theta) for k in of]
        paths.append(np.sum(moved, 0))
    return paths


def as_noise(autocovariance: Float[np.ndarray, " lag"]) -> Noise:
    """The autoregression of an autocovariance, by the Yule-Walker equations."""
    orders = range(1, len(autocovariance))
    partial = [
        np.linalg.solve(toeplitz(autocovariance[:order]), autocovariance[1 : order + 1])[-1]
        for order in orders
    ]
    return Noise(float(np.sqrt(autocovariance[0])), np.array(partial, float), 0)


def drawn(noise: Noise, frames: int, random: np.random.Generator) -> Float[np.ndarray, " time"]:
    """So many frames of noise."""
    innovation = noise.level * np.sqrt(np.prod(1 - noise.partial**2))
    white = innovation * random.standard_normal(SETTLED + frames)
    return lfilter([1.0], [1.0, *-regression(noise.partial)], white)[SETTLED:]
