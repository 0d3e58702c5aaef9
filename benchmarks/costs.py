"""Lines through what stages cost, and what these say of a corpus that nobody has computed yet.

A speaker of so many minutes costs ``start + pace * minutes``: seconds of the worker that has it,
peak memory of that worker, disk. Workers take one speaker at a time and a stage waits for the last.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls
from scipy.stats import t

CONFIDENCE = 0.95
SIZES = 3  # distinct, at least: two make a line, whatever they are
GIBIBYTE = 1024  # MiB
PREDICTED = (
    *("corpus", "speakers", "hours_of_speech", "workers", "stage"),
    *("hours", "hours_low", "hours_high"),
    *("memory_gib", "memory_gib_low", "memory_gib_high"),
    *("disk_gib", "disk_gib_low", "disk_gib_high"),
    *("first_to_run_out", "at_hours_of_speech", "at_low", "at_high"),
    *("days_allowed", "memory_of_a_machine_gib", "disk_of_all_gib"),
)


class Line(NamedTuple):
    """What a speaker costs, by minutes of speech."""

    start: float
    pace: float  # per minute
    covariance: np.ndarray  # of the two
    scatter: float  # standard deviation of a measurement about the line, over the line
    degrees: int  # of freedom
    missed: float  # the line through all smaller sizes at the largest, over what that was, less 1

    def at(self, minutes: float) -> float:
        return self.start + self.pace * minutes

    def quantile(self) -> float:
        return float(t.ppf(0.5 + CONFIDENCE / 2, self.degrees))

    def between(self, minutes: float) -> np.ndarray:
        """What it costs, at least and at most: [middle, low, high].

        At most and at least as a measurement would show, and never closer than the line missed the
        largest size by: how far a line may be followed, its own scatter does not tell.
        """
        middle, along = self.at(minutes), np.array([1, minutes])
        of_line = along @ self.covariance @ along / middle**2
        share = max(self.quantile() * math.hypot(self.scatter, of_line**0.5), abs(self.missed))
        return middle * np.array([1, max(0.0, 1 - share), 1 + share])

    def coefficients(self) -> np.ndarray:
        """Start and pace, each [middle, low, high]; of a start held at 0 as if it were free."""
        middle = np.array([self.start, self.pace])
        half = self.quantile() * np.sqrt(np.diag(self.covariance))
        return np.stack([middle, np.maximum(0, middle - half), middle + half], 1)


def through(minutes: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Start and pace, neither below zero, by least squares of relative errors."""
    return nnls(scaled(minutes, cost), np.ones(len(cost)))[0]


def scaled(minutes: np.ndarray, cost: np.ndarray) -> np.ndarray:
    return np.stack([np.ones_like(minutes), minutes], 1) / cost[:, None]


def line(minutes: Sequence[float], cost: Sequence[float]) -> Line:
    """The line through positive costs of one speaker, measured at several sizes.

    Raises
    ------
    ValueError : too few sizes to know how far off a line is.
    """
    size, paid = np.asarray(minutes, float), np.asarray(cost, float)
    if len(set(minutes)) < SIZES:
        raise ValueError(f"{len(set(minutes))} sizes; a line and its interval want {SIZES}")
    matrix, best, degrees = scaled(size, paid), through(size, paid), len(size) - 2
    scatter = float(np.sqrt(((matrix @ best - 1) ** 2).sum() / degrees))
    covariance = scatter**2 * np.linalg.inv(matrix.T @ matrix)
    smaller, largest = size < size.max(), size.argmax()
    missed = np.array([1, size.max()]) @ through(size[smaller], paid[smaller]) / paid[largest] - 1
    return Line(*map(float, best), covariance, scatter, degrees, float(missed))


class Corpus(NamedTuple):
    """Of speakers who all speak as long."""

    name: str
    speakers: int
    minutes: float  # of speech of each

    @property
    def hours(self) -> float:
        return self.speakers * self.minutes / 60


class Machine(NamedTuple):
    """What there is: a cluster is as many of these as its workers fill, and one disk."""

    cores: int
    memory: float  # GiB
    disk: float  # GiB, of all machines together
    days: float  # that it may take


#: 2371 clips, about 25 h; larger by more speakers, and by speakers who say more.
USC75 = Corpus("USC-75", 75, 20.0)
CORPORA = (
    USC75,
    Corpus("100 times the speakers", 7500, 20.0),
    Corpus("100 times the speech of each", 75, 2000.0),
)


def needed(lines: Mapping[str, Line], corpus: Corpus, workers: int, cores: int) -> np.ndarray:
    """Hours, memory of a machine [GiB] and disk [GiB] of a stage, each [middle, low, high]."""
    rounds, beside = math.ceil(corpus.speakers / workers), min(workers, cores, corpus.speakers)
    seconds, memory, disk = (
        lines[of].between(corpus.minutes) for of in ("seconds", "memory_mib", "disk_mib")
    )
    hours = rounds * seconds / 3600
    return np.stack([hours, beside * memory / GIBIBYTE, corpus.speakers * disk / GIBIBYTE])


def together(stages: Sequence[np.ndarray]) -> np.ndarray:
    """One stage after the other, as if all erred alike: time and disk add up, memory is reused."""
    added, most = np.sum(stages, 0), np.max(stages, 0)
    return np.stack([added[0], most[1], added[2]])


def first_to_run_out(need: np.ndarray, corpus: Corpus, machine: Machine) -> tuple[str, np.ndarray]:
    """Which resource, and at how many hours of speech [middle, low, high] of such speakers.

    Memory does not grow with speakers: there is enough for any number or, at 0 hours, for none.
    """
    hours, memory, disk = need
    with np.errstate(divide="ignore"):  # at least nothing, where little is known
        until = {
            "time": corpus.hours * 24 * machine.days / hours,
            "memory": np.where(memory <= machine.memory, np.inf, 0.0),
            "disk": corpus.hours * machine.disk / disk,
        }
    first = min(until, key=lambda name: until[name][0])
    low, high = (min(of[k] for of in until.values()) for k in (2, 1))  # where most is needed: first
    return first, np.array([until[first][0], low, high])


def predicted(
    lines: Mapping[str, Mapping[str, Line]], workers: Sequence[int], machine: Machine
) -> list[dict[str, Any]]:
    """Rows by corpus, number of workers and stage, with all stages as one at the end.

    Parameters
    ----------
    lines : stage -> seconds, memory_mib and disk_mib -> line.
    """
    rows = []
    for corpus in CORPORA:
        for many in workers:
            needs = {name: needed(of, corpus, many, machine.cores) for name, of in lines.items()}
            needs["all"] = together(list(needs.values()))
            rows += [row(corpus, many, stage, need, machine) for stage, need in needs.items()]
    return rows


def row(
    corpus: Corpus, workers: int, stage: str, need: np.ndarray, machine: Machine
) -> dict[str, Any]:
    first, until = first_to_run_out(need, corpus, machine)
    values = [corpus.name, corpus.speakers, f"{corpus.hours:g}", workers, stage]
    values += [figures(value) for value in need.ravel()]
    values += [first, *map(figures, until)]
    values += map(figures, (machine.days, machine.memory, machine.disk))
    return dict(zip(PREDICTED, values, strict=True))


def figures(value: float) -> str:
    """Three significant figures, or the whole number."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
