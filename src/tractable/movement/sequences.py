"""Gestures one after the other, whose onsets are known: a trajectory that is linear in its targets.

Target approximation (``laws.target``) carries its state over from one target to the next, and its
systems are linear: a trajectory is the sum of its targets, each by how much of the way to it is
gone and to the next one is not. So the targets of a trajectory that somebody else drew are found by
least squares.
"""

import numpy as np
from jaxtyping import Float

from tractable.movement.laws import target


def shares(
    onset: Float[np.ndarray, " onset"], frames: int, frame_rate: float, *, order: int, tau: float
) -> Float[np.ndarray, "time target"]:
    """What part of a trajectory each target is, in every frame; together they are 1.

    Parameters
    ----------
    onset : when the movement to each target but the first begins [s since the first frame], in
        order; it may lie before the first frame. At the first target it rests before.
    frame_rate : Hz.
    order : of target approximation, N.
    tau : time scale of each of its N systems [s].

    Raises
    ------
    BadInput : an order that is no whole number of 1 or more.
    """
    u = (np.arange(frames)[:, None] / frame_rate - onset) / tau
    gone = target.displacement(u.ravel(), float(order)).reshape(u.shape)
    gone = np.concatenate([np.ones((frames, 1)), gone, np.zeros((frames, 1))], 1)
    return gone[:, :-1] - gone[:, 1:]


def targets(
    values: Float[np.ndarray, "time column"],
    share: Float[np.ndarray, "time target"],
    penalty: float,
) -> Float[np.ndarray, "target column"]:
    """Targets whose trajectory is nearest to one that was drawn: ridge regression.

    Parameters
    ----------
    values : of any unit, that of the targets.
    share : of each target in each frame, as of ``shares``.
    penalty : above 0; as much as if so many more frames had said that a target is the mean of all
        values. It settles targets that hardly any frame tells.
    """
    mean = values.mean(0)
    square = share.T @ share + penalty * np.eye(share.shape[1])
    return mean + np.linalg.solve(square, share.T @ (values - mean))
