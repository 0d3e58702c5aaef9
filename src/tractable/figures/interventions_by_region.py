"""Which way does a formant go when one region is made wider or narrower, and who knows it?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.physics import PHYSICS, by_distance
from tractable.figures.sheet import PAGE, counted, ink, listed, spoken
from tractable.figures.table import COUNTS
from tractable.figures.vowels import Speakers, check_models, in_order, positions
from tractable.regions import region_shares
from tractable.score_table import quote

TITLE = "Signs of interventions by region and formant"
NOUNS = ("areas", "theory", "explanations")
COLUMNS = (
    {"model": str, "formant": int, "region": float, "raises": float, "agrees": float}
    | {"is_question": int}
    | COUNTS
)


def numbers(speakers: Speakers, *, models: list[str], foregone: float) -> pd.DataFrame:
    """How often a formant rises by widening (falls by narrowing), and as physics says.

    Parameters
    ----------
    foregone : share of one sign in physics from which on a cell is no question any more.

    Returns
    -------
    model, formant, region (x/L of its middle), raises and agrees (%, means of speakers' shares of
    frames; no answer counts half), is_question (1 or 0), n_frames, n_speakers; physics is a model
    too.
    """
    tables = pd.concat([of_speaker(name, stores, models) for name, stores in speakers.items()])
    tables = tables[tables.n_frames > 0]
    cells = tables.groupby(["model", "formant", "region"], sort=False)
    table = cells[["raises", "agrees"]].mean()
    table = table.assign(n_frames=cells.n_frames.sum(), n_speakers=cells.size()).reset_index()
    truth = table[table.model == PHYSICS].set_index(["formant", "region"]).raises
    open_cells = truth[np.maximum(truth, 100 - truth) < 100 * foregone].index
    cell = pd.MultiIndex.from_frame(table[["formant", "region"]])
    table = table.assign(is_question=cell.isin(open_cells).astype(int))
    return in_order(table, model=[PHYSICS, *models])[[*COLUMNS]]


def of_speaker(name: str, stores: Mapping[str, xr.Dataset], models: list[str]) -> pd.DataFrame:
    """Shares of one speaker's explained frames [%], a row per model, formant and region."""
    told = stores["explanations"]
    check_models(models, told.model.values, "interventions_by_region")
    asked = told.sel(model=models)
    answers = np.stack([asked.widened.values, -asked.narrowed.values], -1)
    signs = np.sign(np.concatenate([first_order(stores)[None], answers]))
    signs = signs[:, np.isfinite(signs).all((0, 2, 3, 4))]
    labels = {
        "model": [PHYSICS, *models],
        "formant": told.formant.values,
        "region": told.region.values,
    }
    index = pd.MultiIndex.from_product(labels.values(), names=labels)
    shares = {"raises": signs, "agrees": signs * signs[0]}
    asked = max(signs.shape[1] * signs.shape[4], 1)
    table = {word: 50 * (1 + of.sum((1, 4)) / asked).ravel() for word, of in shares.items()}
    return pd.DataFrame(table, index).reset_index().assign(n_frames=signs.shape[1], speaker=name)


def first_order(
    stores: Mapping[str, xr.Dataset],
) -> Float[np.ndarray, "frame formant region side"]:
    """d ln F of the tube by widening each region, and by narrowing it turned over."""
    told, areas = stores["explanations"], stores["areas"]
    at = positions(told.frame.values, areas.time.values)
    distance = np.maximum(areas.distance.values[at], told.floor)[:, None]
    steps = told.step * region_shares(told.sizes["region"], distance.shape[-1])
    sensitivity = by_distance(stores, told.formant.values, at)
    sides = [
        side * np.log(np.maximum(distance + side * steps, told.floor) / distance)
        for side in (1, -1)
    ]
    return np.einsum("tfp,strp->tfrs", sensitivity, np.stack(sides))


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A table per model, a row per formant and a column per region, glottis left, lips right."""
    models = list(dict.fromkeys(numbers.model))
    figure = Figure(figsize=(PAGE, 0.4 + 0.98 * len(models)), layout="constrained")
    panels = figure.subplots(len(models), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (model, rows) in zip(panels, numbers.groupby("model", sort=False), strict=True):
        if model == PHYSICS:
            draw_cells(axes, rows, "raises", rows.is_question >= 0)
            axes.set_title("physics: wider raises, narrower lowers the formant (% of frames)")
        else:
            draw_cells(axes, rows, "agrees", rows.is_question == 1)
            axes.set_title(f"{spoken(str(model))}: the sign of physics (% of frames)")
    panels[-1].set_xticks([0, 0.25, 0.5, 0.75, 1], ["glottis", "0.25", "0.5", "0.75", "lips"])
    panels[-1].set_xlabel("x / L of the region")
    return figure


def draw_cells(axes: Axes, rows: pd.DataFrame, shown: str, in_digits: pd.Series) -> None:
    """Shares in colour, white being a coin's half; some in digits too."""
    cells = rows.assign(in_digits=in_digits).pivot(index="formant", columns="region")
    values, told = cells[shown].to_numpy(), cells["in_digits"].to_numpy()
    (formants, regions), edge = values.shape, values.shape[0] - 0.5
    place = (0, 1, edge, -0.5)
    picture = axes.imshow(values, cmap="PuOr", vmin=0, vmax=100, aspect="auto", extent=place)
    for row, column in np.argwhere(told):
        value = values[row, column]
        style: dict[str, Any] = {"color": ink(picture.to_rgba(value)), "fontsize": 7}
        at = (column + 0.5) / regions
        axes.text(at, row, f"{value:.0f}", ha="center", va="center", **style)
    axes.set_yticks(range(formants), [f"F{formant}" for formant in cells.index])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def caption(numbers: pd.DataFrame) -> str:
    """What the colours are, and how often each model is right where there is a question."""
    questions = numbers[numbers.is_question == 1]
    models = [model for model in dict.fromkeys(numbers.model) if model != PHYSICS]
    right = questions.groupby("model").agrees.mean()
    said = listed(f"{spoken(m)} {quote(right[m])} %" for m in models) if len(right) else "none"
    cells = numbers.model.eq(PHYSICS)
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "Above: in how many frames a formant rises when one region of the tract is made wider and "
        "falls when it is made narrower (purple: it rises, brown: it falls). Below: in how many "
        "frames a model says the same (purple: it does, brown: the opposite, white: a coin). "
        f"Digits stand where there is a question, in {questions.model.eq(PHYSICS).sum()} of "
        f"{cells.sum()} cells: elsewhere nearly all frames have the same sign, which one map for "
        f"all shapes knows (by these very speakers; V3 asks training speakers). Right in those "
        f"cells: {said}. Means of {people}, "
        f"{counted(int(numbers.n_frames.max()), 'frame')}, by models that never heard them. "
        "Physics is the tube on the measured shapes by the published law, to first order in the "
        "change; the score V3 takes the simulator's own areas, where they are known, and the whole "
        "change."
    )
