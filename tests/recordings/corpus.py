"""A corpus of tiny clips in the USC 75-Speaker layout, for tests."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import yaml

from tractable.imaging.video import write_video

RATE = Fraction(25)
SAMPLE_RATE = 8000
METAFILE = "metafile_public_tiny.json"
LAG = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())["recordings"]["lag"]
ALIGNMENT = {
    "scale": 0.1,
    "tolerance": 0.04,
    "voice": {"odds": 30.0, "lowest": 60.0, "highest": 400.0, "below": 800.0, "silence": 0.1},
    "impostors": {"count": 30, "seed": 1, "least": 2.5},
    "most_missed": 0.02,
    "least_evidence": 6.0,
}
OPTIONS = {
    "sample_rate": SAMPLE_RATE,
    "white": 0.999,
    "tier": "phones",
    "lag": LAG,
    "alignment": ALIGNMENT,
}
ENTRY = {
    "adapter": "usc75",
    "pixel_spacing": 2.4e-3,
    "metafile": METAFILE,
    "speakers": ["sub001"],
}


def corpus(
    folder: Path, tasks: dict[str, str] | None = None, speakers: tuple[str, ...] = ("sub001",)
) -> Path:
    """Tasks name -> "exist" or "not exist"; the clips that exist last 2 s."""
    tasks = tasks or {"vcv1_r1": "exist"}
    known = {}
    for who in speakers:
        known[who] = {"demographic": {"sex": "F", "age": "24"}, "task": []}
        for index, (name, state) in enumerate(tasks.items(), 1):
            prefix = f"{who}_2drt_{index:02d}_{name}"
            known[who]["task"] += [{"prefix": prefix, "name": name, "file": state, "note": ""}]
            if state == "exist":
                write_clip(folder / who, prefix, seed=index)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / METAFILE).write_text(json.dumps(known))
    return folder


def write_clip(
    speaker: Path, prefix: str, *, seconds: float = 2.0, size: int = 16, seed: int = 0
) -> Path:
    rng = np.random.default_rng(seed)
    path = speaker / "2drt" / "video" / f"{prefix}_video.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = rng.integers(0, 255, (50, size, size), dtype=np.uint8)
    sound = 0.1 * rng.standard_normal(round(seconds * SAMPLE_RATE))
    write_video(path, frames, RATE, sound, SAMPLE_RATE, quality=10, bit_rate=64000)
    return path


def write_textgrid(
    path: Path,
    intervals: list[tuple[float, float, str]],
    tier: str = "phones",
    before: tuple[str, ...] = (),
) -> Path:
    """A tier of phones, after others that have one long interval each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tiers = {name: [(0.0, 2.0, name)] for name in before} | {tier: intervals}
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", "xmax = 2"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, rows) in enumerate(tiers.items(), 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier"']
        lines += [f'        name = "{name}"', "        xmin = 0", "        xmax = 2"]
        lines += [f"        intervals: size = {len(rows)}"]
        for k, (start, end, label) in enumerate(rows, 1):
            lines += [f"        intervals [{k}]:", f"            xmin = {start}"]
            lines += [f"            xmax = {end}", f'            text = "{label}"']
    path.write_text("\n".join(lines) + "\n")
    return path


def without_sound(path: Path) -> None:
    """The same pictures in a file without a sound track."""
    import av

    silent = path.with_name("silent.mp4")
    with av.open(str(path)) as source, av.open(str(silent), "w") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    silent.rename(path)
