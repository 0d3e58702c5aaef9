"""The whole pipeline, tiny, run as a user runs it: ``dvc repro`` in a clone of its own."""

import shutil

import pandas as pd
import pytest
import yaml

from tests.project import ROOT, TINY


def test_every_stage_leaves_what_it_promises(project):
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())["stages"]
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert set(lock) == set(stages)
    assert (project.folder / "reports/index.html").stat().st_size > 10_000
    assert list((project.folder / "reports/figures").glob("*.png"))


def test_scores_tell_controls_from_physics(project):
    table = pd.read_csv(project.folder / "reports/scores.csv")
    models = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]
    assert set(models) - {"seed", "examples"} <= set(table.model)
    assert {"physics", "neutral_map", "mean_map", "permuted_physics"} <= set(table.model)
    assert table.duplicated(["corpus", "model", "direction", "score", "formant"]).sum() == 0


def test_a_second_run_does_nothing(project):
    printed = project.run("dvc", "repro")
    assert "Running stage" not in printed
    assert "up to date" in printed


@pytest.mark.slow
def test_one_changed_speaker_costs_that_speaker_and_gives_the_bytes_of_a_forced_run(project):
    lock = (project.folder / "dvc.lock").read_bytes()
    project.set({"phantom.speakers.sim2.fundamental": 150})
    try:
        computed = project.computed(project.run("dvc", "repro"))
        for stage in ("phantom", "recordings", "contours", "formants"):
            assert computed[stage] == (1, 2), stage
        changed = (project.folder / "dvc.lock").read_bytes()
        assert changed != lock
        forced = {"TRACTABLE_MEMO": "off"}
        project.run("dvc", "repro", "--force", "--no-run-cache", **forced)
        assert (project.folder / "dvc.lock").read_bytes() == changed
    finally:
        project.set({"phantom.speakers.sim2.fundamental": 166})
        project.run("dvc", "repro")
    assert (project.folder / "dvc.lock").read_bytes() == lock


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
    kept = (project.folder / "params.yaml").read_text()
    lock = (project.folder / "dvc.lock").read_bytes()
    project.set(setting)
    try:
        printed = project.run("dvc", "repro", "--single-item", stage, fails=True)
    finally:
        (project.folder / "params.yaml").write_text(kept)
    assert words in printed
    assert "params.yaml" in printed
    assert "Traceback" not in printed
    assert (project.folder / "dvc.lock").read_bytes() == lock
    project.run("dvc", "checkout")


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
