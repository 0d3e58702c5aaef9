"""How formants hang on the shape, asked of any model that is given one."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

#: ln F (frame, formant) of shapes (frame, place + 1): ln d, glottis first, then ln L.
Hearing = Callable[[Tensor], Tensor]


def held(hear: Hearing, windows: Float[Tensor, "frame feature"], features: int) -> Hearing:
    """How a model that is given windows of shapes hears a change that is held over the window.

    Parameters
    ----------
    hear : of windows.
    windows : of the frames that will be asked about, in their order; one frame long, they change
        nothing.
    features : of one frame.

    Returns
    -------
    A hearing of shapes: of the same frames, or of them all several times over.
    """
    count = windows.shape[1] // features
    if count == 1:
        return hear
    middle = windows[:, features * (count // 2) :][:, :features]

    def hear_shapes(shape: Tensor) -> Tensor:
        times = len(shape) // len(windows)
        change = shape - middle.repeat(times, 1)
        return hear(windows.repeat(times, 1) + change.repeat(1, count))

    return hear_shapes


def jacobian(
    hear: Hearing, shape: Float[Tensor, "frame feature"]
) -> Float[Tensor, "frame formant feature"]:
    """dlnF/dlnd on every place and, last, dlnF/dlnL with d held."""
    shape = shape.clone().requires_grad_()
    log_frequency = hear(shape)
    rows = [
        torch.autograd.grad(one.sum(), shape, retain_graph=True)[0]
        for one in log_frequency.unbind(1)
    ]
    return torch.stack(rows, 1)
