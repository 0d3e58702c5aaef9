"""How fast the tube is: area functions a second, with gradients, beside VocalTractLab.

Every case runs in a process of its own, on the same number of threads. Cases and peer alternate in
rounds, so that what else the machine does falls on both. VocalTractLab works in one thread, so it
gets as many processes as there are threads; its time is that of ``simulator.responses`` less that
of ``simulator.tubes``: the transfer function without the geometry, in the median of many states.
"""

import argparse
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from llvmlite.binding import get_host_cpu_name

from benchmarks import tables
from benchmarks.processes import peak_memory
from tractable.simulator import JD3, frequencies, responses, shapes, tubes

SECTIONS = 44
FORMANTS = 5
VOWELS = tuple("aeiouyEIOU@2")
HIGHEST = 5000.0  # Hz, for the peer's number of frequencies
SEED = 20250301
SHORTEST = 0.15  # s, of one measurement
LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SPAWN = multiprocessing.get_context("spawn")

COLUMNS = (
    "method",
    "batch_shapes",
    "threads",
    "rounds",
    "shapes_per_second",
    "shapes_per_second_lower_quartile",
    "shapes_per_second_upper_quartile",
    "microseconds_per_shape",
    "ratio_to_vocaltractlab",
    "ratio_lower_quartile",
    "ratio_upper_quartile",
    "peak_memory_mib",
    "memory_above_idle_mib",
    "sections",
    "formants",
    "vocaltractlab_frequencies_to_5_khz",
    "processor",
    "versions",
)


class Case(NamedTuple):
    """What one process measures."""

    method: str  # a key of METHODS
    batch: int  # shapes at once


def equal_sections(log_area: Any, length: Any) -> None:
    from tractable.tube import formants

    tract = length.detach().sum(1).requires_grad_()
    formants(log_area, tract / SECTIONS, count=FORMANTS).frequency.sum().backward()


def own_lengths(log_area: Any, length: Any) -> None:
    from tractable.tube import formants

    formants(log_area, length, count=FORMANTS).frequency.sum().backward()


def torch_reference(log_area: Any, length: Any) -> None:
    from tractable.tube import formants_reference

    tract = length.detach().sum(1).requires_grad_()
    formants_reference(log_area, tract / SECTIONS, count=FORMANTS).frequency.sum().backward()


REFERENCE = "torch reference, equal sections"  # the second peer, in the last round only
#: Roots and their gradients by ln area and length, once.
METHODS: dict[str, Callable[[Any, Any], None]] = {
    "formants, equal sections": equal_sections,
    "formants, own lengths": own_lengths,
    REFERENCE: torch_reference,
}
PEER = "VocalTractLab transfer function less geometry"
GEOMETRY = "VocalTractLab geometry"
REFERENCE_BATCHES = (100, 1000)


def mixtures(count: int, seed: int) -> np.ndarray:
    """Tract states between vowels, all different."""
    vowels = shapes(VOWELS, JD3)
    generator = np.random.default_rng(seed)
    share = generator.dirichlet(np.full(3, 0.7), count)
    return np.einsum("km,kmp->kp", share, vowels[generator.integers(0, len(vowels), (count, 3))])


def area_functions(count: int) -> tuple[np.ndarray, np.ndarray]:
    """ln area [ln m2] and section lengths [m] of vowel-like tracts, (count, SECTIONS) each."""
    found = tubes(mixtures(200, SEED), JD3)
    generator = np.random.default_rng(SEED)
    chosen = generator.integers(0, len(found.area), count)
    tract = found.section_length.sum(1)
    middle = (np.arange(SECTIONS) + 0.5) / SECTIONS
    end = found.section_length.cumsum(1) / tract[:, None]
    section = np.array([np.searchsorted(edges, middle) for edges in end])
    area = np.take_along_axis(found.area, section, 1).clip(min=1e-5)
    log_area = np.log(area)[chosen] + generator.normal(0, 0.1, (count, SECTIONS))
    length = tract[chosen, None] / SECTIONS * np.exp(generator.normal(0, 0.1, log_area.shape))
    return log_area, length


def tube_timer(case: Case, log_area: np.ndarray, length: np.ndarray, threads: int) -> Callable:
    """A function that returns seconds per shape, of as many repetitions as are worth timing."""
    import numba
    import torch

    numba.set_num_threads(threads)
    # Around the kernel torch has next to nothing to do; its own threads are in the kernel's way.
    torch.set_num_threads(threads if case.method == REFERENCE else 1)
    once = METHODS[case.method]
    inputs = [torch.from_numpy(array).requires_grad_() for array in (log_area, length)]

    def timed(repeats: int) -> float:
        start = time.perf_counter()
        for _ in range(repeats):
            for tensor in inputs:
                tensor.grad = None
            once(*inputs)
        return time.perf_counter() - start

    def measure() -> float:
        repeats, spent = 1, timed(1)
        while spent < SHORTEST:
            repeats = max(2 * repeats, int(1.1 * repeats * SHORTEST / spent))
            spent = timed(repeats)
        return spent / repeats / case.batch

    return measure


def peer_timer(states: np.ndarray) -> Callable:
    """A function that returns seconds per shape of geometry, and of the transfer function less it.

    State by state, for the difference may be a tenth of what it is taken from.
    """

    def measure() -> tuple[float, float]:
        seconds = np.empty((len(states), 2))
        for k in range(len(states)):
            start = time.perf_counter()
            tubes(states[k : k + 1], JD3)
            middle = time.perf_counter()
            responses(states[k : k + 1], JD3, piriform=False)
            seconds[k] = middle - start, time.perf_counter() - middle
        geometry, whole = seconds.T
        return float(np.median(geometry)), float(np.median(whole - geometry))

    return measure


def serve(connection: Connection, prepare: Callable, *arguments: Any) -> None:
    """Measure whenever asked; with each measurement comes memory [MiB], at rest and at most."""
    measure = prepare(*arguments)
    idle = peak_memory()
    while connection.recv():
        connection.send((measure(), idle, peak_memory()))


class Worker:
    """A process that measures one case."""

    def __init__(self, threads: int, prepare: Callable, *arguments: Any) -> None:
        os.environ.update(dict.fromkeys(LIMITS, str(threads)))  # read when a library is loaded
        self.connection, far = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(far, prepare, *arguments), daemon=True)
        self.process.start()
        far.close()

    def ask(self) -> None:
        self.connection.send(True)

    def answer(self) -> Any:
        return self.connection.recv()

    def stop(self) -> None:
        self.connection.send(False)
        self.process.join()


class Result(NamedTuple):
    """One measurement of a case and, just before it, of the peer."""

    case: float  # s per shape
    response: float  # s per shape of all peers together
    geometry: float  # s per shape of all peers together
    idle: float  # MiB
    peak: float  # MiB


def ask_peers(peers: list[Worker]) -> tuple[float, float]:
    """Seconds per shape of all peers together: transfer function less geometry, and geometry."""
    for peer in peers:
        peer.ask()
    seconds = np.array([peer.answer()[0] for peer in peers])
    geometry, response = seconds.T
    return 1 / (1 / response).sum(), 1 / (1 / geometry).sum()


def measured(
    cases: list[Case], *, threads: int, rounds: int, states: int
) -> Iterator[tuple[str, Case, Result | None]]:
    """Progress, and results round by round; round 0 only warms up."""
    log_area, length = area_functions(max(case.batch for case in cases))
    every = mixtures(threads * states, SEED + 1)
    peers = [Worker(1, peer_timer, every[k::threads]) for k in range(threads)]
    workers: dict[Case, Worker] = {}
    for number in range(rounds + 1):
        for case in cases:
            if case.method == REFERENCE and number != rounds:  # it takes seconds
                continue
            said = f"round {number} of {rounds}: {case.method}, batch {case.batch}"
            yield said, case, None
            for new in cases if workers else [case]:  # the first one compiles for all
                if new not in workers:
                    shape = log_area[: new.batch], length[: new.batch]
                    workers[new] = Worker(threads, tube_timer, new, *shape, threads)
            response, geometry = ask_peers(peers)
            workers[case].ask()
            seconds, idle, peak = workers[case].answer()
            if number > 0:
                yield said, case, Result(seconds, response, geometry, idle, peak)
    for worker in [*peers, *workers.values()]:
        worker.stop()


def spread(name: str, values: np.ndarray, quartile: str = "") -> dict[str, float]:
    """Median and quartiles, to four digits."""
    low, middle, high = (float(f"{v:.4g}") for v in np.quantile(values, (0.25, 0.5, 0.75)))
    prefix = quartile or name
    return {name: middle, f"{prefix}_lower_quartile": low, f"{prefix}_upper_quartile": high}


def row(method: str, batch: int, seconds: np.ndarray, response: np.ndarray) -> dict[str, Any]:
    """What every method reports, from seconds per shape of each round."""
    return {
        "method": method,
        "batch_shapes": batch,
        "rounds": len(seconds),
        **spread("shapes_per_second", 1 / seconds),
        "microseconds_per_shape": float(f"{1e6 * np.median(seconds):.4g}"),
        **spread("ratio_to_vocaltractlab", response / seconds, "ratio"),
    }


def table(results: dict[Case, list[Result]], threads: int) -> list[dict[str, Any]]:
    rows = []
    for case, found in results.items():
        seconds, response, _, idle, peak = np.array(found).T
        memory = {
            "peak_memory_mib": round(peak.max()),
            "memory_above_idle_mib": round(peak.max() - idle.min()),
        }
        rows.append(row(*case, seconds, response) | memory)
    every = np.array([result for found in results.values() for result in found])
    rows.append(row(PEER, 1, every[:, 1], every[:, 1]))
    rows.append(row(GEOMETRY, 1, every[:, 2], every[:, 1]))
    common = {
        "threads": threads,
        "sections": SECTIONS,
        "formants": FORMANTS,
        "vocaltractlab_frequencies_to_5_khz": int((frequencies() < HIGHEST).sum()),
        "processor": get_host_cpu_name(),
        "versions": versions(),
    }
    return [{name: (line | common).get(name, "") for name in COLUMNS} for line in rows]


def versions() -> str:
    packages = ("numpy", "numba", "torch", "vocaltractlab-cython")
    return "; ".join(
        [f"python {platform.python_version()}"] + [f"{p} {version(p)}" for p in packages]
    )


def show(rows: list[dict[str, Any]]) -> None:
    print(
        f"{'method':46} {'batch':>6} {'shapes/s':>10} {'us/shape':>9} {'ratio':>7} (quartiles)  MiB"
    )
    for line in rows:
        quartiles = f"({line['ratio_lower_quartile']:.4g} to {line['ratio_upper_quartile']:.4g})"
        print(
            f"{line['method']:46} {line['batch_shapes']:6} {line['shapes_per_second']:10.0f} "
            f"{line['microseconds_per_shape']:9.2f} {line['ratio_to_vocaltractlab']:7.4g} "
            f"{quartiles} {line['peak_memory_mib']}"
        )
    about = rows[0]
    print(f"{about['threads']} threads, {about['rounds']} rounds; {about['processor']}")
    print(about["versions"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed of the tube beside VocalTractLab, as CSV.")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of each method (default: all cores)"
    )
    parser.add_argument(
        "--batches", type=int, nargs="+", default=[1, 100, 1000, 10000], help="shapes at once"
    )
    parser.add_argument("--rounds", type=int, default=15, help="measurements of each case")
    parser.add_argument(
        "--states", type=int, default=24, help="of VocalTractLab per process and measurement"
    )
    return parser.parse_args()


def main() -> None:
    given = arguments()
    cases = [Case(m, b) for m in METHODS if m != REFERENCE for b in given.batches]
    cases += [Case(REFERENCE, b) for b in given.batches if b in REFERENCE_BATCHES]
    results: dict[Case, list[Result]] = {case: [] for case in cases}
    setting = {"threads": given.threads, "rounds": given.rounds, "states": given.states}
    for said, case, result in measured(cases, **setting):
        if sys.stderr.isatty():
            print(f"\r{said:79}", end="", file=sys.stderr, flush=True)
        if result is not None:
            results[case].append(result)
    rows = table(results, given.threads)
    tables.write(given.out, COLUMNS, rows)
    show(rows)


if __name__ == "__main__":
    main()
