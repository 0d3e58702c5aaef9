"""How fast very many tubes are on a GPU: the form in torch, plain and fused, beside the kernel.

Rows are medians over rounds in which all forms take turns. The kernel computes on the processor of
the same machine. What fails is reported and left out, and the table is written after every batch.
Needs torch and numpy; the kernel's rows, and differences to it, need numba.
"""

import argparse
import csv
import os
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch

SECTIONS = 44
FORMANTS = 5
SEED = 20250301
KERNEL, PLAIN = "kernel on the processor", "torch"
FUSED = {"searches": "torch, searches fused", "all": "torch, all fused"}
ASKED = {name: asked for asked, name in FUSED.items()}  # TRACTABLE_FUSE of each form
COLUMNS = (
    *("form", "device", "threads", "batch_shapes", "gradients", "own_lengths", "rounds"),
    *("microseconds_per_shape", "lower_quartile", "upper_quartile", "first_call_seconds"),
    *("peak_device_memory_mib", "largest_difference_to_kernel_hz"),
    *("largest_difference_of_gradients", "sections", "formants", "torch"),
)


class Absent(ModuleType):
    """Stands for a package that only the other form, or a signature, needs."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class Nothing:
    """May be called, decorate, and stand in a signature; computes nothing."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        return arguments[0] if arguments and callable(arguments[0]) else self

    def __getitem__(self, key: Any) -> "Nothing":
        return self

    def __or__(self, other: Any) -> "Nothing":
        return self

    __ror__ = __or__


HAS_KERNEL = find_spec("numba") is not None
for package in ("numba", "jaxtyping", "xarray"):
    if find_spec(package) is None:
        sys.modules[package] = Absent(package)

from tractable.tube import batched  # noqa: E402
from tractable.tube.formants import Resonances  # noqa: E402
from tractable.tube.tube import KINDS, SONDHI_SCHROETER, tubes  # noqa: E402


class Case(NamedTuple):
    """What is measured."""

    form: str
    gradients: bool


class Told(NamedTuple):
    """Answers of a form, to be compared."""

    roots: torch.Tensor  # 1/s, (shape, formant)
    by_log_area: torch.Tensor | None


def area_functions(count: int, own_lengths: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """ln area [ln m2] and section lengths [m]: smooth tracts, all different, rough by a tenth."""
    generator = torch.Generator().manual_seed(SEED)
    place = (torch.arange(SECTIONS) + 0.5) / SECTIONS
    order = torch.arange(1, 8)
    waves = torch.cos(torch.pi * order[:, None] * place)
    weight = torch.randn(count, len(order), generator=generator) / order**0.7
    log_area = -8.0 + 0.8 * weight @ waves
    log_area += 0.1 * torch.randn(log_area.shape, generator=generator)
    length = 0.17 / SECTIONS * torch.exp(0.08 * torch.randn(count, generator=generator))
    if own_lengths:
        spread = torch.randn(count, SECTIONS, generator=generator)
        length = length[:, None] * torch.exp(0.1 * spread)
    return log_area.clamp(min=-11.5), length


def asked(case: Case, log_area: torch.Tensor, length: torch.Tensor) -> Told:
    """Roots, and on demand the slopes of frequencies and bandwidths [Hz], all together."""
    os.environ["TRACTABLE_FUSE"] = ASKED.get(case.form, "")
    search = Resonances if case.form == KERNEL else batched.BatchedResonances
    shape = [part.detach().requires_grad_(case.gradients) for part in (log_area, length)]
    given = tubes(shape[0], shape[1], SONDHI_SCHROETER, None, False)
    roots = search.apply(*given, -1, KINDS["flanagan"], FORMANTS)
    if case.gradients:
        (roots.imag.sum() / (2 * torch.pi) - roots.real.sum() / torch.pi).backward()
    return Told(roots.detach(), shape[0].grad)


def measure(
    case: Case, log_area: torch.Tensor, length: torch.Tensor, device: torch.device
) -> tuple[float, float, Told]:
    """Seconds, peak memory of the device [MiB], and what was told."""
    cuda = device.type == "cuda" and case.form != KERNEL
    if cuda:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    start = time.perf_counter()
    told = asked(case, log_area, length)
    if cuda:
        torch.cuda.synchronize(device)
    seconds = time.perf_counter() - start
    return seconds, torch.cuda.max_memory_allocated(device) / 2**20 if cuda else 0.0, told


def compared(told: Told, kernel: Told | None) -> dict[str, float]:
    """Largest difference of frequencies and bandwidths [Hz]; of gradients, over the largest."""
    if kernel is None:
        return {}
    gap = told.roots.cpu() - kernel.roots
    found = {"largest_difference_to_kernel_hz": torch.stack(
        [gap.imag.abs().max() / (2 * torch.pi), gap.real.abs().max() / torch.pi]
    ).max()}  # fmt: skip
    if told.by_log_area is not None and kernel.by_log_area is not None:
        apart = (told.by_log_area.cpu() - kernel.by_log_area).abs().max()
        found["largest_difference_of_gradients"] = apart / kernel.by_log_area.abs().max()
    return {name: float(f"{value:.3g}") for name, value in found.items()}


def batch_rows(
    cases: list[Case], batch: int, given: argparse.Namespace, device: torch.device
) -> list[dict[str, Any]]:
    """Every form that works on a batch, in rounds; the first call may compile, and is apart."""
    shapes = area_functions(batch, given.own_lengths)
    kernel: dict[bool, Told] = {}
    rows: dict[Case, dict[str, Any]] = {}
    seconds: dict[Case, list[float]] = {}
    for number in range(given.rounds + 1):
        for case in [case for case in cases if number == 0 or case in seconds]:
            say(f"batch {batch}, round {number} of {given.rounds}: {case}")
            where = torch.device("cpu") if case.form == KERNEL else device
            log_area, length = (part.to(where) for part in shapes)
            try:
                spent, memory, told = measure(case, log_area, length, device)
            except Exception:  # whatever it is, the other forms are still worth measuring
                traceback.print_exc()
                seconds.pop(case, None)
                continue
            if number == 0:
                seconds[case] = []
                if case.form == KERNEL:
                    kernel[case.gradients] = told
                rows[case] = compared(told, kernel.get(case.gradients))
                rows[case] |= {"first_call_seconds": round(spent, 2)}
                continue
            seconds[case].append(spent)
            rows[case]["peak_device_memory_mib"] = round(memory) or ""
    return [
        row(case, batch, seconds[case], given, device) | rows[case]
        for case in seconds
        if seconds[case]
    ]


def row(
    case: Case, batch: int, seconds: list[float], given: argparse.Namespace, device: torch.device
) -> dict[str, Any]:
    """What a form took, beside what is common to all."""
    low, middle, high = torch.tensor(seconds).quantile(torch.tensor([0.25, 0.5, 0.75])).tolist()
    on_gpu = device.type == "cuda" and case.form != KERNEL
    return {
        "form": case.form,
        "device": torch.cuda.get_device_name(device) if on_gpu else "processor",
        "threads": "" if on_gpu else given.threads,
        "batch_shapes": batch,
        "gradients": case.gradients,
        "own_lengths": given.own_lengths,
        "rounds": len(seconds),
        "microseconds_per_shape": float(f"{1e6 * middle / batch:.4g}"),
        "lower_quartile": float(f"{1e6 * low / batch:.4g}"),
        "upper_quartile": float(f"{1e6 * high / batch:.4g}"),
        "sections": SECTIONS,
        "formants": FORMANTS,
        "torch": torch.__version__,
    }


def write(rows: list[dict[str, Any]], path: Path) -> None:
    """The table, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    best = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description="Speed of very many tubes on a GPU, as CSV.")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--device", default=best, help=f"of the form in torch (default: {best})")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the processor")
    parser.add_argument(
        "--batches", type=int, nargs="+", default=[10**k for k in (3, 4, 5, 6)], help="shapes"
    )
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case")
    parser.add_argument("--own-lengths", action="store_true", help="of every section, not equal")
    parser.add_argument(
        "--fuse", nargs="*", choices=list(FUSED), default=["searches"],
        help="which walks to fuse as well (default: searches; all takes minutes to compile)",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a try: two batches, nothing fused")
    given = parser.parse_args()
    if given.quick:
        given.batches, given.rounds, given.fuse = [100, 1000], 2, []
    return given


def main() -> None:
    torch.set_default_dtype(torch.float64)
    given = arguments()
    torch.set_num_threads(given.threads)
    if HAS_KERNEL:
        import numba

        numba.set_num_threads(given.threads)
    forms = [KERNEL] * HAS_KERNEL + [PLAIN] + [FUSED[walks] for walks in given.fuse]
    cases = [Case(form, gradients) for gradients in (False, True) for form in forms]
    rows: list[dict[str, Any]] = []
    for batch in given.batches:
        rows += batch_rows(cases, batch, given, torch.device(given.device))
        write(rows, given.out)
    for line in rows:
        print(", ".join(f"{name} {line[name]}" for name in COLUMNS if line.get(name, "") != ""))


if __name__ == "__main__":
    main()
