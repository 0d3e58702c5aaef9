"""How fast video becomes contours: frames a second of every step, and of all of them together.

Steps and peer alternate in rounds, so that what else the machine does falls on both. The peer is
the network alone, in float32, in one thread: what is as fast as it doubles the cost.
"""

import argparse
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from llvmlite.binding import get_host_cpu_name

from benchmarks import tables
from tractable.contours.boundaries import neighbour_share, trace_shares
from tractable.contours.clip import CHUNK
from tractable.contours.tracking import RELEASED_OPTIONS, track
from tractable.imaging.video import read_video
from tractable.segmenter import RELEASED, heard, network_in, part_shares
from tractable.segmenter.network import TissueNet, fastest, has_bfloat16
from tractable.segmenter.preparation import prepared

SPACING = 2.4e-3  # m, of the phantom's pixels
TRACED_BY = ("point_spacing", "bridge", "shortest", "farthest")
TRACING = {name: RELEASED_OPTIONS[name] for name in TRACED_BY}
PEER = "network, float32"
COLUMNS = (
    "step",
    "threads",
    "frames",
    "rounds",
    "frames_per_second",
    "frames_per_second_lower_quartile",
    "frames_per_second_upper_quartile",
    "ratio_to_network_in_float32",
    "processor",
    "bfloat16",
)

Step = Callable[[], Any]


def in_float32() -> Any:
    return patch("tractable.segmenter.network.has_bfloat16", return_value=False)


def network_alone(network: TissueNet, image: torch.Tensor) -> None:
    with torch.inference_mode(), fastest():
        network(image)


def steps(video: Path, count: int) -> dict[str, tuple[Step, int]]:
    """What is measured, and of how many frames: a chunk in one thread, or the whole way."""
    film = read_video(video)
    frames, rate = film.frames[:count], float(film.frame_rate)
    chunk = frames[:CHUNK]
    grey = torch.from_numpy(chunk.astype("float32"))
    image = prepared(grey, SPACING).contiguous(memory_format=torch.channels_last)
    ears = {"clip_share": RELEASED_OPTIONS["clip_share"], "network": network_in(RELEASED)}
    network = heard(frames, SPACING, **ears)
    near = neighbour_share(RELEASED_OPTIONS["smoothing"], rate)
    share = part_shares(network, chunk[[0, *range(len(chunk)), -1]], SPACING)
    return {
        "decoding": (lambda: read_video(video), len(film.frames)),
        "preparation": (lambda: prepared(grey, SPACING), len(chunk)),
        "network": (lambda: network_alone(network, image), len(chunk)),
        "tracing": (
            lambda: trace_shares(share, chunk.shape[1:], SPACING, neighbour_share=near, **TRACING),
            len(chunk),
        ),
        "frames to contours": (lambda: track(frames, SPACING, rate), len(frames)),
        "video to contours": (
            lambda: track(read_video(video).frames, SPACING, rate),
            len(film.frames),
        ),
    }


def measured(todo: dict[str, tuple[Step, int]], rounds: int) -> dict[str, np.ndarray]:
    """Frames a second of every step, by round; each is also done in float32."""
    speed: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for name, (step, frames) in todo.items():
            for suffix, way in {"": nullcontext, ", float32": in_float32}.items():
                if suffix and not ("network" in name or "contours" in name):
                    continue
                with way():
                    start = time.perf_counter()
                    step()
                    seconds = time.perf_counter() - start
                if number > 0:  # the first only warms up
                    speed.setdefault(name + suffix, []).append(frames / seconds)
    return {name: np.array(found) for name, found in speed.items()}


def table(speed: dict[str, np.ndarray], todo: dict[str, tuple[Step, int]]) -> list[dict[str, Any]]:
    rows = []
    for name, found in speed.items():
        low, middle, high = (float(f"{v:.4g}") for v in np.quantile(found, (0.25, 0.5, 0.75)))
        values = (
            name,
            os.cpu_count() if "contours" in name else 1,
            todo[name.removesuffix(", float32")][1],
            len(found),
            middle,
            low,
            high,
            float(f"{np.median(found / speed[PEER]):.3g}"),
            get_host_cpu_name(),
            "yes" if has_bfloat16() else "no",
        )
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed of the contours, step by step, as CSV.")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--raw", type=Path, default=Path("data/raw/phantom"), help="folder of MP4s")
    parser.add_argument("--frames", type=int, default=640, help="of the whole way, at most")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each step")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    todo = steps(min(given.raw.rglob("*.mp4")), given.frames)
    rows = table(measured(todo, given.rounds), todo)
    tables.write(given.out, COLUMNS, rows)
    for row in rows:
        print(f"{row['step']:28} {row['frames_per_second']:8.0f} frames/s", end="")
        print(f" {row['ratio_to_network_in_float32']:7.3g} x the network in float32")


if __name__ == "__main__":
    main()
