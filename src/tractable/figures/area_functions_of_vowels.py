"""Area functions of vowels beside published ones: has the tract the shape that it should have?"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tractable.figures.sheet import PAGE, counted, ipa, listed
from tractable.figures.vowels import Speakers

TITLE = "Area functions of vowels, measured and published"
NOUNS = ("areas",)
PUBLISHED = Path(__file__).with_name("published_areas.csv")
MEASURED = "measured here"
COLOURS = ("#0072B2", "#D55E00", "#009E73")
OPEN = {"a": "A", "A": "a"}  # the open vowel, which sources write one way or the other
PER_ROW = 3
COLUMNS = (
    {"vowel": str, "source": str, "distance": float, "area": float, "low": float, "high": float}
    | {"n_frames": float, "n_speakers": int}  # who publishes areas says of no frames
)


def numbers(speakers: Speakers, *, vowels: list[str], most: int, least_frames: int) -> pd.DataFrame:
    """Mean area over speakers, their standard deviation around it, and published areas.

    Parameters
    ----------
    vowels : in the order in which they are shown, the first ``most`` of those that were said.
    least_frames : of all speakers together, or a vowel is left out.

    Returns
    -------
    vowel, source, distance from the glottis [m], area [m2], low, high, n_frames, n_speakers.
    """
    said = {vowel: frames_of(speakers, vowel) for vowel in vowels}
    enough = [vowel for vowel, of in said.items() if count(of) >= max(least_frames, 1)][:most]
    tables = [of for v in enough for of in (measured(v, said[v]), *published(v))]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*COLUMNS])


def frames_of(speakers: Speakers, vowel: str) -> list[xr.Dataset]:
    """The usable frames of a vowel, of every speaker who said it."""
    areas = [stores["areas"] for stores in speakers.values()]
    wanted = [of.isel(time=((of.phone == vowel) & (of.refused == "")).values) for of in areas]
    return [of for of in wanted if of.sizes["time"]]


def count(said: list[xr.Dataset]) -> int:
    return sum(of.sizes["time"] for of in said)


def measured(vowel: str, said: list[xr.Dataset]) -> pd.DataFrame:
    """Speakers averaged at equal x/L, on the mean length of their tracts."""
    areas = np.stack([of.area.mean("time").values for of in said])
    length = np.mean([float(of.tract_length.mean()) for of in said])
    mean, spread = areas.mean(0), areas.std(0, ddof=1) if len(said) > 1 else np.nan
    columns = (vowel, MEASURED, length * said[0].place.values, mean, mean - spread, mean + spread)
    return pd.DataFrame(dict(zip(COLUMNS, (*columns, count(said), len(said)), strict=True)))


def published(vowel: str) -> list[pd.DataFrame]:
    """What papers have of a vowel, one speaker each; areas at the middle of their sections."""
    shapes = pd.read_csv(PUBLISHED, comment="#")
    tables = []
    for shape in shapes[shapes.vowel.isin([vowel, OPEN.get(vowel)])].itertuples():
        area = np.array(shape.areas_cm2.split(), float)
        distance = (np.arange(len(area)) + 0.5) * shape.section_length_cm
        columns = (vowel, shape.source, 1e-2 * distance, 1e-4 * area, np.nan, np.nan, np.nan, 1)
        tables.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return tables


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel per vowel, glottis left, lips right; axes in cm and cm2."""
    vowels = list(dict.fromkeys(numbers.vowel))
    sources = sorted(set(pd.read_csv(PUBLISHED, comment="#").source))
    colours = dict(zip(sources, COLOURS, strict=True))
    columns = min(PER_ROW, len(vowels))
    rows = -(-len(vowels) // columns)
    figure = Figure(figsize=(PAGE, 0.4 + 1.75 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, vowel in zip(panels.ravel(), vowels, strict=False):
        draw_vowel(axes, numbers[numbers.vowel == vowel], colours)
        axes.set_title(f"/{ipa(vowel)}/")
    for axes in panels.ravel()[len(vowels) :]:
        axes.set_visible(False)
    panels[0, 0].set(xlim=(0, None), ylim=(0, None))
    panels[0, 0].yaxis.set_major_locator(MaxNLocator(4))
    figure.supxlabel("distance from the glottis (cm)", fontsize="medium")
    figure.supylabel("area (cm²)", fontsize="medium")
    shown = {line.get_label(): line for axes in panels.ravel() for line in axes.lines}
    figure.legend(shown.values(), shown.keys(), loc="outside upper center", ncols=len(shown))
    return figure


def draw_vowel(axes: Axes, rows: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """Published lines thin and in colour, over the measured one and its band."""
    for source, line in rows.groupby("source", sort=False):
        distance, area = 100 * line.distance, 1e4 * line.area
        if source == MEASURED:
            band = 1e4 * line.low, 1e4 * line.high
            axes.fill_between(distance, *band, color="#dddddd", linewidth=0)
            axes.plot(distance, area, color="#000000", linewidth=2, label=source, gid=source)
        else:
            axes.plot(distance, area, color=colours[source], label=source, gid=source)
    axes.grid(axis="y")


def caption(numbers: pd.DataFrame) -> str:
    """Whose areas these are, how long the tracts and where the lines come from."""
    here = numbers[numbers.source == MEASURED]
    frames, people = here.groupby("vowel").n_frames.max(), here.groupby("vowel").n_speakers.max()
    ends = here.groupby("vowel", sort=False).distance.agg(["min", "max"])
    lengths = 100 * ends.sum(axis=1)  # places lie half a step from either end
    beside = sorted(set(numbers.source) - {MEASURED})
    spread = ", grey band one standard deviation over speakers" if people.max() > 1 else ""
    return (
        f"Mean area functions of {listed(f'/{ipa(v)}/' for v in lengths.index)} over "
        f"{frames.min():.0f} to {frames.max():.0f} frames a vowel, up to "
        f"{counted(int(people.max()), 'speaker')}{spread}. "
        "Midsagittal distances were measured from the pictures and made areas by the published "
        "law; speakers are averaged at equal shares of their tracts, which are "
        f"{lengths.min():.1f} to {lengths.max():.1f} cm long in the mean. "
        + (f"Beside them, of one speaker each: {listed(beside)}. " if beside else "")
        + f"The open vowel, which some write /{ipa('a')}/ and some /{ipa('A')}/, has one panel."
    )
