"""The stage: from stores to files, refusals, and what is computed again."""

import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import known_law
from tractable import engine
from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS, BadInput
from tractable.models.examples import Measured, examples_of, shape
from tractable.models.files import about_model, load_catalogue, load_model
from tractable.models.training import checkpoints, forget, train
from tractable.models.windows import Film, Held
from tractable.store import contents, save

SPEAKERS = ["sim1", "sim2"]
NOUNS = {"areas": AREAS, "formants": FORMANTS, "folds": FOLDS, "recordings": RECORDINGS}
SEARCHED = {"search": {"penalty": [100.0, 0.01, 10.0]}}
SEARCH = {"trials": 3, "parts": 2, "guard": 0.1}
EXAMPLES = {"every": 2, "count": 3, "tolerance": 0.04, "context": 1, "side": 8}
MODELS = {
    "mean": {},
    "ridge": {"penalty": 0.01},
    "ridge_inverse": {"kind": "ridge", "direction": "sound_to_shape", "penalty": 0.01},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Two speakers, each held out once."""
    known_law.staged(monkeypatch, tmp_path, "models")
    forget()
    known_law.written(SPEAKERS, NOUNS, 60)
    return tmp_path


def repro(entries=MODELS, twins=(), twin_seed=2, **changes):
    folders = {noun: Path("data") / noun for noun in NOUNS}
    options = {"examples": EXAMPLES | changes, "search": SEARCH, "seed": 1, "precision": "64-true"}
    options |= {"twins": {"models": list(twins), "seed": twin_seed}}
    train(folders, Path("data/models"), Path("reports/training"), **options, **entries)


def count_computed(captured: str) -> int:
    return int(captured.split("models: ")[-1].split(" of ")[0])


def test_a_changed_model_is_the_only_one_trained_again(project, capsys):
    repro()
    assert count_computed(capsys.readouterr().out) == 6
    first = contents(Path("data/models"))
    repro(MODELS | {"ridge": {"penalty": 0.02}})
    assert count_computed(capsys.readouterr().out) == 2
    again = contents(Path("data/models"))
    differs = {name for name in first if first[name] != again[name]}
    assert differs == {f"phantom/ridge/fold{fold}.safetensors" for fold in range(2)}
    repro({"mean": {}})
    assert set(load_catalogue(Path("data/models"))["models"]) == {"mean"}
    assert len(contents(Path("data/models"))) == 3


def test_a_forced_run_in_another_process_gives_the_same_bytes(project, monkeypatch):
    repro()
    first = contents(Path("data/models"))
    monkeypatch.setattr(engine, "ProcessPoolExecutor", ProcessPoolExecutor)
    monkeypatch.setenv("TRACTABLE_WORKERS", "1")
    monkeypatch.setenv("TRACTABLE_MEMO", "off")
    repro()
    assert contents(Path("data/models")) == first


def test_a_twin_shares_the_choices_of_its_model_and_not_its_chance(project):
    network = {"components": None, "width": 8, "layers": 1, "jacobian_weight": 0.0, "beside": 0.1}
    network |= {"rate": 0.003, "steps": 5, "batch": 16, "patience": 6}
    entries = {"mlp": network | {"search": {"decay": [0.1, 0.2, 0.3]}}, "mean": {}}
    repro(entries, twins=["mlp"])
    home = Path("data/models/phantom")
    assert len(list(home.glob("mlp/*"))) == 4
    assert len(list(home.glob("mean/*"))) == 2
    assert load_catalogue(Path("data/models"))["twins"] == ["mlp"]
    one, twin = (home / f"mlp/fold0{end}.safetensors" for end in ("", "_twin"))
    about, about_twin = map(about_model, (one, twin))
    assert (about["parameters"].pop("seed"), about_twin["parameters"].pop("seed")) == (1, 2)
    assert about == about_twin
    weights, others = (load_model(path).state()["weight0"] for path in (one, twin))
    assert (weights - others).abs().max() > 1e-3
    with pytest.raises(BadInput, match=r"twins: no model 'mpl'; did you mean 'mlp'"):
        repro(entries, twins=["mpl"])


def test_a_twin_of_the_same_seed_is_refused(project):
    with pytest.raises(BadInput, match=r"twins.seed: 1 is the seed of the models themselves"):
        repro(twins=["mlp"], twin_seed=1)


def test_held_out_frames_teach_nothing(project):
    """The model of fold 0 is that of a corpus in which the other speaker's frames are its own."""
    repro({"mean": {}})
    model = load_model(Path("data/models/phantom/mean/fold0.safetensors"))
    other = known_law.speaker("sim2", 60, 1, folds=2)
    known = np.log(other["formants"].frequency.values)[::2]
    np.testing.assert_allclose(model.wanted_mean[1:3], known.mean(0)[1:], rtol=1e-12)
    assert model.wanted_mean.dtype == torch.float64


def test_frames_of_the_test_never_decide(project):
    """A held-out speaker whose formants are nonsense changes no byte of its fold's models."""
    repro({"ridge": SEARCHED})
    first = contents(Path("data/models"))
    wrong = known_law.speaker("sim1", 60, 0, folds=2)["formants"]
    wrong["frequency"][:, 1] *= 3.0
    save(wrong, Path("data/formants/phantom/sim1.zarr"), FORMANTS)
    forget()
    repro({"ridge": SEARCHED})
    again = contents(Path("data/models"))
    unchanged = {name for name in first if first[name] == again[name]}
    assert unchanged == {"catalogue.json", "phantom/ridge/fold0.safetensors"}


def test_what_was_chosen_stands_in_the_file(project):
    repro({"ridge": SEARCHED})
    about = about_model(Path("data/models/phantom/ridge/fold0.safetensors"))
    (best, least), *others = sorted(about["search"], key=lambda trial: trial[1])
    assert about["parameters"]["penalty"] == best["penalty"] == 0.01
    assert len(others) == 2
    assert least < others[0][1]


def test_what_older_code_left_unfinished_goes_when_all_lessons_are_through(project):
    """And not before; another stage's stays, and another checkout's."""
    kept = checkpoints().parent
    other_stage = kept / "efficiency" / "code" / "a.checkpoint"
    other_checkout = kept.parent / "another" / "models" / "code" / "a.checkpoint"
    older = kept / "models" / "older" / "a.checkpoint"
    for file in (other_stage, other_checkout, older):
        file.parent.mkdir(parents=True)
        file.touch()
    with pytest.raises(BadInput, match="at least 2 are needed"):
        repro({"mean": {}}, every=100)  # of 60 frames
    assert older.is_file()
    repro({"mean": {}})
    assert [path.name for path in kept.iterdir()] == ["efficiency"]
    assert other_stage.is_file()
    assert other_checkout.is_file()


@pytest.mark.parametrize(
    "entries, changes, complaint",
    [
        ({"forest": {}}, {}, "unknown kind 'forest'.*ridge"),
        ({"ridge": {"penalty": 1.0, "sed": 1}}, {}, "unknown parameter 'sed'"),
        ({"mean": {}}, {"evry": 1}, "did you mean 'every'"),
    ],
)
def test_bad_parameters_are_refused(project, entries, changes, complaint):
    with pytest.raises(BadInput, match=complaint):
        repro(entries, **changes)


def test_a_corpus_without_sound_to_learn_from_is_refused(project, monkeypatch):
    for name in SPEAKERS:
        made = known_law.speaker(name, 60, SPEAKERS.index(name), folds=2)["formants"]
        made["frequency"] = made["frequency"] * np.nan
        made["frequency"].attrs["units"] = "Hz"
        save(made, Path(f"data/formants/phantom/{name}.zarr"), FORMANTS)
    with pytest.raises(BadInput, match=r"mean/fold0: 0 training frames.*data/formants"):
        repro({"mean": {}})


@pytest.mark.parametrize("damage", ["torn", "removed", "strange"])
def test_a_part_does_not_pass_for_the_whole(project, damage):
    repro({"mean": {}})
    path = Path("data/models/phantom/mean/fold1.safetensors")
    if damage == "torn":
        path.write_bytes(path.read_bytes()[:40])
        with pytest.raises(BadInput, match="not a whole model"):
            load_model(path)
        return
    if damage == "removed":
        path.unlink()
    else:
        path.rename(path.with_name("fold7.safetensors"))
    with pytest.raises(BadInput, match="dvc pull"):
        load_catalogue(Path("data/models"))


def test_refused_frames_and_unknown_formants_are_left_out():
    made = known_law.speaker("sim1", 60, 0, folds=2)
    options = EXAMPLES | {"every": 1, "context": 0}
    everything = np.ones(60, bool)
    measured = Measured(made["areas"], made["formants"])
    got = examples_of("shape_to_sound", measured, everything, **options)
    assert len(got.given) == 59  # frame 3 is refused
    assert np.isnan(shape(made["areas"])[3]).all()
    assert (got.weight[:, 0] == 0).sum() == 9  # F1 of every seventh frame
    np.testing.assert_allclose(got.weight[:, 1], 0.8)  # 4 % tolerance, 2 % uncertainty


@pytest.mark.parametrize(
    "place, value, complaint",
    [(7, np.nan, "distance at place 7 is nan"), (0, 0.0, "distance at place 0 is 0.0")],
)
def test_a_shape_that_is_none_is_named(project, place, value, complaint):
    areas = known_law.speaker("sim2", 60, 1, folds=2)["areas"]
    areas.distance[12, place] = value
    save(areas, Path("data/areas/phantom/sim2.zarr"), AREAS)
    with pytest.raises(BadInput, match=rf"mean/fold\d: speaker sim2, frame 12 .*{complaint}"):
        repro({"mean": {}})


def test_a_fold_with_one_training_speaker_is_judged_by_its_last_stretch(project):
    """Two speakers, each held out once: what is chosen stands in the file all the same."""
    repro({"ridge": SEARCHED})
    about = about_model(Path("data/models/phantom/ridge/fold0.safetensors"))
    assert len(about["search"]) == 3
    assert about["frames"] == 30


def test_curves_are_means_over_folds(project):
    perceptron = {"components": None, "width": 4, "layers": 1, "decay": 0.0, "rate": 0.01}
    perceptron |= {"jacobian_weight": 0.0, "beside": 0.1, "steps": 4, "batch": 8, "patience": 9}
    repro({"mean": {}, "mlp": perceptron})
    kept = [Path(f"data/models/phantom/mlp/fold{fold}.safetensors") for fold in range(2)]
    folds = [[row["error"] for row in about_model(path)["curve"]] for path in kept]
    table = Path("reports/training/plots/metrics/phantom/mlp/error.tsv").read_text().split()
    assert table[:2] == ["step", "error"]
    assert [int(step) for step in table[2::2]] == [1, 2, 3, 4]
    np.testing.assert_allclose([float(v) for v in table[3::2]], np.mean(folds, 0))
    last = json.loads(Path("reports/training/metrics.json").read_text())
    assert set(last["phantom"]) == {"mlp"}


def test_context_stays_within_its_clip():
    formants = known_law.speaker("sim1", 8, 0, folds=2)["formants"]  # clips of 4 frames
    numbers = np.arange(8.0)[:, None]
    film = Film(Held(numbers), formants.clip_of.values, 1)
    before, here, after = film.cut(np.arange(8)).T
    assert here.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert before.tolist() == [0, 0, 1, 2, 4, 4, 5, 6]
    assert after.tolist() == [1, 2, 3, 3, 5, 6, 7, 7]
