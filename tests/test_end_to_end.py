"""The whole pipeline, tiny, run as a user runs it: ``dvc repro`` in a clone of its own."""

import shutil
import sys

import numpy as np
import pytest
import yaml

from tests import commands
from tests.project import MODELS, ROOT, natural_skill
from tractable.contracts import CONTRACTS
from tractable.report.examples import example
from tractable.score_table import read
from tractable.stage import fingerprint

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
#: Folders that each stage reads, a store, a raw folder or a model in each for every speaker or so.
FOLDERS = {
    name: folders
    for name, stage in STAGES.items()
    if (folders := [dep for dep in stage["deps"] if dep.startswith("data/")])
}
# A whole pipeline takes its time on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def test_every_stage_leaves_what_it_promises(project):
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())["stages"]
    assert set(lock) == set(STAGES)
    assert (project.folder / "reports/index.html").stat().st_size > 10_000
    assert (project.folder / "reports/data.html").stat().st_size > 10_000
    assert (project.folder / "reports/models.html").stat().st_size > 10_000
    assert (project.folder / "reports/paper/tractable.pdf").stat().st_size > 10_000
    assert list((project.folder / "reports/figures").glob("*.png"))


def test_scores_tell_controls_from_physics(project):
    table = read(project.folder / "reports/scores.csv")
    assert set(table.model) >= set(MODELS)
    assert {"physics", "neutral_map", "mean_map", "permuted_physics"} <= set(table.model)
    assert table.duplicated(["corpus", "model", "direction", "score", "formant"]).sum() == 0
    skill = natural_skill(project.folder / "reports/scores.csv")
    np.testing.assert_allclose(skill.loc["physics"], 1, atol=1e-6)
    np.testing.assert_allclose(skill.loc["neutral_map"], 0, atol=1e-6)
    for control in ("tube_reversed", "tube_reversed_residual", "permuted_physics"):
        assert (skill.loc[control] < skill.loc["physics"]).all(), control
    assert (skill.loc["tube_reversed"] < skill.loc["tube"]).all()


def test_a_second_run_does_nothing(project):
    printed = project.run("dvc", "repro")
    assert "Running stage" not in printed
    assert "up to date" in printed


@pytest.mark.parametrize(
    "setting, words",
    [
        ({"models.ridge.penaltie": 1.0}, "did you mean 'penalty'"),
        ({"models.ridge.kind": "rigde"}, "did you mean 'ridge'"),
        ({"areas.smoothin": 3}, "did you mean 'smoothing'"),
        ({"corpora.phantom.adapter": "usc57"}, "there is usc75"),
    ],
)
def test_a_misspelt_choice_ends_in_one_message_that_says_what_to_try(project, setting, words):
    (dotted,) = setting
    stage = {"corpora": "recordings"}.get(dotted.split(".")[0], dotted.split(".")[0])
    lock = (project.folder / "dvc.lock").read_bytes()
    project.set(setting)
    try:
        printed = project.run("dvc", "repro", "--single-item", stage, fails=True)
        assert (project.folder / "dvc.lock").read_bytes() == lock
    finally:
        project.restore()
    assert words in printed
    assert "params.yaml" in printed
    assert "Traceback" not in printed


def test_an_unknown_speaker_is_refused_before_anything_is_replaced(project):
    lock = (project.folder / "dvc.lock").read_bytes()
    project.set({"corpora.phantom.speakers": ["sim1", "nobody"]})
    try:
        printed = project.run("dvc", "repro", "phantom", fails=True)
        assert (project.folder / "dvc.lock").read_bytes() == lock
    finally:
        project.restore()
    assert "nobody" in printed
    assert "params.yaml" in printed


def test_five_lines_open_what_the_pipeline_made(project):
    """As they stand on the page of data, for every store."""
    programs = [example(contract).splitlines() for contract in CONTRACTS]
    for program in programs:
        program[-1] = f"assert ({program[-1].partition('  #')[0]}).size > 0"
    project.run(sys.executable, "-c", "\n".join(line for program in programs for line in program))


def outs(stage: str) -> list[str]:
    return [next(iter(out)) if isinstance(out, dict) else out for out in STAGES[stage]["outs"]]


@pytest.mark.parametrize("stage", FOLDERS)
def test_a_stage_that_lacks_a_part_says_what_to_pull_and_leaves_its_outputs(
    project, tmp_path, stage
):
    """One speaker's store (raw folder, model) is not there, in each folder that is read."""
    outputs = [project.folder / out for out in outs(stage)]
    before = [fingerprint(path) for path in outputs]
    for folder in FOLDERS[stage]:
        home = project.folder / folder
        home = home / "phantom" if (home / "phantom").is_dir() else home
        part = max(home.iterdir())
        part.rename(tmp_path / part.name)
        try:
            words = STAGES[stage]["cmd"].split()
            status, printed = commands.run(words, project.folder, project.environment())
        finally:
            (tmp_path / part.name).rename(part)
        assert status
        (message,) = printed.splitlines()
        assert message.startswith(f"{stage}: {folder}: ")
        assert part.stem in message
        assert f"dvc pull {folder}" in message
        assert [fingerprint(path) for path in outputs] == before


def test_after_a_partial_pull_nothing_is_computed_on_the_part(project, tmp_path):
    """One speaker's areas are there, the others not; what there is to pull is pulled."""
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
