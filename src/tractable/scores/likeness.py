"""Centred kernel alignment: do two layers hold the same, and is it what physics depends on?"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from tractable.scores.evidence import Evidence, Stores
from tractable.scores.layers import Frames, Layer

Array = np.ndarray
PHYSICS = ("areas", "sensitivities")  # what layers are compared with besides each other
FEWEST = 4  # frames of which the estimate can be made


def centred(held: Float[Array, "frame unit"]) -> Float[Array, "frame other"]:
    """Products of frames with frames, without those with themselves, and all rows of sum 0.

    Sums of products of two such matrices are unbiased: independent layers have 0 in the mean,
    however many units they have and however few frames there are.

    References
    ----------
    HSIC_1 of Song et al. (2012), JMLR 13, 1393-1434, as Szekely & Rizzo (2014),
    doi:10.1214/14-AOS1255, write it.
    """
    products = (held - held.mean(0)) @ (held - held.mean(0)).T
    np.fill_diagonal(products, 0.0)
    count = len(products)
    row = products.sum(1) / (count - 2)
    result = products - row[:, None] - row + products.sum() / ((count - 1) * (count - 2))
    np.fill_diagonal(result, 0.0)
    return result


def alignment(held: Sequence[Float[Array, "frame _"]]) -> Float[Array, "layer other"]:
    """Debiased linear CKA of every two layers: 1 the same but for a rotation and a scale.

    0 in the mean where they have nothing in common, so it may be a little below. NaN: a layer
    that does not vary, or too few frames.

    References
    ----------
    Kornblith et al. (2019), arXiv 1905.00414; debiased after Murphy et al. (2024),
    arXiv 2405.01012.
    """
    if len(held[0]) < FEWEST:
        return np.full((len(held), len(held)), np.nan)
    parts = np.stack([centred(units).ravel() for units in held])
    shared = parts @ parts.T
    size = np.sqrt(shared.diagonal())
    size = np.where(size > 1e-12 * size.max(), size, np.nan)
    return shared / size[:, None] / size


def likeness(
    evidences: Sequence[Evidence],
    speakers: Sequence[Stores],
    layers: Sequence[Layer],
    frames: Frames,
) -> Float[Array, "layer other"]:
    """CKA of every layer with every other and with PHYSICS, the mean over folds.

    In the frames that each fold holds out: measured ln A (place), and the reference's dlnF/dlnd
    (formant x place).
    """
    pairs = list(zip(evidences, speakers, strict=True))
    areas = np.concatenate([np.log(of["areas"].area.values[e.frames]) for e, of in pairs])
    maps = [e.reference.distance_sensitivity.transpose("frame", ...).values for e in evidences]
    slopes = np.concatenate([of.reshape(len(of), -1) for of in maps])
    found = []
    for fold in range(len(frames.trains)):
        asked = frames.fold == fold
        held = [layer.of_fold(fold)[asked] for layer in layers]
        found.append(alignment([*held, areas[asked], slopes[asked]]))
    known = np.isfinite(found)
    total = np.where(known, found, 0.0).sum(0) / np.where(known.any(0), known.sum(0), np.nan)
    return total[: len(layers)]
