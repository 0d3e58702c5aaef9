"""How the released network's contours are calibrated, on rendered heads whose shares are known.

True shares of parts are traced exactly as the network's are, so truth and answer differ in nothing
but what the network did not see.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float, Float32, Int8
from scipy.optimize import minimize

from tractable.contours.boundaries import Traced, trace_shares
from tractable.contours.kernel import FACE
from tractable.contours.uncertainty import Calibration, deviation
from tractable.contracts import ARTICULATORS, CONSTRICTIONS
from tractable.curves import distance_to
from tractable.segmenter.heads import Variety, maps
from tractable.segmenter.network import TissueNet, fastest, folded
from tractable.segmenter.preparation import GRID
from tractable.segmenter.release import CALIBRATION, WEIGHTS
from tractable.segmenter.renderer import SIDE, Conditions
from tractable.segmenter.training import batches, seeded
from tractable.store import digest, written_whole

NINE_TENTHS = 1.645  #: standard deviations to either side
SEARCHED = np.linspace(1e-4, 4e-3, 79)  # m, thresholds of a closure

Report = dict[str, dict[str, Any]]


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
    images: int,
    closed: float,
    seed: int,
    tracing: Mapping[str, float],
) -> tuple[Calibration, Report]:
    """The calibration of a network and how well it holds on heads that it was not fitted to.

    Deviations are fitted on one half of the anatomies that the training held out, and tried on the
    other. What counts as closed is chosen on anatomies of the training, and tried on all others.

    Parameters
    ----------
    atlas : shapes (contract ATLAS).
    training : its parameters.
    images : rendered of the training's anatomies and of each half of the others.
    closed : a true constriction narrower than that is closed [m].
    tracing : options of ``trace_shares``.
    """
    late = atlas.anatomy_of.values - (atlas.sizes["anatomy"] - training["held_out"])
    parts = {"seen": late < 0, "fit": (late >= 0) & (late % 2 == 0), "exam": late % 2 == 1}
    parts["exam"] &= late >= 0
    ready = folded(network)
    pairs = {
        name: traced_pair(ready, atlas.isel(shape=kept), training, images, seed + k, tracing)
        for k, (name, kept) in enumerate(parts.items())
    }
    found = Calibration(*fitted(errors(pairs["fit"])), thresholds(pairs["seen"], closed))
    return found, report(found, errors(pairs["exam"]), [pairs["fit"], pairs["exam"]], closed)


@torch.inference_mode()
def traced_pair(
    network: TissueNet,
    atlas: xr.Dataset,
    training: Mapping[str, Any],
    images: int,
    seed: int,
    tracing: Mapping[str, float],
) -> Pair:
    """Rendered heads around some shapes, each a frame by itself, traced twice."""
    drawn = np.stack(list(maps(atlas, Variety(**training["variety"]), np.random.default_rng(seed))))
    scanner, size = Conditions(**training["conditions"]), training["recipe"]["batch"]
    examples = batches(torch.from_numpy(drawn), training["brightness"], scanner, size, seeded(seed))
    found, true = [], []
    for _ in range(images // size):
        image, share = next(examples)
        with fastest():
            logits = network(image.contiguous(memory_format=torch.channels_last))
        found.append(logits.contiguous().float().softmax(1).numpy())
        true.append(share.numpy())
    return Pair(*(trace_alone(np.concatenate(shares), tracing) for shares in (found, true)))


def trace_alone(
    share: Float32[np.ndarray, "image part row column"], tracing: Mapping[str, float]
) -> Traced:
    """Frames that are no neighbours of each other."""
    framed = share[[0, *range(len(share)), -1]]
    return trace_shares(framed, (SIDE, SIDE), GRID, neighbour_share=0.0, **tracing)


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
            ARTICULATORS[code - 1]: share(within, errors.articulator == code)
            for code in np.unique(errors.articulator)
        }
        | {"all": share(within, within | True)},
        "closures": {
            name: {"precision": share(true, found), "recall": share(found, true)}
            for name, (found, true) in zip(CONSTRICTIONS, shut, strict=True)
        },
    }


def share(of: Bool[np.ndarray, " n"], among: Bool[np.ndarray, " n"]) -> float | None:
    return round(float(of[among].mean()), 3) if among.any() else None


def release_calibration(calibration: Calibration, told: Report, folder: Path) -> None:
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
        "on_held_out_anatomies": told,
    }
    with written_whole(folder / CALIBRATION) as path:
        path.write_text(json.dumps(content, indent=1) + "\n")
