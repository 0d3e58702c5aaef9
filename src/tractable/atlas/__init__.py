"""Thousands of vocal-tract shapes of many anatomies, none of them a phantom speaker.

The segmenter learns from nothing else. A shape is a mixture of two of VocalTractLab's vowels and
consonants, every tract parameter then moved a little at random, so that mouths open and close,
tongues reach and velums hang in more ways than one speaker's phones do.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.contracts import Contract, described
from tractable.simulator import TRACT, Anatomy, limits, outlines, shapes

ATLAS = Contract(
    "atlas",
    "Outlines of thousands of shapes of many anatomies.",
    {
        "ratio": (("ratio",), None, "proportions of an anatomy, as the simulator names them"),
        "anatomy": (("anatomy", "ratio"), "1", "depth in m"),
        "anatomy_of": (("shape",), "1", "index of the anatomy that a shape belongs to"),
        "axis": (("axis",), None, "x to the lips, y up"),
        "upper": (("shape", "upper_point", "axis"), "m", "wall, velum, palate, upper lip"),
        "lower": (("shape", "lower_point", "axis"), "m", "larynx, floor of the mouth, lower lip"),
        "tongue": (("shape", "tongue_point", "axis"), "m", "its outline"),
        "epiglottis": (("shape", "epiglottis_point", "axis"), "m", "its outline"),
    },
    ("seed",),
)

VOWELS = ("a", "e", "i", "o", "u", "E:", "2", "y", "I", "E", "O", "U", "9", "Y", "@", "6")
CONSONANTS = tuple(
    f"{name}({vowel})"
    for name in (
        "ll-labial-closure",
        "ll-dental-fricative",
        "tt-dental-fricative",
        "tt-alveolar-closure",
        "tt-alveolar-lateral",
        "tt-alveolar-fricative",
        "tt-postalveolar-closure",
        "tt-postalveolar-fricative",
        "tb-palatal-fricative",
        "tb-velar-closure",
        "tb-uvular-fricative",
    )
    for vowel in "aiu"
)
PHONES = VOWELS + CONSONANTS


def build(
    *,
    anatomies: int,
    shapes_per_anatomy: int,
    ranges: dict[str, tuple[float, float]],
    restlessness: float,
    lowered_velums: float,
    seed: int,
) -> xr.Dataset:
    """Outlines of ``anatomies * shapes_per_anatomy`` shapes [m].

    Parameters
    ----------
    ranges : lowest and highest value of each proportion of an anatomy (``simulator.Anatomy``).
    restlessness : sd of the random part of every tract parameter, as a share of its range.
    lowered_velums : share of shapes whose velum hangs anywhere between closed and wide open.
    """
    random = np.random.default_rng(seed)
    people = draw_anatomies(anatomies, ranges, random)
    found = [
        outlines(
            draw_states(person, shapes_per_anatomy, restlessness, lowered_velums, random), person
        )
        for person in people
    ]
    parts = {
        name: np.concatenate([getattr(shape, name) for shape in found]).astype("float32")
        for name in ("upper", "lower", "tongue", "epiglottis")
    }
    about = {
        "ratio": np.array(Anatomy._fields),
        "anatomy": np.array(people),
        "anatomy_of": np.repeat(np.arange(anatomies), shapes_per_anatomy),
        "axis": np.array(["x", "y"]),
    }
    return described(ATLAS, {**about, **parts}, seed=seed)


def draw_anatomies(
    count: int, ranges: dict[str, tuple[float, float]], random: np.random.Generator
) -> list[Anatomy]:
    """Proportions spread evenly over their ranges and shuffled against each other."""
    columns = {
        name: low + (high - low) * (random.permutation(count) + random.random(count)) / count
        for name, (low, high) in ranges.items()
    }
    return [Anatomy(**{name: float(columns[name][k]) for name in columns}) for k in range(count)]


def draw_states(
    anatomy: Anatomy,
    count: int,
    restlessness: float,
    lowered_velums: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "shape parameter"]:
    """Mixtures of two phones, moved at random within the limits of the tract parameters."""
    known = shapes(PHONES, anatomy)
    low, high = limits(anatomy).T
    one, other = (known[random.integers(len(known), size=count)] for _ in range(2))
    share = random.beta(0.4, 0.4, size=(count, 1))  # often nearly one phone, sometimes between
    moved = restlessness * (high - low) * random.standard_normal(one.shape)
    states = np.clip(share * one + (1 - share) * other + moved, low, high)
    port = TRACT.index("VO")
    hanging = random.random(count) < lowered_velums
    states[hanging, port] = random.uniform(low[port], high[port], hanging.sum())
    return states
