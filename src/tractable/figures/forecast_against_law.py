"""Who forecasts movement best, and who holds the law that made it: the dynamical twin of accuracy
against agreement with physics.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tractable.contracts import BadInput
from tractable.figures.curves import count_speakers, means, of_speakers
from tractable.figures.plateaus import plateau_noises
from tractable.figures.sheet import COLOURS, PAGE, counted, listed
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote
from tractable.statistics import geometric_interval
from tractable.vector_fields.field import linearised
from tractable.vector_fields.networks import hybrid_ode, neural_ode
from tractable.vector_fields.trial import COMMON, SPRINGS, Teach, Trial, trial

TITLE = "Forecast against law"
NOUNS = ("dynamics",)
COLUMNS = {"law": str, "model": str, "measure": str, "speaker": str} | INTERVAL
FORECAST, STIFFNESS = (
    "forecast error",
    "stiffness",
)  # over those of the true law, and over the truth
TRUE = "true law"
STYLES: dict[str, dict[str, Any]] = {
    TRUE: {"color": "#000000", "marker": "*"},
    "damped spring": {"color": COLOURS["tube"][0], "marker": "o"},
    "neural ODE": {"color": COLOURS["black_box"][0], "marker": "s"},
    "hybrid ODE": {"color": COLOURS["black_box"][2], "marker": "D"},
}
TO_MM2 = 1e6  # mm2 in a m2


def numbers(
    speakers: Speakers,
    *,
    variable: str,
    laws: dict[str, float],
    taught: int,
    network: dict[str, int],
    penalty: float,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Forecast error and stiffness of whoever learns simulated gestures, with each speaker's noise.

    Parameters
    ----------
    variable : whose noise of plateaus is added.
    laws : that make the gestures, with their parameter; of those with a stiffness at the target.
    taught : gestures that teach, and as many that are forecast.
    network : ``width`` and ``steps`` of a neural ODE, and of what a hybrid ODE adds to a spring.
    penalty : on what it adds, see `hybrid_ode`.
    confidence : of Student's intervals over speakers, of logarithms.
    seed : of gestures and networks, with the number of the speaker.

    Returns
    -------
    law, model, measure, speaker, value, low, high: ``forecast error`` over that of the law that
    made the gestures, fitted to them, and ``stiffness`` at the target over the true one. With whom
    a model diverges, or is pushed from the target, has none of it. Empty where nobody has plateaus.

    Raises
    ------
    BadInput : a variable that is none, or a law without a stiffness.
    """
    for name in laws:
        if name not in SPRINGS:
            raise BadInput(
                f"forecast_against_law: laws: {name!r} has no stiffness at its target; those that "
                f"have: {', '.join(SPRINGS)}"
            )
    noises = plateau_noises(speakers, [variable], asked_by="forecast_against_law")
    if not noises:
        return pd.DataFrame(columns=[*COLUMNS])
    width, steps = network["width"], network["steps"]
    learn: dict[str, Teach] = {
        "neural ODE": partial(neural_ode, width=width, steps=steps),
        "hybrid ODE": partial(hybrid_ode, width=width, steps=steps, penalty=penalty),
    }
    values = np.full((len(laws), len(STYLES), 2, len(noises)), np.nan)
    for k, (name, theta) in enumerate(laws.items()):
        for n, (noise,) in enumerate(noises.values()):
            of = trial(
                name,
                theta,
                count=taught,
                noise_autocovariance=TO_MM2 * noise,
                seeds=(2 * (seed + n), 2 * (seed + n) + 1),
                **COMMON,
            )
            values[k, :, :, n] = [*asked(of, learn, seed + n)]
    axes = {"law": [*laws], "model": [*STYLES], "measure": [FORECAST, STIFFNESS]}
    axes["speaker"] = [*noises]
    table = xr.DataArray(values, axes, [*axes])
    return of_speakers(table, confidence=confidence, interval=geometric_interval)


def asked(of: Trial, learn: Mapping[str, Teach], seed: int) -> Iterator[tuple[float, float]]:
    """Error and stiffness of every model, over those of the true law; NaN: it diverges."""
    least = of.skill(of.by_law(of.name)).error
    for model in STYLES:
        if model in learn:
            told = of.teach(learn[model], seed=seed)
            stiffness = linearised(told).stiffness
            try:
                error = of.skill(of.by_field(told)).error
            except BadInput:
                yield np.nan, np.nan
                continue
        else:
            name = of.name if model == TRUE else "linear"
            error, stiffness = of.skill(of.by_law(name)).error, of.spring(name).stiffness
        ratio = stiffness / of.truth.stiffness
        yield error / least, ratio if ratio > 0 else np.nan  # one that pushes has no logarithm


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel for each law: error along, stiffness upwards; who is right in both is at (1, 1)."""
    figure = Figure(figsize=(PAGE, 2.6), layout="constrained")
    laws = list(dict.fromkeys(numbers.law))
    panels = figure.subplots(1, max(len(laws), 1), sharex=True, sharey=True, squeeze=False)[0]
    for axes, law in zip(panels, laws, strict=False):
        axes.set_title(law)
        axes.axhline(1, color="#888888", linewidth=0.7, zorder=0)
        axes.axvline(1, color="#888888", linewidth=0.7, zorder=0)
        for model, style in STYLES.items():
            rows = numbers[(numbers.law == law) & (numbers.model == model)]
            draw_model(axes, rows, model, style)
        axes.set(xscale="log", yscale="log")
        axes.set_xticks([1, 2, 5], ["1", "2", "5"], minor=False)
        axes.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"], minor=False)
        axes.minorticks_off()
        axes.set_xlabel("forecast error over the true law's")
    panels[0].set_ylabel("stiffness over the truth")
    signs = [Line2D([], [], linestyle="none", markersize=5, **style) for style in STYLES.values()]
    figure.legend(signs, [*STYLES], loc="outside lower center", ncols=4)
    return figure


def draw_model(axes: Axes, rows: pd.DataFrame, model: str, style: Mapping[str, Any]) -> None:
    """Speakers as dots, their geometric mean as the model's sign with intervals both ways."""
    by = rows.pivot(index="speaker", columns="measure", values="value")
    mean = means(rows).set_index("measure")
    if not {FORECAST, STIFFNESS} <= {*mean.index}:
        return
    dots = {"color": style["color"], "marker": "o", "linestyle": "none", "markersize": 1.8}
    speakers = by.drop(index=means(rows).speaker.unique())
    axes.plot(speakers[FORECAST], speakers[STIFFNESS], alpha=0.5, **dots)
    at, high = mean.loc[FORECAST], mean.loc[STIFFNESS]
    axes.hlines(high.value, at.low, at.high, color=style["color"], linewidth=1)
    axes.vlines(at.value, high.low, high.high, color=style["color"], linewidth=1)
    axes.plot([at.value], [high.value], **style, markersize=5, linestyle="none", gid=model)


def caption(numbers: pd.DataFrame) -> str:
    """What was simulated, and where everybody stands."""
    people = counted(count_speakers(numbers), "speaker")
    told = " ".join(
        f"Of {law}: {listed(told_of(rows))}."
        for law, rows in means(numbers).groupby("law", sort=False)
    )
    return (
        "Simulated gestures of a law (above each panel) with the noise that each of "
        f"{people} has on plateaus teach, others of the same class are forecast from their onset, "
        "x0 and the class's target, all of them known. Along: error over that of the law that made "
        "them, fitted to them. Upwards: stiffness at the target over the true one. Dots are "
        "speakers, signs geometric means, bars intervals of Student's t. Who forecasts as well as "
        "the true law stands at 1 along; only who holds that law stands at 1 upwards, too. "
        f"{told} No onset was fitted, and no gesture is a speaker's own."
    )


def told_of(rows: pd.DataFrame) -> Iterator[str]:
    """``neural ODE error 1.0 [.98, 1.1] and stiffness .3 [.2, .4]``, of every model."""
    for model, own in rows.groupby("model", sort=False):
        by = own.set_index("measure")
        said = [
            str(quote(*(by.loc[measure, name] for name in INTERVAL)))
            for measure in (FORECAST, STIFFNESS)
        ]
        yield f"{model} error {said[0]} and stiffness {said[1]}"
