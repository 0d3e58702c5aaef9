"""What all figures share: sizes, the look of models and tissues, and files of the same bytes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import matplotlib.style
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.whole import written_whole

STYLE = Path(__file__).with_name("tractable.mplstyle")
COLUMN, PAGE = 3.5, 7.0  # widths in a journal [in]
#: Endings of pictures, and what is not to be said in each.
FORMATS: dict[str, dict[str, None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

CLIP = re.compile(r'<clipPath id="(\w+)">(.*?)</clipPath>', re.DOTALL)  # of an SVG

#: Okabe and Ito's colours and a few that the colour-blind can tell from them; grey is for controls.
COLOURS = {
    "physics": ("#000000",),
    "tube": ("#D55E00", "#E69F00", "#8C4A00"),
    "black_box": ("#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#4B3F8F", "#882255"),
    "control": ("#7A7A7A",),
}
MARKERS = {
    "physics": "*",
    "tube": "oD",
    "black_box": "s^",
    "control": "XPDhpd8H",
}
TISSUES = {"upper": "#56B4E9", "lower": "#E69F00", "wall": "#CC79A7"}
MIDLINE = "#F0E442"
EVEN = 0.18  # luminance on which black and white are as easy to read (contrasts of WCAG)
LONG = "\N{MODIFIER LETTER TRIANGULAR COLON}"
#: Wells (1997), what differs from a letter that is its own sign.
SAMPA = dict(
    zip(
        "AEIOUVYM@Q{}1236789&STZDNCJLGRHBPF?4",
        "ɑɛɪɔʊʌʏɯəɒæʉɨøɜɐɤɵœɶʃθʒðŋçɲʎɣʁɥβʋɱʔɾ",
        strict=True,
    )
)


@dataclass(frozen=True)
class Look:
    """How a model is drawn, the same in every figure."""

    family: str
    colour: str
    marker: str

    @property
    def is_control(self) -> bool:
        return self.family == "control"


def looks(models: Iterable[str], families: Mapping[str, list[str]]) -> dict[str, Look]:
    """Look of every model; one that no family names is a black box."""
    members = {family: list(families.get(family, [])) for family in COLOURS}
    named = {model for of in members.values() for model in of}
    members["black_box"] += [model for model in models if model not in named]
    return {
        model: Look(family, cycled(COLOURS[family], k), marker(family, k))
        for family, of in members.items()
        for k, model in enumerate(of)
    }


def cycled(choices, k: int) -> str:
    return choices[k % len(choices)]


def marker(family: str, k: int) -> str:
    """Of the k-th model: another one where the colours begin again."""
    return cycled(MARKERS[family], k // len(COLOURS[family]))


def ink(colour: Sequence[float] | np.ndarray) -> str:
    """Black or white, whichever is easier to read on a colour (red, green, blue)."""
    linear = (np.asarray(colour)[:3] + 0.055) ** 2.4 / 1.055**2.4
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > EVEN else "white"


def spoken(model: str) -> str:
    """A model's name as people read it."""
    return model.replace("_", " ")


def ipa(phone: str) -> str:
    """A label of one sign in SAMPA as the International Phonetic Association writes it.

    Labels of several signs stay as they are: they may be of another alphabet.
    """
    short = phone.rstrip(":")
    return SAMPA.get(short, short) + LONG * (len(phone) - len(short))


def counted(number: int, thing: str) -> str:
    """``1 speaker``, ``8 speakers``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def draw_squares(axes: Axes, values: Float[np.ndarray, "row column"], *, size: float) -> None:
    """Whole numbers from -100 to 100 on their colours, without a frame; below stands an arrow.

    Parameters
    ----------
    values : NaN is left empty.
    size : of the numbers [pt].
    """
    picture = axes.imshow(values, cmap="PuOr", vmin=-100, vmax=100, aspect="auto")
    for row, column in np.argwhere(np.isfinite(values)):
        value = values[row, column]
        word = str(round(value)) if value >= -100 else "↓"
        shade = ink(picture.to_rgba(value))
        axes.text(column, row, word, ha="center", va="center", color=shade, fontsize=size)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


@contextmanager
def styled() -> Iterator[None]:
    """Inside, figures are made and saved by the style sheet alone, whatever the user's own."""
    with matplotlib.style.context(["default", STYLE], after_reset=True):
        yield


def save_picture(figure: Figure, path: Path) -> None:
    """One of FORMATS, by its ending, without date, version or chance in it."""
    kind = path.suffix.lower()
    with styled(), written_whole(path) as partial:
        figure.savefig(partial, format=kind.removeprefix("."), metadata=FORMATS[kind])
        if kind == ".svg":
            partial.write_text(clips_named(partial.read_text("utf-8")), "utf-8")


def clips_named(svg: str) -> str:
    """An SVG whose clips bear names of what it says of them.

    Matplotlib's names are of all digits of their places, and the last ones differ by processor.
    """
    for name, place in CLIP.findall(svg):
        svg = svg.replace(name, f"p{sha256(place.encode()).hexdigest()[:10]}")
    return svg
