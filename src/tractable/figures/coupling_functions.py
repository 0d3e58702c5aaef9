"""What can be said of the coupling of phases in repetitive speech, as noisy as it is measured."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D

from tractable.contracts import BadInput
from tractable.dynamics.phases import Couplings, coupling_functions
from tractable.dynamics.repetitive import Pull
from tractable.figures.curves import MEAN, count_speakers, means, of_speakers
from tractable.figures.plateaus import plateau_noises
from tractable.figures.repetitive_speech import (
    EXCHANGED,
    FOUND,
    ROUGH,
    ROUGH_EXCHANGED,
    by_length,
    heard,
    over_time,
)
from tractable.figures.sheet import COLOURS, PAGE, counted, listed
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote
from tractable.statistics import student_interval

TITLE = "Coupling functions of phases in repetitive speech"
NOUNS = ("dynamics",)
COLUMNS = (
    {"measure": str, "source": str, "speaker": str}
    | {"seconds": float, "first": float, "second": float}
    | INTERVAL
)
PLANTED = "planted"
#: Runs that are coupled, and what is to be told from them.
PAIRS = {FOUND: EXCHANGED, ROUGH: ROUGH_EXCHANGED}
FUNCTION, OVER_TIME, BEYOND = "function", "strength over time", "strength beyond exchanged"
#: What is asked of a stretch.
MEASURES = ("likeness", "direction", "strength")
#: Panels below, each with its axis.
PANELS = {
    "likeness": "likeness to what was planted (r)",
    "direction": "direction (1: the first drives)",
    "strength": "strength (rad/s)",
    BEYOND: "strength beyond exchanged (rad/s)",
    OVER_TIME: "strength over time (rad/s)",
}
STYLES: dict[str, dict[str, Any]] = {
    FOUND: {"color": COLOURS["black_box"][0], "marker": "o"},
    ROUGH: {"color": COLOURS["tube"][0], "marker": "s"},
    EXCHANGED: {"color": COLOURS["control"][0], "marker": "D", "markerfacecolor": "white"},
    ROUGH_EXCHANGED: {"color": COLOURS["control"][0], "marker": "s", "markerfacecolor": "white"},
}
MAPPED = (FOUND, ROUGH, EXCHANGED)  # whose functions are shown
GRID = np.meshgrid(*[np.linspace(0, 2 * np.pi, 17)[:-1]] * 2, indexing="ij")
DRIVEN = 1  # the second phase
DASHED: dict[str, Any] = {"color": "#444444", "linewidth": 0.9, "dashes": (4, 3), "zorder": 0}
BOUNDED = ("likeness", "direction")  # between -1 and 1
Measured = Mapping[str, Float[np.ndarray, "seconds speaker"]]  # by source
WORDS = {"likeness": "r", "direction": "direction", "strength": "strength"}


def numbers(
    speakers: Speakers,
    *,
    variables: list[str],
    pace: list[float],
    pull: dict[str, float],
    unrest: float,
    amplitude: float,
    rough: float,
    seconds: list[float],
    shown: float,
    stretch: float,
    spread: float,
    order: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Coupling functions of simulated repetitive speech with the noise of every speaker.

    Parameters
    ----------
    variables : two, whose noise of plateaus is added; the first one's phase drives the second's.
    pace : turns of each a second, left alone.
    pull : ``together`` and ``alone`` of the planted function, see `repetitive.Pull` [rad/s].
    unrest : by which either phase wanders [rad / sqrt(s)].
    amplitude : of movements [m].
    rough : level of more noise, as correlated as that of plateaus [m].
    seconds : lengths of speech that are asked; the longest is said.
    shown : length whose functions are shown [s].
    stretch, spread : of speech that is coupled from its middle on: about how long its equal
        stretches are [s], each of which has the last one as its prior, and how much may have
        changed since, see `phases.coupling_functions`.
    order : of the Fourier series.
    confidence : of Student's intervals over speakers.
    seed : of phases, and of noise.

    Returns
    -------
    measure, source, speaker, seconds, first, second, value, low, high. ``function``: what the
    second phase is changed by at both phases [rad], of the first speaker [rad/s]; ``likeness``,
    ``direction``, ``strength`` by length; ``strength beyond exchanged``, a speaker's less that of
    the speaker's own exchanged runs; ``strength over time`` by the middle of each stretch.
    Empty where nobody has plateaus of both variables.

    Raises
    ------
    BadInput : a variable that is none, or a length to be shown that is not asked.
    """
    if shown not in seconds:
        raise BadInput(f"coupling_functions: shown: {shown:g} s is none of seconds: {seconds}")
    noises = plateau_noises(speakers, variables, asked_by="coupling_functions")
    if not noises:
        return pd.DataFrame(columns=[*COLUMNS])
    rate = next(iter(speakers.values()))["dynamics"].attrs["frame_rate"]
    planted, longest = Pull(**pull), max(seconds)
    said = heard(
        np.array([*noises.values()]),
        rate,
        planted=planted,
        pace=pace,
        unrest=unrest,
        amplitude=amplitude,
        rough=rough,
        seconds=longest,
        seed=seed,
    )
    fit = partial(coupling_functions, frame_rate=rate, order=order)
    found = by_length(said.steady, [round(length * rate) for length in seconds], fit)
    many = max(1, round(longest / stretch))
    changing = over_time(said.late, many, partial(fit, spread=spread))
    middles = [longest * (k + 0.5) / many for k in range(many)]
    people = partial(by_speaker, speaker=[*noises], confidence=confidence)
    tables = [
        truth(planted, {middle: float(middle > longest / 2) for middle in middles}),
        *(functions(source, found[source][seconds.index(shown)][0]) for source in MAPPED),
        *(people(measure, measured(measure, found, planted), seconds) for measure in MEASURES),
        people(BEYOND, beyond_exchanged(measured("strength", found, planted)), seconds),
        people(OVER_TIME, measured("strength", changing, planted), middles),
    ]
    return pd.concat(tables, ignore_index=True).reindex(columns=[*COLUMNS])


def measured(
    measure: str, found: Mapping[str, Sequence[Sequence[Couplings]]], planted: Pull
) -> Measured:
    """One measure by source (length or stretch, speaker)."""
    return {
        source: np.array([[asked(measure, one, planted) for one in row] for row in of])
        for source, of in found.items()
    }


def beyond_exchanged(strength: Measured) -> Measured:
    """Strength of coupled runs less that of the same speaker's exchanged ones, so paired."""
    return {one: strength[one] - strength[other] for one, other in PAIRS.items()}


def by_speaker(
    measure: str,
    values: Measured,
    seconds: Sequence[float],
    *,
    speaker: list[str],
    confidence: float,
) -> pd.DataFrame:
    """One measure by source, length (or time) and speaker, with means over speakers."""
    axes = {"source": [*values], "seconds": list(seconds), "speaker": speaker}
    interval = bounded_interval if measure in BOUNDED else student_interval
    table = xr.DataArray(np.stack([*values.values()]), axes, [*axes])
    return of_speakers(table, confidence=confidence, interval=interval).assign(measure=measure)


def bounded_interval(values: xr.DataArray, *, confidence: float) -> xr.Dataset:
    """Student's interval of what lies between -1 and 1, by Fisher's transformation."""
    found = student_interval(xr.ufuncs.arctanh(values), confidence=confidence)
    return found.assign({name: np.tanh(found[name]) for name in INTERVAL})


def asked(measure: str, of: Couplings, planted: Pull) -> float:
    if measure == "direction":
        return of.direction
    if measure == "likeness":
        return float(np.corrcoef(of.function(DRIVEN, *GRID).ravel(), planted(*GRID).ravel())[0, 1])
    return float(of.strength[DRIVEN])


def functions(source: str, of: Couplings | Pull) -> pd.DataFrame:
    """What the second phase is changed by, at all phases of both."""
    value = of(*GRID) if isinstance(of, Pull) else of.function(DRIVEN, *GRID)
    first, second = (part.ravel() for part in GRID)
    columns = {"first": first, "second": second, "value": value.ravel()}
    return pd.DataFrame(columns).assign(measure=FUNCTION, source=source, speaker="")


def truth(planted: Pull, coupled: Mapping[float, float]) -> pd.DataFrame:
    """What was planted, of everything that is asked; ``coupled``: time [s] -> share of it then."""
    values = {"likeness": 1.0, "direction": 1.0, "strength": planted.strength}
    ever = pd.DataFrame({"measure": [*values], "value": [*values.values()]})
    strength = [planted.strength * share for share in coupled.values()]
    late = pd.DataFrame({"measure": OVER_TIME, "seconds": [*coupled], "value": strength})
    both = pd.concat([ever, late]).assign(speaker=MEAN, source=PLANTED)
    return pd.concat([functions(PLANTED, planted), both])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Functions of one speaker above; what is told of them, by length and over time, below."""
    figure = Figure(figsize=(PAGE, 4.2), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 1.3])
    draw_functions(figure, side_by_side(figure, grid[0], 4), numbers[numbers.measure == FUNCTION])
    panels = side_by_side(figure, grid[1], len(PANELS))
    for axes, (measure, label) in zip(panels, PANELS.items(), strict=True):
        rows = numbers[numbers.measure == measure]
        draw_axes(axes, measure, rows)
        for source, style in STYLES.items():
            draw_source(axes, rows[rows.source == source], source, style)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
        axes.grid(axis="y")
    signs = [Line2D([], [], markersize=4, linewidth=1, **style) for style in STYLES.values()]
    signs.append(Line2D([], [], **DASHED))
    figure.legend(signs, [*STYLES, PLANTED], loc="outside lower center", ncols=5)
    return figure


def side_by_side(figure: Figure, cell: SubplotSpec, count: int) -> list[Axes]:
    inside = cell.subgridspec(1, count)
    return [figure.add_subplot(inside[k]) for k in range(count)]


def draw_axes(axes: Axes, measure: str, rows: pd.DataFrame) -> None:
    """What was planted, and the lengths of speech that were asked, or time."""
    known = rows[rows.source == PLANTED]
    if measure == OVER_TIME:
        axes.step(known.seconds, known.value, where="mid", **DASHED, gid=PLANTED)
        axes.set_xlabel("time (s)")
        return
    axes.axhline(known.value.iloc[0] if len(known) else 0, **DASHED, gid=PLANTED)
    axes.set_xscale("log")
    axes.set_xlabel("length (s)")
    lengths = sorted(rows.seconds.dropna().unique())
    axes.set_xticks(lengths, [f"{length:g}" for length in lengths], minor=False)
    axes.minorticks_off()


def draw_functions(figure: Figure, panels: list[Axes], rows: pd.DataFrame) -> None:
    """Both phases along the axes, one scale of colours for all."""
    largest = rows.value.abs().max()
    for axes, (source, one) in zip(panels, rows.groupby("source", sort=False), strict=True):
        cells = one.pivot(index="second", columns="first", values="value")
        sides = (cells.columns, cells.index, cells.to_numpy())
        limits: dict[str, Any] = {"vmin": -largest, "vmax": largest, "cmap": "PuOr"}
        picture = axes.pcolormesh(*sides, shading="nearest", rasterized=True, **limits)
        axes.set_title(source)
        axes.set_xticks([0, np.pi], ["0", "π"])
        axes.set_yticks([0, np.pi], ["0", "π"])
        axes.set_xlabel("first phase (rad)")
        axes.set_aspect("equal")
    panels[0].set_ylabel("second phase (rad)")
    figure.colorbar(picture, ax=panels, label="change of pace (rad/s)")


def draw_source(axes: Axes, rows: pd.DataFrame, source: str, style: Mapping[str, Any]) -> None:
    """Speakers as dots, their mean as a line with intervals."""
    mean, speakers = means(rows), rows.drop(means(rows).index)
    axes.plot(
        *(speakers.seconds, speakers.value),
        **{
            **style,
            "linestyle": "none",
            "markersize": 1.5,
            "alpha": 0.5,
            "gid": f"speakers {source}",
        },
    )
    axes.vlines(mean.seconds, mean.low, mean.high, color=style["color"], linewidth=1)
    axes.plot(mean.seconds, mean.value, **style, markersize=3.5, linewidth=1, gid=source)


def caption(numbers: pd.DataFrame) -> str:
    """What was planted, and what of it is found in the shortest and in the longest speech."""
    told_of = numbers[numbers.measure.isin(MEASURES)]
    rows, people = means(told_of), counted(count_speakers(told_of), "speaker")
    lengths = sorted(rows.seconds.dropna().unique())
    ends = [*dict.fromkeys((lengths[0], lengths[-1]))]
    told = " ".join(
        f"{'; '.join(found_in(rows[rows.seconds == length]))} in {length:g} s." for length in ends
    )
    strength = rows[(rows.source == PLANTED) & (rows.measure == "strength")].value.iloc[0]
    apart = means(numbers[(numbers.measure == BEYOND) & numbers.seconds.isin(ends)])
    beyond = "; ".join(beyond_in(apart))
    return (
        "Simulated repetitive speech in which the first of two articulators sets the pace of the "
        f"second (strength {quote(strength)} rad/s, dashed) and nothing of it comes back, with the "
        f"noise that each of {people} has on plateaus, or with more; what they said is not asked. "
        "Exchanged: the first articulator of one run, the second of another, uncoupled; as noisy. "
        "Above: what the second phase's pace is changed by, at both phases, for the first speaker. "
        "Below: likeness of that function to what was planted, direction, strength and strength "
        "beyond exchanged runs (dashed: 0) by length of speech, and strength where coupling begins "
        "in the middle, in stretches each of which has the last one as its prior; dots are "
        "speakers, signs means, bars Student's intervals. "
        f"Means: {told} Where "
        "exchanged runs have a direction too, it says something only if strength is beyond theirs; "
        f"paired by speaker it is so by {beyond}."
    )


def found_in(rows: pd.DataFrame) -> Iterator[str]:
    """``noise of plateaus: r .99, direction .8, strength 3.4``, of each source."""
    for source in STYLES:
        own = rows[rows.source == source].set_index("measure")
        said = [f"{word} {quoted(own.loc[name])}" for name, word in WORDS.items()]
        yield f"{source} {', '.join(said)}"


def beyond_in(rows: pd.DataFrame) -> Iterator[str]:
    """``noise of plateaus: .3 in 5 s, 1.1 in 20 s``, of each source that is coupled."""
    for source, own in rows.groupby("source", sort=False):
        said = listed(f"{quoted(row)} in {row.seconds:g} s" for row in own.itertuples())
        yield f"{source}: {said}"


def quoted(row: Any) -> str:
    return str(quote(*(getattr(row, name) for name in INTERVAL)))
