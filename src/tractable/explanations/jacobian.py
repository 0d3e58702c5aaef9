"""How every formant depends on every place, by the model's own derivative."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

#: ln F (frame, formant) of shapes (frame, place + 1): ln d, glottis first, then ln L.
Hearing = Callable[[Tensor], Tensor]


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
