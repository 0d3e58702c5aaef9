"""Affiliation along the place of constriction: where does a formant change cavities?"""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.affiliation import affiliations
from tractable.figures.physics import PHYSICS, along_tract
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import COUNTS, INTERVAL
from tractable.figures.vowels import Speakers, in_order, summarised

TITLE = "Formant-cavity affiliation along the place of constriction"
NOUNS = ("theory", "explanations")
COLUMNS = {"formant": int, "model": str, "place": float} | INTERVAL | {"swap": float} | COUNTS
FORMANTS = [2, 3]  # definitions of affiliation disagree for F1
HEIGHTS = np.arange(1.05, -1, -0.11)  # of the signs of models


def numbers(
    speakers: Speakers, *, models: list[str], steps: int, least_frames: int
) -> pd.DataFrame:
    """Median and quartiles over frames of the front cavity's share less the back cavity's.

    Parameters
    ----------
    steps : of the tract, in which frames are counted together.
    least_frames : of a step.

    Returns
    -------
    formant, model, place (x/L, middle of a step), value, low, high, swap (x/L at which the medians
    first pass from the front to the back cavity; NaN: nowhere), n_frames, n_speakers; physics is a
    model too.
    """
    frames = pd.concat([of_speaker(name, stores, models) for name, stores in speakers.items()])
    frames = frames.assign(place=(np.floor(steps * frames.place) + 0.5) / steps)
    by = ["formant", "model", "place"]
    table = summarised(frames, by, "median", least_frames=least_frames).sort_values(by)
    table = in_order(table, formant=FORMANTS, model=[PHYSICS, *models])
    swaps = {key: swap(rows) for key, rows in table.groupby(["formant", "model"])}
    keys = zip(table.formant, table.model, strict=True)
    return table.assign(swap=[swaps[key] for key in keys])[[*COLUMNS]]


def of_speaker(name: str, stores: Mapping[str, xr.Dataset], models: list[str]) -> pd.DataFrame:
    """One row per frame with a clear constriction, formant and model."""
    told, at = affiliations(stores, models, "affiliation_by_constriction")
    leaning = told.sel(cavity="front") - told.sel(cavity="back")
    place = stores["theory"].cavity_edge.values[at].mean(1)
    usable = np.isfinite(leaning.values).all((0, 2)) & np.isfinite(place)
    table = leaning.sel(formant=FORMANTS)[:, usable].rename("value").to_dataframe().reset_index()
    return table.assign(place=place[usable][table.frame], speaker=name)


def swap(rows: pd.DataFrame) -> float:
    """Where values along a rising place first fall below 0, on the line between two of them."""
    place, value = rows.place.to_numpy(), rows.value.to_numpy()
    falls = np.flatnonzero((value[:-1] >= 0) & (value[1:] < 0))
    if not len(falls):
        return np.nan
    k = falls[0]
    return float(place[k] + (place[k + 1] - place[k]) * value[k] / (value[k] - value[k + 1]))


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel per formant; up: the front cavity, right: a constriction nearer to the lips."""
    figure = Figure(figsize=(PAGE, 2.9), layout="constrained")
    panels = figure.subplots(1, len(FORMANTS), sharex=True, sharey=True)
    known = looks(dict.fromkeys(numbers.model), families)
    for axes, formant in zip(panels, FORMANTS, strict=True):
        axes.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=0)
        models = numbers[numbers.formant == formant].groupby("model", sort=False)
        for height, (model, rows) in zip(cycle(HEIGHTS), models, strict=False):
            along_tract(axes, rows, str(model), known[str(model)])
            draw_swap(axes, rows.swap.iloc[0], height, known[str(model)])
        axes.set(title=f"F{formant}", xlim=(0, 1), ylim=(-1.15, 1.15))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["glottis", "0.25", "0.5", "0.75", "lips"])
        axes.set_xlabel("x / L, middle of the constriction")
        axes.set_yticks([-1, 0, 1], ["back\ncavity", "both", "front\ncavity"])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def draw_swap(axes: Axes, swap: float, height: float, look: Look) -> None:
    """A sign at a height of its own, above where the line passes 0."""
    axes.plot([swap, swap], [0, height], color=look.colour, linewidth=0.6, zorder=3)
    face = "white" if look.is_control else look.colour
    style: dict[str, Any] = {"color": look.colour, "markerfacecolor": face}
    axes.plot([swap], [height], look.marker, **style, gid="swap", zorder=4)


def caption(numbers: pd.DataFrame) -> str:
    """What is up and right, and where F2 changes cavities."""
    swaps = numbers[numbers.formant == 2].drop_duplicates("model").set_index("model").swap
    places = [f"{at:.2f}" if np.isfinite(at) else "no place" for at in swaps]
    said = listed(f"{at} ({spoken(m)})" for at, m in zip(places, swaps.index, strict=True))
    counts = numbers.drop_duplicates("place").n_frames
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "To which cavity a formant belongs, over all frames with a clear constriction, by where "
        "along the tract it is: up the front cavity, down the back cavity (share of the one less "
        "that of the other). Medians, and for physics, the tube on the measured shapes by the "
        "published law of area, the quartiles as a band, over "
        f"{counts.min()} to {counts.max()} frames a step, up to {people}. Signs stand above the "
        "place where the medians first pass from the front to the back cavity, for F2 at x/L = "
        f"{said}. The score V4 has that place speaker by speaker, and takes the simulator's own "
        "areas, where they are known."
    )
