"""A clone of the working tree in which a whole pipeline runs, as a user runs it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

from tractable.laboratory import override
from tractable.score_table import read

ROOT = Path(__file__).parents[1]
MODELS = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]
#: Lessons of a few steps; nobody asks a tiny run how well it learnt.
SHORT = {
    f"models.{name}.{steps}": 40
    for name, entry in MODELS.items()
    for steps in ("steps", "bend_steps")
    if isinstance(entry, dict) and entry.get(steps, 0) > 40
}
#: Small enough for a test; everything that a real run has is there.
TINY = SHORT | {
    "corpora.phantom.speakers": ["sim1", "sim2"],
    "phantom.seconds": 3.0,
    "folds.speaker_folds": 2,
    "efficiency.models": ["tube_calibrated", "ridge"],
    "efficiency.shares": [0.3],
}


class Project:
    """A clone of the working tree with parameters of its own.

    Parameters
    ----------
    settings : other parameters than ours; None: it lies there already.
    """

    def __init__(self, folder: Path, settings: dict | None = None):
        self.folder = folder
        if settings is not None:
            self.clone(settings)

    def clone(self, settings: dict) -> None:
        folder = self.folder
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
        compiled = (ROOT / "src").rglob("__pycache__/*.nb[ci]")  # by numba, a minute's work
        for name in [*filter(None, names), *(str(file.relative_to(ROOT)) for file in compiled)]:
            if (ROOT / name).is_file() and not name.startswith("data/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / "dvc.lock").unlink(missing_ok=True)
        self.set(settings)
        self.run("git", "init", "-q")
        self.commit()

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t")

    def restore(self) -> None:
        """All as it was committed: parameters and outputs, what git keeps and what DVC keeps."""
        self.run("git", "checkout", "-q", ".")
        self.run("dvc", "checkout", "-q")

    def copied(self, folder: Path) -> "Project":
        """The same project elsewhere, with its data and all that DVC and the memo keep."""
        return Project(shutil.copytree(self.folder, folder, symlinks=True))

    def set(self, settings: dict) -> None:
        written = (yaml.safe_dump(value, default_flow_style=True) for value in settings.values())
        options = [f"{key}={value}" for key, value in zip(settings, written, strict=True)]
        override(self.folder / "params.yaml", options)

    def outputs(self) -> dict[str, str]:
        """Path of every output -> its digest, as of the last run: what differs has a name."""
        stages = yaml.safe_load((self.folder / "dvc.lock").read_text())["stages"].values()
        return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}

    def environment(self) -> dict[str, str]:
        """In which commands run: this project's code, and the interpreter's programs."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "PYTHONPATH": str(self.folder / "src"), "COLUMNS": "200"}
        return os.environ | own

    def run(self, *command: str, fails: bool = False, **environment: str) -> str:
        """What the command prints; its exit status must be as expected."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert bool(done.returncode) == fails, done.stdout[-6000:]
        return done.stdout

    def computed(self, printed: str) -> dict[str, tuple[int, int]]:
        """Tasks computed, and tasks in all, by stage."""
        lines = re.findall(r"^(\w+): (\d+) of (\d+) to compute", printed, re.M)
        return {stage: (int(todo), int(all_)) for stage, todo, all_ in lines}


def natural_skill(scores: Path) -> pd.DataFrame:
    """What a score table says of V1 on the phantom, model by formant, of all that can be asked."""
    table = read(scores)
    table = table[(table.corpus == "phantom") & (table.score == "V1 natural skill")]
    return table.pivot(index="model", columns="formant", values="value").dropna()
