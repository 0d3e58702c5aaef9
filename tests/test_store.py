"""A store is whole or it is not there: lost shards, full disks and killed writers."""

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from zarr.storage import LocalStore

from tractable.contracts import BadInput, Contract, described
from tractable.stage import refuse_partial
from tractable.store import load, save, written_whole

VOICE = Contract(
    "voice",
    "A voice.",
    {
        "time": (("time",), "s", "of a frame"),
        "phone": (("time",), None, "its label"),
        "level": (("time",), "1", "of the sound"),
    },
)
#: Some seconds of writing, of numbers that no codec makes small.
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import VOICE, voice
from tractable.store import save
save(voice(4_000_000, seed=1), Path(sys.argv[1]), VOICE)
"""


def voice(frames: int = 5000, seed: int = 0) -> xr.Dataset:
    level = np.random.default_rng(seed).normal(size=frames)
    parts = {"time": np.arange(frames) / 100, "phone": np.where(level > 0, "a", ""), "level": level}
    return described(VOICE, parts, corpus="phantom", speaker="sim1")


@pytest.fixture
def path(tmp_path):
    """Where a whole store lies already."""
    path = tmp_path / "voice" / "phantom" / "sim1.zarr"
    save(voice(), path, VOICE)
    return path


def test_what_was_saved_is_what_is_loaded(path):
    xr.testing.assert_identical(load(path, VOICE).load(), voice())


def test_stretches_of_time_are_one_store(path):
    """Wherever they are cut, and though a word comes late."""
    whole, parts = voice(), [slice(0, 1024), slice(1024, 2000), slice(2000, 5000)]
    words = np.where(np.arange(5000) < 2000, whole.phone, "b")
    whole = whole.assign_coords(phone=("time", words))
    save((whole.isel(time=part) for part in parts), path, VOICE)
    xr.testing.assert_identical(load(path, VOICE).load(), whole)


@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_of_variables_is_not_that_of_the_disk(path, monkeypatch, backwards):
    async def listed(store, prefix):
        for name in sorted(os.listdir(store.root / prefix), reverse=backwards):
            yield name

    monkeypatch.setattr(LocalStore, "list_dir", listed)
    assert list(load(path, VOICE).variables) == ["level", "phone", "time"]


@pytest.mark.parametrize("variable", ["level", "phone"])
@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_harmed_shard_is_named_with_the_remedy(path, variable, harm):
    shard = next((path / variable).rglob("c.0"))
    if harm == "lost":
        shard.unlink()
    else:
        shard.write_bytes(b"x" * shard.stat().st_size)
    with pytest.raises(BadInput, match=rf"sim1.zarr: {variable}/c.0 missing or changed; remove it"):
        load(path, VOICE)


def test_a_full_disk_replaces_nothing(path, monkeypatch):
    write = xr.Dataset.to_zarr

    def until_full(*arguments, **options):
        write(*arguments, **options)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(xr.Dataset, "to_zarr", until_full)
    with pytest.raises(BadInput, match=r"sim1.zarr: the disk is full; nothing was replaced; free"):
        save(voice(seed=1), path, VOICE)
    xr.testing.assert_identical(load(path, VOICE).load(), voice())
    assert [p.name for p in path.parent.iterdir()] == ["sim1.zarr"]


@pytest.mark.parametrize("before", [True, False])
def test_a_killed_writer_leaves_what_was_there_before(path, before):
    target = path if before else path.with_name("sim2.zarr")
    partial = target.with_name(f".{target.name}.partial")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, target, os.path.dirname(__file__)])
    while not list(partial.glob("level/c.*")):
        assert writer.poll() is None, "the writer ended before it could be killed"
        time.sleep(0.001)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert partial.is_dir()
    refuse_partial(path.parents[1], [("phantom", "sim1")])  # sees one store, the whole one
    if before:
        xr.testing.assert_identical(load(target, VOICE).load(), voice())
    else:
        with pytest.raises(BadInput, match="no such store"):
            load(target, VOICE)
    save(voice(seed=2), target, VOICE)
    assert not partial.exists()
    xr.testing.assert_identical(load(target, VOICE).load(), voice(seed=2))


def test_half_a_store_in_the_right_place_does_not_pass_for_whole(path):
    """As a copy that was cut short leaves it."""
    root = path / "zarr.json"
    root.write_text(root.read_text().replace("manifest", "note"))
    with pytest.raises(BadInput, match="has no manifest, so it is not a whole store"):
        load(path, VOICE)


def test_a_file_is_whole_or_as_it_was(tmp_path):
    table = tmp_path / "scores.csv"
    table.write_text("whole\n")

    def stop_halfway():
        with written_whole(table) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_halfway()
    assert [p.name for p in tmp_path.iterdir()] == ["scores.csv"]
    assert table.read_text() == "whole\n"
