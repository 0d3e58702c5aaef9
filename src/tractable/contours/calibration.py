"""How the released network's contours are calibrated, on rendered heads whose shares are known.

They come in clips, one person in one scanner, that the network listens to as the tracker does; each
head has a frame before and a frame after, which differ in noise alone. True shares of parts are
traced exactly as the network's are, so truth and answer differ in nothing but what the network did
not see.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Int8
from scipy.optimize import minimize
from torch import Tensor

from tractable.contours.boundaries import Traced, neighbour_share, trace_shares
from tractable.contours.kernel import FACE
from tractable.contours.uncertainty import Calibration, deviation
from tractable.contracts import ARTICULATORS, CONSTRICTIONS
from tractable.curves import distance_to
from tractable.intervals import NINE_TENTHS, share
from tractable.segmenter.heads import MAP, PART, Variety, maps
from tractable.segmenter.network import TissueNet, fastest, folded, listened
from tractable.segmenter.preparation import GRID, channels
from tractable.segmenter.release import CALIBRATION, WEIGHTS
from tractable.segmenter.renderer import SIDE, Conditions, rendered
from tractable.segmenter.training import brightness_ranges, seeded
from tractable.store import digest
from tractable.whole import written_whole

SEARCHED = np.linspace(1e-4, 4e-3, 79)  # m, thresholds of a closure

SHOTS = 3  #: of a head: the frame before, the frame itself, the frame after
ALL_OR_NONE = {"clefts", "uvulas", "leaves", "bony_palates", "masked"}  #: of a clip's frames
MOVING = {"pressed_lips", "open_ports", "port", "hanging", "hang"}  #: from frame to frame
IN_LOG = {"grain", "depth", "reach", "noise"}  #: ranges that the renderer draws from evenly in ln

Report = dict[str, dict[str, Any]]


class Clip(NamedTuple):
    """Rendered heads of one person in one scanner."""

    image: Float[Tensor, "shot channel row column"]  # what the network sees
    share: Float[Tensor, "head part row column"]  # the truth


class Pair(NamedTuple):
    """What the network and what the truth says of the same rendered heads."""

    found: Traced
    true: Traced


class Errors(NamedTuple):
    """Points of boundaries abeam of the true ones."""

    articulator: Int8[np.ndarray, " point"]
    doubt: Float[np.ndarray, " point"]  # across the edge [m]
    error: Float[np.ndarray, " point"]  # across it [m]


def calibrate(
    network: TissueNet,
    atlas: xr.Dataset,
    training: Mapping[str, Any],
    *,
    clips: int,
    frames: int,
    closed: float,
    seed: int,
    frame_rate: float,
    clip_share: float,
    smoothing: float,
    tracing: Mapping[str, float],
) -> tuple[Calibration, Report]:
    """The calibration of a network and how well it holds on heads that it was not fitted to.

    Deviations are fitted on one half of the anatomies that the training held out, and tried on the
    other. What counts as closed is chosen on anatomies of the training, and tried on all others.

    Parameters
    ----------
    atlas : shapes (contract ATLAS).
    training : its parameters.
    clips : rendered of the training's anatomies and of each half of the others.
    frames : heads of a clip.
    closed : a true constriction narrower than that is closed [m].
    frame_rate : of the clips [Hz].
    clip_share, smoothing : as for ``contours``.
    tracing : other options of ``trace_shares``.
    """
    late = atlas.anatomy_of.values - (atlas.sizes["anatomy"] - training["held_out"])
    parts = {"seen": late < 0, "fit": (late >= 0) & (late % 2 == 0), "exam": late % 2 == 1}
    parts["exam"] &= late >= 0
    options = {**tracing, "neighbour_share": neighbour_share(smoothing, frame_rate)}
    pairs = {
        name: traced_pair(
            rendered_clips(atlas.isel(shape=kept), training, clips, frames, seed + k),
            network,
            clip_share,
            options,
        )
        for k, (name, kept) in enumerate(parts.items())
    }
    found = Calibration(*fitted(errors(pairs["fit"])), thresholds(pairs["seen"], closed))
    return found, report(found, errors(pairs["exam"]), [pairs["fit"], pairs["exam"]], closed)


def rendered_clips(
    atlas: xr.Dataset, training: Mapping[str, Any], clips: int, frames: int, seed: int
) -> Iterator[Clip]:
    """Clips of heads around shapes of one anatomy each, every head in ``SHOTS`` shots."""
    random, generator = np.random.default_rng(seed), seeded(seed)
    bright = np.array(brightness_ranges(training["brightness"]))
    anatomy_of = atlas.anatomy_of.values
    for _ in range(clips):
        shapes = np.flatnonzero(anatomy_of == random.choice(np.unique(anatomy_of)))
        shown = atlas.isel(shape=random.choice(shapes, frames))
        person = Variety(**of_one_clip(training["variety"], random))
        heads = torch.from_numpy(np.stack(list(maps(shown, person, random))))
        image, true = rendered(
            heads,
            MAP.spacing,
            torch.from_numpy(random.uniform(*bright.T)).float().expand(frames, -1),
            torch.from_numpy(PART),
            generator,
            Conditions(**of_one_clip(training["conditions"], random)),
            shots=SHOTS,
        )
        yield Clip(channels(image), true)


def of_one_clip(ranges: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Every range narrowed to a value drawn from it, and shares of heads to all or none of them.

    What differs from frame to frame, and what is no range, stays as it is.
    """

    def drawn(name: str, given: Any) -> Any:
        if isinstance(given, Mapping):
            return of_one_clip(given, random)
        if name in ALL_OR_NONE:
            return float(random.random() < given)
        if name in MOVING or not isinstance(given, Sequence):
            return given
        low, high = given
        if name in IN_LOG:
            return 2 * [float(np.exp(random.uniform(np.log(low), np.log(high))))]
        return 2 * [random.uniform(low, high)]

    return {name: drawn(name, given) for name, given in ranges.items()}


@torch.inference_mode()
def traced_pair(
    clips: Iterable[Clip], network: TissueNet, clip_share: float, options: Mapping[str, float]
) -> Pair:
    """Clips traced twice, by the network that listened to each and by their true shares."""
    found, true = [], []
    for clip in clips:
        with fastest():
            ready = folded(listened(network, clip.image, clip_share))
            logits = ready(clip.image.contiguous(memory_format=torch.channels_last))
        found.append(traced_middle(logits.contiguous().float().softmax(1), options))
        true.append(traced_middle(clip.share.repeat_interleave(SHOTS, 0), options))
    return Pair(*(Traced(*map(np.concatenate, zip(*of, strict=True))) for of in (found, true)))


def traced_middle(parts: Float[Tensor, "shot part row column"], options: Mapping) -> Traced:
    """The middle shot of every head, with the shot before and the shot after."""
    traced = trace_shares(parts.numpy(), (SIDE, SIDE), GRID, **options)
    return Traced(*(values[::SHOTS] for values in traced))


def errors(pair: Pair) -> Errors:
    """Of every point between lips and glottis that has a true boundary of its tissue abeam."""
    parts = []
    for frame in range(len(pair.found.boundary)):
        for tissue in range(pair.found.boundary.shape[1]):
            asked = pair.found.articulator[frame, tissue] > FACE
            if asked.any() and (pair.true.articulator[frame, tissue] > 0).any():
                point, true = (of.boundary[frame, tissue].astype(float) for of in pair)
                away, abeam = distance_to(point[asked], true)
                of = [pair.found.articulator, pair.found.doubt]
                parts.append([*(values[frame, tissue][asked][abeam] for values in of), away[abeam]])
    return Errors(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fitted(
    errors: Errors,
) -> tuple[Float[np.ndarray, " articulator"], Float[np.ndarray, " articulator"]]:
    """Scale [m] and power by articulator, by maximum likelihood of Laplace's distribution.

    It has the heavy tails of these errors, and nine tenths of it lie within 1.645 of its standard
    deviations, as of the normal one.
    """
    found = np.full((2, len(ARTICULATORS)), np.nan)
    for code in np.unique(errors.articulator):
        here = errors.articulator == code
        error, doubt = errors.error[here], np.log(errors.doubt[here] / GRID)

        def surprise(of: np.ndarray, error=error, doubt=doubt) -> float:
            log_sd = of[0] + of[1] * doubt
            return float((log_sd + np.sqrt(2) * error * np.exp(-log_sd)).mean())

        scale, power = minimize(surprise, [np.log(1e-3), 1.0], method="Nelder-Mead").x
        found[:, code - 1] = np.exp(scale), power
    scale, power = found
    return scale, power


def thresholds(pair: Pair, closed: float) -> Float[np.ndarray, " constriction"]:
    """Degree [m] below which a constriction is called closed, the best for precision and recall.

    The harmonic mean of both is largest there.
    """
    best = []
    for found, true in degrees([pair]):
        shut = true < closed
        both = [2 * (shut & (found < limit)).sum() for limit in SEARCHED]
        either = [shut.sum() + (found < limit).sum() for limit in SEARCHED]
        best.append(SEARCHED[int(np.argmax(np.divide(both, np.maximum(either, 1))))])
    return np.array(best)


def degrees(pairs: list[Pair]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Degrees found and true of every constriction, where both are known [m]."""
    found, true = (np.concatenate([pair[k].degree for pair in pairs]).T for k in (0, 1))
    known = np.isfinite(found) & np.isfinite(true)
    return [(f[k], t[k]) for f, t, k in zip(found, true, known, strict=True)]


def report(calibration: Calibration, errors: Errors, pairs: list[Pair], closed: float) -> Report:
    """Coverage of the 90 % interval by articulator; precision and recall of closures."""
    within = errors.error < NINE_TENTHS * deviation(errors.articulator, errors.doubt, calibration)
    shut = [
        (f < limit, t < closed)
        for (f, t), limit in zip(degrees(pairs), calibration.closed, strict=True)
    ]
    return {
        "coverage": {
            ARTICULATORS[code - 1]: rounded(share(within, errors.articulator == code))
            for code in np.unique(errors.articulator)
        }
        | {"all": rounded(float(within.mean()))},
        "closures": {
            name: {"precision": rounded(share(true, found)), "recall": rounded(share(found, true))}
            for name, (found, true) in zip(CONSTRICTIONS, shut, strict=True)
        },
    }


def rounded(value: float) -> float | None:
    """As JSON can hold it, which knows no NaN."""
    return round(value, 3) if np.isfinite(value) else None


def release_calibration(calibration: Calibration, exam: Report, folder: Path) -> None:
    """Write the calibration beside the weights that it belongs to."""
    fits = zip(ARTICULATORS, calibration.scale.tolist(), calibration.power.tolist(), strict=True)
    content = {
        "weights": digest(folder / WEIGHTS),
        "articulators": {
            name: {"scale": float(f"{scale:.3g}"), "power": float(f"{power:.3g}")}
            for name, scale, power in fits
            if np.isfinite(scale)
        },
        "closed": {
            name: float(f"{limit:.3g}")
            for name, limit in zip(CONSTRICTIONS, calibration.closed.tolist(), strict=True)
        },
        "on_held_out_anatomies": exam,
    }
    with written_whole(folder / CALIBRATION) as path:
        path.write_text(json.dumps(content, indent=1) + "\n")
