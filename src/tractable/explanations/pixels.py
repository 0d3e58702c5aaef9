"""What each place of the tract did to a formant, asked of models that see pictures alone.

Pixels are attributed, against the speaker's mean picture, and what each is given is carried to the
place of the measured midline that it lies nearest to. So a model that has never heard of a place
answers as those do that are given shapes.
"""

from functools import partial

import numpy as np
import torch
from captum.attr import IntegratedGradients
from jaxtyping import Bool, Float, Int

from tractable.explanations.attributions import among
from tractable.models.asking import Shelf, by_fold
from tractable.models.examples import Measured, pixel_places
from tractable.models.model import Model

Array = np.ndarray
DIRECTION = "picture_to_sound"


def seen(
    shelf: Shelf,
    measured: Measured,
    frames: Int[Array, " frame"],
    fold: Int[Array, " frame"],
    few: Int[Array, " few"],
    *,
    steps: int,
    reach: float,
) -> dict[str, Array]:
    """Attributions of pixels by place, under the names of the contract; nothing without a model.

    Parameters
    ----------
    frames, fold : index on the clock of the explained frames, and the fold that holds each out.
    few : which of them are attributed; the others are NaN.
    steps : of integrated gradients, by the rule of Gauss and Legendre.
    reach : from the midline, beyond which a pixel is near no place [m].
    """
    names = shelf.names(DIRECTION)
    if not names:
        return {}
    assert measured.pictures is not None
    midline = measured.areas.midline.values[frames[few]]
    places = pixel_places(measured.pictures, shelf.examples["side"])
    near = nearest(places, midline, reach=reach)
    ask = partial(pixels_asked, steps=steps)
    shown = [shelf.given(name, measured)[frames[few]] for name in names]
    told = [
        by_fold(shelf, name, fold[few], (given, near), ask)
        for name, given in zip(names, shown, strict=True)
    ]
    answers = {word: np.stack([answer[word] for answer in told], 1) for word in told[0]}
    share = shown[0] ** 2 / (shown[0] ** 2).sum(1, keepdims=True)
    motion = np.einsum("kx,kpx->kp", share, near)
    return {
        "picture_model": np.array(names),
        "picture_motion": among(len(frames), few, motion),
        **{f"picture_{word}": among(len(frames), few, part) for word, part in answers.items()},
    }


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
    steps: int,
) -> dict[str, Array]:
    """What pixels add to ln F beyond the mean picture's, of one model; its frames are all asked.

    Returns
    -------
    ``attribution`` (frame, formant, place), of the pixels near a place; ``rest`` (frame, formant),
    of those near none; ``off_tract`` (frame, formant), their share of the sizes of all;
    ``departure`` (frame, formant), ln F less that of the mean picture.
    """
    picture = torch.from_numpy(given)
    mean = torch.zeros_like(picture[:1])  # pictures are differences from the speaker's mean
    way = IntegratedGradients(model.hear)
    with torch.no_grad():
        departure = (model.hear(picture) - model.hear(mean)).numpy()
    rows = [
        way.attribute(picture, mean, formant, n_steps=steps).detach().numpy()
        for formant in range(departure.shape[1])
    ]
    found, beside = np.stack(rows, 1), ~np.any(near, axis=1)[:, None]
    size = np.abs(found)
    return {
        "attribution": np.einsum("knx,kpx->knp", found, near),
        "rest": (found * beside).sum(-1),
        "off_tract": (size * beside).sum(-1) / size.sum(-1),
        "departure": departure,
    }
