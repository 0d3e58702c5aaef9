"""What each place of the tract did to a formant, asked of models that see pictures alone.

Pixels are attributed, by the methods that shapes are, against the speaker's mean picture or (by
gradient SHAP) the other pictures that are asked about; what each is given is carried to the place
of the measured midline that it lies nearest to. So a model that has never heard of a place answers
as those do that are given shapes.
"""

from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float

from tractable.explanations.attributions import Attributing, among, by_explainer
from tractable.explanations.subject import Subject
from tractable.models.asking import by_fold
from tractable.models.examples import pixel_places
from tractable.models.model import Model

Array = np.ndarray


def seen(subject: Subject, how: Attributing, *, reach: float) -> dict[str, Array]:
    """Attributions of pixels by place, under the names of the contract; nothing without a model.

    Parameters
    ----------
    how : pixels are attributed, in some of the explained frames; the others are NaN.
    reach : from the midline, beyond which a pixel is near no place [m].
    """
    if not subject.pictures:
        return {}
    few, measured = subject.some(how.frames), subject.measured
    assert measured.pictures is not None
    midline = measured.areas.midline.values[subject.frames[few]]
    places = pixel_places(measured.pictures, subject.shelf.examples["side"])
    near = nearest(places, midline, reach=reach)
    ask = partial(pixels_asked, how=how)
    told = [
        by_fold(subject.shelf, name, subject.fold[few], (given[few], near), ask)
        for name, given in subject.pictures.items()
    ]
    answers = {word: np.stack([answer[word] for answer in told], 1) for word in told[0]}
    energy = next(iter(subject.pictures.values()))[few] ** 2  # all are shown the same
    share = energy / energy.sum(1, keepdims=True)
    answers["motion"] = np.einsum("kx,kpx->kp", share, near)
    count = len(subject.fold)
    named = {f"picture_{word}": among(count, few, part) for word, part in answers.items()}
    return {"picture_model": np.array(list(subject.pictures)), **named}


def nearest(
    pixels: Float[Array, "pixel axis"], midline: Float[Array, "frame place axis"], *, reach: float
) -> Bool[Array, "frame place pixel"]:
    """Which place of the midline each pixel lies nearest to, if that is within ``reach`` [m]."""
    apart = np.linalg.norm(midline[:, :, None] - pixels, axis=-1)
    closest = apart.argmin(1)[:, None] == np.arange(midline.shape[1])[:, None]
    return closest & (apart.min(1)[:, None] <= reach)


def pixels_asked(
    model: Model,
    given: Float[Array, "frame pixel"],
    near: Bool[Array, "frame place pixel"],
    *,
    how: Attributing,
) -> dict[str, Array]:
    """What pixels add to ln F beyond the mean picture's, of one model; its frames are all asked.

    Integrated gradients and gradient SHAP are of single pixels. By occlusion those nearest to one
    place become the mean picture's together, and those near none likewise: a place returns whole,
    as that of a shape does, where a window of fixed size would belong to several places.

    Returns
    -------
    ``attribution`` (frame, explainer, formant, place), of the pixels near a place; ``rest`` (frame,
    explainer, formant), of those near none; ``off_tract`` (frame, formant), their share of the
    squares of all, by integrated gradients; ``departure`` (frame, formant), ln F less that of the
    mean picture.
    """
    picture = torch.from_numpy(given)
    mean = torch.zeros_like(picture[:1])  # pictures are differences from the speaker's mean
    with torch.no_grad():
        departure = (model.hear(picture) - model.hear(mean)).numpy()
    off = ~np.any(near, axis=1)
    nearest_to = torch.from_numpy(np.where(off, near.shape[1], near.argmax(1)))
    told = by_explainer(model.hear, picture, mean, together=nearest_to, **how.sampling)
    found, beside = told.numpy(), off[:, None]
    size = found[:, 0] ** 2  # by integrated gradients, as the pictures' own changes are weighed
    return {
        "attribution": np.einsum("kenx,kpx->kenp", found, near),
        "rest": (found * beside[:, None]).sum(-1),
        "off_tract": (size * beside).sum(-1) / size.sum(-1),
        "departure": departure,
    }
