"""A lesson on the processor and on a GPU: seconds of each, and how far apart what they learn is.

Models of params.yaml that learn step by step, with the first choice of their search, on the frames
of the first fold. Devices take turns, so that what else the machine does falls on both; the first
lesson on each, which compiles and warms up, does not count. The processor has one thread, as in the
pipeline, where as many lessons go on at once as there are cores.
"""

import argparse
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml

from benchmarks import tables
from tractable.models.catalogue import about_entry, fitted
from tractable.models.model import Examples, Model
from tractable.models.search import choices, decided
from tractable.models.supervision import Supervision, supervised, workshop
from tractable.models.training import Matter

MODELS = ("mlp", "mlp_jacobian", "lstm", "hybrid", "webster_network")
MODELS += ("mlp_inverse", "lstm_inverse", "hybrid_inverse")
NOUNS = ("areas", "formants", "folds")
SEED = 1
Way = tuple[str, str]  # device, precision
USUAL: Way = ("cpu", "64-true")
COLUMNS = (
    *("model", "device", "precision", "rounds", "seconds", "ratio_to_processor"),
    *("error", "error_of_processor", "farthest_apart", "machine", "torch"),
)


def lesson(name: str, entry: Mapping[str, Any], told: Examples, way: Way) -> tuple[Model, float]:
    """A model taught on a device, and how long that took [s]."""
    device, precision = way
    os.environ["TRACTABLE_ACCELERATOR"] = device

    def teach(fabric: Any) -> Model:
        with supervised(Supervision(fabric, precision=precision)):
            return fitted(name, entry, told, SEED)

    start = time.perf_counter()
    model = workshop(precision).launch(teach)
    return model, time.perf_counter() - start


def examples(about: Mapping[str, Any], options: Mapping[str, Any], data: Path) -> list[Examples]:
    """What the first fold trains on, and the rest."""
    speakers = sorted(path.stem for path in (data / "areas" / "phantom").glob("*.zarr"))
    stores = [tuple(data / of / "phantom" / f"{who}.zarr" for of in NOUNS) for who in speakers]
    matter = Matter.of(stores, about["direction"], dict(options) | {"context": about["context"]})
    trains = matter.trains(0, None)
    return [matter.kept(trains), matter.kept([~of for of in trains])]


def compared(
    name: str, models: Mapping[str, Any], data: Path, rounds: int, ways: Sequence[Way]
) -> list[dict[str, Any]]:
    """Rows of one model: on every device, in every precision."""
    entry = decided(models[name], choices(models[name])[0])
    told, asked = examples(about_entry(name, entry, models["examples"]), models["examples"], data)
    seconds: dict[Way, list[float]] = {way: [] for way in ways}
    taught: dict[Way, Model] = {}
    for turn in range(rounds + 1):
        for way in ways:
            anew = told._replace()  # nothing that a lesson remembers of its examples
            taught[way], took = lesson(name, entry, anew, way)
            seconds[way] += [took] if turn else []
    with torch.no_grad():
        error = {way: float(model.missed(asked)) for way, model in taught.items()}
        says = {way: asked.answers(model.tell) for way, model in taught.items()}
    least = {way: min(of) for way, of in seconds.items()}
    return [
        {
            "model": name,
            "device": way[0],
            "precision": way[1],
            "rounds": rounds,
            "seconds": f"{least[way]:.3g}",
            "ratio_to_processor": f"{least[way] / least[USUAL]:.3g}",
            "error": f"{error[way]:.5g}",
            "error_of_processor": f"{error[USUAL]:.5g}",
            "farthest_apart": f"{float((says[way] - says[USUAL]).abs().max()):.2g}",
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
    ways: list[Way] = [USUAL, ("cpu", "32-true")]
    if torch.cuda.is_available():
        ways += [("cuda", "64-true"), ("cuda", "32-true")]
    rows = []
    for name in asked.models:
        rows += compared(name, models, asked.data, asked.rounds, ways)
        for row in rows[-len(ways) :]:
            print(*(f"{word} {row[word]}" for word in COLUMNS[:9]), flush=True)
    tables.write(asked.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
