"""The vowel space as heard and as predicted from shape, model by model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from tractable.figures.sheet import PAGE, counted, ipa, listed, looks, spoken
from tractable.figures.table import COUNTS
from tractable.figures.vowels import Speakers, check_models, in_order

TITLE = "Vowel space, predicted against measured"
NOUNS = ("formants", "predictions")
COLUMNS = (
    {"model": str, "vowel": str}
    | dict.fromkeys(("F1", "F2", "F1_heard", "F2_heard"), float)
    | COUNTS
)


def numbers(
    speakers: Speakers, *, models: list[str], vowels: list[str], least_frames: int
) -> pd.DataFrame:
    """Geometric means of F1 and F2 by vowel, of speakers' means, where both could be trusted.

    Returns
    -------
    model, vowel, F1, F2 (predicted) and F1_heard, F2_heard [Hz], n_frames, n_speakers.
    """
    frames = pd.concat(
        [of_speaker(name, stores, models, vowels) for name, stores in speakers.items()]
    )
    values = ["F1", "F2", "F1_heard", "F2_heard"]
    by_speaker = frames.groupby(["model", "vowel", "speaker"], sort=False)[values].mean()
    groups = by_speaker.groupby(["model", "vowel"], sort=False)
    table = np.exp(groups[values].mean())
    table["n_frames"] = frames.groupby(["model", "vowel"], sort=False).size()
    table["n_speakers"] = groups.size()
    table = table[table.n_frames >= least_frames].reset_index()
    return in_order(table, model=models, vowel=vowels)


def of_speaker(
    name: str, stores: Mapping[str, xr.Dataset], models: list[str], vowels: list[str]
) -> pd.DataFrame:
    """ln F1 and ln F2 of every frame of a vowel, heard and predicted."""
    heard = np.log(stores["formants"].frequency.sel(formant=[1, 2]).values)
    told = stores["predictions"].frequency.sel(formant=[1, 2])
    check_models(models, told.model.values, "vowel_space")
    phone = stores["formants"].phone.values
    tables = []
    for model in models:
        predicted = np.log(told.sel(model=model).values)
        usable = np.isfinite(heard).all(1) & np.isfinite(predicted).all(1) & np.isin(phone, vowels)
        both = np.hstack([predicted, heard])[usable]
        table = pd.DataFrame(both, columns=["F1", "F2", "F1_heard", "F2_heard"])
        tables.append(table.assign(model=model, vowel=phone[usable], speaker=name))
    return pd.concat(tables)


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """One panel per model, as phoneticians draw vowels: F2 to the left, F1 down."""
    models = list(dict.fromkeys(numbers.model))
    known = looks(models, families)
    figure = Figure(figsize=(PAGE, 2.6), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False, sharex=True, sharey=True)[0]
    for axes, model in zip(panels, models, strict=True):
        rows = numbers[numbers.model == model]
        for row in rows.itertuples():
            ends = 1e-3 * np.array([[row.F2_heard, row.F1_heard], [row.F2, row.F1]])
            axes.plot(*ends.T, color=known[model].colour, linewidth=0.9, zorder=1)
            axes.annotate(ipa(row.vowel), ends[0], (3, 2), textcoords="offset points", fontsize=8.5)
        heard = {"color": "black", "marker": ".", "markersize": 4, "gid": "heard"}
        axes.plot(1e-3 * rows.F2_heard, 1e-3 * rows.F1_heard, linestyle="", **heard, zorder=3)
        predicted = {"color": known[model].colour, "marker": known[model].marker}
        axes.plot(1e-3 * rows.F2, 1e-3 * rows.F1, linestyle="", **predicted, gid=model, zorder=2)
        axes.set_title(spoken(model), color=known[model].colour)
        axes.set_xlabel("F2 (kHz)")
    prepare(panels[0], numbers)
    return figure


def prepare(axes: Axes, numbers: pd.DataFrame) -> None:
    """Logarithmic axes with room for the letters, turned as vowel charts are."""
    for name, scale, limits in (
        ("F2", axes.set_xscale, axes.set_xlim),
        ("F1", axes.set_yscale, axes.set_ylim),
    ):
        values = 1e-3 * numbers[[name, f"{name}_heard"]].to_numpy()
        scale("log")
        limits(1.12 * values.max(), values.min() / 1.12)
    for axis, step in ((axes.xaxis, (0.5, 0.7, 1, 1.5, 2, 3)), (axes.yaxis, (0.3, 0.4, 0.6, 0.8))):
        axis.set_major_locator(FixedLocator(step))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(FixedLocator(()))
    axes.set_ylabel("F1 (kHz)")


def caption(numbers: pd.DataFrame) -> str:
    """What letters and signs are, and over how many frames."""
    counts = numbers.groupby("vowel").n_frames.max()
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "Dots with letters: vowels as measured from the sound; the line leads to where "
        f"{listed(map(spoken, dict.fromkeys(numbers.model)))} put them from the shape of the tract "
        f"alone. Geometric means of speakers' means, {people}, {counts.min()} to {counts.max()} "
        "frames a vowel, each predicted by models that never heard it, and only where Praat's F1 "
        "and F2 can be trusted."
    )
