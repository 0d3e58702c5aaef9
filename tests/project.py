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
LEARNING = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]
COMMON = ("seed", "precision", "examples", "search", "twins")
MODELS = {name: entry for name, entry in LEARNING.items() if name not in COMMON}
#: What lessons take of each at most; nobody asks a tiny run how well it learnt.
MOST = {
    "steps": 20,
    "bend_steps": 20,
    "calibration_steps": 10,
    "calibrated_on": 60,
    "inducing": 50,
}
SHORT = {
    f"models.{name}.{word}": most
    for name, entry in MODELS.items()
    for word, most in MOST.items()
    if entry.get(word, 0) > most
}


def of_two(search: dict[str, list]) -> dict[str, list]:
    """A search of two trials."""
    first, *others = search
    return {first: search[first][:2], **{name: search[name][:1] for name in others}}


SEARCHES = {"models.search.trials": 2} | {
    f"models.{name}.search": of_two(entry["search"])
    for name, entry in MODELS.items()
    if "search" in entry
}
#: Small enough for a test; everything that a real run has is there.
TINY = {
    **SHORT,
    **SEARCHES,
    "corpora.phantom.speakers": ["sim1", "sim2"],
    "phantom.seconds": 3.0,
    "phantom.known_truth.exam_frames": 4,
    "folds.speaker_folds": 2,
    "explanations.frames": 40,
    "explanations.repeated_frames": 8,
    "explanations.attribution.frames": 8,
    "explanations.attribution.steps": 4,
    "explanations.attribution.draws": 4,
    "explanations.attribution.sets": 4,
    "explanations.nomogram.places": 20,
    "explanations.inside.frames": 8,
    "explanations.inside.draws": 2,
    "efficiency.models": ["tube_calibrated", "ridge"],
    "efficiency.shares": [0.3],
    "figures.pictures.amplitude_and_duration.repeats": 1,
    "figures.pictures.coupling_functions.seconds": [5.0, 20.0],
    "figures.pictures.coupling_functions.stretch": 5.0,
    "figures.pictures.forecast_against_law.taught": 15,
    "figures.pictures.forecast_against_law.network.steps": 5,
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
        compiled = (ROOT / "src").rglob("__pycache__/*")  # a minute of numba, seconds of Python
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
        own |= {"PYTHONDONTWRITEBYTECODE": ""}  # each stage would compile all that it imports
        own |= {"TRACTABLE_WORKERS": "1"}  # a second one would import it all again
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
