"""What a clip that arrives anew costs, and a queue of settings: each in a copy of the project."""

from pathlib import Path

import numpy as np
import pytest

from tests.project import MODELS, ROOT
from tractable.imaging.video import read_video, write_video

# A whole pipeline takes its time on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def test_one_replaced_clip_costs_its_speaker(project, tmp_path):
    """A clip arrives anew in a recorded corpus."""
    project = project.copied(tmp_path / "project")
    add = ("python", "-m", "tractable.recordings", "add", "recorded", "data/raw/phantom")
    project.run(*add, "--pixel-spacing", "2.4")
    project.run("dvc", "repro")
    clips = (project.folder / "data/raw/recorded/sim2").rglob("*_vowels_*_video.mp4")
    move_head(next(clips))
    project.run("dvc", "add", "data/raw/recorded/sim2")
    computed = project.computed(project.run("dvc", "repro"))
    models = 2 * len(MODELS)  # two folds
    assert len(set(computed.pop("figures"))) == 1  # all, since each shows the table or has its hash
    assert computed == {
        **dict.fromkeys(("recordings", "contours", "areas", "formants", "theory"), (1, 4)),
        **dict.fromkeys(("audit", "dynamics", "folds"), (1, 4)),
        "models": (models, 2 * models),  # train on both speakers of a corpus
        **dict.fromkeys(("predictions", "explanations", "efficiency"), (2, 4)),  # ask these models
        "scores": (1, 2),  # compare the speakers of a corpus
    }


def move_head(clip: Path) -> None:
    """Another clip in the place of this one, as long and as large: the head a pixel further."""
    video = read_video(clip)
    clip.unlink()  # not into DVC's cache, should it be a link
    frames = np.roll(video.frames, 1, axis=2)
    sound = video.frame_rate, video.sound, video.sample_rate
    write_video(clip, frames, *sound, quality=10, bit_rate=96000)


def test_a_queue_of_settings_runs_as_the_guide_says(project, tmp_path):
    """With a setting of one figure in the place of one that costs more."""
    project = project.copied(tmp_path / "project")
    guide = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    _, _, block = guide.partition("```sh sweep\n")
    block, _, _ = block.partition("```")
    wide = "-S 'areas.smoothing=1,3,5'"
    assert wide in block
    cheap = "-S 'figures.pictures.formants_over_time.seconds=1.0,2.0' figures"
    for name in ("user.name", "user.email"):
        project.run("git", "config", name, "t")
    printed = project.run("sh", "-ec", block.replace(wide, cheap))
    assert printed.count("to compute: phantom/formants_over_time") == 2  # and no other figure
    assert project.run("dvc", "exp", "show", "--csv").count(",Success,") == 2
