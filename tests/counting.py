"""A pipeline of one stage, ``doubled``, over two speakers, which tells what it computed."""

import os
import sys
from pathlib import Path

import numpy as np
import yaml

from tractable.contracts import Contract, described
from tractable.stage import each_speaker
from tractable.store import save

COUNTS = Contract(
    "counts", "Numbers.", {"time": (("time",), "s", "when"), "count": (("time",), "1", "many")}
)
SPEAKERS = ["sim1", "sim2"]


def counted(start: int, speaker: str):
    time = np.arange(5.0)
    parts = {"time": time, "count": start + np.arange(5)}
    return described(COUNTS, parts, corpus="phantom", speaker=speaker)


def doubled(data, *, factor: int):
    """Counts times a factor; leaves a trace of having been computed."""
    with Path("computed.txt").open("a") as trace:
        trace.write(data.attrs["speaker"] + "\n")
    return data.assign(count=(data["count"] * factor).assign_attrs(units="1"))


def staged(monkeypatch, folder: Path) -> Path:
    """The pipeline in ``folder``, to be run in this process as in one of its own."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["stages/doubled.py"])
    monkeypatch.delenv("TRACTABLE_MEMO", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent)]))
    write_corpora(SPEAKERS)
    Path("code.py").write_text("version = 1\n")
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"doubled": {"deps": ["code.py"]}}}))
    for k, speaker in enumerate(SPEAKERS):
        save(counted(k, speaker), Path(f"data/counts/phantom/{speaker}.zarr"), COUNTS)
    return folder


def write_corpora(names):
    Path("params.yaml").write_text(yaml.safe_dump({"corpora": {"phantom": {"speakers": names}}}))


def repro(function=doubled, **options) -> list[str]:
    """Run the stage; the speakers that were computed rather than remembered."""
    Path("computed.txt").write_text("")
    reads, writes = {Path("data/counts"): COUNTS}, {Path("data/doubled"): COUNTS}
    if function is doubled:
        options = {"factor": 2} | options
    each_speaker(function, reads, writes, **options)
    return sorted(Path("computed.txt").read_text().split())
