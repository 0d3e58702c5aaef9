"""How fast laws of movement are fitted, beside a general optimiser on the same law.

Both are asked for x0, target, onset and time scale of the same simulated gestures: ours by
tabulated shapes, all laws or one, the peer by ``scipy.optimize.least_squares`` on the law's closed
form, from a usual start (its ends, and when 20 and 80 % of the way are gone). They alternate in
rounds, in one thread, so that what else the machine does falls on both.
"""

import argparse
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from llvmlite.binding import get_host_cpu_name
from scipy.optimize import least_squares

from benchmarks import tables
from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import law
from tractable.movement.shapes import LEVELS, REFERENCE, shape_of, tabulated
from tractable.movement.simulated import simulate

SEED = 20261126
NOISE = 0.5  # mm
MADE_BY = ("target", 5.0)
ENDS = 5  # frames of a plateau whose mean starts the peer
SAME = 1e-3  # relative difference of squares below which two fits are one
COLUMNS = (
    *("method", "gestures", "shapes", "rounds", "seconds_per_1000_gestures", "lower_quartile"),
    *("upper_quartile", "microseconds_per_fit", "ratio_to_least_squares", "same_minimum"),
    *("lower_minimum", "processor", "versions"),
)


def peer(gestures: Gestures) -> Float[np.ndarray, " gesture"]:
    """Squares of the reference law, gesture by gesture."""
    of, theta = law(REFERENCE[0]), REFERENCE[1]
    squares = np.empty(len(gestures))
    for g, (row, level) in enumerate(zip(gestures.trajectory, gestures.noise_level, strict=True)):
        known = np.isfinite(row)
        seen, clock = row[known], gestures.time[known]

        def off(p: np.ndarray, seen=seen, clock=clock, level=level) -> np.ndarray:
            return (seen - p[0] - p[1] * of((clock - p[2]) / np.exp(p[3]), theta)) / level

        squares[g] = 2 * least_squares(off, guess(seen, clock), x_scale="jac").cost
    return squares


def guess(
    seen: Float[np.ndarray, " frame"], clock: Float[np.ndarray, " frame"]
) -> Float[np.ndarray, " 4"]:
    """x0, way, onset and ln time scale from the ends and two crossings."""
    start, end = seen[:ENDS].mean(), seen[-ENDS:].mean()
    share = (seen - start) / (end - start)
    low, _, high = (clock[(share >= level).argmax()] for level in LEVELS)
    shapes = tabulated(REFERENCE[:1])
    k, rise = shapes.reference, max(high - low, clock[1])
    onset = (low + high) / 2 + rise * shapes.onset[k]
    return np.array([start, end - start, onset, np.log(rise * shapes.tau[k])])


def timed(once: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = once()
    return time.perf_counter() - begin, found


def rows(count: int, fewer: int, rounds: int) -> list[dict[str, Any]]:
    """Every method in every round; round 0 compiles and warms up."""
    random = np.random.default_rng(SEED)
    noise = np.array([NOISE**2])
    truth = simulate(*MADE_BY, count=count, noise_autocovariance=noise, random=random)
    every, some = truth.gestures, truth.gestures.chosen(np.arange(fewer))
    one, all_laws = shape_of(law(REFERENCE[0]), REFERENCE[1]), tabulated()
    methods: dict[str, tuple[int, int, Callable[[], Any]]] = {
        "all laws": (count, len(all_laws), lambda: fit(every, all_laws)),
        "one law": (count, 1, lambda: fit(every, one)),
        "least_squares, one law": (fewer, 1, lambda: peer(some)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    found = {}
    for number in range(rounds + 1):
        for name, (_, _, once) in methods.items():
            spent, found[name] = timed(once)
            if number:
                seconds[name].append(spent)
    theirs = found["least_squares, one law"]
    ours = found["one law"].squares[0, :fewer]
    told = {
        "same_minimum": np.abs(ours / theirs - 1) < SAME,
        "lower_minimum": ours < theirs * (1 - SAME),
    }
    last = np.array(seconds["least_squares, one law"]) / fewer
    lines = []
    for name, (gestures, shapes, _) in methods.items():
        each = np.array(seconds[name]) / gestures
        low, middle, high = np.quantile(1000 * each, (0.25, 0.5, 0.75))
        numbers = {
            "seconds_per_1000_gestures": middle,
            "lower_quartile": low,
            "upper_quartile": high,
            "microseconds_per_fit": 1e6 * np.median(each) / shapes,
            "ratio_to_least_squares": np.median(last * shapes / each),
            **({word: share.mean() for word, share in told.items()} if name == "one law" else {}),
        }
        line = {"method": name, "gestures": gestures, "shapes": shapes, "rounds": rounds}
        lines.append(line | {word: float(f"{value:.4g}") for word, value in numbers.items()})
    about = {"processor": get_host_cpu_name(), "versions": versions()}
    return [{word: (line | about).get(word, "") for word in COLUMNS} for line in lines]


def versions() -> str:
    packages = ("numpy", "numba", "scipy")
    return "; ".join(
        [f"python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--gestures", type=int, default=1000, help="that ours fits at once")
    parser.add_argument("--fewer", type=int, default=100, help="that the peer fits, one by one")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each method")
    given = parser.parse_args()
    table = rows(given.gestures, given.fewer, given.rounds)
    tables.write(given.out, COLUMNS, table)
    for line in table:
        print(*(f"{line[word]}" for word in COLUMNS[:11]), sep="  ")


if __name__ == "__main__":
    main()
