"""The stage on speakers whose law we chose: what teaches, what is asked, what is done again."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from tests import known_law
from tests.project import ROOT
from tractable import stage
from tractable.contracts import AREAS, EFFICIENCY, FOLDS, FORMANTS, BadInput
from tractable.efficiency import COMMON, learn_from_less
from tractable.efficiency.amounts import Share
from tractable.models import asking, training
from tractable.models.files import load_model
from tractable.models.training import catalogued, lessons, stores_by_corpus
from tractable.store import contents, load, save
from tractable.whole import remove

SPEAKERS = ["sim1", "sim2", "sim3"]
NOUNS = {"areas": AREAS, "formants": FORMANTS, "folds": FOLDS}
FOLDERS = {noun: Path("data") / noun for noun in NOUNS}
STEPS = {"rate": 0.01, "steps": 4, "batch": 8, "patience": 2}
HYBRID = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]["hybrid"]
MODELS = {
    "seed": 1,
    "precision": "64-true",
    "twins": {"models": [], "seed": 2},
    "examples": {"every": 2, "count": 3, "tolerance": 0.04, "context": 1, "side": 8},
    "search": {"trials": 2, "parts": 3, "guard": 0.05},
    "mean": {},
    "ridge": {"search": {"penalty": [0.01, 1.0]}},
    "gaussian_process": {"components": 4, "inducing": 20, "steps": 3},
    "mlp": {"components": None, "width": 8, "layers": 1, "decay": 0.1, "beside": 0.1, **STEPS}
    | {"search": {"jacobian_weight": [0.0, 0.01]}},
    "hybrid": {word: value for word, value in HYBRID.items() if word != "search"}
    | {"calibrated_on": 20, "calibration_steps": 2, "jacobian_weight": 0.01, "width": 8}
    | {word: 4 for word in HYBRID if word.endswith("steps")},
    "ridge_inverse": {"kind": "ridge", "direction": "sound_to_shape", "penalty": 0.01},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Three speakers, each held out once."""
    known_law.staged(monkeypatch, tmp_path, "efficiency")
    forget()
    known_law.written(SPEAKERS, NOUNS, 80)
    return tmp_path


def forget():
    """As in a new process."""
    training.forget()
    asking.kept.cache_clear()


def repro(models=("ridge",), shares=(0.2, 0.5), one_speaker=True, **changes):
    forget()
    options = {"models": list(models), "shares": list(shares), "one_speaker": one_speaker}
    learn_from_less(FOLDERS, Path("data/efficiency"), MODELS | changes, 12, **options)


def answers(name="sim1"):
    return load(Path(f"data/efficiency/phantom/{name}.zarr"), EFFICIENCY).load()


def computed(capsys) -> list[int]:
    """Lessons and speakers that were not remembered."""
    lines = capsys.readouterr().out.splitlines()
    return [int(line.split()[1]) for line in lines if " to compute" in line]


def model(folder, name="ridge", fold=0):
    return Path(f"data/efficiency/models/{folder}/phantom/{name}/fold{fold}.safetensors")


def test_every_amount_is_answered_about_the_frames_that_are_held_out(project):
    repro()
    found = answers()
    assert list(found.amount.values) == ["20 % of the data", "50 % of the data", "one speaker"]
    np.testing.assert_allclose(found.training_frames, [16, 40, 40])  # of 2 x 40; refused are odd
    known = np.isfinite(found.frequency).all(["amount", "model", "formant"]).values
    assert known.sum() == 79
    assert not known[3]  # refused
    assert found.sizes["frame"] == 12
    assert np.isfinite(found.distance_sensitivity).all()


def test_answers_are_those_of_the_model_of_the_fold(project):
    repro()
    made = known_law.speaker("sim2", 80, 1, folds=3)
    given = torch.from_numpy(
        np.log(np.column_stack([made["areas"].distance, made["areas"].tract_length]))
    )
    asked = load_model(model("share_0.5", fold=1))
    expected = asked.hear(given).exp().numpy()
    found = answers("sim2").sel(amount="50 % of the data", model="ridge")
    known = made["areas"].refused.values == ""
    np.testing.assert_allclose(found.frequency[known], expected[known], rtol=1e-12)
    # What a change of ln d at the lips does, by differences.
    frame = np.searchsorted(made["areas"].time.values, found.frame.values)
    step = torch.zeros(41, dtype=torch.float64)
    step[39] = 1e-5
    slope = (asked.hear(given[frame] + step) - asked.hear(given[frame] - step)) / 2e-5
    np.testing.assert_allclose(found.distance_sensitivity[..., 39], slope, atol=1e-7)


def test_all_the_data_give_the_ordinary_model(project):
    """A share of 1 is not on offer, but were it, nothing would be different."""
    stores, common = stores_by_corpus(FOLDERS), {k: MODELS[k] for k in COMMON}
    entries = {"ridge": MODELS["ridge"]}
    kept = {}
    for name, less in (("all", None), ("share", Share(1.0))):
        home = Path("data") / name
        stage.run_tasks(lessons(stores, home, entries, common, less))
        catalogued(stores, home, entries, common["examples"])
        kept[name] = contents(home)
    assert kept["all"] == kept["share"]


def test_held_out_frames_never_teach(project):
    """A held-out speaker whose formants are nonsense changes no byte of its fold's models."""
    repro()
    first = contents(Path("data/efficiency/models"))
    wrong = known_law.speaker("sim1", 80, 0, folds=3)["formants"]
    wrong["frequency"][:, 1] *= 3.0
    save(wrong, FOLDERS["formants"] / "phantom" / "sim1.zarr", FORMANTS)
    repro()
    again = contents(Path("data/efficiency/models"))
    same = {name for name in first if first[name] == again[name]}
    assert {f"share_{share}/phantom/ridge/fold0.safetensors" for share in (0.2, 0.5)} < same
    assert "share_0.5/phantom/ridge/fold1.safetensors" not in same


def test_one_speaker_is_taught_by_that_speaker_alone(project):
    """sim1 is held out in fold 0, so sim2 teaches; what sim3 says is of no consequence."""
    repro(shares=())
    first = model("one_speaker").read_bytes()
    wrong = known_law.speaker("sim3", 80, 2, folds=3)["formants"]
    wrong["frequency"][:, 1] *= 3.0
    save(wrong, FOLDERS["formants"] / "phantom" / "sim3.zarr", FORMANTS)
    repro(shares=())
    assert model("one_speaker").read_bytes() == first
    assert model("one_speaker", fold=1).read_bytes() != first  # there it is sim3 that teaches


def test_only_what_changed_is_done_again(project, capsys):
    repro(("mean", "ridge"), (0.5,))
    assert computed(capsys) == [12, 3]
    repro(("mean", "ridge"), (0.5,))
    assert computed(capsys) == [0, 0]
    repro(("mean", "ridge"), (0.2, 0.5))
    assert computed(capsys) == [6, 3]
    repro(("mean", "ridge"), (0.5,), ridge={"search": {"penalty": [0.1, 1.0]}})
    assert computed(capsys) == [6, 3]
    assert not model("share_0.2").exists()


def test_amounts_too_small_to_learn_from_are_left_out_with_a_word(project, capsys):
    repro(shares=(0.01, 0.5), one_speaker=False)
    assert list(answers().amount.values) == ["50 % of the data"]
    assert "phantom: 1 % of the data is left out: 0 training frames" in capsys.readouterr().out


def test_nothing_asked_is_nothing_answered(project):
    repro(shares=(), one_speaker=False)
    assert answers().sizes["amount"] == 0


@pytest.mark.parametrize("name", ["mean", "ridge", "gaussian_process", "mlp", "hybrid"])
def test_a_handful_of_frames_crashes_no_model(project, name):
    """Of two speakers two or four frames each; in the search one of them judges."""
    repro((name,), (0.06, 0.1), one_speaker=False)
    assert np.isfinite(answers().frequency.isel(time=slice(4, None))).all()


def test_a_corpus_of_one_speaker_is_one_speaker(project):
    for noun in NOUNS:
        for name in SPEAKERS[1:]:
            remove(FOLDERS[noun] / "phantom" / f"{name}.zarr")
    known_law.written(["sim1"], NOUNS, 80)
    save(halves(), FOLDERS["folds"] / "phantom" / "sim1.zarr", FOLDS)
    repro()
    assert list(answers().amount.values) == ["20 % of the data", "50 % of the data"]
    np.testing.assert_allclose(answers().training_frames, [4, 10])


def halves():
    """Folds of one speaker, held out half by half."""
    folds = known_law.speaker("sim1", 80, 0, folds=2)["folds"]
    early = np.arange(80) < 40
    role = np.where(np.stack([early, ~early]), "test", "train")
    return folds.assign(role=(("fold", "time"), role))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"models": []}, "none is named; known: mean, ridge"),
        ({"models": ["rigde"]}, "no model 'rigde'; did you mean 'ridge'"),
        ({"models": ["ridge_inverse"]}, "ridge_inverse is no model of shape to sound"),
        ({"shares": [30.0]}, "between 0 and"),
    ],
)
def test_what_cannot_be_is_refused(project, changes, words):
    with pytest.raises(BadInput, match=words):
        repro(**changes)


def test_a_missing_speaker_is_named(project):
    remove(FOLDERS["areas"] / "phantom" / "sim2.zarr")
    with pytest.raises(BadInput, match=r"data/areas: no store of phantom/sim2.*dvc pull"):
        repro()
