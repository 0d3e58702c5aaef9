"""Stores of gestures whose law is known, as the stage ``dynamics`` would write them."""

import numpy as np
import xarray as xr

from tractable.contracts import DYNAMICS, described
from tractable.dynamics.trajectories import VARIABLES
from tractable.movement.simulated import WEAK, kinematics, simulate
from tractable.scores.movement import Movement

RATE, WHITE = 83.28, 0.25  # Hz; mm2, variance of what measuring adds
LIPS = "lip aperture"
STILL = "velum aperture"  # has no gesture
MM = 1e-3  # m
#: What the battery asks of such gestures, of few and soon.
ASKED = Movement(
    variables=[LIPS, STILL],
    reference="linear",
    most=200,
    most_in_evidence=40,
    replicates=2,
    confidence=0.95,
    parts=2,
    least=8,
    seed=1,
)


def dynamics(
    law: str,
    theta: float,
    count: int,
    *,
    speaker: str = "s0",
    seed: int = 0,
    moves: str = LIPS,
    noise: float = WHITE,
    **ranges,
) -> xr.Dataset:
    """Gestures of one variable and direction, drawn as `simulate` draws them; there may be none.

    ``noise`` is the variance of what measuring adds [mm2].
    """
    made = simulate(
        law, theta, count=max(count, 1), noise_autocovariance=np.array([noise]),
        random=np.random.default_rng(seed), frame_rate=RATE, **ranges,
    )  # fmt: skip
    gestures = made.gestures.chosen(np.arange(count))
    size, lasts = MM * (made.target - made.x0)[:count], kinematics(law, theta)[0] * made.tau
    times = {"start": made.onset, "peak": made.peak, "end": made.onset + lasts}
    nothing, unknown = np.zeros(count), np.full((*gestures.trajectory.shape, 3), np.nan)
    known = list(VARIABLES)
    words = {"moves": moves, "direction": "closing", "phone_before": "a", "phone_after": "p"}
    parts = {
        "gesture": np.arange(count), "frame": gestures.time, "formant": np.arange(1, 4),
        "trajectory": MM * gestures.trajectory, "trajectory_sd": unknown[..., 0],
        "contact": np.zeros(gestures.trajectory.shape, bool),
        "frequency": unknown, "frequency_sd": unknown, "clip_of_gesture": nothing,
        "begin": gestures.time[-1] * np.arange(count), "amplitude": size,
        "peak_velocity": size * made.peak_velocity[:count],
        **{name: time[:count] for name, time in times.items()},
        **{name: np.full(count, word) for name, word in words.items()},
        "variable": np.array(known), "lag": np.zeros(1),
        "noise_autocovariance": np.full((len(known), 1), MM**2 * max(noise, WEAK)),
        "plateaus": np.full(len(known), 12),
        "reason": np.array(["in contact"]), "excluded": np.zeros((len(known), 1)),
    }  # fmt: skip
    return described(DYNAMICS, parts, corpus="phantom", speaker=speaker, frame_rate=RATE)


def speakers(*counts: int, moves: str, law: str = "linear", theta: float = 1.0) -> dict:
    """Stores by speaker: so many gestures of each, of half a millimetre of noise."""
    return {
        f"s{k}": {"dynamics": dynamics(law, theta, n, speaker=f"s{k}", seed=k, moves=moves)}
        for k, n in enumerate(counts)
    }


def with_noise(*names: str, noise: float) -> dict:
    """Stores of speakers with so much white noise on plateaus [mm2]."""
    found = dynamics("linear", 1.0, 2, noise=noise)
    return {name: {"dynamics": found} for name in names}
