"""What of an explanation is chance: the same shapes, put before the models of all folds, and twins.

Some of the frames then taught a model that is asked about them. That is no matter here: nobody
asks whether it is right, only whether another, taught as well, would have said the same.
"""

import numpy as np
import torch
from jaxtyping import Float

from tractable.explanations.attributions import among
from tractable.explanations.subject import Subject
from tractable.models.hearing import held, jacobian
from tractable.models.model import Model

Array = np.ndarray


def repeated(subject: Subject, name: str, *, frames: int) -> dict[str, Array]:
    """dlnF/dlnd by the model of every fold, and by the twin of the one that holds a frame out.

    Parameters
    ----------
    frames : of the explained ones that are asked about, evenly spread; the others are NaN.

    Returns
    -------
    ``fold_sensitivity`` (frame, fold, formant, place), ``twin_sensitivity`` (frame, formant,
    place), NaN where a model has no twin.
    """
    shelf, few = subject.shelf, subject.some(frames)
    given, fold = tuple(part[few] for part in subject.given(name)), subject.fold[few]
    every = [derivatives(shelf.model(name, k), *given) for k in range(shelf.folds)]
    twin = np.full_like(every[0], np.nan)
    if shelf.has_twin(name):
        for k in np.unique(fold):
            rows = fold == k
            twin[rows] = derivatives(shelf.twin(name, int(k)), *(part[rows] for part in given))
    told = {"fold_sensitivity": np.stack(every, 1), "twin_sensitivity": twin}
    return {word: among(len(subject.fold), few, part) for word, part in told.items()}


def derivatives(
    model: Model,
    windows: Float[Array, "frame window"],
    shapes: Float[Array, "frame feature"],
) -> Float[Array, "frame formant place"]:
    """dlnF/dlnd of one model; a change is held over windows."""
    shape, window = torch.from_numpy(shapes), torch.from_numpy(windows)
    return jacobian(held(model.hear, window, shape.shape[1]), shape).numpy()[..., :-1]
