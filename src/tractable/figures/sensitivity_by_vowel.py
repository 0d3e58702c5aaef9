"""Sensitivity functions by vowel: what the models depend on, against what physics says."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from tractable.figures.physics import PHYSICS, along_tract, by_distance
from tractable.figures.sheet import PAGE, counted, ipa, listed, looks, spoken
from tractable.figures.table import COUNTS, INTERVAL
from tractable.figures.vowels import (
    Speakers,
    check_models,
    first_vowels,
    in_order,
    positions,
    summarised,
)

TITLE = "Sensitivity functions, models against physics"
NOUNS = ("areas", "theory", "explanations")
ROOM = 1.6  # height of a panel over that of physics
COLUMNS = {"vowel": str, "formant": int, "model": str, "place": float} | INTERVAL | COUNTS


def numbers(
    speakers: Speakers, *, models: list[str], vowels: list[str], most: int, least_frames: int
) -> pd.DataFrame:
    """Mean and standard deviation over frames of dlnF/dlnd per unit of x/L.

    Parameters
    ----------
    vowels : in the order in which they are shown, the first ``most`` of those that were said.

    Returns
    -------
    vowel, formant, model, place, value, low, high, n_frames, n_speakers; physics is a model too:
    the tube on the measured shape, by the published law of area.
    """
    frames = pd.concat(
        [of_speaker(name, stores, models, vowels) for name, stores in speakers.items()]
    )
    by = ["vowel", "formant", "model", "place"]
    table = summarised(frames, by, "mean", least_frames=least_frames)
    table = in_order(table, vowel=vowels, formant=[1, 2, 3], model=[PHYSICS, *models])
    return first_vowels(table, most)


def of_speaker(
    name: str, stores: Mapping[str, xr.Dataset], models: list[str], vowels: list[str]
) -> pd.DataFrame:
    """Sensitivities of one speaker's explained frames, one row per value."""
    told = stores["explanations"].distance_sensitivity
    check_models(models, told.model.values, "sensitivity_by_vowel")
    at = positions(told.frame.values, stores["areas"].time.values)
    formants = told.formant.values
    parts = {PHYSICS: by_distance(stores, formants, at)}
    parts |= {model: told.sel(model=model).values for model in models}
    phone = stores["areas"].phone.values[at]
    usable = np.isfinite(np.stack(list(parts.values()))).all((0, 2, 3)) & np.isin(phone, vowels)
    rows = one_row_per_value(parts, usable, phone, formants, told.place.values)
    return pd.concat(rows).assign(speaker=name)


def one_row_per_value(parts, usable, phone, formants, place) -> Iterator[pd.DataFrame]:
    frames = np.flatnonzero(usable)
    for model, values in parts.items():
        labels = [frames, formants, place]
        index = pd.MultiIndex.from_product(labels, names=["frame", "formant", "place"])
        table = pd.DataFrame({"value": len(place) * values[usable].ravel()}, index).reset_index()
        yield table.assign(model=model, vowel=phone[table.frame])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A row per formant and a column per vowel; glottis left, lips right."""
    vowels, formants = list(dict.fromkeys(numbers.vowel)), sorted(set(numbers.formant))
    known = looks(numbers.model, families)
    figure = Figure(figsize=(PAGE, 0.6 + 1.25 * len(formants)), layout="constrained")
    panels = figure.subplots(len(formants), len(vowels), squeeze=False, sharex=True, sharey="row")
    for (formant, vowel), rows in numbers.groupby(["formant", "vowel"], sort=False):
        axes = panels[formants.index(formant), vowels.index(vowel)]
        axes.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=0)
        for model, line in rows.groupby("model", sort=False):
            along_tract(axes, line, str(model), known[model])
    dress(figure, panels, vowels, formants, numbers)
    return figure


def dress(figure: Figure, panels, vowels, formants, numbers: pd.DataFrame) -> None:
    frames = numbers.groupby("vowel", sort=False).n_frames.max()
    truth = numbers[numbers.model == PHYSICS].groupby("formant")
    for line, formant in zip(panels, formants, strict=True):
        rows = truth.get_group(formant)
        most = ROOM * rows[["low", "high"]].abs().to_numpy().max()
        line[0].set_ylim(-most, most)  # spikes would hide all else
    for axes, vowel in zip(panels[0], vowels, strict=True):
        axes.set_title(f"/{ipa(vowel)}/  {counted(int(frames[vowel]), 'frame')}")
    for axes, formant in zip(panels[:, 0], formants, strict=True):
        axes.set_ylabel(f"F{formant}\ndlnF / dln d")
    for axes in panels[-1]:
        axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["glottis", "", "lips"])
        for label, side in zip(axes.get_xticklabels(), ("left", "center", "right"), strict=True):
            label.set_horizontalalignment(side)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))


def caption(numbers: pd.DataFrame) -> str:
    """Whose curves these are, and over how many frames."""
    models = [spoken(model) for model in dict.fromkeys(numbers.model) if model != PHYSICS]
    counts = numbers.groupby("vowel").n_frames.max()
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "How each formant changes when the tract is made wider at one place (dlnF/dlnd per unit of "
        f"x/L, glottis left, lips right): {listed(models)} against the tube on the measured shapes "
        "with the published law of area (black, grey band one standard deviation over frames). "
        f"Means over {counts.min()} to {counts.max()} frames a vowel, up to {people}, each frame "
        "by models that never heard it. What leaves a panel is more than "
        f"{ROOM:g} times what physics says anywhere. Where the simulator's own areas are known, "
        "the scores use those instead."
    )
