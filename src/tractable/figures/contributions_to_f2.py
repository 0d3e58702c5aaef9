"""Which part of the tract moves F2 when, as it was measured and as a law of movement has it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.contracts import BadInput
from tractable.dynamics.contributions import LENGTH, PART, contributions
from tractable.dynamics.driven import driven, drives, is_driven
from tractable.figures.phones import draw_phones
from tractable.figures.sheet import COLUMN, listed, looks, spoken
from tractable.figures.utterances import most_moving
from tractable.figures.vowels import Speakers
from tractable.movement.laws import LAWS
from tractable.movement.laws import law as law_of
from tractable.score_table import quote
from tractable.theory import physics

TITLE = "Contributions to F2 over time"
NOUNS = ("areas", "formants", "theory", "dynamics")
COLUMNS = (
    {"part": str, "time": float, "phone": str, "heard": float, "sd": float, "tube": float}
    | {"by_law": float, "evenly": float, "change": float, "change_by_law": float, "driven": int}
    | {"end": float, "driver": str, "law": str, "speaker": str}
)
F2 = "F2"  # stands in the column ``part`` beside the parts of the tract
FORMANT = 2
FACTORS = (4, 2, 1.25)  # marked on axes of contributions: the largest that they reach
LEAST = 0.25  # of ln F2, that these axes span on either side


def numbers(
    speakers: Speakers,
    *,
    ends: dict[str, float],
    drivers: dict[str, str],
    law: str,
    seconds: float,
    acoustics: Mapping[str, Any],
) -> pd.DataFrame:
    """The stretch of the first speaker's speech in which the F2 that is heard moves most.

    Parameters
    ----------
    ends : part of the tract -> x / L of its end towards the lips, glottis first.
    drivers : each part, and tract length -> the variable whose gestures drive it.
    law : of all gestures.
    seconds : of the stretch, at most; it lies within a clip, and every frame has a shape.
    acoustics : of the tube, the section ``theory`` of params.yaml.

    Returns
    -------
    Rows of the part ``F2``: heard with its sd, tube (of measured shapes), by_law (of shapes that
    gestures drive by the law) and evenly (of shapes that go the same way at one speed) [Hz]; change
    of ln F2 of either tube since the first frame. Rows of parts: change of ln F2 that the part has
    contributed, by measured shapes and by the law. Driven: 1 where a gesture drives the part, of F2
    where one drives any. Empty where there is no such stretch.

    Raises
    ------
    BadInput : a law or a variable that is none; drivers of other parts than there are.
    """
    if [*drivers] != [*ends, LENGTH]:
        raise BadInput(
            f"contributions_to_f2: drivers of {', '.join(drivers)}; expected those of "
            f"{', '.join([*ends, LENGTH])}"
        )
    speaker, stores = next(iter(speakers.items()))
    stretch = most_moving(stores, FORMANT, seconds)
    if stretch is None:
        return pd.DataFrame(columns=[*COLUMNS])
    areas, found = stores["areas"], stores["dynamics"]
    moves = {part: drives(areas, found, name, law_of(law)) for part, name in drivers.items()}
    evenly = {part: [one.evenly for one in those] for part, those in moves.items()}
    measured = areas.isel(time=stretch), stores["theory"].isel(time=stretch)
    moved, even = (driven(areas, of, ends).isel(time=stretch) for of in (moves, evenly))
    by_law = moved, physics(moved, **acoustics)
    marks = is_driven(moves, areas.sizes["time"])[:, stretch]
    tables = [of_f2(stores["formants"].isel(time=stretch), measured, by_law, marks)]
    tables[0]["evenly"] = second(physics(even, **acoustics))
    tables += of_parts(measured, by_law, ends, marks)
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(end=table.part.map(ends), driver=table.part.map(drivers).fillna(""))
    return table.assign(law=law, speaker=speaker).reindex(columns=[*COLUMNS])


def second(of: xr.Dataset, name: str = "frequency") -> Float[np.ndarray, " time"]:
    """F2 of a store over time [Hz], or another variable of it."""
    return of[name].sel(formant=FORMANT).values


def of_f2(
    heard: xr.Dataset,
    measured: tuple[xr.Dataset, xr.Dataset],
    by_law: tuple[xr.Dataset, xr.Dataset],
    marks: Bool[np.ndarray, "part time"],
) -> pd.DataFrame:
    """Rows of F2 itself; ``measured`` and ``by_law`` are shapes and what the tube says of them."""
    tube, moved = second(measured[1]), second(by_law[1])
    columns = {
        "part": F2,
        "time": heard.time.values,
        "phone": heard.phone.values,
        "heard": second(heard),
        "sd": second(heard, "frequency_sd"),
        "tube": tube,
        "by_law": moved,
        "change": np.log(tube / tube[0]),
        "change_by_law": np.log(moved / moved[0]),
        "driven": marks.any(0).astype(int),
    }
    return pd.DataFrame(columns)


def of_parts(
    measured: tuple[xr.Dataset, xr.Dataset],
    by_law: tuple[xr.Dataset, xr.Dataset],
    ends: Mapping[str, float],
    marks: Bool[np.ndarray, "part time"],
) -> list[pd.DataFrame]:
    """Rows of what each part contributes to the change of ln F2."""
    shares, by = (contributions(*of, ends).sel(formant=FORMANT) for of in (measured, by_law))
    clock = {"time": measured[0].time.values, "phone": measured[0].phone.values}
    rows = zip(shares[PART].values, shares.values.T, by.values.T, marks, strict=True)
    return [
        pd.DataFrame({"part": part, **clock, "change": own, "change_by_law": law, "driven": mark})
        for part, own, law, mark in rows
    ]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """F2 on top, then a panel for each part from the lips to the larynx, tract length, phones."""
    name = numbers.law.iloc[0]
    look = looks(LAWS, families)[name]
    parts = [*reversed(parts_of(numbers)[:-1]), LENGTH]
    figure = Figure(figsize=(COLUMN, 1.9 + 0.6 * len(parts)), layout="constrained")
    heights = {"height_ratios": [3.2, *[1] * len(parts), 0.3]}
    above, *panels, foot = figure.subplots(len(parts) + 2, 1, sharex=True, gridspec_kw=heights)
    rows = numbers[numbers.part == F2]
    draw_f2(above, rows, look.colour, spoken(name))
    changes = numbers.loc[numbers.part != F2, ["change", "change_by_law"]]
    limits = min(changes.min(axis=None), -LEAST), max(changes.max(axis=None), LEAST)
    for axes, part in zip(panels, parts, strict=True):
        draw_part(axes, numbers[numbers.part == part], look.colour, limits)
    for axes in (above, *panels):
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_visible(False)
    draw_phones(foot, [above, *panels], rows)
    foot.spines["left"].set_visible(False)
    foot.set(yticks=[], xlim=(rows.time.min(), rows.time.max()), xlabel="time (s)")
    figure.supylabel("factor by which F2 has changed, by part of the tract", fontsize=7, y=0.42)
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def parts_of(numbers: pd.DataFrame) -> list[str]:
    """Glottis first, tract length last."""
    return [str(part) for part in dict.fromkeys(numbers.part) if part != F2]


def draw_f2(axes: Axes, rows: pd.DataFrame, colour: str, law: str) -> None:
    """Heard as points, measured shapes in black, shapes by the law in colour."""
    low, high = 1e-3 * (rows.heard - rows.sd), 1e-3 * (rows.heard + rows.sd)
    axes.vlines(rows.time, low, high, color="#cccccc", linewidth=0.8, zorder=1, gid="sd")
    axes.plot(rows.time, 1e-3 * rows.heard, "k.", markersize=2.5, label="heard", gid="heard")
    axes.plot(rows.time, 1e-3 * rows.tube, "k-", linewidth=1, label="measured shapes", gid="tube")
    by_law: dict[str, Any] = {"label": f"shapes by law ({law})", "gid": "by_law"}
    axes.plot(rows.time, 1e-3 * rows.by_law, "--", color=colour, **by_law)
    axes.set_ylabel("F2 (kHz)")


def draw_part(axes: Axes, rows: pd.DataFrame, colour: str, limits: tuple[float, float]) -> None:
    """What one part contributes; a line at the foot where a gesture drives it."""
    row = rows.iloc[0]
    axes.axhline(0, color="#444444", linewidth=0.4, zorder=0)
    axes.fill_between(rows.time, 0, rows.change, color="#dddddd", linewidth=0, zorder=1)
    axes.plot(rows.time, rows.change, "k-", linewidth=1, gid=f"{row.part} measured")
    axes.plot(rows.time, rows.change_by_law, "--", color=colour, gid=f"{row.part} by_law")
    factor = next(of for of in FACTORS if np.log(of) < max(-limits[0], limits[1]))
    marks = [of for of in (1 / factor, 1, factor) if limits[0] <= np.log(of) <= limits[1]]
    axes.set_yticks(np.log(marks), [f"\N{MULTIPLICATION SIGN}{mark:g}" for mark in marks])
    low = limits[0] - 0.15 * (limits[1] - limits[0])
    axes.set_ylim(low, limits[1])
    where = np.where(rows.driven == 1, low, np.nan)
    axes.plot(rows.time, where, color="#7A7A7A", linewidth=3, solid_capstyle="butt", gid="driven")
    axes.set_title(f"{row.part} ({row.driver})", loc="left", fontsize=7, pad=1)


def rms_percent(one: pd.Series, other: pd.Series) -> str:
    """Root mean square of the logarithm of their ratio; frames that lack either aside."""
    size = 100 * float(np.sqrt((np.log(one / other) ** 2).mean()))
    return "an unknown share" if np.isnan(size) else f"{quote(size)} %"


def caption(numbers: pd.DataFrame) -> str:
    """Whose speech, what the parts do where F2 has moved most, and what the law costs."""
    f2 = numbers[numbers.part == F2]
    parts = numbers[numbers.part != F2]
    summed = parts.groupby("time").change.sum().to_numpy() - f2.change.to_numpy()
    at = f2.time[f2.change.abs().idxmax()]
    there = parts[parts.time == at].set_index("part").change
    each = [f"{part} {times(there[part])}" for part in parts_of(numbers)]
    reach = [
        f"{row.part} to {row.end:g}"
        for row in parts[parts.time == at].dropna(subset="end").itertuples()
    ]
    moved = f2[f2.driven == 1]
    off, heard = rms_percent(moved.by_law, moved.tube), rms_percent(f2.tube, f2.heard)
    gap = quote(100 * np.abs(summed).max())
    return (
        f"Speaker {f2.speaker.iloc[0]}, {f2.time.min():.2f} to "
        f"{f2.time.max():.2f} s, the utterance in which the F2 that is heard moves most. Above: F2 "
        "as heard (with one standard deviation), of the tube on the measured shapes by the "
        f"published law of area (black, off by {heard}), and of that tube on shapes that gestures "
        f"drive by the law {spoken(f2.law.iloc[0])} (dashed). Below: the factor by which each part "
        "of the tract has changed F2 since the first frame, sensitivity summed along the path of "
        f"its areas (x / L: {listed(reach)}); black as measured, dashed by the law. All factors "
        f"together are the tube's own change within {gap} % at most. At "
        f"{at:.2f} s, where F2 has changed most ({times(there.sum())}), they are: {listed(each)}. "
        "Grey lines: where gestures of the variable in brackets drive the part, from the measured "
        "shape at its one end to that at its other, straight in ln A, as the law says with the "
        "onset and time scale that each gesture has; elsewhere it is as measured. Where any "
        f"gesture drives, F2 by the law is off that of measured shapes by {off}, by the same ways "
        f"at one speed {rms_percent(moved.evenly, moved.tube)} (root mean squares of ln F2, as "
        "above). What a part contributes is of the path, not of its ends alone."
    )


def times(change: float) -> str:
    """A change of ln F as people say it: ``x 0.62``."""
    return f"\N{MULTIPLICATION SIGN}{np.exp(change):.2f}"
