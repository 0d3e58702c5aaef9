"""How soon a model becomes accurate, and how soon right: error and skill by amount of data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from tractable.figures.curves import count_speakers, means, one_below_the_other
from tractable.figures.sheet import PAGE, Look, counted, listed, looks, spoken
from tractable.figures.table import INTERVAL
from tractable.figures.vowels import Speakers
from tractable.score_table import quote

TITLE = "Accuracy and agreement with physics by amount of data"
NOUNS = ("scores",)
MEASURES = {"efficiency_error": "error (%)", "efficiency_skill": "natural skill"}
PANELS = {
    "error (%)": "error of F1 to F3 on held-out speech (%)",
    "natural skill": "agreement with physics (natural skill)",
}
COLUMNS = (
    {"measure": str, "amount": str, "share": float, "training_frames": float}
    | {"model": str, "speaker": str}
    | INTERVAL
)
ASIDE = 0.3  # of the smallest share: where what one speaker taught is drawn
SPREAD = 0.055  # of ln share, between the intervals of two models at the same amount


def numbers(corpus: Speakers, *, confidence: float) -> pd.DataFrame:
    """Error and skill, mean over F1 to F3, of every speaker and in the mean.

    Parameters
    ----------
    confidence : of Student's intervals over speakers.

    Returns
    -------
    measure, amount, share (1; NaN: one speaker), training_frames, model, speaker, value, low, high.
    """
    (stores,) = corpus.values()
    rows = one_below_the_other(corpus, MEASURES, confidence=confidence)
    if rows.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    rows = rows[rows.formant == "mean"].rename(columns={"learner": "model"})
    scores = stores["scores"]
    amounts = pd.DataFrame(
        {
            "amount": scores.amount.values,
            "share": scores.share.values,
            "training_frames": scores.training_frames.mean("speaker").values,
        }
    )
    return rows.merge(amounts, on="amount")[[*COLUMNS]]


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]], least_skill: float) -> Figure:
    """Error on the left, skill on the right, against the share of the data; one speaker aside.

    Parameters
    ----------
    least_skill : where the panel of skills ends; below it a model is an arrow at the edge.
    """
    figure = Figure(figsize=(PAGE, 3.1), layout="constrained")
    mean = means(numbers)
    known = looks(dict.fromkeys(mean.model), families)
    for axes, (measure, label) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        rows = mean[mean.measure == measure]
        models = list(dict.fromkeys(rows.model))
        for k, model in enumerate(models):
            away = np.exp(SPREAD * (k - (len(models) - 1) / 2))
            draw_model(axes, rows[rows.model == model], known[model], away)
        mark_amounts(axes, rows)
        axes.set_ylabel(label)
        axes.grid(axis="y")
    in_per_cent(figure.axes[0])
    end_at(figure.axes[1], mean[mean.measure == "natural skill"], known, least_skill)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5)
    return figure


def draw_model(axes: Axes, rows: pd.DataFrame, look: Look, away: float) -> None:
    """A curve over shares with intervals, and a point for what one speaker taught."""
    model = rows.model.iloc[0]
    at = away * places(rows)
    axes.vlines(at, rows.low, rows.high, color=look.colour, linewidth=1, gid=f"{model} interval")
    shares = rows.share.notna().to_numpy()
    order = np.argsort(at[shares])
    style: dict[str, Any] = {"color": look.colour, "marker": look.marker, "markersize": 4}
    axes.plot(
        at[shares][order],
        rows.value.to_numpy()[shares][order],
        label=spoken(model),
        gid=model,
        **style,
    )
    if not shares.all():
        alone = rows.value.to_numpy()[~shares]
        axes.plot(at[~shares], alone, linestyle="", gid=f"{model} one speaker", **style)


def places(rows: pd.DataFrame) -> np.ndarray:
    """Where amounts are drawn along the share of the data; one speaker left of the smallest."""
    return rows.share.fillna(ASIDE * rows.share.min()).to_numpy()


def mark_amounts(axes: Axes, rows: pd.DataFrame) -> None:
    """A logarithmic axis with the amounts that there are, and no others."""
    at = dict(zip(places(rows), rows.share, strict=True))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sorted(at)))
    axes.xaxis.set_minor_locator(NullLocator())

    def words(place: float, _: int) -> str:
        share = at[min(at, key=lambda known: abs(known - place))]
        return "one\nspeaker" if np.isnan(share) else f"{100 * share:g}"

    axes.xaxis.set_major_formatter(FuncFormatter(words))
    axes.set_xlabel("share of the training data (%)")


def in_per_cent(axes: Axes) -> None:
    """A logarithmic axis of errors: what one speaker teaches is far from what all do."""
    axes.set_yscale("log", nonpositive="clip")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def end_at(axes: Axes, rows: pd.DataFrame, known: Mapping[str, Look], least: float) -> None:
    """Let a panel end at a value; what lies below is an arrow on its edge."""
    below = rows[rows.value < least]
    if below.empty:
        return
    axes.set_ylim(bottom=least)
    for model, of in below.groupby("model", sort=False):
        look: dict[str, Any] = {"color": known[str(model)].colour, "marker": "v"}
        look |= {"linestyle": "", "clip_on": False, "gid": f"{model} below"}
        axes.plot(places(of), np.full(len(of), least), **look)


def caption(numbers: pd.DataFrame) -> str:
    """What each model makes of the least data, and of one speaker."""
    mean = means(numbers)
    people = counted(count_speakers(numbers), "speaker")
    said = [
        "The same models, taught on evenly spread shares of every training speaker's frames, each "
        "with its own search within them, and on all frames of one training speaker; asked about "
        "speakers who were held out. The yardstick is that of all the data. Means of F1 to F3 "
        f"over {people}, bars are Student's intervals over speakers; a skill below the panel is an "
        "arrow at its edge."
    ]
    shares = mean.dropna(subset="share")
    least = mean[mean.share == shares.share.min()]
    alone = mean[mean.share.isna()]
    for rows in (least, alone):
        if len(rows) and (rows.share != 1).all():
            said.append(f"With {taught_by(rows)}: {listed(quoted(rows))}.")
    return " ".join(said)


def taught_by(rows: pd.DataFrame) -> str:
    """``3 % of the data (54 frames)``."""
    first = rows.iloc[0]
    return f"{first.amount} ({counted(round(first.training_frames), 'frame')})"


def quoted(rows: pd.DataFrame) -> list[str]:
    """``hybrid 4.6 [4.3, 4.9] %, skill 0.86 [0.80, 0.92]``, the most accurate first."""
    error, skill = (
        rows[rows.measure == measure].set_index("model") for measure in MEASURES.values()
    )
    words = []
    for row in error.sort_values("value").itertuples():
        agrees = skill.loc[row.Index]
        words.append(
            f"{spoken(row.Index)} {quote(row.value, row.low, row.high)} %, skill "
            f"{quote(agrees.value, agrees.low, agrees.high)}"
        )
    return words
