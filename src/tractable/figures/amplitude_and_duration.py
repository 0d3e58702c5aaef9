"""Amplitude against duration and peak velocity, beside what the finder of gestures makes alone."""

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tractable.contracts import BadInput, likely
from tractable.dynamics.exchanged import amplitudes_exchanged
from tractable.figures.curves import means, of_speakers
from tractable.figures.sheet import COLOURS, PAGE, counted, cycled, listed
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Amplitude, duration and peak velocity of gestures"
NOUNS = ("dynamics",)
COLUMNS = (
    {"source": str, "relation": str, "variable": str, "speaker": str}
    | {"amplitude": float, "duration": float, "peak_velocity": float}
    | INTERVAL
)
MEASURED, SIMULATED, DIFFERENCE = "measured", "simulated", "measured less simulated"
#: What amplitude may be related to -> its column, and its axis.
RELATIONS = {
    "duration": ("duration", "duration (ms)"),
    "peak velocity": ("peak_velocity", "peak velocity (cm/s)"),
}
#: What is read of a store, once.
READ = (
    *("moves", "begin", "start", "peak", "end", "clip_of_gesture", "amplitude", "peak_velocity"),
    "noise_autocovariance",
)
GROUP = ["source", "variable", "speaker"]
FACES = {MEASURED: None, SIMULATED: "white"}  # None: of the variable's colour


def numbers(
    speakers: Speakers,
    *,
    variables: list[str],
    law: str,
    parameter: float,
    repeats: int,
    least: int,
    confidence: float,
    seed: int,
    finder: Mapping[str, Any],
) -> pd.DataFrame:
    """Gestures as they were found, the same with amplitudes exchanged, and how each correlates.

    Parameters
    ----------
    variables : whose gestures are shown.
    law, parameter : of simulated gestures.
    repeats : simulations of a speaker and variable; the first is shown, all are correlated.
    least : gestures of a speaker and variable below which there is no correlation.
    confidence : of Student's intervals over speakers.
    seed : of what is exchanged, and of noise.
    finder : what gestures were found by, the section ``dynamics`` of params.yaml.

    Returns
    -------
    source, relation, variable, speaker, and either amplitude [mm], duration [ms] and
    peak_velocity [cm/s] of one gesture, without signs (relation is ""), or Pearson's correlation
    of amplitude with the relation: value, low, high. Source is ``measured``, ``simulated`` or, of
    correlations, their difference. Empty where there is no gesture.

    Raises
    ------
    BadInput : a variable that is none.
    """
    tables = []
    for speaker, stores in speakers.items():
        found = stores["dynamics"][[*READ]].load()
        for variable in variables:
            random = np.random.default_rng([seed, crc32(f"{speaker}/{variable}".encode())])
            made = {"name": law, "theta": parameter, "finder": finder, "random": random}
            for table in both(found, variable, repeats, made):
                tables.append(table.assign(variable=variable, speaker=speaker))
    gestures = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if gestures.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    related = of_speakers(correlations(gestures, least), confidence=confidence)
    shown = gestures[gestures["round"] == 0].assign(relation="")
    return pd.concat([shown, related], ignore_index=True).reindex(columns=[*COLUMNS])


def both(
    found: xr.Dataset, variable: str, repeats: int, made: Mapping[str, Any]
) -> Iterator[pd.DataFrame]:
    """Gestures of a variable, and of as many simulations as are asked for."""
    known = list(map(str, found.variable.values))
    if variable not in known:
        hint = likely(variable, known)
        raise BadInput(f"amplitude_and_duration: no variable {variable!r}; {hint}")
    own = found.isel(gesture=np.flatnonzero(found.moves.values == variable))
    measured = (own.amplitude.values, (own.end - own.start).values, own.peak_velocity.values)
    yield in_units(*measured).assign(source=MEASURED, round=0)
    for k in range(repeats):
        again = amplitudes_exchanged(found, variable, **made)
        period = 1 / found.attrs["frame_rate"]
        columns = [(g.amplitude, period * (g.end - g.start), g.peak_velocity) for g in again]
        simulated = np.reshape(np.array(columns, float), (-1, 3)).T
        yield in_units(*simulated).assign(source=SIMULATED, round=k)


def in_units(amplitude: np.ndarray, duration: np.ndarray, velocity: np.ndarray) -> pd.DataFrame:
    """From m, s and m/s, without signs."""
    columns = {"amplitude": 1e3 * np.abs(amplitude), "duration": 1e3 * duration}
    return pd.DataFrame(columns | {"peak_velocity": 1e2 * np.abs(velocity)})


def correlations(gestures: pd.DataFrame, least: int) -> xr.DataArray:
    """By relation, source (and their difference), variable and speaker; NaN: too few gestures."""
    rows = [
        dict(zip(GROUP, key[:-1], strict=True))
        | {
            relation: one.amplitude.corr(one[column], min_periods=least)
            for relation, (column, _) in RELATIONS.items()
        }
        for key, one in gestures.groupby([*GROUP, "round"], sort=False)
    ]
    rounds = pd.DataFrame(rows).groupby(GROUP, sort=False)[[*RELATIONS]]
    r = rounds.mean().to_xarray().to_array("relation")
    r = r.reindex(source=[MEASURED, SIMULATED])
    apart = r.sel(source=[MEASURED]) - r.sel(source=SIMULATED)
    return xr.concat([r, apart.assign_coords(source=[DIFFERENCE])], "source")


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Gestures as measured and as simulated, and on the right how they correlate by speaker."""
    figure = Figure(figsize=(PAGE, 4.4), layout="constrained")
    panels = figure.subplots(2, 3, width_ratios=[1, 1, 0.9])
    gestures = numbers[numbers.relation == ""]
    colours = colours_of(numbers)
    for row, (relation, (column, label)) in zip(panels, RELATIONS.items(), strict=True):
        for axes, source in zip(row, FACES, strict=False):
            draw_gestures(axes, gestures[gestures.source == source], column, colours)
            axes.set_xlim(0, 1.05 * gestures.amplitude.max())
            axes.set_ylim(0, 1.05 * gestures[column].max())
        row[0].set_ylabel(label)
        draw_correlations(row[2], numbers[numbers.relation == relation], colours)
        row[2].set_xlabel(f"r with {relation}")
    for axes, source in zip(panels[0], FACES, strict=False):
        axes.set_title(source)
        panels[1, [*FACES].index(source)].set_xlabel("amplitude (mm)")
    style: dict[str, Any] = {
        "color": "#444444",
        "linestyle": "none",
        "marker": "D",
        "markersize": 4,
    }
    signs = [Line2D([], [], **style, markerfacecolor=face or "#444444") for face in FACES.values()]
    figure.legend(signs, FACES, loc="outside upper right", ncols=2)
    return figure


def colours_of(numbers: pd.DataFrame) -> dict[str, str]:
    variables = dict.fromkeys(numbers.variable)
    return {name: cycled(COLOURS["black_box"], k) for k, name in enumerate(variables)}


def draw_gestures(axes: Axes, rows: pd.DataFrame, column: str, colours: Mapping[str, str]) -> None:
    """A point per gesture, a colour per variable."""
    for variable, colour in colours.items():
        own = rows[rows.variable == variable]
        style: dict[str, Any] = {
            "color": colour,
            "markersize": 2.5,
            "alpha": 0.5,
            "markeredgewidth": 0,
        }
        axes.plot(own.amplitude, own[column], "o", **style, gid=variable)
    axes.grid()


def draw_correlations(axes: Axes, rows: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """A line for each variable: speakers as dots, means as signs with their intervals."""
    axes.axvline(0, color="#444444", linewidth=0.9, dashes=(4, 3), zorder=0)
    for k, (variable, colour) in enumerate(colours.items()):
        for (source, face), y in zip(FACES.items(), (k - 0.18, k + 0.18), strict=True):
            own = rows[(rows.variable == variable) & (rows.source == source)]
            mean, speakers = means(own), own.drop(means(own).index)
            style: dict[str, Any] = {"color": colour, "markerfacecolor": face or colour}
            style |= {"clip_on": False, "gid": f"{source} {variable}"}
            axes.plot(speakers.value, [y] * len(speakers), "o", **style, markersize=2, alpha=0.6)
            axes.hlines([y] * len(mean), mean.low, mean.high, color=colour, linewidth=1)
            axes.plot(mean.value, [y] * len(mean), "D", **style, markersize=4.5)
    axes.set_yticks(range(len(colours)), [fill(name, 20) for name in colours])
    axes.set(xlim=(-1, 1), ylim=(len(colours) - 0.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def caption(numbers: pd.DataFrame) -> str:
    """How many gestures of whom, what simulation makes alone, and what is measured beyond it."""
    gestures = numbers[numbers.relation == ""]
    related = means(numbers[numbers.relation != ""])
    told = [compared(rows, relation) for relation, rows in related.groupby("relation", sort=False)]
    return (
        "Amplitude of gestures against their duration (above) and their peak velocity (below), a "
        "colour for each variable, as on the right. Left: "
        f"{seen(gestures, MEASURED)} of {counted(gestures.speaker.nunique(), 'speaker')} as found; "
        "durations are in whole frames. Middle: the same through simulation, each with its own "
        "time and duration but the amplitude of another one, all by one law, which knows nothing "
        "of amplitude, and with the noise of plateaus; the same finder finds "
        f"{seen(gestures, SIMULATED)}. What touches is not simulated; smaller movements than the "
        "finder asks for are missing on both sides. Right: Pearson's correlation with amplitude, "
        "by speaker (dots; of simulations the mean of several), means with Student's intervals "
        "over speakers. Where the interval of the difference holds 0, nothing beyond simulation "
        "was shown; where it does not, it may still be overlap's: gestures as found are cut short "
        "already, and overlap less when they are made anew. "
        f"{' '.join(told) or 'Nobody has enough gestures for a correlation.'}"
    )


def seen(gestures: pd.DataFrame, source: str) -> str:
    """``943 gestures (104 ms in the mean)``."""
    own = gestures[gestures.source == source]
    lasting = f" ({own.duration.mean():.0f} ms in the mean)" if len(own) else ""
    return counted(len(own), "gesture") + lasting


def compared(related: pd.DataFrame, relation: str) -> str:
    """What simulation alone makes of a relation, and what is measured beyond, by variable."""
    simulated = related[related.source == SIMULATED].value
    rows = related[related.source == DIFFERENCE]
    beyond = [f"{r.variable} {quote(r.value, r.low, r.high)}" for r in rows.itertuples()]
    if not beyond:
        return f"Of {relation} there is no simulation."
    return (
        f"With {relation}, simulation alone has {quote(simulated.min())} to "
        f"{quote(simulated.max())} in the mean; measured less simulated: {listed(beyond)}."
    )
