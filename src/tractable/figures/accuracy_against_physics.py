"""The picture of the project: is a model accurate, and does it depend on the tract as physics?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from tractable.figures.placement import place_labels, settled
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.score_table import quote

TITLE = "Accuracy against agreement with physics"
#: How the two scores are named among the columns.
SIDES = {"accuracy": "error", "agreement": "skill"}
BESIDE = ("_low", "_high", "_null", "_ceiling")
COLUMNS = (
    {"corpus": str, "model": str}
    | {side + end: float for side in ("skill", "error") for end in ("", *BESIDE)}
    | {"n_speakers": int}
)


def numbers(
    scores: pd.DataFrame, *, accuracy: str, agreement: str, left_out: list[str]
) -> pd.DataFrame:
    """One row per corpus and model: both scores with interval, null and ceiling.

    Parameters
    ----------
    scores : the score table.
    accuracy, agreement : names of the two scores, their mean over formants is taken.
    left_out : who stands in tables alone.

    Returns
    -------
    corpus, model, n_speakers, and for ``error`` and ``skill``: X, X_low, X_high, X_null, X_ceiling.
    Models without agreement are left out; maps without accuracy have a NaN error.
    """
    sides = []
    for side, score in zip(SIDES.values(), (accuracy, agreement), strict=True):
        rows = scores[(scores.score == score) & (scores.formant == "mean")]
        rows = rows[~rows.model.isin(left_out)]
        rows = rows.set_index(["corpus", "model"])
        names = {"value": side} | {end[1:]: side + end for end in BESIDE}
        sides.append(rows[[*names]].rename(columns=names))
    together = sides[1].dropna(subset="skill").join(sides[0])
    people = scores.groupby(["corpus", "model"], sort=False).n_speakers.max()
    return together.join(people).reset_index()[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]], least_skill: float) -> Figure:
    """One panel per corpus, better models up and to the right.

    Parameters
    ----------
    least_skill : below it a model is drawn as an arrow at the lower edge.
    """
    corpora = list(dict.fromkeys(numbers.corpus))
    figure = Figure(figsize=(PAGE, 4.5), layout="constrained")
    panels = figure.subplots(1, len(corpora), squeeze=False)[0]
    known = looks(numbers.model, families)
    for axes, corpus in zip(panels, corpora, strict=True):
        rows = numbers[numbers.corpus == corpus]
        prepare(axes, rows, least_skill)
        draw_maps(axes, rows[rows.error.isna()], least_skill)
        for row in rows.dropna(subset="error").itertuples():
            draw_model(axes, row, known[row.model], least_skill)
        people = counted(int(rows.n_speakers.max()), "speaker")
        axes.set_title(f"{corpus}, {people}", pad=14)  # above the names of upright lines
    for axes, corpus in zip(panels, corpora, strict=True):
        write_names(axes, numbers[numbers.corpus == corpus], known, least_skill)
    return figure


def prepare(axes: Axes, rows: pd.DataFrame, least_skill: float) -> None:
    """Axes, and the lines of what an uninformed guess and what the truth would get."""
    errors = rows[["error", "error_low", "error_high", "error_null", "error_ceiling"]].to_numpy()
    errors = errors[np.isfinite(errors) & (errors > 0)]
    axes.set_xscale("log")
    if errors.size:
        axes.set_xlim(1.35 * errors.max(), 0.5 * errors.min())  # right of all models, the maps
    axes.set_ylim(least_skill - 0.08, 1.1)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("error of F1 to F3 on held-out speech (%)    more accurate →")
    axes.set_ylabel("agreement with physics (natural skill)    better →")
    for side, line, corner in (("error", axes.axvline, "x"), ("skill", axes.axhline, "y")):
        for kind, dashes in (("null", (4, 3)), ("ceiling", (1, 1.5))):
            at = rows[f"{side}_{kind}"].mean()
            if np.isfinite(at):
                line(at, color="#999999", linewidth=0.8, dashes=dashes, zorder=0, gid=kind)
                name_line(axes, corner, at, kind)


def name_line(axes: Axes, along: str, at: float, kind: str) -> None:
    words = {"null": "uninformed guess", "ceiling": "ceiling"}[kind]
    style: dict[str, Any] = {
        "color": "#777777",
        "fontsize": 6,
        "style": "italic",
        "gid": "line name",
    }
    if along == "y":
        axes.text(0.01, at, words, transform=axes.get_yaxis_transform(), va="bottom", **style)
    else:
        words = words if kind == "null" else "noise of measuring"
        axes.text(at, 1.01, words, transform=axes.get_xaxis_transform(), ha="center", **style)


def draw_maps(axes: Axes, rows: pd.DataFrame, least_skill: float) -> None:
    """Maps made of physics itself predict no sound: ticks at the right edge, on skill alone."""
    across = axes.get_yaxis_transform()
    for row in rows.itertuples():
        at = max(row.skill, least_skill)
        axes.plot([0.975, 1], [at, at], color="#555555", transform=across, gid=row.model)


def draw_model(axes: Axes, row, look: Look, least_skill: float) -> None:
    """A point with intervals on both axes, or an arrow where it lies below the edge."""
    below = row.skill < least_skill
    x, y = row.error, max(row.skill, least_skill)
    front = 2 if look.is_control else 3
    style: dict[str, Any] = {"color": look.colour, "linewidth": 1, "zorder": front}
    if np.isfinite(row.error_low):
        axes.plot([row.error_low, row.error_high], [y, y], **style)
    if np.isfinite(row.skill_low) and not below:
        axes.plot([x, x], [max(row.skill_low, least_skill), row.skill_high], **style)
    marker = "v" if below else look.marker
    face = "white" if look.is_control else look.colour
    axes.plot(
        [x],
        [y],
        marker,
        markersize=5.5,
        markerfacecolor=face,
        markeredgecolor=look.colour,
        zorder=front + 2,
        clip_on=False,
        gid=row.model,
    )


def write_names(
    axes: Axes, rows: pd.DataFrame, known: Mapping[str, Look], least_skill: float
) -> None:
    """Names beside points and ticks; a point below the edge says how far."""
    left, right = axes.get_xlim()
    edge = right * (left / right) ** 0.02
    points, colours = {}, {}
    for row in rows.itertuples():
        below = f" ({quote(row.skill).value})" if row.skill < least_skill else ""
        name = spoken(row.model) + below
        x = row.error if np.isfinite(row.error) else edge
        points[name] = (x, max(row.skill, least_skill))
        colours[name] = known[row.model].colour
    place_labels(axes, points, colours, obstacles(axes))


def obstacles(axes: Axes) -> list[Bbox]:
    """Intervals, lines and what is written already, in display coordinates."""
    settled(axes)
    boxes = [line.get_window_extent().padded(1) for line in axes.lines]
    return boxes + [text.get_window_extent() for text in axes.texts]


def caption(numbers: pd.DataFrame) -> str:
    """What the picture shows, and what the most accurate models' agreement is."""
    said = [
        "One point per model. Across: mean error of its formants on speech that it never "
        "heard. Up: natural skill, how well the model's own sensitivities to the shape of the "
        "tract agree with acoustic theory along the movements that tracts make (1: physics "
        "itself; 0: the uniform tube's map). Bars are intervals of Student's t over speakers. "
        "Open grey signs are controls, which should fail; ticks at the right edge are maps that "
        "predict no sound; arrows lie below the edge. Far to the right but low: accurate for other "
        "reasons than physics."
    ]
    for corpus, rows in numbers.dropna(subset="error").groupby("corpus", sort=False):
        people = int(rows.n_speakers.max())
        best = rows.nsmallest(2, "error")
        words = [
            f"{spoken(row.model)} (error {quote(row.error, row.error_low, row.error_high)} %, "
            f"skill {quote(row.skill, row.skill_low, row.skill_high)})"
            for row in best.itertuples()
        ]
        alone = " One speaker has no interval over speakers." if people == 1 else ""
        said.append(
            f"{corpus} ({counted(people, 'speaker')}): most accurate are {listed(words)}.{alone}"
        )
    return " ".join(said)
