"""Is each planted model caught by the score that is meant for it, how often, and by which others?

Of many seeds, each a language with speakers of its own, every score asks whether it sets an honest
model apart from a planted one, by a paired t-test over held-out speakers. That share of seeds is
the score's power; of a second honest model it is the rate of false alarms. Models that are wrong by
a share of their fault show how small a fault can be seen.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from rich.progress import track as progress

from benchmarks import tables
from benchmarks.planted.exam import (
    BETTER,
    CAVITIES,
    HONEST,
    NAMED,
    PASSING,
    SHARES,
    TWIN,
    Pair,
    share_caught,
    trials,
    verdicts,
)

COLUMNS = (
    *("planted", "score", "formant", "share_of_fault", "meant", "speakers", "seeds"),
    *("caught", "low", "high"),
    *("planted_mean", "honest_mean", "spread_between_speakers"),
)


def pairs(found: xr.Dataset) -> list[Pair]:
    """Every model but the honest one and every score that it has, less of a fault after all."""
    names = set(map(str, found.model.values))
    whole = [name for name in map(str, found.model.values) if name[0].isalpha() and name != HONEST]
    of_all = [Pair(name, score) for name in whole for score in BETTER]
    every = of_all + [Pair(name, CAVITIES, "F2") for name in whole]
    every = [pair._replace(share=share) for share in sorted(SHARES, reverse=True) for pair in every]
    known = {name: found[name].notnull().any(["seed", "speaker"]) for name in BETTER}
    return [
        pair
        for pair in every
        if pair.model in names and known[pair.score].sel(model=pair.model, formant=pair.formant)
    ]


def meant(pair: Pair) -> str:
    """What was said of a pair beforehand."""
    if pair.planted == TWIN:
        return "no alarm"
    whole = pair._replace(share=1.0)
    said = "caught" if whole in NAMED else "passes" if whole in PASSING else ""
    return f"{said} when whole" if said and pair != whole else said


def rows(found: xr.Dataset) -> Iterator[dict[str, Any]]:
    """A row per pair, of corpora of one size."""
    for pair in pairs(found):
        mean = verdicts(found, pair).mean()
        numbers = (*share_caught(found, pair), mean.planted, mean.honest, mean.spread)
        said = (f"{float(number):.4g}" for number in numbers)
        values = (*pair, meant(pair), found.sizes["speaker"], found.sizes["seed"], *said)
        yield dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--seeds", type=int, default=40, help="made-up corpora of each size")
    parser.add_argument("--speakers", type=int, nargs="+", default=[4, 8, 20])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    table = []
    for count in asked.speakers:
        seeds = progress(range(asked.seeds), f"corpora of {count} speakers")
        table += rows(trials(seeds, count))
    tables.write(asked.out, COLUMNS, table)
    for row in table:
        if row["meant"]:
            print(*(f"{name} {row[name]}" for name in COLUMNS[:10]))


if __name__ == "__main__":
    main()
