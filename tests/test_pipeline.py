"""dvc.yaml tells DVC about every line of our code that a stage runs; one noun has five places."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
ROOMS = [*STAGES, "atlas", "segmenter"]
MAY_IMPORT = {  # the rooms that may call another; all else meets on disk
    "contours": {"segmenter"},
    "segmenter": {"atlas"},
    "predictions": {"models"},
    "explanations": {"models"},
}
MAY_READ = {"phantom": {"areas.geometry"}}  # true distances in the same sense as measured ones
LIST_IMPORTS = """
import runpy, sys
runpy.run_path(sys.argv[1], run_name="imported")
ours = (m for n, m in sys.modules.items() if n.split(".")[0] == "tractable")
print(*(m.__file__ for m in ours), sep="\\n")
"""


@pytest.mark.parametrize("name", STAGES)
def test_deps_cover_imports(name):
    script = ROOT / "stages" / f"{name}.py"
    command = [sys.executable, "-c", LIST_IMPORTS, script]
    output = subprocess.check_output(command, cwd=ROOT, text=True)
    deps = [ROOT / dep for dep in STAGES[name]["deps"]]
    for file in map(Path, output.split()):
        package = file == ROOT / "src" / "tractable" / "__init__.py"  # a docstring
        covered = package or any(file.is_relative_to(dep) for dep in deps)
        assert covered, f"add {file.relative_to(ROOT)} to the deps of {name}"


@pytest.mark.parametrize("name", STAGES)
def test_deps_hold_nothing_superfluous(name):
    """A dep that does not exist would never change, and so never rerun anything."""
    code = [dep for dep in STAGES[name]["deps"] if not dep.startswith(("data/", "reports/"))]
    assert all((ROOT / dep).exists() for dep in code)
    assert "requirements.lock" in code


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
