"""Formants over time: what Praat hears, what it masks and why, what a model predicts from shape."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.figures.phones import draw_phones
from tractable.figures.sheet import PAGE, listed, looks, spoken
from tractable.figures.vowels import Speakers, check_models

TITLE = "Formants over time"
NOUNS = ("formants", "predictions")
COLUMNS = (
    {"time": float, "phone": str, "formant": int, "heard": float, "sd": float}
    | {"reason": str, "speaker": str}  # the other columns are models
)
#: Colours of reasons, pale: they say where there is nothing to see.
REASONS = ("#BBBBBB", "#F0E442", "#CC79A7", "#56B4E9", "#009E73", "#E69F00", "#8C4A00")


def numbers(speakers: Speakers, *, models: list[str], seconds: float) -> pd.DataFrame:
    """The stretch of the first speaker in which most formants can be trusted.

    Returns
    -------
    speaker, time, phone, formant, heard and sd [Hz], reason, and a column per model [Hz].
    """
    speaker, stores = next(iter(speakers.items()))
    formants, told = stores["formants"], stores["predictions"].frequency
    check_models(models, told.model.values, "formants_over_time")
    frames = best_stretch(formants, seconds)
    tables = []
    for formant in told.formant.values:
        heard = formants.sel(formant=formant).isel(time=frames)
        columns = {
            "time": heard.time.values,
            "phone": heard.phone.values,
            "formant": formant,
            "heard": heard.frequency.values,
            "sd": heard.frequency_sd.values,
            "reason": heard.reason.values,
        }
        columns |= {m: told.sel(model=m, formant=formant).isel(time=frames).values for m in models}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True).assign(speaker=speaker)


def best_stretch(formants: xr.Dataset, seconds: float) -> slice:
    """The frames of the earliest stretch inside one clip that holds the most trusted values."""
    trusted = np.isfinite(formants.frequency.values).sum(1)
    clip = formants.clip_of.values
    length = min(round(seconds * formants.attrs["frame_rate"]), np.bincount(clip).max())
    sums = np.convolve(trusted, np.ones(length), "valid")
    inside = clip[: len(sums)] == clip[length - 1 :]
    start = int(np.argmax(np.where(inside, sums, -1)))
    return slice(start, start + length)


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Phones on top, formants in the middle, below in colour why values are masked."""
    figure = Figure(figsize=(PAGE, 3.6), layout="constrained")
    heights = {"height_ratios": [0.35, 5, 0.8]}
    phones, tracks, masks = figure.subplots(3, 1, sharex=True, gridspec_kw=heights)
    models = model_columns(numbers)
    phones.axis("off")
    draw_phones(phones, [tracks], numbers[numbers.formant == numbers.formant.min()])
    draw_tracks(tracks, numbers, models, looks(models, families))
    draw_masks(masks, numbers)
    handles, labels = tracks.get_legend_handles_labels()
    first = dict(reversed(list(zip(labels, handles, strict=True))))
    shown = [label for label in dict.fromkeys(labels)]
    figure.legend([first[n] for n in shown], shown, loc="outside upper right", ncols=len(shown))
    return figure


def model_columns(numbers: pd.DataFrame) -> list[str]:
    return [str(name) for name in numbers.columns if name not in COLUMNS]


def draw_tracks(axes: Axes, numbers: pd.DataFrame, models: list[str], known) -> None:
    """Trusted values as points with their uncertainty, predictions as lines."""
    for _, rows in numbers.groupby("formant"):
        error = 1e-3 * rows.sd.fillna(0)
        axes.vlines(
            rows.time, 1e-3 * rows.heard - error, 1e-3 * rows.heard + error, color="#cccccc", lw=0.8
        )
        axes.plot(
            rows.time,
            1e-3 * rows.heard,
            "k.",
            ms=2.5,
            label="Praat, trusted",
            gid="heard",
            zorder=3,
        )
        for model in models:
            colour = known[model].colour
            axes.plot(rows.time, 1e-3 * rows[model], color=colour, label=spoken(model), gid=model)
    axes.set(ylabel="frequency (kHz)", ylim=(0, None))


def draw_masks(axes: Axes, numbers: pd.DataFrame) -> None:
    """A line per formant, coloured where its value is masked, by reason."""
    formants = sorted(set(numbers.formant))
    step = numbers.time.drop_duplicates().diff().median()
    reasons = [reason for reason in dict.fromkeys(numbers.reason) if reason]
    for k, reason in enumerate(reasons):
        rows = numbers[numbers.reason == reason]
        y = [formants.index(formant) for formant in rows.formant]
        colour = REASONS[k % len(REASONS)]
        axes.barh(y, step, 0.8, rows.time - step / 2, color=colour, label=reason, gid=reason)
    axes.set_ylim(len(formants) - 0.5, -0.5)
    axes.set_yticks(range(len(formants)), [f"F{formant}" for formant in formants])
    axes.set(xlabel="time (s)", xlim=(numbers.time.min() - step / 2, numbers.time.max() + step / 2))
    axes.spines[["left"]].set_visible(False)
    if reasons:
        axes.legend(
            title="masked", loc="upper left", bbox_to_anchor=(1, 1.6), alignment="left", fontsize=6
        )


def caption(numbers: pd.DataFrame) -> str:
    """Whose speech, and how much of it is masked."""
    speaker = numbers.speaker.iloc[0]
    masked = numbers.groupby("formant").heard.apply(lambda values: values.isna().mean())
    shares = [f"F{formant} in {100 * share:.0f} % of frames" for formant, share in masked.items()]
    models = listed(map(spoken, model_columns(numbers)))
    return (
        f"Speaker {speaker}: formants that can be trusted (points, with one standard deviation) "
        f"against what {models} predict from the shape of the tract in frames that they never "
        f"heard. Below: where a value is masked, and why: {listed(shares)}."
    )
