"""dvc.yaml tells DVC about every line of our code that a stage runs; one noun has five places.

What is committed beside it, dvc.lock and the score table, is of this code and says what it must.
"""

import ast
import os
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from dvc.repo import Repo
from dvc.utils.hydra import apply_overrides

from tests import commands
from tests.project import ROOT, natural_skill
from tractable.score_table import read

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
COUNTERPARTS = yaml.safe_load((ROOT / "params.yaml").read_text())["scores"]["counterparts"]
ROOMS = [*STAGES, "atlas", "segmenter"]
MAY_IMPORT = {  # the rooms that may call another; all else meets on disk
    "contours": {"segmenter"},
    "segmenter": {"atlas"},
    "predictions": {"models"},
    "explanations": {"models"},
    "efficiency": {"models"},
    "audit": {"figures", "report"},  # looks like figures and pages
    # Finds simulated gestures as those of speakers were found; asks the tube of shapes by laws.
    "figures": {"dynamics", "theory"},
    "cards": {"figures", "models", "report"},  # opens models, looks like figures and pages
    "report": {"numbers"},  # quotes recorded corpora as numbers
    "paper": {"numbers", "report"},  # quotes recorded corpora as numbers, has the page's tables
}
MAY_READ = {
    "audit": {"recordings.lag"},  # asks of pictures and sound what the lag was found by
    "phantom": {"areas.geometry"},  # true distances in the same sense as measured ones
    "efficiency": {"models", "explanations.frames"},  # the same models, asked the same
    # Simulated gestures are found as those of speakers were; shapes by laws sound by one tube.
    "figures": {"dynamics", "theory"},
    # What others say of models, laws and corpora, said once.
    "cards": {
        *("areas.laws", "report.controls", "report.gate", "report.models", "scores.simulated"),
    },
    "paper": {
        *("figures.families", "report.controls", "report.gate", "report.models"),
        "report.summary",
    },
}
BY_NAME = ["tractable.figures", "tractable.models.kinds"]  # whose modules params.yaml names


@cache
def imported(name: str) -> list[Path]:
    """Our files that a stage imports, but for the docstring of the package."""
    command = ["python", "-P", "tests/imported.py", f"stages/{name}.py", *BY_NAME]
    status, printed = commands.run(command, ROOT, os.environ)
    assert status == 0, printed
    files = [Path(line) for line in printed.splitlines() if line.endswith(".py")]
    return [file for file in files if file != ROOT / "src" / "tractable" / "__init__.py"]


def code(name: str) -> list[str]:
    return [dep for dep in STAGES[name]["deps"] if not dep.startswith(("data/", "reports/"))]


@pytest.mark.parametrize("name", STAGES)
def test_deps_cover_imports(name):
    deps = [ROOT / dep for dep in code(name)]
    for file in imported(name):
        covered = any(file.is_relative_to(dep) for dep in deps)
        assert covered, f"add {file.relative_to(ROOT)} to the deps of {name}"


@pytest.mark.parametrize("name", STAGES)
def test_deps_hold_nothing_superfluous(name):
    """A dep that nobody imports would rerun a stage for nothing."""
    run = {"requirements.lock", f"stages/{name}.py"}
    assert run <= set(code(name))
    for dep in set(code(name)) - run:
        used = any(file.is_relative_to(ROOT / dep) for file in imported(name))
        assert used, f"take {dep} off the deps of {name}"


def test_the_network_depends_on_what_its_making_names():
    """Packages run their ``__init__`` beside; only what is imported by name can change a weight."""
    folder = ROOT / "stages" / "segmenter"
    (stage,) = yaml.safe_load((folder / "dvc.yaml").read_text())["stages"].values()
    deps = {(folder / dep).resolve() for dep in stage["deps"]} - {ROOT / "requirements.lock"}
    files = {file for script in folder.glob("*.py") for file in named(script)}
    uncovered = {file for file in files if not any(file.is_relative_to(dep) for dep in deps)}
    assert not uncovered, f"add {uncovered} to the deps of {folder}"
    unused = {dep for dep in deps if not any(file.is_relative_to(dep) for file in files)}
    assert not unused, f"take {unused} off the deps of {folder}"


@cache
def named(file: Path) -> frozenset[Path]:
    """A file and those of ours that it imports by name, and so on."""
    found, todo = set(), [file]
    while todo:
        if (here := todo.pop()) not in found:
            found.add(here)
            todo += imported_by_name(here)
    return frozenset(found)


def imported_by_name(file: Path) -> list[Path]:
    files = []
    for line in ast.walk(ast.parse(file.read_text())):
        if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("tractable."):
            place = ROOT / "src" / line.module.replace(".", "/")
            modules = [place / f"{name.name}.py" for name in line.names]
            files += [module for module in modules if module.is_file()]
            files += [f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()]
    return files


@pytest.fixture(scope="module")
def repository() -> Repo:
    if not ((ROOT / ".dvc").is_dir() and (ROOT / "dvc.lock").is_file()):
        pytest.skip(f"{ROOT} is no DVC repository with a dvc.lock, so nothing can be stale")
    return Repo(ROOT)


@pytest.mark.parametrize("name", STAGES)
def test_the_lock_is_of_this_code(repository, name):
    """Whoever changes code or parameters runs the pipeline and commits both together."""
    stage = repository.stage.load_one("dvc.yaml", name)
    known = [dep for dep in stage.deps if not dep.def_path.startswith(("data/", "reports/"))]
    stale = {dep.def_path: changes for dep in known if (changes := dep.workspace_status())}
    assert not stale, f"changed since dvc.lock was written: {stale}; `dvc repro`, commit dvc.lock"


def test_the_committed_scores_tell_controls_from_physics():
    """Laws of the battery and the paper's claim, and no digit of them."""
    skill = natural_skill(ROOT / "reports" / "scores.csv")
    np.testing.assert_allclose(skill.loc["physics"], 1, atol=1e-6)
    np.testing.assert_allclose(skill.loc["neutral_map"], 0, atol=1e-6)
    for control in COUNTERPARTS.keys() & set(skill.index):
        honest = COUNTERPARTS[control]
        assert (skill.loc[control] < skill.loc[honest]).all(), f"{control} is as good as {honest}"
    assert skill.loc["hybrid", "mean"] > skill.loc["mlp", "mean"]


def test_the_committed_scores_tell_inverse_controls_from_what_was_learnt():
    table = read(ROOT / "reports" / "scores.csv")
    table = table[(table.corpus == "phantom") & (table.score == "V0 rms error (mm)")]
    error = table.set_index("model").value
    controls = COUNTERPARTS.keys() & set(error.index)
    assert controls == {"mean_shape", "shuffled_inverse", "untrained_inverse"}
    for control in controls:
        assert error[control] > 1.5 * error[COUNTERPARTS[control]]


@pytest.mark.parametrize("name", STAGES)
def test_one_noun_five_places(name):
    room = ROOT / "src" / "tractable" / name
    assert (ROOT / "stages" / f"{name}.py").is_file()
    assert name in STAGES[name]["params"]
    foreign = {p for p in STAGES[name]["params"] if p.split(".")[0] not in (name, "corpora")}
    assert foreign == MAY_READ.get(name, set())
    assert room.is_dir() or room.with_suffix(".py").is_file()
    assert (ROOT / "tests" / name).is_dir() or (ROOT / "tests" / f"test_{name}.py").is_file()
    assert STAGES[name]["desc"].endswith(".")


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_meet_on_disk(room):
    """A room imports instruments, never another room, but for the listed exceptions."""
    home = ROOT / "src" / "tractable" / room
    files = home.rglob("*.py") if home.is_dir() else [home.with_suffix(".py")]
    allowed = {room} | MAY_IMPORT.get(room, set())
    for file in files:
        for other in set(ROOMS) - allowed:
            assert f"tractable.{other}" not in imports(file), f"{file} imports {other}"


def imports(file: Path) -> str:
    lines = file.read_text().splitlines()
    return "\n".join(line for line in lines if line.lstrip().startswith(("import ", "from ")))


def test_outputs_are_made_by_one_stage_each():
    outs = [
        next(iter(out)) if isinstance(out, dict) else out
        for s in STAGES.values()
        for out in s["outs"]
    ]
    assert len(outs) == len(set(outs))


def test_an_experiment_changes_the_one_parameter_that_it_names(tmp_path):
    """DVC writes the whole file anew, and folds long lines: none of them may be a key."""
    file = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", file)
    expected = yaml.safe_load(file.read_text())
    expected["models"]["mlp"]["width"] = 64
    apply_overrides(file, ["models.mlp.width=64"])
    assert yaml.safe_load(file.read_text()) == expected
