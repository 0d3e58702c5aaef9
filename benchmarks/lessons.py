"""A lesson on the processor and on a GPU: seconds of each, and how far apart what they learn is.

Models of params.yaml that learn step by step, with the first choice of their search, on the frames
of the first fold. Devices take turns, so that what else the machine does falls on both; the first
lesson on each, which compiles and warms up, does not count. The processor has one thread, as in the
pipeline, where as many lessons go on at once as there are cores.
"""

import argparse
import csv
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from tractable.models.catalogue import about_entry, fitted
from tractable.models.model import Examples, Model
from tractable.models.search import choices, decided
from tractable.models.supervision import Supervision, supervised, workshop
from tractable.models.training import Matter
from tractable.store import written_whole

MODELS = ("mlp", "mlp_jacobian", "lstm", "hybrid", "webster_network")
MODELS += ("mlp_inverse", "lstm_inverse", "hybrid_inverse")
NOUNS = ("areas", "formants", "folds")
COLUMNS = (
    *("model", "device", "precision", "rounds", "seconds", "ratio_to_processor"),
    *("error", "error_of_processor", "farthest_apart", "machine", "torch"),
)


def lesson(name: str, entry: Mapping[str, Any], told: Examples, device: str, precision: str):
    """A model taught on a device, and how long that took [s]."""
    os.environ["TRACTABLE_ACCELERATOR"] = device

    def teach(fabric) -> Model:
        with supervised(Supervision(fabric, precision=precision)):
            return fitted(name, entry, told, 1)

    start = time.perf_counter()
    model = workshop(precision).launch(teach)
    return model, time.perf_counter() - start


def compared(name: str, models: Mapping[str, Any], data: Path, rounds: int, ways) -> list[dict]:
    """Rows of one model: on every device, in every precision."""
    entry = models[name]
    entry = decided(entry, choices(entry)[0])
    about = about_entry(name, entry, models["examples"])
    speakers = sorted(path.stem for path in (data / "areas" / "phantom").glob("*.zarr"))
    stores = [tuple(data / noun / "phantom" / f"{who}.zarr" for noun in NOUNS) for who in speakers]
    options = dict(models["examples"]) | {"context": about["context"]}
    matter = Matter.of(stores, about["direction"], options)
    trains = matter.trains(0, None)
    told, asked = matter.kept(trains), matter.kept([~of for of in trains])
    seconds: dict[tuple[str, str], list[float]] = {way: [] for way in ways}
    taught = {}
    for turn in range(rounds + 1):
        for way in ways:
            anew = told._replace()  # nothing that a lesson remembers of its examples
            taught[way], took = lesson(name, entry, anew, *way)
            seconds[way] += [took] if turn else []
    usual = ("cpu", "64-true")
    with torch.no_grad():
        error = {way: float(model.missed(asked)) for way, model in taught.items()}
        says = {way: model.tell(asked.given) for way, model in taught.items()}
    least = {way: min(of) for way, of in seconds.items()}
    return [
        {
            "model": name,
            "device": way[0],
            "precision": way[1],
            "rounds": rounds,
            "seconds": f"{least[way]:.3g}",
            "ratio_to_processor": f"{least[way] / least[usual]:.3g}",
            "error": f"{error[way]:.5g}",
            "error_of_processor": f"{error[usual]:.5g}",
            "farthest_apart": f"{float((says[way] - says[usual]).abs().max()):.2g}",
            "machine": torch.cuda.get_device_name() if way[0] == "cuda" else platform.machine(),
            "torch": torch.__version__,
        }
        for way in ways
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--data", type=Path, default=Path("data"), help="stores of the phantom")
    parser.add_argument("--models", nargs="+", default=MODELS, help="of params.yaml")
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    models = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["models"]
    ways = [("cpu", "64-true"), ("cpu", "32-true")]
    if torch.cuda.is_available():
        ways += [("cuda", "64-true"), ("cuda", "32-true")]
    rows = []
    for name in asked.models:
        rows += compared(name, models, asked.data, asked.rounds, ways)
        for row in rows[-len(ways) :]:
            print(*(f"{word} {row[word]}" for word in COLUMNS[:9]), flush=True)
    with written_whole(asked.out) as partial, partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
