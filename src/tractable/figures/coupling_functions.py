"""What can be said of the coupling of phases in repetitive speech, as noisy as it is measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tractable.contracts import BadInput, likely
from tractable.dynamics.phases import Couplings, coupling_functions, phase
from tractable.dynamics.repetitive import Pull, moved, repeated
from tractable.figures.curves import MEAN, count_speakers, means, of_speakers
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
PLANTED, FOUND, ROUGH, EXCHANGED = "planted", "noise of plateaus", "more noise", "exchanged"
ROUGH_EXCHANGED = "exchanged, more noise"
#: Runs that are coupled, and what is to be told from them.
PAIRS = {FOUND: EXCHANGED, ROUGH: ROUGH_EXCHANGED}
FUNCTION, OVER_TIME, BEYOND = "function", "strength over time", "strength beyond exchanged"
#: What is asked of a stretch -> its axis.
MEASURES = {
    "likeness": "likeness to what was planted (r)",
    "direction": "direction (1: the first drives)",
    "strength": "strength (rad/s)",
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
    noises = known_noises(speakers, variables)
    if not noises:
        return pd.DataFrame(columns=[*COLUMNS])
    names, noise = [*noises], np.array([*noises.values()])
    rate = next(iter(speakers.values()))["dynamics"].attrs["frame_rate"]
    random, planted, frames = np.random.default_rng(seed), Pull(**pull), round(max(seconds) * rate)
    said = partial(
        repeated,
        planted,
        pace=(pace[0], pace[1]),
        unrest=unrest,
        frame_rate=rate,
        count=2 * len(names),
        random=random,
    )
    told = partial(heard, amplitude=amplitude, random=random)
    steady, late = said(np.ones(frames)), said((np.arange(frames) >= frames / 2).astype(float))
    usual = of_each(told(steady, noise))
    louder = of_each(told(steady, noise * (rough**2 / noise[..., :1])))
    fit = partial(coupling_functions, frame_rate=rate, order=order)
    found = {
        source: [[fit(one[:, : round(length * rate)]) for one in phases] for length in seconds]
        for source, phases in (
            usual | {ROUGH: louder[FOUND], ROUGH_EXCHANGED: louder[EXCHANGED]}
        ).items()
    }
    many = max(1, round(max(seconds) / stretch))
    changing = {
        source: over_time(phases, many, partial(fit, spread=spread))
        for source, phases in of_each(told(late, noise)).items()
    }
    middles = [max(seconds) * (k + 0.5) / many for k in range(many)]
    people = partial(by_length, planted=planted, speaker=names, confidence=confidence)
    tables = [
        truth(planted, {middle: float(middle > max(seconds) / 2) for middle in middles}),
        *(functions(source, found[source][seconds.index(shown)][0]) for source in MAPPED),
        *(people(measure, found, seconds) for measure in MEASURES),
        beyond_exchanged(found, seconds, speaker=names, confidence=confidence),
        people(OVER_TIME, changing, middles),
    ]
    return pd.concat(tables, ignore_index=True).reindex(columns=[*COLUMNS])


def known_noises(
    speakers: Speakers, variables: list[str]
) -> dict[str, Float[np.ndarray, "variable lag"]]:
    """Autocovariance of the noise of whoever has plateaus of both variables [m2]."""
    found = {}
    for name, stores in speakers.items():
        noise, known = (
            stores["dynamics"].noise_autocovariance,
            stores["dynamics"].variable.values.tolist(),
        )
        for variable in variables:
            if variable not in known:
                hint = likely(variable, known)
                raise BadInput(f"coupling_functions: no variable {variable!r}; {hint}")
        own = noise.sel(variable=variables).values
        if (own[:, 0] > 0).all():
            found[name] = own
    return found


def heard(
    runs: Float[np.ndarray, "run phase=2 time"],
    noise: Float[np.ndarray, "speaker variable=2 lag"],
    amplitude: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "speaker run=2 phase=2 time"]:
    """Phases as they are read off noisy movements, two runs of each speaker."""
    told = runs.reshape(len(noise), 2, *runs.shape[1:])
    seen = [
        [
            [phase(moved(one, amplitude, own, random)) for one, own in zip(run, both, strict=True)]
            for run in of_speaker
        ]
        for of_speaker, both in zip(told, noise, strict=True)
    ]
    return np.array(seen)


def of_each(
    phases: Float[np.ndarray, "speaker run=2 phase=2 time"],
) -> dict[str, Float[np.ndarray, "speaker phase=2 time"]]:
    """The first run of every speaker, and its first phase with the second one of the other run."""
    return {FOUND: phases[:, 0], EXCHANGED: np.stack([phases[:, 0, 0], phases[:, 1, 1]], 1)}


def over_time(
    phases: Float[np.ndarray, "speaker phase=2 time"], many: int, fit: Callable[..., Couplings]
) -> list[list[Couplings]]:
    """Of so many stretches in turn, every speaker's, the stretch before it being the prior."""
    before: list[Couplings | None] = [None] * len(phases)
    found = []
    for part in np.array_split(phases, many, -1):
        now = [fit(one, before=prior) for one, prior in zip(part, before, strict=True)]
        found.append(now)
        before = [*now]
    return found


def by_length(
    measure: str,
    found: Mapping[str, Sequence[Sequence[Couplings]]],
    seconds: Sequence[float],
    *,
    planted: Pull,
    speaker: list[str],
    confidence: float,
) -> pd.DataFrame:
    """One measure by source, length (or time) and speaker, with means over speakers."""
    values = [
        [[asked(measure, one, planted) for one in row] for row in of] for of in found.values()
    ]
    axes = {"source": [*found], "seconds": list(seconds), "speaker": speaker}
    interval = bounded_interval if measure in BOUNDED else student_interval
    by_speaker = xr.DataArray(values, axes, [*axes])
    return of_speakers(by_speaker, confidence=confidence, interval=interval).assign(measure=measure)


def beyond_exchanged(
    found: Mapping[str, Sequence[Sequence[Couplings]]],
    seconds: Sequence[float],
    *,
    speaker: list[str],
    confidence: float,
) -> pd.DataFrame:
    """Strength of coupled runs less that of the same speaker's exchanged ones, so paired."""
    strength = {
        source: np.array([[one.strength[DRIVEN] for one in row] for row in of])
        for source, of in found.items()
    }
    values = np.stack([strength[one] - strength[other] for one, other in PAIRS.items()])
    axes = {"source": [*PAIRS], "seconds": list(seconds), "speaker": speaker}
    by_speaker = xr.DataArray(values, axes, [*axes])
    return of_speakers(by_speaker, confidence=confidence).assign(measure=BEYOND)


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
    figure = Figure(figsize=(PAGE, 4.0), layout="constrained")
    maps, panels = figure.subplots(2, 4, height_ratios=[1, 1.15])
    draw_functions(figure, list(maps), numbers[numbers.measure == FUNCTION])
    for axes, measure in zip(panels, (*MEASURES, OVER_TIME), strict=True):
        rows = numbers[numbers.measure == measure]
        known = rows[rows.source == PLANTED]
        if measure == OVER_TIME:
            axes.step(known.seconds, known.value, where="mid", **DASHED, gid=PLANTED)
            axes.set_xlabel("time (s)")
        else:
            axes.axhline(known.value.iloc[0], **DASHED, gid=PLANTED)
            axes.set_xscale("log")
            axes.set_xlabel("length (s)")
            lengths = sorted(rows.seconds.dropna().unique())
            axes.set_xticks(lengths, [f"{length:g}" for length in lengths], minor=False)
            axes.minorticks_off()
        for source, style in STYLES.items():
            draw_source(axes, rows[rows.source == source], source, style)
        axes.set_ylabel(MEASURES.get(measure, "strength (rad/s)"))
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
        axes.grid(axis="y")
    signs = [Line2D([], [], markersize=4, linewidth=1, **style) for style in STYLES.values()]
    signs.append(Line2D([], [], **DASHED))
    figure.legend(signs, [*STYLES, PLANTED], loc="outside lower center", ncols=5)
    return figure


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
        "Below: likeness of that function to what was planted, direction and strength by length of "
        "speech, and strength where coupling begins in the middle, in stretches each of which has "
        "the last one as its prior; dots are speakers, signs means, bars Student's intervals. "
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
