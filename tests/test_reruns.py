"""What a change costs in a pipeline that has run, and that no byte tells what was there before."""

import shutil

import pytest

# A whole pipeline takes its time on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def test_one_changed_setting_costs_its_speaker_and_leads_to_the_bytes_of_a_run_from_nothing(
    project,
):
    """The first run knew of nothing; this one comes from another setting, and what that left.

    Of what was recorded there is no such proof: nothing is forced but this, of the phantom.
    """
    before, lock = project.outputs(), (project.folder / "dvc.lock").read_bytes()
    shutil.rmtree(project.folder / ".memo")
    try:
        project.set({"phantom.speakers.sim2.pace": 1.05})
        everything = project.computed(project.run("dvc", "repro"))
        assert everything
        assert all(todo == all_ for todo, all_ in everything.values())
        assert project.outputs() != before
        project.set({"phantom.speakers.sim2.pace": 0.95})
        computed = project.computed(project.run("dvc", "repro", "--no-run-cache"))
        for stage in ("phantom", "recordings", "contours", "areas", "formants", "theory"):
            assert computed[stage] == (1, 2), stage
        assert project.outputs() == before
        assert (project.folder / "dvc.lock").read_bytes() == lock
    finally:
        project.restore()
