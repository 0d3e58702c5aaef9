"""Fields with a network in them, taught by whole trajectories: neural ODE and hybrid ODE."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tractable.contracts import BadInput
from tractable.movement.gestures import Gestures
from tractable.vector_fields.field import Field, Released, Scale, released, travelled

Gesture = Float[np.ndarray, " gesture"]
Weights = list[Tensor]  # a matrix and a bias of each layer in turn
#: Acceleration of distance and velocity in the units of the class, and what a network adds to it.
Parts = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

ASTRAY = 1e6  # mean squared error in the units of the class: movement goes nowhere


@dataclass(frozen=True)
class HybridField(Field):
    """A damped spring and what a network adds to it.

    Parameters
    ----------
    stiffness, damping : of the spring alone [1/s2], [1/s].
    share : of the mean squared acceleration along training movements, the network's.
    """

    stiffness: float
    damping: float
    share: float


def neural_ode(
    gestures: Gestures, onset: Gesture, target: Gesture, *, width: int, steps: int, seed: int
) -> Field:
    """x'' = network(x - T, x'), by least squares of the trajectories from their onsets on.

    Parameters
    ----------
    onset : when each begins [s since the window's first frame].
    target : of each [mm]; forecasts are told their mean.
    width : units of each of two hidden layers.
    steps : of the descent.
    seed : of the weights at first.

    Raises
    ------
    BadInput : no known frame before or after an onset; the descent diverges.

    References
    ----------
    Chen et al. (2018), arXiv:1806.07366; of second order, Norcliffe et al. (2020),
    arXiv:2006.07220. Gradients are those of the integrator's steps.
    """
    told = released(gestures, onset, target)
    weights = initial(width, seed)

    def parts(distance: Tensor, velocity: Tensor) -> tuple[Tensor, Tensor]:
        added = network(weights, distance, velocity)
        return added, added

    descend(parts, weights, told, steps, penalty=0.0)
    return Field("the neural ODE", in_units(parts, told.scale), float(target.mean()), told.scale)


def hybrid_ode(
    gestures: Gestures,
    onset: Gesture,
    target: Gesture,
    *,
    width: int,
    steps: int,
    penalty: float,
    seed: int,
) -> HybridField:
    """x'' = -k (x - T) - b x' + network(x - T, x'), as ``neural_ode``.

    Parameters
    ----------
    penalty : on the mean square of what the network adds, in the units of the class, beside that
        of the trajectories' errors.

    References
    ----------
    Universal differential equations: Rackauckas et al. (2020), arXiv:2001.04385; the penalty on
    what physics leaves: Yin et al. (2021), arXiv:2010.04456.
    """
    told = released(gestures, onset, target)
    weights, spring = initial(width, seed), torch.zeros(2, dtype=torch.float64)

    def parts(distance: Tensor, velocity: Tensor) -> tuple[Tensor, Tensor]:
        stiffness, damping = spring.exp()
        added = network(weights, distance, velocity)
        return added - stiffness * distance - damping * velocity, added

    descend(parts, [*weights, spring], told, steps, penalty)
    stiffness, damping = (float(value) for value in spring.detach().exp())
    clock = told.scale.clock
    return HybridField(
        name="the hybrid ODE",
        acceleration=in_units(parts, told.scale),
        target=float(target.mean()),
        scale=told.scale,
        stiffness=stiffness / clock**2,
        damping=damping / clock,
        share=share(parts, told),
    )


def initial(width: int, seed: int) -> Weights:
    """Random weights that keep the variance of a signal; the last layer's are 0: no movement."""
    random, found = torch.Generator().manual_seed(seed), []
    for come, go in pairwise([2, width, width, 1]):
        weight = torch.randn(come, go, generator=random, dtype=torch.float64) / come**0.5
        found += [weight if go > 1 else 0 * weight, torch.zeros(go, dtype=torch.float64)]
    return found


def network(weights: Weights, distance: Tensor, velocity: Tensor) -> Tensor:
    """Two hidden layers of hyperbolic tangents, then a linear one."""
    hidden = torch.stack([distance, velocity], 1)
    *layers, weight, bias = weights
    for inner, shift in zip(layers[::2], layers[1::2], strict=True):
        hidden = torch.tanh(torch.addmm(shift, hidden, inner))
    return torch.addmm(bias, hidden, weight)[:, 0]


def descend(parts: Parts, learnt: list[Tensor], told: Released, steps: int, penalty: float) -> None:
    """Let ``learnt`` descend along the mean squared error of trajectories, in the class's units.

    By L-BFGS on all gestures: a rollout costs some hundred calls of the network in turn, and
    Adam's first 400 leave more error than the first 60 of these.
    """
    for tensor in learnt:
        tensor.requires_grad_()
    wanted = torch.from_numpy(told.distance / told.scale.distance)
    known = torch.from_numpy(told.known)
    descent = torch.optim.LBFGS(learnt, max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        descent.zero_grad()
        distance, velocity = rolled_out(parts, told)
        total = ((distance - wanted)[known] ** 2).mean()
        if penalty:
            total = total + penalty * (parts(distance[known], velocity[known])[1] ** 2).mean()
        if not total < ASTRAY:  # the line search takes so long a step back
            return total.new_tensor(ASTRAY)
        total.backward()
        return total

    descent.step(loss)
    left = float(loss().detach())
    for tensor in learnt:
        tensor.requires_grad_(False)
    if not left < ASTRAY:
        raise BadInput(
            f"learning an equation of movement from {len(told.start)} gestures: the error is "
            f"{left:g} after {steps} steps; look for outliers in trajectories, onsets and targets"
        )


def rolled_out(parts: Parts, told: Released) -> tuple[Tensor, Tensor]:
    """Distances and velocities at every frame, in the units of the class."""
    start = torch.from_numpy(told.start / told.scale.distance)
    steps = torch.from_numpy(told.steps / told.scale.clock)
    distances, velocities = travelled(lambda y, v: parts(y, v)[0], start, steps)
    return torch.stack(distances), torch.stack(velocities)


def share(parts: Parts, told: Released) -> float:
    """Mean square of what the network adds along training movements, over that of all."""
    known = torch.from_numpy(told.known)
    distance, velocity = rolled_out(parts, told)
    whole, added = parts(distance[known], velocity[known])
    return float((added**2).sum() / (whole**2).sum())


def in_units(parts: Parts, scale: Scale) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Acceleration [mm/s2] of distance [mm] and velocity [mm/s], of arrays."""

    def acceleration(distance: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        y, v = distance / scale.distance, velocity / scale.velocity
        return scale.acceleration * parts(torch.from_numpy(y), torch.from_numpy(v))[0].numpy()

    return acceleration
