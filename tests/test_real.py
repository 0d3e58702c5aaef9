"""A laboratory runs the pipeline on a recorded clip of its own, beside the phantom."""

import re
import shutil
import sys
from pathlib import Path

import av
import pandas as pd
import pytest
import yaml

from tests.project import TINY
from tractable.score_table import COLUMNS

pytestmark = pytest.mark.slow
SECONDS = 10.0


@pytest.fixture(scope="module")
def clips(real, tmp_path_factory) -> Path:
    """The first seconds of the recorded clip, in its corpus's layout, outside the repository."""
    source = real / "usc75"
    folder = tmp_path_factory.mktemp("clips")
    for name in ("metafile_public_20210129.json", "labels"):
        copy = shutil.copytree if (source / name).is_dir() else shutil.copyfile
        copy(source / name, folder / name)
    (video,) = (source / "sub001").rglob("*_video.mp4")
    target = folder / video.relative_to(source)
    target.parent.mkdir(parents=True)
    shorten(video, target)
    return folder


def shorten(source: Path, target: Path) -> None:
    """The packets of the first seconds, as they are."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as part:
        tracks = {track: part.add_stream_from_template(track) for track in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None and packet.dts * packet.time_base < SECONDS:
                packet.stream = tracks[packet.stream]
                part.mux(packet)


@pytest.fixture(scope="module")
def laboratory(project, clips) -> Path:
    """What a laboratory's run leaves in the repository."""
    settings = [f"--set={key}={yaml.safe_dump(value, default_flow_style=True).splitlines()[0]}"
                for key, value in TINY.items()]  # fmt: skip
    project.run(
        sys.executable, "-m", "tractable.laboratory", str(clips), "--pixel-spacing=2.4", *settings
    )
    return project.folder


def test_aggregates_of_the_clip_come_back_and_nothing_else(laboratory):
    brought = {path.name for path in (laboratory / "reports/real").rglob("*")}
    assert brought == {"scores.csv", "provenance.json"}
    table = pd.read_csv(laboratory / "reports/real/scores.csv", dtype=str, keep_default_na=False)
    assert list(table.columns) == list(COLUMNS)
    assert set(table.corpus) == {"usc75"}
    assert set(table.n_speakers) <= {"0", "1"}
    provenance = (laboratory / "reports/real/provenance.json").read_text()
    assert str(laboratory) not in provenance
    assert "sub001" in provenance


def test_models_are_scored_on_the_clip_and_truth_is_not_applicable(laboratory):
    table = pd.read_csv(laboratory / "reports/real/scores.csv", dtype=str, keep_default_na=False)
    error = table[(table.score == "V0 error (%)") & (table.formant == "F2")].set_index("model")
    assert 0 < float(error.value["hybrid"]) < 50
    assert 0 < float(error.value["ridge"]) < 50
    assert set(error.low) == {""}  # one speaker has no interval
    truth = table[table.score == "V0 error against poles (%)"]
    assert set(truth.value) == {"not applicable"}


def test_recorded_heads_are_drawn_outside_git(laboratory):
    workspace = laboratory / "workspaces/real"
    drawn = workspace / "data/figures/usc75"
    assert (drawn / "frames_with_contours.png").stat().st_size > 10_000
    assert (drawn / "formants_over_time.png").is_file()
    assert not list((workspace / "reports/figures").rglob("*usc75*"))
    assert "usc75" in (workspace / "reports/index.html").read_text()


def test_formants_that_cannot_be_trusted_are_masked_with_their_reason(laboratory):
    from tractable.contracts import FORMANTS
    from tractable.store import load

    store = laboratory / "workspaces/real/data/formants/usc75/sub001.zarr"
    found = load(store, FORMANTS)
    reason, frequency = found.reason.values, found.frequency.values
    assert ((reason == "") == (frequency == frequency)).all()
    assert {"silent", "unvoiced"} <= set(reason.ravel())
    first, second = frequency[:, :2].T
    assert not (first[found.phone.values == "i"] > 1000).any(), "an F1 of /i/ above 1 kHz is no F1"
    rounded = found.phone.values == "u"
    assert not ((first > 700) & (second > 2500))[rounded].any(), "F2 and F3 are no F1 and F2"


def test_git_sees_no_data(laboratory, project):
    listed = project.run("git", "status", "--porcelain", "--untracked-files=all")
    assert not re.search(r"workspaces|\.zarr|\.mp4", listed)
