"""Where tubes in one dimension fail: their error by phone and by place of the constriction."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from tractable.figures.sheet import PAGE, counted, ipa, listed
from tractable.figures.table import COUNTS
from tractable.figures.vowels import Speakers, in_order
from tractable.score_table import quote

TITLE = "What tubes leave over, by phone and place of the constriction"
NOUNS = ("scores",)
COLUMNS = {"tube": str, "formant": int, "phone": str, "place": float, "value": float} | COUNTS
FORMANTS = (1, 2, 3)
#: In the order in which they are shown, and what they are held against.
TUBES = {
    "tube_true_areas": "true areas with fossa",
    "tube_true_areas_without_fossa": "true areas, no fossa",
    "textbook_tube_measured_areas": "measured areas",
}
SHOWN = 0.95  # share of cells within the scale of colours


def numbers(corpus: Speakers, *, phones: list[str], least_frames: int) -> pd.DataFrame:
    """Root mean square error of ln F beyond the level of each speaker, frames of all together.

    Parameters
    ----------
    phones : in the order in which they are shown; others do not count.
    least_frames : of a cell.

    Returns
    -------
    tube, formant, phone, place (x/L, middle of a part of the tract; NaN: no clear constriction),
    value (%), n_frames, n_speakers; empty where no frame has a label.
    """
    (stores,) = corpus.values()
    scores = stores["scores"]
    if "atlas_rms" not in scores:
        return pd.DataFrame(columns=[*COLUMNS])
    table = pooled(scores).to_dataframe().reset_index()
    table = table.rename(columns={f"atlas_{of}": of for of in ("tube", "phone", "place")})
    table = table[(table.n_frames >= least_frames) & table.phone.isin(phones)]
    table = table.assign(formant=table.formant.str.removeprefix("F").astype(int))
    tubes = [name for name in TUBES if name in set(table.tube)]
    whole = dict.fromkeys(COUNTS, int)
    table = in_order(table, tube=tubes, formant=FORMANTS, phone=phones)
    return table.astype(whole)[[*COLUMNS]]


def pooled(scores: xr.Dataset) -> xr.Dataset:
    """Of all speakers together, each as many times as it has frames."""
    formants = [f"F{n}" for n in FORMANTS]
    atlas = scores[["atlas_rms", "atlas_frames"]].sel(formant=formants)
    frames = atlas.atlas_frames.fillna(0)
    squares = (frames * atlas.atlas_rms**2).sum("speaker")
    total = frames.sum("speaker")
    return xr.Dataset(
        {
            "value": 100 * (squares / total.where(total > 0)) ** 0.5,
            "n_frames": total,
            "n_speakers": (frames > 0).sum("speaker"),
        }
    )


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A column per tube, a row per formant; glottis left, lips right, phones from above."""
    tubes, phones = (list(dict.fromkeys(numbers[name])) for name in ("tube", "phone"))
    size = (PAGE, 0.8 + len(FORMANTS) * (0.35 + 0.13 * len(phones)))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(FORMANTS), len(tubes), squeeze=False, sharex=True, sharey=True)
    places = np.append(np.sort(numbers.place.dropna().unique()), np.nan)
    most = float(numbers.value.quantile(SHOWN))
    for (tube, formant), rows in numbers.groupby(["tube", "formant"], sort=False):
        axes = panels[FORMANTS.index(formant), tubes.index(tube)]
        picture = draw_cells(axes, rows, phones, places, most)
    for axes, tube in zip(panels[0], tubes, strict=True):
        axes.set_title(TUBES[tube])
    for axes, formant in zip(panels[:, 0], FORMANTS, strict=True):
        axes.set_ylabel(f"F{formant}")
    for axes in panels[-1]:
        axes.set_xlabel("x / L of the constriction")
    figure.colorbar(picture, ax=panels, label="error of the formant (%)", extend="max", aspect=40)
    return figure


def draw_cells(
    axes: Axes, rows: pd.DataFrame, phones: list[str], places: np.ndarray, most: float
) -> AxesImage:
    """Darker is worse; the last column has the frames without a clear constriction."""
    cells = np.full((len(phones), len(places)), np.nan)
    for of in rows.itertuples():
        at = -1 if np.isnan(of.place) else int(np.flatnonzero(np.isclose(places, of.place))[0])
        cells[phones.index(of.phone), at] = of.value
    picture = axes.imshow(cells, cmap="YlOrRd", vmin=0, vmax=most, aspect="auto")
    axes.set_yticks(range(len(phones)), [ipa(phone) for phone in phones])
    labels = [f"{place:.2f}" for place in places[:-1]] + ["none"]
    axes.set_xticks(range(len(places)), labels, rotation=90)
    axes.axvline(len(places) - 1.5, color="#444444", linewidth=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return picture


def caption(numbers: pd.DataFrame) -> str:
    """What is held against what, and the worst cell of each tube."""
    said = []
    for tube, rows in numbers.groupby("tube", sort=False):
        mean = np.sqrt(np.average(rows.value**2, weights=rows.n_frames))
        worst = rows.loc[rows.value.idxmax()]
        where = f"at x/L = {worst.place:.2f}" if np.isfinite(worst.place) else "without one"
        said.append(
            f"{TUBES[str(tube)]} {quote(mean)} %, most in F{worst.formant} of /{ipa(worst.phone)}/ "
            f"{where} ({quote(worst.value)} %)"
        )
    people = counted(int(numbers.n_speakers.max()), "speaker")
    return (
        "Root mean square error of each formant of a tube (difference of the logarithm), by phone "
        "and by the part of the tract in which its constriction lies, glottis left; the last "
        "column has frames without a clear one. Each speaker's mean error of a formant is taken "
        "out first. Tubes of true areas, with the simulator's losses, are held against its poles; "
        "the tube of measured areas, by the published law and without a fossa, against the "
        f"formants that were heard. In all: {listed(said)}. Cells of at least "
        f"{counted(int(numbers.n_frames.min()), 'frame')}, of up to {people}; white: fewer, or "
        "no formant that is known; the darkest are beyond the scale."
    )
