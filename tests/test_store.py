"""A store is whole or it is not there: lost shards, full disks and killed writers."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest
import xarray as xr
from zarr.storage import LocalStore

from tests.memory import peak
from tractable.contracts import BadInput, Contract, described
from tractable.stage import refuse_partial
from tractable.store import contents, layout, load, save, with_codes, write_manifest, write_meanings
from tractable.stretches import end_to_end
from tractable.whole import machine, remove_abandoned, written_whole

HEARD = Contract(
    "heard",
    "A voice and its sound.",
    {
        "time": (("time",), "s", "of a frame"),
        "level": (("time",), "1", "of the sound"),
        "sample": (("sample",), "s", "of the sound"),
        "sound": (("sample",), "1", "pressure"),
    },
)
STEP = {"time": 1000, "sample": 500_000}
SHAPES = Contract(
    "shapes",
    "Made-up shapes.",
    {"time": (("time",), "s", "of a frame"), "shape_of": (("time", "place"), "m", "its values")},
)
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
save(voice(int(sys.argv[3]), seed=1), Path(sys.argv[1]), VOICE)
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


@pytest.mark.parametrize("mebibytes", ["0.01", "256"])
@pytest.mark.parametrize("cuts", [[1024, 2000], [1, 8192, 8193], [5000] * 2, range(0, 20000, 1999)])
def test_a_store_of_stretches_has_the_bytes_of_one_written_at_once(
    path, monkeypatch, mebibytes, cuts
):
    """Wherever they are cut, however little may be held, and though an early word comes late."""
    monkeypatch.setenv("TRACTABLE_MEMORY", mebibytes)
    whole = voice(20000)
    words = np.where(np.arange(20000) < 8200, whole.phone, "B")
    whole = whole.assign_coords(phone=("time", words))
    edges = [0, *cuts, 20000]
    save((whole.isel(time=slice(*part)) for part in pairwise(edges)), path, VOICE)
    xr.testing.assert_identical(load(path, VOICE).load(), whole)
    assert contents(path) == contents(written_by_xarray(whole, path.with_name("whole.zarr")))


def written_by_xarray(data: xr.Dataset, path: Path) -> Path:
    """The layout of a store, filled by one call."""
    coded = with_codes(VOICE.check(data), {})
    encoding = {name: layout(variable) for name, variable in coded.variables.items()}
    options = {"consolidated": False, "write_empty_chunks": True, "zarr_format": 3}
    coded.to_zarr(path, mode="w", encoding=encoding, **options)
    write_meanings(path, {"phone": coded.phone.attrs["flag_meanings"]})
    write_manifest(path)
    return path


def test_sound_is_laid_end_to_end_with_its_pictures(tmp_path):
    """Rates that have nothing to do with each other; shards of neither end with a stretch."""
    frames, samples = 10_000, 5_000_000
    rng = np.random.default_rng(0)
    parts = {
        "time": np.arange(frames) / 50,
        "level": rng.normal(size=frames),
        "sample": np.arange(samples) / 25_000,
        "sound": rng.normal(size=samples).astype("float32"),
    }
    whole = described(HEARD, parts, corpus="made up", speaker="one")
    cuts = [{d: slice(s * of, (s + 1) * of) for d, of in STEP.items()} for s in range(10)]
    save((whole.isel(cut) for cut in cuts), tmp_path / "cut" / "a.zarr", HEARD)
    save(whole, tmp_path / "whole" / "a.zarr", HEARD)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    found = load(tmp_path / "cut" / "a.zarr", HEARD).load()
    xr.testing.assert_identical(found, whole.drop_indexes("sample"))


@pytest.mark.parametrize("said", ["much", "0", "-1"])
def test_a_setting_that_is_no_amount_of_memory_is_refused(path, monkeypatch, said):
    monkeypatch.setenv("TRACTABLE_MEMORY", said)
    with pytest.raises(BadInput, match=rf"TRACTABLE_MEMORY={said}: expected a number of MiB"):
        save(voice(), path, VOICE)


def stretches(frames: int) -> Iterator[xr.Dataset]:
    """1 kB a frame."""
    for first in range(0, frames, 512):
        values = np.random.default_rng(first).normal(size=(512, 256)).astype("float32")
        parts = {"time": np.arange(first, first + 512) / 50.0, "shape_of": values}
        yield described(SHAPES, parts, corpus="made up", speaker="one")


def written_and_read(path, data) -> None:
    save(data, path, SHAPES)
    found = load(path, SHAPES)
    for first in range(0, found.sizes["time"], 512):
        assert np.isfinite(found.shape_of[first : first + 512].values).all()


def as_one(frames: int) -> Iterator[xr.Dataset]:
    yield end_to_end(list(stretches(frames)))


def test_what_is_held_does_not_grow_with_a_recording(path, monkeypatch):
    """24 MB more are written and read; a quarter of it would be too much, and a hog is seen."""
    monkeypatch.setenv("TRACTABLE_MEMORY", "17")  # a shard of these, twice
    short, long, more = 16_384, 40_960, 24 * 1024**2
    few = peak(written_and_read, path, stretches(short))
    assert peak(written_and_read, path, stretches(long)) - few < more / 4
    assert peak(written_and_read, path, as_one(long)) - few > more / 2


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


def caught_writing(
    target: Path, by: signal.Signals, frames: int = 4_000_000
) -> tuple[subprocess.Popen, Path]:
    """A process that has begun to write a store, and where."""
    words = [target, os.path.dirname(__file__), str(frames)]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, *words])
    partial = target.with_name(f".{target.name}.{writer.pid}@{machine()}.partial")
    while not list(partial.glob("level/c.*")):
        assert writer.poll() is None, "the writer ended before it could be caught"
        time.sleep(0.001)
    writer.send_signal(by)
    return writer, partial


def test_two_writers_of_one_store_do_not_mix(path):
    """As when a stage was killed alone, and what it had begun goes on beside its successor."""
    writer, partial = caught_writing(path, signal.SIGSTOP, frames := 300_000)
    try:
        save(voice(seed=2), path, VOICE)
        assert partial.is_dir()
        xr.testing.assert_identical(load(path, VOICE).load(), voice(seed=2))
    finally:
        writer.send_signal(signal.SIGCONT)
    assert writer.wait() == 0
    xr.testing.assert_identical(load(path, VOICE).load(), voice(frames, seed=1))


@pytest.mark.parametrize("before", [True, False])
def test_a_killed_writer_leaves_what_was_there_before(path, before):
    target = path if before else path.with_name("sim2.zarr")
    writer, partial = caught_writing(target, signal.SIGKILL)
    writer.wait()
    assert partial.is_dir()
    refuse_partial(path.parents[1], [("phantom", "sim1")])  # sees one store, the whole one
    if before:
        xr.testing.assert_identical(load(target, VOICE).load(), voice())
    else:
        with pytest.raises(BadInput, match="no such store"):
            load(target, VOICE)
    remove_abandoned.cache_clear()  # as in the process that comes next
    save(voice(seed=2), target, VOICE)
    assert not partial.exists()
    xr.testing.assert_identical(load(target, VOICE).load(), voice(seed=2))


@pytest.mark.parametrize("days, stays", [(6, True), (8, False)])
def test_what_another_machine_began_stays_until_it_is_long_forsaken(path, days, stays):
    """Whether its process lives cannot be seen from here; a part that grows is not forsaken."""
    begun = path.with_name(f".{path.name}.1@elsewhere.partial")
    grows = path.with_name(".sim2.zarr.2@elsewhere.partial")
    download = path.with_name(".usc-75.tar.partial")  # of which something is to become
    for place in (begun, grows):
        (place / "level").mkdir(parents=True)
        (place / "level" / "c.0").write_bytes(b"half")
    download.touch()
    then = time.time() - days * 24 * 3600
    for place in (begun, *begun.rglob("*"), grows, grows / "level", download):
        os.utime(place, (then, then))
    remove_abandoned.cache_clear()
    save(voice(seed=2), path, VOICE)
    assert begun.exists() == stays
    assert grows.is_dir()
    assert download.is_file()


def test_what_cannot_be_removed_stays_and_stops_nobody(path, monkeypatch):
    """Another process is at it, say, that came upon the same leavings of a killed stage."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begun = path.with_name(f".{path.name}.{gone.pid}@{machine()}.partial")
    begun.mkdir()

    def too_late(place):
        if place == begun:
            raise FileNotFoundError(begun / "level")
        return rmtree(place)

    remove_abandoned.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr("tractable.whole.shutil.rmtree", too_late)
        save(voice(), path.with_name("sim2.zarr"), VOICE)
    assert begun.is_dir()
    remove_abandoned.cache_clear()
    save(voice(), path, VOICE)
    assert not begun.exists()


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
