"""A made-up head whose roof is straight, so that every tract variable is known."""

import numpy as np

from tests.contour_stores import sds, told
from tests.dynamics.simulated import FRAME_RATE
from tractable.contracts import (
    AREAS,
    ARTICULATORS,
    CONSTRICTIONS,
    CONTOURS,
    FORMANTS,
    described,
)

TEETH = 0.04  # m: x of where the palate begins; the lips lie 1 cm before it
ROOF = 0.03  # m: y of lips and roof, which run back along x
SD = 1e-3  # m, of every boundary
CODE = {name: 1 + index for index, name in enumerate(ARTICULATORS)}
LABELS = {"corpus": "made up", "speaker": "one", "frame_rate": FRAME_RATE}


def clock(frames, clip=None, phone=None):
    return {
        "time": np.arange(frames) / FRAME_RATE,
        "clip_of": np.zeros(frames, int) if clip is None else clip,
        "phone": np.full(frames, "") if phone is None else phone,
    }


def head(degree, *, forward=0.0, place=0.02, closed=None, refused=None, facing="left", **labels):
    """CONTOURS in which all four constrictions are so wide, and lips and tongue stand so.

    Parameters
    ----------
    degree : of every constriction [m] by frame.
    forward : of the lips, from where they lie [m].
    place : of the constrictions behind the teeth [m].
    """
    frames = len(degree)
    forward, place = np.broadcast_to(forward, frames), np.broadcast_to(place, frames)
    along = np.arange(0, 0.061, 1e-3)
    boundary = np.full((frames, 3, len(along), 2), np.nan)
    lip = along < 0.01
    boundary[..., 0] = TEETH - 0.01 + along
    boundary[:, :2, lip, 0] -= forward[:, None, None]
    boundary[:, 0, :, 1] = ROOF
    boundary[:, 1, :, 1] = ROOF + degree[:, None]
    boundary[:, 2, :, 1] = ROOF + 0.02
    own = told(boundary)
    own["articulator"][:, 0] = np.where(lip, CODE["upper lip"], CODE["palate"])
    own["articulator"][:, 1] = np.where(lip, CODE["lower lip"], CODE["tongue"])
    own["boundary_sd"] = np.full(boundary.shape[:3], np.float32(SD))
    own["constriction_degree"] = np.tile(degree[:, None], (1, len(CONSTRICTIONS)))
    centre = np.stack([TEETH + place, ROOF + degree / 2], 1)
    own["constriction_point"] = np.tile(centre[:, None], (1, len(CONSTRICTIONS), 1))
    touching = np.zeros(frames, bool) if closed is None else closed
    own["closed"] = np.tile(touching[:, None], (1, len(CONSTRICTIONS)))
    if facing == "right":
        for points in (boundary, own["constriction_point"]):
            points[..., 0] = 0.2 - points[..., 0]
    variables = {
        **clock(frames, **labels),
        "tissue": np.array(["upper", "lower", "wall"]),
        "axis": np.array(["x", "y"]),
        "boundary": boundary,
        **own,
        "x": np.arange(2.0),
        "y": np.arange(2.0),
        "tissue_map": np.zeros((frames, 2, 2), np.uint8),
        "refused": np.full(frames, "") if refused is None else refused,
        "facing": np.full(frames, facing),
    }
    return described(CONTOURS, variables, **LABELS, pixel_spacing=0.0024)


def tube(root, glottis=0.07, refused=None, **labels):
    """AREAS ten centimetres wide, with a tongue root that leaves ``root`` [m] at x / L of 0.3."""
    frames, place = len(root), (np.arange(40) + 0.5) / 40
    distance = np.full((frames, 40), 0.1)
    distance[:, 12] = root
    midline = np.zeros((frames, 40, 2))
    midline[..., 1] = ROOF + np.broadcast_to(glottis, frames)[:, None] * (1 - place)
    variables = {
        **clock(frames, **labels),
        "place": place,
        "axis": np.array(["x", "y"]),
        "distance": distance,
        "tract_length": np.full(frames, 0.17),
        "area": 1.5 * distance**2,
        **sds(distance),
        "midline": midline,
        "refused": np.full(frames, "") if refused is None else refused,
    }
    return described(AREAS, variables, **LABELS)


def voice(second, **labels):
    """FORMANTS with that second formant [Hz], known to 50 Hz."""
    frames = len(second)
    frequency = np.tile([500.0, 0.0, 2500.0], (frames, 1))
    frequency[:, 1] = second
    variables = {
        **clock(frames, **labels),
        "formant": np.arange(1, 4),
        "frequency": frequency,
        "frequency_sd": np.full((frames, 3), 50.0),
        "bandwidth": np.full((frames, 3), 80.0),
        "reason": np.full((frames, 3), ""),
        "fundamental": np.full(frames, 120.0),
        "intensity": np.full(frames, 60.0),
        "voiced": np.ones(frames, int),
        "coefficient": np.arange(2),
        "cepstrum": np.zeros((frames, 2)),
    }
    heard = {"ceiling": 5000.0, "mel_bands": 26, "mel_lowest": 60.0, "mel_highest": 8000.0}
    return described(FORMANTS, variables, **LABELS, **heard)
