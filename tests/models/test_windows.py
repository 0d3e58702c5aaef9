"""Windows: cut as if they lay side by side, and read from stores as if these lay in memory."""

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import known_law
from tests.models.test_cnn import ENTRY as CNN
from tests.models.test_descent import ENTRY as MLP
from tests.models.test_descent import same
from tests.models.test_kinds import LSTM
from tests.models.test_training import EXAMPLES, NOUNS, SPEAKERS, repro
from tests.project import ROOT
from tractable.contracts import BadInput
from tractable.models import ahead, examples, model, training
from tractable.models.catalogue import fitted
from tractable.models.model import Examples, Model
from tractable.models.supervision import Supervision, supervised, workshop
from tractable.models.training import Matter, forget
from tractable.models.windows import Film, Held, Store, Stored, Windows
from tractable.store import contents, load, save
from tractable.stretches import CHUNK

FRAMES, SEED = 60, 1
SHORT = {"rate": 0.003, "steps": 6, "batch": 16, "patience": 9}
LESSONS = {
    "mlp": {k: v for k, v in MLP.items() if k != "kind"} | SHORT,
    "mlp_inverse": MLP | SHORT | {"direction": "sound_to_shape"},
    "lstm": LSTM | SHORT | {"context": 2},
    "cnn": CNN | SHORT | {"channels": [4, 4]},
}
#: A setting below what any of these frames take: all stay in their stores.
LITTLE = "0.001"


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Two speakers on disk, each held out once; nothing is remembered from one run to the next."""
    known_law.staged(monkeypatch, tmp_path, "models")
    monkeypatch.setenv("TRACTABLE_MEMO", "off")
    forget()
    known_law.written(SPEAKERS, NOUNS, FRAMES)
    yield tmp_path
    forget()


@pytest.fixture
def little(monkeypatch):
    monkeypatch.setenv("TRACTABLE_MEMORY", LITTLE)


def paths() -> list[tuple[Path, ...]]:
    """Stores of both speakers."""
    return [tuple(Path(f"data/{noun}/phantom/{who}.zarr") for noun in NOUNS) for who in SPEAKERS]


def opened(direction: str, context: int = 0, side: int = EXAMPLES["side"]) -> Matter:
    """What both speakers have for a model of this direction, opened as in a new process."""
    forget()
    options = EXAMPLES | {"context": context, "every": 1, "side": side}
    return Matter.of(paths(), direction, options)


def kept(matter: Matter) -> Examples:
    """What all frames of both speakers teach."""
    return matter.kept([np.ones(FRAMES, bool) for _ in SPEAKERS])


def told(direction: str, context: int = 0) -> Examples:
    return kept(opened(direction, context))


def side_by_side(features, clip_of, context):
    """Windows of all frames, frame by frame: the plain way."""
    windows = []
    for time, own in enumerate(features):
        (clip,) = np.nonzero(clip_of == clip_of[time])
        near = [min(max(time + step, clip[0]), clip[-1]) for step in range(-context, context + 1)]
        windows.append([np.where(np.isnan(features[k]), own, features[k]) for k in near])
    return np.array(windows).reshape(len(features), -1)


@pytest.fixture
def film():
    """Clips of 9, 1 and 10 frames; values that are not known, at edges too, or not finite."""
    features = np.random.default_rng(0).normal(size=(20, 3))
    features[[0, 7, 10]] = np.nan
    features[12, 1] = np.nan
    features[16, 2] = np.inf
    return Film(Held(features), np.repeat([0, 1, 4], [9, 1, 10]), context=2)


def test_windows_are_those_that_lie_side_by_side(film):
    frames = np.random.default_rng(1).permutation(20)
    clip_of = np.repeat([0, 1, 4], [9, 1, 10])
    expected = side_by_side(film.frames.values, clip_of, 2)
    np.testing.assert_array_equal(film.cut(frames), expected[frames])
    np.testing.assert_array_equal(film.known(), np.isfinite(expected).all(1))
    assert 10 < film.known().sum() < 16


def test_windows_are_used_as_a_tensor_of_them(film):
    other = Film(Held(np.random.default_rng(2).normal(size=(5, 3))), np.zeros(5, int), 2)
    parts = [Windows.of(film, np.flatnonzero(film.known())), Windows.of(other, np.arange(5))]
    windows = Windows.end_to_end(parts)
    lying = torch.cat([part[:] for part in parts])
    mean, spread = lying.mean(0), lying.std(0)
    assert windows.shape == lying.shape
    assert torch.equal(windows.mean(0), mean)
    assert torch.equal(windows.std(0), spread)
    rows = torch.tensor([3, len(lying) - 1, 0, 3])
    assert torch.equal(((windows - mean) / spread)[rows], ((lying - mean) / spread)[rows])
    keep = lying[:, 0] > 0
    assert torch.equal(windows.only(keep).only(slice(1, 4))[:], lying[keep][1:4])


@pytest.mark.parametrize("features", [1, 31, 33, 64, 65, 200])
def test_moments_of_some_columns_at_a_time_are_those_of_all(monkeypatch, features):
    """To the last bit, though a setting has them summed 32 at a time."""
    values = np.random.default_rng(features).normal(3.0, 1.0, (1500, features))
    film = Film(Held(values), np.zeros(1500, int), 0)
    monkeypatch.setenv("TRACTABLE_MEMORY", "0.01")
    windows = Windows.of(film, np.arange(1500))
    assert len(list(windows.abreast())) == max(1, -(-features // 32) - 1)
    assert torch.equal(windows.mean(0), torch.from_numpy(values).mean(0))
    assert torch.equal(windows.std(0), torch.from_numpy(values).std(0))


@pytest.mark.parametrize("direction", ["shape_to_sound", "sound_to_shape", "picture_to_sound"])
def test_what_is_read_is_what_is_held(project, monkeypatch, direction):
    held = told(direction, context=2)
    monkeypatch.setenv("TRACTABLE_MEMORY", LITTLE)
    read = told(direction, context=2)
    assert not held.given.stored
    assert read.given.stored
    rows = torch.randint(len(held.given), (50,))
    assert torch.equal(held.given[rows], read.given[rows])
    assert torch.equal(held.given.mean(0), read.given.mean(0))
    assert held.given.mark() == read.given.mark() != told("shape_to_sound").given.mark()


def test_pictures_of_another_side_are_told_apart(project):
    """Two whose networks have weights of the same shapes: no lesson of one goes on as the other."""
    marks = {kept(opened("picture_to_sound", side=side)).given.mark() for side in (7, 8)}
    assert len(marks) == 2


def test_frames_beyond_a_chunk_are_averaged_as_all_together(tmp_path):
    """The mean frame is a sum in the order of time, some hundred frames at once or all."""
    frames = 2 * CHUNK + 77
    (path,) = (of for of in long_stores(tmp_path, frames) if "recordings" in str(of))
    recordings = load(path, NOUNS["recordings"])
    seen = examples.View.of(recordings, 8).mean
    np.testing.assert_array_equal(seen, examples.coarse(recordings, 8).mean(0))
    made = Stored(Store.found(path), recordings, examples.View(seen).pictures, 64)
    some = np.array([3, frames - 1, CHUNK, CHUNK - 1, *range(600)])
    np.testing.assert_array_equal(made[some], examples.pictures(recordings, 8)[some])


def test_answers_do_not_depend_on_how_many_are_asked_at_once(project, monkeypatch):
    asked = told("shape_to_sound", context=1)
    whole = asked.answers(lambda given: given.cumsum(1))
    monkeypatch.setattr(model, "AT_ONCE", 16)
    assert len(list(asked.blocks())) == -(-len(whole) // 16) > 2
    assert torch.equal(asked.answers(lambda given: given.cumsum(1)), whole)


def test_models_have_the_same_bytes_wherever_frames_are(project, monkeypatch):
    repro(LESSONS)
    held = contents(Path("data/models"))
    monkeypatch.setenv("TRACTABLE_MEMORY", LITTLE)
    forget()
    repro(LESSONS)
    assert contents(Path("data/models")) == held


def teach(direction="picture_to_sound", name="cnn", watch=None, examples=None) -> Model:
    """A lesson of 40 steps, on what all frames teach."""
    entry = LESSONS[name] | {"steps": 40}
    examples = told(direction, entry.get("context", 0)) if examples is None else examples
    with supervised(watch or Supervision()):
        return fitted(name, entry, examples, SEED)


@pytest.mark.parametrize("back", [LITTLE, "256"])
def test_an_interrupted_lesson_goes_on_wherever_frames_are(project, monkeypatch, back):
    """Its generator is that of the step that was reached, not of what had been read already."""
    whole = teach()
    monkeypatch.setenv("TRACTABLE_MEMORY", LITTLE)
    watch, looks = Supervision(folder=project / "unfinished", every=0.0), iter(range(20))

    def stop(words: str) -> None:
        if next(looks) == 10:
            raise KeyboardInterrupt

    watch.report = stop
    with pytest.raises(KeyboardInterrupt):
        teach(watch=watch)
    (left,) = watch.folder.glob("*.checkpoint")
    assert 0 < torch.load(left, weights_only=True)["progress"][0] < 40
    monkeypatch.setenv("TRACTABLE_MEMORY", back)
    said: list[str] = []
    watch.report = said.append
    assert same(teach(watch=watch), whole)
    assert "goes on from step" in said[0]


def test_two_processes_read_each_its_share(project, monkeypatch):
    monkeypatch.setenv("TRACTABLE_DEVICES", "2")
    for setting in ("256", LITTLE):
        monkeypatch.setenv("TRACTABLE_MEMORY", setting)
        workshop("64-true").launch(teach_and_keep, project / setting)
    held, read = (torch.load(project / setting / "cnn.pt") for setting in ("256", LITTLE))
    assert all(torch.equal(read[name], part) for name, part in held.items())


def teach_and_keep(fabric, folder: Path) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    model = teach(watch=Supervision(fabric))
    if fabric.is_global_zero:
        folder.mkdir()
        torch.save(model.state(), folder / "cnn.pt")


def readers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("reads ahead")]


def test_steps_are_read_ahead_in_their_order(project, little):
    """Some together, and never one twice; who reads ends with who asks."""
    examples, read = told("picture_to_sound"), []
    draws = [torch.randint(len(examples.given), (8,)) for _ in range(7)]
    fetch = Stored.read

    def noted(frames, some):
        read.append(some)
        return fetch(frames, some)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stored, "read", noted)
        groups = list(ahead.grouped(draws, 24))
        assert [len(group) for group in groups] == [3, 3, 1]
        with closing(ahead.ahead(examples, groups)) as coming:
            for drawn in draws[:4]:
                assert torch.equal(next(coming).wanted, examples.wanted[drawn])
            assert readers()
    assert not readers()
    assert len(read) <= 3 * len(SPEAKERS)
    assert all((np.diff(some) > 0).all() for some in read)


def test_a_step_that_fails_ends_who_reads(project, little):
    examples = told("picture_to_sound")
    examples.wanted[:] = torch.inf
    with pytest.raises(BadInput, match="no number any more at step"):
        teach(examples=examples)
    assert not readers()


@pytest.mark.parametrize("damage", ["removed", "torn"])
def test_a_store_that_cannot_be_read_any_more_is_named(project, little, damage):
    """In the middle of a lesson; also where a file is gone, which would read as black pictures."""
    examples = told("picture_to_sound")
    (shard,) = Path("data/recordings/phantom/sim2.zarr/frames").glob("c.*")
    draws = [torch.randint(len(examples.given), (8,)) for _ in range(4)]
    complaint = r"sim2.zarr/frames/c\S+: missing or changed.*recordings"
    with closing(ahead.in_order(examples, draws)) as coming:
        next(coming)
        if damage == "removed":
            shard.unlink()
        else:
            shard.write_bytes(shard.read_bytes()[::-1])
        with pytest.raises(BadInput, match=complaint):
            list(coming)
    with pytest.raises(BadInput, match=complaint):
        teach(examples=examples)
    assert not readers()


@pytest.mark.parametrize("setting", [LITTLE, "256"])
@pytest.mark.parametrize(
    ("direction", "noun", "variable"),
    [
        ("shape_to_sound", "areas", "distance"),
        ("shape_to_sound", "formants", "cepstrum"),
        ("sound_to_shape", "areas", "distance"),
        ("picture_to_sound", "formants", "frequency"),
    ],
)
def test_what_is_gone_before_it_was_read_is_named(
    project, monkeypatch, setting, direction, noun, variable
):
    """It was there, and whole, when it was opened."""
    monkeypatch.setenv("TRACTABLE_MEMORY", setting)
    forget()
    for one in paths():
        training.measured(one, direction == "picture_to_sound")
    for shard in Path(f"data/{noun}/phantom/sim2.zarr/{variable}").glob("c.*"):
        shard.unlink()
    with pytest.raises(BadInput, match=rf"sim2.zarr/{variable}/c\S+: missing or changed.*{noun}"):
        kept(Matter.of(paths(), direction, EXAMPLES | {"every": 1}))


def test_a_film_that_is_gone_before_its_mean_was_taken_is_named(project, little):
    forget()
    training.measured(paths()[0], True)
    for shard in Path("data/recordings/phantom/sim1.zarr/frames").glob("c.*"):
        shard.unlink()
    with pytest.raises(BadInput, match=r"sim1.zarr/frames/c\S+: missing"):
        Matter.of(paths(), "picture_to_sound", EXAMPLES)


#: A lesson from pictures of so many frames; says how much memory it took [MiB].
LESSON = """
import sys
from pathlib import Path
import numpy as np
import torch
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
from benchmarks.processes import peak_memory
from tests.models.test_windows import EXAMPLES, LESSONS
from tractable.models import model
from tractable.models.catalogue import fitted
from tractable.models.training import Matter
model.AT_ONCE = 256
frames, stores = int(sys.argv[1]), [tuple(map(Path, sys.argv[2:]))]
judged = np.arange(frames) % 4 == 0
idle = peak_memory()
matter = Matter.of(stores, "picture_to_sound", EXAMPLES | {"side": 40, "every": 1})
told = matter.kept([~judged])._replace(judged=matter.kept([judged]))
fitted("cnn", LESSONS["cnn"], told, 1)
print(peak_memory() - idle)
"""


def long_stores(folder: Path, frames: int) -> list[Path]:
    """A speaker who says the same over and over, in pictures of 40 x 40 pixels."""
    made, paths = known_law.speaker("sim1", FRAMES, 0, folds=2), []
    clock = {"time": np.arange(frames) / 83.28, "clip_of": np.arange(frames) // FRAMES}
    for noun, contract in NOUNS.items():
        data = made[noun].isel(time=np.arange(frames) % FRAMES)
        data = data.assign_coords({k: data[k].copy(data=of) for k, of in clock.items()})
        if noun == "recordings":
            data = data.isel(y=np.arange(40) % 8, x=np.arange(40) % 8)
        paths.append(folder / str(frames) / noun / "phantom" / "sim1.zarr")
        save(data, paths[-1], contract)
    return paths


def memory_of_lesson(folder: Path, frames: int, mebibytes: str) -> float:
    command = [sys.executable, "-c", LESSON, str(frames), *map(str, long_stores(folder, frames))]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths, "TRACTABLE_MEMORY": mebibytes}
    environment |= {"MALLOC_MMAP_THRESHOLD_": "262144"}  # what is freed is given back, as counted
    return float(subprocess.check_output(command, env=environment, text=True))


@pytest.mark.slow
def test_a_corpus_four_times_as_long_takes_no_more_memory(tmp_path):
    """But for targets and labels, 1 kB a frame. Beside a planted hog: who may hold all pictures."""
    short, long, hog = (
        memory_of_lesson(tmp_path, frames, setting)
        for frames, setting in ((2000, "4"), (8000, "4"), (8000, "256"))
    )
    pictures = 6000 * 40**2 * 8 / 1024**2  # MiB more
    assert long - short < 0.2 * pictures
    assert hog - long > 0.8 * pictures
