"""The whole pipeline, tiny, run as a user runs it: ``dvc repro`` in a clone of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
TINY = {
    "corpora.phantom.speakers": ["sim1", "sim2"],
    "phantom.seconds": 3.0,
}


class Project:
    """A clone of the working tree with parameters of its own."""

    def __init__(self, folder: Path, settings: dict):
        self.folder = folder
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
        for name in filter(None, names):
            if (ROOT / name).is_file() and not name.startswith("data/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / "dvc.lock").unlink(missing_ok=True)
        self.set(settings)
        for command in (
            "git init -q",
            "git add -A",
            "git -c user.name=t -c user.email=t@t commit -qm t",
        ):
            subprocess.run(command.split(), cwd=folder, check=True)

    def set(self, settings: dict) -> None:
        file, edit = self.folder / "params.yaml", YAML()
        tree = edit.load(file)
        for dotted, value in settings.items():
            *way, last = dotted.split(".")
            node = tree
            for key in way:
                node = node[key]
            node[last] = value
        edit.dump(tree, file)

    def run(self, *command: str, fails: bool = False, **environment: str) -> str:
        """What the command prints; its exit status must be as expected."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        settings = {"PATH": path, "PYTHONPATH": str(self.folder / "src"), "COLUMNS": "200"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | settings | environment,
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


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"), TINY)
    project.run("dvc", "repro")
    return project


def test_every_stage_leaves_what_it_promises(project):
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())["stages"]
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert set(lock) == set(stages)
    assert (project.folder / "reports/index.html").stat().st_size > 10_000
    assert list((project.folder / "reports/figures").glob("*.png"))


def test_scores_tell_controls_from_physics(project):
    table = pd.read_csv(project.folder / "reports/scores.csv")
    models = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]
    assert set(models) <= set(table.model) | {"options"}
    assert {"physics", "neutral_map", "mean_map", "permuted_physics"} <= set(table.model)
    assert table.duplicated(["corpus", "model", "direction", "score", "formant"]).sum() == 0


def test_a_second_run_does_nothing(project):
    printed = project.run("dvc", "repro")
    assert "Running stage" not in printed
    assert "up to date" in printed


def test_an_unknown_speaker_is_refused_before_anything_is_replaced(project):
    lock = (project.folder / "dvc.lock").read_bytes()
    project.set({"corpora.phantom.speakers": ["sim1", "nobody"]})
    try:
        printed = project.run("dvc", "repro", "phantom", fails=True)
    finally:
        project.set(TINY)
    assert "nobody" in printed
    assert "params.yaml" in printed
    assert (project.folder / "dvc.lock").read_bytes() == lock
    project.run("dvc", "checkout")


@pytest.mark.slow
def test_a_forced_run_without_the_memo_gives_the_same_bytes(project):
    before = (project.folder / "dvc.lock").read_bytes()
    printed = project.run("dvc", "repro", "--force", "--no-run-cache", TRACTABLE_MEMO="off")
    assert all(todo == all_ for todo, all_ in project.computed(printed).values())
    assert (project.folder / "dvc.lock").read_bytes() == before


@pytest.mark.slow
def test_after_a_partial_pull_nothing_is_computed_on_the_part(project, tmp_path):
    """One speaker's areas are there, the others not: every reader of them says what to pull."""
    for name in ("open", "restricted"):
        project.run("dvc", "remote", "modify", "--local", name, "url", str(tmp_path / name))
    project.run("dvc", "push", "-q")
    shutil.rmtree(project.folder / ".dvc" / "cache")
    shutil.rmtree(project.folder / "data" / "areas")
    project.run("dvc", "pull", "-q", "data/areas/phantom/sim1.zarr")
    lock = (project.folder / "dvc.lock").read_bytes()
    printed = project.run(
        "dvc", "repro", "--single-item", "--force", "--no-run-cache", "theory", fails=True
    )
    assert "sim2" in printed
    assert "dvc pull data/areas" in printed
    assert (project.folder / "dvc.lock").read_bytes() == lock
    project.run("dvc", "pull", "-q")
    assert "up to date" in project.run("dvc", "repro")
