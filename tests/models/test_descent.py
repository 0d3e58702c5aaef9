"""Lessons: where they stop, how they go on after a kill, and that supervision changes nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from tests.known_law import examples, sounds
from tests.models.test_inverse import HYBRID as INVERSE
from tests.models.test_kinds import HYBRID, LSTM, WEBSTER
from tractable.contracts import BadInput
from tractable.models.catalogue import fitted
from tractable.models.descent import Adam
from tractable.models.examples import together
from tractable.models.model import Examples
from tractable.models.supervision import Supervision, supervised, workshop

ENTRY = {
    "kind": "mlp",
    "components": None,
    "width": 16,
    "layers": 2,
    "decay": 0.01,
    "jacobian_weight": 0.01,
    "beside": 0.1,
    "rate": 0.01,
    "steps": 60,
    "batch": 32,
    "patience": 20,
}
SEED = 1
#: Learns under checkpoints at every step, slowly enough to be killed on the way.
SLOWLY = """
import sys, time, torch
from pathlib import Path
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
from tests.models.test_descent import ENTRY, SEED, taught
from tractable.models import descent
class Slow(descent.Course):
    def descend(self):
        time.sleep(0.05)
        return super().descend()
descent.Course = Slow
taught(Path(sys.argv[1]), every=0.0)
"""


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


def heard() -> Examples:
    """Of two speakers; of another something is held back."""
    told = together([examples(40, seed=0, noise=0.01), examples(40, seed=2, noise=0.01)])
    return told._replace(judged=examples(40, seed=1))


def taught(folder: Path | None = None, every: float = 1e9, entry=ENTRY, told=None):
    told = told or heard()
    with supervised(Supervision(folder=folder, every=every)):
        return fitted("mlp", entry, told, SEED)


def same(one, other) -> bool:
    return all(torch.equal(other.state()[name], part) for name, part in one.state().items())


class Point(nn.Module):
    """One number, which descends."""

    def __init__(self):
        super().__init__()
        self.at = nn.Parameter(torch.tensor(4.0, dtype=torch.float64))


def lesson(error, patience: int, steps: int = 40):
    """A point on its way from 4 to 0, judged by a function of where it is."""
    point, rows = Point(), torch.zeros(8, 1).double()
    told = Examples("shape_to_sound", rows, rows, rows, 1)
    how = Adam(rate=0.2, decay=0.0, steps=steps, batch=4, patience=patience)
    parts = {"at": point.at}
    asked = told._replace(judged=told)
    found = how.teach(
        point, parts, lambda *_: {"square": point.at**2}, lambda _: error(point.at), asked, SEED
    )
    return point, found


def test_a_lesson_stops_where_what_was_held_back_was_best():
    point, found = lesson(lambda at: (at - 2).abs(), patience=3)
    assert point.at.item() == pytest.approx(2.0, abs=0.4)
    assert found.stopped < found.curve[-1]["step"] < 40
    errors = {int(row["step"]): row["error"] for row in found.curve}
    assert errors[found.stopped] <= 1.03 * min(errors.values())


def test_a_lesson_that_only_gains_runs_to_its_end():
    _, found = lesson(lambda at: at.abs(), patience=3)
    assert found.stopped == found.curve[-1]["step"] == 40
    assert [row["step"] for row in found.curve] == list(range(2, 41, 2))


def test_where_nothing_is_held_back_nothing_is_judged():
    model = taught(told=examples(80, seed=0))
    assert model.lesson.stopped == 60
    assert "error" not in model.lesson.curve[0]
    assert model.lesson.curve[-1]["loss"] < 0.5 * model.lesson.curve[0]["loss"]


def test_a_killed_training_goes_on_to_the_same_result(tmp_path):
    """Killed without warning, between any two instructions."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."])}
    command = [sys.executable, "-c", SLOWLY, str(tmp_path)]
    learner = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*.checkpoint")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    learner.send_signal(signal.SIGKILL)
    learner.wait()
    (left,) = tmp_path.glob("*.checkpoint")
    assert 0 < torch.load(left, weights_only=True)["progress"][0] < 60
    assert same(taught(tmp_path), taught())
    assert not list(tmp_path.glob("*.checkpoint"))


def test_checkpoints_change_nothing(tmp_path):
    assert same(taught(tmp_path, every=0.0), taught())


@pytest.mark.parametrize("change", [{"rate": 0.001}, {"jacobian_weight": 0.1}, {"beside": 0.0}])
def test_another_training_does_not_go_on_from_this_one(tmp_path, change):
    """A checkpoint belongs to its examples, its start, and all parameters: trials of a search."""
    interrupted(tmp_path)
    other = ENTRY | change
    assert same(taught(tmp_path, entry=other), taught(entry=other))
    assert list(tmp_path.glob("*.checkpoint"))


def test_a_later_course_of_the_same_fit_knows_what_is_fitted(tmp_path):
    """Though a checkpoint was written before: no two trials share their files."""
    told, course = examples(8, seed=0), SimpleNamespace(state=dict)
    watch, files = Supervision(folder=tmp_path, every=0.0), []
    for width in (8, 16):
        with watch.fitting("mlp", {"width": width}):
            for _ in range(2):
                files.append(watch.unfinished(told, "slowly", {}))
                watch.keep(files[-1], course)
    assert files[0] == files[1] != files[2] == files[3]


def interrupted(folder: Path) -> Path:
    """What a lesson leaves behind that is stopped in the middle."""
    told = heard()
    watch = Supervision(folder=folder, every=0.0)
    counted = iter(range(30))

    def stop(words: str) -> None:
        if next(counted) == 10:
            raise KeyboardInterrupt

    watch.report = stop
    with supervised(watch), pytest.raises(KeyboardInterrupt):
        fitted("mlp", ENTRY, told, SEED)
    (left,) = folder.glob("*.checkpoint")
    return left


@pytest.mark.parametrize("damage", ["torn", "empty", "strange"])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    left = interrupted(tmp_path)
    whole = left.read_bytes()
    left.write_bytes({"torn": whole[: len(whole) // 2], "empty": b"", "strange": b"x" * 99}[damage])
    with pytest.raises(BadInput, match=f"{left.name}: not a whole checkpoint.*remove it"):
        taught(tmp_path)
    left.unlink()
    assert same(taught(tmp_path), taught())


def test_a_loss_that_is_no_number_is_named():
    wild = examples(80, seed=0)
    wild.wanted[3, 1] = torch.inf
    with pytest.raises(BadInput, match=r"no number any more at step \d+ of 60: misfit"):
        taught(told=wild)


def test_two_processes_find_what_one_finds(tmp_path, monkeypatch):
    """Each has half of every batch; gradients are means over both."""
    alone = taught(entry=ENTRY | {"jacobian_weight": 0.0})
    monkeypatch.setenv("TRACTABLE_DEVICES", "2")
    workshop("64-true").launch(teach_and_keep, tmp_path)
    told = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    for name, part in alone.state().items():
        assert torch.equal(told[0][name], told[1][name])
        torch.testing.assert_close(told[0][name], part, rtol=1e-6, atol=1e-7)


def teach_and_keep(fabric, folder: Path) -> None:
    torch.set_num_threads(1)
    told = heard()
    with supervised(Supervision(fabric)):
        model = fitted("mlp", ENTRY | {"jacobian_weight": 0.0}, told, SEED)
    torch.save(model.state(), folder / f"{fabric.global_rank}.pt")


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch):
    watch = Supervision()
    watch.processes = 3
    told = examples(80, seed=0)
    with supervised(watch), pytest.raises(BadInput, match="32 examples cannot be shared by 3"):
        fitted("mlp", ENTRY, told, SEED)


@pytest.mark.parametrize(
    "where, many, complaint",
    [
        ("tpu", "1", "expected cpu or cuda"),
        ("cpu", "many", "expected cpu or cuda"),
        ("cuda", "99", "torch sees"),
    ],
)
def test_devices_that_are_none_are_refused(monkeypatch, where, many, complaint):
    monkeypatch.setenv("TRACTABLE_ACCELERATOR", where)
    monkeypatch.setenv("TRACTABLE_DEVICES", many)
    with pytest.raises(BadInput, match=complaint):
        workshop("64-true")


def on_devices(precision: str, entry=ENTRY, told=None):
    """A model taught where the environment says."""

    def teach(fabric):
        with supervised(Supervision(fabric, precision=precision)):
            return fitted("mlp", entry, told or heard(), SEED)

    return workshop(precision).launch(teach)


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        HYBRID | {"bend_steps": 20},
        WEBSTER | {"kind": "webster_network"},
        LSTM | {"kind": "lstm"},
        INVERSE | {"calibration_steps": 3},
    ],
    ids=lambda entry: entry["kind"],
)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.filterwarnings("ignore:RNN module weights")  # copied at every step; they are small
def test_the_same_on_every_device(monkeypatch, device, entry):
    """On a GPU within what rounding can do; the run here without one proves the way itself."""
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    monkeypatch.setenv("TRACTABLE_ACCELERATOR", device)
    entry = entry | {"steps": 20}
    told = sounds(80, seed=0, noise=0.02) if "tongue" in entry else heard()
    model = on_devices("64-true", entry, told)
    for name, part in taught(entry=entry, told=told).state().items():
        torch.testing.assert_close(model.state()[name], part, rtol=1e-6, atol=1e-8)


def test_single_precision_is_single():
    """Near what double precision finds, and not the same; kept in double precision again."""
    single, double = on_devices("32-true").state(), taught().state()
    assert single["weight0"].dtype == torch.float64
    assert not torch.equal(single["weight0"], double["weight0"])
    assert torch.equal(single["weight0"], single["weight0"].float().double())
    torch.testing.assert_close(single["weight0"], double["weight0"], rtol=0.05, atol=0.03)
