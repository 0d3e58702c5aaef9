"""Peak memory and pace of every stage that takes a speaker at a time, by minutes of speech.

Clips of one speaker are listed over and over, as a corpus in the layout of the USC 75-Speaker
database, and every stage takes what the one before it made. Each runs in a process of its own:
memory is what that process has had at most, beyond what it had when all was imported. The phantom
is simulated anew at its own lengths, which are short: it takes minutes for one of speech. Run it
from the root: ``python -m benchmarks.memory --out FILE``.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from rich.progress import track as progress

from benchmarks import tables
from benchmarks.processes import peak_memory
from benchmarks.scores import alone
from tractable.areas import areas_in_stretches
from tractable.audit.corpora import LAG, audit_speaker
from tractable.contours import contours
from tractable.contracts import AREAS, CONTOURS, FORMANTS, RECORDINGS, Contract
from tractable.formants import formants
from tractable.phantom.corpus import make_speaker
from tractable.recordings.corpora import speaker_task
from tractable.stage import one_speaker, store_path
from tractable.store import load

CORPUS, SPEAKER = "looped", "speaker"
METAFILE = "metafile_public_looped.json"
COLUMNS = (
    *("stage", "minutes", "clips", "frames", "memory_above_idle_mib", "mib_per_minute_more"),
    *("seconds", "frames_per_second"),
)
#: Noun -> what it reads, what it makes of it, and under which contract.
STAGES: dict[str, tuple[dict[str, Contract], Callable[..., Any], Contract]] = {
    "contours": ({"recordings": RECORDINGS}, contours, CONTOURS),
    "areas": ({"contours": CONTOURS}, areas_in_stretches, AREAS),
    "formants": ({"recordings": RECORDINGS}, formants, FORMANTS),
}


def looped(clips: list[Path], minutes: float, seconds: float, raw: Path) -> int:
    """A raw corpus of one speaker that says the same again and again; how many clips it has."""
    home = raw / CORPUS / SPEAKER / "2drt"
    count = max(1, round(60 * minutes / (seconds / len(clips))))
    for kind in ("video", "textgrid"):
        (home / kind).mkdir(parents=True)
    tasks = []
    for k in range(count):
        video, prefix = clips[k % len(clips)], f"{SPEAKER}_{k:04d}"
        (home / "video" / f"{prefix}_video.mp4").symlink_to(video)
        labels = video.parents[1] / "textgrid" / f"{stem(video)}.TextGrid"
        if labels.is_file():
            (home / "textgrid" / f"{prefix}.TextGrid").symlink_to(labels)
        tasks.append({"prefix": prefix, "name": f"clip{k:04d}", "file": "exist"})
    (raw / CORPUS / METAFILE).write_text(json.dumps({SPEAKER: {"task": tasks}}))
    return count


def stem(video: Path) -> str:
    return video.stem.removesuffix("_video")


def recorded(home: Path, choices: dict[str, Any]) -> None:
    entry = choices["corpora"][CORPUS]
    task = speaker_task(home / "raw" / CORPUS, store(home, "recordings"), entry, choices[CORPUS])
    task()


def derived(home: Path, choices: dict[str, Any], noun: str) -> None:
    reads, function, contract = STAGES[noun]
    given = {store(home, other): of for other, of in reads.items()}
    one_speaker(function, given, {store(home, noun): contract}, choices[noun])


def audited(home: Path, choices: dict[str, Any]) -> None:
    paths = {noun: store(home, noun) for noun in ("recordings", "contours", "areas", "formants")}
    lag = choices["recordings"]["lag"]
    of_audit = choices["audit"] | {"lag": {name: lag[name] for name in LAG}}
    audit_speaker(paths, home / "page.html", home / "found.json", tasks=None, **of_audit)


def simulated(home: Path, choices: dict[str, Any], minutes: float) -> None:
    section = choices["phantom"] | {"seconds": 60 * minutes}
    known = {"pixel_spacing": choices["pixel_spacing"], "geometry": choices["areas"]["geometry"]}
    who, description = next(iter(section.pop("speakers").items()))
    made = home / "simulated", home / "truth.zarr"
    make_speaker(who, *made, description=description, **known, **section)


def work(home: Path, choices: dict[str, Any], stages: list[str]) -> dict[str, tuple[Any, ...]]:
    """Stage -> function and arguments that do it, in the order in which data flow."""
    calls: dict[str, tuple[Any, ...]] = {"recordings": (recorded, home, choices)}
    calls |= {noun: (derived, home, choices, noun) for noun in STAGES if noun in stages}
    return calls | ({"audit": (audited, home, choices)} if "audit" in stages else {})


def store(home: Path, noun: str) -> Path:
    return store_path(home / noun, CORPUS, SPEAKER)


def timed(function: Callable[..., None], *arguments: Any) -> tuple[float, float]:
    """Seconds, and memory beyond what there was before [MiB], in this process."""
    idle, start = peak_memory(), time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start, peak_memory() - idle


def row(stage: str, minutes: float, frames: int, took: tuple[float, float]) -> dict[str, Any]:
    seconds, memory = took
    return {
        "stage": stage,
        "minutes": f"{minutes:g}",
        "frames": frames,
        "memory_above_idle_mib": round(memory),
        "seconds": f"{seconds:.3g}",
        "frames_per_second": round(frames / seconds),
    }


def one_length(
    clips: list[Path], minutes: float, choices: dict[str, Any], stages: list[str]
) -> list[dict[str, Any]]:
    """Stages, in the order in which data flow, on a speaker of so many minutes."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        seconds = alone(duration, clips)
        count = looped(clips, minutes, seconds, home / "raw")
        calls = work(home, choices, stages)
        took = {stage: alone(timed, *call) for stage, call in calls.items()}
        frames = alone(length, store(home, "recordings"))
    return [row(stage, minutes, frames, of) | {"clips": count} for stage, of in took.items()]


def duration(clips: list[Path]) -> float:
    """Of all clips together [s]."""
    import av  # only this process decodes: the one that starts the others stays small

    total = 0.0
    for clip in clips:
        with av.open(str(clip)) as file:
            track = file.streams.video[0]
            total += track.frames / float(track.average_rate)
    return total


def length(path: Path) -> int:
    return load(path, RECORDINGS).sizes["time"]


def phantom(minutes: float, choices: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        took = alone(timed, simulated, Path(folder), choices, minutes)
    rate = choices["phantom"]["frame_rate"].split("/")
    frames = round(60 * minutes * int(rate[0]) / int(rate[1]))
    return row("phantom", minutes, frames, took)


def with_growth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stage by stage, beside each length MiB a minute more than at the one before it."""
    found: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row["stage"], float(row["minutes"]))):
        more, before = "", found[-1] if found else None
        if before and before["stage"] == row["stage"]:
            grown = row["memory_above_idle_mib"] - before["memory_above_idle_mib"]
            more = f"{grown / (float(row['minutes']) - float(before['minutes'])):.3g}"
        found.append(row | {"mib_per_minute_more": more})
    return found


def chosen(spacing: float) -> dict[str, Any]:
    """Sections of params.yaml, with the looped corpus instead of those that are listed."""
    choices = yaml.safe_load(Path("params.yaml").read_text("utf-8"))
    entry = {"adapter": "usc75", "pixel_spacing": spacing, "metafile": METAFILE}
    choices["corpora"] = {CORPUS: entry | {"speakers": [SPEAKER]}}
    return choices | {CORPUS: choices["recordings"], "pixel_spacing": spacing}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument(
        "--clips", type=Path, default=Path("data/raw/phantom/sim1"), help="folder of MP4 to loop"
    )
    parser.add_argument("--spacing", type=float, default=2.4e-3, help="of their pixels [m]")
    parser.add_argument("--minutes", type=float, nargs="+", default=[0.5, 1, 2])
    parser.add_argument(
        "--stages",
        nargs="*",
        default=[*STAGES, "audit"],
        choices=[*STAGES, "audit"],
        help="after recordings; each needs those that it reads",
    )
    parser.add_argument("--phantom", type=float, nargs="*", default=[0.1, 0.2], help="minutes")
    asked = parser.parse_args()
    clips, choices = sorted(asked.clips.resolve().rglob("*.mp4")), chosen(asked.spacing)
    if not clips:
        parser.error(f"{asked.clips}: holds no MP4; dvc pull it, or name a folder by --clips")
    rows = [
        row
        for minutes in progress(asked.minutes, "lengths")
        for row in one_length(clips, minutes, choices, asked.stages)
    ]
    rows += [phantom(minutes, choices) for minutes in progress(asked.phantom, "phantom")]
    tables.write(asked.out, COLUMNS, with_growth(rows))
    print(asked.out.read_text())


if __name__ == "__main__":
    main()
