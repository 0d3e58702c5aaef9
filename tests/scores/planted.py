"""A speaker whose physics is a formula: what the battery must say of it is known beforehand."""

import numpy as np
import xarray as xr

from tractable.regions import region_shares
from tractable.scores.evidence import FORMANTS, Asking, Evidence
from tractable.scores.maps import ANSWERED
from tractable.scores.orderings import Orderings
from tractable.scores.reference import answers, parts

EXPLAINERS = ["integrated_gradients", "gradient_shap", "occlusion"]
PLACES, REGIONS, FRAMES = 40, 16, 60
ASKING = Asking(step=1e-3, floor=5e-4, ends=0.05)
EXAM = {"width": 0.01, "seed": 3}
CLASSES = {"open_vowels": {"phones": ["a"], "part": [0.1, 0.5]}}
AGREEMENT = {
    "foregone": 0.85,
    "least_total": 0.25,
    "around_focus": 0.01,
    "orderings": Orderings(least_frames=3, classes=CLASSES),
    "permutations": 20,
    "seed": EXAM["seed"],
}
PLACE = (np.arange(PLACES) + 0.5) / PLACES


def shapes(random: np.random.Generator, frames: int = FRAMES) -> np.ndarray:
    """Smooth cross-distances (frame, place) of about 1 cm [m]."""
    waves = np.cos(np.pi * np.arange(1, 5)[:, None] * PLACE)
    return 0.01 * np.exp(random.normal(0, 0.25, (frames, 4)) @ waves)


def physics(distance: np.ndarray) -> xr.Dataset:
    """A made-up reference: standing waves, leaning on where the tract is narrow."""
    phase = (2 * np.array(FORMANTS)[:, None] - 1) * np.pi * PLACE
    lean = np.log(distance / 0.01)[:, None]
    by_distance = (-np.cos(phase) * (1 + 0.8 * lean) + 0.5 * np.sin(phase) * lean) / PLACES
    by_length = -(1 + 0.6 * np.cos(phase) + 0.4 * np.sin(phase) * lean) / PLACES
    narrowest = np.clip(PLACE[distance.argmin(1)], 0.2, 0.8)
    edges = narrowest[:, None] + [-0.06, 0.06]
    steps = ASKING.step * region_shares(REGIONS, PLACES)
    wider, narrower = (np.log((distance[:, None] + s) / distance[:, None]) for s in (steps, -steps))
    changes = [np.einsum("fnp,frp->fnr", by_distance, change) for change in (wider, narrower)]
    stretched = parts(edges, ASKING.ends, PLACES)
    found = answers(by_distance, by_length, np.ones(PLACES), stretched, (changes[0], changes[1]))
    return found.assign(credited(distance, found))


def credited(distance: np.ndarray, reference: xr.Dataset) -> xr.Dataset:
    """Attributions of formants that are linear on the way from neutral: slope by displacement."""
    away = np.log(distance) - np.log(distance).mean(0)
    displacement = xr.DataArray(away, dims=("frame", "place")).expand_dims(explainer=EXPLAINERS)
    credit = reference.distance_sensitivity * displacement
    returned = xr.DataArray(halves(), dims=("set", "place"))
    by_path = credit.sel(explainer="integrated_gradients", drop=True)
    return xr.Dataset(
        {
            "attribution": credit,
            "length_attribution": xr.zeros_like(credit.isel(place=0)),
            "departure": by_path.sum("place"),
            "return_change": -xr.dot(by_path, returned, dim="place"),
            "displacement": displacement,
        }
    )


def halves() -> np.ndarray:
    """Two halves of the tract (set, place), the back one and every other region."""
    regions = np.stack([np.arange(REGIONS) < REGIONS // 2, np.arange(REGIONS) % 2 == 0])
    return regions.astype(float) @ region_shares(REGIONS, PLACES)


def role(folds: int, mine: int, frames: int = FRAMES) -> xr.DataArray:
    """Each speaker is held out in one fold and trains the others."""
    table = np.where(np.arange(folds)[:, None] == mine, "test", "train")
    return xr.DataArray(np.repeat(table, frames, 1), dims=("fold", "time"))


def speaker(number: int, speakers: int, **models: xr.Dataset) -> Evidence:
    """Evidence of one speaker; ``models`` are answers that replace the reference's own."""
    distance = shapes(np.random.default_rng(number))
    reference = physics(distance)
    given = {"truth": reference[list(ANSWERED)]} | models
    held = role(speakers, number)
    return Evidence(
        f"s{number}",
        ASKING,
        held == "train",
        held == "test",
        np.arange(FRAMES),
        xr.DataArray(np.log(distance), dims=("time", "place")),
        xr.DataArray(np.full(FRAMES, 0.17), dims="time"),
        reference,
        xr.concat([given[name].expand_dims(model=[name]) for name in given], "model"),
        xr.DataArray(np.repeat(["a", "i", ""], FRAMES // 3), dims="time"),
    )
