"""Nomograms: formants while a constriction moves along the speaker's neutral tract, who follows?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.physics import PHYSICS
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.vowels import Speakers, check_models

TITLE = "Nomograms: formants by the place of a constriction"
NOUNS = ("scores",)
COLUMNS = {"model": str, "formant": int, "place": float, "value": float, "focal": float}
COLUMNS |= {"n_speakers": int}
FORMANTS = [1, 2, 3]
BEHIND = "#bbbbbb"


def numbers(corpus: Speakers, *, models: list[str]) -> pd.DataFrame:
    """Geometric mean over speakers of every model's formants, by place.

    Returns
    -------
    model, formant, place (x/L of the constriction's middle), value [Hz], focal (x/L at which the
    mean of this formant and that of the next come nearest, by their ratio; NaN for the last),
    n_speakers; physics is a model too. Empty where no constriction was moved.
    """
    (stores,) = corpus.values()
    scores = stores["scores"]
    if "nomogram" not in scores:
        return pd.DataFrame(columns=[*COLUMNS])
    shown = [PHYSICS, *models]
    check_models(shown, scores.model.values, "nomograms")
    curves = np.log(scores.nomogram.sel(model=shown, formant=[f"F{n}" for n in FORMANTS]))
    curves = curves.assign_coords(formant=FORMANTS).rename(sweep="place")
    mean = curves.mean("speaker").transpose("model", "formant", "place")
    count = curves.notnull().all(["formant", "place"]).sum("speaker")
    apart = mean.diff("formant", label="lower")
    focal = apart.place.isel(place=apart.argmin("place")).drop_vars("place")
    parts = {"value": np.exp(mean), "focal": focal.reindex(formant=FORMANTS), "n_speakers": count}
    rows = [of.rename(name).to_dataframe()[[name]] for name, of in parts.items()]
    table = rows[0].join(rows[1]).join(rows[2]).reset_index()
    return table[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel per model, physics behind it; right: a constriction nearer to the lips."""
    models = [model for model in dict.fromkeys(numbers.model) if model != PHYSICS]
    figure = Figure(figsize=(PAGE, 2.9), layout="constrained")
    panels = figure.subplots(1, len(models), sharex=True, sharey=True, squeeze=False)[0]
    known = looks(dict.fromkeys(numbers.model), families)
    for axes, model in zip(panels, models, strict=True):
        for name in (PHYSICS, model):
            draw_formants(axes, numbers[numbers.model == name], name, known[name])
        axes.set(xlim=(0, 1), ylim=(0, 1.05e-3 * numbers.value.max()))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["glottis", "0.25", "0.5", "0.75", "lips"])
        axes.set_xlabel("x / L of the constriction")
        axes.grid(axis="y")
    panels[0].set_ylabel("F1, F2, F3 (kHz)")
    lines = [line for axes in panels for line in axes.lines]
    shown = {name: line for line in lines if not (name := str(line.get_label())).startswith("_")}
    figure.legend(shown.values(), shown.keys(), loc="outside upper center", ncols=len(shown))
    return figure


def draw_formants(axes: Axes, rows: pd.DataFrame, model: str, look: Look) -> None:
    """A line per formant, and a bar with two signs where one comes nearest to the next."""
    lines = {n: of.set_index("place") for n, of in rows.groupby("formant")}
    style: dict[str, Any] = {"color": look.colour, "linewidth": 1.2}
    style |= {"linestyle": "--" if look.is_control else "-"}
    if model == PHYSICS:
        style |= {"color": BEHIND, "linewidth": 2.6}
    for n, of in lines.items():
        label = spoken(model) if n == FORMANTS[0] else None
        axes.plot(of.index, 1e-3 * of.value, label=label, gid=model, **style)
    for n, lower in lines.items():
        at = lower.focal.iloc[0]
        if np.isfinite(at):
            draw_focus(axes, at, [1e-3 * lines[k].value[at] for k in (n, n + 1)], look)


def draw_focus(axes: Axes, at: float, ends: list[float], look: Look) -> None:
    """Two signs, one above the other, and a dotted line between them."""
    face = "white" if look.is_control else look.colour
    axes.plot([at, at], ends, ":", color=look.colour, linewidth=0.8, zorder=3)
    style: dict[str, Any] = {"color": look.colour, "markerfacecolor": face}
    axes.plot([at, at], ends, look.marker, **style, gid="focus", zorder=4)


def caption(numbers: pd.DataFrame) -> str:
    """What moves, what is drawn, and where F2 and F3 come nearest."""
    firsts = numbers[numbers.formant == 2].drop_duplicates("model").set_index("model").focal
    said = listed(f"{at:.2f} ({spoken(str(m))})" for m, at in firsts.items())
    places = numbers.place.unique()
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        f"Formants while a constriction moves along the neutral tract of {people}, from "
        f"x/L = {places.min():.2f} to {places.max():.2f} in {len(places)} places; geometric means "
        "over speakers, by the models that hold them, or a part of their speech, out. Grey, in "
        "each panel: physics, the speakers' neutral tubes, the simulator's own where they are "
        "known. Signs tied by a dotted line (physics: black) stand where a formant comes nearest "
        f"to the next, by the ratio of the means: F2 to F3 at {said}. No speaker makes these "
        "shapes. The scores V5 compare speaker by speaker, and take each curve about its own mean."
    )
