"""Formant-cavity affiliation by vowel: to which cavity does a formant belong?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.affiliation import CAVITIES, affiliations
from tractable.figures.physics import PHYSICS
from tractable.figures.sheet import PAGE, counted, ipa, listed, looks, spoken
from tractable.figures.table import COUNTS, INTERVAL
from tractable.figures.vowels import (
    Speakers,
    first_vowels,
    in_order,
    summarised,
)

TITLE = "Formant-cavity affiliation, models against physics"
NOUNS = ("theory", "explanations")
COLUMNS = {"vowel": str, "formant": int, "cavity": str, "model": str} | INTERVAL | COUNTS


def numbers(
    speakers: Speakers, *, models: list[str], vowels: list[str], most: int, least_frames: int
) -> pd.DataFrame:
    """Median and quartiles over frames of each cavity's share in a formant.

    Parameters
    ----------
    vowels : in the order in which they are shown, the first ``most`` of those that were said.

    Returns
    -------
    vowel, formant, cavity, model, value, low, high, n_frames, n_speakers; physics is a model too.
    """
    frames = pd.concat(
        [of_speaker(name, stores, models, vowels) for name, stores in speakers.items()]
    )
    by = ["vowel", "formant", "cavity", "model"]
    table = summarised(frames, by, "median", least_frames=least_frames)
    table = in_order(
        table, vowel=vowels, formant=[1, 2, 3], cavity=CAVITIES, model=[PHYSICS, *models]
    )
    return first_vowels(table, most)


def of_speaker(
    name: str, stores: Mapping[str, xr.Dataset], models: list[str], vowels: list[str]
) -> pd.DataFrame:
    """Shares in the frames of one speaker that have a clear constriction, one row per value."""
    told, at = affiliations(stores, models, "affiliation_by_vowel")
    phone = stores["theory"].phone.values[at]
    usable = np.isfinite(told.values).all((0, 2, 3)) & np.isin(phone, vowels)
    labels = {
        "model": [PHYSICS, *models],
        "frame": np.flatnonzero(usable),
        "formant": told.formant.values,
        "cavity": CAVITIES,
    }
    index = pd.MultiIndex.from_product(labels.values(), names=labels)
    table = pd.DataFrame({"value": told.values[:, usable].ravel()}, index).reset_index()
    return table.assign(vowel=phone[table.frame], speaker=name)


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A row per formant, a column per cavity, vowels from top to bottom."""
    vowels, formants = list(dict.fromkeys(numbers.vowel)), sorted(set(numbers.formant))
    models = list(dict.fromkeys(numbers.model))
    known = looks(models, families)
    height = 0.7 + len(formants) * (0.35 + 0.2 * len(vowels))
    figure = Figure(figsize=(PAGE, height), layout="constrained")
    panels = figure.subplots(len(formants), 3, squeeze=False, sharex=True, sharey=True)
    for (formant, cavity, model), rows in numbers.groupby(
        ["formant", "cavity", "model"], sort=False
    ):
        axes = panels[formants.index(formant), CAVITIES.index(cavity)]
        look = known[model]
        y = np.array([vowels.index(vowel) for vowel in rows.vowel])
        if model == PHYSICS:
            draw_physics(axes, rows, y)
            continue
        y = y + 0.6 * (models.index(model) / len(models) - 0.5)
        face = "white" if look.is_control else look.colour
        axes.hlines(y, rows.low, rows.high, color=look.colour, linewidth=0.9, zorder=3)
        style = {"color": look.colour, "markerfacecolor": face, "label": spoken(model)}
        axes.plot(rows.value, y, look.marker, **style, gid=model, zorder=4)
    dress(figure, panels, vowels, formants)
    return figure


def draw_physics(axes: Axes, rows: pd.DataFrame, y: np.ndarray) -> None:
    """A bar over all models of the vowel, on a band from quartile to quartile."""
    axes.barh(y, rows.high - rows.low, 0.84, rows.low, color="#dddddd", zorder=1)
    axes.vlines(rows.value, y - 0.42, y + 0.42, color="black", linewidth=1.6, zorder=2, gid=PHYSICS)
    axes.plot([], [], "k", linewidth=1.6, label=PHYSICS)


def dress(figure: Figure, panels, vowels: list[str], formants: list[int]) -> None:
    for axes in panels.ravel():
        axes.set(xlim=(-0.25, 1.25), ylim=(len(vowels) - 0.5, -0.5))
        axes.set_yticks(range(len(vowels)), [f"/{ipa(vowel)}/" for vowel in vowels])
        axes.set_xticks([0, 0.5, 1])
        axes.grid(axis="x")
    for axes, cavity in zip(panels[0], CAVITIES, strict=True):
        axes.set_title(cavity if cavity == "constriction" else f"{cavity} cavity")
    for axes, formant in zip(panels[:, 0], formants, strict=True):
        axes.set_ylabel(f"F{formant}" + (" (not scored)" if formant == 1 else ""))
    for axes in panels[-1]:
        axes.set_xlabel("share of the formant")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))


def caption(numbers: pd.DataFrame) -> str:
    """Whose shares these are, and over how many frames."""
    models = [spoken(model) for model in dict.fromkeys(numbers.model) if model != PHYSICS]
    counts = numbers.groupby("vowel").n_frames.max()
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "Share of each formant that belongs to the back cavity, to the constriction and to the "
        "front cavity, measured by making each longer: "
        f"{listed(models)} against the tube on the measured shapes by the published law of area "
        "(black bars on grey bands; the score V4 takes the simulator's own areas, where they are "
        "known). Medians and quartiles over "
        f"{counts.min()} to {counts.max()} frames a vowel that have a clear constriction, up "
        f"to {people}. Shares sum to one, and may be negative in a model that misunderstands. The "
        "definitions of affiliation disagree for F1, so it is shown and not scored."
    )
