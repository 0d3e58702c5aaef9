"""What a line can read off the layers of networks: is it more than the shape itself gives away?"""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.curves import by_speaker, count_speakers, means
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers, check_models, in_order
from tractable.score_table import quote

TITLE = "What can be read off the layers of networks"
NOUNS = ("scores",)
LIKENESS = "CKA with sensitivities"  # stands among the targets: no probe, and nobody's
COLUMNS = (
    {"target": str, "network": str, "layer": str} | INTERVAL | {"control": float, "n_speakers": int}
)
INPUT = Look("physics", "#000000", "|")  # the shape itself is no model's


def numbers(corpus: Speakers, *, models: list[str], confidence: float) -> pd.DataFrame:
    """R2 of probes on held-out speakers by target and layer, and of their control task.

    Parameters
    ----------
    models : whose layers are shown, in their order, below the input.
    confidence : of Student's intervals over speakers.

    Returns
    -------
    target, network ("": the input), layer, value, low, high, control, n_speakers. The last target
    is CKA of the layer with physics' sensitivities, without interval and control.
    """
    ((_, stores),) = corpus.items()
    read = by_speaker(corpus, "probed", confidence=confidence)
    if read.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    scores = stores["scores"]
    check_models(models, scores.network.values, "probes_by_layer")
    control = means(by_speaker(corpus, "probe_control", confidence=confidence))
    control = control.rename(columns={"value": "control"})[["layer", "target", "control"]]
    rows = means(read).merge(control, on=["layer", "target"], how="left")
    rows = pd.concat([rows, likeness(scores)]).assign(n_speakers=count_speakers(read))
    network = dict(zip(scores.layer.values, scores.network.values, strict=True))
    rows = rows.assign(network=rows.layer.map(network))
    rows = rows[rows.network.isin(["", *models])]
    targets = [*scores.target.values, LIKENESS]
    return in_order(rows, target=targets, network=["", *models])[[*COLUMNS]]


def likeness(scores: xr.Dataset) -> pd.DataFrame:
    """CKA of every layer with the sensitivities of physics."""
    values = scores.likeness.sel(other="sensitivities").values
    told = {"target": LIKENESS, "layer": scores.layer.values, "value": values}
    return pd.DataFrame(told).dropna(subset="value")


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]], least: float) -> Figure:
    """A panel per target, a row per layer; dashed what the input gives, crosses the control task.

    Parameters
    ----------
    least : R2 below which a layer is an arrow at the edge.
    """
    layers, targets = (list(dict.fromkeys(numbers[name])) for name in ("layer", "target"))
    known = looks(filter(None, dict.fromkeys(numbers.network)), families) | {"": INPUT}
    figure = Figure(figsize=(PAGE, 0.9 + 0.155 * len(layers)), layout="constrained")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        lowest = 0.0 if target == LIKENESS else least
        draw_target(axes, numbers[numbers.target == target], layers, known, lowest)
        axes.set_title("\n".join(wrap(target, 13)), fontsize=7)
    panels[0].set_yticks(range(len(layers)), [in_words(layer) for layer in layers])
    panels[0].set_ylim(len(layers) - 0.4, -0.6)
    figure.supxlabel("R² on held-out speakers; on the right CKA", fontsize=7.5)
    return figure


def in_words(layer: str) -> str:
    """``mlp: hidden 1``; the input is the shape."""
    return spoken(layer).replace("/", ": ") if "/" in layer else "the shape itself"


def draw_target(
    axes: Axes, rows: pd.DataFrame, layers: list[str], known: Mapping[str, Look], least: float
) -> None:
    """Values with their intervals, all of one panel."""
    axes.set_xlim(least - 0.04, 1.06)
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y")
    axes.axvline(0, color="#bbbbbb", linewidth=0.6, zorder=0)
    for row in rows.itertuples():
        look, y, at = known[row.network], layers.index(row.layer), max(row.value, least)
        if row.network == "":
            axes.axvline(at, color="#777777", linewidth=0.8, dashes=(3, 2), zorder=0, gid="shape")
        marker = look.marker if row.value >= least else "<"
        face = "white" if look.is_control else look.colour
        ends = np.clip([row.low, row.high], *axes.get_xlim())
        style: dict[str, Any] = {"color": look.colour, "markerfacecolor": face, "markersize": 3.5}
        axes.plot(ends, [y, y], color=look.colour, linewidth=0.9)
        axes.plot([at], [y], marker, **style, clip_on=False, gid=row.layer)
        axes.plot([max(row.control, least)], [y], "x", color="#777777", markersize=3, gid="control")


def caption(numbers: pd.DataFrame) -> str:
    """What the last layers, the input and the control task give, and how like physics they are."""
    probed = numbers[numbers.target != LIKENESS]
    mean = probed.groupby("layer", sort=False).value.mean()
    alike = numbers[numbers.target == LIKENESS].set_index("layer").value
    last = numbers[numbers.network != ""].drop_duplicates("network", keep="last").layer
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "How well ridge regression reads the measured tract off the units of every layer, on "
        "speakers, or stretches of speech, that neither the network nor the regression has seen: "
        "1 less the squared error over that of the training speakers' mean; means over "
        f"{people} with Student's intervals, arrows beyond the edge. Dashed: the same from the "
        "shape that is the network's input. Crosses: the control task, the values of other frames "
        "of the same speaker, which tells speakers and no shapes. Mean of all targets: "
        f"{quoted(mean, ['input', *last])}. That a thing can be read does not say that a network "
        "uses it: white signs are networks that never learnt, or learnt other frames' formants. On "
        "the right, centred kernel alignment of layers with physics' sensitivities: "
        f"{quoted(alike, ['input', *last])}."
    )


def quoted(values: pd.Series, layers: list[str]) -> str:
    """``0.75 (the shape itself), 0.77 (mlp: hidden 2)``, of the layers that have a value."""
    known = [layer for layer in layers if np.isfinite(values.get(layer, np.nan))]
    if not known:
        return "nothing"
    return listed(f"{quote(values[layer])} ({in_words(layer)})" for layer in known)
