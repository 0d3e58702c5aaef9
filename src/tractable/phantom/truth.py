"""What the simulator knows of a speaker: the truth that measurements are scored against."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from tractable.contracts import ARTICULATORS, TRUTH, described
from tractable.curves import channel
from tractable.phantom.clips import Clip
from tractable.phantom.pictures import true_articulators, true_boundaries
from tractable.phantom.speakers import Speaker
from tractable.simulator import FOSSA_LENGTH, FOSSA_VOLUME, GLOTTIS, TRACT, poles, tubes

TISSUES = ("upper", "lower", "wall")
FORMANTS = 4
#: Tract parameters that the examination moves: larynx, jaw, lips, tongue.
EXAMINED = ("HY", "JA", "LP", "LD", "TCX", "TCY", "TTX", "TTY", "TBX", "TBY")

Curves = dict[str, Float[np.ndarray, "_ 2"]]  # by tissue, lips to glottis
States = Float[np.ndarray, "state parameter"]


def truth_of(
    clips: list[Clip],
    speaker: Speaker,
    frame_rate: Fraction,
    *,
    geometry: Mapping[str, Any],
    point_spacing: float,
    open_area: float,
    exam_frames: int,
    exam_step: float,
) -> xr.Dataset:
    """Everything that is known of a speaker's clips, on one clock (contract TRUTH).

    Parameters
    ----------
    geometry : options of ``curves.channel``: true distances are those of the true boundaries, in
        the same sense as measured ones, at the same places x / L.
    point_spacing : of the boundaries [m].
    open_area : formants of a tract narrower than this are NaN [m2].
    exam_frames, exam_step : how many frames are examined, and how far each parameter moves, as a
        share of an ordinary movement.
    """
    states = np.concatenate([clip.states for clip in clips])
    area = np.concatenate([clip.tube.area for clip in clips])
    lengths = np.concatenate([clip.tube.section_length for clip in clips])
    glottis = np.concatenate([clip.glottis for clip in clips])
    curves = [
        frame
        for clip in clips
        for frame in true_boundaries(clip.outline, clip.pose, spacing=point_spacing)
    ]
    belongs = [
        frame for clip in clips for frame in true_articulators(clip.outline, spacing=point_spacing)
    ]
    time = np.array([float(k / frame_rate) for k in range(len(states))])
    speaking = voiced(glottis, area)
    frequency, bandwidth = true_formants(states, area, speaker, open_area=open_area)
    usable = (speaking > 0) & np.isfinite(frequency).all(1)
    examined = examined_frames(usable, exam_frames)
    sections = geometry["sections"]
    return described(
        TRUTH,
        {
            "time": time,
            "clip_of": np.repeat(np.arange(len(clips)), [len(clip.time) for clip in clips]),
            "phone": np.array([label for clip in clips for label in clip.labels()], str),
            "tissue": np.array(TISSUES),
            "axis": np.array(["x", "y"]),
            "boundary": stacked(curves, np.nan).astype("float32"),
            "articulator": stacked(belongs, 0.0).astype("int8"),
            "articulator_name": np.array(ARTICULATORS),
            "place": (np.arange(sections) + 0.5) / sections,
            "distance": np.array([cross_distance(frame, geometry) for frame in curves]),
            "tract_length": lengths.sum(1),
            "formant": np.arange(1, FORMANTS + 1),
            "section": np.arange(area.shape[1]),
            "area": area,
            "section_length": lengths,
            "frequency": frequency,
            "bandwidth": bandwidth,
            "voiced": speaking,
            "exam": time[examined],
            "parameter": np.array(EXAMINED),
            **examination(states[examined], speaker, step=exam_step),
        },
        corpus="phantom",
        speaker=speaker.name,
        frame_rate=float(frame_rate),
        fossa_length=FOSSA_LENGTH,
        fossa_volume=FOSSA_VOLUME,
    )


def voiced(
    glottis: States, area: Float[np.ndarray, "state section"]
) -> Float[np.ndarray, " state"]:
    """1 where the lungs press, the folds are together and the tract lets air through."""
    pressed = glottis[:, GLOTTIS.index("PR")] > 3000
    together = glottis[:, GLOTTIS.index("XB")] < 0.04
    return (pressed & together & (area.min(1) > 1e-7)).astype(float)


def true_formants(
    states: States, area: Float[np.ndarray, "state section"], speaker: Speaker, *, open_area: float
) -> tuple[Float[np.ndarray, "state formant"], Float[np.ndarray, "state formant"]]:
    """Poles of the simulator's transfer function, frequency and bandwidth [Hz], fossa on.

    NaN where the tract is narrower than ``open_area``: behind a closure only leaks are left.
    """
    found = np.full((2, len(states), FORMANTS), np.nan)
    wide = area.min(1) >= open_area
    if wide.any():
        found[:, wide] = poles(states[wide], speaker.anatomy, piriform=True, formants=FORMANTS)
    return found[0], found[1]


def cross_distance(boundary: Curves, geometry: Mapping[str, Any]) -> Float[np.ndarray, " place"]:
    """Distance between the walls at each place, glottis first [m]."""
    outer = np.concatenate([boundary["upper"], boundary["wall"]])
    return channel(outer, boundary["lower"], **geometry).distance[::-1]


def stacked(
    curves: list[dict[str, np.ndarray]], none: float
) -> Float[np.ndarray, "time tissue point *axis"]:
    """What there is of every point of curves of unequal length, ``none`` after their ends."""
    longest = max(len(curve) for frame in curves for curve in frame.values())
    axes = curves[0][TISSUES[0]].shape[1:]
    whole = np.full((len(curves), len(TISSUES), longest, *axes), none, dtype=float)
    for t, frame in enumerate(curves):
        for k, tissue in enumerate(TISSUES):
            whole[t, k, : len(frame[tissue])] = frame[tissue]
    return whole


def examined_frames(usable: Bool[np.ndarray, " time"], count: int) -> list[int]:
    """At most ``count`` frames, evenly spread over the usable ones."""
    candidates = np.flatnonzero(usable)
    if len(candidates) > count:
        candidates = candidates[np.linspace(0, len(candidates) - 1, count).round().astype(int)]
    return candidates.tolist()


def examination(
    states: Float[np.ndarray, "exam _"], speaker: Speaker, *, step: float
) -> dict[str, Float[np.ndarray, "exam parameter _"]]:
    """How formants, areas and lengths answer when one tract parameter moves.

    By the simulator itself, with no theory in it: each parameter goes ``step`` of an ordinary
    movement up and down, and what is returned are the differences of the logarithms between the
    two, so that d ln F should be the sum over sections of S_A d ln A + S_l d ln l.
    """
    moved = np.array([np.eye(len(TRACT))[TRACT.index(name)] * reach(name) for name in EXAMINED])
    sides = []
    for side in (-step, step):
        every = (states[:, None] + side * moved).reshape(-1, len(TRACT))
        tube = tubes(every, speaker.anatomy)
        found = poles(every, speaker.anatomy, piriform=True, formants=FORMANTS).frequency
        sides.append([np.log(x) for x in (found, tube.area, tube.section_length)])
    names = ("exam_formant_change", "exam_area_change", "exam_length_change")
    return {
        name: (high - low).reshape(len(states), len(EXAMINED), high.shape[-1])
        for name, low, high in zip(names, *sides, strict=True)
    }


def reach(name: str) -> float:
    """An ordinary movement of a parameter: 1 cm, or 5 degrees of the jaw."""
    return 5.0 if name == "JA" else 1.0
